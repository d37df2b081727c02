"""Atomic, durable replacement of files: the only way w2vneg writes a result.

At every instant, and after any kill, the target path holds either what stood there before or the
complete new file. The content goes to a temporary file in the same folder, is flushed to the disk,
and takes the target's name in one step.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from w2vneg.errors import OutputError

try:
    import fcntl
except ImportError:  # pragma: no cover
    fcntl = None  # type: ignore[assignment]

TEMP_MARK = ".w2vneg-tmp-"
#: Age at which a temporary file is an orphan wherever it cannot be told otherwise.
_ORPHAN_AGE_S = 24 * 3600
#: A file that was touched this recently may not have its writer's lock yet.
_SETTLING_S = 10.0

_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
_OPEN_FILE = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})")

#: Temporary files and folders of this process that no result has come of yet.
_unfinished: set[Path] = set()


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
    if is_stream(path):
        yield from _write_through(path)
        return
    target = Path(os.path.realpath(path))
    try:
        mode = os.stat(target).st_mode
    except OSError:
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {path}: it is a directory; give a file name")
    temp = target.with_name(_temp_name(target.name))
    with unfinished(temp), contextlib.ExitStack() as locked:
        try:
            with _named_errors(path), open(temp, "xb") as file:
                locked.callback(_release, _lock(file.fileno()))
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


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Return whether an output is written straight through: a device, a pipe, an open descriptor.

    ``/dev/stdout`` is one even where it is a file: what was appended to it before must stay.
    """
    if _descriptor(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


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
    if is_stream(path):
        if not os.access(path, os.W_OK):
            raise OutputError(f"cannot write {path}: permission denied; choose another path")
        return
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


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """Note a temporary file or folder that goes when the process has to leave at once."""
    _unfinished.add(path)
    try:
        yield
    finally:
        _unfinished.discard(path)


def remove_unfinished() -> None:
    """Delete all temporary files and folders of this process, whatever their writers are doing."""
    for path in list(_unfinished):
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def remove_orphans(folder: str | os.PathLike[str]) -> int:
    """Delete temporary files in `folder` whose writer was killed.

    A writer holds a lock on its file, which the system drops when the process ends. Where files
    cannot be locked, those more than a day old are taken for orphans.

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
                if _is_orphan(entry):
                    os.unlink(entry.path)
                    removed += 1
    return removed


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Keep other processes out of this block; where files cannot be locked it does nothing.

    Parameters
    ----------
    path : Path
        A file for the lock, made if need be.
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


def _is_orphan(entry: os.DirEntry[str]) -> bool:
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    if fcntl is None or age < _SETTLING_S:
        return age > _ORPHAN_AGE_S
    # For writing, because network file systems lock exclusively only what is open for it.
    handle = os.open(entry.path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return age > _ORPHAN_AGE_S
    finally:
        os.close(handle)


def _lock(handle: int) -> int | None:
    """Lock an open file until the descriptor that is returned is closed."""
    if fcntl is None:
        return None
    own = os.dup(handle)
    with contextlib.suppress(OSError):
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return own


def _release(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def _temp_name(name: str) -> str:
    return f".{name}{TEMP_MARK}{os.getpid()}-{secrets.token_hex(4)}"


def _descriptor(path: str | os.PathLike[str]) -> int | None:
    """Return which of the process's own open files a path names, if any."""
    name = os.path.normpath(os.fspath(path))
    if name in _STANDARD:
        return _STANDARD[name]
    match = _OPEN_FILE.fullmatch(name)
    return int(match[1]) if match else None


def _write_through(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    with _named_errors(path):
        number = _descriptor(path)
        # A copy of the descriptor, because opening the name anew would begin at its start.
        place = path if number is None else os.dup(number)
        with open(place, "wb", buffering=1 << 16) as file:
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
