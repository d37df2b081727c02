"""Draws from tables that fit no cache, begun windows before they are needed.

A draw from a word's table is one access to memory, which takes as long as a good part of a window. Here
the draws of a window begin two windows ahead: a step picks a cell and asks for its cache line, and the
next call finds it there. A walk takes its first step, waits, takes its second, and so on; what is left
when the window comes is done then, for all its draws at once, so that they wait together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.dispatch import declare_hook, dispatch
from w2vneg.kernel.jit import device
from w2vneg.kernel.rng import below, high_half, low_half, next_word
from w2vneg.kernel.tiles import prefetch
from w2vneg.samplers.proposals.gneg.members import is_member, prefetch_member

#: The longest walk.
MOST_STEPS = 100
#: Draws from the base before giving up: one draw in 10^8 does at the lowest acceptance rate, 1/4.
_TRIES = 64
#: Windows whose draws may be under way, a power of two; the slot behind them is for windows that were
#: not announced.
_SLOTS = 4
_ANNOUNCED, _TAKEN = range(2)
# What is under way, if no cell.
_NONE, _FROM_BASE = -1, -2


class Ahead(NamedTuple):
    """Draws that are under way: working memory of a thread, with `_SLOTS` + 1 windows of M draws."""

    queue: np.ndarray  # (2,) int64, windows announced and taken so far
    centers: np.ndarray  # (slots,) int64, center word of each window
    words: np.ndarray  # (slots * M,) int64, where a walk is; -1: the row gave none
    left: np.ndarray  # (slots * M,) int64, steps to go
    cells: np.ndarray  # (slots * M,) int64, cell of the step under way, or _FROM_BASE, or _NONE
    bits: np.ndarray  # (slots * M,) uint64, bits that choose in the cell, or the word of the base


def make_ahead(candidates: int) -> Ahead:
    """Allocate the working memory of a thread for M candidates."""
    slots = _SLOTS + 1
    draws = slots * candidates
    arena = Arena(8 * (2 + slots + 4 * draws) + 6 * 128)
    ahead = Ahead(
        queue=arena.take(2, np.int64),
        centers=arena.take(slots, np.int64),
        words=arena.take(draws, np.int64),
        left=arena.take(draws, np.int64),
        cells=arena.take(draws, np.int64),
        bits=arena.take(draws, np.uint64),
    )
    ahead.cells[:] = _NONE
    return ahead


def start_draw(state, rng, center):
    """Return where a draw for a word of the graph starts, and its number of steps; 0: it ends there."""
    return dispatch(start_draw, state)(state, rng, center)


declare_hook(start_draw)


@device
def _announced_slot(ahead, center):
    """Return the slot of a window that will be proposed later, and note its center word."""
    slot = ahead.queue[_ANNOUNCED] & (_SLOTS - 1)
    ahead.queue[_ANNOUNCED] += 1
    # Only where windows were announced and never came.
    ahead.queue[_TAKEN] = max(ahead.queue[_TAKEN], ahead.queue[_ANNOUNCED] - _SLOTS)
    ahead.centers[slot] = center
    return slot


@device
def _take_slot(ahead, center):
    """Return the slot of the window to propose now, and whether it was announced."""
    taken = ahead.queue[_TAKEN]
    slot = taken & (_SLOTS - 1)
    if taken < ahead.queue[_ANNOUNCED] and ahead.centers[slot] == center:
        ahead.queue[_TAKEN] += 1
        return slot, True
    return np.int64(_SLOTS), False


@device
def _first_place(ahead, slot):
    """Return the element of the arrays that belongs to the first draw of a window."""
    return slot * (ahead.words.size // (_SLOTS + 1))


@device
def chosen_in(rows, cell, bits):
    """Return the word that 32 random bits choose in a cell of a table."""
    # A selection, because a branch would be unpredictable.
    own, other = np.int64(rows.cells[cell, 1]), np.int64(rows.cells[cell, 2])
    return own if bits < np.uint64(rows.cells[cell, 0]) else other


@device
def _depart(rows, ahead, place, rng):
    """Begin the next step of a draw, if any is left and none is under way."""
    if ahead.left[place] == 0 or ahead.cells[place] != _NONE:
        return
    ahead.left[place] -= 1
    word = ahead.words[place]
    begin, end = rows.first[word], rows.first[word + 1]
    if begin == end:
        ahead.words[place] = -1
        ahead.left[place] = 0
        return
    share = rows.share[word]
    if share >> np.uint64(32) or high_half(next_word(rng)) < share:
        bits = next_word(rng)
        cell = begin + below(bits, end - begin)
        ahead.cells[place] = cell
        ahead.bits[place] = low_half(bits)
        prefetch(rows.cells, 3 * cell)
        prefetch(rows.cells, 3 * cell + 2)  # another line for every eighth cell
        return
    _draw_base(rows, ahead, place, rng)


@device
def _draw_base(rows, ahead, place, rng):
    """Draw from the base; whether the row has the word is seen when the draw goes on."""
    drawn = draw_alias(rows.base, rng)
    if rows.reject:
        ahead.cells[place] = _FROM_BASE
        ahead.bits[place] = np.uint64(drawn)
        prefetch_member(rows, ahead.words[place], drawn)
    else:
        ahead.words[place] = drawn


@device
def _arrive(rows, ahead, place, rng):
    """End the step of a draw that is under way; a word that is rejected is drawn again."""
    cell = ahead.cells[place]
    if cell >= 0:
        ahead.words[place] = chosen_in(rows, cell, ahead.bits[place])
        ahead.cells[place] = _NONE
    elif cell == _FROM_BASE:
        drawn = np.int64(ahead.bits[place])
        if is_member(rows, ahead.words[place], drawn):
            _draw_base(rows, ahead, place, rng)
        else:
            ahead.words[place] = drawn
            ahead.cells[place] = _NONE


@device
def _begin(state, rng, slot, center, count):
    """Begin the draws of a window."""
    ahead = state.ahead
    first = _first_place(ahead, slot)
    for place in range(first, first + count):
        word, steps = np.int64(-1), 0
        if state.mix > np.uint64(0) and high_half(next_word(rng)) < state.mix:
            word = draw_alias(state.unigram, rng)
        elif center < state.rows.share.size:
            word, steps = start_draw(state, rng, center)
        ahead.words[place], ahead.left[place], ahead.cells[place] = word, steps, _NONE
        _depart(state.rows, ahead, place, rng)


@device
def expect_draws(state, rng, center, count, windows):
    """Begin the draws of a window, and take those of so many before it a step further.

    `state` is that of a proposal with `rows`, `unigram`, `mix` and `ahead`, which implements `start_draw`.
    """
    rows, ahead = state.rows, state.ahead
    _begin(state, rng, _announced_slot(ahead, center), center, count)
    announced = ahead.queue[_ANNOUNCED] - 1
    for window in range(max(ahead.queue[_TAKEN], announced - windows), announced):
        first = _first_place(ahead, window & (_SLOTS - 1))
        for place in range(first, first + count):
            _arrive(rows, ahead, place, rng)
            _depart(rows, ahead, place, rng)


@device
def propose_draws(state, rng, center, out, count):
    """Finish the draws of a window, begun or not, and put the words into `out`.

    Draws to which their row gave no word come from the unigram noise; return their number.
    """
    rows, ahead = state.rows, state.ahead
    slot, announced = _take_slot(ahead, center)
    if not announced:
        _begin(state, rng, slot, center, count)
    first = _first_place(ahead, slot)
    for _ in range(MOST_STEPS + _TRIES):
        open_ones = 0
        for place in range(first, first + count):
            _arrive(rows, ahead, place, rng)
            _depart(rows, ahead, place, rng)
            open_ones += ahead.left[place] + np.int64(ahead.cells[place] != _NONE)
        if open_ones == 0:
            break
    fallbacks = 0
    for n in range(count):
        word = ahead.words[first + n]
        if word < 0 or ahead.cells[first + n] != _NONE:
            word = draw_alias(state.unigram, rng)
            fallbacks += 1
        out[n] = word
    return fallbacks
