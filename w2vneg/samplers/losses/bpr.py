"""Bayesian personalized ranking (Rendle et al., UAI 2009): the positive above each negative.

``-sum_n w_n log sigma(s_0 - s_n)`` for each context.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.samplers.losses.pairs import (
    set_coefficients,
    set_pool_coefficients,
    sum_pool_objective,
    window_objective,
)
from w2vneg.samplers.method import Loss


class Bpr(NamedTuple):
    """State of the loss."""

    unused: float = 1.0  # Numba cannot type an empty NamedTuple


def build(config: TrainConfig) -> Bpr:
    """Return the state of the loss."""
    return Bpr()


@implement(coefficients, Bpr)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    set_coefficients(loss, scores, weights, contexts, candidates, out)


@implement(objective, Bpr)
def _objective(loss, scores, weights, contexts, candidates):
    return window_objective(loss, scores, weights, contexts, candidates)


@implement(pool_coefficients, Bpr)
def _pool_coefficients(loss, block, candidates, band):
    set_pool_coefficients(loss, block, candidates, band)


@implement(pool_objective, Bpr)
def _pool_objective(loss, block, candidates, band):
    return sum_pool_objective(loss, block, candidates, band)


LOSS = Loss(
    name="bpr",
    summary="ranking: the positive above each negative",
    paper="Rendle et al., UAI 2009",
    build=build,
    block=True,
)
