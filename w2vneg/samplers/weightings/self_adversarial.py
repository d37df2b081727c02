"""Self-adversarial weights: all M candidates count, harder ones more.

w_n = K softmax(tau s)_n over a window's candidates (RotatE: Sun et al., ICLR 2019), held constant
in the gradient. tau = 0 weights all equally; as tau grows, all weight goes to the hardest. It is the
best response that an adversarial generator with entropy weight 1 / tau would learn.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.exponential import exponentials
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.sigmoid import exp_below
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import Weighting
from w2vneg.samplers.weightings.hardness import (
    CAP,
    CAP_MARGIN,
    OPTIONS,
    ceiling,
    hardness,
    keep_easiest,
    keep_easiest_of_pool,
    pool_ceilings,
    rise,
    window_size,
)

TEMPERATURE = Option(
    "temperature",
    1.0,
    "Sharpness of the weights, exp(temperature * score); 0 weights all candidates equally.",
    0,
    1e6,
)


#: In the block form, the largest weight of a candidate as a multiple of the mean, K / N.
_STEEPEST = 4.0


class SelfAdversarial(NamedTuple):
    """State of the weighting."""

    total: float  # K, the sum of the weights of a context
    temperature: float  # tau; 0 weights all equally
    rise: float  # share of the training over which tau grows to its full value
    cap: int  # 1: ignore scores above the cap
    margin: float  # the cap is this much below the positive's score


def build(config: TrainConfig) -> SelfAdversarial:
    """Return the state of the weighting."""
    return SelfAdversarial(
        float(config.negatives),
        config[TEMPERATURE],
        rise(config),
        int(config[CAP]),
        config[CAP_MARGIN],
    )


@implement(weigh, SelfAdversarial)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights = scratch.scores, scratch.weights
    tau = scores.dtype.type(state.temperature * hardness(state.rise, progress))
    zero = scores.dtype.type(0)
    for context in range(contexts):
        at = context * candidates
        limit = ceiling(scores, at, state.cap, state.margin)
        largest = scores.dtype.type(-float("inf"))
        for n in range(1, candidates):
            if scores[at + n] <= limit:
                largest = max(largest, scores[at + n])
        if not largest > -float("inf"):
            largest = scores[at]  # the cap excludes all: see below
        for n in range(candidates):
            # Positive only where the cap excludes the score, whose weight is set to 0 below.
            weights[at + n] = tau * (scores[at + n] - largest)
    cells = contexts * candidates
    for cell in range((cells + LANES - 1) // LANES * LANES):
        weights[cell] = exp_below(weights[cell])
    for context in range(contexts):
        at = context * candidates
        limit = ceiling(scores, at, state.cap, state.margin)
        total = zero
        for n in range(1, candidates):
            weights[at + n] *= scores.dtype.type(scores[at + n] <= limit)
            total += weights[at + n]
        weights[at] = 1
        if total == 0:
            keep_easiest(scores, weights, at, candidates)
            continue
        scale = scores.dtype.type(state.total) / total
        for n in range(1, candidates):
            weights[at + n] *= scale


@implement(weigh_pool, SelfAdversarial)
def _weigh_pool(state, rng, block, candidates, band, progress):
    scores, weights, lanes = block.scores, block.weights, block.lanes
    tau = scores.dtype.type(state.temperature * hardness(state.rise, progress))
    zero = scores.dtype.type(0)
    pool_ceilings(block, band, state.cap, state.margin)
    largest, total = INPUTS, 2 * INPUTS
    for q in range(INPUTS):
        lanes[largest + q] = scores.dtype.type(-float("inf"))
        lanes[total + q] = zero
    for n in range(candidates):
        for q in range(INPUTS):
            score = scores[n * INPUTS + q]
            score = score if score <= lanes[q] else lanes[largest + q]
            lanes[largest + q] = max(lanes[largest + q], score)
    for q in range(INPUTS):
        if not lanes[largest + q] > -float("inf"):
            lanes[largest + q] = lanes[q]  # the cap excludes all: see below
    for n in range(candidates):
        for q in range(INPUTS):
            weights[n * INPUTS + q] = tau * (scores[n * INPUTS + q] - lanes[largest + q])
    exponentials(weights, candidates * INPUTS)
    for n in range(candidates):
        for q in range(INPUTS):
            cell = n * INPUTS + q
            weights[cell] *= scores.dtype.type(scores[cell] <= lanes[q])
            lanes[total + q] += weights[cell]
    for q in range(INPUTS):
        if lanes[total + q] == 0:
            keep_easiest_of_pool(block, q, candidates)
            lanes[total + q] = 1
        else:
            lanes[total + q] = scores.dtype.type(state.total) / lanes[total + q]
    # All inputs of a block tend to agree on the hardest candidate: without a limit its row would
    # get all their weight in one step, from the same rows, and training would diverge.
    most = scores.dtype.type(_STEEPEST * state.total / candidates)
    for n in range(candidates):
        for q in range(INPUTS):
            weights[n * INPUTS + q] = min(weights[n * INPUTS + q] * lanes[total + q], most)


WEIGHTING = Weighting(
    name="self-adversarial",
    summary="all M candidates count, harder ones more",
    paper="RotatE: Sun et al., ICLR 2019",
    options=(*OPTIONS, TEMPERATURE),
    build=build,
    block=True,
    candidates=window_size,
    pool=48,
)
