"""How kernels are compiled: two decorators, one set of floating-point rules.

Numba's disk cache tracks only the file of the decorated function: after an edit to a helper in
another file it would serve stale machine code, and it would serve code with bounds checks to runs
without them. Machine code is therefore cached in a folder named after a hash of all sources of
w2vneg and of its plug-ins, and of the Numba settings. That folder is set only while w2vneg's own
functions are decorated, so that other packages in the process keep their cache.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numba
from numba.core import config as numba_config

from w2vneg.system.cache_dir import cache_folder, keep_newest
from w2vneg.system.locks import exclusive

config: Any = numba_config

#: All of fast-math except the assumption that NaN and infinity never occur: divergence must be
#: detected.
FASTMATH = {"reassoc", "contract", "nsz", "arcp", "afn"}

#: True where ``NUMBA_DISABLE_JIT=1`` makes every kernel run as plain Python.
INTERPRETED = bool(config.DISABLE_JIT)

#: Entry-point groups through which plug-ins provide methods that are compiled into the loop.
PLUGIN_GROUPS = ("w2vneg.proposals", "w2vneg.weightings", "w2vneg.losses")

_KEPT_BUILDS = 4
# No reference counting: kernels allocate nothing, and threads would contend for the counters, which
# are updated atomically whenever an array is passed to a helper.
_RULES: dict[str, Any] = {
    "nogil": True,
    "fastmath": FASTMATH,
    "error_model": "numpy",
    "_nrt": False,
}

#: For implementations of hooks that `numba.extending.overload` compiles.
HOOK_OPTIONS = {
    "fastmath": FASTMATH,
    "error_model": "numpy",
    "forceinline": True,
    "_nrt": False,
}


def _plugin_sources() -> list[Path]:
    """Return the folders or files of installed plug-ins, whose methods are compiled into the loop."""
    folders = set()
    for group in PLUGIN_GROUPS:
        for point in entry_points(group=group):
            with contextlib.suppress(Exception):  # a broken plug-in provides no methods
                spec = importlib.util.find_spec(point.module.partition(".")[0])
                origin = Path(spec.origin) if spec and spec.origin else None
                if origin is not None:
                    folders.add(origin.parent if origin.name == "__init__.py" else origin)
    return sorted(folders)


@functools.cache
def _build_folder() -> str | None:
    """Return the cache folder for these sources and settings; None if it is not writable."""
    folder = cache_folder("kernels")
    if folder is None:
        return None
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for root in (package, *_plugin_sources()):
        for source in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            digest.update(str(source.relative_to(root)).encode())
            digest.update(source.read_bytes())
    settings = {k: v for k, v in os.environ.items() if k.startswith("NUMBA_")}
    digest.update(repr((numba.__version__, sorted(settings.items()), str(package))).encode())
    build = folder / digest.hexdigest()[:16]
    try:
        build.mkdir(exist_ok=True)
        os.utime(build)
    except OSError:
        return None
    keep_newest(folder, _KEPT_BUILDS)
    return str(build)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls; it releases the GIL and is cached on disk.

    Without a writable cache folder, every process recompiles it.
    """
    folder = None if INTERPRETED else _build_folder()
    if folder is None:
        return numba.njit(**_RULES)(function)
    before = config.CACHE_DIR
    config.CACHE_DIR = folder
    try:
        compiled = numba.njit(cache=True, **_RULES)(function)
    finally:
        config.CACHE_DIR = before
    _tolerate(compiled._cache, Path(folder) / "lock")
    return compiled


def _tolerate(cache: Any, lock: Path) -> None:
    """Make errors of the disk cache harmless.

    A full disk or a damaged file only costs a recompilation. Concurrent processes take turns to
    write: Numba picks file names without a lock, so one process could load another function's
    machine code under its own name.
    """
    load, save = cache.load_overload, cache.save_overload

    def load_if_sound(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:
            return None

    def save_if_possible(*arguments: Any) -> None:
        with contextlib.suppress(OSError), exclusive(lock):
            try:
                save(*arguments)
            except OSError:
                raise
            except Exception:
                cache.flush()  # the index is damaged
                save(*arguments)

    cache.load_overload, cache.save_overload = load_if_sound, save_if_possible


def device(function: Callable[..., Any]) -> Any:
    """Compile a helper that only kernels call; it is inlined into them.

    Otherwise the compiler leaves some helpers as function calls, which pass a dozen array fields
    through memory and halve the speed of the training loop.
    """
    return numba.njit(forceinline=True, **_RULES)(function)
