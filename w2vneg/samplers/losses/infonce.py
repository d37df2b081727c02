"""InfoNCE (van den Oord et al., 2018): pick the positive out of all candidates.

``-log(e^(s_0 / tau) / (e^(s_0 / tau) + sum_n w_n e^(s_n / tau)))`` for each context.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import exp_below
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import Loss

TEMPERATURE = Option(
    "loss_temperature", 1.0, "Temperature (tau) by which scores are divided.", 0, 1e6, low_open=True
)


class InfoNce(NamedTuple):
    """State of the loss."""

    temperature: float = 1.0


def build(config: TrainConfig) -> InfoNce:
    """Return the state of the loss."""
    return InfoNce(config[TEMPERATURE])


@implement(coefficients, InfoNce)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    inverse = scores.dtype.type(1 / loss.temperature)
    for context in range(contexts):
        at = context * candidates
        # Relative to the largest score, so that nothing overflows. Candidates of weight 0 do not
        # count: next to a much larger score the others would underflow.
        largest = scores[at]
        for n in range(1, candidates):
            if weights[at + n] > 0:
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
def _objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        rest = 1.0
        for n in range(1, candidates):
            gap = (scores[at + n] - scores[at]) / loss.temperature
            rest += weights[at + n] * math.exp(min(gap, 700.0))
        total += math.log(rest)
    return total


LOSS = Loss(
    name="infonce",
    summary="softmax over the positive and its negatives",
    paper="van den Oord et al., 2018",
    options=(TEMPERATURE,),
    build=build,
)
