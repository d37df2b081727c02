"""One run of a comparison, in a process of its own: ``python -m w2vneg.comparison.worker TASK``.

The process isolates memory figures and failures. TASK is a JSON file as `w2vneg.comparison.runs`
writes it; the result is written beside it, whole or not at all. The process ends with its parent:
it reads standard input, which the parent keeps open.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from w2vneg.comparison.gensim import train_gensim
from w2vneg.config import TrainConfig
from w2vneg.corpus.encode import encode
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.errors import W2vnegError
from w2vneg.evaluation.score import Evaluation, evaluate
from w2vneg.samplers import configure
from w2vneg.system.atomic_files import remove_unfinished, write_bytes
from w2vneg.system.interrupt import StopFlag, stop_on_signals
from w2vneg.system.processors import processors
from w2vneg.system.progress_bar import Bar
from w2vneg.training.state import TrainResult
from w2vneg.training.train import train
from w2vneg.vectors.vectors import Vectors

_CURVE_BOOTSTRAP = 1  # intervals along a curve are not shown


def main() -> None:
    """Do what the task says and exit: 0, or the code of the failure after one line on stderr."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    stop = StopFlag()
    try:
        with stop_on_signals(stop):
            result = run_task(task, Bar(), stop)
        write_bytes(task["result"], json.dumps(result).encode())
    except W2vnegError as error:
        sys.stderr.write(f"w2vneg: {error}\n")
        sys.exit(error.exit_code)


def _end_with_parent() -> None:
    # Unbuffered: a lock held by this thread would be in the way when the process ends.
    while os.read(0, 1):
        pass
    remove_unfinished()
    os._exit(1)


def run_task(task: dict[str, Any], bar: Bar, stop: StopFlag) -> dict[str, Any]:
    """Train, score and return everything that the report needs.

    Parameters
    ----------
    task : dict
        ``corpus``, ``encode`` (options of `encode`), ``tool``, ``config``, ``seconds``, ``looks``,
        ``evaluation`` (options of `evaluate`), ``vectors`` (a file to save to, or None).
    bar, stop
        Reports, and the wish to end.
    """
    config = configure(**task["config"])
    curve: list[dict[str, Any]] = []
    began = time.perf_counter()
    with encode(task["corpus"], progress=bar, stop=stop, **task["encode"]) as corpus:
        encoded = time.perf_counter() - began
        words = corpus.vocabulary.words
        looks = task["looks"]

        def point(share: float, vectors: Vectors, seconds: float, tokens: int) -> None:
            scored = evaluate(vectors, **{**task["evaluation"], "bootstrap": _CURVE_BOOTSTRAP})
            curve.append({"share": share, "seconds": seconds, "tokens": tokens, **_brief(scored)})

        if task["tool"] == "gensim":
            vectors, figures = _gensim(task, config, corpus, point if looks else None)
        else:

            def look(share: float, result: TrainResult) -> None:
                copy = Vectors(words, np.ascontiguousarray(result.w_in))
                point(share, copy, result.seconds, result.tokens)

            result = train(
                corpus, config, progress=bar, stop=stop, seconds=task["seconds"], milestones=looks,
                on_milestone=look if looks else None,
            )  # fmt: skip
            vectors = Vectors(words, np.ascontiguousarray(result.w_in))
            figures = {
                "tokens": result.tokens,
                "seconds": result.seconds,
                "prepare_seconds": result.prepare_seconds,
                "loss": result.loss,
                "fallbacks": result.fallbacks,
                "sampler": result.sampler,
            }
    bar.finish()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["peak_memory"] = peak * (1 if sys.platform == "darwin" else 1024)
    figures["encode_seconds"] = encoded
    scored = evaluate(vectors, **task["evaluation"])
    if looks:
        curve.append(
            {"share": 1.0, "seconds": figures["seconds"], "tokens": figures["tokens"],
             **_brief(scored)}
        )  # fmt: skip
    if task["vectors"]:
        vectors.save(task["vectors"])
    return {
        "key": task["key"],
        "training": figures,
        "evaluation": scored.to_dict(),
        "items": _items(scored),
        "curve": curve,
    }


def _gensim(
    task: dict[str, Any], config: TrainConfig, corpus: EncodedCorpus, point: Any
) -> tuple[Vectors, dict[str, Any]]:
    paths = [Path(path) for path in task["corpus"]]
    suffixes = (".gz", ".bz2", ".xz", ".zst")
    plain = len(paths) == 1 and paths[0].is_file() and paths[0].suffix not in suffixes
    threads = config.threads or processors()
    epoch = len(corpus.tokens)

    def look(share: float, vectors: Vectors, seconds: float) -> None:
        if share < 1:
            point(share, vectors, seconds, round(share * epoch * config.epochs))

    return train_gensim(
        corpus, config, threads, paths[0] if plain else None, look if point else None
    )


def _brief(scored: Evaluation) -> dict[str, Any]:
    return {
        "analogies": {s.name: scored.share(s)["accuracy"] for s in scored.analogies},
        "similarity": {s.name: s.spearman for s in scored.similarity},
    }


def _items(scored: Evaluation) -> dict[str, Any]:
    """Return the outcome of every single question and pair, for paired tests."""
    return {
        "analogies": {
            score.name: {
                section.name: {
                    "kind": section.kind,
                    "outcomes": "".join("-01"[int(o) + 1] for o in section.outcomes),
                }
                for section in score.sections
            }
            for score in scored.analogies
        },
        "similarity": {
            score.name: {
                "ratings": score.ratings.tolist(),
                "cosines": [None if np.isnan(c) else float(c) for c in score.cosines],
            }
            for score in scored.similarity
        },
    }


if __name__ == "__main__":
    main()
