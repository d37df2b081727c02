"""word2vec text: a line ``WORDS DIMENSIONS``, then a word and its numbers per line.

The reader cuts the rows into blocks that threads parse; besides the matrix only the blocks being
parsed are in memory. Rows that the compiled parser rejects, for a number in an unusual form or a
mistake, are parsed again by `parse_row`, which defines the format and produces the messages.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from w2vneg.corpus.text_bytes import WHITE_SPACE
from w2vneg.errors import DataError, counted
from w2vneg.vectors.format import Contents, Format, ReadOptions, RowError, Table
from w2vneg.vectors.vector_file import MAX_WORD_BYTES, VectorFile, decode_word
from w2vneg.vectors.word2vec_header import Header, header_line, read_header, recognize

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BLOCK_BYTES = 1 << 21
#: The exact midpoint of two float64 numbers takes no more bytes; longer numbers are not expected.
_MAX_NUMBER_BYTES = 1100
_NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_FRACTION = re.compile(r" [+-]?[0-9]*(\.[0-9]+([eE][+-]?[0-9]+)?|[eE]-[0-9]+)$")
#: How to mend a file whose fields are separated by several spaces.
_ONE_SPACE = "; leave one with: sed 's/^ *//; s/  */ /g' FILE > NEW"
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)
#: Bytes of a trained number, separator included.
_NUMBER_BYTES = 11


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    return read_rows(file, options, read_header(file, options, row_bytes=2, number_bytes=2))


def read_rows(
    file: VectorFile, options: ReadOptions, header: Header, announced: bool = True
) -> Contents:
    """Read the rows of a file that is at its first row.

    Parameters
    ----------
    file : VectorFile
    options : ReadOptions
    header : Header
        How many rows there are, and of how many numbers.
    announced : bool
        Whether the file itself says how many rows it has.
    """
    import numpy as np

    from w2vneg.system.threads import in_order

    matrix = file.empty_matrix(header.wanted, header.dim)
    words: list[str] = []
    surplus: list[npt.NDArray[np.float32]] = []

    def parse(block: tuple[int, bytes, int]) -> _Block:
        first, data, count = block
        end = first + count
        out = matrix[first:end] if end <= len(matrix) else file.empty_matrix(count, header.dim)
        return _parse_block(file.path, first, data, out, options)

    for block in in_order(parse, _row_blocks(file, header, options)):
        for error in block.errors:
            options.bad_row(error)
        start, end = len(words), len(words) + len(block.words)
        words += block.words
        if end > len(matrix):
            surplus.append(block.matrix)
        elif block.is_changed or start != block.first:
            # Later blocks, which are being parsed, lie behind this one.
            matrix[start:end] = block.matrix
    if header.wanted == header.rows and not options.skip_bad_rows:
        _check_end(file, header)
    _check_dimensions(file.path, header, words)
    if announced and options.skip_bad_rows and options.limit is None:
        rows = len(words) + options.report.skipped
        if rows != header.rows:
            options.report.remarks.append(f"{rows} rows, but the header announces {header.rows}")
    in_place = len(words) - sum(map(len, surplus))
    matrix = matrix[:in_place]
    return Contents(words, np.concatenate([matrix, *surplus]) if surplus else matrix)


def write_rows(part: Table) -> memoryview:
    """Return rows as text: the word, each number after a space, a newline.

    Each number is printed as the shortest decimal that parses back to it.
    """
    import numpy as np

    from w2vneg.vectors.print_floats import WIDTH, format_rows

    words, matrix = part.words, part.matrix
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
    write_start=lambda table: header_line(*table.matrix.shape),
    write_rows=write_rows,
    file_bytes=lambda word_bytes, rows, dim: word_bytes + rows * (1 + dim * _NUMBER_BYTES),
    compressed_share=0.42,
)


def parse_row(
    path: str, row: int, line: bytes, out: npt.NDArray[np.float32], allow_nonfinite: bool
) -> bytes:
    """Parse one row, in any accepted spelling, and return its word.

    The row is parsed from the right, so that a word may contain single spaces and end in numbers.
    Tabs may separate the fields.

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
    RowError
        If the row is malformed; the error names the row and the problem.
    """
    import numpy as np

    dim = len(out)
    line = line.removesuffix(b"\r").rstrip(b" \t")
    if not line:
        raise RowError(path, row, "blank line; remove it")
    parts = line.replace(b"\t", b" ").rsplit(b" ", dim)
    if len(parts) <= dim:
        raise RowError(path, row, f"{counted(len(parts) - 1, 'number')} instead of {dim}")
    for column, text in enumerate(parts[1:]):
        if _NUMBER.fullmatch(text):
            with np.errstate(over="ignore", under="ignore"):
                out[column] = np.float32(float(text))
        elif _NOT_FINITE.fullmatch(text):
            out[column] = float(text)
        else:
            start = text[:30].decode("utf-8", "replace")
            what = f"two spaces in a row{_ONE_SPACE}" if not text else f"{start!r} is not a number"
            if text.count(b",") == 1 and _NUMBER.fullmatch(text.replace(b",", b".")):
                what += "; write a decimal point"
            raise RowError(path, row, f"number {column + 1} of {dim}: {what}")
        if not (allow_nonfinite or np.isfinite(out[column])):
            raise RowError(
                path,
                row,
                f"number {column + 1} of {dim} is not finite in float32: {text[:30].decode()}; the"
                " file is damaged or training diverged",
            )
    word = line[: len(parts[0])]
    if not word:
        raise RowError(path, row, "the word is empty")
    if any(byte in WHITE_SPACE and byte != ord(" ") for byte in word):
        raise RowError(path, row, f"the word {word[:40]!r} contains white space")
    if not all(word.split(b" ")):
        raise RowError(path, row, f"two spaces in a row, or one before the word{_ONE_SPACE}")
    return word


@dataclass
class _Block:
    """Rows that were parsed together.

    Attributes
    ----------
    first : int
        Index of its first row in the file.
    words : list of str
        n words.
    matrix : (n, d) float32 array
        Their numbers.
    errors : list of RowError
        The errors of the rows that were left out.
    is_changed : bool
        Whether `matrix` is a copy, because rows were left out.
    """

    first: int
    words: list[str]
    matrix: npt.NDArray[np.float32]
    errors: list[RowError]
    is_changed: bool = False


def _row_blocks(
    file: VectorFile, header: Header, options: ReadOptions
) -> Iterator[tuple[int, bytes, int]]:
    """Yield (first row, bytes of whole rows, number of rows) of the rows to read.

    If bad rows are skipped, all lines of the file are yielded, even if the header says fewer.
    """
    longest = MAX_WORD_BYTES + header.dim * _MAX_NUMBER_BYTES
    row = 0
    wanted = header.wanted
    rest = b""
    while row < wanted:
        # At least as much as is left over, so that long rows are not joined in quadratic time.
        try:
            more = file.read(max(_BLOCK_BYTES, len(rest)))
        except DataError as error:
            if not options.skip_bad_rows:
                raise
            what = str(error).removeprefix(f"{file.path}: ")
            options.report.remarks.append(f"read only up to byte {file.position}: {what}")
            more = b""
        data = rest + more
        if not more:
            if not rest:
                _refuse_missing(file, header, row, options)
                return
            if not rest.endswith(b"\n"):
                last = row + rest.count(b"\n")
                if last + 1 < header.rows:
                    _refuse_cut(file, header, last, options)
                    data = data[: data.rfind(b"\n") + 1]
                else:
                    options.report.remarks.append(
                        "the last row has no newline; if the file is truncated there, the last"
                        " number may lack digits"
                    )
                    data += b"\n"
        end = data.rfind(b"\n") + 1
        count = data.count(b"\n", 0, end)
        if count >= wanted - row:
            count = wanted - row
            end = 0
            for _ in range(count):
                end = data.find(b"\n", end) + 1
            if options.skip_bad_rows and options.limit is None:
                wanted = sys.maxsize
        if count:
            yield row, data[:end], count
            row += count
        rest = data[end:]
        if len(rest) > longest and b"\n" not in rest:
            raise DataError(
                f"{file.path}: row {row + 1} has no newline within {longest} bytes;"
                " not word2vec text"
            )
    file.unread(rest)


def _refuse_missing(file: VectorFile, header: Header, row: int, options: ReadOptions) -> None:
    """Refuse a file that ends before its last row, unless bad rows are skipped."""
    if not options.skip_bad_rows:
        raise DataError(
            f"{file.path}: row {row + 1} of {header.rows} is missing at byte {file.position};"
            " the file is truncated or its header is wrong"
        )


def _refuse_cut(file: VectorFile, header: Header, row: int, options: ReadOptions) -> None:
    """Refuse, or skip, a last line whose end is missing."""
    problem = (
        f"of {header.rows} lacks its newline at byte {file.position}; the file is truncated or its"
        " header is wrong"
    )
    if not options.skip_bad_rows:
        raise DataError(f"{file.path}: row {row + 1} {problem}")
    options.report.add(RowError(file.path, row, "no newline after it; the file is truncated"))


def _check_end(file: VectorFile, header: Header) -> None:
    """Refuse rows after the last one that the header announces; blank lines are accepted."""
    position = file.position
    lines = sum(bool(line.strip(b" \t")) for line in file.lines())
    if lines:
        raise DataError(
            f"{file.path}: more data after row {header.rows}, the last one announced by the"
            f" header, at byte {position}; if these are rows, the first line must be"
            f" '{header.rows + lines} {header.dim}'"
        )


def _check_dimensions(path: str, header: Header, words: list[str]) -> None:
    """Refuse words that end in decimal fractions: the header announces too few dimensions.

    Single words may end in such numbers (``windows 3.1``), but not most of them.
    """
    odd = [word for word in words if " " in word and _FRACTION.search(word)]
    if 2 * len(odd) <= len(words):
        return
    dim = header.dim
    for piece in reversed(odd[0].split(" ")[1:]):
        if not _NUMBER.fullmatch(piece.encode()):
            break
        dim += 1
    raise DataError(
        f"{path}: more than {header.dim} numbers: the words of {len(odd)} of {len(words)} rows"
        f" would end in numbers, such as {odd[0][:60]!r}; if the rows hold {dim} numbers, the first"
        f" line must be '{header.rows} {dim}'"
    )


def _parse_block(
    path: str, first: int, data: bytes, out: npt.NDArray[np.float32], options: ReadOptions
) -> _Block:
    """Parse whole rows into `out`, starting at row `first` of the file."""
    import numpy as np

    from w2vneg.vectors.parse_floats import parse_rows

    count = len(out)
    lo, hi = np.empty(count, np.int64), np.empty(count, np.int64)
    left = np.empty(count, np.uint8)
    parse_rows(np.frombuffer(data, np.uint8), 0, len(data), out, lo, hi, left)
    raw = [data[a:b] for a, b in zip(lo.tolist(), hi.tolist(), strict=True)]
    errors: list[RowError] = []
    dropped: set[int] = set()
    for i in np.flatnonzero(left).tolist():
        try:
            raw[i] = parse_row(path, first + i, raw[i], out[i], options.allow_nonfinite)
        except RowError as error:
            if not options.skip_bad_rows:
                raise
            dropped.add(i)
            if raw[i].strip():  # blank lines are no rows
                errors.append(error)
    try:
        words = [word.decode() for i, word in enumerate(raw) if i not in dropped]
    except UnicodeDecodeError:
        words = []
        for i, word in enumerate(raw):
            if i in dropped:
                continue
            try:
                words.append(decode_word(path, first + i, word, options.encoding_errors))
            except RowError as error:
                if not options.skips(error):
                    raise
                dropped.add(i)
                errors.append(error)
    if not dropped:
        return _Block(first, words, out, errors)
    errors.sort(key=lambda error: error.row)
    good = np.array([i for i in range(count) if i not in dropped], np.int64)
    return _Block(first, words, out[good], errors, is_changed=True)
