"""The hooks of the block form, in which 16 inputs share a pool of candidates.

A sampler whose proposal does not depend on the center word implements these besides, or instead of,
the hooks of the window form (`w2vneg.kernel.hooks`). Cell ``n * INPUTS + q`` of an array belongs to
candidate n and input q, so that loops over the cells, or over the inputs of a candidate, run in
vector registers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.dispatch import declare_hook, dispatch
from w2vneg.kernel.frozen import Frozen, NoneFrozen
from w2vneg.kernel.stream import Stream


class Block(NamedTuple):
    """The working memory of one thread in the block form, refilled for each block.

    With N candidates, a band of B columns and 16 inputs: `scores`, `weights` and `coefficients`
    hold ``n * 16 + q``; the arrays of positives hold ``q * B + j`` for the word j columns into the
    band of input q.
    """

    stream: Stream  # the words of the chunk
    pools: np.ndarray  # (>= N,) int64, word ids of the pools drawn ahead
    pool_words: np.ndarray  # (N,) int64, word ids of the pool
    pool_at: np.ndarray  # (N,) int64, offsets of its w_out rows
    next_pool_at: np.ndarray  # (N,) int64, the same of the next pool
    input_at: np.ndarray  # (16,) int64, offsets of the inputs' w_in rows
    input_to: np.ndarray  # (16,) int64, the same, but for frozen rows
    begin: np.ndarray  # (16,) int64, first position of each input's positives
    end: np.ndarray  # (16,) int64, one past the last
    low: np.ndarray  # (16 + B,) int64, first input of which a position is a positive
    high: np.ndarray  # (16 + B,) int64, one past the last
    packed: np.ndarray  # (16 * length,) float, rows of the inputs
    packed_at: np.ndarray  # (16,) int64, their offsets
    transposed: np.ndarray  # (length * 16,) float
    counts: np.ndarray  # (16,) float, number of positives of each input
    scores: np.ndarray  # (N * 16,) float, dot products
    weights: np.ndarray  # (N * 16,) float, weights for one positive, their sum over n is T
    coefficients: np.ndarray  # (N * 16,) float, negative gradient by score
    positives: np.ndarray  # (16 * B,) float, 1 where there is a positive, else 0
    positive_scores: np.ndarray  # (16 * B + 4,) float
    excluded: np.ndarray  # (16 * B,) float, weight of the candidates that equal the positive
    positive_coefficients: np.ndarray  # (16 * B,) float
    marks: np.ndarray  # (4096,) uint8, zero between blocks
    cells: np.ndarray  # (N * 16,) float, free for hooks
    lanes: np.ndarray  # (8 * 16,) float, free for hooks
    frozen: NoneFrozen | Frozen  # which rows of w_in are not updated


def fill_pools(state, rng, out, first, pools, candidates):
    """Draw pools of candidates.

    Parameters
    ----------
    state : NamedTuple
        The proposal.
    rng : (32,) uint64 array
        This thread's random generator, advanced in place.
    out : int64 array
        Modified in place: ``pools * candidates`` word ids from element `first` on.
    first, pools, candidates : int

    Returns
    -------
    int
        Number of fallback draws (see `w2vneg.kernel.hooks.propose`).
    """
    return dispatch(fill_pools, state)(state, rng, out, first, pools, candidates)


def weigh_pool(state, rng, block, candidates, band, progress):
    """Set the weight of each candidate for each input in ``block.weights``.

    The weights are those for one positive; over the candidates of an input they sum to T. By
    default all are T / N. A weighting may also add to ``block.excluded``, which is 0 before it is
    called, the weight that a positive's own word is not to be pushed away with.

    Parameters
    ----------
    state : NamedTuple
        The weighting.
    rng : (32,) uint64 array
        This thread's random generator, advanced in place.
    block : Block
        Scores and positives are filled in; ``block.weights``, and at most ``block.excluded``,
        ``block.cells`` and ``block.lanes``, are modified in place.
    candidates, band : int
        N and the columns of the band.
    progress : float
        Share of the training completed, 0 to 1; for schedules.
    """
    return dispatch(weigh_pool, state)(state, rng, block, candidates, band, progress)


def shift_pool(loss, block, candidates, band, first):
    """Let a loss change the scores by what it knows of the words, after they are weighted.

    Parameters
    ----------
    loss : NamedTuple
        The loss.
    block : Block
        ``block.scores`` and ``block.positive_scores`` are modified in place.
    candidates, band : int
        N and the columns of the band.
    first : int
        Position in the stream of column 0 of input 0; column j of input q is ``first + q + j``.
    """
    return dispatch(shift_pool, loss)(loss, block, candidates, band, first)


def pool_coefficients(loss, block, candidates, band):
    """Compute the coefficients: the negative derivative of the loss with respect to each score.

    The loss of an input is the sum over its positives; each positive has all candidates as
    negatives except those that are the same word. A candidate's coefficient leaves out this
    exception: ``block.excluded`` holds the weight of the candidates that equal a positive, and what
    they must not push away is given back in the coefficient of the positive, which belongs to the
    same word and input.

    Parameters
    ----------
    loss : NamedTuple
        The loss.
    block : Block
        ``coefficients`` and ``positive_coefficients`` are modified in place; not multiplied by the
        learning rate, and 0 where there is no positive.
    candidates, band : int
        N and the columns of the band.
    """
    return dispatch(pool_coefficients, loss)(loss, block, candidates, band)


def pool_objective(loss, block, candidates, band):
    """Return the loss that training minimizes, summed over the pairs of a block, as float64.

    Parameters are those of `pool_coefficients`; only ``block.cells`` and ``block.lanes`` are modified.
    """
    return dispatch(pool_objective, loss)(loss, block, candidates, band)


def _weigh_nothing(state, rng, block, candidates, band, progress):
    pass


def _shift_nothing(loss, block, candidates, band, first):
    pass


declare_hook(fill_pools)
declare_hook(weigh_pool, _weigh_nothing)
declare_hook(shift_pool, _shift_nothing)
declare_hook(pool_coefficients)
declare_hook(pool_objective)
