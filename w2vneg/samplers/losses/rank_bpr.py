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
from w2vneg.kernel.sigmoid import log_sigmoid, log_sigmoids, sigmoid
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.losses.bpr import column_of
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


@implement(coefficients, RankBpr)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    for context in range(contexts):
        at = context * candidates
        positive = scores[at]
        above = np.int64(0)
        for n in range(1, candidates):
            above += np.int64(scores[at + n] >= positive)
        scale = scores.dtype.type(loss.scales[above])
        total = positive - positive
        for n in range(1, candidates):
            pull = scale * weights[at + n] * sigmoid(scores[at + n] - positive)
            out[at + n] = -pull
            total += pull
        out[at] = total


@implement(objective, RankBpr)
def _objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        above = np.int64(0)
        lost = 0.0
        for n in range(1, candidates):
            above += np.int64(scores[at + n] >= scores[at])
            lost -= weights[at + n] * log_sigmoid(scores[at] - scores[at + n])
        total += lost * loss.scales[above]
    return total


@implement(pool_coefficients, RankBpr)
def _pool_coefficients(loss, block, candidates, band):
    # As for bpr; a candidate that equals a positive takes from its row what it adds to it.
    weights, out, exps = block.weights, block.coefficients, block.cells
    own, columns = block.positive_coefficients, block.lanes
    zero, one = weights.dtype.type(0), weights.dtype.type(1)
    for at in range(0, candidates * INPUTS, INPUTS):
        lanes.store(lanes.exponential(lanes.load(block.scores, at)), exps, at)
        lanes.store(lanes.spread(zero), out, at)
    for at in range(0, INPUTS * band, LANES):
        lanes.store(lanes.exponential(lanes.load(block.positive_scores, at)), own, at)
    for column in range(band):
        positive = column_of(own, band, column, columns)
        scale = column_of(block.positives, band, column, columns)
        pulls = lanes.spread(zero)
        if lanes.some(scale > zero):
            above = pulls
            for at in range(0, candidates * INPUTS, INPUTS):
                beaten = lanes.load(exps, at) >= positive
                above = above + lanes.where(beaten, lanes.spread(one), zero)
            lanes.store(above, columns, 0)
            for q in range(INPUTS):
                columns[q] = loss.scales[np.int64(columns[q])]
            scale = scale * lanes.load(columns, 0)
            for at in range(0, candidates * INPUTS, INPUTS):
                score = lanes.load(exps, at)
                pull = lanes.load(weights, at) * scale * score / (score + positive)
                lanes.store(lanes.load(out, at) - pull, out, at)
                pulls = pulls + pull
        lanes.store(pulls, columns, 0)
        for q in range(INPUTS):
            own[q * band + column] = columns[q]


@implement(pool_objective, RankBpr)
def _pool_objective(loss, block, candidates, band):
    scores, columns = block.scores, block.lanes
    zero, one = scores.dtype.type(0), scores.dtype.type(1)
    sums = lanes.spread(zero)
    for column in range(band):
        positive = column_of(block.positive_scores, band, column, columns)
        present = column_of(block.positives, band, column, columns) > zero
        if lanes.some(present):
            # A candidate that equals the positive always has log sigma(0).
            twins = column_of(block.excluded, band, column, columns)
            lost = twins * log_sigmoids(lanes.spread(zero))
            above = lanes.spread(zero)
            for at in range(0, candidates * INPUTS, INPUTS):
                score = lanes.load(scores, at)
                above = above + lanes.where(score >= positive, lanes.spread(one), zero)
                lost = lost - lanes.load(block.weights, at) * log_sigmoids(positive - score)
            lanes.store(above, columns, 0)
            for q in range(INPUTS):
                columns[q] = loss.scales[np.int64(columns[q])]
            lost = lost * lanes.load(columns, 0)
            sums = sums + lanes.where(present, lost, zero)
    return np.float64(lanes.total(sums))


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
