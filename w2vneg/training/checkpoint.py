"""Checkpoints: the complete state of a training on disk, and the way back.

A checkpoint holds both matrices, the generators' states, what the sampler has learned, the
position in the corpus, the clock and the counts: with one thread the resumed training gives the
same bytes as the uninterrupted one. It is one .npz file (a CRC for each array) with a manifest
whose SHA-256 is kept beside it, written atomically; the last two are kept, and a damaged one is
passed over for the one before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig, flag
from w2vneg.errors import DataError, UsageError
from w2vneg.system.atomic_files import check_writable, remove_orphans
from w2vneg.system.limits import File
from w2vneg.system.npz import StoredArray, damage_named, open_archive, write_archive
from w2vneg.version import __version__

_FORMAT = 2
_KEPT = 2
_LONGEST_S = 10_000 * 3600
_DAMAGED = "not a usable checkpoint ({})"
_NAME = re.compile(r"checkpoint-(\d{6,})\.npz")
#: Options that do not change what is trained, or may change on the way.
_FREE = ("threads", "epochs")


@dataclass
class Snapshot:
    """The state of a training between two chunks.

    Attributes
    ----------
    meta : dict
        What JSON can hold: ``config``, ``corpus`` and ``vocabulary`` fingerprints, ``chunk``,
        ``tokens``, ``vocabulary_tokens`` (of one epoch), ``seconds``, ``threads``, ``counts``.
    arrays : dict
        Name to array, in memory or in a file: ``w_in``, ``w_out``, ``rng``, and ``sampler.*``.
    """

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray | StoredArray] = field(default_factory=dict)


def save(snapshot: Snapshot, folder: Path) -> Path:
    """Write a snapshot as the newest checkpoint of a folder and drop the oldest.

    Raises
    ------
    OutputError
        If it cannot be written; earlier checkpoints are intact.
    """
    found = _numbered(folder)
    path = folder / f"checkpoint-{(found[-1][0] if found else 0) + 1:06d}.npz"
    about = {"format": _FORMAT, "version": __version__, "members": _members(snapshot.arrays)}
    text = json.dumps({**snapshot.meta, **about}, sort_keys=True).encode()
    marks = {
        "manifest": np.frombuffer(text, np.uint8),
        "digest": np.frombuffer(hashlib.sha256(text).digest(), np.uint8),
    }
    write_archive(path, {**marks, **snapshot.arrays})  # type: ignore[dict-item]
    for _, old in found[: max(0, len(found) - (_KEPT - 1))]:
        old.unlink(missing_ok=True)
    return path


def _members(arrays: Mapping[str, np.ndarray | StoredArray]) -> dict[str, list[Any]]:
    return {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """Return the checkpoints of a folder, the oldest first."""
    matches = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match[1]), path) for match, path in matches if match)


def read(path: Path) -> Snapshot:
    """Check one checkpoint file from end to end; its arrays stay there until they are wanted.

    Raises
    ------
    DataError
        If it is not whole, or no checkpoint.
    """
    with damage_named(path, _DAMAGED):
        arrays = open_archive(path)
        text = np.asarray(arrays.pop("manifest")).tobytes()
        digest = np.asarray(arrays.pop("digest")).tobytes()
        if hashlib.sha256(text).digest() != digest:
            raise ValueError("its manifest was changed")
        meta = json.loads(text)
        if meta["format"] != _FORMAT:
            raise ValueError(
                f"format {meta['format']} of w2vneg {meta.get('version', '?')}, this is {__version__}"
                f" and reads format {_FORMAT}"
            )
        if meta["members"] != _members(arrays):
            raise ValueError("its arrays are not those it was written with")
    return Snapshot(meta, dict(arrays))


def restore(snapshot: Snapshot, targets: Mapping[str, np.ndarray]) -> None:
    """Fill arrays with those of a snapshot, reading straight from its file where it has one.

    Raises
    ------
    DataError
        If one is missing, has another shape, or was damaged since it was checked.
    """
    for name, target in targets.items():
        stored = snapshot.arrays.get(name)
        if stored is None or stored.shape != target.shape or stored.dtype != target.dtype:
            raise DataError(f"not a usable checkpoint: {name} does not fit")
        if isinstance(stored, StoredArray):
            with damage_named(stored.path, _DAMAGED):
                stored.read_into(target)
        else:
            target[:] = stored


def newest(folder: Path, note: Callable[[str], None] = lambda line: None) -> Snapshot:
    """Read the newest usable checkpoint of a folder.

    Parameters
    ----------
    folder : Path
    note : callable
        Takes a line when a damaged one is passed over.

    Raises
    ------
    DataError
        If there is none.
    """
    try:
        found = _numbered(folder)
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror or error}; nothing to resume") from None
    if not found:
        raise DataError(f"{folder}: no checkpoint; train with --checkpoint {folder} first")
    for place, (_, path) in enumerate(reversed(found)):
        try:
            return read(path)
        except DataError as error:
            if place == len(found) - 1:
                raise
            note(f"{error}; going back to the one before")
    raise AssertionError


def settings(snapshot: Snapshot, given: dict[str, Any]) -> TrainConfig:
    """Return the configuration of a resumed training: the checkpoint's, but for what may change.

    Parameters
    ----------
    snapshot : Snapshot
    given : dict
        Options that the user asks for now.

    Raises
    ------
    UsageError
        Naming the first option that differs and may not.
    """
    stored = dict(snapshot.meta["config"])
    unknown = sorted(set(stored) - set(TrainConfig.__dataclass_fields__))
    if unknown:
        raise UsageError(
            f"the checkpoint was made by w2vneg {snapshot.meta['version']} with {flag(unknown[0])}, "
            f"which this version ({__version__}) does not know; resume with that version"
        )
    for name, value in given.items():
        if name in _FREE:
            stored[name] = value
        elif stored.get(name) != value:
            raise UsageError(
                f"{flag(name)} {value}: the checkpoint was made with {stored.get(name)}; leave the "
                "option out or train anew"
            )
    return TrainConfig(**stored)


def check_corpus(snapshot: Snapshot, corpus: str, vocabulary: str) -> None:
    """Refuse to go on with another text.

    Raises
    ------
    UsageError
        Naming the first difference.
    """
    for name, now in (("vocabulary", vocabulary), ("corpus", corpus)):
        if snapshot.meta[name] != now:
            raise UsageError(
                f"the checkpoint is of another {name} (fingerprint {snapshot.meta[name][:12]}, "
                f"here {now[:12]}); resume with the files it was made with"
            )


class Checkpointer:
    """Writes a checkpoint now and then.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    every : float
        Seconds between checkpoints.
    """

    def __init__(self, folder: str | os.PathLike[str], every: float) -> None:
        self.folder, self.every = Path(folder), every
        self.written: Path | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{folder}: {error.strerror or error}; choose another folder") from None
        check_writable(self.folder / "checkpoint-000000.npz")
        remove_orphans(self.folder)
        self._last = time.monotonic()

    def file(self, size: int) -> File:
        """Return what a training of `size` bytes of state is going to add to the folder."""
        new = max(1, _KEPT + 1 - len(_numbered(self.folder)))  # the oldest goes last
        return File(self.folder, new * size, f"{new} checkpoints" if new > 1 else "a checkpoint")

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next."""
        return time.monotonic() - self._last >= self.every

    def save(self, snapshot: Snapshot) -> None:
        """Write one; the next is due `every` seconds later, whether or not this one succeeds.

        Raises
        ------
        OutputError
            If it cannot be written; earlier checkpoints are intact.
        """
        try:
            self.written = save(snapshot, self.folder)
            remove_orphans(self.folder)  # those that were too young when this training began
        finally:
            self._last = time.monotonic()


def parse_interval(text: str) -> float:
    """Return seconds of ``90``, ``90s``, ``10m``, ``2h``.

    Raises
    ------
    UsageError
        If it is none of these, or not positive.
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]*)?)\s*([smh]?)\s*", text)
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise UsageError(
            f"--checkpoint-every {text!r}: write a time such as 90s, 10m or 2h, 10000h at most"
        )
    return seconds
