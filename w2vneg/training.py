"""Training: chunks, threads, learning rate, progress, watch for divergence, stop.

Threads take chunks of the corpus in order (`w2vneg.schedule`) and run the compiled loop on them
without locks (see `w2vneg.kernel.loop`). Between chunks Python sets the learning rate, looks
at the stop flag and at the numbers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from w2vneg.checkpoint import Checkpointer, Snapshot, check_corpus
from w2vneg.config import TrainConfig
from w2vneg.corpus import EncodedCorpus
from w2vneg.errors import DataError, DivergedError, thread_limit_explained
from w2vneg.interrupt import StopFlag
from w2vneg.kernel.loop import Setting, make_scratch, row_length, train_chunk
from w2vneg.kernel.rng import seed_states
from w2vneg.matrices import aligned_zeros, all_finite, check_memory, first_vectors
from w2vneg.progress import Progress
from w2vneg.proposals.material import Material
from w2vneg.samplers import Sampler, build_sampler
from w2vneg.schedule import Schedule

_COUNTS = ("tokens", "kept", "pairs", "collisions", "fallbacks")
_LOWEST_LR = 1e-4  # share of the first learning rate, as in word2vec.c
_LOSS_MEMORY = 0.99  # of the running mean, a chunk
_REPORT_S = 0.1


@dataclass
class TrainResult:
    """What training made.

    Attributes
    ----------
    w_in : (V, dim) float32 array
        The word vectors (a view: rows are padded in memory).
    w_out : (V, dim) float32 array
        The vectors of the words as they are predicted.
    tokens : int
        Tokens read, over all epochs.
    kept, pairs, collisions, fallbacks : int
        Tokens after subsampling, trained pairs, draws dropped because they were the center word,
        draws that a proposal could not make its own way.
    loss : float
        Running mean of the loss a pair at the end.
    seconds : float
        Time of the training loop.
    prepare_seconds : float
        Time to make the sampler, compilation left out.
    sampler : dict
        What the sampler reports about its draws.
    """

    w_in: np.ndarray
    w_out: np.ndarray
    tokens: int = 0
    kept: int = 0
    pairs: int = 0
    collisions: int = 0
    fallbacks: int = 0
    loss: float = float("nan")
    seconds: float = 0.0
    prepare_seconds: float = 0.0
    sampler: dict[str, Any] = field(default_factory=dict)


def keep_thresholds(counts: np.ndarray, sample: float) -> np.ndarray:
    """Return subsampling thresholds: a word is kept when 32 random bits are at most its own.

    A word with share f of the corpus stays with probability ``min(1, (sqrt(f / t) + 1) t / f)``,
    t = `sample` (word2vec.c); `sample` 0 keeps all.

    Parameters
    ----------
    counts : (V,) int64 array
    sample : float

    Returns
    -------
    (V,) uint32 array
    """
    if sample == 0:
        return np.full(len(counts), 2**32 - 1, dtype=np.uint32)
    share = np.maximum(counts, 1) / max(1, counts.sum())
    keep = np.minimum(1.0, (np.sqrt(share / sample) + 1) * sample / share)
    return np.minimum(2**32 - 1, keep * 2.0**32).astype(np.uint32)


class _Run:
    """The state that the threads of one training share."""

    def __init__(
        self,
        corpus: EncodedCorpus,
        config: TrainConfig,
        sampler: Sampler,
        threads: int,
        schedule: Schedule,
        stop: StopFlag,
    ) -> None:
        self.corpus, self.config, self.sampler, self.stop = corpus, config, sampler, stop
        size = len(corpus.vocabulary)
        self.setting = Setting(config.window, sampler.candidates, row_length(config.dim))
        self.w_in = first_vectors(size, config.dim, config.seed)
        self.w_out = aligned_zeros(size * self.setting.length)
        self.keep = keep_thresholds(corpus.vocabulary.counts, config.sample)
        self.proposals = sampler.forks(threads)
        self.states = seed_states(config.seed, threads)
        self.scratches = [make_scratch(self.setting, np.dtype(np.float32)) for _ in range(threads)]
        self.schedule = schedule
        self.lock = threading.Lock()
        self.lr = config.lr
        self.result = TrainResult(self._matrix(self.w_in), self._matrix(self.w_out))

    def _matrix(self, flat: np.ndarray) -> np.ndarray:
        return flat.reshape(-1, self.setting.length)[:, : self.config.dim]

    def snapshot(self) -> Snapshot:
        """Return the state, to be called while nothing moves; arrays are not copied."""
        result, schedule = self.result, self.schedule
        meta = {
            "config": self.config.to_dict(),
            "corpus": self.corpus.fingerprint,
            "vocabulary": self.corpus.vocabulary.fingerprint,
            "chunk": schedule.chunk,
            "tokens": schedule.tokens,
            "vocabulary_tokens": schedule.epoch_tokens,
            "seconds": schedule.elapsed(),
            "threads": len(self.states),
            "counts": {name: getattr(result, name) for name in _COUNTS},
            "loss": None if np.isnan(result.loss) else result.loss,
        }
        learned = self.sampler.state_arrays(self.proposals)
        return Snapshot(
            meta,
            {
                "w_in": self.w_in,
                "w_out": self.w_out,
                "rng": self.states,
                **{f"sampler.{name}": array for name, array in learned.items()},
            },
        )

    def check_finite(self) -> None:
        """Raise `DivergedError` if a number is not finite."""
        if not (all_finite(self.w_in) and all_finite(self.w_out)):
            raise _diverged(self.result.tokens)

    def save(self, checkpointer: Checkpointer) -> None:
        """Write a checkpoint, but never one that cannot be gone on from."""
        self.check_finite()
        checkpointer.save(self.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Take over a state. A thread that the state has not starts with fresh random numbers.

        Raises
        ------
        DataError
            If an array has another shape than here.
        """
        meta, arrays = snapshot.meta, snapshot.arrays
        targets = {"w_in": self.w_in, "w_out": self.w_out}
        for name, array in self.sampler.state_arrays(self.proposals).items():
            if f"sampler.{name}" in arrays or "." not in name:
                targets[f"sampler.{name}"] = array
        for name, target in targets.items():
            stored = arrays.get(name)
            if stored is None or stored.shape != target.shape or stored.dtype != target.dtype:
                raise DataError(f"not a usable checkpoint: {name} does not fit")
            target[:] = stored
        shared = min(len(self.states), len(arrays["rng"]))
        self.states[:shared] = arrays["rng"][:shared]
        for name, value in meta["counts"].items():
            setattr(self.result, name, value)
        self.result.loss = float("nan") if meta["loss"] is None else meta["loss"]
        self.schedule.restore(meta["chunk"], meta["tokens"], meta["seconds"])

    def compile(self) -> None:
        """Compile, or load, the loop in this thread, where an error is seen and time is told."""
        self._call(0, 0, 0, 0.0, 0.0)

    def _call(self, thread: int, first: int, last: int, lr: float, progress: float):  # type: ignore[no-untyped-def]
        sampler = self.sampler
        return train_chunk(
            self.setting, self.w_in, self.w_out, self.corpus.tokens, self.corpus.starts, first,
            last, self.keep, self.proposals[thread], sampler.weighting, sampler.loss,
            self.scratches[thread], self.states[thread], lr, progress,
        )  # fmt: skip

    def work(self, thread: int) -> None:
        """Train chunks until none is left; one thread's whole life."""
        schedule = self.schedule
        try:
            while not self.stop.is_set and (piece := schedule.take()) is not None:
                first, last, progress = piece
                lr = self.config.lr * max(_LOWEST_LR, 1.0 - progress)
                tally = self._call(thread, first, last, lr, progress)
                low, high = int(self.corpus.starts[first]), int(self.corpus.starts[last])
                self._add(tally, high - low, lr)
                # Let go of what was read a while ago; the page in use stays.
                self.corpus.release(low, high)
        except BaseException:
            schedule.end()
            raise
        finally:
            schedule.leave()

    def _add(self, tally, tokens: int, lr: float) -> None:  # type: ignore[no-untyped-def]
        with self.lock:
            result = self.result
            result.tokens += tokens
            result.kept += tally.kept
            result.pairs += tally.pairs
            result.collisions += tally.collisions
            result.fallbacks += tally.fallbacks
            self.lr = lr
            if tally.loss_pairs:
                loss = tally.loss / tally.loss_pairs
                # The sum of a loss that is not finite can only come from rows that are not.
                if not np.isfinite(loss):
                    raise _diverged(result.tokens)
                if np.isnan(result.loss):
                    result.loss = loss
                result.loss = _LOSS_MEMORY * result.loss + (1 - _LOSS_MEMORY) * loss


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
    UsageError
        If `resume` is of another corpus or vocabulary.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    if resume is not None:
        check_corpus(resume, corpus.fingerprint, corpus.vocabulary.fingerprint)
    if int(np.diff(corpus.starts).max(initial=0)) < 2:
        raise DataError("no training pairs: every sentence has one word; put sentences on a line")
    check_memory(len(corpus.vocabulary), config.dim)
    began = time.monotonic()
    sampler = sampler_for(Material(config, corpus.vocabulary.counts, corpus, progress, stop))
    prepared = time.monotonic() - began
    if seconds is not None:
        seconds = max(seconds - prepared, 1e-3)
    threads = config.threads or os.cpu_count() or 1
    schedule = Schedule(corpus.starts, config.epochs, threads, seconds)
    run = _Run(corpus, config, sampler, threads, schedule, stop)
    run.result.prepare_seconds = prepared
    if resume is not None:
        run.restore(resume)
    # Seconds the first time and after a change of the package, else a blink.
    progress.start("compiling the training loop", None, "")
    run.compile()
    progress.finish()
    stop.check("preparing to train")
    progress.start("training", schedule.total if seconds is None else None, "words")
    _work_threads(run, threads, progress, list(looks) if look else [], look, checkpointer)
    run.result.seconds = max(schedule.elapsed(), 1e-9)
    progress.finish()
    doing = f"training, {schedule.progress():.0%} done"
    if stop.is_set and checkpointer is not None:
        run.save(checkpointer)
        stop.check(doing, f"go on with --resume {checkpointer.folder}")
    stop.check(doing)
    run.check_finite()
    if checkpointer is not None:
        run.save(checkpointer)
    run.result.sampler = sampler.report(run.proposals)
    if "warning" in run.result.sampler:
        progress.note(run.result.sampler["warning"])
    return run.result


def _work_threads(
    run: _Run,
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
    saving = False
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
                if paused:
                    if saving and checkpointer is not None and not run.stop.is_set:
                        run.save(checkpointer)
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


def _diverged(tokens: int) -> DivergedError:
    return DivergedError(
        f"training diverged near token {tokens}: numbers are no longer finite; lower --lr. "
        "Nothing was saved"
    )
