"""How kernels are compiled: two decorators, one set of floating-point rules.

Numba's disk cache tracks only the file of the decorated function: after an edit to a helper in
another file it would serve stale machine code, and it would serve code with bounds checks to runs
without them. Machine code is therefore cached in a folder named after a hash of the Numba settings
and of all sources that it can depend on: modules with compiled functions, whatever these import,
and plug-ins. That folder is set only while w2vneg's own functions are decorated, so that other
packages in the process keep their cache.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import sys
import threading
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
_USES_JIT = re.compile(rb"\bkernel\.(jit|hooks|block_hooks|dispatch)\b")
_IMPORT = re.compile(
    rb"^\s*(?:from\s+(w2vneg[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)|import\s+(w2vneg[\w.]*))", re.M
)
_NAME = re.compile(rb"\w+")
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


def compiled_sources(package: Path) -> dict[Path, bytes]:
    """Return the sources of a package that its compiled code can depend on.

    Compiled functions see the constants and functions of their own module and of the modules it
    imports, directly or not.

    Parameters
    ----------
    package : Path
        Folder of the package.

    Returns
    -------
    dict
        Path to content, in the order of the paths.
    """
    texts = {path: path.read_bytes() for path in sorted(package.rglob("*.py"))}
    pending = [path for path, text in texts.items() if _USES_JIT.search(text)]
    reached: set[Path] = set()
    while pending:
        path = pending.pop()
        if path in reached:
            continue
        reached.add(path)
        for module, names, plain in _IMPORT.findall(texts[path]):
            parts = (module or plain).decode().split(".")[1:]
            candidates = [parts, *([*parts, name.decode()] for name in _NAME.findall(names))]
            for candidate in candidates:
                stem = package.joinpath(*candidate)
                pending += [
                    p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p in texts
                ]
    return {path: text for path, text in texts.items() if path in reached}


@functools.cache
def _build_folder() -> str | None:
    """Return the cache folder for these sources and settings; None if it is not writable."""
    folder = cache_folder("kernels")
    if folder is None:
        return None
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    sources = compiled_sources(package)
    for root in _plugin_sources():
        files = sorted(root.rglob("*.py")) if root.is_dir() else [root]
        sources.update((path, path.read_bytes()) for path in files)
    for path, text in sources.items():
        digest.update(f"{path} {len(text)} ".encode())
        digest.update(text)
    settings = {k: v for k, v in os.environ.items() if k.startswith("NUMBA_")}
    digest.update(repr((numba.__version__, sorted(settings.items()))).encode())
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


_LOADING = threading.Lock()


def _load_without_scipy() -> None:
    """Make Numba load its array functions without importing SciPy, a third of the time it takes.

    Numba imports SciPy at this point only to see whether it is installed; whatever needs it later
    imports it again.
    """
    with _LOADING:
        if "numba.np.arraymath" in sys.modules or importlib.util.find_spec("scipy") is None:
            return
        linalg: Any = importlib.import_module("numba.np.linalg")
        ensure_blas = getattr(linalg, "ensure_blas", None)
        if ensure_blas is None:
            return
        linalg.ensure_blas = lambda: None
        try:
            arraymath: Any = importlib.import_module("numba.np.arraymath")
        finally:
            linalg.ensure_blas = ensure_blas
        arraymath.ensure_blas = ensure_blas


def _tolerate(cache: Any, lock: Path) -> None:
    """Make errors of the disk cache harmless.

    A full disk or a damaged file only costs a recompilation. Concurrent processes take turns to
    write: Numba picks file names without a lock, so one process could load another function's
    machine code under its own name.
    """
    # The public method first loads all that Numba can compile, which takes longer than reading a
    # small corpus; machine code needs none of it.
    load = getattr(cache, "_load_overload", cache.load_overload)
    save = cache.save_overload

    def load_if_sound(*arguments: Any) -> Any:
        try:
            loaded = load(*arguments)
        except Exception:
            loaded = None
        if loaded is None:
            _load_without_scipy()  # the function is compiled now
        return loaded

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
