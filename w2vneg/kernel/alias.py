"""Alias tables: constant-time draws from any discrete distribution (Vose 1991).

A cell stores a threshold next to its alternative outcome, so that a draw touches one cache line.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.rng import advance, below, low_half, next_word
from w2vneg.kernel.tiles import prefetch

_BATCH = 64  # draws whose cells are fetched together
_32, _63 = np.int64(32), np.int64(63)
_LOW = np.int64(0xFFFFFFFF)
_FULL = 4294967296.0  # 2^32: a cell with this share always keeps its own outcome


@kernel
def fill_alias(shares, cells, queue):
    """Fill an alias table by pairing cells below the average with cells above it.

    Parameters
    ----------
    shares : (n,) float64 array
        Probabilities times n, so that their mean is 1; overwritten.
    cells : (n, 2) uint32 array
        Modified in place: the table (see `build_alias`).
    queue : (n,) int64 array
        Scratch.
    """
    count = shares.size
    small = 0
    large = count
    for i in range(count):
        if shares[i] < 1.0:
            queue[small] = i
            small += 1
        else:
            large -= 1
            queue[large] = i
    taken = 0
    # Each round finishes one small cell, so there are at most `count` rounds.
    while taken < small and large < count:
        cell = queue[taken]
        taken += 1
        giver = queue[large]
        cells[cell, 0] = np.uint32(min(shares[cell] * _FULL, _FULL - 1.0))
        cells[cell, 1] = np.uint32(giver)
        shares[giver] -= 1.0 - shares[cell]
        if shares[giver] < 1.0:
            large += 1
            # Slots before `taken` are free: `small` never exceeds the count.
            taken -= 1
            queue[taken] = giver
    # The remaining cells differ from 1 only by rounding, so they keep their own outcomes.
    while taken < small:
        cells[queue[taken], 0] = np.uint32(4294967295)
        cells[queue[taken], 1] = np.uint32(queue[taken])
        taken += 1
    while large < count:
        cells[queue[large], 0] = np.uint32(4294967295)
        cells[queue[large], 1] = np.uint32(queue[large])
        large += 1


def build_alias(weights: np.ndarray) -> np.ndarray:
    """Build the alias table of a distribution.

    Parameters
    ----------
    weights : (n,) array
        Non-negative and finite, with a positive sum; need not be normalized.

    Returns
    -------
    (n, 2) uint32 array
        Row i holds a threshold (a share of 2^32) and an alternative: a draw that lands in cell i
        yields i below the threshold, otherwise the alternative.

    Raises
    ------
    ValueError
        If the weights do not define a distribution.
    """
    shares = np.array(weights, dtype=np.float64)
    if shares.ndim != 1 or shares.size == 0 or not np.isfinite(shares).all():
        raise ValueError("weights must be a non-empty vector of finite numbers")
    if (shares < 0).any() or not shares.any():
        raise ValueError("weights must not be negative and must not all be zero")
    shares /= shares.max()  # first, so that the sum cannot overflow
    shares *= shares.size / shares.sum()
    cells = np.empty((shares.size, 2), dtype=np.uint32)
    # An outcome of weight 0 is never drawn, whatever the rounding: its share is exactly 0, so it
    # is always paired and its threshold is 0.
    fill_alias(shares, cells, np.empty(shares.size, dtype=np.int64))
    return cells


def alias_probabilities(cells: np.ndarray) -> np.ndarray:
    """Return the exact (n,) float64 distribution of draws from an (n, 2) uint32 alias table."""
    count = len(cells)
    keep = cells[:, 0] / _FULL
    own = np.arange(count)
    result = np.zeros(count)
    np.add.at(result, own, keep)
    np.add.at(result, cells[:, 1], 1.0 - keep)
    return result / count


@device
def draw_alias(cells, state):
    """Draw an outcome from an (n, 2) uint32 alias table, advancing the generator `state`."""
    word = next_word(state)
    cell = below(word, cells.shape[0])
    if low_half(word) < np.uint64(cells[cell, 0]):
        return cell
    return np.int64(cells[cell, 1])


@device
def draw_many(cells, state, out, first, count):
    """Draw `count` outcomes from an alias table into `out`, from element `first` on.

    The same draws as `draw_alias`, faster: the cells of a batch are fetched before they are needed,
    so that their cache misses overlap, and resolved without a branch, which nothing could predict.

    Parameters
    ----------
    cells : (n, 2) uint32 array
        An alias table.
    state : (32,) uint64 array
        A random generator, advanced in place.
    out : int64 array
        Modified in place.
    first, count : int
    """
    for start in range(first, first + count, _BATCH):
        batch = min(_BATCH, first + count - start)
        begin_draws(cells, state, out, start, batch)
        end_draws(cells, out, start, batch)


@device
def begin_draws(cells, state, out, first, count):
    """Pick the cells of `count` draws and fetch them; `end_draws` replaces what `out` holds till then."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for k in range(first, first + count):
        word, s0, s1, s2, s3 = advance(s0, s1, s2, s3)
        cell = below(word, cells.shape[0])
        prefetch(cells, 2 * cell)
        out[k] = (cell << _32) | np.int64(low_half(word))
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3


@device
def end_draws(cells, out, first, count):
    """Put the outcomes of draws that `begin_draws` began into `out`."""
    for k in range(first, first + count):
        cell = out[k] >> _32
        other = np.int64(cells[cell, 1])
        # All ones where the lower half is below the threshold, else all zeros.
        keeps = ((out[k] & _LOW) - np.int64(cells[cell, 0])) >> _63
        out[k] = other ^ ((cell ^ other) & keeps)
