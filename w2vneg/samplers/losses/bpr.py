"""Bayesian personalized ranking (Rendle et al., UAI 2009): the positive above each negative.

``-sum_n w_n log sigma(s_0 - s_n)`` for each context.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.jit import device
from w2vneg.kernel.sigmoid import log_sigmoid, log_sigmoids, sigmoid
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import Loss


class Bpr(NamedTuple):
    """State of the loss."""

    unused: float = 1.0  # Numba cannot type an empty NamedTuple


def build(config: TrainConfig) -> Bpr:
    """Return the state of the loss."""
    return Bpr()


@implement(coefficients, Bpr)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    for context in range(contexts):
        at = context * candidates
        positive = scores[at]
        total = positive - positive
        for n in range(1, candidates):
            pull = weights[at + n] * sigmoid(scores[at + n] - positive)
            out[at + n] = -pull
            total += pull
        out[at] = total


@implement(objective, Bpr)
def _objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        for n in range(1, candidates):
            total -= weights[at + n] * log_sigmoid(scores[at] - scores[at + n])
    return total


@device
def column_of(cells, band, column, room):
    """Return a column of the band of a block: the cells ``q * band + column`` of its inputs q.

    `room` is an array whose first elements are free.
    """
    for q in range(INPUTS):
        room[q] = cells[q * band + column]
    return lanes.load(room, 0)


@implement(pool_coefficients, Bpr)
def _pool_coefficients(loss, block, candidates, band):
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
        positive = column_of(own, band, column, columns)
        scale = column_of(block.positives, band, column, columns)
        pulls = lanes.spread(zero)
        if lanes.some(scale > zero):
            for at in range(0, candidates * INPUTS, INPUTS):
                score = lanes.load(exps, at)
                pull = lanes.load(weights, at) * scale * score / (score + positive)
                lanes.store(lanes.load(out, at) - pull, out, at)
                pulls = pulls + pull
        lanes.store(pulls, columns, 0)
        for q in range(INPUTS):
            own[q * band + column] = columns[q]


@implement(pool_objective, Bpr)
def _pool_objective(loss, block, candidates, band):
    scores, columns = block.scores, block.lanes
    zero = scores.dtype.type(0)
    sums = lanes.spread(zero)
    for column in range(band):
        positive = column_of(block.positive_scores, band, column, columns)
        present = column_of(block.positives, band, column, columns) > zero
        if lanes.some(present):
            # A candidate that equals the positive always has log sigma(0).
            twins = column_of(block.excluded, band, column, columns)
            lost = twins * log_sigmoids(lanes.spread(zero))
            for at in range(0, candidates * INPUTS, INPUTS):
                score = lanes.load(scores, at)
                lost = lost - lanes.load(block.weights, at) * log_sigmoids(positive - score)
            sums = sums + lanes.where(present, lost, zero)
    return np.float64(lanes.total(sums))


LOSS = Loss(
    name="bpr",
    summary="ranking: the positive above each negative",
    paper="Rendle et al., UAI 2009",
    build=build,
    block=True,
)
