"""Which chunk is next: the order of the training, its end, and its pauses.

A training is measured in tokens (so many epochs) or in seconds of training (a budget). A pause
lets every thread finish its chunk and wait, so that the state stands still: for a look at the
vectors or a copy of all of it. Time spent in pauses does not count.
"""

from __future__ import annotations

import threading
import time

import numpy as np

CHUNK_TOKENS = 10_000
#: Multiplications in a chunk: at most about half a second, so that a stop is soon heeded.
_CHUNK_WORK = 1 << 31


def chunk_tokens(work: int) -> int:
    """Return how many tokens make a chunk when one takes `work` multiplications."""
    return max(1, min(CHUNK_TOKENS, _CHUNK_WORK // max(1, work)))


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


class Schedule:
    """Hands out chunks to threads.

    Parameters
    ----------
    starts : (S + 1,) int64 array
        The corpus's sentences.
    epochs : int
    threads : int
        How many will ask.
    seconds : float, optional
        Train for so long instead of `epochs`.
    tokens : int
        In a chunk.
    """

    def __init__(
        self,
        starts: np.ndarray,
        epochs: int,
        threads: int,
        seconds: float | None = None,
        tokens: int = CHUNK_TOKENS,
    ) -> None:
        self.starts, self.seconds = starts, seconds
        self.borders = chunk_borders(starts, tokens)
        self.epoch_tokens = int(starts[-1])
        self.total = self.epoch_tokens * epochs
        self.chunk = 0  # number of the next one, over all epochs
        self.tokens = 0  # that were handed out
        self._chunks = (len(self.borders) - 1) * epochs
        self._threads = threads
        self._holding = self._left = 0
        self._pause = 0  # number of the present pause: who holds in it waits for the next
        self._hold_at: float | None = None
        self._ended = False
        self._changed = threading.Condition()
        self._spent = 0.0
        self._since: float | None = None

    def restore(self, chunk: int, tokens: int, spent: float) -> None:
        """Go on after `chunk` chunks of `tokens` tokens, made in `spent` seconds."""
        self.chunk, self.tokens, self._spent = chunk, tokens, spent

    def start(self) -> None:
        """Start the clock."""
        self._since = time.monotonic()

    def elapsed(self) -> float:
        """Return the seconds of training so far, pauses left out."""
        return self._spent + (0.0 if self._since is None else time.monotonic() - self._since)

    def progress(self) -> float:
        """Return how much of the training has been handed out, 0 to 1."""
        if self.seconds is not None:
            return min(1.0, self.elapsed() / self.seconds)
        return self.tokens / self.total

    def take(self) -> tuple[int, int, float] | None:
        """Return the next chunk's sentences and the progress before it; None at the end.

        Waits while the training is paused.
        """
        with self._changed:
            while True:
                at = self.progress()
                if self.seconds is None:
                    over = self.chunk >= self._chunks
                else:
                    over = at >= 1 and self.chunk > 0
                if self._ended or over:
                    return None
                if self._hold_at is None or at < self._hold_at:
                    break
                self._holding += 1
                self._changed.notify_all()
                pause = self._pause
                while pause == self._pause and not self._ended:
                    self._changed.wait()
            chunk = self.chunk % (len(self.borders) - 1)
            self.chunk += 1
            first, last = int(self.borders[chunk]), int(self.borders[chunk + 1])
            self.tokens += int(self.starts[last] - self.starts[first])
        return first, last, at

    def leave(self) -> None:
        """Say that a thread will not ask again."""
        with self._changed:
            self._left += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Hand out nothing more and wake who waits."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def hold_at(self, progress: float | None) -> None:
        """Pause when `progress` is reached; 0 is at once, None never. Ends a pause."""
        with self._changed:
            self._hold_at = progress
            self._pause += 1
            self._holding = 0
            if self._since is None:
                self._since = time.monotonic()
            self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait until all threads hold or have left, at most `timeout` seconds.

        Returns
        -------
        bool
            Whether the training is paused: nothing moves, and the clock stands.
        """
        with self._changed:
            quiet = self._is_quiet() or (self._changed.wait(timeout) and self._is_quiet())
            if quiet and self._since is not None:
                self._spent, self._since = self.elapsed(), None
            return quiet

    def _is_quiet(self) -> bool:
        return self._holding > 0 and self._holding + self._left == self._threads
