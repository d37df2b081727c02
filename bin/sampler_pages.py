"""Writes docs/samplers/: a page for each sampler and method, from its declaration and docs/samplers/measured.json.

bin/sampler_pages.py            write the pages
bin/sampler_pages.py --check    exit with 1 if they are not current
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "docs/samplers"
MEASURED = FOLDER / "measured.json"
PLAIN = {"proposal": "unigram", "weighting": "all", "loss": "sgns"}
KINDS = {"proposal": "proposals", "weighting": "weightings", "loss": "losses"}


def pages() -> dict[str, str]:
    """Return the pages: file name to text."""
    from w2vneg.samplers import methods, named_samplers

    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    texts = {}
    for sampler in named_samplers().values():
        texts[f"{sampler.name}.md"] = _sampler_page(sampler, measured)
    for kind, known in methods().items():
        for method in known.values():
            if f"{method.name}.md" not in texts:
                texts[f"{method.name}.md"] = _method_page(kind, method, measured)
    texts["README.md"] = _index(measured)
    return texts


def _index(measured: dict[str, Any]) -> str:
    from w2vneg.samplers import methods, named_samplers

    named = named_samplers()
    lines = [
        "# Samplers, one page each",
        "",
        "Written by `bin/sampler_pages.py` from the declarations of the methods and from",
        "[measured.json](measured.json). [../samplers.md](../samplers.md) compares them.",
        "",
        "| `--sampler` | negatives | source |",
        "|---|---|---|",
    ]
    lines += [f"| [{n}]({n}.md) | {s.summary} | {s.paper} |" for n, s in named.items()]
    lines += ["", "## In equal time", "", measured["about_equal_time"], "", *_EQUAL_HEAD]
    equal = sorted(measured["equal_time"].items(), key=lambda item: -_number(item[1]["analogies"]))
    lines += [_equal_row(name, row) for name, row in equal]
    lines += ["", "## The best at several times", "", measured["about_times"]]
    lines += _times(measured["times"])
    lines += ["", "## Cost of a word", "", measured["about_cost"], ""]
    lines += ["| `--sampler` | cost | |", "|---|---|---|"]
    lines += [
        f"| {name} | {row['ratio']} | {row['of']} |"
        for name, row in sorted(measured["cost"].items())
    ]
    lines += ["", "## Parts", ""]
    for kind, known in methods().items():
        lines += [f"| `--{kind}` | | source |", "|---|---|---|"]
        lines += [f"| [{m.name}]({m.name}.md) | {m.summary} | {m.paper} |" for m in known.values()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


#: Test sets: key in the measurements to head of the column.
_TESTS = {
    "analogies": "analogies",
    "ws353": "WS-353",
    "simlex999": "SimLex-999",
    "mturk287": "MTurk-287",
}
_EQUAL_HEAD = [
    f"| | cost | epochs | time | memory | {' | '.join(_TESTS.values())} |",
    "|---" * (5 + len(_TESTS)) + "|",
]


def _equal_row(name: str, row: dict[str, Any]) -> str:
    cells = " | ".join(str(row[test]) for test in _TESTS)
    spent = " | ".join(row[key] for key in ("cost", "epochs", "used", "memory"))
    return f"| {name} | {spent} | {cells} |"


def _times(rows: list[dict[str, Any]]) -> list[str]:
    """Return the tables of the best samplers at several times, one for each corpus."""
    lines: list[str] = []
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus]
        tests = [test for test in _TESTS if test in own[0]]
        lines += [
            "",
            f"| {corpus}: time | | seeds | epochs | {' | '.join(_TESTS[t] for t in tests)} |",
            "|---" * (4 + len(tests)) + "|",
        ]
        for row in own:
            cells = [row["time"], row["sampler"], row["seeds"], row["epochs"]]
            lines.append(f"| {' | '.join(map(str, [*cells, *(row[t] for t in tests)]))} |")
    return lines


def _number(figure: str) -> float:
    """Return the mean of a figure that may have a deviation."""
    return float(figure.split()[0])


def _sampler_page(sampler: Any, measured: dict[str, Any]) -> str:
    from w2vneg.config import COMMON
    from w2vneg.samplers import methods
    from w2vneg.system.option_names import flag

    given = {name: option.default for name, option in COMMON.items()}
    sets = {flag(name): value for name, value in sampler.options(given).items()}
    parts = {kind: getattr(sampler, kind) for kind in KINDS}
    lines = [
        f"# {sampler.name}",
        "",
        f"`w2vneg train CORPUS --sampler {sampler.name}`: {sampler.summary}. {sampler.paper}.",
        "",
        "Parts: " + ", ".join(f"`--{kind} {name}`" for kind, name in parts.items()) + ".",
    ]
    if sets:
        text = ", ".join(_setting(option, value) for option, value in sets.items())
        lines.append(f"Sets {text}; options given by hand win.")
    lines.append("")
    own = {kind: name for kind, name in parts.items() if name != PLAIN[kind]}
    for kind, name in (own or {"proposal": parts["proposal"]}).items():
        lines += _description(methods()[kind][name], titled=len(own) > 1)
    lines += _options([methods()[kind][name] for kind, name in parts.items()])
    lines += _measurements(sampler.name, measured)
    return "\n".join(lines).rstrip() + "\n"


def _method_page(kind: str, method: Any, measured: dict[str, Any]) -> str:
    lines = [
        f"# {method.name}",
        "",
        f"`w2vneg train CORPUS --{kind} {method.name}`: {method.summary}. {method.paper}.",
        "",
        *_description(method, titled=False),
        *_options([method]),
        *_measurements(method.name, measured),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _setting(option: str, value: Any) -> str:
    if value is True:
        return f"`{option}`"
    return f"`{option} {value:g}`" if isinstance(value, float) else f"`{option} {value}`"


def _description(method: Any, titled: bool) -> list[str]:
    """Return the docstring of the module that declares a method."""
    build = sys.modules[method.build.__module__]
    if (
        getattr(build, method.kind.upper(), None) is not method
    ):  # built by another method's function
        build = importlib.import_module(_declaring(method))
    head = [f"## {method.kind} {method.name}", ""] if titled else []
    return [*head, *(build.__doc__ or "").strip().splitlines(), ""]


def _declaring(method: Any) -> str:
    """Return the name of the module that declares a method."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith("w2vneg.samplers.") and vars(module).get(method.kind.upper()) is method:
            return name
    raise LookupError(method.name)


