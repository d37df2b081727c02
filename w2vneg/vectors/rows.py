"""What binary formats share: words as bytes, whole matrices, and checks of their rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError
from w2vneg.vectors.format import Contents, ReadOptions, RowError
from w2vneg.vectors.vector_file import MAX_WORD_BYTES, VectorFile, decode_word

if TYPE_CHECKING:
    import numpy.typing as npt

_PIECE_BYTES = 1 << 24
#: Rows are checked in blocks of about this many numbers.
_CHECKED_NUMBERS = 1 << 20
#: A blank is part of words such as "new york"; other white space is not.
_REFUSED = bytes(set(WHITE_SPACE) - {ord(" ")})


def read_exactly(file: VectorFile, count: int, what: str) -> bytes:
    """Return the next `count` bytes.

    Raises
    ------
    DataError
        If the file has fewer; the message says that it ends within `what`.
    """
    if count > file.max_bytes - file.position:
        raise DataError(_truncated(file, what))
    data = file.read(count)
    if len(data) < count:
        raise DataError(_truncated(file, what))
    return data


def skip_bytes(file: VectorFile, count: int, what: str) -> None:
    """Move forward by `count` bytes; errors are those of `read_exactly`."""
    while count > 0:
        piece = min(count, _PIECE_BYTES)
        read_exactly(file, piece, what)
        count -= piece


def drain(file: VectorFile) -> None:
    """Read to the end, so that the checksum of a gzip file is checked."""
    while file.read(_PIECE_BYTES):
        pass


def check_end(file: VectorFile, position: int, options: ReadOptions) -> None:
    """Refuse a file that does not end at `position`, or whose checksum of gzip is missing there.

    If the rows are limited, what follows them does not matter.
    """
    if options.limit is not None:
        return
    try:
        skip_bytes(file, position - file.position, "its last part")
        if file.read(1):
            raise DataError(
                f"{file.path}: more data after its last part, at byte {position}; the file is damaged"
            )
    except DataError as error:
        if not options.skip_bad_rows:
            raise
        options.report.remarks.append(str(error).removeprefix(f"{file.path}: "))


def read_matrix(
    file: VectorFile, rows: int, dim: int, dtype: str, options: ReadOptions
) -> npt.NDArray[Any]:
    """Return the matrix of (rows, dim) numbers that begins at the position of the file.

    Parameters
    ----------
    file : VectorFile
    rows, dim : int
        Its shape. If bad rows are skipped, a truncated file may have fewer rows.
    dtype : str
        Type of the numbers in the file, such as ``"<f4"``.
    options : ReadOptions

    Raises
    ------
    DataError
        If the file is truncated.
    ResourceError
        If the matrix does not fit into memory.
    """
    import numpy as np

    size = np.dtype(dtype).itemsize * dim
    left = file.max_bytes - file.position
    if rows * size > left:
        if not options.skip_bad_rows:
            raise DataError(_truncated(file, f"the {rows} rows of {dim} numbers"))
        rows = left // size
    matrix = file.empty_matrix(rows, dim, dtype)
    data = matrix.reshape(-1).view(np.uint8).data
    position = 0
    while position < len(data):
        piece = file.read(min(_PIECE_BYTES, len(data) - position))
        if not piece:
            if not options.skip_bad_rows:
                raise DataError(_truncated(file, f"the {rows} rows of {dim} numbers"))
            options.report.remarks.append(f"read only up to byte {file.position}: it is truncated")
            return matrix[: position // size]
        data[position : position + len(piece)] = piece
        position += len(piece)
    return matrix


def usable_rows(
    path: str, words: Iterable[bytes], contents: Contents, options: ReadOptions
) -> Contents:
    """Return contents with their words decoded, without the rows that cannot be used.

    Parameters
    ----------
    path : str
        For messages.
    words : iterable of bytes
        V words in UTF-8.
    contents : Contents
        Their vectors and counts, V rows each, whose words are replaced. If bad rows are skipped,
        the vectors may have fewer rows.
    options : ReadOptions

    Raises
    ------
    RowError
        For the first row that cannot be used, unless bad rows are skipped.
    """
    import numpy as np

    raw = list(words)
    matrix = contents.matrix = contents.matrix[: len(raw)]
    raw = raw[: len(matrix)]
    bad: dict[int, RowError] = {}
    decoded = _decoded(path, raw, options, bad)
    step = max(1, _CHECKED_NUMBERS // max(1, matrix.shape[1]))
    for low in range(0, 0 if options.allow_nonfinite else len(matrix), step):
        finite = np.isfinite(matrix[low : low + step])
        for row in np.flatnonzero(~finite.all(axis=1)).tolist():
            column = int(np.argmin(finite[row]))
            problem = f"number {column + 1} is not finite; the file is damaged or training diverged"
            bad.setdefault(low + row, RowError(path, low + row, problem))
    for row in sorted(bad):
        options.bad_row(bad[row])
    contents.words = decoded
    if contents.counts is not None:
        contents.counts = contents.counts[: len(matrix)]
    if contents.w_out is not None:
        contents.w_out = contents.w_out[: len(matrix)]
    if contents.w_in is not None:
        contents.w_in = contents.w_in[: len(matrix)]
    if not bad:
        return contents
    return contents.take(np.array([row for row in range(len(raw)) if row not in bad], np.int64))


def _decoded(
    path: str, words: list[bytes], options: ReadOptions, bad: dict[int, RowError]
) -> list[str]:
    """Return the words as text; the errors of those that are none are added to `bad`."""
    decoded = []
    for row, word in enumerate(words):
        try:
            if word.translate(None, _REFUSED) != word:
                raise RowError(path, row, f"the word {word[:40]!r} contains white space")
            if len(word) >= MAX_WORD_BYTES:
                raise RowError(path, row, f"the word has {len(word)} bytes; the file is damaged")
            decoded.append(decode_word(path, row, word, options.encoding_errors))
        except RowError as error:
            bad[row] = error
            decoded.append("")
            if not options.skips(error):
                break
    return decoded


def _truncated(file: VectorFile, what: str) -> str:
    return f"{file.path}: the file ends within {what}, at byte {file.position}; it is truncated"
