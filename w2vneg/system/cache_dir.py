"""Where w2vneg keeps what can be made again: compiled kernels and encoded corpora.

The folder is ``$W2VNEG_CACHE_DIR``, else ``w2vneg`` in the user's cache folder
(``$XDG_CACHE_HOME``, ``~/.cache``, ``~/Library/Caches`` or ``%LOCALAPPDATA%``).
Everything in it may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path


def cache_root() -> Path:
    """Return the cache folder, whether or not it exists."""
    chosen = os.environ.get("W2VNEG_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/AppData/Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "w2vneg"


def cache_folder(kind: str) -> Path | None:
    """Return the folder for one kind of cached thing, made if need be.

    Parameters
    ----------
    kind : str
        Name of the sub-folder, such as ``"kernels"``.

    Returns
    -------
    Path or None
        None where no such folder can be made or written: the caller then works without a cache.
    """
    folder = cache_root() / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def keep_newest(folder: Path, count: int) -> None:
    """Delete all but the `count` most recently used sub-folders of `folder`."""
    with contextlib.suppress(OSError):
        entries = [entry for entry in folder.iterdir() if entry.is_dir()]
        entries.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in entries[count:]:
            shutil.rmtree(entry, ignore_errors=True)
