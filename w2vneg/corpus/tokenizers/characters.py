"""Characters by Unicode categories, and text split into single ones."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

#: Code points up to here have letters, marks and digits; those beyond are for private use, except
#: for variation selectors.
_LAST = 0x3FFFF
_SELECTORS = "\U000e0100-\U000e01ef"
#: What a byte that is not UTF-8 is decoded to. It is kept, so that its token is counted as such.
UNDECODED = "\udc80-\udcff"

_BLANKS = re.compile(r"[^\S\n\r]+")


@functools.cache
def character_class(categories: str) -> str:
    """Return the inside of a regular expression's class: the characters of some categories.

    Parameters
    ----------
    categories : str
        First letters of Unicode's general categories: ``"M"`` for marks, ``"LN"`` for letters and
        numbers.
    """
    ranges: list[list[int]] = []
    for code in range(_LAST + 1):
        if unicodedata.category(chr(code))[0] in categories:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    text = "".join(
        re.escape(chr(low)) + (f"-{re.escape(chr(high))}" if high > low else "")
        for low, high in ranges
    )
    return text + (_SELECTORS if "M" in categories else "")


def separate_characters(text: str) -> str:
    """Return text with a blank after each character; marks stay with the one they combine with."""
    return _characters()(r"\g<0> ", _BLANKS.sub(" ", text))


@functools.cache
def _characters() -> Callable[[str, str], str]:
    marks = character_class("M")
    # Bytes that are not UTF-8 stay together: they are no characters.
    return re.compile(rf"[{UNDECODED}]+|\S[{marks}]*").sub
