"""Writing of vectors, in the format that the name of the file selects, and of their metadata."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError, DivergedError, OutputError, UsageError, reason
from w2vneg.system.atomic_files import atomic_write, write_bytes
from w2vneg.system.option_names import either, named
from w2vneg.system.threads import in_order
from w2vneg.vectors.format import DTYPES, Table
from w2vneg.vectors.formats import format_of, formats
from w2vneg.vectors.gzip_member import GzipMember
from w2vneg.vectors.vector_file import MAX_WORD_BYTES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress
    from w2vneg.vectors.format import Format

_BLOCK_ROWS = 2048
_BLOCK_NUMBERS = 1 << 18
#: The C tools cannot read words of this many bytes or more.
_LONG_WORD = 50


def file_bytes(
    path: str | os.PathLike[str], word_bytes: int, rows: int, dim: int, w_out: bool = False
) -> int:
    """Return the estimated size in bytes of a file of vectors, at or slightly below the true one.

    Parameters
    ----------
    path : str or path
        Its suffix selects the format.
    word_bytes : int
        Length of all words plus one byte per word.
    rows, dim : int
        Shape of the matrix.
    w_out : bool
        Whether there is another matrix, which some formats hold as well.
    """
    chosen, compressed = format_of(path)
    size = chosen.file_bytes(word_bytes, rows, dim)
    if w_out and chosen.has_w_out:
        size += 4 * rows * dim
    return int(size * chosen.compressed_share) if compressed else size


def write_vectors(
    path: str | os.PathLike[str],
    words: list[str],
    matrix: npt.NDArray[np.float32],
    *,
    counts: npt.NDArray[np.int64] | None = None,
    w_out: npt.NDArray[np.float32] | None = None,
    w_in: npt.NDArray[np.float32] | None = None,
    training: dict[str, Any] | None = None,
    to: str | None = None,
    dtype: str = "float32",
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> int:
    """Write vectors atomically, in the format that the suffix selects, or in another one.

    Parameters
    ----------
    path : str or path
        Its suffix is one of `w2vneg.vectors.formats.output_suffixes`; ``.gz`` after it compresses.
    words : list of str
        V words.
    matrix : (V, d) float32 array
        Rows may be padded (a strided view).
    counts : (V,) int64 array, optional
        Occurrences of the words, for formats that hold them.
    w_out : (V, d) float32 array, optional
        The other matrix of the model, for formats that hold it.
    w_in : (V, d) float32 array, optional
        The matrix as it was trained, if `matrix` is another one, for formats that hold it.
    training : dict, optional
        The metadata of the training, for formats that hold them.
    to : str, optional
        The format, whatever the suffix is; one of `w2vneg.vectors.formats.formats_by_key`.
    dtype : {"float32", "float16", "int8"}
        How the numbers are stored. int8 has one scale for each word.
    threads : int, optional
        Threads that encode and compress; default: all processors, at most 8.
    progress : Progress, optional
        Receives the number of rows written, in the phase ``"writing"``.
    stop : StopFlag, optional
        Checked between blocks of rows.

    Returns
    -------
    int
        Number of words of 50 bytes or more, which the C tools cannot read.

    Raises
    ------
    UsageError
        If the suffix or the format is unknown, or the format cannot hold numbers of this type.
    DivergedError
        If a number is not finite.
    DataError
        If words or matrix cannot be written so that they can be read back.
    OutputError
        If the file cannot be written.

    Notes
    -----
    After any error, an existing file at `path` is unchanged. Where a format has several files, all
    are complete before the first is replaced.
    """
    from w2vneg.system.progress import Progress

    chosen, compressed = format_of(path, to)
    _check_dtype(chosen, dtype)
    table = Table(_checked_words(words, matrix), matrix, counts, w_out, w_in, training, dtype)
    if dtype == "float16":
        _check_float16(words, matrix)
    progress = progress or Progress()
    target = os.fspath(path)
    if chosen.main_file is not None:
        _make_folder(target)
        target = chosen.main_file(target)
    # The numbers are replaced last: they are what is recognized, and lead to the other files.
    with contextlib.ExitStack() as stack:
        for name, pieces in chosen.companions(target, table) if chosen.companions else []:
            companion = stack.enter_context(atomic_write(name))
            for piece in pieces:
                companion.write(piece)
        file = stack.enter_context(atomic_write(target))
        progress.start("writing", len(words), "rows")
        if chosen.write_file is not None:
            _write_by_library(chosen, table, file, compressed)
        else:
            _write_rows(chosen, table, file, compressed, threads, progress, stop, target)
        progress.finish()
    return sum(len(word) >= _LONG_WORD for word in table.words)


def write_manifest(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write training metadata as JSON, atomically."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=_as_python)
    # File names need not be UTF-8; JSON spells Python's surrogate escapes as "\\udcff".
    write_bytes(path, (text + "\n").encode("utf-8", "backslashreplace"))


def _as_python(number: Any) -> Any:
    """Return a NumPy scalar (interpreted kernels return those) as a Python number."""
    return number.item()


def _checked_words(words: list[str], matrix: npt.NDArray[np.float32]) -> list[bytes]:
    """Return the words as UTF-8; refuse whatever could not be read back."""
    import numpy as np

    if matrix.ndim != 2 or len(words) != len(matrix) or 0 in matrix.shape:
        raise DataError(f"{len(words)} words do not fit a matrix of shape {matrix.shape}")
    if matrix.dtype != np.float32:
        raise DataError(f"vectors must be float32, not {matrix.dtype}")
    for low in range(0, len(matrix), _BLOCK_ROWS):
        finite = np.isfinite(matrix[low : low + _BLOCK_ROWS]).all(axis=1)
        if not finite.all():
            word = words[low + int(np.argmin(finite))]
            raise DivergedError(f"the vector of {word!r} is not finite; nothing was written")
    encoded = []
    for word in words:
        try:
            raw = word.encode("utf-8")
        except UnicodeEncodeError:
            raise DataError(f"word {word!r} cannot be encoded as UTF-8") from None
        if not raw:
            raise DataError("a word is empty: it could not be read back")
        if raw.translate(None, WHITE_SPACE) != raw:
            remedy = either("w2vneg convert --join-spaces _", "Vectors.join_spaces('_')")
            raise DataError(
                f"word {word!r} contains white space: it could not be read back; {remedy} joins its "
                "parts"
            )
        if len(raw) >= MAX_WORD_BYTES:
            raise DataError(
                f"word {word[:40] + '...'!r} has {len(raw)} bytes, {MAX_WORD_BYTES} or more:"
                " it could not be read back"
            )
        encoded.append(raw)
    if len(set(encoded)) < len(encoded):
        raise DataError("duplicate words: the file could not be read back")
    return encoded


def _check_dtype(chosen: Format, dtype: str) -> None:
    """Refuse a type of numbers that does not exist or that the format cannot hold."""
    if dtype not in DTYPES:
        raise UsageError(f"{named('dtype', dtype)}: choose from {', '.join(DTYPES)}")
    if dtype not in chosen.dtypes:
        others = [form.name for form in formats() if dtype in form.dtypes]
        raise UsageError(
            f"{chosen.name} cannot hold {dtype} numbers; formats that can: {', '.join(others)}"
        )


def _check_float16(words: list[str], matrix: npt.NDArray[np.float32]) -> None:
    """Refuse numbers that would become infinite in float16."""
    import numpy as np

    for low in range(0, len(matrix), _BLOCK_ROWS):
        large = (np.abs(matrix[low : low + _BLOCK_ROWS]) >= 65520).any(axis=1)
        if large.any():
            word = words[low + int(np.argmax(large))]
            raise DataError(f"the vector of {word!r} holds numbers too large for float16")


def _make_folder(path: str) -> None:
    try:
        Path(path).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {path}: {reason(error)}; choose another path"
        ) from None


def _write_by_library(chosen: Format, table: Table, file: BinaryIO, compressed: bool) -> None:
    """Write the whole file by the function that the format declares."""
    assert chosen.write_file is not None
    if not compressed:
        chosen.write_file(table, file)
        return
    with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        chosen.write_file(table, cast(BinaryIO, packed))


def _write_rows(
    chosen: Format,
    table: Table,
    file: BinaryIO,
    compressed: bool,
    threads: int | None,
    progress: Progress,
    stop: StopFlag | None,
    path: str,
) -> None:
    """Write start, blocks of rows and end, compressed by the threads that make them."""
    step = max(1, min(_BLOCK_ROWS, _BLOCK_NUMBERS // table.matrix.shape[1]))
    member = GzipMember() if compressed else None
    # The threads end before the file is replaced or removed.
    with contextlib.closing(_blocks(chosen, table, step, compressed, threads)) as blocks:
        start = chosen.write_start(table) if chosen.write_start else b""
        file.write(_whole(start, member, GzipMember.START))
        for index, (plain, data) in enumerate(blocks):
            progress.update(index * step)
            if stop is not None:
                stop.check(f"writing {path}")
            if member is not None:
                member.add(plain)
            file.write(data)
        end = chosen.write_end(table) if chosen.write_end else b""
        file.write(_whole(end, member, b""))
        if member is not None:
            file.write(member.end())


def _whole(
    data: bytes | memoryview, member: GzipMember | None, before: bytes
) -> bytes | memoryview:
    """Return the bytes to write for `data` outside the blocks of rows."""
    if member is None:
        return data
    if not len(data):
        return before
    member.add(data)
    return before + member.deflate(data)


def _blocks(
    chosen: Format,
    table: Table,
    step: int,
    compressed: bool,
    threads: int | None,
) -> Generator[tuple[bytes | memoryview, bytes | memoryview], None, None]:
    """Yield for every `step` rows their plain bytes and the bytes to write."""
    write_rows = chosen.write_rows
    assert write_rows is not None, "a format with suffixes has a writer"

    def block(low: int) -> tuple[bytes | memoryview, bytes | memoryview]:
        plain = write_rows(table.rows(low, low + step))
        return plain, GzipMember.deflate(plain) if compressed else plain

    yield from in_order(block, range(0, len(table), step), threads)
