"""Words by Unicode categories: runs of letters, marks and numbers, apostrophes inside included."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.tokenizers.code_points import (
    LETTER,
    LINE_END,
    MARK,
    UNDECODED,
    kinds,
    to_code_points,
    to_text,
)

#: Straight and typographic apostrophe, and the joiners that some scripts write inside words.
_INSIDE = "'\u2019\u200c\u200d"
#: Roles of characters in words.
_GAP, _WORD, _JOINER, _END = range(4)


def separate_words(text: str) -> str:
    """Return text with blanks for all that is no word; line ends stay."""
    codes = to_code_points(text)
    role = _roles()[codes]
    keep = (role == _WORD) | (role == _END)
    if len(codes) > 2:
        word = role == _WORD
        keep[1:-1] |= (role[1:-1] == _JOINER) & word[:-2] & word[2:]
    codes[~keep] = ord(" ")
    return to_text(codes)


@functools.cache
def _roles() -> NDArray[np.uint8]:
    kind = kinds()
    roles = np.full(len(kind), _GAP, np.uint8)
    roles[(kind == LETTER) | (kind == MARK) | (kind == UNDECODED)] = _WORD
    roles[[ord(character) for character in _INSIDE]] = _JOINER
    roles[kind == LINE_END] = _END
    return roles
