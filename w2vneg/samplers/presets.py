"""Presets: named sets of training options, some of which follow from the size of the corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from w2vneg.config import COMMON, TrainConfig
from w2vneg.errors import UsageError, suggest
from w2vneg.system.option_names import named

#: What options that follow from the corpus are before it has been read.
_TYPICAL_TOKENS = 15_000_000
#: Trained tokens from which on the learning rate falls.
_LONG = 200e6
_MOST_EPOCHS = 30
#: Tokens from which on frequent words are dropped so often that there is time for more.
_LARGE = 12_000_000
#: The default preset was found with narrow windows. In wide ones a word has so many pairs that its
#: learning rate is too high.
WIDEST = 15


def _nothing(tokens: int, dim: int) -> Mapping[str, Any]:
    return {}


class Preset(NamedTuple):
    """A set of training options under one name.

    ``by_size(tokens, dim)`` returns the options that follow from the number of tokens whose words
    are in the vocabulary and from the dimensions. Options given by hand replace both.
    """

    name: str
    summary: str
    options: Mapping[str, Any]
    by_size: Callable[[int, int], Mapping[str, Any]] = _nothing


def _balanced(tokens: int, dim: int) -> Mapping[str, Any]:
    if tokens < _LARGE:
        return _by_size(tokens, dim, millions=15, least=5, negatives=12)
    return _by_size(tokens, dim, millions=15, least=6, negatives=15)


def _fast(tokens: int, dim: int) -> Mapping[str, Any]:
    return _by_size(tokens, dim, millions=9, least=3, negatives=10)


def _best(tokens: int, dim: int) -> Mapping[str, Any]:
    return _by_size(tokens, dim, millions=60, least=20, negatives=15)


def _by_size(
    tokens: int, dim: int, *, millions: float, least: int, negatives: int
) -> Mapping[str, Any]:
    """Return what is best for a corpus of a size.

    Parameters
    ----------
    tokens : int
        Of the corpus.
    dim : int
        Of the vectors.
    millions, least
        Small corpora are read until so many million tokens are trained, large ones so often.
    negatives : int
    """
    tokens = max(1, tokens)
    epochs = max(least, min(_MOST_EPOCHS, round(millions * 1e6 / tokens)))
    return {
        "epochs": epochs,
        "lr": learning_rate(tokens * epochs),
        "negatives": negatives,
        "sample": threshold(tokens, dim),
    }


def threshold(tokens: int, dim: int) -> float:
    """Return the threshold of subsampling for a corpus of so many tokens: 1e-3 to 1e-5.

    In small corpora frequent words carry a larger part of what little can be learned, and more
    numbers of a vector need more text. In large corpora frequent words are noise, and the time
    without them is for more negatives and epochs.
    """
    if tokens < _LARGE:
        value = 3e-4 * max(1.0, 3e6 / max(1, tokens)) ** 0.5 * max(1.0, dim / 100)
    else:
        value = 2e-4 * min(1.0, 5e7 / tokens)
    return float(f"{min(1e-3, max(1e-5, value)):.2g}")


def learning_rate(tokens: float) -> float:
    """Return the learning rate for a training on so many tokens, over all epochs: 0.05 to 0.025."""
    return float(f"{min(0.05, max(0.025, 0.05 * (_LONG / max(1.0, tokens)) ** 0.25)):.2g}")


_LIST = (
    Preset(
        "balanced",
        "much better vectors than word2vec's settings in the same time",
        {},
        _balanced,
    ),
    Preset("fast", "half the time of balanced", {}, _fast),
    Preset("best", "about four times the time of balanced", {}, _best),
    Preset(
        "word2vec",
        "the settings of word2vec (Mikolov et al., NIPS 2013)",
        {
            "dim": 100,
            "window": 5,
            "negatives": 5,
            "ns_exponent": 0.75,
            "epochs": 5,
            "lr": 0.025,
            "min_count": 5,
            "sample": 1e-3,
        },
    ),
)
#: All presets by name.
PRESETS = {preset.name: preset for preset in _LIST}
DEFAULT: str = COMMON["preset"].default


def find_preset(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    if name not in PRESETS:
        raise UsageError(f"{named('preset', name)}: {suggest(name, list(PRESETS))}")
    return PRESETS[name]


def typical(preset: Preset) -> Mapping[str, Any]:
    """Return the options that follow from the corpus, for one of 15 million tokens."""
    return preset.by_size(_TYPICAL_TOKENS, COMMON["dim"].default)


def settled(config: TrainConfig, tokens: int) -> TrainConfig:
    """Return a configuration in which all options are known.

    Parameters
    ----------
    config : TrainConfig
        As `w2vneg.samplers.configure` returns it.
    tokens : int
        Tokens of the corpus whose words are in the vocabulary.
    """
    if not config.unsettled:
        return config
    values = PRESETS[config.preset].by_size(tokens, config.dim)
    chosen = {name: values[name] for name in config.unsettled}
    return replace(config, unsettled=frozenset(), **chosen)


def preset_note(config: TrainConfig, final: TrainConfig, tokens: int) -> str:
    """Return what a preset set for so many tokens, given the configuration before and after."""
    names = [name for name in typical(PRESETS[config.preset]) if name in config.unsettled]
    chosen = " ".join(named(name, getattr(final, name)) for name in names)
    return f"{tokens:,} words, so the preset {config.preset} sets {chosen}"
