"""Speed of the training loop alone: words/s, useful GFLOP/s and their share of sgemm's peak.

Every configuration trains in a process of its own, which is ready before the clock starts. Slices
of a few seconds go round among the processes, the last of them multiplying matrices, so
that a change in the machine's speed affects all; figures are medians over the slices. With
``--against COMMIT`` another version of the package takes part.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

#: Trains for as many seconds as a line of its input says, and prints the counts.
WORKER = """
import json, sys
from w2vneg.corpus.encode import encode
from w2vneg.samplers import configure
from w2vneg.training.train import train
corpus, options = sys.argv[1], json.loads(sys.argv[2])
try:
    config = configure(**options)
except Exception:  # an older version, which knows only the window form
    config = configure(**{k: v for k, v in options.items() if k not in ("form", "candidates")})
with encode([corpus], min_count=config.min_count) as encoded:
    train(encoded, config, seconds=0.1)
    print("{}", flush=True)
    for line in sys.stdin:
        result = train(encoded, config, seconds=float(line))
        figures = {n: getattr(result, n) for n in ("tokens", "kept", "pairs", "seconds")}
        print(json.dumps(figures), flush=True)
"""

#: Multiplies two matrices on one thread for as long.
SGEMM = """
import json, sys, time
import numpy as np
a, b = np.ones((2, 768, 768), np.float32)
print("{}", flush=True)
for line in sys.stdin:
    began, times = time.perf_counter(), 0
    while time.perf_counter() - began < float(line):
        a @ b
        times += 1
    print(json.dumps({"flops": times * 2 * 768**3 / (time.perf_counter() - began)}), flush=True)
"""


class Worker:
    """A process that measures a slice on request."""

    def __init__(self, package: Path, code: str, *arguments: str) -> None:
        environment = {
            **os.environ, "PYTHONPATH": str(package), "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.slices: list[dict[str, float]] = []
        self._read()

    def _read(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a process ended early; its error is above")
        figures: dict[str, float] = json.loads(line)
        return figures

    def measure(self, seconds: float) -> None:
        """Add a slice."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        self.slices.append(self._read())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


#: The settings of word2vec, spelled out: commits differ in their defaults.
CLASSIC = {"epochs": 5, "lr": 0.025, "sample": 1e-3}


def useful_flops(options: dict[str, Any], figures: dict[str, float]) -> float:
    """Return the operations per second of the three products, without padding and masked cells.

    Each pair costs 6 d for its positive. Negatives cost 6 d for each pair and draw in the window
    form, for each word and draw in the block form (whose windows here fit one piece).
    """
    draws = options["candidates"] * figures["kept"]
    if options["form"] == "window":
        draws = options["negatives"] * figures["pairs"]
    return 6 * options["dim"] * (figures["pairs"] + draws) / figures["seconds"]


def bench(options: argparse.Namespace, other: Path | None) -> list[dict[str, Any]]:
    """Measure all combinations; return a row of figures for each."""
    rows: list[dict[str, Any]] = []
    for dim, threads in itertools.product(options.dims, options.threads):
        sgemm = Worker(ROOT, SGEMM)
        cases = [
            {
                **CLASSIC,
                "dim": dim,
                "threads": threads,
                "form": "block",
                "negatives": 5,
                "candidates": n,
            }
            for n in options.candidates
        ] + [
            {
                **CLASSIC,
                "dim": dim,
                "threads": threads,
                "form": "window",
                "negatives": k,
                "candidates": k,
            }
            for k in options.negatives
        ]
        packages = [("", ROOT)] + ([(options.against, other)] if other else [])
        workers = [
            (name, case, Worker(package, WORKER, options.corpus, json.dumps(case)))
            for name, package in packages
            for case in cases
            if package is not None and (not name or case["form"] == "window")
        ]
        for _ in range(options.rounds):
            for _, _, worker in workers:
                worker.measure(options.seconds)
            sgemm.measure(options.seconds / 2)
        peak = [slice_["flops"] for slice_ in sgemm.slices]
        base = workers[-1][2] if other else workers[len(options.candidates)][2]
        for name, case, worker in workers:
            speeds = [s["tokens"] / s["seconds"] for s in worker.slices]
            reference = [s["tokens"] / s["seconds"] for s in base.slices]
            flops = [useful_flops(case, s) for s in worker.slices]
            rows.append(
                {
                    **case,
                    "commit": name,
                    "words_per_second": statistics.median(speeds),
                    "gflops": statistics.median(flops) / 1e9,
                    "share_of_sgemm": statistics.median(
                        f / p / threads for f, p in zip(flops, peak, strict=True)
                    ),
                    "ratio": statistics.median(
                        a / b for a, b in zip(speeds, reference, strict=True)
                    ),
                }
            )
            worker.close()
        sgemm.close()
    return rows


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bin/bench kernel", description=__doc__)
    parser.add_argument("corpus", nargs="?", help="default: the sample corpus")
    parser.add_argument("--dims", type=_numbers, default=[50, 100, 200, 300, 768])
    parser.add_argument("--candidates", type=_numbers, default=[32], help="N of the block form")
    parser.add_argument("--negatives", type=_numbers, default=[5], help="K of the window form")
    parser.add_argument("--threads", type=_numbers, default=[1])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a slice")
    parser.add_argument("--against", metavar="COMMIT", help="compare with another version")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    if options.corpus is None:
        from w2vneg.datasets.sample import sample_corpus

        options.corpus = str(sample_corpus())
    with tempfile.TemporaryDirectory() as folder:
        other = None
        if options.against:
            other = Path(folder)
            packed = subprocess.run(
                ["git", "archive", options.against, "w2vneg"],
                cwd=ROOT, check=True, capture_output=True,
            )  # fmt: skip
            subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        began = time.monotonic()
        rows = bench(options, other)
    if options.json:
        print(json.dumps({"rows": rows, "seconds": time.monotonic() - began}))
        return
    from w2vneg.cli.output import print_table

    print_table(
        ["form", "d", "N or K", "threads", "M words/s", "GFLOP/s", "of sgemm", "ratio"],
        [
            [
                row["form"] + (f" at {row['commit']}" if row["commit"] else ""),
                str(row["dim"]),
                str(row["candidates"]),
                str(row["threads"]),
                f"{row['words_per_second'] / 1e6:.3f}",
                f"{row['gflops']:.1f}",
                f"{row['share_of_sgemm']:.0%}",
                f"{row['ratio']:.2f} x",
            ]
            for row in rows
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1:])
