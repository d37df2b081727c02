"""What a proposal may be made from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress


@dataclass
class Material:
    """What a proposal's `build` is given.

    Attributes
    ----------
    config : TrainConfig
    counts : (V,) int64 array
        How often each word occurs; words are numbered from the most frequent on.
    corpus : EncodedCorpus, optional
        The text itself, for proposals that read it.
    progress, stop
        Reports, and the wish to end, for what takes long.
    """

    config: TrainConfig
    counts: np.ndarray
    corpus: EncodedCorpus | None = None
    progress: Progress = field(default_factory=Progress)
    stop: StopFlag = field(default_factory=StopFlag)
