"""Checkpoints: the complete state of a training on disk, saved and restored.

A checkpoint holds both matrices, the states of the random generators, what the sampler has learned,
the position in the corpus, the clock and the counts. With one thread, a resumed training is bit for
bit identical to an uninterrupted one. A checkpoint is one .npz file (a CRC for each array) with a
manifest and its SHA-256, written atomically. The last two are kept; a damaged one is skipped in
favor of the one before it.
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
from typing import Any, NoReturn

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.errors import DataError, OutputError, UsageError, reason
from w2vneg.samplers import all_options, configure, training_method
from w2vneg.system.atomic_files import check_writable, remove_orphans
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File
from w2vneg.system.npz import StoredArray, damage_named, open_archive, write_archive
from w2vneg.system.option_names import choice, either, named
from w2vneg.version import __version__

_FORMAT = 2
_KEPT = 2
#: How messages name a damaged checkpoint.
DAMAGED = "not a usable checkpoint ({})"
_NAME = re.compile(r"checkpoint-(\d{6,})\.npz")
#: Options that may change when a training is resumed.
_FREE = ("threads", "epochs", "mix_out")
#: Names of options in older checkpoints.
_RENAMED = {"alpha": "ns_exponent"}
#: Options that older checkpoints lack, with the value they had.
_FORMER = {"form": "window", "preset": "word2vec"}


@dataclass
class Snapshot:
    """The state of a training between two chunks.

    Attributes
    ----------
    meta : dict
        JSON values: ``config``, the fingerprints ``corpus`` and ``vocabulary``, ``chunk``,
        ``tokens``, ``vocabulary_tokens`` (per epoch), ``seconds``, ``threads``, ``counts``,
        ``loss``. Whole-data training has ``half``, ``halves``, ``seconds``, ``threads``,
        ``losses``.
    arrays : dict
        Name to array, in memory or in a file: ``w_in`` and ``w_out`` ((V * length,) float32),
        ``rng`` ((threads, 32) uint64), and the sampler's as ``sampler.NAME``. Whole-data training
        has ``chunk_losses`` instead of the last two.
    """

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray | StoredArray] = field(default_factory=dict)


def save(snapshot: Snapshot, folder: Path) -> Path:
    """Write a snapshot as the newest checkpoint of a folder, delete old ones, return its path.

    Raises
    ------
    OutputError
        If it cannot be written; earlier checkpoints are intact.
    """
    existing = numbered(folder)
    path = folder / f"checkpoint-{(existing[-1][0] if existing else 0) + 1:06d}.npz"
    about = {"format": _FORMAT, "version": __version__, "members": members(snapshot.arrays)}
    write_archive(path, {**sealed({**snapshot.meta, **about}), **snapshot.arrays})  # type: ignore[dict-item]
    for _, old in existing[: max(0, len(existing) - (_KEPT - 1))]:
        old.unlink(missing_ok=True)
    return path


def sealed(manifest: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays that hold the manifest of an archive, and its digest."""
    text = json.dumps(manifest, sort_keys=True).encode()
    digest = hashlib.sha256(text).digest()
    return {"manifest": np.frombuffer(text, np.uint8), "digest": np.frombuffer(digest, np.uint8)}


def unsealed(path: Path) -> tuple[dict[str, Any], dict[str, StoredArray]]:
    """Return the manifest of an archive, checked against its digest, and the other arrays.

    Raises
    ------
    KeyError, OSError, ValueError
        If it is damaged, or no such archive (see `w2vneg.system.npz.damage_named`).
    """
    arrays = open_archive(path)
    text = np.asarray(arrays.pop("manifest")).tobytes()
    digest = np.asarray(arrays.pop("digest")).tobytes()
    if hashlib.sha256(text).digest() != digest:
        raise ValueError("its manifest was modified")
    return json.loads(text), arrays


def members(arrays: Mapping[str, np.ndarray | StoredArray]) -> dict[str, list[Any]]:
    """Return dtype and shape of each array, as a manifest lists them."""
    return {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}


