"""File locks between processes; they do nothing where the system or file system has none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover
    fcntl = None  # type: ignore[assignment]


def try_lock(handle: int) -> bool | None:
    """Lock an open file exclusively, without waiting.

    The lock lasts until every duplicate of the descriptor is closed or the process ends.

    Parameters
    ----------
    handle : int
        Descriptor, open for writing: network file systems lock exclusively only those.

    Returns
    -------
    bool or None
        True if this process has the lock, False if another one does, None if files cannot be
        locked here.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextlib.contextmanager
def locked(handle: int) -> Iterator[None]:
    """Hold the lock of an open file during this block, even if the file is closed in it."""
    if fcntl is None:  # an open duplicate would keep Windows from renaming the file
        yield
        return
    own = os.dup(handle)
    try:
        try_lock(own)
        yield
    finally:
        os.close(own)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Let one process at a time run this block; the others wait.

    Parameters
    ----------
    path : Path
        The lock file; created if missing, never deleted.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
