"""The state that the threads of a training share, how it is saved and checked, and their work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus, Piece
from w2vneg.errors import DataError, DivergedError
from w2vneg.kernel.rng import seed_states
from w2vneg.samplers.sampler import Sampler
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.training.checkpoint import Checkpointer, Snapshot, restore
from w2vneg.training.chunks import ChunkQueue
from w2vneg.training.loops import Loop
from w2vneg.training.loss_curve import LossCurve
from w2vneg.training.matrices import LONGEST, aligned_zeros, first_unsound, first_vectors
from w2vneg.training.rounds import Rounds
from w2vneg.training.start import Start

#: The counts of a result, over the whole training.
COUNTS = ("tokens", "kept", "pairs", "collisions", "fallbacks")
_LOWEST_LR = 1e-4  # share of the initial learning rate, as in word2vec.c
_LOSS_MEMORY = 0.99  # decay of the running mean per chunk
_EXPORTED_ROWS = 10_000  # mixed at a time
_FREQUENT, _SPREAD = 64, 192  # rows checked often: the most frequent words, and a sample of all


@dataclass
class TrainResult:
    """Result of a training.

    Attributes
    ----------
    config : TrainConfig
        The configuration, settled.
    w_in : (V, dim) float32 array
        The word vectors (a view: rows are padded in memory).
    w_out : (V, dim) float32 array
        The output vectors.
    tokens : int
        Tokens read, over all epochs.
    kept, pairs, collisions, fallbacks : int
        Tokens after subsampling; pairs trained; draws dropped because they were the center word;
        draws that did not come from the proposal's own distribution.
    loss : float
        Running mean of the loss per pair at the end.
    seconds : float
        Time of the training loop.
    prepare_seconds : float
        Time to build the sampler, compilation excluded.
    sampler : dict
        Figures that the sampler reports.
    curve : LossCurve
        The loss over the training.
    ranks : dict
        Where several ranks trained: how they kept in step, and what that took.
    """

    config: TrainConfig
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
    curve: LossCurve = field(default_factory=LossCurve)
    ranks: dict[str, Any] = field(default_factory=dict)

    def exported(self, mix_out: float) -> np.ndarray:
        """Return the vectors to write, `w_in` + `mix_out` x `w_out`, as (V, dim) float32.

        With 0 that is `w_in` itself; otherwise an array of its own.
        """
        if mix_out == 0:
            return self.w_in
        mixed = np.empty(self.w_in.shape, np.float32)
        for low in range(0, len(mixed), _EXPORTED_ROWS):
            part = slice(low, low + _EXPORTED_ROWS)
            mixed[part] = self.w_in[part] + np.float32(mix_out) * self.w_out[part]
        return mixed


def keep_thresholds(counts: np.ndarray, sample: float) -> np.ndarray:
    """Return subsampling thresholds: a token is kept if 32 random bits are at most its word's.

    A word with share f of the corpus is kept with probability ``min(1, (sqrt(f / t) + 1) t / f)``,
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
    # Expanded, so that dividing a share by a tiny t cannot overflow.
    keep = np.minimum(1.0, np.sqrt(sample / share) + sample / share)
    return np.minimum(2**32 - 1, keep * 2.0**32).astype(np.uint32)


