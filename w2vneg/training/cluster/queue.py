"""The work queue of one rank: its own chunks, and the progress of all."""

from __future__ import annotations

from w2vneg.corpus.corpus import Starts
from w2vneg.training.chunks import CHUNK_TOKENS, ChunkQueue


class ShardQueue(ChunkQueue):
    """Dispenses the chunks of a shard and holds the threads when the ranks are to meet.

    Unlike that of `ChunkQueue`, its clock goes on while the threads wait.

    Parameters
    ----------
    starts : (S + 1,) int64 array or EvenStarts
        Sentence offsets of the shard.
    epochs, threads : int
    tokens : int
        Tokens per chunk.
    ranks : int
    everyone : int
        Tokens of all shards in one epoch.
    """

    def __init__(
        self,
        starts: Starts,
        epochs: int,
        threads: int,
        tokens: int = CHUNK_TOKENS,
        *,
        ranks: int,
        everyone: int,
    ) -> None:
        super().__init__(starts, epochs, threads, None, tokens)
        self._everyone = everyone * epochs
        self._ranks = ranks
        self._hold: int | None = None
        self._all_then = self._own_then = 0

    def progress(self) -> float:
        """Return the share of the whole training that is done, 0 to 1.

        What the others have done since the last meeting is taken to be what this rank has.
        """
        done = self._all_then + self._ranks * (self.tokens - self._own_then)
        return min(1.0, done / max(1, self._everyone))

    def all_tokens(self) -> int:
        """Return the tokens that all ranks have trained, estimated as in `progress`."""
        return int(self.progress() * self._everyone)

    @property
    def total_of_all(self) -> int:
        """Tokens of the whole training."""
        return self._everyone

    @property
    def has_more(self) -> bool:
        """Whether chunks are left."""
        self._pass_over()
        return self.chunk < self._chunks

    def met(self, everyone: int) -> None:
        """Continue from the tokens that all ranks have trained."""
        self._all_then, self._own_then = everyone, self.tokens

    def hold_at(self, tokens: int) -> None:
        """Hold the threads when this rank has dispensed so many tokens, over all epochs."""
        self._hold = tokens

    def wait(self, timeout: float) -> bool:
        """Wait until all threads are held or done (see `ChunkQueue.wait`)."""
        with self._changed:
            return self._is_paused() or (self._changed.wait(timeout) and self._is_paused())

    def _is_held(self, at: float) -> bool:
        return super()._is_held(at) or (self._hold is not None and self.tokens >= self._hold)
