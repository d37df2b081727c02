"""Losses: what scores and weights mean for the gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import exp_below, log_sigmoid, sigmoid
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


class Bpr(NamedTuple):
    """Bayesian personalised ranking (Rendle et al., UAI 2009): the positive above each negative.

    ``-sum_n w_n log sigma(s_0 - s_n)`` for each context.
    """

    scale: float = 1.0


@implement(coefficients, Bpr)
def _bpr_coefficients(loss, scores, weights, contexts, candidates, out):
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
def _bpr_objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        for n in range(1, candidates):
            total -= weights[at + n] * log_sigmoid(scores[at] - scores[at + n])
    return total


class InfoNce(NamedTuple):
    """InfoNCE (van den Oord et al., 2018): pick the positive out of all candidates.

    ``-log(e^(s_0 / tau) / (e^(s_0 / tau) + sum_n w_n e^(s_n / tau)))`` for each context.
    """

    temperature: float = 1.0


@implement(coefficients, InfoNce)
def _infonce_coefficients(loss, scores, weights, contexts, candidates, out):
    inverse = scores.dtype.type(1 / loss.temperature)
    for context in range(contexts):
        at = context * candidates
        # Over the largest score, so that nothing overflows. That one may have no weight: the
        # positive's share then keeps the sum from being empty.
        largest = scores[at]
        for n in range(1, candidates):
            largest = max(largest, scores[at + n])
        for n in range(candidates):
            out[at + n] = (scores[at + n] - largest) * inverse
    padded = (contexts * candidates + LANES - 1) // LANES * LANES
    for cell in range(padded):
        out[cell] = weights[cell] * exp_below(out[cell])
    for context in range(contexts):
        at = context * candidates
        sum_of = out[at]
        for n in range(1, candidates):
            sum_of += out[at + n]
        scale = -inverse / max(sum_of, scores.dtype.type(1e-30))
        for n in range(candidates):
            out[at + n] *= scale
        out[at] += inverse


@implement(objective, InfoNce)
def _infonce_objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        rest = 1.0
        for n in range(1, candidates):
            gap = (scores[at + n] - scores[at]) / loss.temperature
            rest += weights[at + n] * math.exp(min(gap, 700.0))
        total += math.log(rest)
    return total


#: Name to (maker, one line, source).
LOSSES: dict[str, tuple[Callable[[TrainConfig], Any], str, str]] = {
    "sgns": (
        lambda config: Sgns(),
        "binary cross-entropy: positives towards 1, negatives towards 0",
        "Mikolov et al., NIPS 2013",
    ),
    "bpr": (
        lambda config: Bpr(),
        "ranking: the positive above each negative",
        "Rendle et al., UAI 2009",
    ),
    "infonce": (
        lambda config: InfoNce(config.loss_temperature),
        "softmax over the positive and its negatives",
        "van den Oord et al., 2018",
    ),
}
