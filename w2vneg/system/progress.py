"""What long work tells about itself: phases, how far, and a few figures.

The library reports to a `Progress`; the command line shows it as a bar on stderr
(`w2vneg.system.progress_bar`). The base class says nothing, which is what a library call gets.
"""

from __future__ import annotations


class Progress:
    """Receives reports of long work and ignores them. Subclass to show them."""

    def start(self, phase: str, total: float | None, unit: str) -> None:
        """Begin a phase.

        Parameters
        ----------
        phase : str
            What is being done, such as ``"reading corpus"``.
        total : float or None
            Amount of work in units; None if it is not known beforehand.
        unit : str
            What is counted: ``"words"``, ``"bytes"``.
        """

    def update(self, done: float, **figures: float) -> None:
        """Report how much of the phase is done, and figures such as ``loss`` and ``lr``."""

    def finish(self) -> None:
        """End the phase."""

    def note(self, message: str) -> None:
        """Tell the user something in one line: a warning, a fallback."""
