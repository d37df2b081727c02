"""``w2vneg samplers``: lists samplers, their parts, training methods, and the options of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from w2vneg.cli.commands import Command

if TYPE_CHECKING:
    from w2vneg.samplers import Method

#: JSON key to the kind of method.
_KINDS = {
    "proposals": "proposal",
    "weightings": "weighting",
    "losses": "loss",
    "methods": "method",
}


@click.command("samplers", cls=Command)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(name: str | None, as_json: bool) -> None:
    """List samplers and their parts; with the NAME of one, also its options.

    A sampler is a proposal (which candidates?), a weighting (how much does each count?) and a
    loss; --proposal, --weighting and --loss replace its parts one by one. --method chooses how
    vectors are trained; whole-data training has no sampler.
    """
    from w2vneg.cli.output import print_json, print_line, print_table

    listed = catalog()
    if name is not None:
        _print_one(name, listed, as_json)
        return
    if as_json:
        print_json(listed)
        return
    rows = [
        [sampler, " + ".join((e["proposal"], e["weighting"], e["loss"])), e["summary"], e["source"]]
        for sampler, e in listed["samplers"].items()
    ]
    print_table(["--sampler", "proposal + weighting + loss", "negatives", "source"], rows, left=4)
    for key, kind in _KINDS.items():
        rows = [[part, e["summary"], e["source"]] for part, e in listed[key].items()]
        print_table([f"--{kind}", "", "source"], rows, left=3)
    print_line("w2vneg samplers NAME shows the options of a sampler or part, with their defaults.")


def catalog() -> dict[str, dict[str, dict[str, Any]]]:
    """Return all samplers and methods: summary, source and options of each.

    For a sampler, ``sets`` holds the options that it sets, at the default of all others.
    """
    from w2vneg.config import COMMON
    from w2vneg.samplers import methods, named_samplers, training_methods
    from w2vneg.system.option_names import flag

    listed: dict[str, dict[str, dict[str, Any]]] = {"samplers": {}}
    for sampler in named_samplers().values():
        given = {name: option.default for name, option in COMMON.items()}
        own = {flag(name): value for name, value in sampler.options(given).items()}
        listed["samplers"][sampler.name] = {
            "summary": sampler.summary,
            "proposal": sampler.proposal,
            "weighting": sampler.weighting,
            "loss": sampler.loss,
            "source": sampler.paper,
            "sets": own,
        }
    kinds: dict[str, Any] = {**methods(), "method": training_methods()}
    for key, kind in _KINDS.items():
        listed[key] = {method.name: _describe(method) for method in kinds[kind].values()}
    return listed


def _describe(method: Method) -> dict[str, Any]:
    return {
        "summary": method.summary,
        "source": method.paper,
        "options": {
            option.flag: {"default": option.default, "help": option.help}
            for option in method.options
        },
    }


def _print_one(name: str, listed: dict[str, dict[str, dict[str, Any]]], as_json: bool) -> None:
    """Print a sampler with its three parts, or one part."""
    from rich.padding import Padding
    from rich.text import Text

    from w2vneg.cli.output import console, print_json, stdout_errors_named
    from w2vneg.errors import UsageError, suggest

    sampler = listed["samplers"].get(name)
    chosen = [
        (key, part)
        for key, kind in _KINDS.items()
        for part in listed[key]
        if part == (sampler.get(kind) if sampler else name)
    ]
    if not chosen:
        known = [*listed["samplers"], *(part for key in _KINDS for part in listed[key])]
        raise UsageError(f"no sampler {name!r}; {suggest(name, known)}")
    if as_json:
        own = {"sampler": sampler} if sampler else {}
        print_json(
            {"name": name, **own, **{key: {part: listed[key][part]} for key, part in chosen}}
        )
        return
    if sys.stdout is None:
        return
    with stdout_errors_named():
        out = console(100)
        if sampler:
            out.print(Text(f"{name}: {sampler['summary']} ({sampler['source']})"))
            if sampler["sets"]:
                sets = " ".join(f"{option} {value}" for option, value in sampler["sets"].items())
                out.print(Padding(Text(f"sets {sets}"), (0, 2), expand=False))
        for key, part in chosen:
            entry = listed[key][part]
            out.print(Text(f"{_KINDS[key]} {part}: {entry['summary']}"))
            out.print(Padding(Text(entry["source"], style="dim"), (0, 2), expand=False))
            for option, about in entry["options"].items():
                default = "" if about["default"] is None else f"  [default: {about['default']}]"
                out.print(Padding(Text(option, style="bold"), (0, 2), expand=False))
                out.print(Padding(Text(about["help"] + default), (0, 6), expand=False))
        sys.stdout.flush()
