"""The registry of methods: those of this package and those of installed plug-ins.

A module in `proposals/`, `weightings/`, `losses/` or `trainers/` that holds a declaration
(``PROPOSAL``, ``WEIGHTING``, ``LOSS``, ``METHOD``) is a method; other modules there are helpers. A plug-in provides a method
through an entry point in the group ``w2vneg.proposals``, ``w2vneg.weightings`` or
``w2vneg.losses`` that points to its declaration.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points

from w2vneg.config import COMMON, Option
from w2vneg.errors import UsageError, suggest
from w2vneg.samplers.foreign_names import foreign_loss
from w2vneg.samplers.method import (
    Loss,
    Method,
    NamedSampler,
    Proposal,
    TrainingMethod,
    Weighting,
)
from w2vneg.system.option_names import choice, named

#: Kind of method to the package of its modules; the entry-point groups have the same names.
PACKAGES = {"proposal": "proposals", "weighting": "weightings", "loss": "losses"}
_CLASSES: dict[str, type[Method]] = {"proposal": Proposal, "weighting": Weighting, "loss": Loss}


@functools.cache
def proposals() -> dict[str, Proposal]:
    """Return all proposals by name."""
    return {m.name: m for m in _declared("proposal") if isinstance(m, Proposal)}


@functools.cache
def weightings() -> dict[str, Weighting]:
    """Return all weightings by name."""
    return {m.name: m for m in _declared("weighting") if isinstance(m, Weighting)}


@functools.cache
def losses() -> dict[str, Loss]:
    """Return all losses by name."""
    return {m.name: m for m in _declared("loss") if isinstance(m, Loss)}


@functools.cache
def training_methods() -> dict[str, TrainingMethod]:
    """Return the ways to train by name, the default first."""
    package = importlib.import_module("w2vneg.samplers.trainers")
    found = [
        importlib.import_module(module.name).METHOD
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ]
    found.sort(key=lambda method: (method.name != COMMON["method"].default, method.name))
    return {method.name: method for method in found}


def methods() -> dict[str, dict[str, Method]]:
    """Return the parts of samplers as kind (``proposal``, ``weighting``, ``loss``) to name to method."""
    return {"proposal": {**proposals()}, "weighting": {**weightings()}, "loss": {**losses()}}


@functools.cache
def named_samplers() -> dict[str, NamedSampler]:
    """Return the named combinations, the default first."""
    named = [
        sampler._replace(paper=sampler.paper or method.paper)
        for kind in methods().values()
        for method in kind.values()
        for sampler in method.samplers
    ]
    named.sort(key=lambda sampler: (sampler.name != COMMON["sampler"].default, sampler.name))
    return {sampler.name: sampler for sampler in named}


@functools.cache
def method_options() -> dict[str, tuple[Option[object], tuple[Method, ...]]]:
    """Return the options of all methods by name, each with the methods that read it.

    Raises
    ------
    TypeError
        If two options share a name.
    """
    result: dict[str, tuple[Option[object], tuple[Method, ...]]] = {}
    every: dict[str, dict[str, Method]] = {**methods(), "method": {**training_methods()}}
    for kind in every.values():
        for method in kind.values():
            for option in method.options:
                declared, readers = result.get(option.name, (option, ()))
                if declared is not option or option.name in COMMON:
                    raise TypeError(f"{method.kind} {method.name}: duplicate option {option.name}")
                result[option.name] = option, (*readers, method)
    return result


def find(kind: str, name: str) -> Method:
    """Return a method.

    Raises
    ------
    UsageError
        If there is none of this name, or the plug-in that provides it cannot be loaded.
    """
    known = methods()[kind]
    if name not in known:
        for point in entry_points(group=f"w2vneg.{PACKAGES[kind]}"):
            if point.name == name:
                _load(kind, point)
        hint = foreign_loss(name) if kind == "loss" else None
        raise UsageError(f"{named(kind, name)}: {hint or suggest(name, list(known))}")
    return known[name]


def _declared(kind: str) -> Iterator[Method]:
    """Yield the methods of a kind: this package's by name, then those of entry points."""
    package = importlib.import_module(f"w2vneg.samplers.{PACKAGES[kind]}")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        method = getattr(importlib.import_module(module.name), kind.upper(), None)
        if method is not None:
            yield _checked(kind, method, module.name)
    for point in entry_points(group=f"w2vneg.{PACKAGES[kind]}"):
        try:
            yield _load(kind, point)
        except UsageError:
            continue  # reported when the method is asked for by name: see `find`


def _load(kind: str, point: EntryPoint) -> Method:
    try:
        return _checked(kind, point.load(), point.value)
    except Exception as error:
        source = point.dist.name if point.dist else point.value
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise UsageError(
            f"{choice(kind, point.name)}: the package {source} that provides it cannot be loaded "
            f"({reason}); repair or uninstall it"
        ) from None


def _checked(kind: str, method: object, where: str) -> Method:
    if not isinstance(method, _CLASSES[kind]):
        raise TypeError(f"{where} must be a {_CLASSES[kind].__name__}, not {method!r}")
    return method
