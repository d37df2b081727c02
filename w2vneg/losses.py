"""Losses: what scores and weights mean for the gradient."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import log_sigmoid, sigmoid
from w2vneg.kernel.tiles import LANES


class Sgns(NamedTuple):
    """Binary cross-entropy of skip-gram with negative sampling (Mikolov et al., NIPS 2013).

    ``-log sigma(s_0) - sum_n w_n log sigma(-s_n)`` for each context. NamedTuples need a field;
    this one scales the whole loss.
    """

    scale: float = 1.0


@implement(coefficients, Sgns)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    cells = contexts * candidates
    padded = (cells + LANES - 1) // LANES * LANES
    # Whole vectors, the padding too: a loop without a tail.
    for cell in range(padded):
        out[cell] = -weights[cell] * sigmoid(scores[cell])
    for context in range(contexts):
        # At the positive out holds -sigma(s): the coefficient is 1 - sigma(s).
        out[context * candidates] += 1


@implement(objective, Sgns)
def _objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        total -= log_sigmoid(scores[at])
        for n in range(1, candidates):
            total -= weights[at + n] * log_sigmoid(-scores[at + n])
    return total
