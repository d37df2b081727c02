"""Turn options (common ones, a preset's and the sampler's) into a checked configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from w2vneg.config import COMMON, Option, TrainConfig
from w2vneg.errors import UsageError, suggest
from w2vneg.samplers.chosen import chosen_methods, parts, training_method
from w2vneg.samplers.foreign_names import foreign_hint
from w2vneg.samplers.forms import candidates_of
from w2vneg.samplers.method import Method, TrainingMethod
from w2vneg.samplers.presets import DEFAULT, PRESETS, WIDEST, Preset, find_preset, typical
from w2vneg.samplers.registry import method_options, methods, named_samplers, training_methods
from w2vneg.system.option_names import choice, named


def all_options() -> dict[str, Option[Any]]:
    """Return every option of a training by name: the common ones, then those of the methods."""
    choices = {
        "sampler": tuple(named_samplers()),
        "preset": tuple(PRESETS),
        "method": tuple(training_methods()),
    }
    choices.update((kind, tuple(known)) for kind, known in methods().items())
    options = {
        name: replace(option, choices=choices.get(name, option.choices))
        for name, option in COMMON.items()
    }
    options.update((name, option) for name, (option, _) in method_options().items())
    return options


def configure(*, given: Iterable[str] = (), **options: Any) -> TrainConfig:
    """Return the checked configuration for the given options.

    The preset, and over it what the named sampler sets, apply to options that are not given. What
    the preset chooses by the size of the corpus is not settled yet (see
    `w2vneg.samplers.presets.settled`). The result holds all options of the chosen methods, those
    not given with their defaults.

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
        If an option does not exist, has a value outside its range, belongs to a method that is
        not chosen, or makes no sense with one that is.
    """
    known = all_options()
    for name in options:
        if name not in known:
            hint = foreign_hint(name)
            raise UsageError(hint or f"no option {name!r}; {suggest(name, list(known))}")
    # Names of methods are not checked here: `chosen_methods` refuses unknown ones and says why.
    checked = {name: COMMON.get(name, known[name]).check(v) for name, v in options.items()}
    training = training_method(checked)
    sampler = chosen_methods(checked) if training.samples else {}
    chosen: list[Method] = [*sampler.values(), training]
    read = {option.name: option for method in chosen for option in method.options}
    typed = set(given)

    def applies(name: str) -> bool:
        return training.reads(name) if name in COMMON else name in read

    for name, value in checked.items():
        if not applies(name) and (name in typed or value != known[name].default):
            raise UsageError(_no_effect(name, checked, training))
    preset = _preset(checked, training)
    by_size = {n: v for n, v in typical(preset).items() if applies(n)}
    values = {n: v for n, v in {**preset.options, **by_size}.items() if applies(n)}
    values.update({"preset": preset.name, **training.sets})
    so_far = {**{name: option.default for name, option in COMMON.items()}, **values, **checked}
    own: Mapping[str, Any] = {}
    if training.samples:
        own = named_samplers()[so_far["sampler"]].options(so_far)
        values.update((n, v) for n, v in own.items() if applies(n))
    values.update((n, v) for n, v in checked.items() if n in COMMON or n in read)
    common = {name: value for name, value in values.items() if name in COMMON}
    of_methods = {name: values.get(name, option.default) for name, option in read.items()}
    unsettled = frozenset(by_size) - set(checked) - set(own)
    config = TrainConfig(**common, method_options=of_methods, unsettled=unsettled)
    if training.samples:
        candidates_of(config)  # refuses what does not go together
    for method in chosen:
        if method.check is not None:
            method.check(config)
    return config


def _preset(options: dict[str, Any], training: TrainingMethod) -> Preset:
    """Return the preset: the one given, else the default one where it applies.

    The default preset was found for plain negative sampling in narrow windows. Other methods have
    their own best options; word2vec's are the common ground for the rest.
    """
    if "preset" in options:
        return find_preset(options["preset"])
    plain = training.samples and parts({}) == parts(options)
    narrow = 0 < options.get("window", COMMON["window"].default) <= WIDEST
    return PRESETS[DEFAULT if plain and narrow else "word2vec"]


def _no_effect(name: str, options: dict[str, Any], training: TrainingMethod) -> str:
    if name in training.replaced:
        own = training.replaced[name]
        return f"{choice('method', training.name)} has {named(own)} instead of {named(name)}"
    if name in COMMON:
        return f"{named(name)} has no effect with {choice('method', training.name)}"
    option, readers = method_options()[name]
    owners = " or ".join(choice(method.kind, method.name) for method in readers)
    sampler = options.get("sampler", COMMON["sampler"].default)
    used = choice("sampler", sampler) if training.samples else choice("method", training.name)
    return f"{named(option.name)} has no effect with {used}: it belongs to {owners}"
