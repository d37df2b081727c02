"""Vocabulary and encoding against gensim's `build_vocab`, in turns.

Cold: the first corpus of a new process, which loads compiled code. Warm: a later one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GENSIM = """
import json, sys, time
from gensim.models import Word2Vec
began = time.perf_counter()
Word2Vec(sg=1, min_count=5).build_vocab(corpus_file=sys.argv[1])
print(json.dumps([time.perf_counter() - began]))
"""
OURS = """
import json, sys, time
from w2vneg.corpus.encode import encode
seconds = []
for _ in range(4):
    began = time.perf_counter()
    encode(sys.argv[1], threads=int(sys.argv[2]), cache=False).close()
    seconds.append(time.perf_counter() - began)
print(json.dumps(seconds))
"""


def seconds(code: str, *arguments: str) -> list[float]:
    """Run Python code in a process; return the times that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", help="default: the sample corpus")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.corpus is None:
        from w2vneg.datasets.sample import sample_corpus

        options.corpus = str(sample_corpus())
    seconds(OURS, options.corpus, str(options.threads))  # compiles
    times: dict[str, list[float]] = {"gensim": [], "cold": [], "warm": []}
    for _ in range(options.runs):
        times["gensim"] += seconds(GENSIM, options.corpus)
        first, *later = seconds(OURS, options.corpus, str(options.threads))
        times["cold"].append(first)
        times["warm"].append(statistics.median(later))
    if options.json:
        print(json.dumps(times))
        return
    from w2vneg.cli.output import print_table

    rows = []
    for name, own in times.items():
        ratios = [theirs / ours for theirs, ours in zip(times["gensim"], own, strict=True)]
        spread = f"{statistics.median(ratios):.1f} x ({min(ratios):.1f} to {max(ratios):.1f})"
        rows.append([name, f"{statistics.median(own):.3f}", spread])
    print_table(["", "seconds", "gensim / this (range)"], rows)


if __name__ == "__main__":
    main()
