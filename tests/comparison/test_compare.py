"""The comparison: its arms, its statistics, its runs that are never repeated, its report."""

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

from w2vneg.comparison import analysis
from w2vneg.comparison.arms import make_arms
from w2vneg.comparison.report import page, plots
from w2vneg.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent.parent


def test_arms_from_names_settings_and_grids():
    arms = make_arms(
        ["unigram", "gneg+hardest"],
        ["epochs=3", "gneg+hardest:lr=0.05"],
        ["gneg-lambda=0.25,0.5"],
        ["gensim"],
    )
    assert [arm.name for arm in arms] == [
        "unigram",
        "gneg+hardest gneg-lambda=0.25",
        "gneg+hardest gneg-lambda=0.5",
        "gensim",
    ]
    first, mixed = arms[0].config(4), arms[1].config(4)
    assert (first.epochs, first.lr, first.seed) == (3, 0.025, 4)
    assert (mixed.epochs, mixed.lr, mixed.gneg_lambda) == (3, 0.05, 0.25)
    assert mixed.parts == {"proposal": "gneg", "weighting": "hardest", "loss": "sgns"}
    assert arms[3].options == {"epochs": 3}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((["unigrm"],), "did you mean 'unigram'"),
        ((["unigram"], ["epochs"]), "write option=value"),
        ((["unigram"], ["epoch=3"]), "did you mean 'epochs'"),
        ((["unigram"], ["epochs=many"]), "--epochs must be a number"),
        ((["unigram"], ["gneg-power=1"]), "none of the arms has this option"),
        ((["unigram"], ["uniform:lr=1"]), "--set 'uniform:lr=1'"),
        ((["unigram"], ["epochs=0"]), "--epochs 0 is out of range"),
        ((["unigram"], ["seed=3"]), "--set 'seed'"),
        ((["unigram"], [], ["temperature=1,2"]), "none of the arms has this option"),
        (([],), "nothing to compare"),
        ((["unigram"], [], ["lr=0.1,0.1"]), "is duplicated"),
    ],
)
def test_what_cannot_be_compared_is_named(arguments, text):
    with pytest.raises(UsageError, match=re.escape(text)):
        make_arms(*arguments)


def made_runs(shares, items=400, seed=0, missing=0):
    """Runs with given chances of right answers, and cosines that follow ratings as well."""
    rng = np.random.default_rng(seed)
    ease = np.random.default_rng(99).normal(0, 0.2, items)
    ratings = np.random.default_rng(98).normal(size=60)
    runs = []
    for share in shares:
        right = (rng.random(items) < share + ease).astype(int)
        outcomes = "".join(map(str, right))
        outcomes = "-" * missing + outcomes[missing:]
        cosines = (ratings * share + rng.normal(0, 0.6, 60)).tolist()
        runs.append(
            {
                "items": {
                    "analogies": {
                        "questions": {
                            "capitals": {"kind": "semantic", "outcomes": outcomes[:200]},
                            "gram1": {"kind": "syntactic", "outcomes": outcomes[200:]},
                        }
                    },
                    "similarity": {
                        "pairs": {"ratings": ratings.tolist(), "cosines": [None, *cosines[1:]]}
                    },
                }
            }
        )
    return runs


def test_means_spreads_and_what_is_left_out():
    runs = made_runs([0.5, 0.5, 0.5], missing=7)
    told = analysis.analyse({"a": runs}, "a", resamples=400)["a"]
    assert list(told) == ["questions", "questions semantic", "questions syntactic", "pairs"]
    texts = [
        "".join(s["outcomes"] for s in run["items"]["analogies"]["questions"].values())
        for run in runs
    ]
    shares = [text.count("1") / (400 - 7) for text in texts]
    entry = told["questions"]
    assert entry["seeds"] == pytest.approx(shares)
    assert entry["mean"] == pytest.approx(np.mean(shares))
    assert entry["spread"] == pytest.approx(np.std(shares, ddof=1))
    assert entry["low"] < entry["mean"] < entry["high"]
    from scipy.stats import spearmanr

    pairs = runs[0]["items"]["similarity"]["pairs"]
    expected = spearmanr(pairs["ratings"][1:], pairs["cosines"][1:])[0]
    assert told["pairs"]["seeds"][0] == pytest.approx(expected)


def test_a_clear_difference_is_supported_and_none_is_not():
    runs = {
        "base": made_runs([0.5] * 3),
        "same": made_runs([0.5] * 3, seed=1),
        "better": made_runs([0.75] * 3, seed=2),
    }
    told = analysis.analyse(runs, "base", resamples=1000)
    assert "difference" not in told["base"]["questions"]
    assert told["better"]["questions"]["supported"]
    assert told["better"]["questions"]["difference_low"] > 0.1
    assert not told["same"]["questions"]["supported"]
    assert told["same"]["questions"]["difference_low"] < 0 < told["same"]["questions"][
        "difference_high"
    ]  # fmt: skip
    for arm in ("same", "better"):
        for entry in told[arm].values():
            assert entry["p_holm"] >= entry["p"] > 0


