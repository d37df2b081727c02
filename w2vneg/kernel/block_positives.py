"""The positives of a block: which words they are, and which candidates equal one of them.

The functions take arrays, not the block: a call copies all fields of all arrays that it is given, for a
block more than two hundred numbers.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.jit import kernel

#: Columns of the band: the largest number of neighbors with which an input is trained at once.
BAND = 16
_NEVER = np.int64(1) << 40  # first positive of an input that has none


@kernel
def gather_positives(
    left, right, piece, begin, end, counts, positives, excluded, low, high, start, inputs, offset
):
    """Enter the positives of a block into its band; return their number.

    Column j of input ``start + q`` is position ``start + q + offset + j``.

    Parameters
    ----------
    left, right : int64 arrays
        Range of the context of each position of the stream.
    piece : int
        Columns of the band that are used.
    begin, end, counts, positives, excluded, low, high : arrays
        Those of the block, modified in place.
    start, inputs : int
        First position of the block and its number of inputs.
    offset : int
        Distance of column 0 from the input.
    """
    first = start + offset
    for k in range(INPUTS + BAND):
        low[k] = INPUTS
        high[k] = 0
    pairs = 0
    for cell in range(INPUTS * BAND):
        positives[cell] = 0
        excluded[cell] = 0
    for q in range(INPUTS):
        begin[q] = _NEVER
        end[q] = 0
        counts[q] = 0
    for q in range(inputs):
        p = start + q
        first_one = max(np.int64(left[p]), p + offset)
        last = min(np.int64(right[p]), p + offset + piece)
        to = q * BAND - first - q
        if first_one < last:
            for other in range(first_one, last):
                positives[to + other] = 1
                k = other - first
                low[k] = min(low[k], q)
                high[k] = q + 1
            count = last - first_one
            if first_one <= p < last:
                positives[to + p] = 0
                count -= 1
            begin[q] = first_one
            end[q] = last
            counts[q] = count
            pairs += count
    return pairs


@kernel
def find_excluded(
    words, pool_words, candidates, weights, positives, excluded, low, high, marks, first, positions
):
    """Add up the weights of the draws that equal a positive; return their number.

    Parameters
    ----------
    words : int32 array
        The words of the stream.
    pool_words, weights, positives, low, high : arrays
        Those of the block.
    candidates : int
        Draws in a pool.
    excluded, marks : arrays
        Those of the block, modified in place; `marks` is zero before and after.
    first : int
        Position of column 0 of input 0.
    positions : int
        Number of positions that may be a positive of an input.

    Returns
    -------
    int
        Number of (positive, draw) pairs of the same word.
    """
    found = 0
    for k in range(positions):
        if low[k] < high[k]:
            marks[words[first + k] & 4095] = 1
    for n in range(candidates):
        word = pool_words[n]
        if marks[word & 4095]:
            for k in range(positions):
                if low[k] < high[k] and words[first + k] == word:
                    for q in range(low[k], high[k]):
                        cell = q * BAND + k - q
                        if positives[cell] != 0:
                            excluded[cell] += weights[n * INPUTS + q]
                            found += 1
    for k in range(positions):
        if low[k] < high[k]:
            marks[words[first + k] & 4095] = 0
    return found
