"""The K hardest of M candidates count: dynamic negative sampling.

DNS (Zhang et al., SIGIR 2013) trains on the candidates that the current model scores highest.
Here the contexts of a window share M candidates, and each context chooses its own K: the K hardest
of one pool instead of the hardest of each of K pools. With M = K this is plain sampling, bit for
bit.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.ranks import mark_highest
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardness import (
    CAP,
    CAP_MARGIN,
    OPTIONS,
    ceiling,
    hardness,
    keep_easiest,
    pool_size,
    rise,
)


class Hardest(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    rise: float  # share of the training over which M grows from K to its full value
    cap: int  # 1: ignore scores above the cap
    margin: float  # the cap is this much below the positive's score


def build(config: TrainConfig) -> Hardest:
    """Return the state of the weighting."""
    return Hardest(config.negatives, rise(config), int(config[CAP]), config[CAP_MARGIN])


@implement(weigh, Hardest)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights = scratch.scores, scratch.weights
    # The candidates are in random order, so the first ones are a smaller random pool.
    pool = state.chosen + int(
        hardness(state.rise, progress) * (candidates - 1 - state.chosen) + 0.5
    )
    considered = 1 + max(0, min(pool, candidates - 1))
    chosen = scores.dtype.type(state.chosen)
    for context in range(contexts):
        at = context * candidates
        limit = ceiling(scores, at, state.cap, state.margin)
        mark_highest(scores, at, 1, considered, limit, chosen, weights)
        for n in range(considered, candidates):
            weights[at + n] = 0
        weights[at] = 1
        if state.cap:
            total = weights[at]
            for n in range(1, candidates):
                total += weights[at + n]
            if total == 1:
                keep_easiest(scores, weights, at, candidates)


WEIGHTING = Weighting(
    name="hardest",
    summary="the K hardest of M candidates count: dynamic negative sampling",
    paper="Zhang et al., SIGIR 2013; cap: ASA, AAAI 2021",
    options=OPTIONS,
    samplers=(
        NamedSampler(
            "dynamic", "the K of M draws with the highest current scores", weighting="hardest"
        ),
    ),
    build=build,
    candidates=pool_size,
)
