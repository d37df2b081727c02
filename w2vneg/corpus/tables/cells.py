"""Cells of a table as text: words, lines of words, and what is none of these."""

from __future__ import annotations

import re
from typing import Any

from w2vneg.corpus.foreign_objects import is_missing, quoted
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS
from w2vneg.system.option_names import named

_BLANKS = re.compile(f"[{SEPARATOR_CLASS}]+")
_EDGES = "".join(map(chr, range(0x21)))
#: Whole numbers up to here are exact in floating point.
_EXACT = 2**53


class BadCell(Exception):
    """A cell cannot be used; its text says why."""


class Words:
    """Makes words of the values of cells.

    Attributes
    ----------
    joined : int
        Values whose white space was replaced by ``_``.
    first : str
        The first of them.
    """

    def __init__(self) -> None:
        self.joined = 0
        self.first = ""

    def word(self, value: Any) -> str:
        """Return the word that a value stands for.

        White space inside becomes ``_``. A whole number stands for its decimal digits, also where
        missing values in its column have made floating-point numbers of all of them.

        Raises
        ------
        BadCell
            The value is missing, or neither text nor a whole number.
        """
        if isinstance(value, str):
            if not _BLANKS.search(value):
                if value:
                    return value
                raise BadCell("an empty value")
            word = _BLANKS.sub("_", value.strip(_EDGES))
            if not word:
                raise BadCell("an empty value")
            self.joined += 1
            self.first = self.first or value
            return word
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if is_missing(value):
            raise BadCell("a missing value")
        if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
            return str(int(value))
        if isinstance(value, list):
            raise BadCell(f"{quoted(value)} is a list, not a word; leave out {named('group')}")
        raise BadCell(f"{quoted(value)} is neither text nor a whole number")

    def line(self, cell: Any) -> bytes:
        """Return a list of words as a line, without its end.

        Raises
        ------
        BadCell
            The cell is no list, or holds what is no word.
        """
        if not isinstance(cell, list):
            if is_missing(cell):
                raise BadCell("a missing value")
            raise BadCell(f"{quoted(cell)} where other rows have lists of words")
        return to_bytes(" ".join([self.word(value) for value in cell]))

    def notes(self, path: str, column: str) -> list[str]:
        """Return a line on the words that are not as in the table, if there are any."""
        if not self.joined:
            return []
        return [
            f"wrote _ for the white space in {self.joined:,} words of column {column!r} of {path}, "
            f"the first: {quoted(self.first)}"
        ]


def text_line(cell: Any) -> bytes:
    """Return text as a line, without its end.

    Raises
    ------
    BadCell
        The cell is missing or no text.
    """
    if isinstance(cell, str):
        return to_bytes(cell).replace(b"\n", b" ").replace(b"\r", b" ")
    if is_missing(cell):
        raise BadCell("a missing value")
    raise BadCell(f"{quoted(cell)} where other rows have text")


def to_bytes(text: str) -> bytes:
    """Return text in UTF-8; what UTF-8 cannot express is dropped later, as in a text file."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
