"""How the changes that ranks made to a row become one: a module per rule.

A rule is a compiled function ``combine(changes, ranks, trained, size, combined)`` for rows of `size`
floats. ``changes`` is flat: the rows of rank 0, then those of rank 1, and so on; `trained` ranks have
trained since the last exchange, at least 1. It sets ``combined``, also flat, adding in order of the
ranks so that the result does not depend on the network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """The declaration of a rule.

    Attributes
    ----------
    name : str
        The value of ``--sync-rule``.
    summary : str
        One line, without a period.
    module : str
        Holds the function `combine`, which is imported when it is used.
    power, most : float
        The learning rate of each of N ranks is N to this power times that of one machine, at most this.
    """

    name: str
    summary: str
    module: str
    power: float
    most: float

    def combine(self) -> Callable[..., Any]:
        """Return the compiled function."""
        import importlib

        function: Callable[..., Any] = importlib.import_module(self.module).combine
        return function


#: All rules by name.
RULES = {
    rule.name: rule
    for rule in (
        # A mean of N changes is N times smaller than their sum. Higher rates diverged or were worse.
        Rule("mean", "their mean", f"{__name__}.mean", 1.0, 0.2),
        Rule(
            "adaptive",
            "their sum where they point in different directions, their mean where they agree",
            f"{__name__}.adaptive",
            0.5,
            0.1,
        ),
    )
}

__all__ = ["RULES", "Rule"]
