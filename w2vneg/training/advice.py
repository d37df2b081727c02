"""What to try next, after a training: said where the corpus or the training was short."""

from __future__ import annotations

from w2vneg.config import TrainConfig
from w2vneg.samplers import training_method
from w2vneg.samplers.presets import PRESETS
from w2vneg.system.option_names import choice, named

#: Tokens with which vectors are good, and with which few are.
_GOOD, _FEW = 10_000_000, 1_000_000
#: Numbers of a vector for which a small corpus has enough to learn.
_SMALL_DIM = 50
#: Trained tokens from which on more epochs are no longer worth a line.
_LONG = 150_000_000
#: The loss has fallen by less than this share where little was learned.
_LITTLE = 0.02


def advice(config: TrainConfig, tokens: int, trained: int, curve: list[float]) -> list[str]:
    """Return lines on what would make the vectors better; none where nothing obvious would.

    Parameters
    ----------
    config : TrainConfig
        Settled.
    tokens : int
        Tokens of the corpus whose words are in the vocabulary.
    trained : int
        Tokens that were read, over all epochs.
    curve : list of float
        Mean losses over the training; see `w2vneg.training.loss_curve`.
    """
    if not curve or tokens == 0 or not training_method(config).samples:
        return []
    lines = []
    best = PRESETS["best"].by_size(tokens, config.dim)["epochs"]
    if 1.5 * config.epochs < best and trained < _LONG:
        lines.append(
            f"more epochs would make the vectors better: {named('epochs', best)}, or "
            f"{choice('preset', 'best')}"
        )
    if tokens < _FEW:
        line = (
            f"{tokens:,} words are too few for reliable vectors, which take 10 million or more: add "
            "text of the same kind"
        )
        if config.dim > _SMALL_DIM:
            line += f", or ask for less with {named('dim', _SMALL_DIM)}"
        lines.append(line)
    elif tokens < _GOOD:
        lines.append(
            f"{tokens:,} words are few: rare words have unreliable vectors; add text, or leave rare "
            f"words out with {named('min_count', max(10, 2 * config.min_count))}"
        )
    first, last = curve[0], min(curve)
    if trained > _FEW and last > first * (1 - _LITTLE):
        lines.append(
            f"the loss has hardly fallen, from {first:.3f} to {last:.3f}: is the text in order, a "
            f"sentence on each line? If it is, raise {named('lr')}"
        )
    return lines
