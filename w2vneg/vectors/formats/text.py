"""Reads word2vec text: ``WORDS DIMENSIONS``, then a word and its numbers a row, spaces between.

Rows are cut into blocks that threads parse; the blocks in work are all that is in memory beyond
the matrix. What the compiled parser does not take, a number in an unusual form or anything
malformed, is looked at again by `parse_row`, which is the specification and knows the messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from w2vneg.errors import DataError
from w2vneg.vectors.formats.ordered import in_order
from w2vneg.vectors.formats.parse_floats import parse_rows
from w2vneg.vectors.formats.source import MAX_WORD_BYTES, Source, decode_word, no_memory

_BLOCK_BYTES = 1 << 21
#: Decimals of exact float64 midpoints have so many bytes; longer ones are not numbers of anybody.
_MAX_NUMBER_BYTES = 1100
_NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)


def read_text(
    source: Source, limit: int | None, allow_nonfinite: bool, errors: str
) -> tuple[list[str], np.ndarray]:
    """Read the rows of a text file behind its header.

    Returns
    -------
    words : list of str
    matrix : (V, d) float32
    """
    rows, dim, _ = source.header
    wanted = rows if limit is None else min(limit, rows)
    try:
        matrix = np.empty((wanted, dim), np.float32)
    except (MemoryError, ValueError):
        raise no_memory(source.path, wanted, dim) from None
    words: list[str] = []

    def work(block: tuple[int, bytes, int]) -> list[str]:
        first, data, count = block
        return _parse(
            source.path, first, data, matrix[first : first + count], allow_nonfinite, errors
        )

    for part in in_order(work, _row_blocks(source, wanted)):
        words += part
    if limit is None or limit >= rows:
        _refuse_trailing(source)
    return words, matrix


def _row_blocks(source: Source, wanted: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield (first row, bytes of whole rows, their count) until `wanted` rows are reached."""
    longest = MAX_WORD_BYTES + source.header.dim * _MAX_NUMBER_BYTES
    row = 0
    rest = b""
    while row < wanted:
        read = source.read(max(_BLOCK_BYTES, len(rest)))  # doubled, lest joining takes the square
        data = rest + read
        end = data.rfind(b"\n") + 1
        count = data.count(b"\n", 0, end)
        if count > wanted - row:
            count = wanted - row
            cut = 0
            for _ in range(count):
                cut = data.find(b"\n", cut) + 1
            source.unread(data[cut:])
            yield row, data[:cut], count
            return
        if count:
            yield row, data[:end], count
            row += count
        rest = data[end:]
        if not read:
            if row < wanted:
                what = "lacks its newline" if rest else "is missing"
                raise DataError(
                    f"{source.path}: row {row + 1} of {source.header.rows} {what} at byte"
                    f" {source.position}; the file is cut off or its header is wrong"
                )
        elif len(rest) > longest:
            raise DataError(
                f"{source.path}: row {row + 1} has no newline within {longest} bytes;"
                " not word2vec text"
            )
    source.unread(rest)


def _refuse_trailing(source: Source) -> None:
    at = source.position
    if source.read(1):
        raise DataError(
            f"{source.path}: more data behind row {source.header.rows}, the last that the header"
            f" announces, at byte {at}; correct the header"
        )


def _parse(
    path: str, first: int, data: bytes, out: np.ndarray, allow_nonfinite: bool, errors: str
) -> list[str]:
    count = len(out)
    lo, hi = np.empty(count, np.int64), np.empty(count, np.int64)
    left = np.empty(count, np.uint8)
    parse_rows(np.frombuffer(data, np.uint8), 0, len(data), out, lo, hi, left)
    raw = [data[a:b] for a, b in zip(lo.tolist(), hi.tolist(), strict=True)]
    for i in np.flatnonzero(left).tolist():
        raw[i] = parse_row(path, first + i, raw[i], out[i], allow_nonfinite)
    try:
        words = [word.decode() for word in raw]
    except UnicodeDecodeError:
        words = [decode_word(path, first + i, word, errors) for i, word in enumerate(raw)]
    return words


def parse_row(path: str, row: int, line: bytes, out: np.ndarray, allow_nonfinite: bool) -> bytes:
    """Read one row, however it is written, and return its word.

    The row is read from the right, so that a word may hold single spaces.

    Parameters
    ----------
    path : str
        For messages.
    row : int
        Counted from 0.
    line : bytes
        The row without its newline.
    out : (d,) float32
        Modified in place: the numbers.
    allow_nonfinite : bool
        Take NaN and infinity.

    Raises
    ------
    DataError
        Names the row and what is wrong with it.
    """
    place = f"{path}: row {row + 1}"
    dim = len(out)
    line = line.removesuffix(b"\r").removesuffix(b" ")
    if not line:
        raise DataError(f"{place}: blank line; remove it")
    parts = line.rsplit(b" ", dim)
    if len(parts) <= dim:
        raise DataError(f"{place}: {len(parts) - 1} numbers instead of {dim}")
    for column, text in enumerate(parts[1:]):
        if _NUMBER.fullmatch(text):
            with np.errstate(over="ignore", under="ignore"):
                out[column] = np.float32(float(text))
        elif _NOT_FINITE.fullmatch(text):
            out[column] = float(text)
        else:
            shown = text[:30].decode("utf-8", "replace")
            what = "two spaces in a row" if not text else f"{shown!r} is not a number"
            raise DataError(f"{place}: number {column + 1} of {dim}: {what}")
        if not (allow_nonfinite or np.isfinite(out[column])):
            raise DataError(
                f"{place}: number {column + 1} of {dim} is not finite in float32:"
                f" {text[:30].decode()}; the file is damaged or training diverged"
            )
    word = parts[0]
    if not word:
        raise DataError(f"{place}: the word is empty")
    if any(byte in b"\t\n\v\f\r" for byte in word):
        raise DataError(f"{place}: the word {word[:40]!r} holds white space")
    if b" " in word:
        pieces = word.split(b" ")
        if not all(pieces):
            raise DataError(f"{place}: two spaces in a row, or one before the word")
        if _NUMBER.fullmatch(pieces[-1]):
            raise DataError(f"{place}: more than {dim} numbers")
    return word
