"""Hard candidates, and mixtures of two of them (MoCHi).

MoCHi (Kalantidis et al., NeurIPS 2020) adds synthetic negatives ``a v_i + (1 - a) v_j``
of two of the hardest candidates, a uniform in [0, 1). Here the K hardest of M candidates count, and
each of the others is replaced by such a mixture: K and M - K of them, all of the same weight, T in
total. The score of a mixture is a s_i + (1 - a) s_j, and its coefficient goes to both rows. With
M = K nothing is mixed.

In the paper, as unofficial implementations have it, mixtures are of length 1, no gradient flows
into them, and they are added to all negatives of a queue. A second kind of mixture,
b u + (1 - b) v_j of the query u, here the context word, with b uniform in [0, 1/2), is left out.
The numbers are others, too: the name of a model that the authors released,
`mochi_512_1024_512_e1000`, suggests the 512 hardest, 1,024 mixtures of two and 512 with the query.

The window form only: in a block, a mixture may hold the positive of one of the words it serves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.hooks import adjust, implement, weigh
from w2vneg.kernel.jit import device
from w2vneg.kernel.ranks import rank_highest
from w2vneg.kernel.rng import next_word
from w2vneg.kernel.tiles import LANES, row_length
from w2vneg.kernel.window import CONTEXTS
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size


class Mochi(NamedTuple):
    """State of the weighting.

    The hardest candidates of a context are numbered from 0 to K - 1, and the others from 0 to
    M - K - 1, both in the order of the candidates.
    """

    chosen: int  # K
    total: float  # T, the sum of the weights of a context
    row: int  # numbers in a row of the arrays, a multiple of LANES
    numbers: np.ndarray  # (row,) float32: 0, 1, 2, ...
    # Working memory of one thread, float32: a row for each context and a vector behind the last...
    ranks: np.ndarray  # rank of each candidate, by its score, from 0
    hard: np.ndarray  # by number: scores of the hardest; later what their coefficients get
    mixed: np.ndarray  # by number: scores of the mixtures; later their coefficients
    firsts: np.ndarray  # by number: what of a mixture's coefficient goes to its first part
    seconds: np.ndarray  # what goes to its second part
    # ... and for the M - K mixtures of each context, one context after the other.
    one: np.ndarray  # number of the first part
    two: np.ndarray  # number of the second part
    shares: np.ndarray  # share of the first


_ARRAYS = 8


def build(config: TrainConfig) -> Mochi:
    """Return the state of the weighting."""
    none = np.empty(0, np.float32)
    return Mochi(config.negatives, config.total_weight, 0, none, *[none] * _ARRAYS)


def per_thread(state: Mochi, candidates: int) -> Mochi:
    """Return the state with its own working memory for one thread and M candidates."""
    row = row_length(1 + candidates)
    cells = CONTEXTS * row + LANES
    arena = Arena((4 * cells + 128) * _ARRAYS)
    memory = [arena.take(cells, np.float32) for _ in range(_ARRAYS)]
    return Mochi(state.chosen, state.total, row, np.arange(row, dtype=np.float32), *memory)


@device
def _draw(state, rng, mixtures, hard):
    """Draw two of the hardest and a share for each mixture: the digits of one random number."""
    count, step = state.one.dtype.type(hard), state.one.dtype.type(1)
    word = next_word(rng)
    for at in range(0, mixtures, LANES):
        digits = lanes.uniform(word, at // LANES, state.one) * count
        first = lanes.floor(digits)
        digits = (digits - first) * (count - step)
        # Of the others, counted from the first.
        second = lanes.floor(digits)
        lanes.store(digits - second, state.shares, at)
        second = first + second + step
        lanes.store(first, state.one, at)
        lanes.store(lanes.where(second >= count, second - count, second), state.two, at)


@device
def _hardest(state, row, hard):
    """Return which of the candidates from a number of the ranks on are among the hardest."""
    return lanes.load(state.ranks, row) < state.ranks.dtype.type(hard)


@device
def _replaced(state, row, hard):
    """Return which of them are replaced; the positive and what lies behind a row have no rank."""
    rank, infinity = lanes.load(state.ranks, row), state.ranks.dtype.type(float("inf"))
    return (rank >= state.ranks.dtype.type(hard)) & (rank < infinity)


@device
def _mix(state, scores, weights, contexts, candidates, hard, span):
    """Mix the scores, and set the weights.

    `span` is `candidates`, or `LANES` where there are no more than that.
    """
    soft = candidates - 1 - hard
    infinity = scores.dtype.type(float("inf"))
    # Several loops, so that the processor need not wait for one row before it begins others.
    for context in range(contexts):
        at, row = context * candidates, context * state.row
        rank_highest(scores, at, 1, candidates, infinity, state.ranks, row)
        place = row
        for n in range(0, span, LANES):
            hardest = _hardest(state, row + n, hard)
            score = lanes.convert(lanes.load(scores, at + n), state.hard)
            lanes.store(lanes.pack(score, hardest), state.hard, place)
            place += lanes.count(hardest)
    weight = lanes.spread(weights.dtype.type(state.total / max(candidates - 1, 1)))
    # As in MixGCF, loaded before the row in front of it is stored.
    following = lanes.load(scores, 0)
    for context in range(contexts):
        at, row = context * candidates, context * state.row
        for n in range(0, span, LANES):
            first = context * soft + n
            i = lanes.pick(state.hard, row, span, lanes.load(state.one, first))
            j = lanes.pick(state.hard, row, span, lanes.load(state.two, first))
            lanes.store(j + lanes.load(state.shares, first) * (i - j), state.mixed, row + n)
        place = row
        for n in range(0, span, LANES):
            score = following
            following = lanes.load(scores, at + min(n + LANES, candidates))
            replaced = _replaced(state, row + n, hard)
            mixture = lanes.unpack(lanes.load(state.mixed, place), replaced)
            place += lanes.count(replaced)
            score = lanes.where(replaced, lanes.convert(mixture, scores), score)
            lanes.store(score, scores, at + n)
            # What is set behind a row belongs to the next, which is not set yet.
            lanes.store(weight, weights, at + n)
        weights[at] = 1


@device
def _share(state, out, contexts, candidates, hard, span):
    """Share the coefficients of mixtures among their parts. `span` is that of `_mix`."""
    soft, none = candidates - 1 - hard, lanes.spread(state.hard.dtype.type(0))
    for context in range(contexts):
        at, row = context * candidates, context * state.row
        place = row
        for n in range(0, span, LANES):
            replaced = _replaced(state, row + n, hard)
            pull = lanes.convert(lanes.load(out, at + n), state.mixed)
            lanes.store(lanes.pack(pull, replaced), state.mixed, place)
            place += lanes.count(replaced)
        for n in range(0, span, LANES):
            pull = lanes.load(state.mixed, row + n)
            moved = pull * lanes.load(state.shares, context * soft + n)
            lanes.store(moved, state.firsts, row + n)
            lanes.store(pull - moved, state.seconds, row + n)
    following = lanes.load(out, 0)
    for context in range(contexts):
        at, row = context * candidates, context * state.row
        for n in range(0, span, LANES):
            number, first, second = lanes.load(state.numbers, n), none, none
            for k in range(soft):
                one = lanes.repeat(state.one, context * soft + k)
                moved = first + lanes.repeat(state.firsts, row + k)
                first = lanes.where(number == one, moved, first)
                two = lanes.repeat(state.two, context * soft + k)
                moved = second + lanes.repeat(state.seconds, row + k)
                second = lanes.where(number == two, moved, second)
            lanes.store(first + second, state.hard, row + n)
        place = row
        for n in range(0, span, LANES):
            pull = following
            following = lanes.load(out, at + min(n + LANES, candidates))
            hardest, replaced = _hardest(state, row + n, hard), _replaced(state, row + n, hard)
            added = lanes.unpack(lanes.load(state.hard, place), hardest)
            place += lanes.count(hardest)
            pull = lanes.where(replaced, out.dtype.type(0), pull) + lanes.convert(added, out)
            lanes.store(pull, out, at + n)


@implement(weigh, Mochi)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    hard = min(state.chosen, candidates - 1)
    scores, weights = scratch.scores, scratch.weights
    _draw(state, rng, contexts * (candidates - 1 - hard), hard)
    # Twice, so that the compiler knows the inner loops of short rows.
    if candidates <= LANES:
        _mix(state, scores, weights, contexts, candidates, hard, LANES)
    else:
        _mix(state, scores, weights, contexts, candidates, hard, candidates)


@implement(adjust, Mochi)
def _adjust(state, scratch, contexts, candidates):
    hard, out = min(state.chosen, candidates - 1), scratch.coefficients
    if candidates <= LANES:
        _share(state, out, contexts, candidates, hard, LANES)
    else:
        _share(state, out, contexts, candidates, hard, candidates)


WEIGHTING = Weighting(
    name="mochi",
    summary="the K hardest of M candidates, and mixtures of two of them",
    paper="MoCHi: Kalantidis et al., NeurIPS 2020",
    options=(HARD_SHARE,),
    samplers=(
        NamedSampler(
            "mochi",
            "the hardest draws and mixtures of them, in a softmax",
            weighting="mochi",
            loss="infonce",
        ),
    ),
    build=build,
    per_thread=per_thread,
    candidates=hard_window_size,
    mixes=True,
    stable={"window": 3.4},
)
