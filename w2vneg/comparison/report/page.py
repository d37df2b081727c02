"""The report as one self-contained HTML page, made from the template ``page.html``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from pathlib import PurePath
from string import Template

from w2vneg.comparison.report.report import Report, Score
from w2vneg.system.option_names import flag

_SECTION = re.compile(r'<section id="(\w+)">.*?</section>\n*', re.DOTALL)
_NO_PICTURES = "<p>Plots need matplotlib: <code>pip install 'w2vneg[report]'</code>.</p>"


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
        Name (``quality``, ``curves``, ``sections``, ``costs``, ``map``) to SVG, or to None if there is nothing
        to draw.
    neighbors : mapping
        Word to arm to nearest words.
    """
    many = "s" if len(report.seeds) > 1 else ""
    optional = {
        name: _figure(pictures.get(name)) for name in ("quality", "curves", "sections", "map")
    }
    optional["neighbors"] = _neighbors(neighbors)
    values = {
        "arms": str(len(report.arms)),
        "files": escape(", ".join(PurePath(path).name for path in report.corpus.files)),
        "seeds": f"{len(report.seeds)} seed{many}",
        "rule": f"each in the {report.equal_time:.1f} seconds that {escape(report.baseline)} took"
        if report.equal_time
        else "each for its own number of epochs",
        "baseline": escape(report.baseline),
        "summary": "\n".join(f"<li>{escape(line)}</li>" for line in report.summary()),
        "scores": _scores(report),
        "costs_picture": _figure(pictures.get("costs")) or _NO_PICTURES,
        "costs": _costs(report),
        "provenance": _provenance(report),
        **optional,
    }
    absent = {name for name, html in optional.items() if not html}
    text = (files(__package__) / "page.html").read_text(encoding="utf-8")
    text = _SECTION.sub(lambda match: "" if match[1] in absent else match[0], text)
    return Template(text).substitute(values)


def _figure(svg: str | None) -> str:
    return f'<figure class="wide">{svg}</figure>' if svg else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    """Return a table; `head` holds the HTML of the headings, `rows` that of the ``<td>`` cells."""
    headings = "".join(f"<th>{heading}</th>" for heading in head)
    body = "".join(f"<tr>{''.join(cells)}</tr>\n" for cells in rows)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{headings}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _scores(report: Report) -> str:
    rows = [
        [f"<td>{escape(name)}</td>", *(_score_cell(arm.scores[test]) for test in report.tests)]
        for name, arm in report.arms.items()
    ]
    rows += [[f"<td>{escape(cell)}</td>" for cell in (name, *used)] for name, used in report.used()]
    notes = "".join(f"<li>{escape(note)}</li>\n" for note in report.notes)
    table = _table(["", *map(escape, report.tests)], rows)
    return f"{table}\n<ul>\n{notes}</ul>" if notes else table


def _score_cell(score: Score) -> str:
    if score.mean != score.mean:  # no item is scored
        return "<td>-</td>"
    spread = "" if score.spread is None else f" ± {score.spread:.3f}"
    text = f"{score.mean:.3f}{spread}"
    gap = score.difference
    if gap is None:
        return f'<td>{text}<span class="range">[{score.low:.3f}, {score.high:.3f}]</span></td>'
    kind = "even"
    if gap.supported:
        kind = "up" if gap.value > 0 else "down"
    interval = f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"
    return f'<td>{text}<span class="range {kind}">{interval}</span></td>'


def _costs(report: Report) -> str:
    base = report.arms[report.baseline].cost
    head = (
        "",
        "million words/s",
        "time per word",
        "training, s",
        "preparation, s",
        "million words",
        "peak memory, MB",
    )
    rows = []
    for name, arm in report.arms.items():
        own = arm.cost
        spread = "" if own.seconds_spread is None else f" ± {own.seconds_spread:.1f}"
        cells = (
            escape(name),
            f"{own.words_per_second / 1e6:.2f}",
            f"{base.words_per_second / own.words_per_second:.2f}",
            f"{own.seconds:.1f}{spread}",
            f"{own.prepare_seconds:.1f}",
            f"{own.tokens / 1e6:.1f}",
            f"{own.peak_memory / 2**20:,.0f}",
        )
        rows.append([f"<td>{cell}</td>" for cell in cells])
    return _table(head, rows)


def _neighbors(neighbors: Mapping[str, Mapping[str, list[str]]]) -> str:
    if not neighbors:
        return ""
    arms = list(next(iter(neighbors.values())))
    rows = [
        [
            f"<td><b>{escape(word)}</b></td>",
            *(f"<td>{escape(', '.join(own[arm]))}</td>" for arm in arms),
        ]
        for word, own in neighbors.items()
    ]
    return _table(["", *map(escape, arms)], rows, "words")


def _provenance(report: Report) -> str:
    machine = report.machine
    entries = {
        "command": report.command,
        "tool": report.tool,
        "machine": f"{machine.system}, {machine.cpus} processors",
        "versions": f"python {machine.python}, numpy {machine.numpy}, numba {machine.numba}, "
        f"gensim {machine.gensim}",
        "corpus": f"{', '.join(report.corpus.files)} (fingerprint "
        f"{report.corpus.fingerprint[:16]})",
        "seeds": ", ".join(map(str, report.seeds)),
    }
    for name, arm in report.arms.items():
        changed = " ".join(f"{flag(option)} {value}" for option, value in arm.changed.items())
        entries[name] = f"{arm.tool}: {changed or 'defaults'}"
    return "\n".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(text)}</code></dd>"
        for name, text in entries.items()
    )
