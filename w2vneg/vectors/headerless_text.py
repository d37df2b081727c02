"""Rows of text without a line that says how many there are: counted first, then read."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from w2vneg.errors import DataError
from w2vneg.vectors.word2vec_header import Header

if TYPE_CHECKING:
    from w2vneg.vectors.format import ReadOptions
    from w2vneg.vectors.vector_file import VectorFile

NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
SAMPLE_LINES = 10
_PIECE_BYTES = 1 << 20
#: Blank lines at the end are not counted, if they have no more bytes than this.
_TAIL_BYTES = 1 << 12


def fields_of(line: bytes) -> list[bytes]:
    """Return the fields of a row, separated by single spaces or tabs."""
    return line.rstrip(b" \t\r").replace(b"\t", b" ").split(b" ")


def dimensions(fields: list[bytes]) -> int:
    """Return how many fields after the first are numbers, counted from the right."""
    count = 0
    while count < len(fields) - 1 and NUMBER.fullmatch(fields[-1 - count]):
        count += 1
    return count


def shape_of_rows(file: VectorFile, options: ReadOptions, skipped: int = 0) -> Header:
    """Return how many rows a file has and of how many numbers; it is then at its first row.

    Parameters
    ----------
    file : VectorFile
        At its start.
    options : ReadOptions
        If the rows are limited, no more of them are counted.
    skipped : int
        Lines before the first row.

    Raises
    ------
    DataError
        If the first rows have no numbers, or the lines are too short to be such rows.
    """
    sample = []
    for number, line in enumerate(file.lines()):
        if number >= skipped and line.strip():
            sample.append(dimensions(fields_of(line)))
        if len(sample) == SAMPLE_LINES:
            break
    found = Counter(sample)
    # A word may end in numbers, and a row may be damaged: what most rows have.
    dim = min(found, key=lambda count: (-found[count], count), default=0)
    if not dim:
        raise DataError(f"{file.path}: its first rows hold no numbers; it holds no vectors")
    file.rewind()
    lines = file.lines()
    start = sum(len(line) + 1 for _, line in zip(range(skipped), lines, strict=False))
    file.rewind()
    rows = _count_lines(file, None if options.limit is None else options.limit + skipped) - skipped
    row_bytes = 2 + 2 * dim
    most = (file.position - start + 1) // row_bytes
    if rows > most:
        if not options.skip_bad_rows:
            raise DataError(
                f"{file.path}: {rows} lines in {file.position} bytes, too short for the {dim} numbers"
                " of the first rows; the file is damaged"
            )
        rows = most
    file.rewind()
    for _ in range(skipped):
        _skip_line(file)
    wanted = rows if options.limit is None else min(rows, options.limit)
    return Header(rows, dim, wanted)


def _count_lines(file: VectorFile, limit: int | None) -> int:
    """Return the number of lines, without blank ones at the end, or one above `limit`."""
    count, tail = 0, b""
    while piece := file.read(_PIECE_BYTES):
        count += piece.count(b"\n")
        tail = (tail + piece)[-_TAIL_BYTES:]
        if limit is not None and count > limit:
            return limit + 1
    blank = tail[len(tail.rstrip(b" \t\r\n")) :]
    return count + (1 if tail else 0) - blank.count(b"\n")


def _skip_line(file: VectorFile) -> None:
    while piece := file.read(_TAIL_BYTES):
        _, newline, rest = piece.partition(b"\n")
        if newline:
            file.unread(rest)
            return
