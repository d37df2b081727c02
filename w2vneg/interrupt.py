"""The stop flag: how a signal ends long work at the next safe place.

A handler only sets the flag; whoever does long work looks at it between chunks. A second Ctrl-C
ends the process at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from w2vneg.errors import Interrupted


class StopFlag:
    """Says whether the work should end, and why."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._event = threading.Event()

    def set(self, signal_number: int = signal.SIGINT) -> None:
        """Ask for the end; callable from a signal handler and from any thread."""
        self.signal_number = signal_number
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def check(self, doing: str = "working", kept: str = "nothing was written") -> None:
        """Raise `Interrupted` if the end was asked for.

        Parameters
        ----------
        doing : str
            What is being given up, for the message.
        kept : str
            What becomes of it.
        """
        if self._event.is_set():
            number = self.signal_number or signal.SIGINT
            name = signal.Signals(number).name
            raise Interrupted(f"stopped by {name} while {doing}; {kept}", number)


@contextlib.contextmanager
def stop_on_signals(flag: StopFlag) -> Iterator[StopFlag]:
    """Let SIGINT and SIGTERM set `flag`; a second one ends the process at once.

    The previous handlers are restored on exit. Outside the main thread, where Python allows no
    handlers, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if flag.is_set:
            os._exit(128 + number)
        flag.set(number)

    previous = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield flag
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
