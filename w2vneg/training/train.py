"""Training: chunks, threads, learning rate, progress, watch for divergence, stop.

Threads take chunks of the corpus in order (`w2vneg.training.chunks`) and run the compiled loop on them
without locks (see `w2vneg.kernel.window`). Between chunks Python sets the learning rate, looks
at the stop flag and at the numbers.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import NoReturn

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.errors import (
    DataError,
    OutputError,
    thread_limit_explained,
)
from w2vneg.kernel.window import Setting, row_length, scratch_bytes
from w2vneg.samplers.context import Material
from w2vneg.samplers.sampler import Sampler, build_sampler, method_module
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File, check_disk, check_memory
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.training.checkpoint import Checkpointer, Snapshot, check_corpus
from w2vneg.training.chunks import Schedule, chunk_tokens
from w2vneg.training.matrices import needed_bytes
from w2vneg.training.state import Run, TrainResult

_REPORT_S = 0.1
_LOOK_S = 0.5  # between looks at the health of the vectors


def train(
    corpus: EncodedCorpus,
    config: TrainConfig,
    *,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    seconds: float | None = None,
    looks: Sequence[float] = (),
    look: Callable[[float, TrainResult], None] | None = None,
    checkpointer: Checkpointer | None = None,
    resume: Snapshot | None = None,
    outputs: Sequence[File] = (),
    sampler_for: Callable[[Material], Sampler] = build_sampler,
) -> TrainResult:
    """Train word vectors.

    Parameters
    ----------
    corpus : EncodedCorpus
    config : TrainConfig
    progress, stop
        Reports, and the wish to end.
    seconds : float, optional
        Train for so long, the making of the sampler included, reading the corpus as often as that
        allows, instead of ``epochs``; the learning rate falls over this time.
    looks : sequence of float
        Shares of the training, ascending, at which `look` is called with the share and the state
        so far. Nothing moves meanwhile, and the time does not count.
    look : callable, optional
    checkpointer : Checkpointer, optional
        Is given the state now and then, and when the training is stopped.
    resume : Snapshot, optional
        Go on from this state of the same training.
    outputs : sequence of File
        What is going to be written afterwards: refused now if the disk has no room for it.
    sampler_for : callable
        Makes the sampler from the configuration and the corpus.

    Returns
    -------
    TrainResult
        Only ever of a complete and finite training.

    Raises
    ------
    DataError
        If no sentence has two words.
    DivergedError
        If a number became NaN or infinite.
    Interrupted
        If `stop` was set.
    ResourceError
        If memory or disk have no room, before either is used.
    UsageError
        If `resume` is of another corpus or vocabulary.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    if resume is not None:
        check_corpus(resume, corpus.fingerprint, corpus.vocabulary.fingerprint)
    if int(np.diff(corpus.starts).max(initial=0)) < 2:
        raise DataError(
            f"no training pairs in {corpus.shown}: every sentence has one word; put sentences on a line"
        )
    threads = config.threads or processors()
    _check_memory(corpus, config, threads)
    began = time.monotonic()
    sampler = sampler_for(Material(config, corpus.vocabulary.counts, corpus, progress, stop))
    prepared = time.monotonic() - began
    if seconds is not None:
        seconds = max(seconds - prepared, 1e-3)
    _check_disk(corpus, config, outputs, checkpointer)
    work = row_length(config.dim) * (1 + sampler.candidates) * config.window
    schedule = Schedule(corpus.starts, config.epochs, threads, seconds, chunk_tokens(work))
    run = Run(corpus, config, sampler, threads, schedule, stop)
    run.result.prepare_seconds = prepared
    if resume is not None:
        run.restore(resume)
    # Seconds the first time and after a change of the package, else a blink.
    progress.start("compiling the training loop", None, "")
    run.compile()
    progress.finish()
    stop.check("preparing to train")
    progress.start("training", schedule.total if seconds is None else None, "words")
    # The state is kept before the process may be left.
    with stop.hold() if checkpointer is not None else contextlib.nullcontext():
        _work_threads(run, threads, progress, list(looks) if look else [], look, checkpointer)
        run.result.seconds = max(schedule.elapsed(), 1e-9)
        progress.finish()
        doing = f"training, {schedule.progress():.0%} done"
        if stop.is_set and checkpointer is not None:
            _save_before_leaving(run, checkpointer, stop, doing)
        stop.check(doing)
        run.look_for_divergence(everywhere=True)
        if checkpointer is not None:
            _save_or_note(run, checkpointer, progress)
    run.result.sampler = sampler.report(run.proposals)
    if run.result.tokens and not run.result.pairs:
        progress.note(
            f"nothing was learned: --sample {config.sample:g} left no two words of a sentence "
            "together, the vectors are random; raise it (0 keeps all words)"
        )
    if "warning" in run.result.sampler:
        progress.note(run.result.sampler["warning"])
    return run.result


