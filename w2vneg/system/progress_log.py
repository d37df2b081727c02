"""Progress where there is no terminal: a line a minute, for logs of batch jobs."""

from __future__ import annotations

import time

#: Seconds between two lines; work that takes less leaves none.
EVERY_S = 60.0


class ProgressLog:
    """Makes lines of the reports of one phase.

    Parameters
    ----------
    phase : str
    total : float or None
        Amount of work in units, if it is known.
    unit : str
    """

    def __init__(self, phase: str, total: float | None, unit: str) -> None:
        self._phase, self._total, self._unit = phase, total, unit
        self._first: tuple[float, float] | None = None
        self._written = time.monotonic()

    def line(self, done: float, figures: dict[str, float]) -> str | None:
        """Return a line if one is due.

        Parameters
        ----------
        done : float
            Units done so far.
        figures : dict
            Other figures, such as the loss; NaN is left out.
        """
        now = time.monotonic()
        if self._first is None:
            # Work done before a training was resumed must not count in its rate.
            self._first = now, done
        if now - self._written < EVERY_S:
            return None
        self._written = now
        began, before = self._first
        rate = (done - before) / max(now - began, 1e-3)
        parts = [f"{short(rate)} {self._unit}/s"] if self._unit else []
        parts += [f"{name} {value:.4g}" for name, value in figures.items() if value == value]
        amount = short(done) + (f" {self._unit}" if self._unit else "")
        if self._total:
            amount = f"{done / self._total:.0%}"
            if rate > 0:
                parts.append(f"{_time((self._total - done) / rate)} left")
        return f"{self._phase}: {', '.join([amount, *parts])}"


def short(number: float) -> str:
    """Return a number in few characters, such as ``1.20M``."""
    for bound, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= bound:
            return f"{number / bound:.2f}{letter}"
    return f"{number:.0f}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
