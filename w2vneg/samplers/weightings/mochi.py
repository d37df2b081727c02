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
from w2vneg.kernel.hooks import adjust, implement, weigh
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.rng import below, next_word, uniform
from w2vneg.kernel.window import CONTEXTS
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardest import HARD_SHARE, hard_window_size


class Mochi(NamedTuple):
    """State of the weighting."""

    chosen: int  # K
    total: float  # T, the sum of the weights of a context
    hard: np.ndarray  # (1 + M,) int64, columns of the hardest candidates of a context
    one: np.ndarray  # (contexts * (1 + M),) int64, column of a mixture's first part; 0: not mixed
    two: np.ndarray  # (contexts * (1 + M),) int64, column of its second part
    shares: np.ndarray  # (contexts * (1 + M),) float32, share of the first


def build(config: TrainConfig) -> Mochi:
    """Return the state of the weighting."""
    none = np.empty(0, np.int64)
    return Mochi(config.negatives, config.total_weight, none, none, none, np.empty(0, np.float32))


def per_thread(state: Mochi, candidates: int) -> Mochi:
    """Return the state with its own working memory for one thread and M candidates."""
    cells = CONTEXTS * (1 + candidates)
    return state._replace(
        hard=np.zeros(1 + candidates, np.int64),
        one=np.zeros(cells, np.int64),
        two=np.zeros(cells, np.int64),
        shares=np.zeros(cells, np.float32),
    )


@implement(weigh, Mochi)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights = scratch.scores, scratch.weights
    limit = scores.dtype.type(float("inf"))
    chosen = scores.dtype.type(state.chosen)
    weight = weights.dtype.type(state.total / max(candidates - 1, 1))
    for context in range(contexts):
        at = context * candidates
        mark_highest(scores, at, 1, candidates, limit, chosen, weights)
        found = np.int64(0)
        for n in range(1, candidates):
            state.hard[found] = n
            found += np.int64(weights[at + n])
        weights[at] = 1
        for n in range(1, candidates):
            state.one[at + n] = 0
            if weights[at + n] == 0:
                first = below(next_word(rng), found)
                second = first
                if found > 1:
                    second = (first + 1 + below(next_word(rng), found - 1)) % found
                i, j = state.hard[first], state.hard[second]
                share = np.float32(uniform(rng))
                state.one[at + n] = i
                state.two[at + n] = j
                state.shares[at + n] = share
                a = scores.dtype.type(share)
                scores[at + n] = scores[at + j] + a * (scores[at + i] - scores[at + j])
            weights[at + n] = weight


@implement(adjust, Mochi)
def _adjust(state, scratch, contexts, candidates):
    out = scratch.coefficients
    for context in range(contexts):
        at = context * candidates
        for n in range(1, candidates):
            if state.one[at + n] > 0:
                moved = out.dtype.type(state.shares[at + n]) * out[at + n]
                out[at + state.one[at + n]] += moved
                out[at + state.two[at + n]] += out[at + n] - moved
                out[at + n] = 0


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
