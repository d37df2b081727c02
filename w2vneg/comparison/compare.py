"""A whole comparison: all runs, the analysis, the files of the report."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from w2vneg.comparison import analysis
from w2vneg.comparison.arms import Arm
from w2vneg.comparison.runs import Plan, do_run
from w2vneg.system.atomic_files import write_bytes
from w2vneg.system.interrupt import StopFlag
from w2vneg.version import __version__


def compare(
    plan: Plan,
    arms: list[Arm],
    seeds: list[int],
    *,
    equal_time: bool = False,
    command: str = "",
    stop: StopFlag | None = None,
    note: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Do all runs, one after the other, and return what was found, ready for JSON.

    Parameters
    ----------
    plan : Plan
    arms : list of Arm
        The first is the baseline.
    seeds : list of int
    equal_time : bool
        Give every other arm of w2vneg the mean time that the baseline's runs took, graph and all.
    command : str
        The command line, for the report.
    stop : StopFlag, optional
    note : callable
        Takes a line for people.
    """
    stop = stop or StopFlag()
    runs: dict[str, list[dict[str, Any]]] = {}
    budget = None
    for number, arm in enumerate(arms):
        runs[arm.name] = []
        for place, seed in enumerate(seeds):
            note(
                f"run {number * len(seeds) + place + 1} of {len(arms) * len(seeds)}: "
                f"{arm.name}, seed {seed}"
            )
            seconds = budget if arm.tool == "w2vneg" else None
            runs[arm.name].append(do_run(plan, arm, seed, seconds, place == 0, stop, note))
        if number == 0 and equal_time:
            times = [r["training"]["seconds"] + r["training"]["prepare_seconds"]
                     for r in runs[arm.name]]  # fmt: skip
            budget = sum(times) / len(times)
    note("analysing")
    told = analysis.analyse(runs, arms[0].name)
    return {
        "tool": f"w2vneg {__version__}",
        "command": command,
        "baseline": arms[0].name,
        "equal_time": budget,
        "seeds": seeds,
        "corpus": {"files": plan.corpus, "fingerprint": plan.fingerprint},
        "machine": _machine(),
        "arms": {
            arm.name: {
                "tool": arm.tool,
                "options": arm.config(seeds[0]).to_dict() if arm.tool == "w2vneg" else arm.options,
                "changed": arm.options,
                "cost": analysis.cost(runs[arm.name]),
                "scores": told[arm.name],
                "sections": _sections(runs[arm.name]),
                "curve": _curve(runs[arm.name]),
                "sampler": [run["training"].get("sampler") for run in runs[arm.name]],
            }
            for arm in arms
        },
        "runs": [
            {
                "arm": arm.name,
                "seed": seed,
                **{k: v for k, v in run["training"].items() if k != "sampler"},
                "scores": {test: entry["seeds"][place] for test, entry in told[arm.name].items()},
            }
            for arm in arms
            for place, (seed, run) in enumerate(zip(seeds, runs[arm.name], strict=True))
        ],
    }


def _machine() -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
        "python": sys.version.split()[0],
        **{name: version(name) for name in ("numpy", "numba", "gensim")},
    }


def _sections(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the mean accuracy of each section of each analogy file."""
    found: dict[str, dict[str, float]] = {}
    for name, told in runs[0]["evaluation"]["analogies"].items():
        found[name] = {}
        for section, counts in told["sections"].items():
            if counts["total"]:
                shares = [
                    r["evaluation"]["analogies"][name]["sections"][section]["correct"]
                    / counts["total"]
                    for r in runs
                ]
                found[name][section] = sum(shares) / len(shares)
    return found


def _curve(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the learning curve, means over the runs."""
    points = []
    for at in zip(*(run["curve"] for run in runs), strict=False):
        mean: dict[str, Any] = {
            key: sum(p[key] for p in at) / len(at) for key in ("share", "seconds", "tokens")
        }
        for kind in ("analogies", "similarity"):
            mean[kind] = {
                name: sum(p[kind][name] for p in at) / len(at)
                for name in at[0][kind]
                if all(p[kind].get(name) is not None for p in at)
            }
        points.append(mean)
    return points


def write_tables(found: dict[str, Any], folder: Path) -> None:
    """Write ``results.json`` and ``results.csv`` (one row a run)."""
    from w2vneg.cli.output import finite

    write_bytes(folder / "results.json", json.dumps(finite(found), indent=1).encode())
    tests = list(next(iter(found["arms"].values()))["scores"])
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    keys = ["arm", "seed", "seconds", "prepare_seconds", "tokens", "peak_memory", "loss"]
    writer.writerow([*keys, *tests])
    for run in found["runs"]:
        writer.writerow([*(run.get(k) for k in keys), *(run["scores"][t] for t in tests)])
    write_bytes(folder / "results.csv", table.getvalue().encode())
