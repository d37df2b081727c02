"""Training: chunks, threads, learning rate, progress, watch for divergence, stop.

Threads take chunks of about `CHUNK_TOKENS` tokens in corpus order and run the compiled loop on
them without locks (see `w2vneg.kernel.loop`). Between chunks Python sets the learning rate, looks
at the stop flag and at the numbers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus import EncodedCorpus
from w2vneg.errors import DataError, DivergedError, ResourceError, thread_limit_explained
from w2vneg.interrupt import StopFlag
from w2vneg.kernel.loop import Setting, make_scratch, row_length, train_chunk
from w2vneg.kernel.rng import seed_states
from w2vneg.progress import Progress
from w2vneg.proposals.material import Material
from w2vneg.samplers import Sampler, build_sampler

CHUNK_TOKENS = 10_000
_LOWEST_LR = 1e-4  # share of the first learning rate, as in word2vec.c
_LOSS_MEMORY = 0.99  # of the running mean, a chunk
_REPORT_S = 0.1
_ALIGNMENT = 64


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


def aligned_zeros(size: int) -> np.ndarray:
    """Return (size,) float32 zeros that begin at a cache line."""
    raw = np.zeros(size + _ALIGNMENT // 4, dtype=np.float32)
    first = -raw.ctypes.data % _ALIGNMENT // 4
    return raw[first : first + size]


def first_vectors(size: int, dim: int, seed: int) -> np.ndarray:
    """Return flat `w_in` at the start: rows uniform in (-0.5, 0.5) / dim, padded with zeros."""
    length = row_length(dim)
    flat = aligned_zeros(size * length)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 0])))
    rows = flat.reshape(size, length)
    for low in range(0, size, 10_000):
        block = rows[low : low + 10_000]
        block[:, :dim] = (rng.random((len(block), dim), dtype=np.float32) - 0.5) / dim
    return flat


def needed_bytes(size: int, dim: int) -> int:
    """Return the memory of the two matrices."""
    return 2 * 4 * size * row_length(dim)


def check_memory(size: int, dim: int) -> None:
    """Refuse, before anything is allocated, matrices that the machine's memory cannot hold.

    Raises
    ------
    ResourceError
        With both figures and the remedy.
    """
    needed = needed_bytes(size, dim)
    try:
        present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if needed > present:
        raise ResourceError(
            f"{size} words x {dim} numbers need {needed / 1e9:.1f} GB, the machine has "
            f"{present / 1e9:.1f} GB; lower --dim or --max-vocab, or raise --min-count"
        )


def chunk_borders(starts: np.ndarray, tokens: int = CHUNK_TOKENS) -> np.ndarray:
    """Cut the sentences into chunks of about `tokens` tokens.

    Returns
    -------
    (chunks + 1,) int64 array
        Chunk i is sentences ``borders[i]`` to ``borders[i + 1]``; none is empty.
    """
    total = int(starts[-1])
    cuts = np.searchsorted(starts, np.arange(0, total, tokens), side="left")
    return np.unique(np.append(cuts, len(starts) - 1)).astype(np.int64)


class _Run:
    """The state that the threads of one training share."""

    def __init__(
        self,
        corpus: EncodedCorpus,
        config: TrainConfig,
        sampler: Sampler,
        threads: int,
        stop: StopFlag,
    ) -> None:
        self.corpus, self.config, self.sampler, self.stop = corpus, config, sampler, stop
        size = len(corpus.vocabulary)
        self.setting = Setting(config.window, sampler.candidates, row_length(config.dim))
        self.w_in = first_vectors(size, config.dim, config.seed)
        self.w_out = aligned_zeros(size * self.setting.length)
        self.keep = keep_thresholds(corpus.vocabulary.counts, config.sample)
        self.borders = chunk_borders(corpus.starts)
        self.proposals = sampler.forks(threads)
        self.states = seed_states(config.seed, threads)
        self.scratches = [make_scratch(self.setting, np.dtype(np.float32)) for _ in range(threads)]
        self.epoch_tokens = len(corpus.tokens)
        self.total = self.epoch_tokens * config.epochs
        self.next = 0
        self.taken = 0
        self.failed = False
        self.lock = threading.Lock()
        self.lr = config.lr
        self.result = TrainResult(self._matrix(self.w_in), self._matrix(self.w_out))

    def _matrix(self, flat: np.ndarray) -> np.ndarray:
        return flat.reshape(-1, self.setting.length)[:, : self.config.dim]

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

    def _take(self) -> tuple[int, int, float] | None:
        """Return the next chunk's sentences and how much of the training precedes it."""
        chunks = len(self.borders) - 1
        with self.lock:
            if self.failed or self.stop.is_set or self.next >= chunks * self.config.epochs:
                return None
            chunk = self.next % chunks
            self.next += 1
            first, last = int(self.borders[chunk]), int(self.borders[chunk + 1])
            before = self.taken
            self.taken += int(self.corpus.starts[last] - self.corpus.starts[first])
        return first, last, before / self.total

    def work(self, thread: int) -> None:
        """Train chunks until none is left; one thread's whole life."""
        try:
            while (piece := self._take()) is not None:
                first, last, progress = piece
                lr = self.config.lr * max(_LOWEST_LR, 1.0 - progress)
                tally = self._call(thread, first, last, lr, progress)
                low, high = int(self.corpus.starts[first]), int(self.corpus.starts[last])
                self._add(tally, high - low, lr)
                # Let go of what was read a while ago; the page in use stays.
                self.corpus.release(low, high)
        except BaseException:
            self.failed = True
            raise

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
    sampler_for: Callable[[Material], Sampler] = build_sampler,
) -> TrainResult:
    """Train word vectors.

    Parameters
    ----------
    corpus : EncodedCorpus
    config : TrainConfig
    progress, stop
        Reports, and the wish to end.
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
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    if int(np.diff(corpus.starts).max(initial=0)) < 2:
        raise DataError("no training pairs: every sentence has one word; put sentences on a line")
    check_memory(len(corpus.vocabulary), config.dim)
    sampler = sampler_for(Material(config, corpus.vocabulary.counts, corpus, progress, stop))
    threads = config.threads or os.cpu_count() or 1
    run = _Run(corpus, config, sampler, threads, stop)
    # Seconds the first time and after a change of the package, else a blink.
    progress.start("compiling the training loop", None, "")
    run.compile()
    progress.finish()
    stop.check("preparing to train")
    progress.start("training", run.total, "words")
    began = time.monotonic()
    with ThreadPoolExecutor(threads, "w2vneg-train") as pool:
        try:
            with thread_limit_explained(threads):
                futures = [pool.submit(run.work, thread) for thread in range(threads)]
        except ResourceError:
            run.failed = True
            raise
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=_REPORT_S, return_when=FIRST_EXCEPTION)
            progress.update(run.result.tokens, loss=run.result.loss, lr=run.lr)
            for future in done:
                future.result()
    run.result.seconds = max(time.monotonic() - began, 1e-9)
    progress.finish()
    stop.check(f"training, {run.result.tokens / run.total:.0%} done")
    if not (_all_finite(run.w_in) and _all_finite(run.w_out)):
        raise _diverged(run.result.tokens)
    run.result.sampler = sampler.report(run.proposals)
    if "warning" in run.result.sampler:
        progress.note(run.result.sampler["warning"])
    return run.result


def _all_finite(flat: np.ndarray) -> bool:
    """Look at a piece at a time: a mask of a whole matrix would be a quarter of its size."""
    step = 1 << 20
    return all(np.isfinite(flat[low : low + step]).all() for low in range(0, len(flat), step))


def _diverged(tokens: int) -> DivergedError:
    return DivergedError(
        f"training diverged near token {tokens}: numbers are no longer finite; lower --lr. "
        "Nothing was saved"
    )
