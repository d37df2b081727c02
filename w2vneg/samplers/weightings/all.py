"""Every candidate has weight 1: plain negative sampling."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.samplers.method import Weighting


class All(NamedTuple):
    """State of the weighting; it has no hook, so all weights stay 1."""

    unused: float = 1.0  # Numba cannot type an empty NamedTuple


def build(config: TrainConfig) -> All:
    """Return the state of the weighting."""
    return All()


WEIGHTING = Weighting(
    name="all",
    summary="every candidate counts the same: plain negative sampling",
    paper="Mikolov et al., NIPS 2013",
    build=build,
)
