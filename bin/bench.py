"""Speed and memory of w2vneg relative to gensim, as ratios of alternating runs.

Each figure is of a whole process. w2vneg and gensim take turns on the same corpus with the same
settings, so that a change in the machine's speed affects both.
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

ROOT = Path(__file__).resolve().parent.parent

GENSIM = """
import json, resource, sys, time
corpus, out, dim, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
began = time.perf_counter()
from gensim.models import Word2Vec
imported = time.perf_counter()
model = Word2Vec(vector_size=dim, window=5, min_count=5, sg=1, negative=5, sample=1e-3,
                 workers=threads, epochs=1)
model.build_vocab(corpus_file=corpus)
counted = time.perf_counter()
model.train(corpus_file=corpus, total_words=model.corpus_total_words,
            total_examples=model.corpus_count, epochs=1)
trained = time.perf_counter()
model.wv.save_word2vec_format(out)
saved = time.perf_counter()
size = model.wv.vectors.nbytes * 2
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"ingest": counted - imported, "train": trained - counted,
                  "total": saved - began, "beyond": peak - size}))
"""


def run_gensim(corpus: str, folder: str, dim: int, threads: int) -> dict[str, float]:
    """Train one epoch with gensim in its own process; return seconds and bytes."""
    command = [sys.executable, "-c", GENSIM, corpus, f"{folder}/g.vec", str(dim), str(threads)]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    result["total"] = time.perf_counter() - began
    return result


def run_ours(
    corpus: str, folder: str, dim: int, threads: int, cached: bool = False
) -> dict[str, float]:
    """Train one epoch with w2vneg in its own process; return seconds and bytes."""
    output = f"{folder}/o.vec"
    command = [
        sys.executable, "-m", "w2vneg", "train", corpus, "-o", output, "--dim", str(dim),
        "--threads", str(threads), "--epochs", "1", "--preset", "word2vec", "--json",
    ]  # fmt: skip
    command += [] if cached else ["--no-cache"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    report = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"w2vneg failed: {process.returncode}")
    words = report["vocabulary"]["words"]
    padded = -(-dim // 16) * 16
    return {
        "ingest": report["corpus"]["seconds"],
        "train": report["training"]["seconds"],
        "total": time.perf_counter() - began,
        "beyond": usage.ru_maxrss * 1024 - 2 * 4 * words * padded,
    }


#: What is compared with the plain unigram sampler, and the options that select it.
SAMPLERS: dict[str, dict[str, object]] = {
    "unigram": {},
    "uniform": {"sampler": "uniform"},
    "gneg": {"sampler": "gneg"},
    "gneg, walk of 2 steps": {"sampler": "gneg", "gneg_family": "walk", "gneg_power": 1.0},
    "dynamic, M = 2K": {"sampler": "dynamic"},
    "self-adversarial, M = 2K": {"weighting": "self-adversarial"},
    "ace": {"sampler": "ace"},
    "unigram + bpr": {"loss": "bpr"},
    "unigram + infonce": {"loss": "infonce"},
    "unigram, K = 15": {"negatives": 15},
}


def bench_samplers(corpus: str, dim: int, threads: int, runs: int) -> dict[str, list[float]]:
    """Train one epoch with each sampler in turn, `runs` times; return seconds in the loop."""
    from w2vneg.corpus.encode import encode
    from w2vneg.samplers import configure
    from w2vneg.training.train import train

    seconds: dict[str, list[float]] = {name: [] for name in SAMPLERS}
    with encode([corpus]) as encoded:
        for turn in range(runs + 1):
            for name, options in SAMPLERS.items():
                classic = {"preset": "word2vec", "epochs": 1, "dim": dim, "threads": threads}
                config = configure(**{**classic, **options})
                result = train(encoded, config)
                if turn:  # the first turn compiles
                    seconds[name].append(result.seconds)
                if turn and name in ("gneg", "gneg, walk of 2 steps"):
                    seconds.setdefault(f"{name}: graph and tables", []).append(
                        result.prepare_seconds
                    )
    return seconds


def ratio(theirs: list[float], ours: list[float]) -> str:
    """Return the median of the pairwise ratios and their range."""
    ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
    return f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", help="default: the sample corpus")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dims", default="100,300")
    parser.add_argument("--only", choices=("gensim", "samplers"), help="only this table")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.corpus is None:
        from w2vneg.datasets.sample import sample_corpus

        options.corpus = str(sample_corpus())
    results: dict[str, dict[str, list[dict[str, float]]]] = {}
    dims = [int(dim) for dim in options.dims.split(",")]
    samplers = {}
    if options.only != "gensim":
        samplers = bench_samplers(options.corpus, dims[0], options.threads, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        if options.only == "samplers":
            dims = []
        if dims:
            run_ours(options.corpus, folder, 16, options.threads)  # compiles
        for dim in dims:
            ours, theirs = [], []
            for _ in range(options.runs):
                theirs.append(run_gensim(options.corpus, folder, dim, options.threads))
                ours.append(run_ours(options.corpus, folder, dim, options.threads))
            results[str(dim)] = {"gensim": theirs, "w2vneg": ours}
    if options.json:
        print(json.dumps({"tools": results, "samplers": samplers}))
        return
    from w2vneg.cli.output import print_table

    rows = []
    names = {
        "ingest": "vocabulary and encoding, s",
        "train": "training, 1 epoch, s",
        "total": "text to vectors on disk, s",
        "beyond": "memory beyond the matrices, MB",
    }
    for dim, tools in results.items():
        for key, name in names.items():
            theirs, ours = ([run[key] for run in tools[t]] for t in ("gensim", "w2vneg"))
            scale = 1e6 if key == "beyond" else 1.0
            digits = 0 if key == "beyond" else 2
            rows.append(
                [
                    f"d={dim}: {name}",
                    f"{statistics.median(theirs) / scale:.{digits}f}",
                    f"{statistics.median(ours) / scale:.{digits}f}",
                    ratio(theirs, ours),
                ]
            )
    if rows:
        print_table(["figure (median)", "gensim", "w2vneg", "gensim / w2vneg (range)"], rows)
    rows = [
        [name, f"{statistics.median(own):.2f}", ratio(own, samplers["unigram"])]
        for name, own in samplers.items()
    ]
    if rows:
        print_table(["sampler, 1 epoch (median)", "seconds", "time over unigram (range)"], rows)


if __name__ == "__main__":
    main()
