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

from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel import lanes
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.jit import device
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.sigmoid import sigmoids
from w2vneg.kernel.tiles import LANES, row_length
from w2vneg.kernel.window import CONTEXTS
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
    """State of the weighting; the first two arrays are shared by all threads."""

    chosen: int  # K
    weight: float  # T / K, the weight of a chosen candidate
    factor: float  # a
    warmup: float
    size: int  # words in a cache; 0: there are none
    cache: np.ndarray  # (V * size,) int32, the words of the caches
    # (V * size * 2,) float32: for each place in a cache the mean and the mean square of P; the mean
    # is -1 before the word there is drawn for the first time.
    watched: np.ndarray
    # Working memory of one thread, float32 where no other dtype is given.
    row: int  # numbers in a row, a multiple of LANES
    rows: np.ndarray  # a row for each context: P of each candidate
    bonuses: np.ndarray  # (row,) means of P over the contexts, then a times the deviations
    # For those of the candidates that are in the cache:
    columns: np.ndarray  # (1 + M,) int64, which they are
    slots: np.ndarray  # (1 + M,) int64, where their figures are
    chances: np.ndarray  # (row,) P, then its standard deviation times a
    means: np.ndarray  # (row,)
    squares: np.ndarray  # (row,)


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
    integers, floats = np.empty(0, np.int64), np.empty(0, np.float32)
    return Variance(
        config.negatives,
        config.total_weight / config.negatives,
        config[VARIANCE_WEIGHT],
        config[VARIANCE_WARMUP],
        0,
        cache=np.empty(0, np.int32),
        watched=floats,
        row=0,
        rows=floats,
        bonuses=floats,
        columns=integers,
        slots=integers,
        chances=floats,
        means=floats,
        squares=floats,
    )


def bind(context: SamplerContext, state: Variance, proposal: Proposal, drawn: Any) -> Variance:
    """Return the state of the weighting for the caches of a proposal, which keeps the figures."""
    size = drawn.size if drawn.cache.size else 0
    return state._replace(size=size, cache=drawn.cache, watched=drawn.watched)


def per_thread(state: Variance, candidates: int) -> Variance:
    """Return the state with its own working memory for one thread and M candidates."""
    row = row_length(1 + candidates)
    arena = Arena(4 * row * (CONTEXTS + 4) + 8 * row * 2 + 128 * 7)
    return state._replace(
        row=row,
        rows=arena.take(CONTEXTS * row, np.float32),
        bonuses=arena.take(row, np.float32),
        columns=arena.take(row, np.int64),
        slots=arena.take(row, np.int64),
        chances=arena.take(row, np.float32),
        means=arena.take(row, np.float32),
        squares=arena.take(row, np.float32),
    )


@device
def _place(state, row, word):
    """Return the last place of a word in the cache that begins at `row`, or -1."""
    place = np.int64(-1)
    whole = state.size // LANES * LANES
    for block in range(0, whole, LANES):
        found = lanes.find(state.cache, row + block, word)
        place = block + found if found >= 0 else place
    for i in range(whole, state.size):
        place = i if state.cache[row + i] == word else place
    return place


@device
def _set_bonuses(state, scratch, candidates, factor):
    """Replace the mean P of each candidate by its bonus.

    The figures of those in the cache are updated; the others have no bonus. Nothing branches on
    whether a word is in the cache, which is unpredictable.
    """
    bonuses, means, squares = state.bonuses, state.means, state.squares
    row = np.int64(scratch.candidates[0]) * state.size
    found = 0
    for n in range(1, candidates):
        place = _place(state, row, np.int32(scratch.candidates[n]))
        state.columns[found] = n
        state.slots[found] = 2 * (row + place)
        found += place >= 0
    for k in range(found):
        state.chances[k] = bonuses[state.columns[k]]
        means[k] = state.watched[state.slots[k]]
        squares[k] = state.watched[state.slots[k] + 1]
    for n in range(0, candidates, LANES):
        lanes.store(lanes.spread(bonuses.dtype.type(0)), bonuses, n)
    for k in range(0, found, LANES):
        chance, mean = lanes.load(state.chances, k), lanes.load(means, k)
        square = lanes.load(squares, k)
        new = mean < np.float32(0)
        mean = lanes.where(new, chance, mean)
        square = lanes.where(new, chance * chance, square)
        mean = mean + (chance - mean) * _STEP
        square = square + (chance * chance - square) * _STEP
        lanes.store(mean, means, k)
        lanes.store(square, squares, k)
        excess = square - mean * mean
        # Rounding leaves a little of what is constant.
        varies = excess > np.float32(1e-7)
        spread = lanes.root(lanes.where(varies, excess, np.float32(0)))
        lanes.store(spread * np.float32(factor), state.chances, k)
    for k in range(found):
        state.watched[state.slots[k]] = means[k]
        state.watched[state.slots[k] + 1] = squares[k]
        bonuses[state.columns[k]] = state.chances[k]


@implement(weigh, Variance)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights, rows, bonuses = scratch.scores, scratch.weights, state.rows, state.bonuses
    factor, none = state.factor, lanes.spread(bonuses.dtype.type(0))
    if progress < state.warmup:
        factor *= progress / state.warmup
    for n in range(0, candidates, LANES):
        lanes.store(none, bonuses, n)
    if state.factor == 0 or contexts == 0:
        for context in range(contexts):
            for n in range(0, candidates, LANES):
                score = lanes.load(scores, context * candidates + n)
                lanes.store(lanes.convert(score, rows), rows, context * state.row + n)
    else:
        inverse = bonuses.dtype.type(1 / contexts)
        for context in range(contexts):
            at = context * candidates
            for n in range(0, candidates, LANES):
                chance = sigmoids(lanes.load(scores, at + n) - scores[at])
                chance = lanes.convert(chance, rows)
                lanes.store(chance, rows, context * state.row + n)
                lanes.store(lanes.load(bonuses, n) + chance * inverse, bonuses, n)
        _set_bonuses(state, scratch, candidates, factor)
    ranks = scratch.coefficients  # free until the loss fills it
    limit, chosen = scores.dtype.type(float("inf")), scores.dtype.type(state.chosen)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            rank = lanes.load(rows, context * state.row + n) + lanes.load(bonuses, n)
            lanes.store(lanes.convert(rank, ranks), ranks, n)
        mark_highest(ranks, 0, 1, candidates, limit, chosen, state.weight, weights, at)
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
    per_thread=per_thread,
    check=check,
    candidates=hard_window_size,
)
