"""Whole comparisons: runs that are never repeated, failures, the files of the report."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.hidden import python_without

from w2vneg.comparison.report import plots

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent

QUESTIONS = """: capitals
w1 w2 w3 w4
w5 w6 w7 w8
w2 w1 w4 w3
: gram1-plural
w9 w10 w11 w12
w10 w11 w12 w13
"""


@pytest.fixture
def material(tmp_path):
    rng = np.random.default_rng(0)
    lines = [" ".join(f"w{n}" for n in rng.zipf(1.4, 12).clip(1, 40)) for _ in range(3000)]
    (tmp_path / "corpus.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "questions.txt").write_text(QUESTIONS)
    pairs = [f"w{i}\tw{i + 3}\t{(7 * i) % 10}" for i in range(1, 25)]
    (tmp_path / "pairs.tsv").write_text("\n".join(pairs) + "\n")
    return tmp_path


def command(folder, *more):
    return [
        sys.executable, "-m", "w2vneg", "compare", str(folder / "corpus.txt"),
        "--analogies", str(folder / "questions.txt"), "--similarity", str(folder / "pairs.tsv"),
        "--set", "dim=8,epochs=2,threads=1", "-o", str(folder / "report"), *more,
    ]  # fmt: skip


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(folder, *more, code=0):
    result = subprocess.run(
        command(folder, *more), env=ENVIRONMENT, capture_output=True, text=True, cwd=folder
    )
    assert result.returncode == code, result.stderr
    return result


def shape(value):
    """The structure of a JSON value: keys, and the types of everything else."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return "number" if type(value) in (int, float) else type(value).__name__


def numbers(*names):
    return dict.fromkeys(names, "number")


SCORE = {
    **numbers("mean"),
    "spread": "NoneType",
    **numbers("low", "high"),
    "seeds": ["number"],
    **numbers("used", "items", "unknown", "beyond", "zero", "not_common"),
}
GAP = {
    **numbers("difference", "difference_low", "difference_high", "p", "p_holm"),
    "supported": "bool",
}
COST = {
    "seconds": "number",
    "seconds_spread": "NoneType",
    **numbers("prepare_seconds", "tokens", "words_per_second", "peak_memory"),
}
TESTS = ("questions", "questions semantic", "questions syntactic", "pairs")
POINT = {
    **numbers("share", "seconds", "tokens"),
    "analogies": numbers("questions"),
    "similarity": numbers("pairs"),
}
FIGURES = numbers("tokens", "seconds", "prepare_seconds")


def arm_shape(baseline=False, gensim=False):
    sampler = {"mode": "str"} if gensim else {}
    return {
        "tool": "str",
        "cost": COST,
        "scores": dict.fromkeys(TESTS, SCORE if baseline else {**SCORE, **GAP}),
        "sections": {"questions": numbers("capitals", "gram1-plural")},
        "curve": [POINT, POINT],
        "sampler": [sampler],
        "ranks": "NoneType",
    }


def run_shape(**own):
    return {
        "arm": "str",
        "seed": "number",
        **FIGURES,
        **own,
        **numbers("peak_memory", "encode_seconds"),
        "scores": numbers(*TESTS),
    }


TRAINED = run_shape(**numbers("loss", "fallbacks"))
REPORT_SHAPE = {
    "tool": "str",
    "command": "str",
    "baseline": "str",
    "equal_time": "number",
    "seeds": ["number"],
    "corpus": {"files": ["str"], "fingerprint": "str"},
    "machine": {
        "system": "str",
        "processor": "str",
        "cpus": "number",
        **dict.fromkeys(("python", "numpy", "numba", "gensim"), "str"),
    },
    "arms": {
        "unigram": arm_shape(baseline=True),
        "dynamic": arm_shape(),
        "gensim": arm_shape(gensim=True),
        "balanced": arm_shape(),
    },
    "runs": [TRAINED, TRAINED, run_shape(loss="NoneType"), TRAINED],
    "notes": [],
}


