"""Kernels that count which words occur near each other.

Rows of the co-occurrence matrix are counted in blocks that fit a thread's share of memory: rows of
frequent words in a dense table, rows of rare words by collecting their neighbors as keys, sorting
and counting runs. Each block takes one pass over the tokens.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import device, kernel

_FULL = np.uint32(0xFFFFFFFF)
#: A key is a row of the block, a neighbor and the weight of their nearness.
_WEIGHT_BITS, _NEIGHBOR_BITS = np.uint64(10), np.uint64(32)
_WEIGHT = np.uint64(1023)
_LOW = np.uint64(0xFFFFFFFF)
#: Rows that a key can tell apart.
MOST_ROWS = 1 << 22
#: The largest window in which near pairs can weigh more.
WIDEST = 1024


@device
def _near(starts, sentence, position, window):
    """Return the first and one past the last token less than `window` from `position`."""
    low = max(starts[sentence], position - (window - 1))
    high = min(starts[sentence + 1], position + window)
    return low, high


@device
def _nearness(position, other, window, decay):
    """Return the weight of a pair: `window` less the distance with `decay`, else 1."""
    return window - abs(other - position) if decay else 1


@kernel
def count_dense(tokens, starts, first, last, window, decay, low, high, size, table):
    """Count the neighbors of the words `low` to `high` (exclusive).

    Parameters
    ----------
    tokens, starts : int32, int64 arrays
        The corpus.
    first, last : int
        Range of sentences.
    window : int
        Tokens less than this far apart are neighbors.
    decay : bool
        Whether a pair weighs `window` less its distance instead of 1; `window` is then `WIDEST` at
        most.
    low, high : int
        Range of rows.
    size : int
        Words in the graph. Other words keep their positions in the text but are not counted.
    table : ((high - low) * size,) uint32 array
        Counters, modified in place; they saturate.
    """
    for sentence in range(first, last):
        for position in range(starts[sentence], starts[sentence + 1]):
            word = np.int64(tokens[position])
            if word < low or word >= high:
                continue
            row = (word - low) * size
            begin, end = _near(starts, sentence, position, window)
            for other in range(begin, end):
                near = np.int64(tokens[other])
                if other != position and near < size:
                    weight = np.uint32(_nearness(position, other, window, decay))
                    table[row + near] += min(weight, _FULL - table[row + near])


@kernel
def collect_keys(tokens, starts, first, last, window, decay, low, high, size, keys, count):
    """Append a key for each neighbor of the words `low` to `high`; arguments as `count_dense`.

    Parameters
    ----------
    keys : uint64 array
        Filled from element `count` on.
    count : int
        Elements of `keys` that are set already.

    Returns
    -------
    int
        Elements of `keys` that are set now; -1 if it is too short.
    """
    for sentence in range(first, last):
        for position in range(starts[sentence], starts[sentence + 1]):
            word = np.int64(tokens[position])
            if word < low or word >= high:
                continue
            begin, end = _near(starts, sentence, position, window)
            if count + end - begin > keys.size:
                return -1
            row = np.uint64(word - low) << _NEIGHBOR_BITS
            for other in range(begin, end):
                near = np.int64(tokens[other])
                if other != position and near < size:
                    weight = np.uint64(_nearness(position, other, window, decay))
                    keys[count] = (row | np.uint64(near)) << _WEIGHT_BITS | weight
                    count += 1
    return count


@kernel
def dense_rows(table, low, size, least, lengths, ids, weights):
    """Turn a dense block into the edges of its rows, leaving out weights below `least`.

    A pair of equal words is counted from both ends, so the diagonal is halved.

    Parameters
    ----------
    table : uint32 array
        As `count_dense` left it; the diagonal is modified in place.
    low : int
        First row of the block.
    lengths : (rows,) int64 array
        Edges in each row, set.
    ids, weights : int32, uint32 arrays
        Neighbor and weight of each edge, set; if they are empty, only `lengths` is set.

    Returns
    -------
    int
        Number of edges.
    """
    count = 0
    counting = ids.size == 0
    for row in range(lengths.size):
        begin = count
        if counting:
            table[row * size + low + row] //= np.uint32(2)
        for near in range(size):
            weight = table[row * size + near]
            if weight >= least and weight > 0:
                if not counting:
                    ids[count] = near
                    weights[count] = weight
                count += 1
        lengths[row] = count - begin
    return count


@kernel
def sorted_rows(keys, count, low, least, lengths, ids, weights):
    """Turn sorted keys into the edges of their rows; arguments as `dense_rows`.

    `ids` and `weights` must have room for one edge per distinct key.
    """
    edges = 0
    at = 0
    for row in range(lengths.size):
        begin = edges
        while at < count and np.int64(keys[at] >> (_NEIGHBOR_BITS + _WEIGHT_BITS)) == row:
            pair = keys[at] >> _WEIGHT_BITS
            weight = 0
            while at < count and keys[at] >> _WEIGHT_BITS == pair:
                weight += np.int64(keys[at] & _WEIGHT)
                at += 1
            near = np.int64(pair & _LOW)
            if near == low + row:
                weight //= 2
            if weight >= least and weight > 0:
                ids[edges] = near
                weights[edges] = weight
                edges += 1
        lengths[row] = edges - begin
    return edges
