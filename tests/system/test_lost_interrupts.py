"""A Ctrl-C that arrives in a callback from C is raised after it."""

import ctypes
import sys
import time

import pytest

from w2vneg.system.interrupt import interrupts_kept


def test_an_interrupt_in_a_callback_is_raised_later():
    calls = []

    @ctypes.CFUNCTYPE(None)
    def callback():
        calls.append(1)
        raise KeyboardInterrupt

    def work():
        with interrupts_kept():
            callback()
            for _ in range(200):
                time.sleep(0.01)

    before = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        work()
    assert calls == [1]
    assert sys.unraisablehook is before


def test_other_lost_exceptions_are_reported_as_before(monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: reported.append(lost.exc_type))

    @ctypes.CFUNCTYPE(None)
    def callback():
        raise ValueError

    with interrupts_kept():
        callback()
    assert reported == [ValueError]
