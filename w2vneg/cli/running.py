"""What a command with long work runs in: a progress bar, and a flag that signals set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from w2vneg.system.interrupt import StopFlag, stop_on_signals
from w2vneg.system.progress_bar import Bar


@contextlib.contextmanager
def running() -> Iterator[tuple[Bar, StopFlag]]:
    """Provide the progress bar and the stop flag for the work in this block.

    SIGINT, SIGTERM and SIGHUP set the flag, and the bar is removed at the end, whatever happens.
    It may be finished earlier, to print results while signals still set the flag.

    Yields
    ------
    bar : Bar
    stop : StopFlag
    """
    bar = Bar()
    with stop_on_signals(StopFlag()) as stop:
        try:
            yield bar, stop
        finally:
            bar.finish()
