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
from w2vneg.kernel.hooks import adjust, implement, weigh
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.rng import next_word
from w2vneg.kernel.tiles import LANES
from w2vneg.kernel.window import CONTEXTS
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size


class Mochi(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    total: float  # T, the sum of the weights of a context
    # Working memory of one thread, for each cell: an element of the scores.
    hard: np.ndarray  # int64; from a context's first cell on: the cells of its hardest candidates
    one: np.ndarray  # float32, which of these is the first part of a mixture; -1: it is none
    two: np.ndarray  # float32, which of these is the second part
    shares: np.ndarray  # float32, share of the first


def build(config: TrainConfig) -> Mochi:
    """Return the state of the weighting."""
    none = np.empty(0, np.float32)
    return Mochi(config.negatives, config.total_weight, np.empty(0, np.int64), none, none, none)


def per_thread(state: Mochi, candidates: int) -> Mochi:
    """Return the state with its own working memory for one thread and M candidates."""
    cells = CONTEXTS * (1 + candidates) + LANES
    return state._replace(
        hard=np.zeros(cells, np.int64),
        one=np.zeros(cells, np.float32),
        two=np.zeros(cells, np.float32),
        shares=np.zeros(cells, np.float32),
    )


@implement(weigh, Mochi)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights, one = scratch.scores, scratch.weights, state.one
    limit = scores.dtype.type(float("inf"))
    chosen = scores.dtype.type(state.chosen)
    weight = lanes.spread(weights.dtype.type(state.total / max(candidates - 1, 1)))
    hard = min(state.chosen, candidates - 1)
    count, none = one.dtype.type(hard), one.dtype.type(-1)
    word, drawn = next_word(rng), 0
    values = scratch.delta  # free until the update: the scores of the hardest
    for context in range(contexts):
        at = context * candidates
        mark_highest(scores, at, 1, candidates, limit, chosen, weights)
        place = at
        for n in range(0, candidates, LANES):
            marked = lanes.load(weights, at + n) > weights.dtype.type(0)
            bits = lanes.bits(marked & lanes.between(1 - n, candidates - n))
            while bits != 0:
                cell = at + n + lanes.lowest(bits)
                state.hard[place] = cell
                values[place] = scores[cell]
                place += 1
                bits &= bits - 1
    # As in MixGCF, loaded before the row in front of it is stored.
    following = lanes.load(scores, 0)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            score = following
            following = lanes.load(scores, at + min(n + LANES, candidates))
            mixed = lanes.load(weights, at + n) == weights.dtype.type(0)
            mixed = mixed & lanes.between(1 - n, candidates - n)
            first = lanes.floor(lanes.uniform(word, drawn, one) * count)
            second = lanes.floor(lanes.uniform(word, drawn + 1, one) * (count - 1)) + (first + 1)
            second = lanes.where(second >= count, second - count, second)
            share = lanes.uniform(word, drawn + 2, state.shares)
            drawn += 3
            i, j = score, score
            for k in range(hard):
                rank, other = one.dtype.type(k), values[at + k]
                i = lanes.where(first == rank, other, i)
                j = lanes.where(second == rank, other, j)
            score = lanes.where(mixed, j + lanes.convert(share, scores) * (i - j), score)
            lanes.store(score, scores, at + n)
            lanes.store(lanes.where(mixed, first, none), one, at + n)
            lanes.store(lanes.where(mixed, second, none), state.two, at + n)
            lanes.store(share, state.shares, at + n)
    for context in range(contexts):
        at = context * candidates
        # What is set behind a row belongs to the next, which is not set yet.
        for n in range(0, candidates, LANES):
            lanes.store(weight, weights, at + n)
        weights[at] = 1


@implement(adjust, Mochi)
def _adjust(state, scratch, contexts, candidates):
    out, one = scratch.coefficients, state.one
    room = scratch.delta  # free until the update: the coefficients of a row's mixtures
    zero = out.dtype.type(0)
    following = lanes.load(out, 0)
    hard = min(state.chosen, candidates - 1)
    for context in range(contexts):
        at = context * candidates
        # All of the row before any is passed on: a vector stored later would undo that.
        for n in range(0, candidates, LANES):
            pull = following
            following = lanes.load(out, at + min(n + LANES, candidates))
            mixed = lanes.load(one, at + n) >= one.dtype.type(0)
            pulled = lanes.where(mixed & lanes.between(0, candidates - n), pull, zero)
            lanes.store(pull - pulled, out, at + n)
            lanes.store(pulled, room, n)
        for n in range(0, candidates, LANES):
            first, second = lanes.load(one, at + n), lanes.load(state.two, at + n)
            pulled = lanes.load(room, n)
            moved = pulled * lanes.convert(lanes.load(state.shares, at + n), out)
            rest = pulled - moved
            for k in range(hard):
                rank = one.dtype.type(k)
                part = lanes.where(first == rank, moved, zero)
                part = part + lanes.where(second == rank, rest, zero)
                out[state.hard[at + k]] += lanes.total(part)


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