def _check_memory(corpus: EncodedCorpus, config: TrainConfig, threads: int) -> None:
    size = len(corpus.vocabulary)
    pool = method_module("weightings", config.parts["weighting"]).candidates(config)
    setting = Setting(config.window, pool, row_length(config.dim))
    check_memory(
        needed_bytes(size, config.dim) + threads * scratch_bytes(setting),
        f"{size:,} words x {config.dim} numbers, twice, and {threads} threads",
        "lower --dim or --max-vocab, or raise --min-count",
    )


def _check_disk(
    corpus: EncodedCorpus,
    config: TrainConfig,
    outputs: Sequence[File],
    checkpointer: Checkpointer | None,
) -> None:
    files = list(outputs)
    if checkpointer is not None:
        files.append(checkpointer.file(needed_bytes(len(corpus.vocabulary), config.dim)))
    check_disk(files, "make room, or choose another place")


def _save_before_leaving(
    run: Run, checkpointer: Checkpointer, stop: StopFlag, doing: str
) -> NoReturn:
    """Keep the state and raise `Interrupted`, which says how to go on."""
    kept = f"go on with --resume {checkpointer.folder}"
    try:
        run.save(checkpointer)
    except OutputError as error:
        kept = f"the state could not be kept ({error}); {kept} from the checkpoint before, if any"
    stop.check(doing, kept)
    raise AssertionError


def _save_or_note(run: Run, checkpointer: Checkpointer, progress: Progress) -> None:
    """Write a checkpoint; hours of training do not end because there is no room for one."""
    try:
        run.save(checkpointer)
    except OutputError as error:
        progress.note(f"no checkpoint: {error}; the training goes on")


def _work_threads(
    run: Run,
    threads: int,
    progress: Progress,
    waiting: list[float],
    look: Callable[[float, TrainResult], None] | None,
    checkpointer: Checkpointer | None,
) -> None:
    """Let the threads work to the end, pausing them for looks and checkpoints."""
    schedule = run.schedule
    waiting = [share for share in waiting if share >= schedule.progress()]
    schedule.hold_at(waiting[0] if waiting else None)
    schedule.start()
    saving, looked = False, time.monotonic()
    with ThreadPoolExecutor(threads, "w2vneg-train") as pool:
        try:
            with thread_limit_explained(threads):
                pending = {pool.submit(run.work, thread) for thread in range(threads)}
            while pending:
                paused = schedule.wait(_REPORT_S)
                done, pending = wait(pending, timeout=0)
                for future in done:
                    future.result()
                progress.update(run.result.tokens, loss=run.result.loss, lr=run.lr)
                if time.monotonic() - looked > _LOOK_S:
                    run.look_for_divergence()
                    looked = time.monotonic()
                if paused:
                    if saving and checkpointer is not None and not run.stop.is_set:
                        _save_or_note(run, checkpointer, progress)
                    if look and waiting and waiting[0] <= schedule.progress():
                        run.result.seconds = schedule.elapsed()
                        look(waiting.pop(0), run.result)
                    saving = False
                    schedule.hold_at(waiting[0] if waiting else None)
                elif checkpointer is not None and checkpointer.is_due and not saving:
                    saving = True
                    schedule.hold_at(0.0)
        except BaseException:
            schedule.end()
            raise
