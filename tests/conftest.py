"""Keeps the tests away from the user's cache, and their machine code between runs."""

import os
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

pytest.register_assert_rewrite("helpers")

#: Faults injected by the workers of a parallel run that have ended.
_FROM_WORKERS = Counter()


def _kernel_cache() -> Path:
    """Return the folder in which the tests keep compiled kernels.

    ``$W2VNEG_TEST_CACHE``, or a folder of its own next to the user's kernels. As theirs, each build
    is kept under a hash of the sources and of Numba's settings.
    """
    if "W2VNEG_TEST_CACHE" in os.environ:
        return Path(os.environ["W2VNEG_TEST_CACHE"])
    from w2vneg.system.cache_dir import cache_root

    return cache_root() / "tests"


def pytest_configure(config: pytest.Config) -> None:
    # In the background of a script SIGINT is ignored, which processes that the tests start inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        # Under nohup: ignored here as before, but not in the processes that the tests start.
        signal.signal(signal.SIGHUP, lambda number, frame: None)
    if hasattr(config, "workerinput"):
        return  # the session that started this worker has set the variable
    # Before any kernel module is imported. Encoded corpora and samples are made in each session;
    # only kernels are kept.
    kernels = _kernel_cache() / "kernels"
    config._w2vneg_cache = tempfile.TemporaryDirectory(prefix="w2vneg-test-")
    session = Path(config._w2vneg_cache.name)
    try:
        kernels.mkdir(parents=True, exist_ok=True)
        (session / "kernels").symlink_to(kernels.resolve(), target_is_directory=True)
    except OSError as error:
        print(f"tests: kernels are not kept: {error}", file=sys.stderr)
    os.environ["W2VNEG_CACHE_DIR"] = str(session)


def pytest_unconfigure(config: pytest.Config) -> None:
    cache = getattr(config, "_w2vneg_cache", None)
    if cache is not None:
        cache.cleanup()


def _injected() -> Counter:
    """Return what the fault tests of this process have injected, by kind."""
    commands = sys.modules.get("helpers.commands")
    return commands.INJECTED if commands else Counter()


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["injected"] = dict(_injected())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    _FROM_WORKERS.update(getattr(node, "workeroutput", {}).get("injected", {}))


def pytest_terminal_summary(terminalreporter) -> None:
    total = _FROM_WORKERS + _injected()
    counts = ", ".join(f"{number:,} {kind}" for kind, number in sorted(total.items()) if number)
    if counts:
        terminalreporter.write_line(f"faults injected: {counts}")
