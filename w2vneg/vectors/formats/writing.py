"""Writers of the word2vec text and binary formats."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np

from w2vneg.errors import DataError, DivergedError, UsageError
from w2vneg.system.atomic_files import atomic_write, is_stream
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.vectors.formats.ordered import in_order
from w2vneg.vectors.formats.source import MAX_WORD_BYTES

_ROWS = 2048
_BLOCK_NUMBERS = 1 << 18
#: Level 6 takes three times as long to save a twentieth.
_LEVEL = 4
#: No file name and no time: the same vectors give the same bytes. 255 is "system unknown".
_GZIP_START = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_LONG_WORD = 50
#: What trained vectors take, and what compression leaves of them.
_TEXT_NUMBER_BYTES = 11
_PACKED_SHARE = {"text": 0.42, "binary": 0.9}

#: Suffix to format; ``.gz`` may follow.
SUFFIXES = {".vec": "text", ".txt": "text", ".bin": "binary"}


def format_of(path: str | os.PathLike[str]) -> tuple[str, bool]:
    """Return the format that a file name asks for and whether it is compressed.

    Raises
    ------
    UsageError
        If the suffix is none of ``.vec``, ``.txt``, ``.bin``, with or without ``.gz``.
    """
    name = os.fspath(path).lower()
    packed = name.endswith(".gz")
    suffix = os.path.splitext(name.removesuffix(".gz"))[1]
    if suffix in SUFFIXES:
        return SUFFIXES[suffix], packed
    if is_stream(path):
        return "text", False  # a pipe or device has no suffix to go by
    known = ", ".join(SUFFIXES)
    raise UsageError(f"cannot tell the format of {path}: end its name in {known} (.gz may follow)")


def file_bytes(path: str | os.PathLike[str], word_bytes: int, rows: int, dim: int) -> int:
    """Return about how large the file is going to be, rather a little less.

    Parameters
    ----------
    path : str or path
        Its suffix says the format.
    word_bytes : int
        Of all words, a separator after each included.
    rows, dim : int
        Shape of the matrix.
    """
    kind, packed = format_of(path)
    size = word_bytes + rows * (1 + dim * (_TEXT_NUMBER_BYTES if kind == "text" else 4))
    return int(size * _PACKED_SHARE[kind]) if packed else size


def write_vectors(
    path: str | os.PathLike[str],
    words: list[str],
    matrix: np.ndarray,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> int:
    """Write vectors atomically, in the format that the suffix names.

    Parameters
    ----------
    path : str or path
        ``.vec`` or ``.txt``: text, shortest decimals that name each float32 exactly; ``.bin``:
        binary. ``.gz`` on top compresses.
    words : list of str
        V words.
    matrix : (V, d) float32 array
        Rows may be padded (a strided view).
    threads : int, optional
        For turning numbers into text and for compressing; default: all processors, at most 8.
    progress : Progress, optional
        Hears of the rows written, in the phase ``"writing"``.
    stop : StopFlag, optional
        Looked at between blocks of rows.

    Returns
    -------
    int
        How many words have 50 bytes or more: the C tools cannot read those.

    Raises
    ------
    UsageError, DivergedError, DataError, OutputError
        Unknown suffix; a number that is not finite; a word that could not be read back; an
        output that cannot be written. The target is as it was.
    """
    kind, packed = format_of(path)
    encoded = _checked_words(words, matrix)
    progress = progress or Progress()
    step = max(1, min(_ROWS, _BLOCK_NUMBERS // matrix.shape[1]))
    with atomic_write(path) as file:
        progress.start("writing", len(words), "rows")
        header = b"%d %d\n" % matrix.shape
        file.write(_GZIP_START + _squeezed(header) if packed else header)
        crc, size = zlib.crc32(header), len(header)
        blocks = _blocks(encoded, matrix, kind, packed, step, threads)
        for number, (data, squeezed) in enumerate(blocks):
            progress.update(number * step)
            if stop is not None:
                stop.check(f"writing {path}")
            if packed:
                crc, size = zlib.crc32(data, crc), size + len(data)
            file.write(squeezed)
        if packed:
            end = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
            file.write(end + struct.pack("<LL", crc, size & 0xFFFFFFFF))
        progress.finish()
    return sum(len(word) >= _LONG_WORD for word in encoded)


def _checked_words(words: list[str], matrix: np.ndarray) -> list[bytes]:
    if matrix.ndim != 2 or len(words) != len(matrix) or 0 in matrix.shape:
        raise DataError(f"{len(words)} words do not fit a matrix of shape {matrix.shape}")
    if matrix.dtype != np.float32:
        raise DataError(f"vectors must be float32, not {matrix.dtype}")
    for low in range(0, len(matrix), _ROWS):
        finite = np.isfinite(matrix[low : low + _ROWS]).all(axis=1)
        if not finite.all():
            word = words[low + int(np.argmin(finite))]
            raise DivergedError(f"the vector of {word!r} is not finite; nothing was written")
    encoded = []
    for word in words:
        try:
            raw = word.encode("utf-8")
        except UnicodeEncodeError:
            raise DataError(f"word {word!r} cannot be written as UTF-8") from None
        if not raw or raw.split() != [raw]:
            raise DataError(
                f"word {word!r} is empty or holds white space: it could not be read back"
            )
        if len(raw) >= MAX_WORD_BYTES:
            raise DataError(
                f"word {word[:40] + '...'!r} has {len(raw)} bytes, {MAX_WORD_BYTES} or more:"
                " it could not be read back"
            )
        encoded.append(raw)
    if len(set(encoded)) < len(encoded):
        raise DataError("a word occurs twice: the file could not be read back")
    return encoded


def _squeezed(data: bytes | memoryview) -> bytes:
    """Deflate up to a byte boundary, so that blocks packed apart make one stream."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def _binary_block(words: list[bytes], matrix: np.ndarray) -> bytes:
    block = np.ascontiguousarray(matrix, dtype="<f4")
    # A newline after each row, as the C tool writes it; gensim reads both ways.
    return b"".join(
        b"%b %b\n" % (word, row.tobytes()) for word, row in zip(words, block, strict=True)
    )


def _blocks(
    words: list[bytes], matrix: np.ndarray, kind: str, packed: bool, step: int, threads: int | None
) -> Iterator[tuple[bytes | memoryview, bytes | memoryview]]:
    """Yield for each `step` rows their bytes as they are and as they are to be written."""
    as_bytes: Callable[[list[bytes], np.ndarray], bytes | memoryview] = _binary_block
    if kind == "text":
        from w2vneg.vectors.formats.print_floats import rows_as_text

        as_bytes = rows_as_text

    def block(low: int) -> tuple[bytes | memoryview, bytes | memoryview]:
        data = as_bytes(words[low : low + step], matrix[low : low + step])
        return data, _squeezed(data) if packed else data

    yield from in_order(block, range(0, len(words), step), threads)
