"""Binary cross-entropy of skip-gram with negative sampling (Mikolov et al., NIPS 2013).

``-log sigma(s_0) - sum_n w_n log sigma(-s_n)`` for each context. A positive of weight w_0 other than
1 adds ``-(w_0 - 1) log sigma(-s_0)``: its share of the negatives.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import log_sigmoid, sigmoid
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
    scores, weights, out = block.scores, block.weights, block.coefficients
    for cell in range(candidates * INPUTS):
        out[cell] = -weights[cell] * sigmoid(scores[cell])
    for n in range(candidates):
        for q in range(INPUTS):
            out[n * INPUTS + q] *= block.counts[q]
    positives, excluded, out = block.positives, block.excluded, block.positive_coefficients
    for cell in range(INPUTS * band):
        out[cell] = positives[cell] - (positives[cell] - excluded[cell]) * sigmoid(
            block.positive_scores[cell]
        )


@implement(pool_objective, Sgns)
def _pool_objective(loss, block, candidates, band):
    total = 0.0
    for n in range(candidates):
        for q in range(INPUTS):
            cell = n * INPUTS + q
            total -= block.counts[q] * block.weights[cell] * log_sigmoid(-block.scores[cell])
    for cell in range(INPUTS * band):
        if block.positives[cell] != 0:
            score = block.positive_scores[cell]
            total -= log_sigmoid(score)
            total += block.excluded[cell] * log_sigmoid(-score)
    return total


LOSS = Loss(
    name="sgns",
    summary="binary cross-entropy: push positives toward 1, negatives toward 0",
    paper="Mikolov et al., NIPS 2013",
    build=build,
    block=True,
    weighs_positive=True,
    absolute=True,
)
