"""The declaration of a file format: name, suffixes, recognition, reader, writer and size."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from w2vneg.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from w2vneg.vectors.vector_file import VectorFile

#: May follow the suffix of any format; the compression is a layer around all of them.
GZIP_SUFFIX = ".gz"
#: Ways to treat words that are not UTF-8.
ENCODING_ERRORS = ("strict", "drop", "replace", "ignore")

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
        its words and its (V, d) float32 matrix. It passes a `RowError` to ``options.bad_row`` for
        each row that it cannot read exactly, and raises `DataError` where it cannot read on. The
        caller handles duplicate words.
    write_rows : callable or None
        ``write_rows(words, matrix)``: the bytes of a block of rows, given n encoded words and their
        (n, d) float32 vectors. Called from several threads at once; the results are written
        in order.
    write_start, write_end : callable or None
        The same for what precedes and what follows the rows, given all V words and the whole
        matrix.
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
    read: Callable[[VectorFile, ReadOptions], tuple[list[str], npt.NDArray[np.float32]]] | None
    write_rows: Callable[[list[bytes], npt.NDArray[np.float32]], bytes | memoryview] | None
    write_start: Callable[[list[bytes], npt.NDArray[np.float32]], bytes] | None = None
    write_end: Callable[[list[bytes], npt.NDArray[np.float32]], bytes] | None = None
    file_bytes: Callable[[int, int, int], int]
    compressed_share: float = 1.0
    priority: int = 0


def suffix_of(path: str | os.PathLike[str]) -> tuple[str, bool]:
    """Return the suffix of a file name in lower case, and whether ``.gz`` follows it."""
    name = os.fspath(path).lower()
    return os.path.splitext(name.removesuffix(GZIP_SUFFIX))[1], name.endswith(GZIP_SUFFIX)
