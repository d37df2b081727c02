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
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.exponential import exponentials
from w2vneg.kernel.hooks import coefficients, implement, objective
from w2vneg.kernel.sigmoid import log_sigmoid, sigmoid
from w2vneg.samplers.chosen import chosen_methods
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
    weights, out, exps, lanes = block.weights, block.coefficients, block.cells, block.lanes
    own, width = block.positive_coefficients, INPUTS
    zero, one = weights.dtype.type(0), weights.dtype.type(1)
    for cell in range(candidates * INPUTS):
        exps[cell] = block.scores[cell]
        out[cell] = zero
    for cell in range(INPUTS * band):
        own[cell] = block.positive_scores[cell]
    exponentials(exps, candidates * INPUTS)
    exponentials(own, INPUTS * band)
    for column in range(band):
        present = zero
        for q in range(INPUTS):
            lanes[q] = own[q * band + column]
            lanes[width + q] = block.positives[q * band + column]
            lanes[2 * width + q] = zero
            lanes[3 * width + q] = zero
            present += lanes[width + q]
        if present != 0:
            for n in range(candidates):
                for q in range(INPUTS):
                    lanes[3 * width + q] += one if exps[n * INPUTS + q] >= lanes[q] else zero
            for q in range(INPUTS):
                above = np.int64(lanes[3 * width + q])
                lanes[width + q] *= weights.dtype.type(loss.scales[above])
            for n in range(candidates):
                for q in range(INPUTS):
                    cell = n * INPUTS + q
                    pull = weights[cell] * lanes[width + q] * exps[cell] / (exps[cell] + lanes[q])
                    out[cell] -= pull
                    lanes[2 * width + q] += pull
        for q in range(INPUTS):
            own[q * band + column] = lanes[2 * width + q]


@implement(pool_objective, RankBpr)
def _pool_objective(loss, block, candidates, band):
    total = 0.0
    for q in range(INPUTS):
        for cell in range(q * band, (q + 1) * band):
            if block.positives[cell] != 0:
                score = block.positive_scores[cell]
                lost = block.excluded[cell] * log_sigmoid(score - score)
                above = np.int64(0)
                for n in range(candidates):
                    at = n * INPUTS + q
                    above += np.int64(block.scores[at] >= score)
                    lost -= block.weights[at] * log_sigmoid(score - block.scores[at])
                total += lost * loss.scales[above]
    return total


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
