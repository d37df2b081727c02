"""Atomic, durable replacement of files: the only way w2vneg writes a result.

At every instant, and after any kill, the target path holds either its previous content or the
complete new file. The content goes to a temporary file in the same folder, is flushed to disk, and
is renamed to the target in one step.
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
from typing import TYPE_CHECKING, BinaryIO

from w2vneg.errors import OutputError, reason
from w2vneg.system.locks import locked, try_lock

if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Buffer

    class RawFile(Protocol):
        """An unbuffered file, whose ``write`` may take less than it is given."""

        def write(self, data: Buffer, /) -> int | None: ...


TEMP_MARK = ".w2vneg-tmp-"
#: Age in seconds after which a temporary file is an orphan where locks cannot tell.
_ORPHAN_AGE_S = 24 * 3600
#: A younger file may not have its writer's lock yet.
_SETTLING_S = 10.0

_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
_OPEN_FILE = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})")

#: Temporary files and folders of this process that have not become results yet.
_unfinished: set[Path] = set()


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file for writing that replaces `path` only when it is complete.

    A symbolic link is followed: the link stays and its target is replaced. The mode of an existing
    file is kept. A device, pipe or terminal (``/dev/stdout``) is written to directly, because it
    cannot be replaced.

    Parameters
    ----------
    path : str or path
        The file to create or replace.

    Yields
    ------
    file : binary file
        Flushed and fsynced before it is renamed to `path`.

    Raises
    ------
    OutputError
        If any step fails; `path` is unchanged and the temporary file is removed.
    """
    if is_stream(path):
        yield from _write_directly(path)
        return
    target = Path(os.path.realpath(path))
    mode = _mode(path, target)
    temp = _temp_path(target)
    with unfinished(temp), contextlib.ExitStack() as stack:
        try:
            with _named_errors(path), open(temp, "xb") as file:
                # Held past the file's close, until it has its final name.
                stack.enter_context(locked(file.fileno()))
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
    """Return whether an output is written to directly: a device, a pipe, an open descriptor.

    ``/dev/stdout`` counts even if it is a regular file: what it already holds must stay.
    """
    if _descriptor(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Atomically replace `path` with a file that holds `data` (see `atomic_write`)."""
    with atomic_write(path) as file:
        file.write(data)


def write_all(file: RawFile, data: Buffer) -> None:
    """Write C-contiguous data to an unbuffered file, in as many calls as it takes."""
    view = memoryview(data)
    if view.nbytes:
        view = view.cast("B")
        while view:
            view = view[file.write(view) or 0 :]


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse an output path that cannot be written, before any work is done; creates nothing.

    Raises
    ------
    OutputError
        Names the problem: no such folder, a folder instead of a file, no permission, a name that
        is too long.
    """
    if is_stream(path):
        if not os.access(path, os.W_OK):
            raise OutputError(f"cannot write {path}: permission denied; choose another path")
        return
    target = Path(os.path.realpath(path))
    if _mode(path, target) is not None and not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {path}: permission denied; choose another path")
    if not target.parent.is_dir():
        raise OutputError(f"cannot write {path}: no folder {target.parent}; create it first")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"cannot write {path}: folder {target.parent} is not writable; choose another one"
        )
    # A trial finds what access() cannot: a read-only file system, a quota, a name too long once
    # the mark of temporary files is added.
    temp = _temp_path(target)
    with _named_errors(path):
        try:
            os.close(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temp)


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """Register a temporary file or folder, to be removed if the process must leave at once."""
    _unfinished.add(path)
    try:
        yield
    finally:
        _unfinished.discard(path)


def remove_unfinished() -> None:
    """Delete all registered temporary files and folders, even while they are being written."""
    for path in list(_unfinished):
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def remove_orphans(folder: str | os.PathLike[str]) -> int:
    """Delete temporary files in `folder` whose writer was killed.

    A writer holds a lock on its file, which the system releases when the process ends. Where files
    cannot be locked, those more than a day old are taken for orphans.

    Returns
    -------
    int
        Number of deleted files.
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


def _is_orphan(entry: os.DirEntry[str]) -> bool:
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    if age < _SETTLING_S:
        return False
    handle = os.open(entry.path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        locked = try_lock(handle)
    finally:
        os.close(handle)
    return age > _ORPHAN_AGE_S if locked is None else locked


def _mode(path: str | os.PathLike[str], target: Path) -> int | None:
    """Return the mode of an existing output file, None if there is none; refuse a directory."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {reason(error)}; choose another path") from None
    if stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {path}: it is a directory; give a file name")
    return mode


def _temp_path(target: Path) -> Path:
    return target.with_name(f".{target.name}{TEMP_MARK}{os.getpid()}-{secrets.token_hex(4)}")


def _descriptor(path: str | os.PathLike[str]) -> int | None:
    """Return which of the process's own open files a path names, if any."""
    name = os.path.normpath(os.fspath(path))
    if name in _STANDARD:
        return _STANDARD[name]
    match = _OPEN_FILE.fullmatch(name)
    return int(match[1]) if match else None


def _write_directly(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    with _named_errors(path):
        number = _descriptor(path)
        # A duplicate of the descriptor: opening the name would start at the beginning again.
        with open(path if number is None else os.dup(number), "wb", buffering=1 << 16) as file:
            yield file
            file.flush()


@contextlib.contextmanager
def _named_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an OSError into one line that names the output (except a broken pipe)."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {reason(error)}; its previous content is unchanged"
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make a new name durable. Some file systems refuse to sync a folder; that is no failure."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
