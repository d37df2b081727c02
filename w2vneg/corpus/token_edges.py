"""Where tokens begin and end: 64 bytes at a time, without a branch for a byte or a token.

Each byte becomes a bit, 1 in a token and 0 in a separator. The bits that differ from the bit before
them are the edges of tokens.
"""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.text_bytes import SEPARATOR_MAX
from w2vneg.kernel.bits import lowest_bit
from w2vneg.kernel.jit import device

#: Words of eight bytes that are searched at a time; a multiple of 8.
WINDOW_WORDS = 128
#: Most tokens that begin in so many bytes.
WINDOW_TOKENS = 4 * WINDOW_WORDS

_0, _1, _7, _8, _56, _63 = map(np.uint64, (0, 1, 7, 8, 56, 63))
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH = np.uint64(0x8080808080808080)
#: Added to a byte below 0x80, sets its highest bit if it is no separator.
_TO_HIGH = np.uint64((0x7F - SEPARATOR_MAX) * 0x0101010101010101)
#: Moves the lowest bits of eight bytes next to each other, into the highest byte of the product.
_GATHER = np.uint64(0x0102040810204080)


@device
def _token_bits(word):
    """Return eight bits: 1 for the bytes of `word` that are no separators, the first byte lowest."""
    marks = (((word & _LOW) + _TO_HIGH) | word) & _HIGH
    return ((marks >> _7) * _GATHER) >> _56


@device
def find_edges(data8, position, last, edges):
    """Write down where the tokens of a window begin and end.

    Parameters
    ----------
    data8 : uint64 array
        The text, eight bytes an element.
    position : int
        The first byte that counts, not inside a token.
    last : int
        The last element that counts: the `WINDOW_WORDS`-th from that of `position` on, or one that
        holds a separator behind all tokens. Up to seven more are read; they hold separators.
    edges : int64 array
        Receives the first byte of a token and the byte behind its last one, by turns.

    Returns
    -------
    int
        Elements written. If it is odd, the last token goes on behind the window.
    """
    count = 0
    index = position >> 3
    # Bytes before `position` are separators.
    usable = ~((_1 << np.uint64(position & 7)) - _1)
    before = _0
    while index <= last:
        bits = _0
        for k in range(8):
            bits |= _token_bits(data8[index + k]) << (np.uint64(k) * _8)
        bits &= usable
        usable = ~_0
        changes = bits ^ ((bits << _1) | before)
        before = bits >> _63
        first = index << 3
        while changes != _0:
            edges[count] = first + lowest_bit(changes)
            count += 1
            changes &= changes - _1
        index += 8
    return count
