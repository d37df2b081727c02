"""A training without other ranks: its queue, its learning rate, and what happens in its pauses.

`w2vneg.training.cluster.cluster` has the same for one rank of several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.errors import OutputError
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import ALONE, Ranks
from w2vneg.training.checkpoint import Checkpointer, Snapshot
from w2vneg.training.chunks import ChunkQueue
from w2vneg.training.state import TrainingState, TrainResult


class Alone:
    """What a training asks about the ranks that train together; here, there is one.

    Attributes
    ----------
    ranks : Ranks
    first_thread : int
        Number of this rank's first thread among those of all ranks.
    """

    ranks: Ranks = ALONE
    first_thread = 0

    def check(
        self, config: TrainConfig, *, timed: bool = False, continued: bool = False
    ) -> TrainConfig:
        """Return the configuration for this rank.

        `timed` says that a time is given, not epochs; `continued`, that a model is trained on.
        """
        return config

    def reading(self) -> dict[str, Any]:
        """Return arguments of `w2vneg.corpus.encode.encode`: how this rank reads its part."""
        return {}

    def share(self, corpus: Corpus) -> Corpus:
        """Return the part of a corpus that this rank trains on."""
        return corpus

    def more_bytes(self, size: int, dim: int) -> int:
        """Return the memory that keeping in step takes, for so many vectors."""
        return 0

    def memory_note(self) -> str:
        """Return what the message says that refuses a training for lack of memory."""
        return ""

    def local_lr(self, config: TrainConfig, safe: float) -> float:
        """Return the initial learning rate of this rank; `safe` is one that surely does no harm."""
        return config.lr

    def queue(
        self, corpus: Corpus, epochs: int, threads: int, seconds: float | None, tokens: int
    ) -> ChunkQueue:
        """Return the work queue of this rank; the arguments are those of `ChunkQueue`."""
        return ChunkQueue(corpus.starts, epochs, threads, seconds, tokens)

    def take_up(self, state: TrainingState, snapshot: Snapshot) -> None:
        """Let a restored state go on where this rank has to."""
        if "slices" in snapshot.meta:
            from w2vneg.training.cluster.positions import take_up

            take_up(state, snapshot.meta, self.ranks.rank, self.ranks.size)

    def pauses(
        self,
        state: TrainingState,
        progress: Progress,
        milestones: Sequence[float],
        on_milestone: Callable[[float, TrainResult], None] | None,
        checkpointer: Checkpointer | None,
    ) -> Pauses:
        """Return what happens while all threads are paused."""
        return Pauses(state, progress, milestones, on_milestone, checkpointer)


class Pauses:
    """What happens while all threads are paused: callbacks at milestones, and checkpoints."""

    def __init__(
        self,
        state: TrainingState,
        progress: Progress,
        milestones: Sequence[float],
        on_milestone: Callable[[float, TrainResult], None] | None,
        checkpointer: Checkpointer | None,
    ) -> None:
        self._state, self._queue, self._progress = state, state.queue, progress
        self._on_milestone, self._checkpointer = on_milestone, checkpointer
        ahead = [share for share in milestones if share >= self._queue.progress()]
        self._milestones = ahead if on_milestone else []
        self._saving = False

    def next(self) -> None:
        """End the current pause and set the next milestone."""
        self._saving = False
        self._queue.pause_at(self._milestones[0] if self._milestones else None)

    def request(self) -> None:
        """Pause as soon as possible if a checkpoint is due."""
        if self._checkpointer is not None and self._checkpointer.is_due and not self._saving:
            self._saving = True
            self._queue.pause_at(0.0)

    def serve(self) -> None:
        """Do what the pause is for."""
        if self._saving and not self._state.stop.is_set:
            self.save()
        due = self._milestones and self._milestones[0] <= self._queue.progress()
        if self._on_milestone and due:
            self._state.result.seconds = self._queue.elapsed()
            self._on_milestone(self._milestones.pop(0), self._state.result)

    def save(self) -> None:
        """Write a checkpoint if there is a checkpointer; a full disk must not end the training."""
        if self._checkpointer is None:
            return
        try:
            self._state.save(self._checkpointer)
        except OutputError as error:
            self._progress.note(f"no checkpoint: {error}; the training continues")

    def end(self) -> None:
        """Do what remains when all threads have ended."""

    def complete(self) -> None:
        """Complete the result, when nothing can fail any more."""

    def tokens(self) -> int:
        """Return the tokens trained so far."""
        return self._state.result.tokens

    def figures(self) -> dict[str, float]:
        """Return more figures for the progress report."""
        return {}


#: What a training asks where there are no other ranks.
ALONE_TEAM = Alone()
