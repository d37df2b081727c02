"""Whole-data training from start to end: counting, sweeps, checkpoints, stop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.cooccurrence.count import WIDEST
from w2vneg.corpus.corpus import Corpus
from w2vneg.errors import DataError, OutputError, UsageError
from w2vneg.samplers.presets import preset_note, settled
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File, check_disk, check_memory
from w2vneg.system.option_names import choice, named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.training.checkpoint import (
    Checkpointer,
    Snapshot,
    check_corpus,
    save_before_leaving,
)
from w2vneg.training.loops import with_sentences
from w2vneg.training.matrices import needed_bytes
from w2vneg.training.state import TrainResult
from w2vneg.training.whole_data.cells import count_cells
from w2vneg.training.whole_data.rows import add_gram, solve_rows
from w2vneg.training.whole_data.state import WholeDataState


def train(
    corpus: Corpus,
    config: TrainConfig,
    *,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    seconds: float | None = None,
    milestones: Sequence[float] = (),
    on_milestone: Callable[[float, TrainResult], None] | None = None,
    checkpointer: Checkpointer | None = None,
    resume: Snapshot | None = None,
    outputs: Sequence[File] = (),
) -> TrainResult:
    """Train word vectors on all pairs of words.

    Parameters, result and errors are those of `w2vneg.training.train.train`, except that `seconds`
    and `milestones` are refused: what is solved is solved to the end.
    """
    if seconds is not None or milestones:
        raise UsageError(
            f"{choice('method', 'whole-data')} trains for {named('sweeps')}, not for a time, and is not "
            "scored on the way"
        )
    progress, stop = progress or Progress(), stop or StopFlag()
    if resume is not None:
        check_corpus(resume, corpus.fingerprint, corpus.vocabulary.fingerprint)
    lengths = corpus.lengths()
    if int(lengths.max(initial=0)) < 2:
        raise DataError(
            f"no training pairs in {corpus.display_name}: every sentence has one word; "
            + (corpus.sentence_remedy or "put a whole sentence on each line")
        )
    if corpus.one_matrix:
        raise UsageError(
            f"{choice('method', 'whole-data')} has two vectors for each word; it does not go with LINE's "
            "first order, where both sides have one"
        )
    if corpus.one_way:
        raise UsageError(
            f"{choice('method', 'whole-data')} trains pairs in both directions; leave out "
            f"{named('directed', True)} or {named('method')}"
        )
    unsettled, config = config, settled(config, corpus.vocabulary.total)
    if unsettled is not config:
        progress.note(preset_note(unsettled, config, corpus.vocabulary.total))
    windowed = with_sentences(config, lengths)
    if not windowed.fixed_window and windowed.window >= WIDEST:
        raise UsageError(f"{named('window', config.window)}: at most {WIDEST - 1}")
    threads = config.threads or processors()
    size = len(corpus.vocabulary)
    check_memory(
        needed_bytes(size, config.dim) + (4 * size * config.dim if config.mix_out else 0),
        f"2 x {size:,} vectors of {config.dim} numbers",
        f"lower {named('dim')} or {named('max_vocab')}, or raise {named('min_count')}",
    )
    files = list(outputs)
    if checkpointer is not None:
        files.append(checkpointer.file(needed_bytes(size, config.dim)))
    check_disk(files, "free some space or choose another disk")
    began = time.monotonic()
    observed = count_cells(corpus, windowed, threads, progress, stop)
    state = WholeDataState(corpus, config, observed, threads, stop)
    state.result.prepare_seconds = time.monotonic() - began
    if resume is not None:
        state.restore(resume)
    progress.start("compiling the solver", None, "")
    _compile(state)
    progress.finish()
    _sweep(state, progress, checkpointer, 0.0 if resume is None else resume.meta["seconds"])
    result = state.result
    result.tokens = int(corpus.starts[-1])
    result.pairs = int(observed.sums().sum() / observed.unit)
    result.sampler = {
        "cells": state.cells,
        "losses": [loss / max(1, state.cells) for loss in state.losses],
    }
    for number, loss in enumerate(state.losses):
        result.curve.add(number / len(state.losses), loss, state.cells)
    return result


def _compile(state: WholeDataState) -> None:
    """Compile or load the kernels, in this thread, so that errors surface and no time is counted."""
    length = state.length
    gram, total = np.zeros(length * length, np.float32), np.zeros(length, np.float32)
    add_gram(state.w_in, state.inputs.column_factor, 0, 0, length, gram, total)
    scratch = state._scratches[0]
    solve_rows(state.inputs, gram, total, state.w_out, state.w_in, length, 0, 0, 1, scratch)


def _sweep(
    state: WholeDataState, progress: Progress, checkpointer: Checkpointer | None, before: float
) -> None:
    """Run all sweeps; `before` is the time of earlier runs in seconds."""
    stop, began = state.stop, time.monotonic()

    def elapsed() -> float:
        return before + time.monotonic() - began

    def report() -> None:
        progress.update(state.done, loss=state.result.loss)
        if checkpointer is not None and checkpointer.is_due:
            state.pause()

    progress.start("training", state.halves * state.cells, "cells")
    # With a checkpointer the process may end only after the state has been saved.
    with stop.hold() if checkpointer is not None else contextlib.nullcontext():
        while not (state.is_complete or stop.is_set):
            state.run(report)
            if checkpointer is not None and not stop.is_set:
                try:
                    state.save(checkpointer, elapsed())
                except OutputError as error:
                    progress.note(f"no checkpoint: {error}; the training continues")
        state.result.seconds = max(elapsed(), 1e-9)
        progress.finish()
        doing = f"training, {state.done / max(1, state.halves * state.cells):.0%} done"
        if stop.is_set and checkpointer is not None:
            save_before_leaving(
                lambda: state.save(checkpointer, elapsed()), checkpointer, stop, doing
            )
        stop.check(doing)
