"""One run of a comparison, in a separate process: ``python -m w2vneg.comparison.worker TASK``.

A separate process isolates failures and has its own peak memory. TASK is a JSON file written by
`w2vneg.comparison.runs`; the result is written atomically to the file that the task names. The
process ends when its parent does: it reads standard input, which the parent keeps open.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from w2vneg.comparison.gensim import train_gensim
from w2vneg.comparison.ranks import train_on_ranks
from w2vneg.comparison.run_result import (
    CurvePoint,
    Items,
    PairItems,
    RunResult,
    SectionItems,
    Training,
)
from w2vneg.comparison.runs import Task
from w2vneg.corpus.corpus import Corpus
from w2vneg.corpus.input_options import EDGES
from w2vneg.corpus.inputs import list_inputs
from w2vneg.corpus.paths_or_sentences import Paths
from w2vneg.errors import W2vnegError
from w2vneg.evaluation.score import Evaluation, evaluate
from w2vneg.graphs.any_input import encode_input
from w2vneg.system.atomic_files import remove_unfinished, write_bytes
from w2vneg.system.interrupt import StopFlag, stop_on_signals
from w2vneg.system.option_names import named_as_flags
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.system.progress_bar import Bar
from w2vneg.training.methods import train
from w2vneg.training.state import TrainResult
from w2vneg.vectors.vectors import Vectors

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

#: Resamples for the intervals of the final scores; those of a curve are not reported.
_BOOTSTRAP, _CURVE_BOOTSTRAP = 1000, 1
_Record = Callable[[float, Vectors, float, int], None]


def main() -> None:
    """Do the task and exit with 0, or with a failure's exit code after one line on stderr."""
    task = Task.from_json(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    stop = StopFlag()
    # Messages name options as those of the process that started this one.
    spelling = named_as_flags() if sys.argv[2:] == ["flags"] else contextlib.nullcontext()
    try:
        with spelling, stop_on_signals(stop):
            result = run_task(task, Bar(), stop)
        write_bytes(task.result, json.dumps(result.to_json()).encode())
    except W2vnegError as error:
        sys.stderr.write(f"w2vneg: {error}\n")
        sys.exit(error.exit_code)


def _end_with_parent() -> None:
    # Not sys.stdin: this thread would hold its lock and block the exit of the interpreter.
    while os.read(0, 1):
        pass
    remove_unfinished()
    os._exit(1)


def run_task(task: Task, progress: Progress, stop: StopFlag) -> RunResult:
    """Train and score; save the vectors if the task says so.

    Parameters
    ----------
    task : Task
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    W2vnegError
        As for encoding, training, scoring and saving.
    """
    curve: list[CurvePoint] = []

    def record(share: float, vectors: Vectors, seconds: float, tokens: int) -> None:
        scores = _evaluate(vectors, task, _CURVE_BOOTSTRAP)
        accuracies = {s.name: scores.share(s)["accuracy"] for s in scores.analogies}
        correlations = {s.name: s.spearman for s in scores.similarity}
        curve.append(CurvePoint(share, seconds, tokens, accuracies, correlations))

    began = time.perf_counter()
    with encode_input(
        Paths(task.corpus),
        seed=task.config.seed,
        min_count=task.encode.min_count,
        max_vocab=task.encode.max_vocab,
        threads=task.encode.threads,
        max_tokens=task.encode.max_tokens,
        input=task.encode.input,
        progress=progress,
        stop=stop,
    ) as corpus:
        encode_seconds = time.perf_counter() - began
        if task.tool == "gensim":
            vectors, training = _train_gensim(task, corpus, encode_seconds, record)
        else:
            vectors, training = _train(task, corpus, encode_seconds, record, progress, stop)
    progress.finish()
    if task.milestones:
        record(1.0, vectors, training.seconds, training.tokens)
    scores = _evaluate(vectors, task, _BOOTSTRAP)
    if task.vectors:
        vectors.save(task.vectors)
    return RunResult(task.key, training, scores.to_dict(), _items(scores), curve)


def _evaluate(vectors: Vectors, task: Task, bootstrap: int) -> Evaluation:
    return evaluate(
        vectors,
        task.evaluation.analogies,
        task.evaluation.similarity,
        restrict_vocab=task.evaluation.restrict_vocab,
        case_sensitive=task.evaluation.case_sensitive,
        bootstrap=bootstrap,
    )


def _train(
    task: Task,
    corpus: Corpus,
    encode_seconds: float,
    record: _Record,
    progress: Progress,
    stop: StopFlag,
) -> tuple[Vectors, Training]:
    words = corpus.vocabulary.words

    def on_milestone(share: float, state: TrainResult) -> None:
        exported = state.exported(task.config.mix_out)
        copy = Vectors(words, np.ascontiguousarray(exported))
        record(share, copy, state.seconds, state.tokens)

    if task.cluster is not None:
        result = train_on_ranks(corpus, task.config, task.ranks, task.cluster, progress, stop)
    else:
        result = train(
            corpus,
            task.config,
            progress=progress,
            stop=stop,
            seconds=task.seconds,
            milestones=task.milestones,
            on_milestone=on_milestone if task.milestones else None,
        )
    exported = result.exported(task.config.mix_out)
    vectors = Vectors(words, np.ascontiguousarray(exported))
    return vectors, Training(
        tokens=result.tokens,
        seconds=result.seconds,
        prepare_seconds=result.prepare_seconds,
        loss=result.loss,
        fallbacks=result.fallbacks,
        sampler=result.sampler,
        peak_memory=_peak_memory(),
        encode_seconds=encode_seconds,
        ranks=result.ranks or None,
    )


def _train_gensim(
    task: Task, corpus: Corpus, encode_seconds: float, record: _Record
) -> tuple[Vectors, Training]:
    plain = False
    if task.encode.input.format != EDGES:
        sources, _ = list_inputs(task.corpus, task.encode.input)
        plain = len(sources) == 1 and sources[0].is_plain and sources[0].path == task.corpus[0]
    total = corpus.vocabulary.total * task.config.epochs

    def on_epoch(share: float, vectors: Vectors, seconds: float) -> None:
        if share < 1:
            record(share, vectors, seconds, round(share * total))

    result = train_gensim(
        corpus,
        task.config,
        task.config.threads or processors(),
        Path(task.corpus[0]) if plain else None,
        on_epoch if task.milestones else None,
    )
    return result.vectors, Training(
        tokens=result.tokens,
        seconds=result.seconds,
        prepare_seconds=result.build_seconds,
        loss=None,
        fallbacks=None,
        sampler={"mode": result.mode},
        peak_memory=_peak_memory(),
        encode_seconds=encode_seconds,
    )


def _peak_memory() -> int | None:
    """Return the peak memory of this process in bytes; None where the system does not tell."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


def _items(scores: Evaluation) -> Items:
    """Return the outcome of every question and pair, for paired tests."""
    return Items(
        {
            score.name: {
                section.name: SectionItems(
                    section.kind, "".join("-01"[int(o) + 1] for o in section.outcomes)
                )
                for section in score.sections
            }
            for score in scores.analogies
        },
        {
            score.name: PairItems(
                score.ratings.tolist(),
                [None if np.isnan(c) else float(c) for c in score.cosines],
            )
            for score in scores.similarity
        },
    )


if __name__ == "__main__":
    main()
