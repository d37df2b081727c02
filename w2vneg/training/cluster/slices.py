"""Checkpoints of several ranks: each writes its slice of the rows, rank 0 a manifest at the end.

They lie in a folder that all ranks see. A manifest is written only when all slices are; without one
they do not count. One that belongs to it is known by an id. Any number of ranks, or one machine
alone, can go on from there (`w2vneg.training.cluster.positions`).
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from w2vneg.errors import OutputError
from w2vneg.system.npz import StoredArray, damage_named, write_archive
from w2vneg.system.ranks import Ranks
from w2vneg.training.checkpoint import (
    DAMAGED,
    Checkpointer,
    Snapshot,
    members,
    numbered,
    save,
    sealed,
    unsealed,
)

_NAME = re.compile(r"checkpoint-(\d{6,})\.rank-(\d+)\.npz")
#: What a manifest keeps of the state of each rank.
_OF_RANK = (
    "chunk",
    "tokens",
    "vocabulary_tokens",
    "threads",
    "counts",
    "loss",
    "curve",
    "position",
)


def slice_path(checkpoint: Path, rank: int) -> Path:
    """Return where a rank's slice of a checkpoint lies."""
    return checkpoint.with_name(f"{checkpoint.stem}.rank-{rank}.npz")


class SliceCheckpointer(Checkpointer):
    """Writes checkpoints together with other ranks; `save` is collective.

    Parameters
    ----------
    folder : path
        Seen by all ranks.
    every : float
        Seconds between checkpoints; the clock of rank 0 counts.
    ranks : Ranks
    """

    def __init__(self, folder: str | os.PathLike[str], every: float, ranks: Ranks) -> None:
        if ranks.rank == 0:
            super().__init__(folder, every)
        ranks.meet({})
        if ranks.rank:
            super().__init__(folder, every)
        self._ranks = ranks

    def save(self, snapshot: Snapshot) -> None:
        """Write a checkpoint (see `Checkpointer.save`)."""
        try:
            self.written = self._save(snapshot)
        finally:
            self._last_now()

    def _save(self, snapshot: Snapshot) -> Path:
        ranks, rows = self._ranks, snapshot.meta["rows"]
        existing = numbered(self.folder)
        plan = {"number": (existing[-1][0] if existing else 0) + 1, "id": secrets.token_hex(8)}
        plan = dict(ranks.meet(plan)[0])
        path = self.folder / f"checkpoint-{plan['number']:06d}.npz"
        own = {
            name: _slice(array, rows[name], ranks) if name in rows else array
            for name, array in snapshot.arrays.items()
        }
        failed = None
        try:
            _write_slice(slice_path(path, ranks.rank), own, plan, ranks)
        except OutputError as error:
            failed = str(error)
        meta = snapshot.meta
        notes = ranks.meet({"failed": failed, "state": {name: meta.get(name) for name in _OF_RANK}})
        self._agree([note["failed"] for note in notes], path)
        failed = None
        if ranks.rank == 0:
            try:
                self._finish(path, snapshot, plan, [note["state"] for note in notes])
            except OutputError as error:
                failed = str(error)
        self._agree([ranks.meet({"failed": failed})[0]["failed"]], path)
        return path

    def _agree(self, failed: Sequence[str | None], path: Path) -> None:
        """Raise the first failure on all ranks, without a slice left behind."""
        for rank, message in enumerate(failed):
            if message is not None:
                slice_path(path, self._ranks.rank).unlink(missing_ok=True)
                error = OutputError(f"rank {rank}: {message}")
                error.rank = rank
                raise error

    def _finish(
        self, path: Path, snapshot: Snapshot, plan: Mapping[str, Any], states: list[dict[str, Any]]
    ) -> None:
        """Write the manifest and delete what belongs to no checkpoint that is kept."""
        for rank in range(self._ranks.size):
            if not slice_path(path, rank).exists():
                raise OutputError(
                    f"{slice_path(path, rank)}: rank 0 does not see what rank {rank} wrote; give a "
                    "folder on a file system that all machines share"
                )
        rows = snapshot.meta["rows"]
        described = members({name: snapshot.arrays[name] for name in rows})
        meta = {
            **snapshot.meta,
            "tokens": sum(state["tokens"] for state in states),
            "vocabulary_tokens": sum(state["vocabulary_tokens"] for state in states),
            "slices": {"id": plan["id"], "rows": rows, "members": described, "states": states},
        }
        written = save(Snapshot(meta, {}), self.folder)
        assert written == path
        kept = {number for number, _ in numbered(self.folder)}
        for file in self.folder.iterdir():
            match = _NAME.fullmatch(file.name)
            if match and int(match[1]) not in kept:
                file.unlink(missing_ok=True)


def _slice(array: Any, rows: int, ranks: Ranks) -> np.ndarray:
    """Return the part of a flat array of `rows` rows that this rank writes."""
    length = len(array) // rows
    low, high = (rows * rank // ranks.size * length for rank in (ranks.rank, ranks.rank + 1))
    part: np.ndarray = array[low:high]
    return part


def _write_slice(
    path: Path, arrays: Mapping[str, Any], plan: Mapping[str, Any], ranks: Ranks
) -> None:
    about = {"id": plan["id"], "rank": ranks.rank, "ranks": ranks.size, "members": members(arrays)}
    write_archive(path, {**sealed(about), **arrays})


class JoinedArray(StoredArray):
    """An array whose parts, one after the other, are in several files."""

    def __init__(self, parts: Sequence[StoredArray], shape: tuple[int, ...], dtype: Any) -> None:
        super().__init__(parts[0].path, "", shape, dtype)
        self._parts = parts

    def read_into(self, target: np.ndarray) -> None:
        """Fill an array from all files (see `StoredArray.read_into`)."""
        low = 0
        for part in self._parts:
            part.read_into(target[low : low + part.shape[0]])
            low += part.shape[0]


def assembled(path: Path, manifest: Snapshot, rank: int, ranks: int) -> Snapshot:
    """Return the state that a manifest and its slices hold, for one of so many ranks.

    Parameters
    ----------
    path : Path
        Of the manifest.
    manifest : Snapshot
        As read from there.
    rank, ranks : int

    Raises
    ------
    DataError
        If a slice is missing, damaged or of another checkpoint.
    """
    about = manifest.meta["slices"]
    count = len(about["states"])
    slices = [
        _open_slice(slice_path(path, each), about["id"], each, count) for each in range(count)
    ]
    arrays: dict[str, np.ndarray | StoredArray] = {}
    with damage_named(path, DAMAGED):
        for name, (dtype, shape) in about["members"].items():
            joined = JoinedArray([each[name] for each in slices], tuple(shape), np.dtype(dtype))
            if sum(each[name].shape[0] for each in slices) != shape[0]:
                raise ValueError(f"the slices of {name} are not the whole")
            arrays[name] = joined
    for name, array in slices[rank % count].items():
        arrays.setdefault(name, array)
    return Snapshot({**manifest.meta, "rank": rank, "ranks": ranks}, arrays)


def _open_slice(path: Path, wanted: str, rank: int, count: int) -> dict[str, StoredArray]:
    with damage_named(path, DAMAGED):
        about, arrays = unsealed(path)
        if (about["id"], about["rank"], about["ranks"]) != (wanted, rank, count):
            raise ValueError("it belongs to another checkpoint")
        if about["members"] != members(arrays):
            raise ValueError("its arrays do not match its manifest")
    return arrays


__all__ = ["SliceCheckpointer", "assembled", "slice_path"]
