"""The progress bar: phase, rate, loss, learning rate, time left; a line a minute in a log."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from w2vneg.errors import visible
from w2vneg.system.progress import Progress
from w2vneg.system.progress_log import ProgressLog, short

_REDRAW_S = 0.1


class Bar(Progress):
    """Shows reports on stderr if that is a terminal, and below the cell in a notebook.

    Elsewhere a line is printed each minute. Notes are always printed.
    """

    def __init__(self) -> None:
        self._live: Any = None
        self._log: ProgressLog | None = None
        self._task: Any = None
        self._unit = ""
        self._began = 0.0
        self._drawn = 0.0
        self._first: float | None = None

    def start(self, phase: str, total: float | None, unit: str) -> None:
        """Begin a phase (see `Progress`)."""
        self._unit, self._began, self._drawn = unit, time.monotonic(), 0.0
        self._first = None
        is_terminal = sys.stderr is not None and sys.stderr.isatty()
        if not is_terminal and not _is_notebook():
            self._log = ProgressLog(phase, total, unit)
            return
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._live = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%" if total else "{task.fields[amount]}"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=Console(stderr=is_terminal),
            transient=True,
        )
        self._live.start()
        self._task = self._live.add_task(phase, total=total, figures="", amount="")

    def update(self, done: float, **figures: float) -> None:
        """Redraw, at most ten times a second."""
        now = time.monotonic()
        if self._log is not None and (line := self._log.line(done, figures)):
            self.note(line)
        if self._live is None or now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        if self._first is None:
            # Work done before a training was resumed must not count in its rate.
            self._first, self._began = done, now
        rate = (done - self._first) / max(now - self._began, 1e-3)
        texts = [f"{short(rate)} {self._unit}/s"]
        texts += [f"{name} {value:.4g}" for name, value in figures.items() if value == value]
        self._live.update(self._task, completed=done, figures="  ".join(texts), amount=short(done))

    def finish(self) -> None:
        """Remove the bar."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._log = None

    def note(self, message: str) -> None:
        """Print one line on stderr, if there is a stderr."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(f"w2vneg: {visible(message)}\n")
            sys.stderr.flush()

    def note_long_words(self, count: int) -> None:
        """Warn that words of a file are too long for the original C tools.

        Parameters
        ----------
        count : int
            Number of words of 50 bytes or more.
        """
        if count:
            self.note(f"{count} words have 50 bytes or more: the C tools cannot read those")


@contextlib.contextmanager
def reporting(progress: Progress | bool | None) -> Iterator[Progress]:
    """Provide what reports go to: the object given, a `Bar` for True, nothing for False and None."""
    if isinstance(progress, Progress):
        yield progress
        return
    chosen = Bar() if progress else Progress()
    try:
        yield chosen
    finally:
        chosen.finish()


def _is_notebook() -> bool:
    """Return whether the process is the kernel of a notebook, such as Jupyter's."""
    if "IPython" not in sys.modules:
        return False
    from rich.console import Console

    return Console().is_jupyter
