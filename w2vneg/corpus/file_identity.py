"""Notice when a file of the corpus changes while it is being read."""

from __future__ import annotations

import os

from w2vneg.errors import DataError

Identity = tuple[int, ...]


def identity(status: os.stat_result) -> Identity:
    """Return size, modification time, change time (ns), inode and device of a file.

    At least one of them changes whenever the content does.
    """
    return (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns if os.name == "posix" else 0,
        status.st_ino,
        status.st_dev,
    )


def check_unchanged(path: str, expected: Identity) -> None:
    """Raise `DataError` if a file differs from what it was when the corpus was listed.

    Parameters
    ----------
    path : str
        The file.
    expected : tuple of int
        Its identity then; empty for a stream, which has none and is not checked.
    """
    if not expected:
        return
    try:
        same = identity(os.stat(path)) == expected
    except OSError:
        same = False
    if not same:
        raise changed(path)


def changed(path: str) -> DataError:
    """Return the error for a file that was modified while it was read."""
    return DataError(f"{path} changed while reading; try again when it is complete")
