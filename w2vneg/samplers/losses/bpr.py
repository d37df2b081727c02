"""Bayesian personalized ranking (Rendle et al., UAI 2009): the positive above each negative.

``-sum_n w_n log sigma(s_0 - s_n)`` for each context.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
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


LOSS = Loss(
    name="bpr",
    summary="ranking: the positive above each negative",
    paper="Rendle et al., UAI 2009",
    build=build,
)
