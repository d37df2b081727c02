"""Turn options (common ones, a preset's and the sampler's) into a checked configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from w2vneg.config import COMMON, PRESETS, Option, TrainConfig
from w2vneg.errors import UsageError, suggest
from w2vneg.samplers.foreign_names import foreign_hint
from w2vneg.samplers.method import Method
from w2vneg.samplers.registry import find, method_options, methods, named_samplers


def all_options() -> dict[str, Option[Any]]:
    """Return every option of a training by name: the common ones, then those of the methods."""
    choices = {"sampler": tuple(named_samplers())}
    choices.update((kind, tuple(known)) for kind, known in methods().items())
    options = {
        name: replace(option, choices=choices.get(name, option.choices))
        for name, option in COMMON.items()
    }
    options.update((name, option) for name, (option, _) in method_options().items())
    return options


def configure(*, given: Iterable[str] = (), **options: Any) -> TrainConfig:
    """Return the checked configuration for the given options.

    The preset applies to options that are not given. The result holds all options of the chosen
    methods, those not given with their defaults.

    Parameters
    ----------
    given : iterable of str
        Names of the options that the user typed. If they have no effect they are refused, even
        with their default value; other options are refused only if they differ from it.
    **options
        Values by name.

    Raises
    ------
    UsageError
        If an option does not exist, has a value outside its range, or belongs to a method that is
        not chosen.
    """
    known = all_options()
    for name in options:
        if name not in known:
            hint = foreign_hint(name, flags=False)
            raise UsageError(hint or f"no option {name!r}; {suggest(name, list(known))}")
    # Names of methods are not checked here: `chosen_methods` refuses unknown ones and says why.
    checked = {name: COMMON.get(name, known[name]).check(v) for name, v in options.items()}
    chosen = chosen_methods(checked)
    read = {option.name: option for method in chosen.values() for option in method.options}
    typed = set(given)
    for name, value in checked.items():
        if (
            name not in COMMON
            and name not in read
            and (name in typed or value != known[name].default)
        ):
            raise UsageError(_no_effect(name, checked))
    preset = PRESETS[checked.get("preset", COMMON["preset"].default)].options
    values = {n: v for n, v in preset.items() if n in COMMON or n in read}
    values.update((n, v) for n, v in checked.items() if n in COMMON or n in read)
    common = {name: value for name, value in values.items() if name in COMMON}
    own = {name: values.get(name, option.default) for name, option in read.items()}
    return TrainConfig(**common, method_options=own)


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
        raise UsageError(f"--sampler {name!r}: {suggest(name, list(named_samplers()))}")
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


def reads(options: dict[str, Any] | TrainConfig, name: str) -> bool:
    """Return whether a training with these options uses the option `name`."""
    chosen = chosen_methods(options).values()
    return name in COMMON or any(o.name == name for method in chosen for o in method.options)


def _no_effect(name: str, options: dict[str, Any]) -> str:
    option, readers = method_options()[name]
    sampler = options.get("sampler", COMMON["sampler"].default)
    owners = " or ".join(f"--{method.kind} {method.name}" for method in readers)
    return f"{option.flag} has no effect with --sampler {sampler}: it belongs to {owners}"
