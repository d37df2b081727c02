"""The arms of a comparison: named sets of training options."""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from w2vneg.comparison import ranks as on_ranks
from w2vneg.config import COMMON, Option, TrainConfig
from w2vneg.errors import UsageError, suggest
from w2vneg.samplers import (
    PRESETS,
    all_options,
    configure,
    foreign_hint,
    methods,
    named_samplers,
    reads,
    training_methods,
)
from w2vneg.samplers.presets import DEFAULT
from w2vneg.system.option_names import flag, named
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.vectors.exports import INSTALL_GENSIM

GENSIM = "gensim"
#: Options that gensim's Word2Vec has too.
_SHARED = (
    "dim",
    "window",
    "fixed_window",
    "negatives",
    "ns_exponent",
    "epochs",
    "lr",
    "min_count",
    "max_vocab",
    "sample",
    "threads",
    "seed",
)
#: A comparison of samplers gives them all the same options.
_PRESET = "word2vec"
_BY_RUN = ("seed", "method", "sampler", "proposal", "weighting", "loss")


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Attributes
    ----------
    name : str
        Its name in the report.
    tool : str
        ``"w2vneg"`` or ``"gensim"``.
    options : dict
        Training options that differ from their defaults, without the seed.
    ranks : int
        On how many it trains; 1: without ranks.
    sync : dict
        Options of ranks that differ from their defaults.
    """

    name: str
    tool: str
    options: dict[str, Any]
    ranks: int = 1
    sync: dict[str, Any] = field(default_factory=dict)

    def config(self, seed: int) -> TrainConfig:
        """Return the configuration of one run; what is not set is equal for all arms."""
        return configure(**{"preset": _PRESET, **self.options, "seed": seed})

    @property
    def cluster(self) -> ClusterOptions | None:
        """The checked options of its ranks; None without any."""
        return on_ranks.cluster_options(self.sync) if self.ranks > 1 else None


def parts_of(name: str, option: str = "samplers") -> dict[str, str]:
    """Return the training options that select a sampler.

    Parameters
    ----------
    name : str
        A named sampler, or parts joined by ``+``: ``gneg+hardest``, ``self-adversarial``,
        ``unigram+bpr``; or a preset or training method: ``balanced``, ``whole-data``.
    option : str
        The argument that error messages name.

    Raises
    ------
    UsageError
        If a part is unknown or two parts are of the same kind.
    """
    kinds = {
        "sampler": tuple(named_samplers()),
        "preset": tuple(PRESETS),
        "method": tuple(training_methods()),
    }
    kinds.update((kind, tuple(known)) for kind, known in methods().items())
    chosen_parts: dict[str, str] = {}
    for part in name.split("+"):
        kind = next(
            (k for k, names in kinds.items() if part in names and k not in chosen_parts), None
        )
        if kind is None:
            known = sorted({n for names in kinds.values() for n in names} | {GENSIM})
            raise UsageError(f"{named(option, name)}: {suggest(part, known)}")
        chosen_parts[kind] = part
    return chosen_parts


def _known_options(ranked: bool) -> dict[str, Option[Any]]:
    """Return what arms may set, if some of them train on ranks or not."""
    return {**all_options(), **(on_ranks.OPTIONS if ranked else {})}


def _setting(text: str, where: str, ranked: bool = False) -> tuple[str | None, str, str]:
    """Split ``[arm:]name=value`` and return (arm, field name, value)."""
    scope, colon, rest = text.partition(":")
    if not colon or "=" in scope:
        scope, rest = "", text
    key, equals, value = rest.partition("=")
    name = key.strip().removeprefix("--").replace("-", "_")
    if not equals or not value:
        raise UsageError(f"{named(where, text)}: write option=value")
    declared = _known_options(ranked)
    if name not in declared and (hint := foreign_hint(name)):
        raise UsageError(f"{named(where)} {hint}")
    if name not in declared or name in _BY_RUN:
        known = [flag(known)[2:] for known in declared if known not in _BY_RUN]
        raise UsageError(f"{named(where, key)}: {suggest(key, known)}")
    return scope or None, name, value.strip()


def _values(name: str, raw: str) -> list[Any]:
    return [_known_options(True)[name].parse(part) for part in raw.split(",") if part]


def parse_grid(text: str) -> tuple[str, tuple[Any, ...]]:
    """Return the option and the values of a grid, ``option=value,value...``.

    Raises
    ------
    UsageError
        If it is not of this form, or names an arm.
    """
    scope, name, raw = _setting(text, "grids")
    if scope is not None:
        raise UsageError(f"{named('grids', text)}: there are no arms to choose; leave out {scope}:")
    return name, tuple(_values(name, raw))


def _applies(name: str, arm: Arm) -> bool:
    """Return whether the arm has the option."""
    if name in on_ranks.OPTIONS:
        return arm.ranks > 1
    return name in _SHARED if arm.tool == GENSIM else name in COMMON or reads(arm.options, name)


def _set(
    arms: Sequence[Arm],
    scope: str | None,
    name: str,
    values: Sequence[tuple[str, Any]],
    given: str,
) -> list[Arm]:
    """Return the arms, those that have an option replaced by one for each of its values.

    Parameters
    ----------
    arms : sequence of Arm
    scope : str or None
        Name of a sampler, if its arms alone are replaced.
    name : str
        Of the option.
    values : sequence of (str, value)
        With what is added to the names of the arms.
    given : str
        The setting or grid, for messages.
    """
    found, used = [], False
    for arm in arms:
        in_scope = scope is None or scope == re.split(",? ", arm.name)[0]
        if not in_scope or not _applies(name, arm):
            found.append(arm)
            continue
        used = True
        kind = "sync" if name in on_ranks.OPTIONS else "options"
        for suffix, value in values:
            changed: Any = {kind: {**getattr(arm, kind), name: value}}
            found.append(replace(arm, name=arm.name + suffix, **changed))
    if not used and name in on_ranks.OPTIONS:
        raise UsageError(f"{given} has no effect without several ranks; give {named('ranks')}")
    if not used:
        raise UsageError(f"{given}: none of the arms has this option")
    return found


def _on_ranks(arms: Sequence[Arm], ranks: Sequence[int]) -> list[Arm]:
    """Return the arms with one of w2vneg for each number of ranks."""
    if not any(arm.tool != GENSIM for arm in arms):
        raise UsageError(
            f"{named('ranks')} has no effect on {GENSIM}; name a sampler with {named('samplers')}"
        )
    return [
        own
        for arm in arms
        for own in (
            [arm]
            if arm.tool == GENSIM
            else [replace(arm, name=on_ranks.name_on_ranks(arm.name, n), ranks=n) for n in ranks]
        )
    ]


def make_arms(
    samplers: Sequence[str],
    settings: Sequence[str] = (),
    grids: Sequence[str] = (),
    against: Sequence[str] = (),
    ranks: Sequence[int] | None = None,
) -> list[Arm]:
    """Return the arms of a comparison, the baseline first.

    Parameters
    ----------
    samplers : sequence of str
        Names as `parts_of` reads them.
    settings : sequence of str
        ``option=value`` for every arm that has the option, or ``sampler:option=value`` for one.
    grids : sequence of str
        ``option=value,value...``: each arm that has the option is replaced by one per value.
    against : sequence of str
        Reference arms: ``gensim``, or more samplers. With gensim, the default preset is an arm too.
    ranks : sequence of int, optional
        Each arm of w2vneg is replaced by one per number; empty: all train without ranks. None: as
        empty, and options of ranks are unknown.

    Raises
    ------
    UsageError
        If a name, an option or a value is not valid; the message names it.
    """
    if GENSIM in against and importlib.util.find_spec("gensim") is None:
        raise UsageError(
            f"{named('against', GENSIM)} needs gensim, which is not installed; {INSTALL_GENSIM}"
        )
    arms = []
    for name in dict.fromkeys([*samplers, *against]):
        tool = GENSIM if name == GENSIM else "w2vneg"
        option = "samplers" if name in samplers else "against"
        arms.append(Arm(name, tool, {} if tool == GENSIM else parts_of(name, option)))
    if GENSIM in against and not any("preset" in arm.options for arm in arms):
        # gensim has word2vec's settings; what w2vneg does by default stands beside it.
        arms.append(Arm(DEFAULT, "w2vneg", {"preset": DEFAULT}))
    if not arms:
        raise UsageError(f"{named('samplers')} is empty: there is nothing to compare")
    known = [arm.name for arm in arms]
    if ranks:
        arms = _on_ranks(arms, on_ranks.checked_numbers(ranks))
    for text in settings:
        scope, name, raw = _setting(text, "settings", ranks is not None)
        if scope is not None and scope not in known:
            raise UsageError(f"{named('settings', text)}: {suggest(scope, known)}")
        value = _known_options(True)[name].parse(raw)
        arms = _set(arms, scope, name, [("", value)], named("settings", text))
    for text in grids:
        scope, name, raw = _setting(text, "grids", ranks is not None)
        values = [(f" {flag(name)[2:]}={value}", value) for value in _values(name, raw)]
        arms = _set(arms, scope, name, values, named("grids", text))
    for arm in arms:  # so that a bad value is refused before anything is trained
        config = arm.config(1)
        if arm.cluster is not None:
            on_ranks.check_method(arm.name, config)
    for one, two in itertools.combinations(arms, 2):
        if one.name == two.name:
            raise UsageError(f"duplicate arm {one.name!r}")
    return arms
