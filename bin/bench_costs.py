"""What a word costs with each sampler, over unigram in the same form with as many candidates.

Both train slices of the corpus in turns, in processes of their own, with one thread; the time is that of the
training loop, without preparation. Printed is the median of the ratios, and the smallest and the largest.

bin/bench costs CORPUS [--samplers srns,gneg] [--tokens 1000000] [--epochs 1] [--turns 7]
    [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import Any

from bench_kernel import ROOT, Worker

#: Trains on the first words of the corpus for each line of its input, and prints words and seconds.
WORKER = """
import json, sys
from w2vneg.corpus.encode import encode
from w2vneg.samplers import configure
from w2vneg.training.train import train
corpus, tokens, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
config = configure(preset="word2vec", epochs=epochs, threads=1, **json.loads(sys.argv[4]))
with encode(corpus, min_count=config.min_count, max_tokens=tokens, cache=False) as encoded:
    train(encoded, config)
    print("{}", flush=True)
    for line in sys.stdin:
        result = train(encoded, config)
        print(json.dumps({"kept": result.kept, "seconds": result.seconds}), flush=True)
"""


def cost(options: argparse.Namespace, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return what a word costs with some options, over unigram, and the form and the candidates."""
    from w2vneg.samplers import configure
    from w2vneg.samplers.forms import candidates_of, form_of

    config = configure(preset="word2vec", **chosen)
    form, candidates = form_of(config), candidates_of(config)
    plain: dict[str, Any] = {"form": form, "candidates": candidates}
    if form == "window":
        plain["negatives"] = candidates
    shared = (ROOT, WORKER, options.corpus, str(options.tokens), str(options.epochs))
    workers = [Worker(*shared, json.dumps(each)) for each in (plain, chosen)]
    for _ in range(options.turns):
        for worker in workers:
            worker.measure(1)
    for worker in workers:
        worker.close()
    spent = [[s["seconds"] / s["kept"] for s in worker.slices] for worker in workers]
    ratios = [other / one for one, other in zip(*spent, strict=True)]
    return {
        "form": form,
        "candidates": candidates,
        "cost": statistics.median(ratios),
        "least": min(ratios),
        "most": max(ratios),
    }


def main() -> None:
    """Run the command line."""
    sys.path.insert(0, str(ROOT))
    from w2vneg.samplers import named_samplers

    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("corpus")
    parser.add_argument("--samplers", type=lambda text: text.split(","))
    parser.add_argument("--tokens", type=int, default=1_000_000, help="words of a slice")
    parser.add_argument(
        "--epochs", type=int, default=1, help="more for samplers with a cost for each training"
    )
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    options = parser.parse_args()
    if not options.json:
        print("| sampler | form | M | cost a word | least to most |\n|---|---|---|---|---|")
    for name in options.samplers or named_samplers():
        row = cost(options, {"sampler": name})
        if options.json:
            print(json.dumps({"sampler": name, **row}), flush=True)
            continue
        span = f"{row['least']:.2f} to {row['most']:.2f}"
        print(
            f"| {name} | {row['form']} | {row['candidates']} | {row['cost']:.2f} | {span} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
