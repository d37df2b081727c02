"""The files of a report: a page, and the results as JSON and as a table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from w2vneg.comparison.plan import Plan
from w2vneg.comparison.report import page, plots, words
from w2vneg.comparison.report.ranks_plot import quality_over_ranks
from w2vneg.comparison.report.report import Report
from w2vneg.comparison.runs import file_stem
from w2vneg.system.atomic_files import write_bytes
from w2vneg.system.json_values import finite


def write_report(report: Report, plan: Plan) -> bool:
    """Write all files of a report to the folder of the plan, atomically.

    Returns
    -------
    bool
        Whether the page has plots.
    """
    write_tables(report, plan.folder)
    stems = {arm: file_stem(arm, report.seeds[0]) for arm in report.arms}
    vectors = words.load(plan.folder / "vectors", stems)
    neighbors: dict[str, dict[str, list[str]]] = {}
    pictures: dict[str, str | None] = {}
    mapped: list[str] = []
    if vectors:
        mapped, listed = words.choose(vectors, plan.evaluation.analogies)
        neighbors = words.neighbors(vectors, listed)
    if plots.available():
        pictures = {
            "quality": plots.quality_over_time(report),
            "ranks": quality_over_ranks(report),
            "curves": plots.curves(report),
            "sections": plots.sections(report),
            "costs": plots.costs(report),
        }
        if len(mapped) > 2:
            pictures["map"] = plots.word_map(
                {a: (mapped, v.unit[[v.row(w) for w in mapped]]) for a, v in vectors.items()}
            )
    html = page.render(report, pictures, neighbors)
    write_bytes(plan.folder / "index.html", html.encode())
    return bool(pictures)


def write_tables(report: Report, folder: Path) -> None:
    """Write ``results.json`` and ``results.csv`` (one row per run)."""
    data = report.to_json()
    write_bytes(folder / "results.json", json.dumps(finite(data), indent=1).encode())
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    columns = [
        "arm",
        "seed",
        "seconds",
        "prepare_seconds",
        "tokens",
        "peak_memory",
        "loss",
        "ranks",
    ]
    writer.writerow([*columns, *report.tests])
    for run in data["runs"]:
        run["ranks"] = run["ranks"]["ranks"] if "ranks" in run else 1
        writer.writerow([*(run[c] for c in columns), *(run["scores"][t] for t in report.tests)])
    write_bytes(folder / "results.csv", table.getvalue().encode())
