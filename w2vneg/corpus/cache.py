"""Encoded corpora kept between runs, found again while their files are unchanged.

A folder of the cache is named by a hash of the files (path, size, times of change, inode) and of
the vocabulary options. The total size is bounded; the least recently used go first. On POSIX a
process that has a deleted corpus mapped keeps reading it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import time
from pathlib import Path

from w2vneg.corpus.encoded import FORMAT, EncodedCorpus, open_folder
from w2vneg.corpus.sources import Source
from w2vneg.errors import DataError
from w2vneg.system.cache_dir import cache_folder

#: Bound of the total size where the disk has room for it.
DEFAULT_MAX_BYTES = 10 * 10**9

_SHARE_OF_FREE = 4
_ABANDONED_S = 24 * 3600
_UNFINISHED = "new-"


def cache_key(sources: list[Source], options: dict[str, object]) -> str:
    """Return the name of the cache folder for these files and options."""
    files = [[os.path.realpath(source.path), *source.identity] for source in sources]
    text = json.dumps([FORMAT, files, options], sort_keys=True)
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
    """Move a complete corpus folder into the cache; return where it is now.

    It stays where it is, to be removed after use, if the cache has no room for it or if another
    run was faster and made the same.
    """
    target = folder.parent / key
    bound = max_bytes(folder.parent)
    if _size(folder) > bound:
        return folder
    try:
        os.rename(folder, target)
    except OSError:
        return folder
    _evict(folder.parent, bound, keep=target)
    return target


def max_bytes(base: Path) -> int:
    """Return the bound of the cache's size: ``$W2VNEG_CACHE_MAX_BYTES``, else what the disk allows.

    Without the variable it is 10 GB, or a quarter of what would be free without the cache.
    """
    with contextlib.suppress(ValueError, KeyError):
        return max(0, int(os.environ["W2VNEG_CACHE_MAX_BYTES"]))
    try:
        room = shutil.disk_usage(base).free + sum(_size(entry) for entry in base.iterdir())
    except OSError:
        return DEFAULT_MAX_BYTES
    return min(DEFAULT_MAX_BYTES, room // _SHARE_OF_FREE)


def unfinished_prefix() -> str:
    """Return how the name of a folder begins that this process has not completed."""
    return f"{_UNFINISHED}{_host()}-{os.getpid()}-"


def _evict(base: Path, bound: int, keep: Path) -> None:
    """Delete the least recently used corpora over the bound, and abandoned beginnings."""
    entries = []
    with contextlib.suppress(OSError):
        for entry in base.iterdir():
            with contextlib.suppress(OSError):
                used = entry.stat().st_mtime
                if not entry.name.startswith(_UNFINISHED):
                    entries.append((used, entry, _size(entry)))
                elif _is_abandoned(entry.name, used):
                    shutil.rmtree(entry, ignore_errors=True)
    total = sum(size for _, _, size in entries)
    for _, entry, size in sorted(entries, key=lambda item: item[0]):
        if total <= bound:
            break
        if entry != keep:
            shutil.rmtree(entry, ignore_errors=True)
            total -= size


def _is_abandoned(name: str, used: float) -> bool:
    """Return whether the process that began a folder is gone (or the folder is a day old)."""
    if time.time() - used > _ABANDONED_S:
        return True
    match = re.fullmatch(rf"{_UNFINISHED}{re.escape(_host())}-(\d+)-.*", name)
    if match is None or os.name != "posix":
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def _host() -> str:
    """Return a short name for this machine: process numbers mean nothing on another."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _size(folder: Path) -> int:
    size = 0
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            with contextlib.suppress(OSError):
                size += file.stat().st_size
    return size
