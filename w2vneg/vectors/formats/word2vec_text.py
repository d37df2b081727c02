"""word2vec text: a line ``WORDS DIMENSIONS``, then a word and its numbers per line.

The reader cuts the rows into blocks that threads parse; besides the matrix only the blocks being
parsed are in memory. What the compiled parser leaves, a number in an unusual form or a malformed
row, is parsed again by `parse_row`, which defines the format and makes the messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError
from w2vneg.vectors.format import Format, ReadOptions
from w2vneg.vectors.vector_file import MAX_WORD_BYTES, VectorFile, decode_word
from w2vneg.vectors.word2vec_header import Header, header_line, read_header, recognize

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BLOCK_BYTES = 1 << 21
#: The midpoint of two float64 numbers has at most this many decimals; nobody writes more.
_MAX_NUMBER_BYTES = 1100
_NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)
#: Bytes of a trained number, separator included.
_NUMBER_BYTES = 11


def read(file: VectorFile, options: ReadOptions) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    from w2vneg.system.threads import in_order

    header = read_header(file, row_bytes=2, number_bytes=2)
    wanted = header.rows if options.limit is None else min(options.limit, header.rows)
    matrix = file.empty_matrix(wanted, header.dim)
    words: list[str] = []

    def parse(block: tuple[int, bytes, int]) -> list[str]:
        first, data, count = block
        return _parse_block(file.path, first, data, matrix[first : first + count], options)

    for part in in_order(parse, _row_blocks(file, header, wanted)):
        words += part
    if wanted == header.rows:
        _refuse_trailing(file, header)
    return words, matrix


def write_rows(words: list[bytes], matrix: npt.NDArray[np.float32]) -> memoryview:
    """Return rows as text: the word, each number after a space, a newline.

    Parameters
    ----------
    words : list of bytes
        n words.
    matrix : (n, d) float32 array
        Finite. Every number becomes the shortest decimal whose nearest float32 is the number.
    """
    import numpy as np

    from w2vneg.vectors.print_floats import WIDTH, format_rows

    joined = np.frombuffer(b"".join(words), np.uint8)
    ends = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in words], out=ends[1:])
    bits = np.ascontiguousarray(matrix, np.float32).view(np.int32)
    out = np.empty(len(joined) + len(words) * (WIDTH * matrix.shape[1] + 1), np.uint8)
    size = format_rows(bits, joined, ends, out)
    return out[:size].data


FORMAT = Format(
    name="word2vec text",
    summary="readable; for gensim, fastText, spaCy",
    suffixes=(".vec", ".txt"),
    recognize=lambda head, suffix: recognize(head, suffix) == "text",
    read=read,
    write_start=lambda words, matrix: header_line(*matrix.shape),
    write_rows=write_rows,
    file_bytes=lambda word_bytes, rows, dim: word_bytes + rows * (1 + dim * _NUMBER_BYTES),
    compressed_share=0.42,
)


def parse_row(
    path: str, row: int, line: bytes, out: npt.NDArray[np.float32], allow_nonfinite: bool
) -> bytes:
    """Parse one row, however it is written, and return its word.

    The row is parsed from the right, so that a word may contain single spaces.

    Parameters
    ----------
    path : str
        For messages.
    row : int
        Counted from 0.
    line : bytes
        The row without its newline.
    out : (d,) float32 array
        Modified in place: the numbers.
    allow_nonfinite : bool
        Accept NaN and infinity.

    Raises
    ------
    DataError
        Names the row and what is wrong with it.
    """
    import numpy as np

    where = f"{path}: row {row + 1}"
    dim = len(out)
    line = line.removesuffix(b"\r").removesuffix(b" ")
    if not line:
        raise DataError(f"{where}: blank line; remove it")
    parts = line.rsplit(b" ", dim)
    if len(parts) <= dim:
        raise DataError(f"{where}: {len(parts) - 1} numbers instead of {dim}")
    for column, text in enumerate(parts[1:]):
        if _NUMBER.fullmatch(text):
            with np.errstate(over="ignore", under="ignore"):
                out[column] = np.float32(float(text))
        elif _NOT_FINITE.fullmatch(text):
            out[column] = float(text)
        else:
            start = text[:30].decode("utf-8", "replace")
            what = "two spaces in a row" if not text else f"{start!r} is not a number"
            raise DataError(f"{where}: number {column + 1} of {dim}: {what}")
        if not (allow_nonfinite or np.isfinite(out[column])):
            raise DataError(
                f"{where}: number {column + 1} of {dim} is not finite in float32:"
                f" {text[:30].decode()}; the file is damaged or training diverged"
            )
    word = parts[0]
    if not word:
        raise DataError(f"{where}: the word is empty")
    if any(byte in WHITE_SPACE and byte != ord(" ") for byte in word):
        raise DataError(f"{where}: the word {word[:40]!r} contains white space")
    if b" " in word:
        pieces = word.split(b" ")
        if not all(pieces):
            raise DataError(f"{where}: two spaces in a row, or one before the word")
        if _NUMBER.fullmatch(pieces[-1]):
            raise DataError(f"{where}: more than {dim} numbers")
    return word


def _row_blocks(file: VectorFile, header: Header, wanted: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield (first row, bytes of whole rows, number of rows) until `wanted` rows are reached."""
    longest = MAX_WORD_BYTES + header.dim * _MAX_NUMBER_BYTES
    row = 0
    rest = b""
    while row < wanted:
        # As much again as is left over: a long row must not be joined in quadratic time.
        more = file.read(max(_BLOCK_BYTES, len(rest)))
        data = rest + more
        end = data.rfind(b"\n") + 1
        count = data.count(b"\n", 0, end)
        if count > wanted - row:
            count = wanted - row
            cut = 0
            for _ in range(count):
                cut = data.find(b"\n", cut) + 1
            file.unread(data[cut:])
            yield row, data[:cut], count
            return
        if count:
            yield row, data[:end], count
            row += count
        rest = data[end:]
        if not more:
            if row < wanted:
                what = "lacks its newline" if rest else "is missing"
                raise DataError(
                    f"{file.path}: row {row + 1} of {header.rows} {what} at byte"
                    f" {file.position}; the file is truncated or its header is wrong"
                )
        elif len(rest) > longest:
            raise DataError(
                f"{file.path}: row {row + 1} has no newline within {longest} bytes;"
                " not word2vec text"
            )
    file.unread(rest)


def _refuse_trailing(file: VectorFile, header: Header) -> None:
    position = file.position
    if file.read(1):
        raise DataError(
            f"{file.path}: more data after row {header.rows}, the last one announced by the"
            f" header, at byte {position}; correct the header"
        )


def _parse_block(
    path: str, first: int, data: bytes, out: npt.NDArray[np.float32], options: ReadOptions
) -> list[str]:
    """Parse whole rows into `out`, starting at row `first`, and return their words."""
    import numpy as np

    from w2vneg.vectors.parse_floats import parse_rows

    count = len(out)
    lo, hi = np.empty(count, np.int64), np.empty(count, np.int64)
    left = np.empty(count, np.uint8)
    parse_rows(np.frombuffer(data, np.uint8), 0, len(data), out, lo, hi, left)
    raw = [data[a:b] for a, b in zip(lo.tolist(), hi.tolist(), strict=True)]
    for i in np.flatnonzero(left).tolist():
        raw[i] = parse_row(path, first + i, raw[i], out[i], options.allow_nonfinite)
    try:
        return [word.decode() for word in raw]
    except UnicodeDecodeError:
        errors = options.encoding_errors
        return [decode_word(path, first + i, word, errors) for i, word in enumerate(raw)]
