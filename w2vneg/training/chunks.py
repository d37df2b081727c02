"""The work queue of a training: which chunk is next, when training ends, and when it pauses.

The length of a training is given in epochs or in seconds (a budget). A pause is a barrier: every
thread finishes its chunk and waits, so that the state can be read or copied. Pauses do not count as
training time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

import numpy as np

from w2vneg.corpus.corpus import Starts

CHUNK_TOKENS = 10_000
#: Multiplications per chunk: at most half a second, so that a stop takes effect quickly.
_CHUNK_WORK = 1 << 31


def chunk_tokens(work: int) -> int:
    """Return the number of tokens in a chunk when a token takes `work` multiplications."""
    return max(1, min(CHUNK_TOKENS, _CHUNK_WORK // max(1, work)))


def chunk_borders(starts: Starts, tokens: int = CHUNK_TOKENS) -> np.ndarray:
    """Split the sentences into chunks of about `tokens` tokens.

    Parameters
    ----------
    starts : (S + 1,) int64 array or EvenStarts
        Sentence offsets of the corpus.
    tokens : int

    Returns
    -------
    (chunks + 1,) int64 array
        Chunk i is sentences ``borders[i]`` to ``borders[i + 1]``; none is empty.
    """
    total = int(starts[-1])
    cuts = starts.searchsorted(np.arange(0, total, tokens), side="left")
    return np.unique(np.append(cuts, len(starts) - 1)).astype(np.int64)


def longest_chunk(starts: Starts, tokens: int) -> int:
    """Return the number of tokens of the longest chunk; see `chunk_borders`."""
    return int(np.diff(starts[chunk_borders(starts, tokens)]).max(initial=0))


class ChunkQueue:
    """Dispenses chunks to threads.

    Parameters
    ----------
    starts : (S + 1,) int64 array or EvenStarts
        Sentence offsets of the corpus.
    epochs : int
    threads : int
        Number of threads that take chunks.
    seconds : float, optional
        Train for this time instead of `epochs`.
    tokens : int
        Tokens per chunk.

    Attributes
    ----------
    borders : (chunks + 1,) int64 array
        See `chunk_borders`.
    epoch_tokens, total : int
        Tokens of one epoch and of all.
    chunk : int
        Index of the next chunk, counted over all epochs.
    tokens : int
        Tokens dispensed so far.
    skipped : collection of int
        Chunks, counted over all epochs, that are passed over: they are done already.
    """

    def __init__(
        self,
        starts: Starts,
        epochs: int,
        threads: int,
        seconds: float | None = None,
        tokens: int = CHUNK_TOKENS,
    ) -> None:
        self.starts, self.seconds = starts, seconds
        self.borders = chunk_borders(starts, tokens)
        self.epoch_tokens = int(starts[-1])
        self.total = self.epoch_tokens * epochs
        self.chunk = 0  # index of the next chunk, over all epochs
        self.tokens = 0  # dispensed so far
        self.skipped: Collection[int] = ()
        self._chunks = (len(self.borders) - 1) * epochs
        self._threads = threads
        self._paused = self._left = 0
        self._pause = 0  # number of the current pause; its end starts the next
        self._pause_at: float | None = None
        self._ended = False
        self._changed = threading.Condition()
        self._spent = 0.0
        self._since: float | None = None

    def restore(self, chunk: int, tokens: int, spent: float) -> None:
        """Resume after `chunk` chunks with `tokens` tokens, trained in `spent` seconds."""
        self.chunk, self.tokens, self._spent = chunk, tokens, spent

    def start(self) -> None:
        """Start the clock."""
        self._since = time.monotonic()

    def elapsed(self) -> float:
        """Return the seconds of training so far, without pauses."""
        return self._spent + (0.0 if self._since is None else time.monotonic() - self._since)

    def progress(self) -> float:
        """Return the share of the training dispensed so far, 0 to 1."""
        if self.seconds is not None:
            return min(1.0, self.elapsed() / self.seconds)
        return self.tokens / self.total

    def take(self) -> tuple[int, int, int, float] | None:
        """Return the next chunk, or None at the end of the training; block during a pause.

        Returns
        -------
        epoch : int
            The first is 0.
        first, last : int
            The sentences of the chunk, `last` excluded.
        progress : float
            Share of the training before the chunk.
        """
        with self._changed:
            while True:
                self._pass_over()
                at = self.progress()
                if self.seconds is None:
                    over = self.chunk >= self._chunks
                else:
                    over = at >= 1 and self.chunk > 0
                if self._ended or over:
                    return None
                if not self._is_held(at):
                    break
                self._paused += 1
                self._changed.notify_all()
                pause = self._pause
                while pause == self._pause and not self._ended:
                    self._changed.wait()
            epoch, chunk = divmod(self.chunk, len(self.borders) - 1)
            self.chunk += 1
            first, last = int(self.borders[chunk]), int(self.borders[chunk + 1])
            self.tokens += int(self.starts[last] - self.starts[first])
        return epoch, first, last, at

    def _is_held(self, at: float) -> bool:
        """Return whether threads wait before the next chunk."""
        return self._pause_at is not None and at >= self._pause_at

    def _pass_over(self) -> None:
        while self.chunk in self.skipped:
            self.chunk += 1

    @property
    def total_of_all(self) -> int:
        """Tokens of the whole training, those of other ranks included."""
        return self.total

    def leave(self) -> None:
        """Report that a thread takes no more chunks."""
        with self._changed:
            self._left += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Stop dispensing chunks and wake all waiters."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def pause_at(self, progress: float | None) -> None:
        """End the current pause; pause again at `progress` (0: immediately, None: never)."""
        with self._changed:
            self._pause_at = progress
            self._pause += 1
            self._paused = 0
            if self._since is None:
                self._since = time.monotonic()
            self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait until all threads are paused or done, at most `timeout` seconds.

        Returns
        -------
        bool
            Whether the training is paused; if so, the clock is stopped.
        """
        with self._changed:
            paused = self._is_paused() or (self._changed.wait(timeout) and self._is_paused())
            if paused and self._since is not None:
                self._spent, self._since = self.elapsed(), None
            return paused

    def _is_paused(self) -> bool:
        return self._paused > 0 and self._paused + self._left == self._threads
