"""Samplers at equal processor time: trains each with several settings, scores it, and prints a table.

The number of epochs of a run is what fits into the time, by the cost of a short run of its own, so that
other work on the machine does not count. Finished runs are kept in a file and not repeated.

bin/bench samplers CORPUS --seconds 40 --analogies FILE --similarity FILE ... --out results.jsonl
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

#: Words of the short run that measures the cost of a word.
PILOT_TOKENS = 3_000_000
#: Arms besides the named samplers: name to the arguments of a training.
MORE = {
    "self-adversarial": "--weighting self-adversarial",
    "hard-debiased": "--weighting hard-debiased",
    "bpr": "--loss bpr",
    "balanced": "--preset balanced",
}
WORDS = "tokens_read"


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


def processor_seconds(arguments: list[str]) -> float:
    """Return the processor time of a process."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stderr is not None
    told = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(told.strip().splitlines()[-1] if told.strip() else "failed")
    return usage.ru_utime + usage.ru_stime


def count_tokens(corpus: str) -> int:
    """Return the number of words of a corpus."""
    done = subprocess.run(
        [sys.executable, "-m", "w2vneg", "vocab", corpus, "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True,
    )  # fmt: skip
    return int(json.loads(done.stdout)[WORDS])


def cost_of_epoch(options: argparse.Namespace, arm: Arm, vectors: str, tokens: int) -> float:
    """Return the processor time of an epoch; that of the preparation is a part of it."""
    times = []
    for limit in (1000, min(PILOT_TOKENS, tokens)):
        more = ["--max-tokens", limit, "--epochs", 1, "--no-cache"]
        if limit == 1000:
            more += ["--min-count", 1]
        processor_seconds(command(options, arm, vectors, *more))  # compiles
        times.append(processor_seconds(command(options, arm, vectors, *more)))
    return (times[1] - times[0]) * tokens / min(PILOT_TOKENS, tokens)


def measure(options: argparse.Namespace) -> None:
    """Do the runs that are not in the file of results yet."""
    results = load(options.out)
    done = {(r["arm"], r["setting"], r["seed"], r["seconds"]) for r in results}
    costs = {(r["arm"], r["setting"]): r["epoch"] for r in results if "epoch" in r}
    tokens = count_tokens(options.corpus)
    with tempfile.TemporaryDirectory() as folder:
        vectors = f"{folder}/v.bin"
        for seed in options.seeds:
            for name in options.arms:
                for setting in [""] if name == "balanced" else options.settings:
                    if (name, setting, seed, options.seconds) in done:
                        continue
                    arm = Arm(name, setting, seed)
                    result: dict[str, Any] = {**arm._asdict(), "seconds": options.seconds}
                    result["arm"] = result.pop("name")
                    try:
                        if (name, setting) not in costs:
                            costs[name, setting] = cost_of_epoch(options, arm, vectors, tokens)
                        epoch = costs[name, setting]
                        result["epochs"] = max(1, round(options.seconds / epoch))
                        line = command(options, arm, vectors, "--epochs", result["epochs"])
                        one = run(line, vectors, options)
                        result |= {"epoch": epoch, "cpu": one.cpu, "scores": one.scores}
                    except (RuntimeError, SystemExit) as error:
                        result["error"] = str(error)
                    with open(options.out, "a", encoding="utf-8") as file:
                        file.write(json.dumps(result) + "\n")
                    print(json.dumps(result), flush=True)


def load(path: str) -> list[dict[str, Any]]:
    """Return the finished runs."""
    if not Path(path).exists():
        return []
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def show(path: str) -> None:
    """Print the scores of each arm and setting: mean and standard deviation over seeds."""
    from w2vneg.cli.output import print_table

    groups: dict[tuple[float, str, str], list[dict[str, Any]]] = {}
    for result in load(path):
        if "scores" in result:
            key = (result["seconds"], result["arm"], result["setting"])
            groups.setdefault(key, []).append(result)
    if not groups:
        return
    tests = list(next(iter(groups.values()))[0]["scores"])
    rows = []
    for (seconds, arm, setting), results in groups.items():
        cells = []
        for test in tests:
            values = [result["scores"][test] for result in results]
            more = f" \u00b1 {statistics.stdev(values):.3f}" if len(values) > 1 else ""
            cells.append(f"{statistics.fmean(values):.3f}{more}")
        cpu = statistics.fmean(result["cpu"] for result in results)
        epochs = results[0]["epochs"]
        rows.append([f"{seconds:g}", arm, setting, *cells, str(epochs), f"{cpu:.0f}"])
    first = tests[0]
    rows.sort(key=lambda row: (float(row[0]), row[3]), reverse=True)
    print_table(["s", "sampler", "setting", *tests, "epochs", "CPU s"], rows, left=3)
    print(f"Ordered by {first}.")


def main() -> None:
    """Measure, or show what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("--seconds", type=float, default=40.0, help="processor time of a training")
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
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.arms is None:
        from w2vneg.samplers import named_samplers

        options.arms = [*named_samplers(), *MORE]
    if not options.show:
        measure(options)
    show(options.out)


if __name__ == "__main__":
    main()
