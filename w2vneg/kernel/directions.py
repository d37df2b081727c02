"""Which side of a window predicts the other: its contexts the center, or the center its contexts.

The pairs are the same, as every word is the center of one window and a context in others. What
differs is whom the candidates of a window belong to. If the center predicts, they belong to the
word that is the input, and its C contexts share their scores: C + M dot products instead of
C (1 + M).

Samplers and losses see the same C x N cells in both cases. In cell (c, n) n is candidate n; n = 0 is
the positive, which is context c where the center predicts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from w2vneg.kernel.arena import Arena
from w2vneg.kernel.dispatch import declare_hook, dispatch, implement
from w2vneg.kernel.products import score, update
from w2vneg.kernel.tiles import LANES, row_length

#: The score of a draw that equals the positive of its cell, whose sigmoid is 1e-13: it trains nothing.
LEFT_OUT = -30.0


class CenterPredicted(NamedTuple):
    """The `w_in` rows of the contexts predict the `w_out` row of the center."""

    unused: int = 0  # Numba cannot type an empty NamedTuple


class ContextsPredicted(NamedTuple):
    """The `w_in` row of the center predicts the `w_out` rows of the contexts."""

    input_at: np.ndarray  # (1,) int64, offset of the center's w_in row
    output_at: np.ndarray  # (C + M,) int64, offsets of w_out rows: contexts, then candidates
    scores: np.ndarray  # (C + M, padded) float
    coefficients: np.ndarray  # (C + M, padded) float


def direction_bytes(contexts: int, candidates: int, item: int) -> int:
    """Return the bytes that `make_direction` takes for C contexts and M draws, at most."""
    return (8 + 2 * item) * (row_length(contexts + candidates) + LANES) + 4 * 128


def make_direction(
    outward: bool, arena: Arena, contexts: int, candidates: int, dtype: np.dtype[Any]
) -> CenterPredicted | ContextsPredicted:
    """Return the direction, with its working memory.

    Parameters
    ----------
    outward : bool
        Whether the center predicts.
    arena : Arena
        Where the memory is taken.
    contexts, candidates : int
        C and M, at most.
    dtype : dtype
    """
    if not outward:
        return CenterPredicted()
    cells = row_length(contexts + candidates) + LANES
    return ContextsPredicted(
        input_at=arena.take(1, np.int64),
        output_at=arena.take(contexts + candidates, np.int64),
        scores=arena.take(cells, dtype),
        coefficients=arena.take(cells, dtype),
    )


def sides(direction, w_in, w_out):
    """Return the matrix that holds the row of the center, and that of the contexts."""
    return dispatch(sides, direction)(direction, w_in, w_out)


def gather_candidates(direction, scratch, center, drawn, length):
    """Put the center word and its draws into `scratch`; return their number, at most 1 + `drawn`.

    Draws that equal the center are left out where it is the positive of all cells.
    """
    return dispatch(gather_candidates, direction)(direction, scratch, center, drawn, length)


def score_window(direction, w_in, w_out, scratch, contexts, candidates, length):
    """Compute the scores of all cells of a window.

    Parameters
    ----------
    direction : CenterPredicted or ContextsPredicted
    w_in, w_out : (V * length,) float arrays
    scratch : Scratch
        Words and offsets are filled in; ``scratch.scores`` is modified in place.
    contexts, candidates : int
        C and N of this window.
    length : int
        Row length.

    Returns
    -------
    int
        Cells whose draw equals their positive; their score is `LEFT_OUT`.
    """
    return dispatch(score_window, direction)(
        direction, w_in, w_out, scratch, contexts, candidates, length
    )


def update_window(direction, w_in, w_out, scratch, contexts, candidates, length):
    """Update both sides of a window from ``scratch.coefficients``, which include the learning rate.

    The parameters are those of `score_window`; the matrices are modified in place.
    """
    return dispatch(update_window, direction)(
        direction, w_in, w_out, scratch, contexts, candidates, length
    )


declare_hook(sides)
declare_hook(gather_candidates)
declare_hook(score_window)
declare_hook(update_window)


@implement(sides, CenterPredicted)
def _sides_inward(direction, w_in, w_out):
    return w_out, w_in


@implement(sides, ContextsPredicted)
def _sides_outward(direction, w_in, w_out):
    return w_in, w_out


@implement(gather_candidates, CenterPredicted)
def _gather_inward(direction, scratch, center, drawn, length):
    scratch.candidates[0] = center
    scratch.candidate_at[0] = center * length
    count = 1
    for n in range(drawn):
        word = scratch.drawn[n]
        scratch.candidates[count] = word
        scratch.candidate_at[count] = word * length
        count += word != center
    return count


@implement(gather_candidates, ContextsPredicted)
def _gather_outward(direction, scratch, center, drawn, length):
    scratch.candidates[0] = center
    scratch.candidate_at[0] = center * length
    for n in range(drawn):
        word = scratch.drawn[n]
        scratch.candidates[1 + n] = word
        scratch.candidate_at[1 + n] = word * length
    return 1 + drawn


@implement(score_window, CenterPredicted)
def _score_inward(direction, w_in, w_out, scratch, contexts, candidates, length):
    score(
        w_in,
        scratch.context_at,
        contexts,
        w_out,
        scratch.candidate_at,
        candidates,
        length,
        scratch.scores,
    )
    return 0


@implement(score_window, ContextsPredicted)
def _score_outward(direction, w_in, w_out, scratch, contexts, candidates, length):
    input_at, output_at, flat = direction.input_at, direction.output_at, direction.scores
    input_at[0] = scratch.candidate_at[0]
    for context in range(contexts):
        output_at[context] = scratch.context_at[context]
    for n in range(1, candidates):
        output_at[contexts + n - 1] = scratch.candidate_at[n]
    score(w_in, input_at, 1, w_out, output_at, contexts + candidates - 1, length, flat)
    left_out, scores = 0, scratch.scores
    for context in range(contexts):
        at, word = context * candidates, scratch.contexts[context]
        scores[at] = flat[context]
        for n in range(1, candidates):
            same = scratch.candidates[n] == word
            left_out += same
            scores[at + n] = scores.dtype.type(LEFT_OUT) if same else flat[contexts + n - 1]
    return left_out


@implement(update_window, CenterPredicted)
def _update_inward(direction, w_in, w_out, scratch, contexts, candidates, length):
    update(
        scratch.coefficients,
        w_in,
        scratch.context_at,
        contexts,
        w_out,
        scratch.candidate_at,
        candidates,
        length,
        scratch.delta,
        scratch.delta_at,
    )


@implement(update_window, ContextsPredicted)
def _update_outward(direction, w_in, w_out, scratch, contexts, candidates, length):
    cells, flat = scratch.coefficients, direction.coefficients
    for n in range(1, candidates):
        flat[contexts + n - 1] = 0
    for context in range(contexts):
        at = context * candidates
        flat[context] = cells[at]
        for n in range(1, candidates):
            flat[contexts + n - 1] += cells[at + n]
    update(
        flat,
        w_in,
        direction.input_at,
        1,
        w_out,
        direction.output_at,
        contexts + candidates - 1,
        length,
        scratch.delta,
        scratch.delta_at,
    )
