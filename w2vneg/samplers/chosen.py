"""The methods that options choose: the parts of the sampler they name, unless replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2vneg.config import COMMON, TrainConfig
from w2vneg.errors import UsageError, suggest
from w2vneg.samplers.method import Method, TrainingMethod
from w2vneg.samplers.registry import find, methods, named_samplers, training_methods
from w2vneg.system.option_names import named


def parts(options: dict[str, Any] | TrainConfig) -> dict[str, str]:
    """Return the names of the proposal, weighting and loss: the sampler's, unless replaced.

    Parameters
    ----------
    options : dict or TrainConfig
        Where ``sampler``, ``proposal``, ``weighting`` and ``loss`` are looked up.

    Raises
    ------
    UsageError
        If the sampler does not exist.
    """
    values = options.to_dict() if isinstance(options, TrainConfig) else options
    name = values.get("sampler", COMMON["sampler"].default)
    if name not in named_samplers():
        raise UsageError(f"{named('sampler', name)}: {suggest(name, list(named_samplers()))}")
    sampler = named_samplers()[name]
    given = {kind: values.get(kind) for kind in methods()}
    return {kind: getattr(sampler, kind) if v is None else v for kind, v in given.items()}


def chosen_methods(options: dict[str, Any] | TrainConfig) -> dict[str, Method]:
    """Return the chosen proposal, weighting and loss, by kind.

    Raises
    ------
    UsageError
        If one does not exist.
    """
    return {kind: find(kind, name) for kind, name in parts(options).items()}


def training_method(options: Mapping[str, Any] | TrainConfig) -> TrainingMethod:
    """Return the chosen way to train.

    Raises
    ------
    UsageError
        If it does not exist.
    """
    values = options.to_dict() if isinstance(options, TrainConfig) else options
    name = values.get("method", COMMON["method"].default)
    known = training_methods()
    if name not in known:
        raise UsageError(f"{named('method', name)}: {suggest(name, list(known))}")
    return known[name]


def reads(options: dict[str, Any] | TrainConfig, name: str) -> bool:
    """Return whether a training with these options uses the option `name`."""
    training = training_method(options)
    if name in COMMON:
        return training.reads(name)
    chosen = chosen_methods(options).values() if training.samples else ()
    return any(o.name == name for method in (training, *chosen) for o in method.options)
