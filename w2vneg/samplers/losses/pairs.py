"""Losses that put the positive above each negative: ``-scale * sum_n w_n log sigma(s_0 - s_n)``.

`bpr` and `rank-bpr` differ in the scale, which two hooks give; it is held constant in the gradient.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel import lanes
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.dispatch import declare_hook, dispatch
from w2vneg.kernel.jit import device
from w2vneg.kernel.sigmoid import log_sigmoid, log_sigmoids, sigmoid
from w2vneg.kernel.tiles import LANES


def step_scale(loss, scores, at, candidates):
    """Return the scale of a context whose scores begin at `at`, in their dtype; by default 1."""
    return dispatch(step_scale, loss)(loss, scores, at, candidates)


def pool_step_scales(loss, scores, positive, candidates, room):
    """Return the scale of each input of a block for one of its positives, a vector; by default 1.

    Parameters
    ----------
    loss : NamedTuple
        The loss.
    scores : (candidates * INPUTS,) float array
        Element ``n * INPUTS + q`` orders the candidates of input q as their scores do.
    positive : vector
        The same of the positives.
    candidates : int
    room : float array
        Its first `INPUTS` elements may be overwritten.
    """
    return dispatch(pool_step_scales, loss)(loss, scores, positive, candidates, room)


def _one(loss, scores, at, candidates):
    return scores.dtype.type(1)


def _ones(loss, scores, positive, candidates, room):
    return lanes.spread(scores.dtype.type(1))


declare_hook(step_scale, _one)
declare_hook(pool_step_scales, _ones)


@device
def set_coefficients(loss, scores, weights, contexts, candidates, out):
    """Compute the coefficients of a window (see `w2vneg.kernel.hooks.coefficients`)."""
    for context in range(contexts):
        at = context * candidates
        positive = scores[at]
        scale = step_scale(loss, scores, at, candidates)
        total = positive - positive
        for n in range(1, candidates):
            pull = scale * weights[at + n] * sigmoid(scores[at + n] - positive)
            out[at + n] = -pull
            total += pull
        out[at] = total


@device
def window_objective(loss, scores, weights, contexts, candidates):
    """Return the loss of a window (see `w2vneg.kernel.hooks.objective`)."""
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        lost = 0.0
        for n in range(1, candidates):
            lost -= weights[at + n] * log_sigmoid(scores[at] - scores[at + n])
        total += lost * step_scale(loss, scores, at, candidates)
    return total


@device
def _column(cells, band, column, room):
    """Return a column of the band of a block: the cells ``q * band + column`` of its inputs q."""
    for q in range(INPUTS):
        room[q] = cells[q * band + column]
    return lanes.load(room, 0)


@device
def set_pool_coefficients(loss, block, candidates, band):
    """Compute the coefficients of a block (see `w2vneg.kernel.block_hooks.pool_coefficients`)."""
    # A candidate that equals a positive takes from its row exactly what it adds to the positive's,
    # the same row: nothing needs to be excluded.
    # sigma(s - t) = e^s / (e^s + e^t): one division a pair, since the exponentials are shared.
    weights, out, exps = block.weights, block.coefficients, block.cells
    own, columns = block.positive_coefficients, block.lanes
    zero = weights.dtype.type(0)
    for at in range(0, candidates * INPUTS, INPUTS):
        lanes.store(lanes.exponential(lanes.load(block.scores, at)), exps, at)
        lanes.store(lanes.spread(zero), out, at)
    for at in range(0, INPUTS * band, LANES):
        lanes.store(lanes.exponential(lanes.load(block.positive_scores, at)), own, at)
    for column in range(band):
        positive = _column(own, band, column, columns)
        scale = _column(block.positives, band, column, columns)
        pulls = lanes.spread(zero)
        if lanes.some(scale > zero):
            scale = scale * pool_step_scales(loss, exps, positive, candidates, columns)
            for at in range(0, candidates * INPUTS, INPUTS):
                score = lanes.load(exps, at)
                pull = lanes.load(weights, at) * scale * score / (score + positive)
                lanes.store(lanes.load(out, at) - pull, out, at)
                pulls = pulls + pull
        lanes.store(pulls, columns, 0)
        for q in range(INPUTS):
            own[q * band + column] = columns[q]


@device
def sum_pool_objective(loss, block, candidates, band):
    """Return the loss of a block (see `w2vneg.kernel.block_hooks.pool_objective`)."""
    scores, columns = block.scores, block.lanes
    zero = scores.dtype.type(0)
    sums = lanes.spread(zero)
    for column in range(band):
        positive = _column(block.positive_scores, band, column, columns)
        present = _column(block.positives, band, column, columns) > zero
        if lanes.some(present):
            # A candidate that equals the positive always has log sigma(0).
            twins = _column(block.excluded, band, column, columns)
            lost = twins * log_sigmoids(lanes.spread(zero))
            for at in range(0, candidates * INPUTS, INPUTS):
                score = lanes.load(scores, at)
                lost = lost - lanes.load(block.weights, at) * log_sigmoids(positive - score)
            lost = lost * pool_step_scales(loss, scores, positive, candidates, columns)
            sums = sums + lanes.where(present, lost, zero)
    return np.float64(lanes.total(sums))
