"""Samplers at equal time: trains each with several settings, scores it, and prints a table.

The time is that of some epochs of unigram with 5 negatives. What an epoch of another sampler costs, in
units of unigram's, is measured in slices of both that take turns, in processor time: the speed of a
shared machine changes, such a ratio hardly does. What it costs before and between epochs, such as
counting a graph or clustering words, is measured in one epoch of the whole corpus and paid once.
Finished runs are kept in a file and not repeated.

bin/bench samplers CORPUS --time 10 --analogies FILE --similarity FILE ... --out results.jsonl
bin/bench samplers CORPUS --out results.jsonl --show
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from bench_quality import ROOT, run

#: Words of the slices that measure the cost of an epoch, and how often they take turns.
SLICE_TOKENS, TURNS = 2_000_000, 5
#: Arms besides the named samplers: name to the arguments of a training.
MORE = {
    "self-adversarial": "--weighting self-adversarial",
    "hard-debiased": "--weighting hard-debiased",
    "bpr": "--loss bpr",
    "balanced": "--preset balanced",
}

#: Prints, in epochs of unigram, what an epoch of a sampler costs, slice by slice, and at last its preparation.
PILOT = """
import json, sys, time
from w2vneg.corpus.encode import encode
from w2vneg.samplers import all_options, configure
from w2vneg.training.train import train
path, tokens, turns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
known = all_options()
given = {name: known[name].kind(value) for name, value in json.loads(sys.argv[4]).items()}
plain = {name: given[name] for name in ("dim", "threads")}
def spent(corpus, options, epochs):
    config = configure(**{"preset": "word2vec", **options, "epochs": epochs})
    began = time.process_time()
    train(corpus, config)
    return time.process_time() - began
def epoch(corpus, options):
    return (spent(corpus, options, 3) - spent(corpus, options, 1)) / 2
with encode(path, max_tokens=tokens, min_count=5, cache=False) as corpus:
    spent(corpus, plain, 1), spent(corpus, given, 1)
    for _ in range(turns):
        print(json.dumps(epoch(corpus, given) / epoch(corpus, plain)), flush=True)
with encode(path, min_count=5) as corpus:
    print(json.dumps(spent(corpus, given, 1) / spent(corpus, plain, 1)), flush=True)