class TrainingState:
    """The state that the threads of one training share, and the work of each.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
    sampler : Sampler
    loop : Loop
    keep : (V,) uint32 array
        See `keep_thresholds`.
    threads : int
    queue : ChunkQueue
    stop : StopFlag
    lr : float, optional
        Initial learning rate; default: that of `config`.
    first_thread : int
        Number of the first thread, where others of the training are in other processes.
    start : Start, optional
        Vectors to start from.
    frozen : (V,) bool array, optional
        Rows of `w_in` that are not updated.
    rounds : Rounds, optional
        The rounds of the training, if it has several.

    Attributes
    ----------
    w_in, w_out : (V * length,) float32 arrays
        The matrices, flat, with padded rows; modified by all threads.
    keep : (V,) uint32 array
        See `keep_thresholds`.
    states : (threads, 32) uint64 array
        States of the random generators.
    watched : int64 array
        Rows that are checked for divergence during the training.
    result : TrainResult
        The counts so far; its matrices are views of `w_in` and `w_out`.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: TrainConfig,
        sampler: Sampler,
        loop: Loop,
        keep: np.ndarray,
        threads: int,
        queue: ChunkQueue,
        stop: StopFlag,
        lr: float | None = None,
        first_thread: int = 0,
        start: Start | None = None,
        frozen: np.ndarray | None = None,
        rounds: Rounds | None = None,
    ) -> None:
        self.corpus, self.config, self.sampler, self.stop = corpus, config, sampler, stop
        size = len(corpus.vocabulary)
        self.loop, self.setting = loop, loop.setting
        spare = 0 if frozen is None else threads
        self._inputs = first_vectors(size, config.dim, config.seed, spare)
        self.w_in = self._inputs[: size * self.setting.length]
        self.w_out = self.w_in
        if not corpus.one_matrix:
            self.w_out = aligned_zeros(size * self.setting.length)
        self.keep = keep
        self.samplers = sampler.per_thread(threads)
        self._first_thread = first_thread
        self.states = seed_states(config.seed, threads, first_thread)
        self.frozen = frozen
        self.scratches = [loop.scratch(frozen, size + thread) for thread in range(threads)]
        self.watched = np.unique(
            np.concatenate(
                [
                    np.arange(min(size, _FREQUENT)),
                    np.linspace(0, size - 1, _SPREAD).astype(np.int64),
                ]
            )
        )
        self.queue, self.rounds = queue, rounds
        self.lock = threading.Lock()
        #: What a snapshot holds in addition, where several ranks train.
        self.more_meta: Callable[[], dict[str, Any]] = dict
        self.lr = self.initial_lr = config.lr if lr is None else lr
        self.result = TrainResult(config, self._matrix(self.w_in), self._matrix(self.w_out))
        if start is not None:
            start.fill(self.result.w_in, None if corpus.one_matrix else self.result.w_out)

    def _matrix(self, flat: np.ndarray) -> np.ndarray:
        return flat.reshape(-1, self.setting.length)[:, : self.config.dim]

    def snapshot(self) -> Snapshot:
        """Return the state; arrays are not copied, so all threads must be paused."""
        result, queue = self.result, self.queue
        meta = {
            "config": self.config.to_dict(),
            "corpus": self.corpus.fingerprint,
            "vocabulary": self.corpus.vocabulary.fingerprint,
            "chunk": queue.chunk,
            "tokens": queue.tokens,
            "vocabulary_tokens": queue.epoch_tokens,
            "seconds": queue.elapsed(),
            "threads": len(self.states),
            "counts": {name: getattr(result, name) for name in COUNTS},
            "loss": None if np.isnan(result.loss) else result.loss,
            "curve": result.curve.sums.tolist(),
            **self.more_meta(),
        }
        means = {}
        if self.rounds is not None:
            meta["rounds_done"], means = self.rounds.done, self.rounds.arrays()
        learned = self.sampler.state_arrays(self.samplers)
        return Snapshot(
            meta,
            {
                "w_in": self.w_in,
                "w_out": self.w_out,
                "rng": self.states,
                **{f"sampler.{name}": array for name, array in learned.items()},
                **({} if self.frozen is None else {"frozen": self.frozen}),
                **means,
            },
        )

    def reseed(self) -> None:
        """Set the random generators to what a new training begins with."""
        self.states[:] = seed_states(self.config.seed, len(self.states), self._first_thread)

    def check_divergence(self, everywhere: bool = False) -> None:
        """Raise `DivergedError` if a vector is not finite or implausibly long.

        Checks a few rows of both matrices, or all with `everywhere`.
        """
        rows = None if everywhere else self.watched
        for flat in (self.w_in, self.w_out):
            row = first_unsound(flat, self.setting.length, rows)
            if row is not None:
                raise self._diverged(row, flat)

    def _diverged(self, row: int | None, flat: np.ndarray) -> DivergedError:
        """Return the error; it names the word if `row` is known."""
        tokens = self.result.tokens
        epoch = min(self.config.epochs, tokens // self.queue.epoch_tokens + 1)
        what = "numbers are no longer finite"
        if row is not None:
            # Threads are still running: what was too long may be infinite by now.
            finite = np.isfinite(self._matrix(flat)[row]).all()
            state = f"longer than {LONGEST:g} (normal: 1 to 30)" if finite else "not finite"
            what = f"the vector of {self.corpus.vocabulary.words[row]!r} is {state}"
        return DivergedError(
            f"training diverged near token {tokens} (epoch {epoch}, "
            f"{self.queue.progress():.0%} done): {what}; lower {named('lr')} ({self.config.lr:g}). "
            "Nothing was saved"
        )

    def save(self, checkpointer: Checkpointer) -> None:
        """Write a checkpoint, but never one of a diverged training."""
        self.check_divergence(everywhere=True)
        checkpointer.save(self.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot. Threads beyond those of the snapshot keep their initial generators.

        Raises
        ------
        DataError
            If an array is missing, has another shape or dtype, or is damaged.
        """
        meta, arrays = snapshot.meta, snapshot.arrays
        stored = arrays.get("rng")
        known = self.states.dtype, self.states.shape[1:]
        if stored is None or (stored.dtype, stored.shape[1:]) != known:
            raise DataError("not a usable checkpoint: rng is missing or has another shape")
        rng = np.empty(stored.shape, stored.dtype)
        targets = {"w_in": self.w_in, "w_out": self.w_out, "rng": rng}
        if self.frozen is not None:
            targets["frozen"] = self.frozen
        if self.rounds is not None:
            done = meta.get("rounds_done", 0)  # a version without rounds has none
            targets |= self.rounds.targets(arrays, self.result.w_in, done)
        for name, array in self.sampler.state_arrays(self.samplers).items():
            if f"sampler.{name}" in arrays or "." not in name:
                targets[f"sampler.{name}"] = array
        restore(snapshot, targets)
        shared = min(len(self.states), len(rng))
        self.states[:shared] = rng[:shared]
        for name, value in meta["counts"].items():
            setattr(self.result, name, value)
        self.result.loss = float("nan") if meta["loss"] is None else meta["loss"]
        self.result.curve.restore(meta.get("curve", []))
        self.queue.restore(meta["chunk"], meta["tokens"], meta["seconds"])

    def compile(self) -> None:
        """Compile or load the loop, in this thread, so that errors surface and no time is counted."""
        self._call(0, self.corpus.read(0, 0), 0.0, 0.0)
        if self.queue.tokens == 0:  # a resumed training must not be maintained out of turn
            self._maintain(0, 0.0)

    def _call(self, thread: int, piece: Piece, lr: float, progress: float):  # type: ignore[no-untyped-def]
        return self.loop.run(
            self._inputs,
            self.w_out,
            piece.tokens,
            piece.starts,
            piece.first,
            piece.last,
            self.keep,
            *self.samplers[thread],
            self.scratches[thread],
            self.states[thread],
            lr,
            progress,
        )

    def _maintain(self, thread: int, progress: float) -> None:
        self.sampler.maintain(
            self.samplers[thread],
            self.states[thread],
            self.w_in,
            self.w_out,
            self.setting.length,
            progress,
        )

    def work(self, thread: int) -> None:
        """Train chunks until none is left: the work of one thread."""
        queue = self.queue
        try:
            while not self.stop.is_set and (chunk := queue.take()) is not None:
                epoch, first, last, progress = chunk
                if self.rounds is not None:
                    progress = self.rounds.progress(progress)
                lr = self.initial_lr * max(_LOWEST_LR, 1.0 - progress)
                piece = self.corpus.read(first, last, epoch)
                tally = self._call(thread, piece, lr, progress)
                self._maintain(thread, progress)
                self._add(tally, piece.size, lr, progress)
                # Release pages read some time ago; those in use stay.
                self.corpus.release(int(self.corpus.starts[first]), int(self.corpus.starts[last]))
        except BaseException:
            queue.end()
            raise
        finally:
            queue.leave()

    def _add(self, tally, tokens: int, lr: float, progress: float) -> None:  # type: ignore[no-untyped-def]
        with self.lock:
            result = self.result
            result.tokens += tokens
            result.kept += int(tally.kept)
            result.pairs += int(tally.pairs)
            result.collisions += int(tally.collisions)
            result.fallbacks += int(tally.fallbacks)
            self.lr = lr
            if tally.loss_pairs:
                loss = float(tally.loss) / int(tally.loss_pairs)
                # A loss that is not finite can only come from rows that are not.
                if not np.isfinite(loss):
                    self.check_divergence(everywhere=True)
                    raise self._diverged(None, self.w_in)
                if np.isnan(result.loss):
                    result.loss = loss
                result.curve.add(progress, float(tally.loss), int(tally.loss_pairs))
                result.loss = _LOSS_MEMORY * result.loss + (1 - _LOSS_MEMORY) * loss
