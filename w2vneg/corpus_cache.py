"""Encoded corpora kept between runs, found again while their files are unchanged.

A folder of the cache is named by a hash of the files (path, size, time of change, inode) and of
the vocabulary options. The total size is bounded; the least recently used go first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from w2vneg.cache import cache_folder
from w2vneg.corpus import FORMAT, EncodedCorpus, open_folder
from w2vneg.errors import DataError

_DEFAULT_MAX_BYTES = 10 * 10**9
_ABANDONED_S = 24 * 3600


def file_marks(files: list[str]) -> list[list[object]]:
    """Return what tells a changed file from an unchanged one: path, size, mtime, inode."""
    marks: list[list[object]] = []
    for name in files:
        status = os.stat(name)
        marks.append([os.path.realpath(name), status.st_size, status.st_mtime_ns, status.st_ino])
    return marks


def cache_key(marks: list[list[object]], options: dict[str, object]) -> str:
    """Return the name of the cache folder for these files and options."""
    text = json.dumps([FORMAT, marks, options], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def find(key: str) -> EncodedCorpus | None:
    """Open the cached corpus of this key; a damaged one is deleted and not found."""
    base = cache_folder("corpora")
    if base is None or not (base / key).is_dir():
        return None
    try:
        corpus = open_folder(base / key)
    except DataError:
        shutil.rmtree(base / key, ignore_errors=True)
        return None
    with contextlib.suppress(OSError):
        os.utime(base / key)
    corpus.report.from_cache = True
    return corpus


def place(folder: Path, key: str) -> Path:
    """Move a complete corpus folder into the cache; return where it is now."""
    target = folder.parent / key
    try:
        os.rename(folder, target)
    except OSError:
        # Another run was faster and made the same: ours serves this run and goes with it.
        return folder
    _evict(folder.parent, keep=target)
    return target


def _evict(base: Path, keep: Path) -> None:
    """Delete the least recently used corpora over the bound, and abandoned beginnings."""
    bound = _DEFAULT_MAX_BYTES
    with contextlib.suppress(ValueError):
        bound = int(os.environ.get("W2VNEG_CACHE_MAX_BYTES", bound))
    entries = []
    for entry in base.iterdir():
        with contextlib.suppress(OSError):
            age = entry.stat().st_mtime
            if entry.name.startswith("new-"):
                if time.time() - age > _ABANDONED_S:
                    shutil.rmtree(entry, ignore_errors=True)
                continue
            entries.append((age, entry, sum(f.stat().st_size for f in entry.iterdir())))
    total = sum(size for _, _, size in entries)
    # A process that has a deleted corpus mapped keeps its pages until it ends.
    for _, entry, size in sorted(entries, key=lambda item: item[0]):
        if total <= bound:
            break
        if entry != keep:
            shutil.rmtree(entry, ignore_errors=True)
            total -= size
