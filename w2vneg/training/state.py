"""One training: the state that its threads share, kept, restored and watched, and their work."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.errors import DataError, DivergedError
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch, row_length, train_chunk
from w2vneg.samplers.sampler import Sampler
from w2vneg.system.interrupt import StopFlag
from w2vneg.training.checkpoint import Checkpointer, Snapshot, restore
from w2vneg.training.chunks import Schedule
from w2vneg.training.matrices import LONGEST, aligned_zeros, first_unsound, first_vectors

_COUNTS = ("tokens", "kept", "pairs", "collisions", "fallbacks")
_LOWEST_LR = 1e-4  # share of the first learning rate, as in word2vec.c
_LOSS_MEMORY = 0.99  # of the running mean, a chunk
_FREQUENT, _SPREAD = 64, 192  # rows that are looked at: the first, and some of all


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
    # Multiplied out, so that no share over a tiny t can overflow.
    keep = np.minimum(1.0, np.sqrt(sample / share) + sample / share)
    return np.minimum(2**32 - 1, keep * 2.0**32).astype(np.uint32)


class Run:
    """The state that the threads of one training share, and what each of them does."""

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
        self.watched = np.unique(
            np.concatenate(
                [
                    np.arange(min(size, _FREQUENT)),
                    np.linspace(0, size - 1, _SPREAD).astype(np.int64),
                ]
            )
        )
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

    def look_for_divergence(self, everywhere: bool = False) -> None:
        """Raise `DivergedError` if a vector is not finite or has grown beyond reason.

        Looks at a few rows of both matrices, or `everywhere`.
        """
        rows = None if everywhere else self.watched
        for flat in (self.w_in, self.w_out):
            row = first_unsound(flat, self.setting.length, rows)
            if row is not None:
                raise self._diverged(row, flat)

    def _diverged(self, row: int | None, flat: np.ndarray) -> DivergedError:
        """Return the error, which names the word if it is known."""
        tokens = self.result.tokens
        epoch = min(self.config.epochs, tokens // self.schedule.epoch_tokens + 1)
        what = "numbers are no longer finite"
        if row is not None:
            # Threads go on meanwhile: what was too long may be infinite by now.
            finite = np.isfinite(self._matrix(flat)[row]).all()
            state = f"longer than {LONGEST:g} (good ones: 1 to 30)" if finite else "not finite"
            what = f"the vector of {self.corpus.vocabulary.words[row]!r} is {state}"
        return DivergedError(
            f"training diverged near token {tokens} (epoch {epoch}, "
            f"{self.schedule.progress():.0%} done): {what}; lower --lr ({self.config.lr:g}). "
            "Nothing was saved"
        )

    def save(self, checkpointer: Checkpointer) -> None:
        """Write a checkpoint, but never one that cannot be gone on from."""
        self.look_for_divergence(everywhere=True)
        checkpointer.save(self.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Take over a state. A thread that the state has not starts with fresh random numbers.

        Raises
        ------
        DataError
            If an array has another shape than here.
        """
        meta, arrays = snapshot.meta, snapshot.arrays
        stored = arrays.get("rng")
        known = self.states.dtype, self.states.shape[1:]
        if stored is None or (stored.dtype, stored.shape[1:]) != known:
            raise DataError("not a usable checkpoint: rng does not fit")
        rng = np.empty(stored.shape, stored.dtype)
        targets = {"w_in": self.w_in, "w_out": self.w_out, "rng": rng}
        for name, array in self.sampler.state_arrays(self.proposals).items():
            if f"sampler.{name}" in arrays or "." not in name:
                targets[f"sampler.{name}"] = array
        restore(snapshot, targets)
        shared = min(len(self.states), len(rng))
        self.states[:shared] = rng[:shared]
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
                    self.look_for_divergence(everywhere=True)
                    raise self._diverged(None, self.w_in)
                if np.isnan(result.loss):
                    result.loss = loss
                result.loss = _LOSS_MEMORY * result.loss + (1 - _LOSS_MEMORY) * loss
