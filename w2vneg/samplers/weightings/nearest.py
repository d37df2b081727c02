"""The K candidates nearest to the context word, to the positive, or to both.

Hard candidates usually are those that score high with the context word, the anchor: u.v_n. Others
are near the positive, v_c.v_n (answer selection: Rao et al., CIKM 2016; entity alignment: BootEA,
Sun et al., IJCAI 2018). The reward of KGPolicy (Wang et al., WWW 2020; the authors' code) is their
sum, and its policy walks to candidates that have a high one. A knowledge graph to walk on is not
there; here the K of M draws with the highest sum are taken, the best response to that reward.

What is near a word's positive is often a substitute for it, that is, a false negative. With
``--toward anchor`` this is `hardest`, bit for bit. The window form only, where the contexts share one
positive.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.hooks import implement, look, weigh
from w2vneg.kernel.products import score
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size

TOWARD = Option(
    "toward",
    "both",
    "What a candidate is to be near: the context word (anchor), the center word (positive), or both.",
    choices=("anchor", "positive", "both"),
)


class Nearest(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    weight: float  # T / K, the weight of a chosen candidate
    anchor: float  # factor of u.v_n
    positive: float  # factor of v_c.v_n
    similar: np.ndarray  # (padded 1 + M,) float32, v_c.v_n: working memory of a thread


def build(config: TrainConfig) -> Nearest:
    """Return the state of the weighting."""
    toward = config[TOWARD]
    return Nearest(
        config.negatives,
        config.total_weight / config.negatives,
        float(toward != "positive"),
        float(toward != "anchor"),
        np.empty(0, np.float32),
    )


def per_thread(state: Nearest, candidates: int) -> Nearest:
    """Return the state with its own working memory for one thread and M candidates."""
    return state._replace(
        similar=np.zeros((candidates + LANES) // LANES * LANES + LANES, np.float32)
    )


@implement(look, Nearest)
def _look(state, w_out, length, scratch, candidates):
    if state.positive > 0:
        at = scratch.candidate_at
        score(w_out, at, 1, w_out, at, candidates, length, state.similar)


@implement(weigh, Nearest)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights, ranks = scratch.scores, scratch.weights, scratch.coefficients
    anchor, positive = scores.dtype.type(state.anchor), scores.dtype.type(state.positive)
    limit, chosen = scores.dtype.type(float("inf")), scores.dtype.type(state.chosen)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            rank = lanes.load(scores, at + n) * anchor
            if state.positive > 0:
                rank = rank + lanes.load(state.similar, n) * positive
            lanes.store(rank, ranks, n)
        mark_highest(ranks, 0, 1, candidates, limit, chosen, state.weight, weights, at)
        weights[at] = 1


WEIGHTING = Weighting(
    name="nearest",
    summary="the K of M candidates nearest to the context word and to the positive",
    paper="KGPolicy: Wang et al., WWW 2020",
    options=(TOWARD, HARD_SHARE),
    samplers=(
        NamedSampler(
            "kgpolicy",
            "the draws nearest to the context word and the positive, by the sum of their products",
            weighting="nearest",
        ),
    ),
    build=build,
    per_thread=per_thread,
    candidates=hard_window_size,
    stable={"window": 2.2},
)
