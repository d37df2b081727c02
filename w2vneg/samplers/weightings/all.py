"""Every candidate counts alike: plain negative sampling."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.hooks import implement, weigh

SOURCE = "Mikolov et al., NIPS 2013"


class All(NamedTuple):
    """All candidates have weight `weight`, which must be 1: the loop's weights are ones."""

    weight: float = 1.0


def build(config: TrainConfig) -> All:
    """Make the weighting."""
    return All()


def candidates(config: TrainConfig) -> int:
    """Return M, how many negatives are proposed for a window."""
    return config.negatives


@implement(weigh, All)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    pass