def _options(chosen: list[Any]) -> list[str]:
    options = {option.name: option for method in chosen for option in method.options}
    form = "block or window" if all(method.block for method in chosen) else "window only"
    lines = [f"Form of the loop: {form}.", ""]
    if options:
        lines += ["| option | default | |", "|---|---|---|"]
        lines += [
            f"| `{o.flag}` | {'' if o.default is None else o.default} | {o.help} |"
            for o in options.values()
        ]
        lines.append("")
    return lines


def _measurements(name: str, measured: dict[str, Any]) -> list[str]:
    quality, cost = measured["quality"].get(name), measured["cost"].get(name)
    note, equal = measured["notes"].get(name), measured["equal_time"].get(name)
    lines = ["## Measured", ""]
    if not (quality or cost or note or equal):
        return [*lines, "Not measured.", ""]
    if quality:
        lines += [
            measured["about"],
            "",
            "| | analogies | semantic | syntactic | WS-353 | SimLex-999 | MTurk-287 | s |",
            "|---|---|---|---|---|---|---|---|",
            _quality_row(name, quality),
        ]
        if name != "unigram":
            lines.append(_quality_row("unigram", measured["quality"]["unigram"]))
        lines.append("")
    if equal:
        lines += [measured["about_equal_time"], "", *_EQUAL_HEAD, _equal_row(name, equal)]
        if name != "unigram":
            lines.append(_equal_row("unigram", measured["equal_time"]["unigram"]))
        lines.append("")
    if cost:
        lines += [f"{measured['about_cost']} Here: {cost['ratio']} ({cost['of']}).", ""]
    if note:
        lines += [note, ""]
    return lines


def _quality_row(name: str, quality: dict[str, Any]) -> str:
    tests = ("analogies", "semantic", "syntactic", "ws353", "simlex999", "mturk287", "seconds")
    return f"| {name} | " + " | ".join(str(quality[test]) for test in tests) + " |"


def main() -> None:
    """Write the pages, or check that they are current."""
    texts = pages()
    if "--check" in sys.argv[1:]:
        stale = [n for n, text in texts.items() if not _is(FOLDER / n, text)]
        gone = [p.name for p in FOLDER.glob("*.md") if p.name not in texts]
        if stale or gone:
            sys.exit(
                f"docs/samplers: not current: {', '.join([*stale, *gone])}; run bin/sampler_pages.py"
            )
        return
    for path in FOLDER.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
