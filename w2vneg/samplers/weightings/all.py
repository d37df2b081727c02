"""Every candidate has weight 1: plain negative sampling."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.samplers.method import Weighting


class All(NamedTuple):
    """State of the weighting."""

    share: float = 1.0  # T / M, the weight of a candidate of a window


def build(config: TrainConfig) -> All:
    """Return the state of the weighting."""
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


WEIGHTING = Weighting(
    name="all",
    summary="every candidate counts the same: plain negative sampling",
    paper="Mikolov et al., NIPS 2013",
    build=build,
    block=True,
)