"""


class Arm(NamedTuple):
    """What is trained: a name, a setting such as ``lr=0.05,negatives=5``, and a seed."""

    name: str
    setting: str
    seed: int

    def arguments(self) -> list[str]:
        """Return the arguments of `w2vneg train`."""
        own = MORE[self.name].split() if self.name in MORE else ["--sampler", self.name]
        if "--preset" not in own:
            own += ["--preset", "word2vec"]
            for part in filter(None, self.setting.split(",")):
                option, value = part.split("=")
                own += [f"--{option}", value]
        return [*own, "--seed", str(self.seed)]


def command(options: argparse.Namespace, arm: Arm, vectors: str, *more: Any) -> list[str]:
    """Return the command that trains an arm."""
    return [
        "-m", "w2vneg", "train", options.corpus, "-o", vectors, "--dim", str(options.dim),
        "--threads", str(options.threads), *arm.arguments(), *map(str, more),
    ]  # fmt: skip


def relative_cost(options: argparse.Namespace, arm: Arm) -> tuple[float, float]:
    """Return what an epoch and what the preparation cost, in epochs of unigram with 5 negatives."""
    given = {"dim": str(options.dim), "threads": str(options.threads)}
    words = arm.arguments()
    for flag, value in zip(words[::2], words[1::2], strict=True):
        given[flag.lstrip("-").replace("-", "_")] = value
    done = subprocess.run(
        [sys.executable, "-c", PILOT, options.corpus, str(SLICE_TOKENS), str(TURNS), json.dumps(given)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    *epochs, whole = map(float, done.stdout.split())
    cost = statistics.median(epochs)
    return cost, max(0.0, whole - cost)


def measure(options: argparse.Namespace) -> None:
    """Do the runs that are not in the file of results yet."""
    results = load(options.out)
    done = {(r["arm"], r["setting"], r["seed"], r["time"]) for r in results if "error" not in r}
    costs = {
        (r["arm"], r["setting"]): (r["cost"], r["preparation"])
        for r in results
        if "preparation" in r
    }
    with tempfile.TemporaryDirectory() as folder:
        vectors = f"{folder}/v.bin"
        for seed in options.seeds:
            for name in options.arms:
                for setting in [""] if name == "balanced" else options.settings:
                    if (name, setting, seed, options.time) in done:
                        continue
                    arm = Arm(name, setting, seed)
                    result: dict[str, Any] = {**arm._asdict(), "time": options.time}
                    result["arm"] = result.pop("name")
                    try:
                        if (name, setting) not in costs:
                            costs[name, setting] = relative_cost(options, arm)
                        cost, preparation = costs[name, setting]
                        result["epochs"] = max(1, round((options.time - preparation) / cost))
                        line = command(options, arm, vectors, "--epochs", result["epochs"])
                        one = run(line, vectors, options)
                        result |= {"cost": cost, "preparation": preparation, "cpu": one.cpu}
                        result |= {"scores": one.scores, "memory": one.memory}
                    except (RuntimeError, SystemExit) as error:
                        result["error"] = str(error)
                    with open(options.out, "a", encoding="utf-8") as file:
                        file.write(json.dumps(result) + "\n")
                    print(json.dumps(result), flush=True)


def load(path: str) -> list[dict[str, Any]]:
    """Return the runs in a file of results, those that failed included."""
    if not Path(path).exists():
        return []
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def show(path: str) -> None:
    """Print the scores of each arm and setting: mean and standard deviation over seeds."""
    from w2vneg.cli.output import print_table

    groups: dict[tuple[float, str, str], list[dict[str, Any]]] = {}
    for result in load(path):
        if "scores" in result:
            key = (result["time"], result["arm"], result["setting"])
            groups.setdefault(key, []).append(result)
    if not groups:
        return
    tests = list(next(iter(groups.values()))[0]["scores"])
    rows = []
    for (time, arm, setting), results in groups.items():
        cells = []
        for test in tests:
            values = [result["scores"][test] for result in results]
            more = f" \u00b1 {statistics.stdev(values):.3f}" if len(values) > 1 else ""
            cells.append(f"{statistics.fmean(values):.3f}{more}")
        cost, epochs = results[0]["cost"], results[0]["epochs"]
        rows.append([f"{time:g}", arm, setting, *cells, f"{cost:.2f}", str(epochs)])
    first = tests[0]
    rows.sort(key=lambda row: (float(row[0]), row[3]), reverse=True)
    print_table(["time", "sampler", "setting", *tests, "cost", "epochs"], rows, left=3)
    print(f"Ordered by {first}.")


def draw(path: str, picture: str, named: int = 8) -> None:
    """Draw the best mean of each sampler on the first test set over the time.

    Parameters
    ----------
    path : str
        File of results.
    picture : str
        File of the picture; its suffix tells the format.
    named : int
        So many of the best samplers, and unigram, have a color and a name.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    groups: dict[tuple[str, float, str], list[float]] = {}
    test = ""
    for result in load(path):
        if "scores" in result:
            test, score = next(iter(result["scores"].items()))
            key = (result["arm"], result["time"], result["setting"])
            groups.setdefault(key, []).append(score)
    lines: dict[str, dict[float, float]] = {}
    for (arm, time, _), scores in groups.items():
        line = lines.setdefault(arm, {})
        line[time] = max(statistics.fmean(scores), line.get(time, 0.0))
    # Those that were trained longest come first.
    order = sorted(lines, key=lambda arm: max(lines[arm].items()), reverse=True)
    longest = max(time for line in lines.values() for time in line)
    shown = [arm for arm in order[:named] if longest in lines[arm]]
    shown += sorted({"unigram"} - set(shown))
    figure, axes = pyplot.subplots(figsize=(8, 5.5))
    heights: list[float] = []
    for arm in order[::-1]:
        times = sorted(lines[arm])
        values = [lines[arm][time] for time in times]
        if arm not in shown:
            axes.plot(times, values, color="0.8", linewidth=1, zorder=1)
            continue
        width = 3 if arm == "unigram" else 1.5
        (line,) = axes.plot(times, values, marker="o", markersize=4, linewidth=width, zorder=3)
        height = max([values[-1], *(h + 0.016 for h in heights)])
        heights.append(height)
        axes.annotate(
            "unigram, preset balanced" if arm == "balanced" else arm,
            (times[-1], values[-1]), (times[-1] * 1.06, height), va="center",
            color=line.get_color(), fontweight="bold" if arm == "unigram" else "normal",
        )  # fmt: skip
    axes.set_xscale("log")
    ticks = sorted({time for _, time, _ in groups})
    axes.set_xticks(ticks, [f"{time:g}" for time in ticks])
    axes.minorticks_off()
    axes.set_xlim(ticks[0] * 0.95, ticks[-1] * 2.6)
    axes.set_ylim(top=max(heights) + 0.02)
    axes.set_xlabel("time, in epochs of unigram with 5 negatives (logarithmic)")
    axes.set_ylabel(f"{test}, best setting")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92")
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None} if picture.endswith(".svg") else None)


def main() -> None:
    """Measure, or show what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument(
        "--time", type=float, default=10.0, help="in epochs of unigram with 5 negatives"
    )
    parser.add_argument("--arms", type=lambda text: text.split(","))
    parser.add_argument(
        "--settings",
        type=lambda text: text.split(";"),
        default=["lr=0.05,negatives=5", "lr=0.075,negatives=10"],
    )
    parser.add_argument("--seeds", type=lambda text: [int(s) for s in text.split(",")], default=[1])
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--analogies", nargs="*", default=[])
    parser.add_argument("--similarity", nargs="*", default=[])
    parser.add_argument("--out", required=True, help="file of results, one run a line")
    parser.add_argument("--show", action="store_true", help="only print the table")
    parser.add_argument("--picture", help="draw the first test set over the time to this file")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.arms is None:
        from w2vneg.samplers import named_samplers

        options.arms = [*named_samplers(), *MORE]
    if not options.show:
        measure(options)
    show(options.out)
    if options.picture:
        draw(options.out, options.picture)


if __name__ == "__main__":
    main()
