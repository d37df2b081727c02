"""Writers of the word2vec text and binary formats."""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from w2vneg.errors import DataError, DivergedError, UsageError
from w2vneg.files import atomic_write
from w2vneg.interrupt import StopFlag

_ROWS = 2048
_LONG_WORD = 50

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
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        return "text", False  # a pipe or device has no suffix to go by
    known = ", ".join(SUFFIXES)
    raise UsageError(f"cannot tell the format of {path}: end its name in {known} (.gz may follow)")


def write_vectors(
    path: str | os.PathLike[str],
    words: list[str],
    matrix: np.ndarray,
    *,
    threads: int | None = None,
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
        For turning numbers into text; default: all processors.
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
    threads = threads or os.cpu_count() or 1
    rows = (
        _binary_rows(encoded, matrix) if kind == "binary" else _text_rows(encoded, matrix, threads)
    )
    header = b"%d %d\n" % matrix.shape
    with atomic_write(path) as file:
        # No file name and no time in the gzip header: the same vectors give the same bytes.
        packer = zlib.compressobj(6, zlib.DEFLATED, 31) if packed else None
        for part in _with_header(header, rows):
            if stop is not None:
                stop.check(f"writing {path}")
            file.write(packer.compress(part) if packer else part)
        if packer:
            file.write(packer.flush())
    return sum(len(word) >= _LONG_WORD for word in encoded)


def _with_header(header: bytes, rows: Iterator[bytes]) -> Iterator[bytes]:
    yield header
    yield from rows


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
        encoded.append(raw)
    if len(set(encoded)) < len(encoded):
        raise DataError("a word occurs twice: the file could not be read back")
    return encoded


def _binary_rows(words: list[bytes], matrix: np.ndarray) -> Iterator[bytes]:
    for low in range(0, len(words), _ROWS):
        block = np.ascontiguousarray(matrix[low : low + _ROWS], dtype="<f4")
        # A newline after each row, as the C tool writes it; gensim reads both ways.
        yield b"".join(
            b"%b %b\n" % (word, row.tobytes())
            for word, row in zip(words[low : low + _ROWS], block, strict=True)
        )


def _text_rows(words: list[bytes], matrix: np.ndarray, threads: int) -> Iterator[bytes]:
    from w2vneg.formats.decimals import rows_as_text

    def block(low: int) -> bytes:
        high = min(low + _ROWS, len(words))
        rows = rows_as_text(matrix, low, high)
        return b"".join(b"%b%b\n" % pair for pair in zip(words[low:high], rows, strict=True))

    with ThreadPoolExecutor(threads, "w2vneg-write") as pool:
        waiting: deque[Future[bytes]] = deque()
        for low in range(0, len(words), _ROWS):
            waiting.append(pool.submit(block, low))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
