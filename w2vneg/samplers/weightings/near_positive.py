"""The candidates that score nearest to a little less than the positive count (ASA).

The hardest candidates are often false negatives, easy ones teach nothing. ASA (Qin, Sheikh,
Reinwald and Wu, AAAI 2021) prefers those of moderate difficulty: the least ``|s_0 - mu - s_n|``.
A positive mu favors candidates below the positive over those above it; it is lowered as the model
improves.

The rule follows published notes on the paper, whose text was not available. They do not tell
whether s is a score or a probability, where mu starts, or how it falls; the abstract calls the
method free of parameters. Here s is the score, and mu falls linearly to 0.

There, the nearest negative is chosen; here K of M (window form) or a share of the pool (block form,
where s_0 is the mean of an input's positives).

With mu = -infinity these are the hardest candidates, with infinity the easiest, and with M = K this
is plain sampling, bit for bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.ranks import mark_highest, weigh_highest
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size
from w2vneg.samplers.weightings.hardness import pool_ceilings

NEAR_MARGIN = Option(
    "near_margin",
    1.0,
    "How far below the positive the preferred score lies at the start (mu); it rises to the "
    "positive in the course of the training.",
    -1e6,
    1e6,
)


class NearPositive(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    margin: float  # mu at the start
    total: float  # T, the sum of the weights of a positive in the block form
    share: float  # share of a pool that is selected in the block form
    weight: float  # T / K, the weight of a chosen candidate of a window


def build(config: TrainConfig) -> NearPositive:
    """Return the state of the weighting."""
    return NearPositive(
        config.negatives,
        config[NEAR_MARGIN],
        config.total_weight,
        config[HARD_SHARE] or 2 / 3,
        config.total_weight / config.negatives,
    )


@implement(weigh, NearPositive)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights = scratch.scores, scratch.weights
    nearness = scratch.coefficients  # free until the loss fills it
    margin = scores.dtype.type(state.margin * (1 - progress))
    limit = scores.dtype.type(float("inf"))
    chosen = scores.dtype.type(state.chosen)
    for context in range(contexts):
        at = context * candidates
        target = scores[at] - margin
        for n in range(0, candidates, LANES):
            above = lanes.load(scores, at + n) - target
            lanes.store(lanes.minimum(above, -above), nearness, n)
        mark_highest(nearness, 0, 1, candidates, limit, chosen, state.weight, weights, at)
        weights[at] = 1


@implement(weigh_pool, NearPositive)
def _weigh_pool(state, rng, block, candidates, band, progress):
    nearness, columns = block.cells, block.lanes
    pool_ceilings(block, band, 1, state.margin * (1 - progress))
    for q in range(INPUTS):
        if block.counts[q] == 0:
            columns[q] = 0  # nothing to be near to, and nothing to learn
    target = lanes.load(columns, 0)
    for at in range(0, candidates * INPUTS, INPUTS):
        above = lanes.load(block.scores, at) - target
        lanes.store(lanes.minimum(above, -above), nearness, at)
    lanes.store(lanes.spread(nearness.dtype.type(float("inf"))), columns, 0)
    wanted = nearness.dtype.type(max(1.0, math.floor(state.share * candidates + 0.5)))
    total = nearness.dtype.type(state.total)
    weigh_highest(nearness, candidates, columns, 0, wanted, total, INPUTS, block.weights)


WEIGHTING = Weighting(
    name="near-positive",
    summary="the candidates that score nearest to a little less than the positive count",
    paper="ASA: Qin, Sheikh, Reinwald and Wu, AAAI 2021",
    options=(NEAR_MARGIN, HARD_SHARE),
    samplers=(
        NamedSampler(
            "asa",
            "the draws that score nearest to a little less than the positive",
            weighting="near-positive",
        ),
    ),
    build=build,
    block=True,
    candidates=hard_window_size,
    pool=48,
    stable={"window": 3.4, "block": 2.2},
)
