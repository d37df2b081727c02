"""Binary cross-entropy of skip-gram with negative sampling (Mikolov et al., NIPS 2013).

``-log sigma(s_0) - sum_n w_n log sigma(-s_n)`` for each context.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
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
        for n in range(1, candidates):
            total -= weights[at + n] * log_sigmoid(-scores[at + n])
    return total


LOSS = Loss(
    name="sgns",
    summary="binary cross-entropy: push positives toward 1, negatives toward 0",
    paper="Mikolov et al., NIPS 2013",
    build=build,
)
