"""Binary cross-entropy of skip-gram with negative sampling (Mikolov et al., NIPS 2013).

``-log sigma(s_0) - sum_n w_n log sigma(-s_n)`` for each context. A positive of weight w_0 other than
1 adds ``-(w_0 - 1) log sigma(-s_0)``: its share of the negatives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import log_sigmoid, log_sigmoids, sigmoid, sigmoids
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import Loss


class Sgns(NamedTuple):
    """State of the loss."""

    unused: float = 1.0  # Numba cannot type an empty NamedTuple


def build(config: TrainConfig) -> Sgns:
    """Return the state of the loss."""
    return Sgns()


@implement(coefficients, Sgns)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    cells = contexts * candidates
    padded = (cells + LANES - 1) // LANES * LANES
    # The padding is included, so that the vectorized loop has no tail.
    for cell in range(padded):
        out[cell] = -weights[cell] * sigmoid(scores[cell])
    for context in range(contexts):
        # For the positive, `out` holds -sigma(s), but its coefficient is 1 - sigma(s).
        out[context * candidates] += 1


@implement(objective, Sgns)
def _objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        total -= log_sigmoid(scores[at])
        if weights[at] != 1:
            total -= (weights[at] - 1) * log_sigmoid(-scores[at])
        for n in range(1, candidates):
            total -= weights[at + n] * log_sigmoid(-scores[at + n])
    return total


@implement(pool_coefficients, Sgns)
def _pool_coefficients(loss, block, candidates, band):
    counts = lanes.load(block.counts, 0)
    for at in range(0, candidates * INPUTS, INPUTS):
        push = counts * lanes.load(block.weights, at) * sigmoids(lanes.load(block.scores, at))
        lanes.store(-push, block.coefficients, at)
    for at in range(0, INPUTS * band, LANES):
        positive = lanes.load(block.positives, at)
        share = positive - lanes.load(block.excluded, at)
        own = sigmoids(lanes.load(block.positive_scores, at))
        lanes.store(positive - share * own, block.positive_coefficients, at)


@implement(pool_objective, Sgns)
def _pool_objective(loss, block, candidates, band):
    counts = lanes.load(block.counts, 0)
    sums = counts - counts
    for at in range(0, candidates * INPUTS, INPUTS):
        weight = counts * lanes.load(block.weights, at)
        sums = sums - weight * log_sigmoids(-lanes.load(block.scores, at))
    zero = block.counts.dtype.type(0)
    for at in range(0, INPUTS * band, LANES):
        present = lanes.load(block.positives, at) > zero
        score = lanes.load(block.positive_scores, at)
        own = lanes.load(block.excluded, at) * log_sigmoids(-score) - log_sigmoids(score)
        sums = sums + lanes.where(present, own, zero)
    return np.float64(lanes.total(sums))


LOSS = Loss(
    name="sgns",
    summary="binary cross-entropy: push positives toward 1, negatives toward 0",
    paper="Mikolov et al., NIPS 2013",
    build=build,
    block=True,
    weighs_positive=True,
    absolute=True,
)
