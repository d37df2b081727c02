"""Atomic, durable replacement of files: the only way w2vneg writes a result.

At every instant, and after any kill, the target path holds either what stood there before or the
complete new file. The content goes to a temporary file in the same folder, is flushed to the disk,
and takes the target's name in one step.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from w2vneg.errors import OutputError

TEMP_MARK = ".w2vneg-tmp-"
_ORPHAN_AGE_S = 24 * 3600


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file for writing that takes the place of `path` only when complete.

    A symbolic link is followed, so that the link stays and its target is replaced; the mode of an
    existing file is kept. A device, pipe or terminal (``/dev/stdout``) is written straight
    through, because it cannot be replaced.

    Parameters
    ----------
    path : str or path
        The file to create or replace.

    Yields
    ------
    file : binary file
        Written, flushed and fsynced before it takes the target's name.

    Raises
    ------
    OutputError
        If any step fails; `path` still holds what it held and the temporary file is gone.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = os.stat(target).st_mode
    except OSError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        if stat.S_ISDIR(mode):
            raise OutputError(f"cannot write {path}: it is a directory; give a file name")
        yield from _write_through(target, path)
        return
    temp = target.with_name(_temp_name(target.name))
    try:
        with _named_errors(path), open(temp, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _named_errors(path):
            if mode is not None:
                os.chmod(temp, stat.S_IMODE(mode))
            os.replace(temp, target)
            _sync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temp)
        raise


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Atomically replace `path` by a file that holds `data` (see `atomic_write`)."""
    with atomic_write(path) as file:
        file.write(data)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse an output path that cannot be written, before any work is done; creates nothing.

    Raises
    ------
    OutputError
        Names what is wrong: no such folder, a folder in the place of the file, no permission, a
        name too long.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another path") from None
    if mode is not None:
        if stat.S_ISDIR(mode):
            raise OutputError(f"cannot write {path}: it is a directory; give a file name")
        if not os.access(target, os.W_OK):
            raise OutputError(f"cannot write {path}: permission denied; choose another path")
        if not stat.S_ISREG(mode):
            return
    if not target.parent.is_dir():
        raise OutputError(f"cannot write {path}: no folder {target.parent}; create it first")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {path}: folder {target.parent} is not writable")
    # The probe shows what access() cannot: a read-only file system, a quota, a name too long
    # once the temporary file's mark is added.
    temp = target.with_name(_temp_name(target.name))
    with _named_errors(path):
        try:
            os.close(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temp)


def remove_orphans(folder: str | os.PathLike[str]) -> int:
    """Delete temporary files in `folder` that a killed run left more than a day ago.

    Returns
    -------
    int
        How many were deleted.
    """
    removed = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if TEMP_MARK not in entry.name or not entry.is_file(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ORPHAN_AGE_S:
                    os.unlink(entry.path)
                    removed += 1
    return removed


def _temp_name(name: str) -> str:
    return f".{name}{TEMP_MARK}{os.getpid()}-{secrets.token_hex(4)}"


def _write_through(target: Path, path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    with _named_errors(path), open(target, "wb", buffering=1 << 16) as file:
        yield file
        file.flush()


@contextlib.contextmanager
def _named_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an OSError into one line that names the output (a broken pipe stays one)."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write {path}: {reason}; what stood there is unchanged"
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name durable. Some file systems refuse to sync a folder: that is no failure."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
