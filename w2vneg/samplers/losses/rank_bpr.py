"""BPR whose steps grow with the rank of the positive (RankMBPR).

``-scale * sum_n w_n log sigma(s_0 - s_n)`` for each context, with scale = log(1 + r) / log(V) held
constant in the gradient. r estimates how many of the V words score at least as high as the positive:
the share of the draws that do, times V - 1. A positive on top teaches nothing, one far down most.

RankMBPR (Yu et al., WAIM 2016; the authors' code) multiplies the step of BPR by 1 + 1/2 + ... + 1/r,
as WARP does (Weston et al., IJCAI 2011); log(1 + r) is that sum within 0.58. Its r is (V - 1) / n,
rounded down, n being the uniform draws, at most 200, until one scores above the positive less 1;
the draw with the highest score is the negative. Here r comes from a fixed number of draws, all of
which train. RankMBPR also ranks pairs of users, for which words have no counterpart.

Draws of the unigram noise count by their frequency, so that r is the rank among the words as the
noise sees them; with a uniform one it is the rank. Where the order of the words is settled and draws
are many, the scores lead to log(p scale / q) plus a constant of the context word; words whose order
the scale would turn round end with nearly equal scores, always the two highest. That is a ranking, and
no estimate of PMI.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.losses.pairs import (
    pool_step_scales,
    set_coefficients,
    set_pool_coefficients,
    step_scale,
    sum_pool_objective,
    window_objective,
)
from w2vneg.samplers.method import Loss, NamedSampler, Proposal
from w2vneg.system.option_names import choice


class RankBpr(NamedTuple):
    """State of the loss."""

    words: int  # V
    scales: np.ndarray  # (1 + candidates,) float32, by the number of draws at least as high


def check(config: TrainConfig) -> None:
    """Refuse proposals that draw for a center word, whose draws tell no rank among all words."""
    proposal = chosen_methods(config)["proposal"]
    assert isinstance(proposal, Proposal)
    if proposal.probabilities is None:
        raise UsageError(
            f"{choice('loss', 'rank-bpr')} estimates the rank of the positive among all words, which "
            f"draws of {choice('proposal', proposal.name)} do not tell; choose "
            f"{choice('proposal', 'unigram')}"
        )


def build(config: TrainConfig) -> RankBpr:
    """Return the state of the loss; `bind` completes it."""
    return RankBpr(2, np.ones(2, np.float32))


def bind(config: TrainConfig, state: RankBpr, probabilities: np.ndarray) -> RankBpr:
    """Return the state of the loss for a noise: (V,) float64 `probabilities`."""
    return state._replace(words=max(2, len(probabilities)))


def per_thread(state: RankBpr, candidates: int) -> RankBpr:
    """Return the state with the scales for so many candidates."""
    return state._replace(scales=scales_of(np.arange(candidates + 1), candidates, state.words))


def scales_of(above: np.ndarray, candidates: int, words: int) -> np.ndarray:
    """Return log(1 + r) / log(V) as float32, where `above` of the candidates score as high."""
    return (np.log1p(above * ((words - 1) / candidates)) / math.log(words)).astype(np.float32)


@implement(step_scale, RankBpr)
def _step_scale(loss, scores, at, candidates):
    above = np.int64(0)
    for n in range(1, candidates):
        above += np.int64(scores[at + n] >= scores[at])
    return scores.dtype.type(loss.scales[above])


@implement(pool_step_scales, RankBpr)
def _pool_step_scales(loss, scores, positive, candidates, room):
    zero, one = scores.dtype.type(0), lanes.spread(scores.dtype.type(1))
    above = lanes.spread(zero)
    for at in range(0, candidates * INPUTS, INPUTS):
        above = above + lanes.where(lanes.load(scores, at) >= positive, one, zero)
    lanes.store(above, room, 0)
    for q in range(INPUTS):
        room[q] = loss.scales[np.int64(room[q])]
    return lanes.load(room, 0)


@implement(coefficients, RankBpr)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    set_coefficients(loss, scores, weights, contexts, candidates, out)


@implement(objective, RankBpr)
def _objective(loss, scores, weights, contexts, candidates):
    return window_objective(loss, scores, weights, contexts, candidates)


@implement(pool_coefficients, RankBpr)
def _pool_coefficients(loss, block, candidates, band):
    set_pool_coefficients(loss, block, candidates, band)


@implement(pool_objective, RankBpr)
def _pool_objective(loss, block, candidates, band):
    return sum_pool_objective(loss, block, candidates, band)


LOSS = Loss(
    name="rank-bpr",
    summary="ranking, with steps that grow with the rank of the positive",
    paper="RankMBPR: Yu et al., WAIM 2016",
    samplers=(
        NamedSampler(
            "rankmbpr",
            "words by count^exponent, ranked below the positive by steps that grow with its rank",
            loss="rank-bpr",
        ),
    ),
    build=build,
    per_thread=per_thread,
    check=check,
    bind=bind,
    block=True,
)
