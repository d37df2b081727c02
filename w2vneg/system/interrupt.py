"""The stop flag: a signal ends long work at the next safe point, and soon in any case.

Long work checks the flag between chunks and stops in good order. Compiling a kernel, or one long
call into a library, cannot check it. So a watcher thread receives each signal as it arrives
(Python's own handlers wait for the interpreter) and sets the flag; if the work has not ended
shortly after, the thread removes temporary files and exits the process. A second signal exits at
once.
"""

from __future__ import annotations

import _thread
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

#: Seconds that work has to stop by itself.
GRACE_S = 0.6
_POLL_S = 0.05
_AGAIN_S = 0.02  # from an interrupt that was lost to the next attempt
_SHOW_CURSOR = "\r\x1b[2K\x1b[?25h"

#: Signals that stop the work: Ctrl-C, ``kill``, and a closed terminal.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class StopFlag:
    """Tells long work to stop, and which signal asked for it.

    Parameters
    ----------
    parent : StopFlag, optional
        Another flag that stops this work too. Setting this one does not set it.
    """

    def __init__(self, parent: StopFlag | None = None) -> None:
        self.signal_number: int | None = None
        self._parent = parent
        self._event = threading.Event()
        self._holds = 0
        self._lock = threading.Lock()

    def set(self, signal_number: int = signal.SIGINT) -> None:
        """Ask the work to stop; may be called from a signal handler and from any thread."""
        self.signal_number = signal_number
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether the work should stop."""
        return self._event.is_set() or (self._parent is not None and self._parent.is_set)

    def check(self, doing: str = "working", outcome: str = "nothing was written") -> None:
        """Raise `Interrupted` if the work should stop.

        Parameters
        ----------
        doing : str
            For the message: what is interrupted.
        outcome : str
            For the message: what becomes of it.
        """
        if self._parent is not None:
            self._parent.check(doing, outcome)
        if self._event.is_set():
            number = self.signal_number or signal.SIGINT
            name = signal.Signals(number).name
            raise Interrupted(f"stopped by {name} while {doing}; {outcome}", number)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Defer the forced exit while this block saves its state; the block must heed the flag."""
        with self._lock:
            self._holds += 1
        try:
            yield
        finally:
            with self._lock:
                self._holds -= 1

    @property
    def is_held(self) -> bool:
        """Whether the forced exit is deferred."""
        return self._holds > 0


@contextlib.contextmanager
def stop_on_signals(flag: StopFlag, grace: float = GRACE_S) -> Iterator[StopFlag]:
    """Let SIGINT, SIGTERM and SIGHUP set `flag`; a second signal exits the process at once.

    If the block has not ended `grace` seconds after the first signal and nothing holds the flag,
    temporary files are removed and the process exits. Signals that were ignored stay ignored
    (``nohup``, background jobs of a script). The previous handlers are restored at the end. Outside
    the main thread, where Python allows no handlers, this does nothing.

    Parameters
    ----------
    flag : StopFlag
    grace : float
        Seconds.

    Yields
    ------
    StopFlag
        `flag`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    previous = {n: signal.getsignal(n) for n in SIGNALS}
    caught = [n for n in SIGNALS if previous[n] is not signal.SIG_IGN]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        watcher = threading.Thread(target=_watch, args=(ours, flag, grace, caught), daemon=True)
        watcher.start()
        wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        for number in caught:
            # The watcher gets a byte per signal; this only replaces the default action.
            signal.signal(number, _ignore)
        try:
            yield flag
        finally:
            for number in caught:
                signal.signal(number, previous[number])
            signal.set_wakeup_fd(wakeup)
            theirs.send(b"\0")
            watcher.join()


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def _watch(signals: socket.socket, flag: StopFlag, grace: float, caught: list[int]) -> None:
    """Set the flag at the first signal; exit at the second, or if the work does not end."""
    deadline: float | None = None
    while True:
        ready, _, _ = select.select([signals], [], [], None if deadline is None else _POLL_S)
        for number in signals.recv(64) if ready else b"":
            if number == 0:
                return
            if number not in caught:
                continue
            if deadline is not None:
                leave(number, "exited at once; unfinished files were removed")
            flag.set(number)
            deadline = time.monotonic() + grace
        if deadline is not None and time.monotonic() > deadline and not flag.is_held:
            leave(flag.signal_number or signal.SIGINT, "nothing was written")


def leave(number: int, outcome: str) -> NoReturn:
    """Exit the process from any thread, without leaving temporary files behind.

    Parameters
    ----------
    number : int
        The signal; the exit code is 128 plus this.
    outcome : str
        For the message: what becomes of the work.
    """
    remove_unfinished()
    with contextlib.suppress(Exception):
        if sys.stderr.isatty():
            sys.stderr.write(_SHOW_CURSOR)  # a progress bar hides it
        sys.stderr.write(f"w2vneg: stopped by {signal.Signals(number).name}; {outcome}\n")
        sys.stderr.flush()
    os._exit(128 + number)


@contextlib.contextmanager
def interrupts_kept() -> Iterator[None]:
    """Raise a KeyboardInterrupt again that was lost where Python cannot raise it.

    LLVM calls back into Python while it compiles. A Ctrl-C from the seconds before arrives in that
    callback, which cannot pass an exception on.
    """
    before = sys.unraisablehook

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            # A little later, when the callback has returned; if it is lost again, so is it here.
            threading.Timer(_AGAIN_S, _thread.interrupt_main).start()
        else:
            before(lost)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
