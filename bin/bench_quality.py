"""Quality against time: the presets of w2vneg, and gensim with its own defaults.

Each training is a process of its own, and its vectors are scored by `w2vneg eval`. Times are of the
processor, all threads together, so that other work on the machine does not count; wall-clock
seconds stand beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

GENSIM = """
import sys
from gensim.models import Word2Vec
corpus, out, dim, threads, seed = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
model = Word2Vec(vector_size=dim, window=5, min_count=5, sg=1, negative=5, sample=1e-3, seed=seed,
                 workers=threads, epochs=5)
model.build_vocab(corpus_file=corpus)
model.train(corpus_file=corpus, total_words=model.corpus_total_words,
            total_examples=model.corpus_count, epochs=5)
model.wv.save_word2vec_format(out, binary=True)
"""


class Run(NamedTuple):
    """One training: seconds of the processor and of the clock, test set to score, peak memory in bytes."""

    cpu: float
    wall: float
    scores: dict[str, float]
    memory: int


def run(command: list[str], vectors: str, options: argparse.Namespace) -> Run:
    """Train and score."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed with {process.returncode}: {' '.join(command)}")
    wall = time.perf_counter() - began
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(usage.ru_utime + usage.ru_stime, wall, score(vectors, options), peak)


def score(vectors: str, options: argparse.Namespace) -> dict[str, float]:
    """Return test set to accuracy or Spearman's correlation."""
    command = [sys.executable, "-m", "w2vneg", "eval", vectors, "--json", "--bootstrap", "1"]
    for kind in ("analogies", "similarity"):
        for path in getattr(options, kind):
            command += [f"--{kind}", path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    result = next(iter(json.loads(done.stdout)["vectors"].values()))
    scores = {name: s["total"]["accuracy"] for name, s in result["analogies"].items()}
    scores.update({name: s["spearman"] for name, s in result["similarity"].items()})
    return {name: value for name, value in scores.items() if value is not None}


def trainings(options: argparse.Namespace, folder: str) -> dict[str, list[Run]]:
    """Return the runs of each way to train, by name."""
    ways: dict[str, list[str]] = {
        f"--preset {name}": ["--preset", name] for name in options.presets
    }
    # From the cheapest on: the first that is as good as gensim gives the time to its quality.
    for epochs in options.epochs:
        ways[f"--preset fast --epochs {epochs}"] = ["--preset", "fast", "--epochs", str(epochs)]
    dim, threads = str(options.dim), str(options.threads)
    results: dict[str, list[Run]] = {}
    for seed in map(str, range(1, options.seeds + 1)):
        vectors = f"{folder}/v.bin"
        command = ["-c", GENSIM, options.corpus, vectors, dim, threads, seed]
        results.setdefault("gensim, 5 epochs", []).append(run(command, vectors, options))
        for name, more in ways.items():
            command = [
                "-m", "w2vneg", "train", options.corpus, "-o", vectors, "--dim", dim,
                "--threads", threads, "--seed", seed, "--no-cache", *more,
            ]  # fmt: skip
            results.setdefault(name, []).append(run(command, vectors, options))
    return results


def mean(runs: list[Run], test: str) -> float:
    """Return the mean score on a test set."""
    return statistics.fmean(run.scores[test] for run in runs)


def spread(runs: list[Run], test: str) -> str:
    """Return the mean score and its standard deviation."""
    scores = [run.scores[test] for run in runs]
    more = f" \u00b1 {statistics.stdev(scores):.3f}" if len(scores) > 1 else ""
    return f"{statistics.fmean(scores):.3f}{more}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", help="default: the sample corpus")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument(
        "--presets",
        type=lambda text: text.split(","),
        default=["word2vec", "fast", "balanced", "best"],
    )
    parser.add_argument(
        "--epochs",
        type=lambda text: [int(part) for part in text.split(",") if part],
        default=[1, 2, 3, 4],
        help="of --preset fast, for the time to the quality of gensim",
    )
    parser.add_argument("--analogies", nargs="*", default=[])
    parser.add_argument("--similarity", nargs="*", default=[])
    parser.add_argument(
        "--until",
        type=lambda text: text.split(","),
        help="test sets that count for the time to the quality of gensim (default: all)",
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.corpus is None:
        from w2vneg.datasets.sample import sample_corpus

        options.corpus = str(sample_corpus())
    with tempfile.TemporaryDirectory() as folder:
        # Compiles the kernels.
        command = [
            "-m",
            "w2vneg",
            "train",
            options.corpus,
            "-o",
            f"{folder}/v.bin",
            "--epochs",
            "1",
        ]
        run(command, f"{folder}/v.bin", options)
        results = trainings(options, folder)
    if options.json:
        print(json.dumps({name: [r._asdict() for r in runs] for name, runs in results.items()}))
        return
    report(results, options.until)


def report(results: dict[str, list[Run]], until: list[str] | None) -> None:
    """Print the scores, and the time to the quality of gensim on some test sets."""
    from w2vneg.cli.output import print_line, print_table

    (theirs, gensim), *_ = results.items()
    tests = list(gensim[0].scores)
    rows = []
    cpu: dict[str, float] = {}
    for name, runs in results.items():
        cpu[name] = statistics.median(r.cpu for r in runs)
        wall = statistics.median(r.wall for r in runs)
        ratio = f"{cpu[theirs] / cpu[name]:.1f} x"
        scores = [spread(runs, test) for test in tests]
        rows.append([name, *scores, f"{cpu[name]:.1f}", f"{wall:.1f}", ratio])
    print_table(["training", *tests, "CPU s", "s", "gensim / this"], rows)
    equal = [
        name
        for name, runs in results.items()
        if runs is not gensim
        and all(mean(runs, test) >= mean(gensim, test) for test in until or tests)
    ]
    if not equal:
        print_line(f"Nothing reached the means of gensim on {', '.join(until or tests)}.")
        return
    first = min(equal, key=lambda name: cpu[name])
    print_line(
        f"Time to the quality of gensim: {cpu[first]:.1f} of {cpu[theirs]:.1f} s of the processor, "
        f"{cpu[theirs] / cpu[first]:.1f} times as fast ({first})."
    )


if __name__ == "__main__":
    main()
