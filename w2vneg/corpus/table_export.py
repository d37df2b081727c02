"""Compiled look-ups in the tokenizer's table of words: counts, prefixes for sorting, bytes."""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.tokenizer import load_word
from w2vneg.kernel.jit import kernel

_0 = np.uint64(0)
_1 = np.uint64(1)
_NUMBER = np.uint64(0xFFFFFFFF)


@kernel
def read_counts(slots, counts):
    """Write each word's count to ``counts[number]``."""
    for at in range(0, slots.size, 4):
        if slots[at + 2] != _0:
            counts[np.int64(slots[at + 2] & _NUMBER) - 1] = np.int64(slots[at + 3])


@kernel
def first_bytes(arena8, ends, chosen, prefix_0, prefix_1):
    """Write the first sixteen bytes of the chosen words, NUL-padded, in memory order."""
    for i in range(chosen.size):
        start = ends[chosen[i]]
        length = ends[chosen[i] + 1] - start
        prefix_0[i] = load_word(arena8, start)
        prefix_1[i] = _0
        if length < 8:
            prefix_0[i] &= (_1 << np.uint64(8 * length)) - _1
        else:
            prefix_1[i] = load_word(arena8, start + 8)
            if length < 16:
                prefix_1[i] &= (_1 << np.uint64(8 * (length - 8))) - _1


@kernel
def join_words(arena, ends, chosen, joined):
    """Copy the chosen words to `joined`, each followed by LF; return the bytes written."""
    to = 0
    for i in range(chosen.size):
        for j in range(ends[chosen[i]], ends[chosen[i] + 1]):
            joined[to] = arena[j]
            to += 1
        joined[to] = 10
        to += 1
    return to
