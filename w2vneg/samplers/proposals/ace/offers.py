"""The candidates that ACE's generator chooses from, drawn windows before they are needed.

Cells of the noise and rows of the generator fit no cache. The draws of a window begin when it is announced,
three windows ahead; when the next is announced, they end, and their rows are fetched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.alias import begin_draws, draw_many, end_draws
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.jit import device
from w2vneg.kernel.products import prefetch_row

#: Windows whose candidates may be under way, a power of two.
_SLOTS = 4
_BEGUN, _ENDED, _TAKEN = range(3)


class Offers(NamedTuple):
    """Candidates that are under way: working memory of a thread."""

    queue: np.ndarray  # (3,) int64, windows whose draws were begun, ended and taken
    words: np.ndarray  # (_SLOTS * M,) int64, words, or what `begin_draws` leaves


def make_offers(candidates: int) -> Offers:
    """Allocate the working memory of a thread for M candidates."""
    arena = Arena(8 * (3 + _SLOTS * candidates) + 2 * 128)
    return Offers(arena.take(3, np.int64), arena.take(_SLOTS * candidates, np.int64))


@device
def _end(state, window):
    """End the draws of a window and fetch the rows of its words."""
    words, count = state.offers.words, state.candidates
    first = (window & (_SLOTS - 1)) * count
    end_draws(state.cells, words, first, count)
    for m in range(first, first + count):
        prefetch_row(state.b, words[m] * state.length, state.length)


@device
def expect_offers(state, rng):
    """Begin the draws of a window that will be proposed later, and end those of the one before it."""
    queue, count = state.offers.queue, state.candidates
    window = queue[_BEGUN]
    if queue[_ENDED] < window:
        _end(state, window - 1)
        queue[_ENDED] = window
    begin_draws(state.cells, rng, state.offers.words, (window & (_SLOTS - 1)) * count, count)
    queue[_BEGUN] = window + 1
    # Only where windows were announced and never came.
    queue[_TAKEN] = max(queue[_TAKEN], queue[_BEGUN] - _SLOTS)


@device
def take_offers(state, rng, out, first):
    """Put the candidates of the window to propose now into `out`, from element `first` on.

    They are drawn here if the window was not announced, as the later pieces of a wide one.
    """
    queue, count = state.offers.queue, state.candidates
    window = queue[_TAKEN]
    if window == queue[_BEGUN]:
        draw_many(state.cells, rng, out, first, count)
        return
    if window == queue[_ENDED]:
        _end(state, window)
        queue[_ENDED] = window + 1
    begin = (window & (_SLOTS - 1)) * count
    for m in range(count):
        out[first + m] = state.offers.words[begin + m]
    queue[_TAKEN] = window + 1
