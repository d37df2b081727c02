"""The stop flag: how a signal ends long work at the next safe place, and ends it in any case.

Whoever does long work looks at the flag between chunks and gives up in an orderly way. Compiling a
kernel or one long call into a library cannot look. So a thread of its own hears of the signal at
the moment it comes (Python's own handlers wait for the interpreter), sets the flag, and if the
work has not ended soon after, removes what is unfinished and leaves. A second signal leaves at
once.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from w2vneg.errors import Interrupted
from w2vneg.system.atomic_files import remove_unfinished

#: Seconds that work has to end by itself.
GRACE_S = 0.6
_LOOK_S = 0.05
_SHOW_CURSOR = "\r\x1b[2K\x1b[?25h"

#: What ends the work: Ctrl-C, a polite kill, and a terminal that went away.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class StopFlag:
    """Says whether the work should end, and why."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._event = threading.Event()
        self._holds = 0
        self._lock = threading.Lock()

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
    def hold(self) -> Iterator[None]:
        """Ask for patience: the work inside heeds the flag, but needs its time to keep its state."""
        with self._lock:
            self._holds += 1
        try:
            yield
        finally:
            with self._lock:
                self._holds -= 1

    @property
    def is_held(self) -> bool:
        """Whether some work must not be ended from outside."""
        return self._holds > 0


@contextlib.contextmanager
def stop_on_signals(flag: StopFlag, grace: float = GRACE_S) -> Iterator[StopFlag]:
    """Let SIGINT, SIGTERM and SIGHUP set `flag`; a second one ends the process at once.

    Work that has not ended `grace` seconds after the first, and does not hold the flag, is ended
    by leaving the process, without what is unfinished. A signal that was ignored stays ignored
    (``nohup``, a job in the background of a script). The previous handlers are restored on exit.
    Outside the main thread, where Python allows no handlers, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    previous = {n: signal.getsignal(n) for n in SIGNALS}
    heard = [n for n in SIGNALS if previous[n] is not signal.SIG_IGN]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        watcher = threading.Thread(target=_watch, args=(ours, flag, grace, heard), daemon=True)
        watcher.start()
        wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        for number in heard:
            # The bytes that go to the watcher say all; this only replaces the default.
            signal.signal(number, _heard_elsewhere)
        try:
            yield flag
        finally:
            for number in heard:
                signal.signal(number, previous[number])
            signal.set_wakeup_fd(wakeup)
            theirs.send(b"\0")
            watcher.join()


def _heard_elsewhere(number: int, frame: FrameType | None) -> None:
    pass


def _watch(signals: socket.socket, flag: StopFlag, grace: float, heard: list[int]) -> None:
    """Set the flag at the first signal; leave at the second, or when the work does not end."""
    deadline: float | None = None
    while True:
        ready, _, _ = select.select([signals], [], [], None if deadline is None else _LOOK_S)
        for number in signals.recv(64) if ready else b"":
            if number == 0:
                return
            if number not in heard:
                continue
            if deadline is not None:
                leave(number, "at once; what was unfinished is gone")
            flag.set(number)
            deadline = time.monotonic() + grace
        if deadline is not None and time.monotonic() > deadline and not flag.is_held:
            leave(flag.signal_number or signal.SIGINT, "nothing was written")


def leave(number: int, kept: str) -> NoReturn:
    """End the process from any thread, leaving nothing unfinished behind."""
    remove_unfinished()
    with contextlib.suppress(Exception):
        if sys.stderr.isatty():
            sys.stderr.write(_SHOW_CURSOR)  # a progress bar had hidden it
        sys.stderr.write(f"w2vneg: stopped by {signal.Signals(number).name}; {kept}\n")
        sys.stderr.flush()
    os._exit(128 + number)
