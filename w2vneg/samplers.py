"""The presets: a sampler's name stands for a proposal, a weighting and a loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.losses import Sgns
from w2vneg.proposals import unigram
from w2vneg.weightings.all import All


@dataclass(frozen=True)
class Sampler:
    """The parts of a sampler, as the training loop takes them.

    Attributes
    ----------
    proposal, weighting, loss : NamedTuple
        States that choose the hooks.
    candidates : int
        M, how many negatives are proposed for a window.
    """

    proposal: Any
    weighting: Any
    loss: Any
    candidates: int


def build_sampler(config: TrainConfig, counts: np.ndarray) -> Sampler:
    """Make the sampler that a configuration names, for words with the given (V,) counts.

    Raises
    ------
    UsageError
        If the exponent leaves only one word that can be drawn.
    """
    alpha = 0.0 if config.sampler == "uniform" else config.alpha
    if np.count_nonzero(unigram.unigram_weights(counts, alpha)) < 2:
        raise UsageError(f"--alpha {alpha:g} leaves no noise but one word; take one nearer to 0.75")
    return Sampler(unigram.build(counts, alpha), All(), Sgns(), config.negatives)
