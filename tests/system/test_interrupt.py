"""The stop flag and the signals that set it, in this process; exits are in the fault tests."""

import os
import signal
import threading
import time

import pytest

from w2vneg.cli.running import running
from w2vneg.errors import Interrupted
from w2vneg.system.interrupt import SIGNALS, StopFlag, stop_on_signals

#: Long enough that the forced exit never ends the tests.
GRACE_S = 3600.0


def wait_for(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def handlers():
    return [signal.getsignal(number) for number in SIGNALS]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_signal_sets_the_flag(number):
    before = handlers()
    with stop_on_signals(StopFlag(), GRACE_S) as flag:
        assert not flag.is_set
        os.kill(os.getpid(), number)
        wait_for(lambda: flag.is_set)
        with pytest.raises(Interrupted, match=f"stopped by {number.name} while testing") as caught:
            flag.check("testing")
    assert caught.value.exit_code == 128 + number
    assert handlers() == before


def test_handlers_are_restored_after_a_failure():
    before = handlers()
    with pytest.raises(ValueError, match="inside"), stop_on_signals(StopFlag(), GRACE_S):
        raise ValueError("inside")
    assert handlers() == before


def test_ignored_signal_stays_ignored():
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals(StopFlag(), GRACE_S) as flag:
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.05)
            assert not flag.is_set
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_threads_get_a_flag_without_handlers():
    seen = []

    def work():
        with stop_on_signals(StopFlag()) as flag:
            seen.append((flag.is_set, handlers()))

    before = handlers()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


def test_flag_that_is_not_set_lets_work_continue():
    StopFlag().check("testing")


def test_message_says_what_becomes_of_the_work():
    flag = StopFlag()
    flag.set(signal.SIGTERM)
    with pytest.raises(Interrupted, match="SIGTERM while counting; half is saved"):
        flag.check("counting", "half is saved")


def test_forced_exit_is_deferred_while_held():
    flag = StopFlag()
    with flag.hold():
        with flag.hold():
            assert flag.is_held
        assert flag.is_held
    assert not flag.is_held


def test_running_removes_the_bar_after_a_failure(monkeypatch):
    finished = []
    monkeypatch.setattr("w2vneg.cli.running.Bar.finish", lambda bar: finished.append(bar))
    before = handlers()

    def work():
        with running() as (bar, stop):
            assert not stop.is_set
            assert handlers() != before
            assert finished == []
            bar.start("testing", None, "items")
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert len(finished) == 1
    assert handlers() == before


def test_flag_of_part_of_the_work_leaves_the_other_alone():
    whole = StopFlag()
    part = StopFlag(whole)
    part.set()
    assert part.is_set
    assert not whole.is_set
    other = StopFlag(whole)
    whole.set(signal.SIGTERM)
    with pytest.raises(Interrupted, match="SIGTERM"):
        other.check()
