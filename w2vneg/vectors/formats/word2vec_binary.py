"""word2vec binary: a line ``WORDS DIMENSIONS``, then word, space and float32 numbers per row.

Numbers are little-endian. The C tool writes a newline after each row, gensim does not; both are
read, a mixture is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError
from w2vneg.vectors.format import Format, ReadOptions
from w2vneg.vectors.vector_file import MAX_WORD_BYTES, VectorFile, decode_word
from w2vneg.vectors.word2vec_header import header_line, read_header, recognize

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BLOCK_BYTES = 1 << 22
_CHECKED_NUMBERS = 1 << 18
#: Trained numbers lie between these; numbers read at a wrong offset do not.
_SMALLEST, _LARGEST = 1e-12, 1e4
_SECOND_HALF = 64


def read(file: VectorFile, options: ReadOptions) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    rows, dim = read_header(file, row_bytes=2, number_bytes=4)
    wanted = rows if options.limit is None else min(options.limit, rows)
    matrix = file.empty_matrix(wanted, dim, "<f4")
    target = matrix.reshape(-1).view(np.uint8).data
    size = 4 * dim
    window = _Window(file)
    newline: int | None = None  # 1 if each row ends in one
    words: list[str] = []
    checked = 0
    for row in range(wanted):
        where = f"{file.path}: row {row + 1} of {rows}, byte {window.position}"
        word, vector = _next_row(window, size, where)
        _refuse_spaced_word(word, vector, window.peek(_SECOND_HALF), where)
        if newline is None:
            newline = 1 if window.peek(1) == b"\n" else 0
        if newline:
            if window.peek(1) != b"\n":
                raise DataError(
                    f"{where}: no newline after its numbers, unlike the rows before; the file is"
                    " damaged, its header is wrong, or a word contains a space"
                )
            window.skip(1)
        if any(byte in WHITE_SPACE for byte in word):
            raise DataError(
                f"{where}: the word {word[:40]!r} contains white space; the file is damaged or its"
                " header is wrong"
            )
        target[row * size : (row + 1) * size] = vector
        words.append(decode_word(file.path, row, word, options.encoding_errors))
        if (row + 1 - checked) * dim > _CHECKED_NUMBERS or row + 1 == wanted:
            if not options.allow_nonfinite:
                _refuse_nonfinite(file.path, matrix, checked, row + 1)
            checked = row + 1
    if wanted == rows and window.peek(1):
        raise DataError(
            f"{file.path}: more data after row {rows}, the last one announced by the header, at"
            f" byte {window.position}; the header is wrong or a word contains a space"
        )
    return words, matrix.astype(np.float32, copy=False)


def write_rows(words: list[bytes], matrix: npt.NDArray[np.float32]) -> bytes:
    """Return rows as the C tool writes them, each with a newline; gensim reads both ways."""
    import numpy as np

    block = np.ascontiguousarray(matrix, dtype="<f4")
    return b"".join(
        b"%b %b\n" % (word, row.tobytes()) for word, row in zip(words, block, strict=True)
    )


FORMAT = Format(
    name="word2vec binary",
    summary="compact; for gensim and the tools of word2vec.c",
    suffixes=(".bin",),
    recognize=lambda head, suffix: recognize(head, suffix) == "binary",
    read=read,
    write_start=lambda words, matrix: header_line(*matrix.shape),
    write_rows=write_rows,
    file_bytes=lambda word_bytes, rows, dim: word_bytes + rows * (1 + 4 * dim),
    compressed_share=0.9,
)


class _Window:
    """A moving window on the bytes of a file."""

    def __init__(self, file: VectorFile) -> None:
        self._file = file
        self.data = b""
        self.at = 0
        self._base = file.position

    @property
    def position(self) -> int:
        """Offset in the decompressed file."""
        return self._base + self.at

    def fill(self, count: int) -> None:
        """Make `count` bytes available from the current position, if the file has them."""
        if len(self.data) - self.at < count:
            rest = self.data[self.at :]
            self._base += self.at
            self.data = rest + self._file.read(max(count, _BLOCK_BYTES))
            self.at = 0

    def peek(self, count: int) -> bytes:
        """Return up to `count` bytes without consuming them."""
        self.fill(count)
        return self.data[self.at : self.at + count]

    def skip(self, count: int) -> None:
        """Move forward by `count` available bytes."""
        self.at += count


def _next_row(window: _Window, size: int, where: str) -> tuple[bytes, bytes]:
    """Consume a row; return its word and the `size` bytes of its numbers."""
    window.fill(MAX_WORD_BYTES + size)
    data, start = window.data, window.at
    space = data.find(b" ", start, start + MAX_WORD_BYTES)
    if space < 0:
        if len(data) - start < MAX_WORD_BYTES:
            what = "is missing" if len(data) == start else "ends within its word"
            raise DataError(f"{where}: {what}; the file is truncated or its header is wrong")
        raise DataError(f"{where}: no word within {MAX_WORD_BYTES} bytes; not word2vec binary")
    stop = space + 1 + size
    if stop > len(data):
        raise DataError(
            f"{where}: {len(data) - space - 1} bytes of numbers instead of {size}; the file is"
            " truncated or its header is wrong"
        )
    window.at = stop
    return data[start:space], data[space + 1 : stop]


def _refuse_spaced_word(word: bytes, vector: bytes, after: bytes, where: str) -> None:
    """Refuse a row whose numbers start with the second half of a word that contains a space.

    The format itself cannot tell. The signs are numbers that training never yields, that start
    with text up to a space, and that are ordinary numbers if read from after that space.

    Parameters
    ----------
    word, vector : bytes
        As read.
    after : bytes
        The bytes that follow in the file, as many as the numbers could be shifted by.
    """
    end = vector.find(b" ", 0, _SECOND_HALF)
    if end < 1 or not vector[:end].isalnum() or _is_ordinary(vector):
        return
    if len(after) > end and _is_ordinary(vector[end + 1 :] + after[: end + 1]):
        spaced = word + b" " + vector[:end]
        raise DataError(
            f"{where}: the word seems to be {spaced[:60]!r}; binary files cannot hold words that"
            " contain spaces"
        )


def _is_ordinary(vector: bytes) -> bool:
    import numpy as np

    with np.errstate(invalid="ignore"):
        sizes = np.abs(np.frombuffer(vector, "<f4"))
        return bool((((sizes > _SMALLEST) & (sizes < _LARGEST)) | (sizes == 0)).all())


def _refuse_nonfinite(path: str, matrix: npt.NDArray[np.float32], start: int, stop: int) -> None:
    import numpy as np

    finite = np.isfinite(matrix[start:stop])
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise DataError(
            f"{path}: row {start + row + 1}: number {column + 1} is not finite"
            f" ({matrix[start + row, column]}); the file is damaged or training diverged"
        )