def numbered(folder: Path) -> list[tuple[int, Path]]:
    """Return the checkpoints of a folder, the oldest first."""
    matches = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match[1]), path) for match, path in matches if match)


def read(path: Path, rank: int = 0, ranks: int = 1) -> Snapshot:
    """Verify a checkpoint file completely; its arrays are loaded only when needed.

    Parameters
    ----------
    path : Path
    rank, ranks : int
        The number of the rank that resumes from it, and how many ranks there are.

    Raises
    ------
    DataError
        If it is damaged, or not a checkpoint.
    """
    with damage_named(path, DAMAGED):
        meta, arrays = unsealed(path)
        if meta["format"] != _FORMAT:
            raise ValueError(
                f"format {meta['format']}, written by w2vneg {meta.get('version', '?')}; "
                f"w2vneg {__version__} reads format {_FORMAT}"
            )
        if meta["members"] != members(arrays):
            raise ValueError("its arrays do not match its manifest")
    snapshot = Snapshot(meta, dict(arrays))
    if "slices" not in meta:
        return snapshot
    from w2vneg.training.cluster.slices import assembled

    return assembled(path, snapshot, rank, ranks)


def restore(snapshot: Snapshot, targets: Mapping[str, np.ndarray]) -> None:
    """Fill arrays with those of a snapshot, read directly from its file if it has one.

    Parameters
    ----------
    snapshot : Snapshot
    targets : mapping
        Name to array; the arrays are modified in place.

    Raises
    ------
    DataError
        If an array is missing, has another shape or dtype, or was damaged after it was verified.
    """
    for name, target in targets.items():
        stored = snapshot.arrays.get(name)
        if stored is None or stored.shape != target.shape or stored.dtype != target.dtype:
            raise DataError(f"not a usable checkpoint: {name} is missing or has another shape")
        if isinstance(stored, StoredArray):
            with damage_named(stored.path, DAMAGED):
                stored.read_into(target)
        else:
            target[:] = stored


def newest(
    folder: str | os.PathLike[str],
    note: Callable[[str], None] = lambda line: None,
    rank: int = 0,
    ranks: int = 1,
) -> Snapshot:
    """Read the newest usable checkpoint of a folder.

    Parameters
    ----------
    folder : str or path
    note : callable
        Receives a message for each damaged checkpoint that is skipped.
    rank, ranks : int
        The number of the rank that resumes from it, and how many ranks there are.

    Raises
    ------
    DataError
        If there is no usable checkpoint.
    """
    try:
        existing = numbered(Path(folder))
    except OSError as error:
        raise DataError(
            f"{folder}: {reason(error)}; nothing to resume: give the folder of the checkpoints"
        ) from None
    if not existing:
        first = either(f"--checkpoint {folder}", f"checkpointer=Checkpointer({str(folder)!r}, 600)")
        raise DataError(f"{folder}: no checkpoint; train with {first} first")
    for index, (_, path) in enumerate(reversed(existing)):
        try:
            return read(path, rank, ranks)
        except DataError as error:
            if index == len(existing) - 1:
                raise
            note(f"{error}; using the one before it")
    raise AssertionError


def settings(snapshot: Snapshot, given: dict[str, Any]) -> TrainConfig:
    """Return the configuration of a resumed training: the checkpoint's, with permitted changes.

    Parameters
    ----------
    snapshot : Snapshot
    given : dict
        Options given for the resumed training.

    Raises
    ------
    UsageError
        If an option differs that must not change; the message names it.
    """
    options = all_options()
    stored = {_RENAMED.get(name, name): value for name, value in snapshot.meta["config"].items()}
    stored = {**_FORMER, **stored}
    for name in sorted(set(stored) - set(options)):
        raise UsageError(
            f"the checkpoint was made by w2vneg {snapshot.meta['version']} with {named(name)}, which "
            f"this version ({__version__}) does not know; resume with that version"
        )
    free = (*_FREE, *training_method(stored).free)
    for name, value in given.items():
        if name in free:
            stored[name] = value
            continue
        known = stored.get(name, options[name].default)
        if known != value:
            given_as = choice(name, value) if isinstance(value, str) else named(name, value)
            raise UsageError(
                f"{given_as}: the checkpoint was made with {known}; leave the option out "
                "or start a new training"
            )
    return configure(**stored)


