"""Text split into single characters."""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.tokenizers.code_points import (
    BLANK,
    LINE_END,
    MARK,
    UNDECODED,
    kinds,
    to_code_points,
    to_text,
)


def separate_characters(text: str) -> str:
    """Return text with a blank before each character; marks stay with the one they combine with.

    Bytes that are not UTF-8 stay together: they are no characters.
    """
    codes = to_code_points(text)
    kind = kinds()[codes]
    codes[kind == BLANK] = ord(" ")
    starts = (kind != BLANK) & (kind != LINE_END) & (kind != MARK)
    starts[1:] &= (kind[1:] != UNDECODED) | (kind[:-1] != UNDECODED)
    separated = np.full(len(codes) + np.count_nonzero(starts), ord(" "), np.uint32)
    separated[np.arange(len(codes)) + np.cumsum(starts)] = codes
    return to_text(separated)
