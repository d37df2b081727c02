"""Hard candidates whose scores vary count: those that stay high are likely to be positives (SRNS).

SRNS (Ding et al., NeurIPS 2020; the authors' code) chooses the candidate with the largest

    P + a_t std(P),    P = sigma(s_n - s_0),    a_t = a min(1, progress / warm-up),

std(P) being its standard deviation over the last five epochs: a false negative scores high all the
time, a hard true one does not. Words have few epochs, so the mean and the mean square of P are
running means for each pair of a center word and a word of its cache, over the windows in which it
was drawn; P is the mean over the contexts of such a window. Here the K of M draws with the largest
values count. The pairs are those of the caches of ``--proposal nscaching``, which draws the
candidates; the authors refresh their memory alike.

With a = 0 this is `hardest`, bit for bit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.jit import device
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.sigmoid import sigmoid
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size
from w2vneg.system.option_names import choice

VARIANCE_WEIGHT = Option(
    "variance_weight", 5.0, "Weight of the standard deviation (a); 0 selects the hardest.", 0, 1e6
)
VARIANCE_WARMUP = Option(
    "variance_warmup",
    0.125,
    "Share of the training in which that weight rises from 0 to its value.",
    0,
    1,
)
#: Step of the running means: about five epochs of a word that is drawn twice in each.
_STEP = np.float32(0.1)


class Variance(NamedTuple):
    """State of the weighting; all arrays are shared by all threads."""

    chosen: int  # K
    weight: float  # T / K, the weight of a chosen candidate
    factor: float  # a
    warmup: float
    size: int  # words in a cache; 0: there are none
    cache: np.ndarray  # (V * size,) int32, the words of the caches
    # (V * size * 2,) float32: for each place in a cache the mean and the mean square of P; the mean
    # is -1 before the word there is drawn for the first time.
    watched: np.ndarray


def check(config: TrainConfig) -> None:
    """Refuse proposals without caches, whose pairs hardly ever occur again."""
    proposal = chosen_methods(config)["proposal"]
    if proposal.name != "nscaching":
        raise UsageError(
            f"{choice('weighting', 'variance')} compares the scores of a draw over time, and those of "
            f"{choice('proposal', proposal.name)} hardly ever occur again; choose "
            f"{choice('proposal', 'nscaching')}"
        )


def build(config: TrainConfig) -> Variance:
    """Return the state of the weighting, without caches."""
    return Variance(
        config.negatives,
        config.total_weight / config.negatives,
        config[VARIANCE_WEIGHT],
        config[VARIANCE_WARMUP],
        0,
        np.empty(0, np.int32),
        np.empty(0, np.float32),
    )


def bind(context: SamplerContext, state: Variance, proposal: Proposal, drawn: Any) -> Variance:
    """Return the state of the weighting for the caches of a proposal, which keeps the figures."""
    size = drawn.size if drawn.cache.size else 0
    return state._replace(size=size, cache=drawn.cache, watched=drawn.watched)


@device
def _spread(state, scratch, n, mean):
    """Enter the mean P of candidate n; return its standard deviation, 0 if it is not in the cache."""
    center, word = scratch.candidates[0], np.int32(scratch.candidates[n])
    row = center * state.size
    place = np.int32(-1)
    for i in range(state.size):  # a maximum, which vector registers take
        place = max(place, np.int32(i) if state.cache[row + i] == word else np.int32(-1))
    if place < 0:
        return np.float32(0)
    slot, chance = 2 * (row + np.int64(place)), np.float32(mean)
    average, square = state.watched[slot], state.watched[slot + 1]
    if average < 0:
        average, square = chance, chance * chance
    average += _STEP * (chance - average)
    square += _STEP * (chance * chance - square)
    state.watched[slot], state.watched[slot + 1] = average, square
    excess = square - average * average
    # Rounding leaves a little of what is constant.
    return np.float32(math.sqrt(excess)) if excess > np.float32(1e-7) else np.float32(0)


@implement(weigh, Variance)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights, ranks = scratch.scores, scratch.weights, scratch.coefficients
    factor = state.factor
    if progress < state.warmup:
        factor *= progress / state.warmup
    if state.factor == 0 or contexts == 0:
        for cell in range(contexts * candidates):
            ranks[cell] = scores[cell]
    else:
        for context in range(contexts):
            at = context * candidates
            for n in range(candidates):
                ranks[at + n] = scores[at + n] - scores[at]
        # All cells at once and the padding with them, so that the vectorized loop has no tail.
        for cell in range((contexts * candidates + LANES - 1) // LANES * LANES):
            ranks[cell] = sigmoid(ranks[cell])
        # Sums over the contexts in the first row of the weights, which are not set yet.
        inverse = scores.dtype.type(1 / contexts)
        for n in range(candidates):
            weights[n] = scores.dtype.type(0)
        for context in range(contexts):
            at = context * candidates
            for n in range(candidates):
                weights[n] += ranks[at + n] * inverse
        for n in range(1, candidates):
            weights[n] = scores.dtype.type(factor * _spread(state, scratch, n, weights[n]))
        for context in range(contexts):
            at = context * candidates
            for n in range(1, candidates):
                ranks[at + n] += weights[n]
    limit, chosen = scores.dtype.type(float("inf")), scores.dtype.type(state.chosen)
    weight = weights.dtype.type(state.weight)
    for context in range(contexts):
        at = context * candidates
        mark_highest(ranks, at, 1, candidates, limit, chosen, weights)
        for n in range(1, candidates):
            weights[at + n] *= weight
        weights[at] = 1


WEIGHTING = Weighting(
    name="variance",
    summary="the K hardest of M candidates, with a bonus for scores that vary",
    paper="SRNS: Ding et al., NeurIPS 2020",
    options=(VARIANCE_WEIGHT, VARIANCE_WARMUP, HARD_SHARE),
    samplers=(
        NamedSampler(
            "srns",
            "the hardest draws of a cache, preferring those whose scores vary",
            proposal="nscaching",
            weighting="variance",
        ),
    ),
    build=build,
    bind=bind,
    check=check,
    candidates=hard_window_size,
)
