"""From options to a checked configuration: common ones, a preset's, and those of the sampler."""

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
    """Return the configuration that options ask for.

    Options of a preset apply where none is given by hand. The result holds every option of the
    chosen methods, with its default where nothing was given.

    Parameters
    ----------
    given : iterable of str
        Names that were typed by the user: they are refused where they have no effect, even with
        their default value. Other options are refused then only if they differ from it.
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
    # A name that is not among the choices is refused below, with what is known about it.
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
    """Return the names of the proposal, the weighting and the loss, the sampler's by default.

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
    """Return the proposal, the weighting and the loss that options choose, by kind.

    Raises
    ------
    UsageError
        If one does not exist.
    """
    return {kind: find(kind, name) for kind, name in parts(options).items()}


def reads(options: dict[str, Any] | TrainConfig, name: str) -> bool:
    """Return whether a training with these options reads the option `name`."""
    chosen = chosen_methods(options).values()
    return name in COMMON or any(o.name == name for method in chosen for o in method.options)


def _no_effect(name: str, options: dict[str, Any]) -> str:
    option, readers = method_options()[name]
    sampler = options.get("sampler", COMMON["sampler"].default)
    owners = " or ".join(f"--{method.kind} {method.name}" for method in readers)
    return f"{option.flag} has no effect with --sampler {sampler}: it belongs to {owners}"
