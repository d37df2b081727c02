"""Reads word2vec binary: ``WORDS DIMENSIONS``, then a word, a space and little-endian float32 a row.

The C tool puts a newline behind each row, gensim does not; both are read, a mixture is not.
"""

from __future__ import annotations

import numpy as np

from w2vneg.errors import DataError
from w2vneg.vectors.formats.source import MAX_WORD_BYTES, Source, decode_word, no_memory

_BLOCK_BYTES = 1 << 22
#: Numbers of trained vectors lie between; those read at a wrong offset do not.
_SMALLEST, _LARGEST = 1e-12, 1e4
_SECOND_HALF = 64


def read_binary(
    source: Source, limit: int | None, allow_nonfinite: bool, errors: str
) -> tuple[list[str], np.ndarray]:
    """Read the rows of a binary file behind its header.

    Returns
    -------
    words : list of str
    matrix : (V, d) float32
    """
    rows, dim, _ = source.header
    wanted = rows if limit is None else min(limit, rows)
    try:
        matrix = np.empty((wanted, dim), "<f4")
    except (MemoryError, ValueError):
        raise no_memory(source.path, wanted, dim) from None
    target = matrix.reshape(-1).view(np.uint8).data
    size = 4 * dim
    window = _Window(source)
    newline: int | None = None  # 1 where each row has one
    words: list[str] = []
    checked = 0
    for row in range(wanted):
        place = f"{source.path}: row {row + 1} of {rows}, byte {window.position}"
        word, vector = _next_row(window, size, place)
        _refuse_spaced_word(word, vector, window.peek(_SECOND_HALF), place)
        if newline is None:
            newline = 1 if window.peek(1) == b"\n" else 0
        if newline:
            if window.peek(1) != b"\n":
                raise DataError(
                    f"{place}: no newline behind its numbers, as the rows before have; the file is"
                    " damaged, its header wrong or a word holds a space"
                )
            window.skip(1)
        if any(byte in b"\t\n\v\f\r" for byte in word):
            raise DataError(
                f"{place}: the word {word[:40]!r} holds white space; the file is damaged, or its"
                " header wrong"
            )
        target[row * size : (row + 1) * size] = vector
        words.append(decode_word(source.path, row, word, errors))
        if (row + 1 - checked) * dim > 1 << 18 or row + 1 == wanted:
            if not allow_nonfinite:
                _refuse_nonfinite(source.path, matrix, checked, row + 1)
            checked = row + 1
    if wanted == rows and window.peek(1):
        raise DataError(
            f"{source.path}: more data behind row {rows}, the last that the header announces, at"
            f" byte {window.position}; the header is wrong or a word holds a space"
        )
    return words, matrix.astype(np.float32, copy=False)


class _Window:
    """A moving part of the file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.data = b""
        self.at = 0
        self._base = source.position

    @property
    def position(self) -> int:
        """Offset in the (unpacked) file."""
        return self._base + self.at

    def fill(self, count: int) -> None:
        """Try to have `count` bytes from here on."""
        if len(self.data) - self.at < count:
            rest = self.data[self.at :]
            self._base += self.at
            self.data = rest + self._source.read(max(count, _BLOCK_BYTES))
            self.at = 0

    def peek(self, count: int) -> bytes:
        self.fill(count)
        return self.data[self.at : self.at + count]

    def skip(self, count: int) -> None:
        self.at += count


def _next_row(window: _Window, size: int, place: str) -> tuple[bytes, bytes]:
    window.fill(MAX_WORD_BYTES + size)
    data, start = window.data, window.at
    space = data.find(b" ", start, start + MAX_WORD_BYTES)
    if space < 0:
        if len(data) - start < MAX_WORD_BYTES:
            what = "is missing" if len(data) == start else "is cut off in its word"
            raise DataError(f"{place}: {what}; the file is cut off or its header is wrong")
        raise DataError(f"{place}: no word within {MAX_WORD_BYTES} bytes; not word2vec binary")
    stop = space + 1 + size
    if stop > len(data):
        raise DataError(
            f"{place}: {len(data) - space - 1} bytes of numbers instead of {size}; the file is cut"
            " off or its header is wrong"
        )
    window.at = stop
    return data[start:space], data[space + 1 : stop]


def _refuse_spaced_word(word: bytes, vector: bytes, behind: bytes, place: str) -> None:
    """Refuse a row whose numbers start with the second half of a word with a space.

    The format cannot tell. Telling are numbers that training never gives, which start with text
    up to a space, and are ordinary numbers when read from behind that space.

    Parameters
    ----------
    word, vector : bytes
        As read.
    behind : bytes
        What follows in the file, as much as the numbers could be off.
    """
    end = vector.find(b" ", 0, _SECOND_HALF)
    if end < 1 or not vector[:end].isalnum() or _ordinary(vector):
        return
    if len(behind) > end and _ordinary(vector[end + 1 :] + behind[: end + 1]):
        spaced = word + b" " + vector[:end]
        raise DataError(
            f"{place}: the word seems to be {spaced[:60]!r}; binary files cannot hold words with"
            " spaces"
        )


def _ordinary(vector: bytes) -> bool:
    with np.errstate(invalid="ignore"):
        sizes = np.abs(np.frombuffer(vector, "<f4"))
        return bool((((sizes > _SMALLEST) & (sizes < _LARGEST)) | (sizes == 0)).all())


def _refuse_nonfinite(path: str, matrix: np.ndarray, start: int, stop: int) -> None:
    finite = np.isfinite(matrix[start:stop])
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise DataError(
            f"{path}: row {start + row + 1}: number {column + 1} is not finite"
            f" ({matrix[start + row, column]}); the file is damaged or training diverged"
        )
