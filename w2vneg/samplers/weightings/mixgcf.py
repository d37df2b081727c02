"""The hardest candidates, mixed with the positive (MixGCF's positive mixing).

MixGCF (Huang et al., KDD 2021) makes a harder negative ``a v_c + (1 - a) v_n`` of the candidate v_n
with the highest score and the positive v_c, a uniform in [0, 1). Its score is a s_0 + (1 - a) s_n,
and its coefficient goes to both rows, so no mixed row is needed. Two parts of the method are left
out: layers of a graph network, from each of which the authors take a candidate, and the penalty on
the lengths of the vectors. The K hardest of M are mixed, each by its own a; the authors take K = 1.

``--mix-positive 0`` is `hardest`, bit for bit. With sgns the mixture pulls the positive back: it
acts as a smaller weight of the positive. The window form only: in a block, a candidate serves
several positives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.hooks import adjust, implement, weigh
from w2vneg.kernel.rng import next_word
from w2vneg.kernel.tiles import LANES
from w2vneg.kernel.window import CONTEXTS
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings import hardest
from w2vneg.samplers.weightings.hardest import Hardest

MIX_POSITIVE = Option(
    "mix_positive", 1.0, "Largest share of the positive in a mixed negative; 0 mixes none.", 0, 1
)


class MixGcf(NamedTuple):
    """State of the weighting."""

    hardest: Hardest
    mix: float  # largest share of the positive
    shares: np.ndarray  # (contexts * (1 + M),) float32, share of the positive in each candidate


def build(config: TrainConfig) -> MixGcf:
    """Return the state of the weighting."""
    return MixGcf(hardest.build(config), config[MIX_POSITIVE], np.empty(0, np.float32))


def per_thread(state: MixGcf, candidates: int) -> MixGcf:
    """Return the state with its own working memory for one thread and M candidates."""
    cells = CONTEXTS * (1 + candidates) + LANES
    return state._replace(shares=Arena(4 * cells + 128).take(cells, np.float32))


@implement(weigh, MixGcf)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    weigh(state.hardest, rng, scratch, contexts, candidates, progress)
    if state.mix == 0:
        return
    scores, weights, shares = scratch.scores, scratch.weights, state.shares
    zero, largest = shares.dtype.type(0), shares.dtype.type(state.mix)
    word, drawn = next_word(rng), 0
    # Loaded before the row in front of it is stored, whose vector reaches into it: a load that an
    # unfinished store covers in part waits for it.
    following = lanes.load(scores, 0)
    for context in range(contexts):
        at = context * candidates
        for n in range(0, candidates, LANES):
            score = following
            following = lanes.load(scores, at + min(n + LANES, candidates))
            mixed = lanes.convert(lanes.load(weights, at + n), shares) > zero
            mixed = mixed & lanes.between(1 - n, candidates - n)
            share = lanes.uniform(word, drawn, shares) * largest
            share = lanes.where(mixed, share, zero)
            drawn += 1
            lanes.store(share, shares, at + n)
            score = score + lanes.convert(share, scores) * (scores[at] - score)
            lanes.store(score, scores, at + n)


@implement(adjust, MixGcf)
def _adjust(state, scratch, contexts, candidates):
    if state.mix == 0:
        return
    out, shares = scratch.coefficients, state.shares
    following = lanes.load(out, 0)
    for context in range(contexts):
        at = context * candidates
        sums = lanes.spread(out.dtype.type(0))
        for n in range(0, candidates, LANES):
            pull = following
            following = lanes.load(out, at + min(n + LANES, candidates))
            moved = pull * lanes.convert(lanes.load(shares, at + n), out)
            moved = lanes.where(lanes.between(1 - n, candidates - n), moved, out.dtype.type(0))
            lanes.store(pull - moved, out, at + n)
            sums = sums + moved
        out[at] += lanes.total(sums)


WEIGHTING = Weighting(
    name="mixgcf",
    summary="the K hardest of M candidates, mixed with the positive",
    paper="MixGCF: Huang et al., KDD 2021",
    options=(*hardest.WEIGHTING.options, MIX_POSITIVE),
    samplers=(
        NamedSampler(
            "mixgcf",
            "the hardest draws, mixed with the positive, in a softmax",
            weighting="mixgcf",
            loss="infonce",
        ),
    ),
    build=build,
    per_thread=per_thread,
    candidates=hardest.hard_window_size,
    mixes=True,
    stable={"window": 2.2},
)