def test_false_alarms_are_as_rare_as_declared():
    """Forty comparisons of equals: the two-sided test at .05, before correction."""
    alarms = 0
    for seed in range(40):
        runs = {
            "a": made_runs([0.5] * 4, seed=2 * seed),
            "b": made_runs([0.5] * 4, seed=2 * seed + 1),
        }
        told = analysis.analyse(runs, "a", resamples=300)
        alarms += told["b"]["questions"]["p"] < 0.05
    assert alarms <= 7  # the binomial law allows more with probability 0.001


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


def test_a_killed_comparison_goes_on_where_it_stopped(material):
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
    found = json.loads(again.stdout)
    assert list(found["arms"]) == ["unigram", "uniform"]
    assert [p["share"] for p in found["arms"]["unigram"]["curve"]] == [0.5, 1.0]

    # All over again in another place: the same numbers, as one thread is reproducible.
    fresh = json.loads(run(material, *more, "--json", "-o", str(material / "fresh")).stdout)
    for arm in found["arms"]:
        assert fresh["arms"][arm]["scores"] == found["arms"][arm]["scores"]


def test_a_report_with_gensim_on_equal_time(material):
    more = ("--samplers", "unigram,dynamic", "--against", "gensim", "--seeds", "1", "--equal-time")
    shown = run(material, *more, "--keep-vectors").stdout
    for word in ("unigram", "dynamic", "gensim", "pairs", "questions", "index.html"):
        assert word in shown
    folder = material / "report"
    html = (folder / "index.html").read_text()
    assert not re.findall(r"(?:src|href)=[\"']?(?:http|//)", html), "needs no network"
    assert "Nearest words" in html
    assert html.count("<svg") == 3 if plots.available() else "matplotlib" in html
    rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
    assert [(row["arm"], row["seed"]) for row in rows] == [
        ("unigram", "1"), ("dynamic", "1"), ("gensim", "1"),
    ]  # fmt: skip
    results = json.loads((folder / "results.json").read_text())
    took = [results["arms"][arm]["cost"] for arm in ("unigram", "dynamic")]
    assert results["equal_time"] == pytest.approx(took[0]["seconds"] + took[0]["prepare_seconds"])
    assert {p.stem for p in (folder / "vectors").glob("*.bin")} == {
        "unigram-1", "dynamic-1", "gensim-1",
    }  # fmt: skip


def test_a_corpus_that_knows_no_test_is_refused_before_the_training(material):
    pairs, questions = material / "pairs.tsv", material / "questions.txt"
    pairs.write_text("sun\tmoon\t3\nred\tblue\t2\nup\tdown\t1\n")
    questions.write_text("one two three four\n")
    error = run(material, code=1).stderr
    assert "has only known words" in error
    assert error.count("\n") == 1
    assert not list((material / "report").rglob("*.json"))


def test_a_failing_run_is_named_and_the_rest_is_kept(material):
    error = run(
        material, "--samplers", "unigram,uniform", "--seeds", "1",
        "--set", "uniform:lr=100000000", code=1,
    ).stderr  # fmt: skip
    assert "diverged" in error
    assert "Traceback" not in error
    assert (material / "report/runs/unigram-1.json").exists()
    assert not (material / "report/index.html").exists()


def test_the_page_escapes_what_it_is_given():
    entry = {"mean": 0.5, "spread": None, "low": 0.4, "high": 0.6, "seeds": [0.5]}
    cost = {"seconds": 1, "seconds_spread": None, "prepare_seconds": 0, "tokens": 10,
            "words_per_second": 10, "peak_memory": 1e6}  # fmt: skip
    found = {
        "tool": "w2vneg", "command": "<script>", "baseline": "a", "equal_time": None, "seeds": [1],
        "corpus": {"files": ["<b>.txt"], "fingerprint": "x"},
        "machine": {k: "x" for k in ("system", "cpus", "python", "numpy", "numba", "gensim")},
        "arms": {"a": {"tool": "w2vneg", "changed": {}, "cost": cost, "scores": {"t": entry},
                       "curve": [], "sections": {}}},
    }  # fmt: skip
    html = page.render(found, {}, {"<i>": {"a": ["&"]}})
    assert "<script>" not in html
    assert "<b>.txt" not in html
    assert "&lt;i&gt;" in html
