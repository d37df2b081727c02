"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import Any

from w2vneg.config import flag

_STYLE = """
:root{color-scheme:light}
body{margin:0 auto;max-width:62rem;padding:1rem 1.2rem 3rem;color:#1c1c1c;background:#fff;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:.6rem 0 .2rem}
h2{font-size:1.15rem;margin:2.2rem 0 .4rem;border-top:1px solid #ddd;padding-top:1rem}
p,li{max-width:46rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;margin:.6rem 0}
th,td{padding:.28rem .6rem;text-align:right;vertical-align:top;white-space:nowrap}
th:first-child,td:first-child,.words td,.words th{text-align:left}
.words td{white-space:normal;min-width:9rem}
thead th{border-bottom:2px solid #444;white-space:normal;vertical-align:bottom}
tbody tr{border-bottom:1px solid #e6e6e6}
.range{display:block;color:#666;font-size:.78rem}
.up{color:#00684a;font-weight:600}
.down{color:#a33b00;font-weight:600}
.even{color:#666}
figure{margin:.8rem 0}
figure svg{max-width:100%;height:auto;min-width:34rem}
code{font-size:.84rem;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.9rem}
dt{color:#555}
dd{margin:0;overflow-wrap:anywhere}
@media(max-width:40rem){body{padding:.6rem .8rem 2rem;font-size:15px}dl{grid-template-columns:1fr}
dd{margin-bottom:.5rem}}
@media print{body{max-width:none;font-size:10.5pt}h2{break-after:avoid}figure,table{break-inside:avoid}
figure svg{min-width:0}}
"""


