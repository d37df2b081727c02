"""Every candidate counts alike: the weighting of plain negative sampling."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.kernel.hooks import implement, weigh


class All(NamedTuple):
    """All candidates have weight `weight`, which must be 1: the loop's weights are ones."""

    weight: float = 1.0


@implement(weigh, All)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    pass
