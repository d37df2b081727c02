"""Progress reports of long work: phases, how much is done, and a few figures.

The library reports to a `Progress`, which ignores the reports; the command line shows them as a
bar on stderr (`w2vneg.system.progress_bar`).
"""

from __future__ import annotations


class Progress:
    """Receives the reports of long work and ignores them. Subclass it to show them."""

    def start(self, phase: str, total: float | None, unit: str) -> None:
        """Begin a phase.

        Parameters
        ----------
        phase : str
            Name of the phase, such as ``"reading corpus"``.
        total : float or None
            Amount of work in units; None if it is not known in advance.
        unit : str
            Name of the unit, such as ``"words"`` or ``"bytes"``.
        """

    def update(self, done: float, **figures: float) -> None:
        """Report the units done so far, and figures such as ``loss`` and ``lr``."""

    def finish(self) -> None:
        """End the phase."""

    def note(self, message: str) -> None:
        """Give the user one line of text, such as a warning."""
