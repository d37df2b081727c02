"""Which form of the training loop a configuration takes, and how many candidates it draws."""

from __future__ import annotations

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.method import Weighting
from w2vneg.system.option_names import choice, named

#: Candidates of a pool for each of the K negatives, at least: who asks for more negatives wants them
#: estimated more precisely.
_PER_NEGATIVE = 3
#: The kernels take candidates by so many.
_STEP = 8


def form_of(config: TrainConfig) -> str:
    """Return ``block`` or ``window``: the form asked for, by default block where all methods allow.

    Raises
    ------
    UsageError
        If the block form is asked for and a method needs the window form.
    """
    if config.form == "window":
        return "window"
    unable = [method for method in chosen_methods(config).values() if not method.block]
    if unable and config.form == "block":
        raise UsageError(
            f"{choice('form', 'block')}: {choice(unable[0].kind, unable[0].name)} needs the window "
            f"form; leave out {named('form')}, or choose {choice('form', 'window')}"
        )
    return "window" if unable else "block"


def candidates_of(config: TrainConfig) -> int:
    """Return the number of candidates: of a pool in the block form, of a window in the other.

    Raises
    ------
    UsageError
        If the options contradict each other.
    """
    weighting = chosen_methods(config)["weighting"]
    assert isinstance(weighting, Weighting)
    if form_of(config) == "block":
        wanted = -(-_PER_NEGATIVE * config.negatives // _STEP) * _STEP
        return config.candidates or min(10_000, max(weighting.pool, wanted))
    return weighting.candidates(config)
