"""Where w2vneg keeps what can be made again: compiled kernels and encoded corpora.

The folder is ``$W2VNEG_CACHE_DIR``, else ``w2vneg`` in the user's cache folder, which platformdirs
knows for each system (``$XDG_CACHE_HOME``, ``~/.cache``, ``~/Library/Caches``, ``%LOCALAPPDATA%``).
Everything in it may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


def cache_root() -> Path:
    """Return the cache folder, whether or not it exists."""
    chosen = os.environ.get("W2VNEG_CACHE_DIR")
    if chosen:
        return Path(chosen)
    import platformdirs  # not at the top: every command starts with this module

    # On Windows without an author and a sub-folder "Cache".
    return platformdirs.user_cache_path("w2vneg", appauthor=False, opinion=False)


def cache_folder(kind: str) -> Path | None:
    """Return the folder for one kind of cached data, created if missing.

    Parameters
    ----------
    kind : str
        Name of the sub-folder, such as ``"kernels"``.

    Returns
    -------
    Path or None
        None if the folder cannot be created or written: the caller then works without a cache.
    """
    folder = cache_root() / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def keep_newest(
    folder: Path,
    count: int | None = None,
    *,
    max_bytes: int | None = None,
    keep: Path | None = None,
    ignore: str | None = None,
) -> None:
    """Delete the least recently used sub-folders of `folder` until the rest are within bounds.

    Parameters
    ----------
    folder : Path
        Its sub-folders' modification times say when they were last used.
    count : int, optional
        Most sub-folders to keep.
    max_bytes : int, optional
        Largest total size of their files.
    keep : Path, optional
        A sub-folder that is never deleted.
    ignore : str, optional
        Sub-folders whose names begin with this are neither counted nor deleted.
    """
    entries = []
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            if ignore is not None and entry.name.startswith(ignore):
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir():
                    size = 0 if max_bytes is None else folder_bytes(entry)
                    entries.append((entry.stat().st_mtime, entry, size))
    entries.sort(key=lambda item: item[0])
    left, total = len(entries), sum(size for _, _, size in entries)
    for _, entry, size in entries:
        if (count is None or left <= count) and (max_bytes is None or total <= max_bytes):
            break
        if entry != keep:
            shutil.rmtree(entry, ignore_errors=True)
            left -= 1
            total -= size


def folder_bytes(folder: Path) -> int:
    """Return the total size of the files directly in a folder; 0 if it cannot be read."""
    size = 0
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            with contextlib.suppress(OSError):
                size += file.stat().st_size
    return size
