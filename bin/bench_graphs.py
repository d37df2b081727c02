"""Do negatives matter on graphs and sessions? Every sampler on both, with intervals over seeds.

Each sampler, and unigram with exponents of the noise from -1 to 1, trains vectors of the nodes of a
graph from uniform walks and vectors of items from whole sessions. Scores of nodes: micro F1 of
logistic regression on half of the labels, and AUC of the cosine on a fifth of the edges, held out from a
second training. Scores of items: HR@10 and MRR@10 of the last item of a tenth of the sessions, held out.
Finished runs are kept in a file and not repeated.

bin/bench graphs --edges FILE --labels FILE --sessions FILE --out results.jsonl
bin/bench graphs --out results.jsonl --show
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench_samplers import load

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

EXPONENTS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
#: Epochs of walks, 10 of 80 nodes from each node, and of sessions.
WALK_EPOCHS, SESSION_EPOCHS = 1, 5
COLUMNS = {
    "micro_f1": "micro F1",
    "same_label": "same label",
    "auc": "link AUC",
    "hr": "HR@10",
    "mrr": "MRR@10",
    "hr_sum": "HR@10, w_in + w_out",
    "mrr_sum": "MRR@10, w_in + w_out",
}


def arms() -> dict[str, dict[str, Any]]:
    """Return what is compared: name to options of a training."""
    from w2vneg.samplers import named_samplers

    found: dict[str, dict[str, Any]] = {
        f"ns-exponent {value:g}": {"sampler": "unigram", "ns_exponent": value}
        for value in EXPONENTS
    }
    found |= {name: {"sampler": name} for name in named_samplers()}
    # These are the same as two of the exponents.
    for name in ("unigram", "popularity"):
        found.pop(name, None)
    return found


#: Of sessions, which are whole contexts of their items.
SESSION_OPTIONS = {"sample": 0, "min_count": 1, "window": 0}


class Material:
    """The files of a benchmark, cut into what is trained on and what is held out.

    Parameters
    ----------
    folder : Path
        For the files that are written.
    options : argparse.Namespace
    """

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        from w2vneg.evaluation import read_labels

        self.edges, self.threads = Path(options.edges), options.threads
        self.labels = read_labels(options.labels)
        self.known, self.links = cut(self.edges, folder, 0.2)
        self.sessions, self.heldout = cut(Path(options.sessions), folder, 0.1)

    def score(self, arm: dict[str, Any], seed: int) -> dict[str, float]:
        """Return the scores of an arm with a seed, and the processor time of its trainings."""
        from w2vneg import Vectors
        from w2vneg.evaluation import (
            read_links,
            score_labels,
            score_links,
            score_next_items,
        )

        began = time.process_time()
        walks = {**arm, "epochs": WALK_EPOCHS}
        whole, part = self.train(self.edges, walks, seed), self.train(self.known, walks, seed)
        items = self.train(
            self.sessions, {**SESSION_OPTIONS, **arm, "epochs": SESSION_EPOCHS}, seed
        )
        seconds = time.process_time() - began
        labels = score_labels(whole, self.labels)
        links = score_links(part, read_links(self.links), known=read_links(self.known))
        lines = self.heldout.read_text(encoding="utf-8").splitlines()
        sessions = [line.split() for line in lines]
        following = score_next_items(items, sessions)
        both = Vectors(items.words, items.matrix + items.w_out)
        followed = score_next_items(both, sessions)
        return {
            "micro_f1": float(labels.micro.mean()),
            "same_label": float(labels.shares.mean()),
            "auc": links.cosine.auc,
            "hr": following.hit_rate,
            "mrr": following.reciprocal_rank,
            "hr_sum": followed.hit_rate,
            "mrr_sum": followed.reciprocal_rank,
            "cpu": seconds,
        }

    def train(self, corpus: Path, options: dict[str, Any], seed: int) -> Any:
        """Return the vectors of a corpus."""
        from w2vneg import SkipGram

        model = SkipGram(preset="word2vec", seed=seed, threads=self.threads, **options)
        model.fit(corpus, cache=False)
        return model.vectors


def cut(path: Path, folder: Path, share: float) -> tuple[Path, Path]:
    """Write the lines of a file into two, a random share of them into the second; return both."""
    import numpy as np

    lines = path.read_text(encoding="utf-8").splitlines()
    held = np.random.default_rng(1).random(len(lines)) < share
    outputs = folder / f"known-{path.name}", folder / f"held-{path.name}"
    for output, wanted in zip(outputs, (False, True), strict=True):
        chosen = [line for line, out in zip(lines, held, strict=True) if out == wanted]
        output.write_text("\n".join(chosen) + "\n", encoding="utf-8")
    return outputs


def measure(options: argparse.Namespace) -> None:
    """Do the runs that are not in the file of results yet."""
    results = [result for result in load(options.out) if "error" not in result]
    done = {(result["arm"], result["seed"]) for result in results}
    with tempfile.TemporaryDirectory(prefix="w2vneg-graphs-") as folder:
        material = Material(Path(folder), options)
        for seed in options.seeds:
            for name, arm in arms().items():
                if (name, seed) in done or (options.arms and name not in options.arms):
                    continue
                result: dict[str, Any] = {"arm": name, "seed": seed}
                try:
                    result |= material.score(arm, seed)
                except Exception as error:  # an arm that fails leaves the others their turn
                    result["error"] = f"{type(error).__name__}: {error}"
                with open(options.out, "a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
                print(json.dumps(result), flush=True)


def show(path: str) -> None:
    """Print mean and 95 % interval over seeds (Student's distribution) as a table of Markdown."""
    import numpy as np

    from w2vneg.evaluation.statistics import mean_interval

    groups: dict[str, list[dict[str, Any]]] = {}
    for result in load(path):
        if "error" not in result:
            groups.setdefault(result["arm"], []).append(result)
    print(f"| | seeds | {' | '.join(COLUMNS.values())} |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    for arm in [name for name in arms() if name in groups]:
        cells = []
        for key in COLUMNS:
            values = np.array([result[key] for result in groups[arm]])
            cell = f"{values.mean():.3f}"
            if len(values) > 1:
                low, high = mean_interval(values)
                cell += f" ± {(high - low) / 2:.3f}"
            cells.append(cell)
        print(f"| {arm} | {len(groups[arm])} | {' | '.join(cells)} |")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("edges", "labels", "sessions"):
        parser.add_argument(f"--{name}", help=f"file of {name}")
    parser.add_argument("--out", required=True, help="file of results, JSON lines")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--arms", nargs="+", help="only these")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print the table, measure nothing")
    options = parser.parse_args()
    if not options.show:
        if not (options.edges and options.labels and options.sessions):
            parser.error("give --edges, --labels and --sessions, or --show")
        measure(options)
    show(options.out)


if __name__ == "__main__":
    main()
