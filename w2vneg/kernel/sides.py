"""On which sides of a word the words lie that it predicts: before and after it, or only after it.

The type of the state says which, so that the usual loop is compiled without any trace of the other.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.kernel.dispatch import declare_hook, dispatch, implement


class Around(NamedTuple):
    """A word predicts the words before and after it."""

    state: int = 0  # nothing to know


class Ahead(NamedTuple):
    """A word predicts the words after it only."""

    state: int = 0  # nothing to know


AROUND, AHEAD = Around(), Ahead()


def back(sides, radius):
    """Return how far before a word the words lie that it predicts: `radius`, or 0.

    It is also how far after a center word the words lie that predict it.

    Parameters
    ----------
    sides : Around or Ahead
    radius : int
    """
    return dispatch(back, sides)(sides, radius)


def _radius(sides, radius):
    return radius


declare_hook(back, _radius)


@implement(back, Ahead)
def _nothing(sides, radius):
    return 0
