"""Guards of every fault test: no hang, the old output intact, nothing temporary left."""

import faulthandler

import pytest
from helpers.commands import HANG_S, INJECTED, OLD, leftovers


def pytest_terminal_summary(terminalreporter):
    """Tell what the fault tests have injected."""
    told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(INJECTED.items()) if number)
    if told:
        terminalreporter.write_line(f"faults injected: {told}")


@pytest.fixture(autouse=True)
def hang_guard(request):
    """End the whole run with the threads' stacks if a test hangs."""
    limit = 3600 if request.node.get_closest_marker("stress") else 10 * HANG_S
    faulthandler.dump_traceback_later(limit, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def old(tmp_path):
    """An output that stood there before; intact at the end, with no temporary file beside it."""
    path = tmp_path / "old.vec"
    path.write_bytes(OLD)
    yield path
    assert path.read_bytes() == OLD
    assert leftovers(tmp_path) == []


@pytest.fixture
def corpus(tmp_path):
    """A small corpus on which every training takes a blink."""
    path = tmp_path / "corpus.txt"
    path.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 40)
    return path
