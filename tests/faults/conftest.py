"""Guards of every fault test: no hang, the old output intact, no temporary file left behind."""

import faulthandler

import pytest
from helpers.commands import HANG_S, OLD, leftovers


@pytest.fixture(autouse=True)
def hang_guard(request):
    """End the whole process with the stacks of its threads if a test hangs."""
    limit = 3600 if request.node.get_closest_marker("stress") else 10 * HANG_S
    faulthandler.dump_traceback_later(limit, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def old(tmp_path):
    """An output that exists already; it must be intact at the end, without a temporary file."""
    path = tmp_path / "old.vec"
    path.write_bytes(OLD)
    yield path
    assert path.read_bytes() == OLD
    assert leftovers(tmp_path) == []


@pytest.fixture
def corpus(tmp_path):
    """A corpus so small that every training on it takes no time."""
    path = tmp_path / "corpus.txt"
    path.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 40)
    return path
