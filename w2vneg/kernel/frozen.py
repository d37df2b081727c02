"""Rows of `w_in` that a training leaves as they are.

What a loop adds to the rows of its inputs goes to the offsets that `written_at` returns. For a
frozen row that is a spare row behind the matrix, one for each thread, which nobody reads. A frozen
row is therefore never written to, by no thread and at no time, while the rows of `w_out` learn from
it as from any other. The type of the state says whether there are frozen rows: where there are
none, the hook disappears from the compiled loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.dispatch import declare_hook, dispatch, implement


class NoneFrozen(NamedTuple):
    """All rows are updated."""

    rows: int = 0  # nothing to know


#: The state of a loop without frozen rows.
NONE_FROZEN = NoneFrozen()


class Frozen(NamedTuple):
    """Some rows are not updated."""

    rows: np.ndarray  # (V,) bool: whether the row of a word is frozen
    spare: int  # offset of this thread's spare row


def written_at(state, at, to, count, length):
    """Return the offsets to which the updates of some rows of `w_in` go.

    Parameters
    ----------
    state : NoneFrozen or Frozen
    at : int64 array
        Offsets of the rows, of which the first `count` are used.
    to : int64 array
        As long; modified in place where rows are frozen.
    count : int
    length : int
        Floats from one row to the next.

    Returns
    -------
    int64 array
        `at` itself where no row is frozen, otherwise `to`.
    """
    return dispatch(written_at, state)(state, at, to, count, length)


def _as_they_are(state, at, to, count, length):
    return at


declare_hook(written_at, _as_they_are)


@implement(written_at, Frozen)
def _beside_frozen(state, at, to, count, length):
    for i in range(count):
        to[i] = state.spare if state.rows[at[i] // length] else at[i]
    return to