def render(
    found: dict[str, Any],
    pictures: dict[str, str | None],
    near: dict[str, dict[str, list[str]]],
) -> str:
    """Return the page.

    Parameters
    ----------
    found : dict
        As `w2vneg.comparison.compare.compare` returns it.
    pictures : dict
        SVG by name (``curves``, ``sections``, ``costs``, ``map``); None where there is none.
    near : dict
        Word to arm to neighbours.
    """
    body = [
        "<h1>Does the sampler matter?</h1>",
        f"<p>{escape(_what(found))}</p>",
        "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in summary(found)) + "</ul>",
        "<h2>Scores</h2>",
        f"<p>{escape(_legend(found))}</p>",
        _scores(found),
        "<h2>Time and memory</h2>",
        _figure(pictures.get("costs")),
        _costs(found),
    ]
    if pictures.get("curves"):
        body += [
            "<h2>Learning curves</h2>",
            "<p>Means over seeds, over words read and over seconds of training; the time for "
            "scoring is left out.</p>",
            _figure(pictures["curves"]),
        ]
    if pictures.get("sections"):
        body += ["<h2>Analogies by section</h2>", _figure(pictures["sections"])]
    if pictures.get("map"):
        body += [
            "<h2>Maps</h2>",
            "<p>The same words in each model's vectors (first seed), on the first two principal "
            "components.</p>",
            _figure(pictures["map"]),
        ]
    if near:
        body += ["<h2>Nearest words</h2>", _near(near)]
    body += ["<h2>How each number was made</h2>", _provenance(found)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>w2vneg compare</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def summary(found: dict[str, Any]) -> list[str]:
    """Return what was found, a sentence each."""
    base, arms = found["baseline"], found["arms"]
    tests = list(arms[base]["scores"])
    main = tests[0]
    best = max(arms, key=lambda arm: arms[arm]["scores"][main]["mean"])
    lines = []
    if best == base:
        lines.append(f"On {main} no other arm has a higher mean than {base}.")
    else:
        lines.append(
            f"On {main} {best} has the highest mean, {arms[best]['scores'][main]['mean']:.3f}; "
            f"{base} has {arms[base]['scores'][main]['mean']:.3f}."
        )
    for arm, told in arms.items():
        if arm == base:
            continue
        better = [t for t in tests if told["scores"][t]["supported"]
                  and told["scores"][t]["difference"] > 0]  # fmt: skip
        worse = [t for t in tests if told["scores"][t]["supported"]
                 and told["scores"][t]["difference"] < 0]  # fmt: skip
        parts = []
        if better:
            parts.append("better on " + ", ".join(better))
        if worse:
            parts.append("worse on " + ", ".join(worse))
        if not parts:
            parts.append("no difference that the data support")
        pace = arms[base]["cost"]["words_per_second"] / told["cost"]["words_per_second"]
        lines.append(f"{arm} against {base}: {'; '.join(parts)}; {pace:.2f} times the time a word.")
    return lines


def _what(found: dict[str, Any]) -> str:
    arms, seeds = found["arms"], found["seeds"]
    names = ", ".join(_last_part(path) for path in found["corpus"]["files"])
    budget = found["equal_time"]
    rule = (
        f"each with the {budget:.1f} seconds that {found['baseline']} took"
        if budget
        else "each with its own number of epochs"
    )
    plural = "s" if len(seeds) > 1 else ""
    return (
        f"{len(arms)} ways to train on {names}, {len(seeds)} seed{plural} each, {rule}, one after "
        "the other on one machine."
    )


def _last_part(path: str) -> str:
    """Return the last part of a path."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def _legend(found: dict[str, Any]) -> str:
    return (
        "Shares of right answers for analogies, Spearman's correlation for word pairs: mean over "
        "seeds ± standard deviation over seeds. Below it the difference from "
        f"{found['baseline']} with its 95 % interval, bootstrapped over items and seeds. Green and "
        "orange: supported by the data after Holm's correction for all differences of this table "
        "(p < 0.05); grey: not supported, however large it looks."
    )


def _cell(entry: dict[str, Any]) -> str:
    spread = "" if entry["spread"] is None else f" ± {entry['spread']:.3f}"
    text = f"{entry['mean']:.3f}{spread}"
    if "difference" not in entry:
        low, high = entry["low"], entry["high"]
        return f'<td>{text}<span class="range">[{low:.3f}, {high:.3f}]</span></td>'
    kind = "even"
    if entry["supported"]:
        kind = "up" if entry["difference"] > 0 else "down"
    gap = (
        f"{entry['difference']:+.3f} [{entry['difference_low']:+.3f}, "
        f"{entry['difference_high']:+.3f}]"
    )
    return f'<td>{text}<span class="range {kind}">{gap}</span></td>'


def _scores(found: dict[str, Any]) -> str:
    arms = found["arms"]
    tests = list(arms[found["baseline"]]["scores"])
    head = "".join(f"<th>{escape(test)}</th>" for test in tests)
    rows = "".join(
        f"<tr><td>{escape(arm)}</td>"
        + "".join(_cell(told["scores"][test]) for test in tests)
        + "</tr>"
        for arm, told in arms.items()
    )
    return _table(f"<tr><th></th>{head}</tr>", rows)


def _costs(found: dict[str, Any]) -> str:
    base = found["arms"][found["baseline"]]["cost"]
    rows = []
    for arm, told in found["arms"].items():
        own = told["cost"]
        spread = "" if own["seconds_spread"] is None else f" ± {own['seconds_spread']:.1f}"
        rows.append(
            f"<tr><td>{escape(arm)}</td><td>{own['words_per_second'] / 1e6:.2f}</td>"
            f"<td>{base['words_per_second'] / own['words_per_second']:.2f}</td>"
            f"<td>{own['seconds']:.1f}{spread}</td><td>{own['prepare_seconds']:.1f}</td>"
            f"<td>{own['tokens'] / 1e6:.1f}</td><td>{own['peak_memory'] / 2**20:,.0f}</td></tr>"
        )
    head = (
        "<tr><th></th><th>million words/s</th><th>time a word</th><th>training, s</th>"
        "<th>preparation, s</th><th>million words</th><th>peak memory, MB</th></tr>"
    )
    return _table(head, "".join(rows))


def _near(near: dict[str, dict[str, list[str]]]) -> str:
    arms = list(next(iter(near.values())))
    head = "<tr><th></th>" + "".join(f"<th>{escape(arm)}</th>" for arm in arms) + "</tr>"
    rows = "".join(
        f"<tr><td><b>{escape(word)}</b></td>"
        + "".join(f"<td>{escape(', '.join(own[arm]))}</td>" for arm in arms)
        + "</tr>"
        for word, own in near.items()
    )
    return _table(head, rows, "words")


def _table(head: str, rows: str, kind: str = "") -> str:
    return (
        f'<div class="wide"><table class="{kind}"><thead>{head}</thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _figure(svg: str | None) -> str:
    if svg is None:
        return "<p>Pictures need matplotlib: <code>pip install 'w2vneg[report]'</code>.</p>"
    return f'<figure class="wide">{svg}</figure>'


def _provenance(found: dict[str, Any]) -> str:
    machine = found["machine"]
    told = {
        "command": found["command"],
        "tool": found["tool"],
        "machine": f"{machine['system']}, {machine['cpus']} processors",
        "versions": ", ".join(
            f"{name} {machine[name]}" for name in ("python", "numpy", "numba", "gensim")
        ),
        "corpus": f"{', '.join(found['corpus']['files'])} (fingerprint "
        f"{found['corpus']['fingerprint'][:16]})",
        "seeds": ", ".join(map(str, found["seeds"])),
    }
    for arm, entry in found["arms"].items():
        changed = " ".join(f"{flag(k)} {v}" for k, v in entry["changed"].items())
        told[arm] = f"{entry['tool']}: {changed or 'defaults'}"
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(str(text))}</code></dd>"
        for name, text in told.items()
    )
    return (
        f"<dl>{rows}</dl><p>Every number, the outcome of every run included, is in "
        "<code>results.json</code>; <code>results.csv</code> has one row a run.</p>"
    )
