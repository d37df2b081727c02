"""The ways to train, by the value of ``--method``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.training import train as sgd
from w2vneg.training.state import TrainResult
from w2vneg.training.whole_data import train as whole_data

METHODS: dict[str, Callable[..., TrainResult]] = {
    "sgd": sgd.train,
    "whole-data": whole_data.train,
}


def train(corpus: Corpus, config: TrainConfig, **settings: Any) -> TrainResult:
    """Train word vectors by the method that a configuration names.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
    **settings
        As for `w2vneg.training.train.train`, which also says what is returned and raised.
    """
    if config.method != "sgd":
        settings.pop("team", None)
    return METHODS[config.method](corpus, config, **settings)