def test_report_with_gensim_in_equal_time(material):
    more = (
        "--samplers", "unigram,dynamic", "--against", "gensim", "--seeds", "1", "--equal-time",
        "--eval-every", "0.5", "--keep-vectors",
    )  # fmt: skip
    printed = run(material, *more).stdout
    for word in ("unigram", "dynamic", "gensim", "pairs", "questions", "index.html"):
        assert word in printed
    folder = material / "report"
    html = (folder / "index.html").read_text()
    assert not re.findall(r"(?:src|href)=[\"']?(?:http|//)", html), "needs no network"
    assert "Nearest words" in html
    assert html.count("<svg") == 5 if plots.available() else "matplotlib" in html
    rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
    assert [(r["arm"], r["seed"]) for r in rows] == [(arm, "1") for arm in REPORT_SHAPE["arms"]]
    results = json.loads((folder / "results.json").read_text())
    for name, arm in results["arms"].items():
        assert f"{arm['scores']['pairs']['mean']:.3f}" in html
        row = next(row for row in rows if row["arm"] == name)
        assert float(row["pairs"]) == arm["scores"]["pairs"]["seeds"][0]
    took = [results["arms"][arm]["cost"] for arm in ("unigram", "dynamic")]
    assert results["equal_time"] == pytest.approx(took[0]["seconds"] + took[0]["prepare_seconds"])
    saved = {path.stem for path in (folder / "vectors").glob("*.bin")}
    assert saved == {f"{arm}-1" for arm in REPORT_SHAPE["arms"]}

    # --json prints what the file holds; every run is reused.
    again = run(material, *more, "--json")
    assert again.stderr.count("done earlier") == 4
    same = json.loads(again.stdout)
    assert {**same, "command": ""} == {**results, "command": ""}
    for arm in results["arms"].values():
        # A training of milliseconds may be over before its milestone.
        assert 1 <= len(arm["curve"]) <= 2
        arm["curve"] = arm["curve"][:1] * 2
        options, changed = arm.pop("options"), arm.pop("changed")
        assert changed.items() <= options.items()
        changed = {n: v for n, v in changed.items() if n not in ("sampler", "preset")}
        assert changed == {"dim": 8, "epochs": 2, "threads": 1}
    assert shape(results) == REPORT_SHAPE
    assert list(results) == list(REPORT_SHAPE), "keys keep their order"


def test_killed_comparison_resumes(material):
    more = ("--samplers", "unigram,uniform", "--seeds", "2", "--eval-every", "0.5")
    process = subprocess.Popen(
        command(material, *more), env=ENVIRONMENT, stderr=subprocess.PIPE, cwd=material
    )
    runs = material / "report/runs"
    deadline = time.monotonic() + 120
    while not (runs / "unigram-2.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finished = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in runs.glob("*.json")}
    assert len(finished) >= 2
    # The run in progress ends with its parent.
    time.sleep(1)
    alive = subprocess.run(["pgrep", "-f", str(runs)], capture_output=True, text=True).stdout
    assert not alive.strip()
    again = run(material, *more, "--json")
    for path, (data, written) in finished.items():
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, written)
    assert again.stderr.count("done earlier") == len(finished)
    resumed = json.loads(again.stdout)
    assert list(resumed["arms"]) == ["unigram", "uniform"]
    assert [p["share"] for p in resumed["arms"]["unigram"]["curve"]] == [0.5, 1.0]

    # A second comparison elsewhere gives the same scores: one thread is reproducible.
    fresh = json.loads(run(material, *more, "--json", "-o", str(material / "fresh")).stdout)
    for arm in resumed["arms"]:
        assert fresh["arms"][arm]["scores"] == resumed["arms"][arm]["scores"]


def test_signal_stops_with_a_hint_to_resume(material):
    process = subprocess.Popen(
        command(material, "--samplers", "unigram", "--set", "epochs=100000"),
        env=ENVIRONMENT, stderr=subprocess.PIPE, cwd=material, text=True,
    )  # fmt: skip
    task = material / "report/runs/unigram-1.task"
    deadline = time.monotonic() + 120
    while not task.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "the same command resumes" in error
    assert "Traceback" not in error


def test_corpus_without_test_words_is_refused(material):
    pairs, questions = material / "pairs.tsv", material / "questions.txt"
    pairs.write_text("sun\tmoon\t3\nred\tblue\t2\nup\tdown\t1\n")
    questions.write_text("one two three four\n")
    error = run(material, code=1).stderr
    assert "has only known words" in error
    assert error.count("\n") == 1
    assert not list((material / "report").rglob("*.json"))


def test_runs_where_the_system_tells_no_memory(material):
    """As on Windows, which has no ``resource``."""
    result = python_without(
        ["resource"], material, *command(material, "--samplers", "unigram", "--seeds", "1")[1:]
    )
    assert result.returncode == 0, result.stderr
    report = json.loads((material / "report/results.json").read_text())
    assert report["arms"]["unigram"]["cost"]["peak_memory"] is None
    assert report["runs"][0]["peak_memory"] is None
    (row,) = csv.DictReader((material / "report/results.csv").read_text().splitlines())
    assert row["peak_memory"] == ""
    assert "<td>-</td></tr>" in (material / "report/index.html").read_text()


def test_failing_run_is_named_and_finished_ones_kept(material):
    error = run(
        material, "--samplers", "unigram,uniform", "--seeds", "1",
        "--set", "uniform:lr=100000000", code=1,
    ).stderr  # fmt: skip
    assert "diverged" in error
    assert "Traceback" not in error
    assert (material / "report/runs/unigram-1.json").exists()
    assert not (material / "report/index.html").exists()
