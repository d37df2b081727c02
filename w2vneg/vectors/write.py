"""Writing of vectors, in the format selected by the suffix of the file, and of their metadata."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError, DivergedError
from w2vneg.system.atomic_files import atomic_write, write_bytes
from w2vneg.system.option_names import either
from w2vneg.system.threads import in_order
from w2vneg.vectors.formats import format_of
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


def file_bytes(path: str | os.PathLike[str], word_bytes: int, rows: int, dim: int) -> int:
    """Return the estimated size in bytes of a file of vectors, at or slightly below the true one.

    Parameters
    ----------
    path : str or path
        Its suffix selects the format.
    word_bytes : int
        Length of all words plus one byte per word.
    rows, dim : int
        Shape of the matrix.
    """
    chosen, compressed = format_of(path)
    size = chosen.file_bytes(word_bytes, rows, dim)
    return int(size * chosen.compressed_share) if compressed else size


def write_vectors(
    path: str | os.PathLike[str],
    words: list[str],
    matrix: npt.NDArray[np.float32],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> int:
    """Write vectors atomically, in the format that the suffix selects.

    Parameters
    ----------
    path : str or path
        Its suffix is one of `w2vneg.vectors.formats.output_suffixes`; ``.gz`` after it compresses.
    words : list of str
        V words.
    matrix : (V, d) float32 array
        Rows may be padded (a strided view).
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
        If the suffix is unknown.
    DivergedError
        If a number is not finite.
    DataError
        If words or matrix cannot be written so that they can be read back.
    OutputError
        If the file cannot be written.

    Notes
    -----
    After any error, an existing file at `path` is unchanged.
    """
    from w2vneg.system.progress import Progress

    chosen, compressed = format_of(path)
    encoded = _checked_words(words, matrix)
    progress = progress or Progress()
    step = max(1, min(_BLOCK_ROWS, _BLOCK_NUMBERS // matrix.shape[1]))
    member = GzipMember() if compressed else None
    blocks = _blocks(chosen, encoded, matrix, step, compressed, threads)
    # The threads end before the file is replaced or removed.
    with atomic_write(path) as file, contextlib.closing(blocks):
        progress.start("writing", len(words), "rows")
        start = chosen.write_start(encoded, matrix) if chosen.write_start else b""
        file.write(_whole(start, member, GzipMember.START))
        for index, (plain, data) in enumerate(blocks):
            progress.update(index * step)
            if stop is not None:
                stop.check(f"writing {path}")
            if member is not None:
                member.add(plain)
            file.write(data)
        end = chosen.write_end(encoded, matrix) if chosen.write_end else b""
        file.write(_whole(end, member, b""))
        if member is not None:
            file.write(member.end())
        progress.finish()
    return sum(len(word) >= _LONG_WORD for word in encoded)


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


def _whole(data: bytes, member: GzipMember | None, before: bytes) -> bytes:
    """Return the bytes to write for `data` outside the blocks of rows."""
    if member is None:
        return data
    if not data:
        return before
    member.add(data)
    return before + member.deflate(data)


def _blocks(
    chosen: Format,
    words: list[bytes],
    matrix: npt.NDArray[np.float32],
    step: int,
    compressed: bool,
    threads: int | None,
) -> Generator[tuple[bytes | memoryview, bytes | memoryview], None, None]:
    """Yield for every `step` rows their plain bytes and the bytes to write."""
    write_rows = chosen.write_rows
    assert write_rows is not None, "a format with suffixes has a writer"

    def block(low: int) -> tuple[bytes | memoryview, bytes | memoryview]:
        plain = write_rows(words[low : low + step], matrix[low : low + step])
        return plain, GzipMember.deflate(plain) if compressed else plain

    yield from in_order(block, range(0, len(words), step), threads)
