"""The report as one self-contained HTML page, made from the template ``templates/page.html``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from w2vneg.comparison.report.report import Report
from w2vneg.system.option_names import flag

#: What a result says of ranks, and the options that set it.
_SYNC = {
    "rule": "sync_rule",
    "local_lr": "local_lr",
    "sync_every": "sync_every",
    "sync_rows": "sync_rows",
    "sync_bits": "sync_bits",
}


def environment() -> Environment:
    """Return what renders the templates; text that is put into them is escaped."""
    made = Environment(
        loader=PackageLoader("w2vneg.comparison.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["number"] = format
    return made


def render(
    report: Report,
    pictures: Mapping[str, str | None],
    neighbors: Mapping[str, Mapping[str, list[str]]],
) -> str:
    """Return the HTML of the page.

    Parameters
    ----------
    report : Report
    pictures : mapping
        Name (``quality``, ``ranks``, ``curves``, ``sections``, ``costs``, ``map``) to SVG, or to None
        if there is nothing to draw.
    neighbors : mapping
        Word to arm to nearest words.
    """
    drawn = {name: Markup(svg) for name, svg in pictures.items() if svg}
    names = ("quality", "ranks", "curves", "sections", "costs", "map")
    return (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            files=", ".join(PurePath(path).name for path in report.corpus.files),
            pictures={name: drawn.get(name) for name in names},
            plotted="costs" in pictures,
            base=report.arms[report.baseline].cost,
            on_ranks={name: arm for name, arm in report.arms.items() if arm.ranks is not None},
            neighbors=neighbors,
            provenance=_provenance(report),
        )
    )


def _provenance(report: Report) -> dict[str, str]:
    """Return what the numbers depend on: name to text."""
    machine = report.machine
    entries = {
        "command": report.command,
        "tool": report.tool,
        "machine": f"{machine.system}, {machine.cpus} processors",
        "versions": f"python {machine.python}, numpy {machine.numpy}, numba {machine.numba}, "
        f"gensim {machine.gensim or '-'}",
        "corpus": f"{', '.join(report.corpus.files)} (fingerprint "
        f"{report.corpus.fingerprint[:16]})",
        "seeds": ", ".join(map(str, report.seeds)),
    }
    for name, arm in report.arms.items():
        changed = " ".join(f"{flag(option)} {value}" for option, value in arm.changed.items())
        entries[name] = f"{arm.tool}: {changed or 'defaults'}"
        if arm.ranks is not None:
            own = " ".join(f"{flag(option)} {arm.ranks[key]}" for key, option in _SYNC.items())
            entries[name] += f"; {arm.ranks['ranks']} simulated ranks: {own}"
    return entries
