"""word2vec binary: a line ``WORDS DIMENSIONS``, then word, space and float32 numbers per row.

Numbers are little-endian. word2vec.c writes a newline after each row, gensim does not; either is
read, a mixture is not, except that the last row may differ from the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError
from w2vneg.vectors.format import Contents, Format, ReadOptions, RowError, Table
from w2vneg.vectors.vector_file import MAX_WORD_BYTES, VectorFile, decode_word
from w2vneg.vectors.word2vec_header import Header, header_line, read_header, recognize

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BLOCK_BYTES = 1 << 22
_CHECKED_NUMBERS = 1 << 18
#: Magnitudes of trained numbers lie between these; of numbers read at a wrong offset, they do not.
_SMALLEST, _LARGEST = 1e-12, 1e4
_SECOND_HALF = 64
#: Line ends after the last row are harmless up to this length.
_LINE_ENDS = 1 << 12


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    header = read_header(file, options, row_bytes=2, number_bytes=4)
    matrix = file.empty_matrix(header.wanted, header.dim, "<f4")
    rows = _Rows(file, header, options, matrix)
    try:
        rows.read()
    except DataError as error:
        # If most rows are bad, it is the header that is wrong: the others are not to be trusted.
        if not options.skip_bad_rows or options.report.skipped > len(rows.words):
            raise
        what = str(error).removeprefix(f"{file.path}: ")
        options.report.remarks.append(f"read only up to {what}")
    else:
        if header.wanted == header.rows:
            rows.check_end()
    return Contents(rows.words, matrix[: len(rows.words)].astype(np.float32, copy=False))


def write_rows(part: Table) -> bytes:
    """Return words and their vectors as word2vec.c writes them, each with a newline.

    gensim reads rows with and without newlines.
    """
    import numpy as np

    block = np.ascontiguousarray(part.matrix, dtype="<f4")
    return b"".join(
        b"%b %b\n" % (word, row.tobytes()) for word, row in zip(part.words, block, strict=True)
    )


FORMAT = Format(
    name="word2vec binary",
    summary="compact; for gensim, tools of word2vec.c",
    suffixes=(".bin",),
    recognize=lambda head, suffix: recognize(head, suffix) == "binary",
    read=read,
    write_start=lambda table: header_line(*table.matrix.shape),
    write_rows=write_rows,
    file_bytes=lambda word_bytes, rows, dim: word_bytes + rows * (1 + 4 * dim),
    compressed_share=0.9,
)


class _Window:
    """A moving window over the bytes of a file."""

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


class _Rows:
    """The rows of a file as they are read.

    Attributes
    ----------
    words : list of str
        The words; their numbers are the first rows of the matrix.
    """

    def __init__(
        self,
        file: VectorFile,
        header: Header,
        options: ReadOptions,
        matrix: npt.NDArray[np.float32],
    ) -> None:
        import numpy as np

        self.words: list[str] = []
        self._origin: list[int] = []  # row of each word in the file
        self._path = file.path
        self._header = header
        self._options = options
        self._matrix = matrix
        self._bytes = matrix.reshape(-1).view(np.uint8).data
        self._window = _Window(file)
        self._newline: bool | None = None  # whether each row ends in one
        self._checked = 0

    def read(self) -> None:
        """Read all rows that are wanted."""
        _, dim, wanted = self._header
        size = 4 * dim
        try:
            for row in range(wanted):
                try:
                    word, vector = self._row(row, size)
                except RowError as error:
                    self._options.bad_row(error)
                    continue
                count = len(self.words)
                self._bytes[count * size : (count + 1) * size] = vector
                self.words.append(word)
                self._origin.append(row)
                if (count + 1 - self._checked) * dim > _CHECKED_NUMBERS:
                    self._check_numbers()
        finally:
            self._check_numbers()
        if wanted < self._header.rows and self._options.limit is None:
            raise DataError(f"{self._where(wanted)}: is missing; the file is truncated")

    def check_end(self) -> None:
        """Refuse data after the last row; line ends are accepted."""
        window = self._window
        rest = window.peek(_LINE_ENDS)
        if len(rest) == _LINE_ENDS or rest.strip(b"\r\n"):
            raise DataError(
                f"{self._path}: more data after row {self._header.rows}, the last one announced by"
                f" the header, at byte {window.position}; the header is wrong or a word contains"
                " a space"
            )

    def _row(self, row: int, size: int) -> tuple[str, bytes]:
        """Consume a row; return its word and the `size` bytes of its numbers."""
        window = self._window
        where = self._where(row)
        word, vector = _next_row(window, size, where)
        second = _second_half(vector, window.peek(_SECOND_HALF))
        if second:
            window.skip(len(second) + 1)  # to the end of this row
            spaced = word + b" " + second
        if self._newline is None:
            self._newline = window.peek(1) == b"\n"
        if second:
            problem = (
                f"the word seems to be {spaced[:60]!r}; binary files cannot hold words that contain"
                " spaces"
            )
            if self._options.skip_bad_rows:
                self._skip_newline(where)
            raise RowError(self._path, row, problem)
        self._skip_newline(where)
        if any(byte in WHITE_SPACE for byte in word):
            raise RowError(
                self._path,
                row,
                f"the word {word[:40]!r} contains white space; the file is damaged or its header"
                " is wrong",
            )
        return decode_word(self._path, row, word, self._options.encoding_errors), vector

    def _skip_newline(self, where: str) -> None:
        if not self._newline:
            return
        byte = self._window.peek(1)
        if byte == b"\n":
            self._window.skip(1)
        elif byte:  # only the last row may lack it
            raise DataError(
                f"{where}: no newline after its numbers, unlike the rows before; the file is"
                " damaged, its header is wrong, or a word contains a space"
            )

    def _check_numbers(self) -> None:
        """Remove the rows not yet checked whose numbers are not finite."""
        import numpy as np

        start, count = self._checked, len(self.words)
        self._checked = count
        if self._options.allow_nonfinite:
            return
        finite = np.isfinite(self._matrix[start:count])
        good = finite.all(axis=1)
        if good.all():
            return
        for i in np.flatnonzero(~good).tolist():
            column = int(np.argmin(finite[i]))
            problem = (
                f"number {column + 1} is not finite ({self._matrix[start + i, column]}); the file"
                " is damaged or training diverged"
            )
            self._options.bad_row(RowError(self._path, self._origin[start + i], problem))
        left = start + np.flatnonzero(good)
        self._matrix[start : start + len(left)] = self._matrix[left]
        self.words[start:] = [self.words[i] for i in left]
        self._origin[start:] = [self._origin[i] for i in left]
        self._checked = len(self.words)

    def _where(self, row: int) -> str:
        return f"{self._path}: row {row + 1} of {self._header.rows}, byte {self._window.position}"


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


def _second_half(vector: bytes, after: bytes) -> bytes:
    """Return the start of the numbers of a row if it seems to be the rest of a word with a space.

    The format does not reveal this. The evidence is numbers that training never produces, that
    start with text up to a space, and that are ordinary numbers if read from after that space.

    Parameters
    ----------
    vector : bytes
        As read.
    after : bytes
        The bytes that follow in the file, at least as many as the numbers may be shifted by.
    """
    end = vector.find(b" ", 0, _SECOND_HALF)
    if end < 1 or not vector[:end].isalnum() or _is_ordinary(vector):
        return b""
    if len(after) > end and _is_ordinary(vector[end + 1 :] + after[: end + 1]):
        return vector[:end]
    return b""


def _is_ordinary(vector: bytes) -> bool:
    import numpy as np

    with np.errstate(invalid="ignore"):
        sizes = np.abs(np.frombuffer(vector, "<f4"))
        return bool((((sizes > _SMALLEST) & (sizes < _LARGEST)) | (sizes == 0)).all())
