"""Every candidate has the same weight: plain negative sampling."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.method import Proposal, Weighting


class All(NamedTuple):
    """State of the weighting."""

    share: float = 1.0  # T / M, the weight of a candidate of a window


def build(config: TrainConfig) -> All | Even:
    """Return the state of the weighting."""
    proposal = chosen_methods(config)["proposal"]
    assert isinstance(proposal, Proposal)
    if proposal.ratios is not None:
        return even(config)
    return All(config.total_weight / (config.candidates or config.negatives))


@implement(weigh, All)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    if state.share == 1:
        return  # all weights are 1 from the start
    share = scratch.weights.dtype.type(state.share)
    for context in range(contexts):
        at = context * candidates
        scratch.weights[at] = 1
        for n in range(1, candidates):
            scratch.weights[at + n] = share


class Even(NamedTuple):
    """The same weights for samplers that change them, so that they must be set every time."""

    share: float  # T / M, the weight of a candidate of a window
    total: float  # T, the sum of the weights of a positive in the block form


def even(config: TrainConfig, scale: float = 1.0) -> Even:
    """Return even weights, multiplied by `scale`."""
    total = config.total_weight * scale
    return Even(total / (config.candidates or config.negatives), total)


@implement(weigh, Even)
def _weigh_evenly(state, rng, scratch, contexts, candidates, progress):
    share = scratch.weights.dtype.type(state.share)
    for context in range(contexts):
        at = context * candidates
        scratch.weights[at] = 1
        for n in range(1, candidates):
            scratch.weights[at + n] = share


@implement(weigh_pool, Even)
def _weigh_pool_evenly(state, rng, block, candidates, band, progress):
    share = block.weights.dtype.type(state.total / candidates)
    for cell in range(candidates * INPUTS):
        block.weights[cell] = share


WEIGHTING = Weighting(
    name="all",
    summary="every candidate counts the same: plain negative sampling",
    paper="Mikolov et al., NIPS 2013",
    build=build,
    block=True,
    stable={"window": 3.4, "block": 2.2},
)
