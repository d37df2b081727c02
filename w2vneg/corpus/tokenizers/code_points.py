"""Text as arrays of code points, and the kind of each by Unicode's general categories."""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
from numpy.typing import NDArray

#: Kinds of characters. What is not UTF-8 is decoded to low surrogates; it is kept together, so that
#: its token is counted as such.
OTHER, BLANK, LINE_END, LETTER, MARK, UNDECODED = range(6)

#: Beyond these code points there are only characters for private use, and variation selectors.
_LAST = 0x3FFFF
_SELECTORS = slice(0xE0100, 0xE01F0)
_ALL = 0x110000
_ENCODING = "utf-32-le"


def to_code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text as a new array."""
    return np.frombuffer(text.encode(_ENCODING, "surrogatepass"), np.uint32).copy()


def to_text(codes: NDArray[np.uint32]) -> str:
    """Return the text of some code points."""
    return codes.tobytes().decode(_ENCODING, "surrogatepass")


@functools.cache
def kinds() -> NDArray[np.uint8]:
    """Return the kind of each code point: (0x110000,) uint8. Numbers count as letters."""
    table = np.full(_ALL, OTHER, np.uint8)
    for code in range(_LAST + 1):
        character = chr(code)
        category = unicodedata.category(character)[0]
        if category in "LN":
            table[code] = LETTER
        elif category == "M":
            table[code] = MARK
        elif character.isspace():
            table[code] = BLANK
    table[_SELECTORS] = MARK
    table[0xDC80:0xDD00] = UNDECODED
    table[[0x0A, 0x0D]] = LINE_END
    return table
