"""Hard candidates, and mixtures of two of them (MoCHi).

MoCHi (Kalantidis et al., NeurIPS 2020) adds synthetic negatives ``a v_i + (1 - a) v_j``
of two of the hardest candidates, a uniform in [0, 1). Here the K hardest of M candidates count, and
each of the others is replaced by such a mixture: K and M - K of them, all of the same weight, T in
total. The score of a mixture is a s_i + (1 - a) s_j, and its coefficient goes to both rows. The ranks
of i and j and the share a are drawn once for a window; which words these are differs by context. With
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
from w2vneg.kernel.jit import device
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.rng import next_word
from w2vneg.kernel.tiles import LANES, row_length
from w2vneg.kernel.window import CONTEXTS
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size


class Mochi(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    total: float  # T, the sum of the weights of a context
    # Working memory of one thread.
    width: int  # 1 + M, padded
    hard: np.ndarray  # (cells,) int64; from a context's first cell on: the cells of its hardest
    mixed: np.ndarray  # (cells,) float32, 1 where a mixture stands, else 0
    shares: np.ndarray  # (K * width,) float32, share of the k-th hardest in the mixture in place n


def build(config: TrainConfig) -> Mochi:
    """Return the state of the weighting."""
    none = np.empty(0, np.float32)
    return Mochi(config.negatives, config.total_weight, 0, np.empty(0, np.int64), none, none)


def per_thread(state: Mochi, candidates: int) -> Mochi:
    """Return the state with its own working memory for one thread and M candidates."""
    cells, width = CONTEXTS * (1 + candidates) + LANES, row_length(1 + candidates)
    return state._replace(
        width=width,
        hard=np.zeros(cells, np.int64),
        mixed=np.zeros(cells, np.float32),
        shares=np.zeros(min(state.chosen, candidates) * width, np.float32),
    )


@device
def _draw_mixtures(state, rng, hard, candidates):
    """Draw what the mixtures of a window consist of, each of two of `hard` candidates."""
    shares = state.shares
    zero, one = shares.dtype.type(0), shares.dtype.type(1)
    count = shares.dtype.type(hard)
    word, drawn = next_word(rng), 0
    for n in range(0, candidates, LANES):
        first = lanes.floor(lanes.uniform(word, drawn, shares) * count)
        second = lanes.floor(lanes.uniform(word, drawn + 1, shares) * (count - 1)) + (first + 1)
        second = lanes.where(second >= count, second - count, second)
        share = lanes.uniform(word, drawn + 2, shares)
        drawn += 3
        for k in range(hard):
            rank = shares.dtype.type(k)
            part = lanes.where(first == rank, share, zero)
            part = part + lanes.where(second == rank, -share + one, zero)
            lanes.store(part, shares, k * state.width + n)


@device
def _find_hardest(state, scratch, contexts, candidates, values):
    """List the cells and the scores of the hardest candidates of each context, and mark the others."""
    scores, weights = scratch.scores, scratch.weights
    limit, chosen = scores.dtype.type(float("inf")), scores.dtype.type(state.chosen)
    zero = state.mixed.dtype.type(0)
    for context in range(contexts):
        at = context * candidates
        mark_highest(scores, at, 1, candidates, limit, chosen, weights)
        place = at
        for n in range(0, candidates, LANES):
            inside = lanes.between(1 - n, candidates - n)
            marked = lanes.convert(lanes.load(weights, at + n), state.mixed)
            # What is set behind a row belongs to the next, which is not set yet.
            lanes.store(lanes.where(inside, -marked + 1, zero), state.mixed, at + n)
            bits = lanes.bits((marked > zero) & inside)
            while bits != 0:
                cell = at + n + lanes.lowest(bits)
                state.hard[place] = cell
                values[place] = scores[cell]
                place += 1
                bits &= bits - 1


@implement(weigh, Mochi)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights = scratch.scores, scratch.weights
    weight = lanes.spread(weights.dtype.type(state.total / max(candidates - 1, 1)))
    hard = min(state.chosen, candidates - 1)
    values = scratch.delta  # free until the update: the scores of the hardest
    # The contexts of a window share the draws, as they share the candidates; each has hardest ones, and
    # mixtures, of its own.
    _draw_mixtures(state, rng, hard, candidates)
    _find_hardest(state, scratch, contexts, candidates, values)
    # As in MixGCF, loaded before the row in front of it is stored.
    following = lanes.load(scores, 0)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            score = following
            following = lanes.load(scores, at + min(n + LANES, candidates))
            mixture = lanes.spread(scores.dtype.type(0))
            for k in range(hard):
                share = lanes.convert(lanes.load(state.shares, k * state.width + n), scores)
                mixture = mixture + share * values[at + k]
            mixed = lanes.load(state.mixed, at + n) > state.mixed.dtype.type(0)
            mixed = mixed & lanes.between(0, candidates - n)
            lanes.store(lanes.where(mixed, mixture, score), scores, at + n)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            lanes.store(weight, weights, at + n)
        weights[at] = 1


@implement(adjust, Mochi)
def _adjust(state, scratch, contexts, candidates):
    out, pulled = scratch.coefficients, scratch.delta  # the latter is free until the update
    zero = out.dtype.type(0)
    following = lanes.load(out, 0)
    hard = min(state.chosen, candidates - 1)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            pull = following
            following = lanes.load(out, at + min(n + LANES, candidates))
            mixed = lanes.load(state.mixed, at + n) > state.mixed.dtype.type(0)
            moved = lanes.where(mixed & lanes.between(0, candidates - n), pull, zero)
            lanes.store(moved, pulled, n)
            lanes.store(pull - moved, out, at + n)
        for k in range(hard):
            sums = lanes.spread(zero)
            for n in range(0, candidates, LANES):
                share = lanes.convert(lanes.load(state.shares, k * state.width + n), out)
                sums = sums + lanes.load(pulled, n) * share
            out[state.hard[at + k]] += lanes.total(sums)


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
