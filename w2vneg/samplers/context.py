"""The inputs from which a proposal is built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import ALONE, Ranks

T = TypeVar("T")


@dataclass
class SamplerContext:
    """The argument of a proposal's `build`; ``context[OPTION]`` is the value of an option.

    Attributes
    ----------
    config : TrainConfig
    counts : (V,) int64 array
        Occurrences of each word, in descending order.
    corpus : Corpus, optional
        The corpus itself, for proposals that read it.
    progress, stop
        Progress reporter and stop flag, for builds that take long.
    ranks : Ranks
        Where several train together, `corpus` is the part of this one; counts are those of all.
    """

    config: TrainConfig
    counts: np.ndarray
    corpus: Corpus | None = None
    progress: Progress = field(default_factory=Progress)
    stop: StopFlag = field(default_factory=StopFlag)
    ranks: Ranks = ALONE

    def __getitem__(self, option: Option[T]) -> T:
        """Return the value of an option."""
        return self.config[option]
