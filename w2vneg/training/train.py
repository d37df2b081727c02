"""Training: threads, progress, milestones, checkpoints and checks for divergence.

Threads take chunks of the corpus in order (`w2vneg.training.chunks`) and run the compiled loop on
them without locks (see `w2vneg.kernel.window`). Between chunks, Python sets the learning rate and
checks the stop flag; the main thread checks the vectors.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.errors import DataError, UsageError
from w2vneg.samplers import Sampler, SamplerContext, build_sampler, settled
from w2vneg.samplers.presets import preset_note
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File, check_disk, check_memory
from w2vneg.system.option_names import choice, named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.system.threads import thread_limit_explained
from w2vneg.training.alone import ALONE_TEAM, Alone, Pauses
from w2vneg.training.checkpoint import (
    Checkpointer,
    Snapshot,
    check_corpus,
    save_before_leaving,
)
from w2vneg.training.chunks import chunk_tokens, longest_chunk
from w2vneg.training.loops import (
    FEWEST_INPUTS,
    bounded_inputs,
    loop_for,
    mean_pairs,
    precise_inputs,
    safe_lr,
    unstable_step,
    with_sentences,
    work_per_token,
)
from w2vneg.training.matrices import needed_bytes
from w2vneg.training.rounds import Rounds, check_rounds
from w2vneg.training.start import Start, check_freezing, initial_vectors
from w2vneg.training.state import TrainingState, TrainResult, keep_thresholds

_REPORT_S = 0.1
_CHECK_S = 0.5  # between checks for divergence


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
    start: Start | None = None,
    rounds: Rounds | None = None,
    outputs: Sequence[File] = (),
    sampler_for: Callable[[SamplerContext], Sampler] = build_sampler,
    team: Alone = ALONE_TEAM,
) -> TrainResult:
    """Train word vectors.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
    progress, stop
        Progress reporter and stop flag.
    seconds : float, optional
        Train for this time instead of for ``epochs``, over as many passes as it allows. The time
        to build the sampler is included; the learning rate decays over what remains.
    milestones : sequence of float
        Shares of the training, ascending, at which `on_milestone` is called with the share and the
        result so far. Meanwhile all threads are paused, and the time does not count.
    on_milestone : callable, optional
    checkpointer : Checkpointer, optional
        Saves the state at intervals, at the end, and when the training is stopped.
    resume : Snapshot, optional
        Resume from this state of the same training.
    start : Start, optional
        Vectors to start from, instead of those that ``config.init`` names. A resumed training has
        them already.
    rounds : Rounds, optional
        Train so many times for `epochs`, and return the mean of the results.
    outputs : sequence of File
        Files to be written afterwards; refused before the training if they do not fit on the disk.
    sampler_for : callable
        Builds the sampler from a `SamplerContext`.
    team : Alone, optional
        The ranks that train together; by default there are no others.

    Returns
    -------
    TrainResult
        Always of a complete training, with finite vectors.

    Raises
    ------
    DataError
        If no sentence has two words, or `resume` does not fit the configuration.
    DivergedError
        If a vector became NaN, infinite or implausibly long.
    Interrupted
        If `stop` was set.
    ResourceError
        If there is not enough memory or disk space; checked before either is used.
    UsageError
        If `resume` has another corpus or vocabulary, or options contradict each other.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    check_rounds(config, rounds is not None)
    if resume is not None:
        check_corpus(resume, corpus.fingerprint, corpus.vocabulary.fingerprint)
    lengths = corpus.lengths()
    if int(lengths.max(initial=0)) < 2:
        raise DataError(
            f"no training pairs in {corpus.display_name}: every sentence has one word; "
            + (corpus.sentence_remedy or _sentence_remedy())
        )
    unsettled = config
    if corpus.one_matrix and config.mix_out:
        raise UsageError(
            f"{named('mix_out')} has no effect where both sides have one vector, as in LINE's first "
            "order; leave it out"
        )
    asked = settled(config, corpus.vocabulary.total)  # what the checkpoint keeps
    config = with_sentences(asked, lengths)
    threads = config.threads or processors()
    copies = 1 if rounds is None else rounds.copies
    _check_memory(corpus, config, threads, team, copies)
    team.ranks.meet({})  # before any rank takes what others on its machine count as free
    began = time.monotonic()
    counts, keep = (
        corpus.vocabulary.counts,
        keep_thresholds(corpus.vocabulary.counts, config.sample),
    )
    sampler = sampler_for(SamplerContext(config, counts, corpus, progress, stop, team.ranks))
    noise = sampler.largest_share()
    if "lr" in unsettled.unsettled:  # what nobody asked for must not diverge
        asked, config = (
            replace(each, lr=min(each.lr, safe_lr(each, counts, keep, noise)))
            for each in (asked, config)
        )
    config = replace(config, lr=team.local_lr(config, safe_lr(config, counts, keep, noise)))
    inputs = bounded_inputs(config, counts, keep, noise)
    actual = config  # with the form that is used
    if sampler.form == "block" and config.form == "auto" and inputs < FEWEST_INPUTS:
        actual = replace(config, form="window")
        sampler = sampler_for(SamplerContext(actual, counts, corpus, progress, stop, team.ranks))
    warning = unstable_step(actual)
    if warning is not None:
        progress.note(warning)
    prepared = time.monotonic() - began
    if seconds is not None:
        seconds = max(seconds - prepared, 1e-3)
    _check_disk(corpus, config, outputs, checkpointer, copies)
    tokens = chunk_tokens(work_per_token(actual))
    epochs = config.epochs * (1 if rounds is None else rounds.number)
    queue = team.queue(corpus, epochs, threads, seconds, tokens)
    capacity = longest_chunk(corpus.starts, tokens)
    pairs = mean_pairs(config, lengths)
    loop = loop_for(actual, capacity, min(inputs, precise_inputs(pairs)), pairs, corpus.one_way)
    if resume is not None:
        start = None
        frozen = np.zeros(len(counts), bool) if "frozen" in resume.arrays else None
    else:
        start = start or initial_vectors(config, corpus.vocabulary, progress.note)
        check_freezing(config, start is not None)
        frozen = None if start is None else start.frozen
    if frozen is not None and corpus.one_matrix:
        raise UsageError(
            f"{named('freeze')} has no effect where both sides have one vector, as in LINE's first "
            "order; leave it out"
        )
    state = TrainingState(
        corpus, asked, sampler, loop, keep, threads, queue, stop,
        config.lr, team.first_thread, start, frozen, rounds,
    )  # fmt: skip
    state.result.prepare_seconds = prepared
    if resume is not None:
        state.restore(resume)
        team.take_up(state, resume)
    if unsettled is not asked:
        progress.note(preset_note(unsettled, asked, corpus.vocabulary.total))
    # Takes seconds after a change of the package, otherwise milliseconds.
    progress.start("compiling the training loop", None, "")
    state.compile()
    progress.finish()
    stop.check("preparing to train")
    if rounds is not None:
        milestones, on_milestone = rounds.among(milestones, on_milestone)
    pauses = team.pauses(state, progress, milestones, on_milestone, checkpointer)
    progress.start("training", queue.total_of_all if seconds is None else None, "words")
    # With a checkpointer the process may end only after the state has been saved.
    with stop.hold() if checkpointer is not None else contextlib.nullcontext():
        _work_threads(state, threads, progress, pauses)
        pauses.end()
        state.result.seconds = max(queue.elapsed(), 1e-9)
        progress.finish()
        doing = f"training, {queue.progress():.0%} done"
        if stop.is_set and checkpointer is not None:
            save_before_leaving(lambda: state.save(checkpointer), checkpointer, stop, doing)
        stop.check(doing)
        state.check_divergence(everywhere=True)
        pauses.save()
    if rounds is not None:
        rounds.finish(state.result.w_in, state.result.w_out)
    state.result.sampler = sampler.report(state.samplers)
    pauses.complete()
    if state.result.tokens and not state.result.pairs:
        progress.note(
            f"nothing was learned: {named('sample', config.sample)} left no sentence with two words, so "
            "the vectors are random; raise it (0 keeps all words)"
        )
    if "warning" in state.result.sampler:
        progress.note(state.result.sampler["warning"])
    return state.result


