"""The K hardest of M candidates count: dynamic negative sampling.

DNS (Zhang et al., SIGIR 2013) trains on the candidates that the current model scores highest.
In the window form the contexts of a window share M candidates, and each context chooses its own K:
the K hardest of one pool instead of the hardest of each of K pools. With M = K this is plain
sampling, bit for bit. In the block form each of 16 inputs chooses a share of the pool, whose
weights sum to T (``--negative-weight``), by default K.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.ranks import mark_highest, weigh_highest
from w2vneg.samplers.method import NamedSampler, Weighting
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

HARD_SHARE: Option[float | None] = Option(
    "hard_share",
    None,
    "Share of the candidates that count: the hardest of them; default: 2/3 in the block form, 1/2 in "
    "the window form, where --candidates, if given, decides: the --negatives hardest of them count.",
    0,
    1,
    low_open=True,
    kind=float,
)


class Hardest(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    rise: float  # share of the training over which M grows from K to its full value
    cap: int  # 1: ignore scores above the cap
    margin: float  # the cap is this much below the positive's score
    total: float = 1.0  # T, the sum of the weights of a positive in the block form
    share: float = 0.5  # share of a pool that is selected in the block form
    weight: float = 1.0  # T / K, the weight of a chosen candidate of a window


def hard_window_size(config: TrainConfig) -> int:
    """Return M, of which K are selected in the window form."""
    return window_size(config, config[HARD_SHARE] or 1 / 2)


def build(config: TrainConfig) -> Hardest:
    """Return the state of the weighting."""
    return Hardest(
        config.negatives,
        rise(config),
        int(config[CAP]),
        config[CAP_MARGIN],
        config.total_weight,
        config[HARD_SHARE] or 2 / 3,
        config.total_weight / config.negatives,
    )


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
        mark_highest(scores, at, 1, considered, limit, chosen, state.weight, weights, at)
        for n in range(considered, candidates):
            weights[at + n] = 0
        weights[at] = 1
        if state.cap:
            total = weights.dtype.type(0)
            for n in range(1, candidates):
                total += weights[at + n]
            if total == 0:
                keep_easiest(scores, weights, at, candidates, state.weight)


@implement(weigh_pool, Hardest)
def _weigh_pool(state, rng, block, candidates, band, progress):
    full = state.share * candidates
    wanted = block.scores.dtype.type(
        max(
            1.0, math.floor(candidates - hardness(state.rise, progress) * (candidates - full) + 0.5)
        )
    )
    total = block.scores.dtype.type(state.total)
    pool_ceilings(block, band, state.cap, state.margin)
    weigh_highest(block.scores, candidates, block.lanes, 0, wanted, total, INPUTS, block.weights)
    if state.cap:
        for q in range(INPUTS):
            if block.lanes[INPUTS + q] == 0:
                keep_easiest_of_pool(block, q, candidates, min(1.0, state.total))


WEIGHTING = Weighting(
    name="hardest",
    summary="the K hardest of M candidates count: dynamic negative sampling",
    paper="Zhang et al., SIGIR 2013",
    options=(*OPTIONS, HARD_SHARE),
    samplers=(
        NamedSampler(
            "dynamic", "the K of M draws with the highest current scores", weighting="hardest"
        ),
    ),
    build=build,
    block=True,
    candidates=hard_window_size,
    pool=48,
    stable={"window": 3.4, "block": 1.5},
)
