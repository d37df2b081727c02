"""Encoded corpora cached on disk, found again while their files are unchanged.

A folder of the cache is named by a hash of the files (path, size, times of change, inode) and of
the options that the encoded corpus depends on. The total size is bounded; the least recently used
corpora are deleted first. On POSIX a process that has a deleted corpus mapped can still read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from w2vneg.corpus.encoded import FORMAT, EncodedCorpus, open_folder
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.sources import CorpusFile
from w2vneg.errors import DataError, OutputError, W2vnegError, reason
from w2vneg.system.atomic_files import unfinished
from w2vneg.system.cache_dir import cache_folder, folder_bytes, keep_newest
from w2vneg.system.limits import File, check_disk

#: Bound of the total size where the disk has room for it.
DEFAULT_MAX_BYTES = 10 * 10**9

_MORE_ROOM = "make room or set W2VNEG_CACHE_DIR to a folder with more"

_SHARE_OF_FREE = 4
_ABANDONED_S = 24 * 3600
_UNFINISHED = "new-"

# Clocks of file systems tick every few milliseconds. A file written this recently could be written
# again without a later modification time, and the cache would not notice.
_TICK_S = 0.02

_SAMPLES, _SAMPLE_BYTES = 16, 1 << 16
#: The estimate of the disk space is lowered by this factor: samples can mislead, and a full disk
#: is handled anyway, so a corpus that would have fitted must not be refused.
_CAUTION = 0.8


def cache_key(sources: list[CorpusFile], options: IngestOptions, part: str = "") -> str | None:
    """Return the name of the cache folder for these files and options, or for a part of the files.

    None if the corpus can be read only once, or nothing tells whether a file at an address has
    changed: such a corpus is not cached.
    """
    if not all(source.identity for source in sources):
        return None
    files = [[source.location, *source.identity] for source in sources]
    described = [FORMAT, files, options.cache_fields(), *([part] if part else [])]
    text = json.dumps(described, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def find(key: str, sources: list[CorpusFile]) -> EncodedCorpus | None:
    """Open the cached corpus of this key; None if there is none. A damaged one is deleted.

    Before it returns None it waits, if a file was modified a moment ago, until any further
    modification would show in the modification time.
    """
    base = cache_folder("corpora")
    if base is None or not (base / key).is_dir():
        _wait_for_clock(sources)
        return None
    try:
        corpus = open_folder(base / key)
    except DataError:
        shutil.rmtree(base / key, ignore_errors=True)
        _wait_for_clock(sources)
        return None
    with contextlib.suppress(OSError):
        os.utime(base / key)
    corpus.report.from_cache = True
    return corpus


def store(folder: Path, key: str | None) -> Path:
    """Move a complete corpus folder into the cache; return its new path.

    The path is unchanged, and the folder is to be deleted after use, without `key`, if the cache
    has no room for it, or if another process has stored the same corpus meanwhile.
    """
    bound = max_bytes(folder.parent)
    if key is None or folder_bytes(folder) > bound:
        return folder
    target = folder.parent / key
    try:
        os.rename(folder, target)
    except OSError:
        return folder
    _evict(folder.parent, bound, keep=target)
    return target


def remove(key: str) -> None:
    """Delete the cached corpus of this key, if there is one."""
    base = cache_folder("corpora")
    if base is not None:
        shutil.rmtree(base / key, ignore_errors=True)


@contextlib.contextmanager
def work_folder(sources: list[CorpusFile]) -> Iterator[Path]:
    """Make a folder for a corpus that is being encoded; it is deleted on failure.

    Raises
    ------
    ResourceError
        The disk has no room for the encoded form of `sources`.
    OutputError
        The folder cannot be made, or what is done inside fails with an OSError.
    """
    base = cache_folder("corpora")
    try:
        folder = Path(tempfile.mkdtemp(prefix=_unfinished_prefix(), dir=base))
    except OSError as error:
        raise _cannot_write(base or Path(tempfile.gettempdir()), error) from None
    with unfinished(folder):
        try:
            _check_disk(sources, folder)
            yield folder
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _cannot_write(folder.parent, error) from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def max_bytes(base: Path) -> int:
    """Return the bound of the total size of the cache in bytes.

    It is the value of ``$W2VNEG_CACHE_MAX_BYTES``; without that variable 10 GB, or a quarter of
    what would be free without the cache if that is less.
    """
    with contextlib.suppress(ValueError, KeyError):
        return max(0, int(os.environ["W2VNEG_CACHE_MAX_BYTES"]))
    try:
        room = shutil.disk_usage(base).free + sum(folder_bytes(entry) for entry in base.iterdir())
    except OSError:
        return DEFAULT_MAX_BYTES
    return min(DEFAULT_MAX_BYTES, room // _SHARE_OF_FREE)


def _evict(base: Path, bound: int, keep: Path) -> None:
    """Delete the least recently used corpora over the bound, and abandoned work folders."""
    with contextlib.suppress(OSError):
        for entry in base.iterdir():
            with contextlib.suppress(OSError):
                if entry.name.startswith(_UNFINISHED) and _is_abandoned(
                    entry.name, entry.stat().st_mtime
                ):
                    shutil.rmtree(entry, ignore_errors=True)
    keep_newest(base, max_bytes=bound, keep=keep, ignore=_UNFINISHED)


def _is_abandoned(name: str, used: float) -> bool:
    """Return whether the process that made a work folder is gone (or the folder is a day old)."""
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


def _wait_for_clock(sources: list[CorpusFile]) -> None:
    """Wait until any further change of the files would change their modification times."""
    youngest = max((source.identity[1] for source in sources), default=0)
    age = time.time() - youngest / 1e9
    if 0 <= age < _TICK_S:
        time.sleep(_TICK_S - age)


def _check_disk(sources: list[CorpusFile], folder: Path) -> None:
    """Refuse a corpus whose encoded form the disk cannot hold, judging by samples of its files.

    Compressed files and pipes are left out: how much text they hold is unknown beforehand.
    """
    plain = [source for source in sources if source.is_plain]
    sampled = tokens = lines = 0
    for source in plain[:: len(plain) // _SAMPLES + 1]:
        with contextlib.suppress(OSError), open(source.path, "rb") as text:
            head = text.read(_SAMPLE_BYTES)
            sampled += len(head)
            tokens += len(head.split())
            lines += head.count(b"\n")
    if sampled:
        # Each token is written twice in 4 bytes, each line once in 4 and once in 8.
        share = (8 * tokens + 12 * lines) / sampled
        needed = int(_CAUTION * share * sum(source.length for source in plain))
        check_disk([File(folder, needed, "the encoded corpus")], _MORE_ROOM)


def _cannot_write(folder: Path, error: OSError) -> W2vnegError:
    return OutputError(
        f"cannot write the encoded corpus to {folder}: {reason(error)}; {_MORE_ROOM}"
    )


def _unfinished_prefix() -> str:
    """Return how the names of this process's work folders begin."""
    return f"{_UNFINISHED}{_host()}-{os.getpid()}-"


def _host() -> str:
    """Return a short name for this machine; process ids are unique only within it."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
