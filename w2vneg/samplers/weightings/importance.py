"""Weights of draws that stand for another noise: importance sampling.

A proposal that draws from g where the noise is meant to be q declares the ratios q / g
(`Proposal.ratios`). Weights that do not depend on the scores are multiplied by them, so that every
word weighs on average what it would weigh under q. Weights that compare the candidates, such as
self-adversarial ones, are normalized again to the sum that they had.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.samplers.method import Proposal
from w2vneg.samplers.weightings.all import Even
from w2vneg.samplers.weightings.debiased import Debiased


class Importance(NamedTuple):
    """State of a weighting whose weights are multiplied by ratios."""

    base: Any  # state of the weighting
    ratios: np.ndarray  # (V,) float32
    normalize: int  # 1: the sum of the weights stays what it was


def with_ratios(state: Any, proposal: Proposal, drawn: Any) -> Any:
    """Return the state of a weighting, its weights multiplied by the ratios of a proposal.

    Where all ratios are 1 that is the state itself.

    Parameters
    ----------
    state : NamedTuple
        The weighting; it must set all weights whenever it is called.
    proposal : Proposal
    drawn : NamedTuple
        The state of the proposal.
    """
    assert proposal.ratios is not None
    ratios = proposal.ratios(drawn)
    if (ratios[ratios > 0] == 1).all():
        return state
    return Importance(state, ratios, int(not isinstance(state, (Even, Debiased))))


@implement(weigh, Importance)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    weigh(state.base, rng, scratch, contexts, candidates, progress)
    weights = scratch.weights
    zero = weights.dtype.type(0)
    for context in range(contexts):
        at = context * candidates
        # The change is summed up, so that ratios of 1 change nothing, whatever the order of the sum.
        before, change = zero, zero
        for n in range(1, candidates):
            old = weights[at + n]
            weights[at + n] *= weights.dtype.type(state.ratios[scratch.candidates[n]])
            before += old
            change += weights[at + n] - old
        if state.normalize and before + change > 0:
            scale = before / (before + change)
            for n in range(1, candidates):
                weights[at + n] *= scale


@implement(weigh_pool, Importance)
def _weigh_pool(state, rng, block, candidates, band, progress):
    weigh_pool(state.base, rng, block, candidates, band, progress)
    weights = block.weights
    before = lanes.spread(weights.dtype.type(0))
    change = before
    for n in range(candidates):
        ratio = weights.dtype.type(state.ratios[block.pool_words[n]])
        old = lanes.load(weights, n * INPUTS)
        new = old * ratio
        lanes.store(new, weights, n * INPUTS)
        before = before + old
        change = change + (new - old)
    if state.normalize:
        scale = before / (before + change)
        for at in range(0, candidates * INPUTS, INPUTS):
            lanes.store(lanes.load(weights, at) * scale, weights, at)
