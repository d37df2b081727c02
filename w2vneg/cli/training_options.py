"""Command-line options of a training, generated from their declarations, and their help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.options import Number, Place
from w2vneg.config import Option
from w2vneg.samplers import (
    PRESETS,
    all_options,
    method_options,
    methods,
    named_samplers,
    training_methods,
)
from w2vneg.samplers.presets import DEFAULT, typical

#: The options listed first in the help.
_MAIN = (
    "output",
    "dim",
    "window",
    "negatives",
    "epochs",
    "lr",
    "min_count",
    "threads",
    "seed",
    "sampler",
    "method",
    "preset",
)
#: What the default preset sets.
_BY_PRESET = {*PRESETS[DEFAULT].options, *typical(PRESETS[DEFAULT])}


def training_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with all options of a training, including help and defaults."""
    for option in reversed(all_options().values()):
        function = _click_option(option)(function)
    return function


def _click_option(option: Option[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = option.help
    if option.name == "sampler":
        listed = "; ".join(f"{s.name}: {s.summary}" for s in named_samplers().values())
        text += f" {listed}. See w2vneg samplers."
    elif option.name == "method":
        text += " " + "; ".join(f"{m.name}: {m.summary}" for m in training_methods().values()) + "."
    elif option.name == "preset":
        text += " " + "; ".join(f"{p.name}: {p.summary}" for p in PRESETS.values()) + "."
    elif option.name in methods():
        text += f" {', '.join(methods()[option.name])}."
    if option.kind is bool:
        return click.option(option.flag, option.name, is_flag=True, help=text)
    default = option.default
    if option.name in _BY_PRESET:
        text += "  [default: set by --preset]"
    elif default is not None:
        value = f"{default:g}" if isinstance(default, float) else str(default)
        text += f"  [default: {value}]"
    kind: Any = str
    if option.kind in (int, float):
        kind = Number.for_option(option)
    elif option.is_path:
        kind = Place()
    return click.option(option.flag, option.name, type=kind, default=default, help=text)


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options typed on the command line, including those with their default value."""
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    return {
        name: value
        for name, value in options.items()
        if context.get_parameter_source(name) is typed
    }


class GroupedCommand(Command):
    """A command whose help lists its options in sections, those of a sampler's methods last."""

    def __init__(
        self, *args: Any, sections: Mapping[str, Sequence[str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._sections = dict(sections or {})

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        records = {p.name: p.get_help_record(ctx) for p in self.get_params(ctx)}
        parts = {"Parts of the sampler": tuple(methods())}
        grouped = {"Options": _MAIN, **self._sections, **parts, **_method_sections()}
        listed = {name for names in grouped.values() for name in names}
        grouped["Other"] = tuple(name for name in records if name not in listed and name)
        for title, names in grouped.items():
            rows = [record for name in names if (record := records.get(name)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _method_sections() -> dict[str, tuple[str, ...]]:
    """Return a help section for each set of methods that share options."""
    sections: dict[str, tuple[str, ...]] = {}
    for name, (_, readers) in method_options().items():
        names = ", ".join(method.name for method in readers)
        title = f"With --{readers[0].kind} {names}"
        sections[title] = (*sections.get(title, ()), name)
    return sections
