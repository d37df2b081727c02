"""Rows of files on nodes: labels of nodes, and links between them."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator

from w2vneg.corpus.file_kinds import VECTORS, VOCABULARY, recognize_kind
from w2vneg.corpus.plain_text import why_no_plain_text
from w2vneg.corpus.text_bytes import HEAD_BYTES, TO_UTF8, check_text
from w2vneg.errors import DataError, UsageError, reason
from w2vneg.evaluation.lines import split_line
from w2vneg.vectors.vector_file import input_mode

_LONGEST_LINE = 1 << 20


def read_rows(path: str | os.PathLike[str], what: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the fields of each line; memory holds one line.

    The first row decides what separates the fields of all rows: tabs, or else commas, or else
    white space. Between tabs and commas, fields may be quoted as in csv. Blank lines are left out,
    and comments: lines that begin with ``#`` and a blank.

    Parameters
    ----------
    path : str or path
        A UTF-8 file.
    what : str
        What is expected, for messages, such as ``"a list of links"``.

    Raises
    ------
    UsageError
        There is no such file, or it is a folder.
    DataError
        It cannot be read as text, or a line has no end or an open quotation mark.
    """
    if stat.S_ISDIR(input_mode(path)):
        raise UsageError(f"{path} is a folder; give {what}")
    try:
        with open(path, "rb") as file:
            _check_head(file.peek(HEAD_BYTES)[:HEAD_BYTES], path, what)
            text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape")
            yield from _rows(text, path, what)
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason(error)}; check the path") from None


def _check_head(head: bytes, path: str | os.PathLike[str], what: str) -> None:
    why = why_no_plain_text(head)
    if why is not None:
        raise DataError(f"{path} {why}")
    kind = recognize_kind(head)
    # Numbers of nodes and of their classes may have the form of the other two.
    if kind not in (None, VECTORS, VOCABULARY):
        raise DataError(f"{path} is {kind.name}; give {what}")
    check_text(head, os.fspath(path))


def _rows(
    text: io.TextIOWrapper, path: str | os.PathLike[str], what: str
) -> Iterator[tuple[int, list[str]]]:
    separator = ""
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise DataError(
                f"{path}, line {number}: more than a million characters; give {what}, one row a line"
            )
        if line.isspace() or line.startswith(("# ", "#\t")) or line == "#\n":
            continue
        if not line.isascii():
            _check_utf8(line, f"{path}, line {number}")
        if not separator:
            separator = next((mark for mark in "\t," if mark in line), " ")
        fields = line.split() if separator == " " else split_line(line, separator)
        if fields is None:
            raise DataError(f"{path}, line {number}: a quotation mark is not closed; close it")
        yield number, fields


def _check_utf8(line: str, place: str) -> None:
    try:
        line.encode()
    except UnicodeEncodeError:
        raise DataError(f"{place}: not UTF-8; convert it: {TO_UTF8}") from None
