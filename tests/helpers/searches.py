"""Searches for inputs that are not answered: what the fuzz tests of all commands share.

The short form of a search is the same each time. The long form (stress) has a new seed each time and
prints its seed; W2VNEG_FUZZ_SEED repeats one, W2VNEG_FUZZ_SECONDS says how long each search may take.
"""

import itertools
import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from numba.core import event

from helpers.commands import INJECTED, OLD, answered, call, leftovers

#: No input of a few kilobytes may take longer (compiling aside), or more memory: a frame of
#: zstandard may ask for a window of 128 MB.
EXAMPLE_S = 20
GROWTH_MB = 384
#: Options that take the next argument for their value, whatever it is.
GREEDY = {"--join-spaces", "--column", "--group", "--order", "--url", "--sha256", "--format"}


def is_answered(*arguments, output=None):
    """Run one command and check all that holds for any input; return how it ended."""
    note(f"arguments: {[str(a) for a in arguments]}")
    compiled = []
    with event.install_timer("numba:compile", compiled.append):
        outcome = call(*arguments)
    note(f"{outcome.code} in {outcome.seconds:.1f} s: {outcome.err[-500:]}")
    answered(outcome)
    if outcome.seconds - sum(compiled) >= EXAMPLE_S:  # the machine may have been busy
        assert call(*arguments).seconds < EXAMPLE_S
    assert leftovers(".") == []
    if output is not None and outcome.code:
        assert Path(output).read_bytes() == OLD
    # An option without its value takes the next argument for it.
    typed = [b for a, b in itertools.pairwise(["", *arguments]) if a not in GREEDY]
    if outcome.code == 0 and "--json" in typed:
        json.loads(outcome.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    return outcome


def put(name, data):
    """Write a file in the current folder; note it, so that a failure can be repeated."""
    note(f"{name}: {data[:2000]!r}")
    Path(name).write_bytes(data)
    return name


def stand(name):
    """Put an old file where an output goes; it must stay if the command fails."""
    return put(name, OLD)


def peak_mb(reset=False):
    """Return the most memory that this process had in use, since it was last asked to forget."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        told = Path("/proc/self/status").read_text().split("VmHWM:")[1]
        return int(told.split()[0]) / 1024
    except (OSError, IndexError):  # another system than Linux
        return 0.0


def look_for_failures(search, examples, chance=None):
    """Run a search for inputs that are not answered; the same one each time without a `chance`."""

    def one(data):
        INJECTED["inputs searched for failures"] += 1
        for path in Path().iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        search(data.draw)

    profile = settings(
        max_examples=examples, derandomize=chance is None, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    run = profile(given(st.data())(one))
    if chance is not None:
        run = seed(chance)(run)
    compiled = []
    before = peak_mb(reset=True)
    with event.install_timer("numba:compile", compiled.append):
        run()
    growth = peak_mb() - before
    print(f"{search.__name__}: {growth:.0f} MB more at most")
    # The compiler of a sampler that was not used before takes more than any input.
    assert growth < GROWTH_MB or compiled


def search_for_minutes(search, examples=1000):
    """Repeat a search with one seed after the other until its time is over."""
    first = int(os.environ.get("W2VNEG_FUZZ_SEED") or random.SystemRandom().getrandbits(32))
    seconds = float(os.environ.get("W2VNEG_FUZZ_SECONDS", "120"))
    until = time.monotonic() + seconds
    for chance in itertools.count(first):
        print(f"{search.__name__}: W2VNEG_FUZZ_SEED={chance}", end="  ")
        look_for_failures(search, examples, chance)
        if time.monotonic() > until:
            break