def _sentence_remedy() -> str:
    return (
        "put a whole sentence on each line, or, if the lines are rows of a table, name its columns: "
        f"{choice('format', 'csv')} {choice('column', 'NAME')} {choice('group', 'NAME')}"
    )


def _check_memory(
    corpus: Corpus, config: TrainConfig, threads: int, team: Alone, copies: int
) -> None:
    size = len(corpus.vocabulary)
    capacity = longest_chunk(corpus.starts, chunk_tokens(work_per_token(config)))
    check_memory(
        needed_bytes(size, config.dim) * copies
        + (4 * size * config.dim if config.mix_out else 0)
        + threads * loop_for(config, capacity).scratch_bytes()
        + team.more_bytes(size, config.dim),
        f"2 x {size:,} vectors of {config.dim} numbers and {threads} threads{team.memory_note()}",
        f"lower {named('dim')} or {named('max_vocab')}, or raise {named('min_count')}",
    )


def _check_disk(
    corpus: Corpus,
    config: TrainConfig,
    outputs: Sequence[File],
    checkpointer: Checkpointer | None,
    copies: int,
) -> None:
    files = list(outputs)
    if checkpointer is not None:
        size = needed_bytes(len(corpus.vocabulary), config.dim)
        files.append(checkpointer.file(size * copies))
    check_disk(files, "free some space or choose another disk")


def _work_threads(state: TrainingState, threads: int, progress: Progress, pauses: Pauses) -> None:
    """Run the threads to the end of the training, with its pauses."""
    queue, checked = state.queue, time.monotonic()
    pauses.next()
    queue.start()
    with ThreadPoolExecutor(threads, "w2vneg-train") as pool:
        try:
            with thread_limit_explained(threads):
                pending = {pool.submit(state.work, thread) for thread in range(threads)}
            while pending:
                paused = queue.wait(_REPORT_S)
                done, pending = wait(pending, timeout=0)
                for future in done:
                    future.result()
                figures = pauses.figures()
                progress.update(pauses.tokens(), loss=state.result.loss, lr=state.lr, **figures)
                if time.monotonic() - checked > _CHECK_S:
                    state.check_divergence()
                    checked = time.monotonic()
                if paused:
                    pauses.serve()
                    pauses.next()
                else:
                    pauses.request()
        except BaseException:
            queue.end()
            raise