def share_done(snapshot: Snapshot, config: TrainConfig) -> float:
    """Return how much of a training a snapshot has behind it: 0 to 1, or more if it is shortened."""
    meta, method = snapshot.meta, training_method(config)
    if method.samples:
        return float(meta["tokens"] / (meta["vocabulary_tokens"] * config.epochs))
    return float(meta["half"] / (2 * config.to_dict()["sweeps"]))


def check_corpus(snapshot: Snapshot, corpus: str, vocabulary: str) -> None:
    """Refuse to resume with another corpus or vocabulary.

    Parameters
    ----------
    snapshot : Snapshot
    corpus, vocabulary : str
        Fingerprints.

    Raises
    ------
    UsageError
        If a fingerprint differs; the message says which.
    """
    for name, now in (("vocabulary", vocabulary), ("corpus", corpus)):
        if snapshot.meta[name] != now:
            raise UsageError(
                f"the checkpoint belongs to another {name} (fingerprint {snapshot.meta[name][:12]}, "
                f"here {now[:12]}); resume with the files it was made with"
            )


class Checkpointer:
    """Writes checkpoints at intervals.

    Parameters
    ----------
    folder : path
        Created if it does not exist.
    every : float
        Seconds between checkpoints.

    Attributes
    ----------
    written : Path or None
        The last checkpoint written.

    Raises
    ------
    DataError
        If the folder cannot be created.
    OutputError
        If the folder cannot be written to.
    """

    def __init__(self, folder: str | os.PathLike[str], every: float) -> None:
        self.folder, self.every = Path(folder), every
        self.written: Path | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{folder}: {reason(error)}; choose another folder") from None
        check_writable(self.folder / "checkpoint-000000.npz")
        remove_orphans(self.folder)
        self._last = time.monotonic()

    def file(self, size: int) -> File:
        """Return the disk space that checkpoints of `size` bytes will need in the folder."""
        new = max(1, _KEPT + 1 - len(numbered(self.folder)))  # the oldest goes last
        return File(self.folder, new * size, f"{new} checkpoints" if new > 1 else "a checkpoint")

    @property
    def is_due(self) -> bool:
        """Whether the next checkpoint is due."""
        return time.monotonic() - self._last >= self.every

    def save(self, snapshot: Snapshot) -> None:
        """Write a checkpoint; the next is due `every` seconds later, even if this one fails.

        Raises
        ------
        OutputError
            If it cannot be written; earlier checkpoints are intact.
        """
        try:
            self.written = save(snapshot, self.folder)
            remove_orphans(self.folder)  # those that were too recent when this training began
        finally:
            self._last_now()

    def _last_now(self) -> None:
        self._last = time.monotonic()


def save_before_leaving(
    save_state: Callable[[], None], checkpointer: Checkpointer, stop: StopFlag, doing: str
) -> NoReturn:
    """Save the state and raise `Interrupted` with a message that says how to resume.

    Parameters
    ----------
    save_state : callable
        Writes a checkpoint.
    checkpointer : Checkpointer
    stop : StopFlag
        Is set.
    doing : str
        What was interrupted.
    """
    remedy = "resume with " + either(
        f"--resume {checkpointer.folder}",
        f"resume=w2vneg.training.checkpoint.newest({str(checkpointer.folder)!r})",
    )
    try:
        save_state()
    except OutputError as error:
        remedy = (
            f"the state could not be saved ({error}); {remedy} from an earlier checkpoint, if any"
        )
    stop.check(doing, remedy)
    raise AssertionError
