"""The first line of both word2vec formats, ``WORDS DIMENSIONS``, and how to tell them apart.

The header is checked against the size of the file before any memory is allocated.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from w2vneg.errors import DataError
from w2vneg.vectors.format import ReadOptions
from w2vneg.vectors.vector_file import VectorFile

_HEADER = re.compile(rb"[ \t]*([0-9]+)[ \t]+([0-9]+)[ \t]*\r?\n")
_HEADER_BYTES = 64
_SAMPLE_ROWS = 10
_TEXT_NUMBER = re.compile(
    rb"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf(inity)?)", re.IGNORECASE
)


class Header(NamedTuple):
    """The first line of a file.

    Attributes
    ----------
    rows, dim : int
        As stated in the file.
    wanted : int
        How many rows are to be read, no more than fit into the file.
    """

    rows: int
    dim: int
    wanted: int


def header_line(rows: int, dim: int) -> bytes:
    """Return the first line of a file."""
    return b"%d %d\n" % (rows, dim)


def recognize(head: bytes, suffix: str) -> str | None:
    """Return ``"text"`` or ``"binary"``; None if the file has no word2vec header.

    Parameters
    ----------
    head : bytes
        The first bytes of the file.
    suffix : str
        Of its name.
    """
    match = _HEADER.match(head[:_HEADER_BYTES])
    if match is None:
        return None
    rows, dim = int(match[1]), int(match[2])
    body = head[match.end() :]
    # Binary numbers may happen to look like one line of text, but not like most lines.
    lines = body.split(b"\n", _SAMPLE_ROWS)[: min(_SAMPLE_ROWS, rows)]
    texts = sum(_is_text_row(line, dim) for line in lines)
    if 2 * texts > len(lines):
        return "text"
    # Malformed text must not be read as binary numbers: in a binary file, what follows the first
    # word is hardly ever all printable.
    numbers = body.partition(b" ")[2]
    printable = not any(byte < 32 and byte not in b"\t\n\r" for byte in numbers)
    return "text" if printable and suffix != ".bin" else "binary"


def read_header(
    file: VectorFile, options: ReadOptions, row_bytes: int, number_bytes: int
) -> Header:
    """Read the first line and check it against the size of the file.

    Rows beyond ``options.limit`` may be missing. If bad rows are skipped, any may be missing.

    Parameters
    ----------
    file : VectorFile
        At its start; afterwards at its first row.
    options : ReadOptions
        Of the reader.
    row_bytes, number_bytes : int
        Minimum bytes of a row without its numbers, and of a number.

    Raises
    ------
    DataError
        If it is not ``WORDS DIMENSIONS``, or implies more data than the file can hold.
    """
    match = _HEADER.match(file.head[:_HEADER_BYTES])
    if match is None and b"\r" in file.head and b"\n" not in file.head:
        raise DataError(
            f"{file.path}: its lines end in carriage returns alone; convert them: "
            "tr '\\r' '\\n' < FILE > NEW"
        )
    if match is None:
        start = file.head[:_HEADER_BYTES].split(b"\n")[0][:30].decode("ascii", "replace")
        raise DataError(
            f"{file.path}: not a word2vec header: {start!r}; the first line must be"
            " 'WORDS DIMENSIONS', two whole numbers"
        )
    rows, dim = int(match[1]), int(match[2])
    if rows == 0 or dim == 0:
        raise DataError(
            f"{file.path}: the header says {rows} words of {dim} dimensions: no vectors"
        )
    row_size = row_bytes + dim * number_bytes
    wanted = rows if options.limit is None else min(options.limit, rows)
    if options.skip_bad_rows:
        wanted = min(wanted, (file.max_bytes - match.end() + 1) // row_size)
    # The newline of the last row may be missing.
    least = match.end() + wanted * row_size - 1
    if least > file.max_bytes or not wanted:
        about = "can decompress to at most" if file.compressed else "has"
        raise DataError(
            f"{file.path}: the header says {rows} words of {dim} dimensions, at least {least}"
            f" bytes, but the file {about} {file.max_bytes};"
            " it is truncated or the header is wrong"
        )
    file.read(match.end())
    return Header(rows, dim, wanted)


def _is_text_row(row: bytes, dim: int) -> bool:
    """Return whether a row, possibly truncated, consists of a word and numbers."""
    fields = row.rstrip(b" \t\r").replace(b"\t", b" ").split(b" ")
    numbers = [_TEXT_NUMBER.fullmatch(field) is not None for field in fields]
    if len(fields) <= dim:  # truncated; a word of several parts may precede the numbers
        return 2 * sum(numbers) > len(numbers)
    word = b" ".join(fields[:-dim])
    return all(numbers[-dim:]) and (b" " not in word or _is_printable(word))


def _is_printable(text: bytes) -> bool:
    try:
        return text.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False
