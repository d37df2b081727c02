"""Bayesian personalized ranking (Rendle et al., UAI 2009): the positive above each negative.

``-sum_n w_n log sigma(s_0 - s_n)`` for each context.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.exponential import exponentials
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import log_sigmoid, sigmoid
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


@implement(pool_coefficients, Bpr)
def _pool_coefficients(loss, block, candidates, band):
    # A candidate that equals a positive takes from its row exactly what it adds to the positive's,
    # the same row: nothing needs to be excluded.
    # sigma(s - t) = e^s / (e^s + e^t): one division a pair, since the exponentials are shared.
    weights, out, exps, lanes = block.weights, block.coefficients, block.cells, block.lanes
    own, width = block.positive_coefficients, INPUTS
    zero = weights.dtype.type(0)
    for cell in range(candidates * INPUTS):
        exps[cell] = block.scores[cell]
        out[cell] = zero
    for cell in range(INPUTS * band):
        own[cell] = block.positive_scores[cell]
    exponentials(exps, candidates * INPUTS)
    exponentials(own, INPUTS * band)
    for column in range(band):
        present = zero
        for q in range(INPUTS):
            lanes[q] = own[q * band + column]
            lanes[width + q] = block.positives[q * band + column]
            lanes[2 * width + q] = zero
            present += lanes[width + q]
        if present != 0:
            for n in range(candidates):
                for q in range(INPUTS):
                    cell = n * INPUTS + q
                    pull = weights[cell] * lanes[width + q] * exps[cell] / (exps[cell] + lanes[q])
                    out[cell] -= pull
                    lanes[2 * width + q] += pull
        for q in range(INPUTS):
            own[q * band + column] = lanes[2 * width + q]


@implement(pool_objective, Bpr)
def _pool_objective(loss, block, candidates, band):
    total = 0.0
    for q in range(INPUTS):
        for cell in range(q * band, (q + 1) * band):
            if block.positives[cell] != 0:
                score = block.positive_scores[cell]
                total += block.excluded[cell] * log_sigmoid(score - score)
                for n in range(candidates):
                    at = n * INPUTS + q
                    total -= block.weights[at] * log_sigmoid(score - block.scores[at])
    return total


LOSS = Loss(
    name="bpr",
    summary="ranking: the positive above each negative",
    paper="Rendle et al., UAI 2009",
    build=build,
    block=True,
)
