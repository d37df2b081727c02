"""``w2vneg samplers``: which samplers there are, and what their options are."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import Any

import click


@click.command("samplers")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(name: str | None, as_json: bool) -> None:
    """List samplers and their parts; with the NAME of one, its options as well.

    A sampler stands for a proposal (which candidates?), a weighting (how much does each count?)
    and a loss; --proposal, --weighting and --loss replace its parts one by one.
    """
    from w2vneg.cli.output import print_json, print_line, print_table
    from w2vneg.config import PRESETS
    from w2vneg.errors import UsageError, suggest

    found = catalog()
    kinds = ("proposals", "weightings", "losses")
    if name is not None:
        known = [*PRESETS, *(part for kind in kinds for part in found[kind])]
        if name not in known:
            raise UsageError(f"no sampler {name!r}; {suggest(name, known)}")
        _print_one(name, found, as_json)
        return
    if as_json:
        print_json(found)
        return
    rows = [
        [preset, " + ".join((e["proposal"], e["weighting"], e["loss"])), e["summary"]]
        for preset, e in found["samplers"].items()
    ]
    print_table(["--sampler", "proposal + weighting + loss", "negatives"], rows, left=3)
    for kind, option in zip(kinds, ("--proposal", "--weighting", "--loss"), strict=True):
        rows = [[part, e["summary"], e["source"]] for part, e in found[kind].items()]
        print_table([option, "", "source"], rows, left=3)
    print_line("w2vneg samplers NAME shows the options of one, with their defaults.")


def catalog() -> dict[str, dict[str, dict[str, Any]]]:
    """Return all samplers and parts: summary, source and options of each."""
    from w2vneg.config import PRESETS, methods
    from w2vneg.samplers.losses import LOSSES
    from w2vneg.samplers.sampler import method_module

    found: dict[str, dict[str, dict[str, Any]]] = {
        "samplers": {name: preset._asdict() for name, preset in PRESETS.items()}
    }
    for kind in ("proposals", "weightings"):
        found[kind] = {}
        for name in methods(kind):
            module = method_module(kind, name)
            line = (module.__doc__ or "").split("\n")[0].rstrip(".")
            found[kind][name] = {"summary": line, "source": module.SOURCE}
    found["losses"] = {
        name: {"summary": line, "source": source} for name, (_, line, source) in LOSSES.items()
    }
    for kind, singular in (
        ("proposals", "proposal"), ("weightings", "weighting"), ("losses", "loss"),
    ):  # fmt: skip
        for name, entry in found[kind].items():
            entry["options"] = _options(f"{singular} {name}")
    return found


def _options(owner: str) -> dict[str, dict[str, Any]]:
    from w2vneg.config import TrainConfig, flag

    return {
        flag(declared.name): {"default": declared.default, "help": declared.metadata["help"]}
        for declared in fields(TrainConfig)
        if owner in declared.metadata["belongs"]
    }


def _print_one(name: str, found: dict[str, Any], as_json: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from w2vneg.cli.output import console, print_json, stdout_errors_named

    preset = found["samplers"].get(name)
    if preset:
        parts = [
            ("proposals", preset["proposal"]),
            ("weightings", preset["weighting"]),
            ("losses", preset["loss"]),
        ]
    else:
        parts = [(kind, name) for kind in found if kind != "samplers" and name in found[kind]]
    if as_json:
        print_json({"name": name, **{kind: {p: found[kind][p]} for kind, p in parts}})
        return
    if sys.stdout is None:
        return
    with stdout_errors_named():
        shown = console(100)
        for kind, part in parts:
            entry = found[kind][part]
            shown.print(Text(f"{kind.rstrip('s').removesuffix('e')} {part}: {entry['summary']}"))
            shown.print(Padding(Text(entry["source"], style="dim"), (0, 2), expand=False))
            for option, told in entry["options"].items():
                default = "" if told["default"] is None else f"  [default: {told['default']}]"
                shown.print(Padding(Text(option, style="bold"), (0, 2), expand=False))
                shown.print(Padding(Text(told["help"] + default), (0, 6), expand=False))
        sys.stdout.flush()
