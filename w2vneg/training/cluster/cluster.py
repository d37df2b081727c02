"""A rank of several: what a training asks about the ranks that train with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.errors import DataError, UsageError
from w2vneg.samplers import Weighting, chosen_methods, form_of
from w2vneg.system.option_names import choice, named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import Ranks
from w2vneg.training.alone import Alone
from w2vneg.training.checkpoint import Checkpointer, Snapshot
from w2vneg.training.chunks import ChunkQueue
from w2vneg.training.cluster.exchange import PIECE_BYTES
from w2vneg.training.cluster.meetings import Meetings
from w2vneg.training.cluster.options import AUTO, ClusterOptions
from w2vneg.training.cluster.pace import interval, local_rate
from w2vneg.training.cluster.positions import take_up
from w2vneg.training.cluster.queue import ShardQueue
from w2vneg.training.cluster.rules import RULES
from w2vneg.training.cluster.shard import Shard, joined, shard_of
from w2vneg.training.cluster.slices import SliceCheckpointer
from w2vneg.training.matrices import needed_bytes
from w2vneg.training.state import TrainingState, TrainResult

#: More threads than a rank has.
_THREADS = 4096


def bytes_of_ranks(ranks: int, size: int, dim: int, piece_bytes: int = PIECE_BYTES) -> int:
    """Return the memory of ranks on one machine: both matrices, copies of them, and pieces.

    Parameters
    ----------
    ranks : int
        On this machine.
    size, dim : int
        Words of the vocabulary, and dimensions.
    piece_bytes : int
        Bytes of changes exchanged at a time.
    """
    matrices = needed_bytes(size, dim)
    return ranks * (2 * matrices + min(3 * piece_bytes, 3 * matrices))


class Cluster(Alone):
    """One rank of a training on several.

    Parameters
    ----------
    ranks : Ranks
    options : ClusterOptions, optional
    piece_bytes : int
        Bytes of changes exchanged at a time.
    own_files : bool
        Whether each rank is given the files of its own part of the corpus.

    Attributes
    ----------
    ranks : Ranks
    options : ClusterOptions
    rule : str
        Name of the rule by which changes are combined.
    measures : bool
        Whether the interval between exchanges is measured.
    first_thread : int
        Number of this rank's first thread among those of all ranks.
    """

    def __init__(
        self,
        ranks: Ranks,
        options: ClusterOptions | None = None,
        piece_bytes: int = PIECE_BYTES,
        own_files: bool = False,
    ) -> None:
        self.own_files = own_files
        self.ranks, self.options = ranks, options or ClusterOptions()
        self.piece_bytes = piece_bytes
        self.rule = self.options.rule(ranks.size)
        self.measures = self.options.sync_every == AUTO
        self.first_thread = ranks.rank * _THREADS
        self._met_before: Mapping[str, Any] = {}

    def check(
        self, config: TrainConfig, *, timed: bool = False, continued: bool = False
    ) -> TrainConfig:
        """Return the configuration for this rank, with its threads.

        Raises
        ------
        UsageError
            If the training cannot be divided.
        """
        if config.method != "sgd":
            raise UsageError(
                f"{choice('method', config.method)} trains on one machine only; choose "
                f"{choice('method', 'sgd')}, or start it without other ranks"
            )
        if continued:
            raise UsageError(
                "a model is trained on by one machine only; start it without other ranks"
            )
        if timed:
            raise UsageError(
                f"{named('time')} has no effect on several ranks; give {named('epochs')}"
            )
        if config.threads is not None:
            return config
        return replace(config, threads=max(1, processors() // self.ranks.neighbors))

    def reading(self) -> dict[str, Any]:
        """Return how this rank reads its part of a corpus."""
        return {"ranks": self.ranks, "own_files": self.own_files}

    def share(self, corpus: Corpus) -> Shard:
        """Return the part of a corpus that this rank trains on."""
        if isinstance(corpus, EncodedCorpus) and corpus.is_part:
            return joined(corpus, self.ranks)
        return shard_of(corpus, self.ranks)

    def more_bytes(self, size: int, dim: int) -> int:
        """Return the memory of the copies that changes are measured from.

        With all that other ranks on this machine take, since each sees only what is free before.
        """
        here = bytes_of_ranks(self.ranks.neighbors, size, dim, self.piece_bytes)
        return here - needed_bytes(size, dim)

    def memory_note(self) -> str:
        """Return what the message says that refuses a training for lack of memory."""
        near = self.ranks.neighbors
        here = f", {near} of them on this machine" if near > 1 else ""
        return f", twice on each of {self.ranks.size} ranks{here}"

    def local_lr(self, config: TrainConfig, safe: float) -> float:
        """Return the initial learning rate of this rank."""
        if self.options.local_lr is not None:
            return self.options.local_lr
        weighting = chosen_methods(config)["weighting"]
        assert isinstance(weighting, Weighting)
        stable = weighting.stable.get(form_of(config))
        bounds = [safe] if stable is None else [safe, stable / config.total_weight]
        return local_rate(config.lr, self.ranks.size, RULES[self.rule], *bounds)

    def queue(
        self, corpus: Corpus, epochs: int, threads: int, seconds: float | None, tokens: int
    ) -> ChunkQueue:
        """Return the work queue of this rank."""
        assert seconds is None
        assert isinstance(corpus, Shard)
        return ShardQueue(
            corpus.starts,
            epochs,
            threads,
            tokens,
            ranks=self.ranks.size,
            everyone=corpus.total,
        )

    def take_up(self, state: TrainingState, snapshot: Snapshot) -> None:
        """Let a restored state go on where this rank has to.

        Raises
        ------
        DataError
            If the ranks have not read the same checkpoint.
        """
        known = snapshot.meta.get("slices", {}).get("id", snapshot.meta["tokens"])
        if len({note["known"] for note in self.ranks.meet({"known": known})}) > 1:
            raise DataError(
                "the ranks have found different checkpoints; resume from a folder that all of them see"
            )
        take_up(state, snapshot.meta, self.ranks.rank, self.ranks.size)
        self._met_before = snapshot.meta.get("meetings", {})

    def checkpointer(self, folder: str | os.PathLike[str], every: float) -> Checkpointer:
        """Return what writes checkpoints, with all ranks."""
        return SliceCheckpointer(folder, every, self.ranks)

    def pauses(
        self,
        state: TrainingState,
        progress: Progress,
        milestones: Sequence[float],
        on_milestone: Callable[[float, TrainResult], None] | None,
        checkpointer: Checkpointer | None,
    ) -> Meetings:
        """Return the meetings with the other ranks."""
        if on_milestone is not None:
            raise UsageError(
                "callbacks during the training work on one machine only; leave them out"
            )
        every = self.options.sync_every
        if not isinstance(every, int):
            words = state.queue.total_of_all
            size, dim = len(state.corpus.vocabulary), state.config.dim
            every = interval(self.ranks.size, size, dim, words, self.options.sync_rows)
        return Meetings(state, progress, checkpointer, self, every, self._met_before)
