"""The declaration of a file format: name, suffixes, recognition, reader, writer and size."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from w2vneg.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from w2vneg.vectors.vector_file import VectorFile

#: May follow the suffix of any format; the compression is a layer around all of them.
GZIP_SUFFIX = ".gz"
#: Ways to treat words that are not UTF-8.
ENCODING_ERRORS = ("strict", "drop", "replace", "ignore")

#: How a file may hold its numbers.
DTYPES = ("float32", "float16", "int8")

#: Number of skipped rows that a note describes.
_DESCRIBED_ROWS = 3


class RowError(DataError):
    """One row of a file cannot be used.

    Parameters
    ----------
    path : str
        The file.
    row : int
        Counted from 0.
    problem : str
        What is wrong with it.
    """

    def __init__(self, path: str, row: int, problem: str) -> None:
        super().__init__(f"{path}: row {row + 1}: {problem}")
        self.row = row
        self.problem = problem


class NotUtf8(RowError):
    """The word of a row is not UTF-8."""


@dataclass
class ReadReport:
    """What a reader reports about a file.

    Attributes
    ----------
    skipped : int
        Number of rows that were left out.
    problems : list of str
        The problems of the first few of them.
    remarks : list of str
        Other facts that a user should know, one sentence each.
    """

    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, error: RowError) -> None:
        """Count a row that is left out."""
        self.skipped += 1
        if len(self.problems) < _DESCRIBED_ROWS:
            self.problems.append(f"row {error.row + 1}: {error.problem}")

    def notes(self, path: str) -> list[str]:
        """Return everything as lines that begin with the name of the file."""
        lines = [f"{path}: {remark}" for remark in self.remarks]
        if self.skipped:
            more = "; ..." if self.skipped > len(self.problems) else ""
            rows = "1 row" if self.skipped == 1 else f"{self.skipped:,} rows"
            lines.append(f"{path}: skipped {rows}: {'; '.join(self.problems)}{more}")
        return lines


@dataclass(frozen=True)
class ReadOptions:
    """Options of a reader.

    Attributes
    ----------
    limit : int or None
        Read only the first `limit` rows.
    allow_nonfinite : bool
        Accept NaN and infinity.
    encoding_errors : {"strict", "drop", "replace", "ignore"}
        Refuse words that are not UTF-8, leave out their rows, or replace or remove invalid bytes.
    skip_bad_rows : bool
        Leave out rows that cannot be used.
    report : ReadReport
        Filled in by the reader.
    """

    limit: int | None = None
    allow_nonfinite: bool = False
    encoding_errors: str = "strict"
    skip_bad_rows: bool = False
    report: ReadReport = field(default_factory=ReadReport)

    def skips(self, error: RowError) -> bool:
        """Return whether the row of an error is left out."""
        dropped = self.encoding_errors == "drop" and isinstance(error, NotUtf8)
        return self.skip_bad_rows or dropped

    def bad_row(self, error: RowError) -> None:
        """Count a row that is left out, or raise `error` if rows must not be left out."""
        if not self.skips(error):
            raise error
        self.report.add(error)


@dataclass
class Contents:
    """What a reader finds in a file.

    Attributes
    ----------
    words : list of str
        V words, perhaps with duplicates.
    matrix : (V, d) float32 array
    counts : (V,) int64 array or None
        Occurrences of the words, if the file has them.
    w_out : (V, d) float32 array or None
        The other matrix of the model, if the file has it.
    w_in : (V, d) float32 array or None
        The matrix as it was trained, where `matrix` is its sum with a share of `w_out`.
    training : dict or None
        The metadata of the training, JSON values, if the file has them.
    """

    words: list[str]
    matrix: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int64] | None = None
    w_out: npt.NDArray[np.float32] | None = None
    w_in: npt.NDArray[np.float32] | None = None
    training: dict[str, Any] | None = None

    def take(self, rows: npt.NDArray[np.int64]) -> Contents:
        """Return only some rows, in the order of `rows`."""
        return Contents(
            [self.words[row] for row in rows.tolist()],
            self.matrix[rows],
            None if self.counts is None else self.counts[rows],
            None if self.w_out is None else self.w_out[rows],
            None if self.w_in is None else self.w_in[rows],
            self.training,
        )


@dataclass(frozen=True)
class Table:
    """What is written to a file.

    Attributes
    ----------
    words : list of bytes
        V words in UTF-8, checked.
    matrix : (V, d) float32 array
        Finite; rows may be padded (a strided view).
    counts : (V,) int64 array or None
    w_out : (V, d) float32 array or None
    w_in : (V, d) float32 array or None
        The matrix as it was trained, if `matrix` is another one.
    training : dict or None
        The metadata of the training, JSON values.
    dtype : {"float32", "float16", "int8"}
        How the numbers are to be stored; one of `Format.dtypes`.
    """

    words: list[bytes]
    matrix: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int64] | None = None
    w_out: npt.NDArray[np.float32] | None = None
    w_in: npt.NDArray[np.float32] | None = None
    training: dict[str, Any] | None = None
    dtype: str = "float32"

    def __len__(self) -> int:
        return len(self.words)

    def rows(self, low: int, high: int) -> Table:
        """Return the rows from `low` to before `high`."""
        part = slice(low, high)
        return Table(
            self.words[part],
            self.matrix[part],
            None if self.counts is None else self.counts[part],
            None if self.w_out is None else self.w_out[part],
            None if self.w_in is None else self.w_in[part],
            self.training,
            self.dtype,
        )


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format of word vectors.

    A module in `w2vneg.vectors.formats` declares its format as ``FORMAT = Format(...)``. Help texts
    are made from these declarations, so such a module imports NumPy and compiled code only inside
    its functions.

    Attributes
    ----------
    name : str
        As spelled in messages.
    summary : str
        One line: what the format is like and which programs use it.
    suffixes : tuple of str
        File name suffixes that select the format for an output, in lower case, dot included. Empty
        if the format can only be read.
    recognize : callable
        ``recognize(head, suffix)``: whether a file that starts with the bytes `head` (up to 4 KiB,
        decompressed) is of this format. `suffix` is that of its name, to be used only where the
        content is ambiguous.
    priority : int
        Formats of higher priority are tried first: positive for a format with a magic number,
        negative for one that would recognize almost anything.
    read : callable or None
        ``read(file, options)``: reads an open `VectorFile` from its start to its end and returns
        its `Contents`. It passes a `RowError` to ``options.bad_row`` for each row that it cannot
        read exactly, and raises `DataError` where it cannot read on. The caller handles duplicate
        words.
    write_rows : callable or None
        ``write_rows(part)``: the bytes of a block of rows, a `Table`. Called from several threads
        at once; the results are written in order.
    write_start, write_end : callable or None
        The same for what precedes and what follows the rows, given the whole `Table`.
    write_file : callable or None
        Instead of these three, for formats that a library writes: ``write_file(table, file)``.
    companions : callable or None
        ``companions(path, table)``: the other files that belong to the one at `path`, as pairs of
        a path and the pieces of its content. `table` is None where only the paths are wanted.
    main_file : callable or None
        ``main_file(path)``: the file that the format writes, where the output at `path` is a folder.
    library : tuple of str
        The module that reads and writes the format, and the extra that installs it; empty: none.
    dtypes : tuple of str
        Which of `DTYPES` the format can hold.
    is_exact : bool
        Whether float32 numbers are read back bit for bit.
    has_w_out : bool
        Whether the format holds `w_out`, in float32.
    file_bytes : callable
        ``file_bytes(word_bytes, rows, dim)``: estimated size of an uncompressed file in bytes, at
        or slightly below the true size. `word_bytes` is the length of all words plus one byte per
        word.
    compressed_share : float
        Size after gzip compression as a share of the uncompressed size.
    """

    name: str
    summary: str
    suffixes: tuple[str, ...]
    recognize: Callable[[bytes, str], bool]
    read: Callable[[VectorFile, ReadOptions], Contents] | None
    write_rows: Callable[[Table], bytes | memoryview] | None
    write_start: Callable[[Table], bytes] | None = None
    write_end: Callable[[Table], bytes | memoryview] | None = None
    write_file: Callable[[Table, BinaryIO], None] | None = None
    companions: Callable[[str, Table | None], list[tuple[str, Iterable[bytes]]]] | None = None
    main_file: Callable[[str], str] | None = None
    library: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ("float32",)
    is_exact: bool = True
    has_w_out: bool = False
    file_bytes: Callable[[int, int, int], int]
    compressed_share: float = 1.0
    priority: int = 0

    @property
    def key(self) -> str:
        """The name in lower case with hyphens, as ``--to`` takes it."""
        return self.name.lower().replace(" ", "-")

    @property
    def is_written(self) -> bool:
        """Whether the format can be written."""
        return self.write_rows is not None or self.write_file is not None


def without_gzip(path: str) -> str:
    """Return a path without a final ``.gz``."""
    return path[: -len(GZIP_SUFFIX)] if path.lower().endswith(GZIP_SUFFIX) else path


def suffix_of(path: str | os.PathLike[str]) -> tuple[str, bool]:
    """Return the suffix of a file name in lower case, and whether ``.gz`` follows it."""
    name = os.fspath(path).lower()
    return os.path.splitext(name.removesuffix(GZIP_SUFFIX))[1], name.endswith(GZIP_SUFFIX)
