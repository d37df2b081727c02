"""The three matrix products of a window, split into register tiles.

All matrices are flat arrays; a row is given by the offset of its first element. Row lengths are
multiples of `tiles.LANES`.
"""

from __future__ import annotations

from w2vneg.kernel.jit import device
from w2vneg.kernel.tiles import EDGE, LANES, add, combine, dots, prefetch

WIDE = EDGE == 4
STRIP = EDGE * LANES


@device
def _score_rows(rows, u, u_at, i, v, v_at, columns, length, out, pitch):
    """Score `rows` contexts (a literal) against all candidates."""
    j = 0
    if WIDE:
        while columns - j >= 4:
            dots(rows, 4, u, u_at, i, v, v_at, j, length, out, i * pitch + j, pitch)
            j += 4
    while columns - j >= 2:
        dots(rows, 2, u, u_at, i, v, v_at, j, length, out, i * pitch + j, pitch)
        j += 2
    if j < columns:
        dots(rows, 1, u, u_at, i, v, v_at, j, length, out, i * pitch + j, pitch)


@device
def score(u, u_at, contexts, v, v_at, candidates, length, scores):
    """Compute the dot products of all context rows with all candidate rows.

    Parameters
    ----------
    u : (V * length,) float array
        Flat `w_in`.
    u_at : int64 array
        Offsets of the context rows, of which the first `contexts` are used.
    v : (V * length,) float array
        Flat `w_out`.
    v_at : int64 array
        Offsets of the candidate rows, of which the first `candidates` are used.
    length : int
        Row length, a multiple of `LANES`.
    scores : float array
        Modified in place: element ``c * candidates + n`` is the score of context c, candidate n.
    """
    i = 0
    if WIDE:
        while contexts - i >= 4:
            _score_rows(4, u, u_at, i, v, v_at, candidates, length, scores, candidates)
            i += 4
    while contexts - i >= 2:
        _score_rows(2, u, u_at, i, v, v_at, candidates, length, scores, candidates)
        i += 2
    if i < contexts:
        _score_rows(1, u, u_at, i, v, v_at, candidates, length, scores, candidates)


@device
def _combine_strip(
    vectors, accumulate, g, row_step, step, rows, b, b_at, count, column, out, out_at
):
    """Combine rows of `b` into all output rows, over a strip of `vectors` (a literal) vectors."""
    i = 0
    if WIDE:
        while rows - i >= 4:
            combine(
                4,
                vectors,
                accumulate,
                g,
                i * row_step,
                row_step,
                step,
                b,
                b_at,
                count,
                column,
                out,
                out_at,
                i,
            )
            i += 4
    while rows - i >= 2:
        combine(
            2,
            vectors,
            accumulate,
            g,
            i * row_step,
            row_step,
            step,
            b,
            b_at,
            count,
            column,
            out,
            out_at,
            i,
        )
        i += 2
    if i < rows:
        combine(
            1,
            vectors,
            accumulate,
            g,
            i * row_step,
            row_step,
            step,
            b,
            b_at,
            count,
            column,
            out,
            out_at,
            i,
        )


@device
def _update_strip(
    vectors, g, u, u_at, written_at, contexts, v, v_at, candidates, column, delta, delta_at
):
    # The updates of v are buffered in `delta` until u has been updated from the old v.
    _combine_strip(
        vectors, 0, g, 1, candidates, candidates, u, u_at, contexts, column, delta, delta_at
    )
    _combine_strip(
        vectors, 1, g, candidates, 1, contexts, v, v_at, candidates, column, u, written_at
    )
    for n in range(candidates):
        add(vectors, v, v_at[n] + column, delta, delta_at[n] + column)


@device
def update(g, u, u_at, written_at, contexts, v, v_at, candidates, length, delta, delta_at):
    """Update both sides of a window from the coefficients: ``U += G V`` and ``V += G^T U``.

    Both products use the rows from before the window. A word that occurs twice among the contexts,
    or among the candidates, receives both updates.

    Parameters
    ----------
    g : float array
        Coefficients times the learning rate; ``c * candidates + n`` is context c, candidate n.
    u, v : flat float arrays
        `w_in` and `w_out`, modified in place.
    u_at, v_at : int64 arrays
        Offsets of the context and of the candidate rows.
    written_at : int64 array
        Where the updates of the context rows go: `u_at`, but for rows that are not to be updated.
    length : int
        Row length, a multiple of `LANES`.
    delta : (candidates * length,) float array
        Scratch.
    delta_at : int64 array
        ``n * length`` for each candidate n.
    """
    column = 0
    if WIDE:
        while length - column >= 4 * LANES:
            _update_strip(
                4, g, u, u_at, written_at, contexts, v, v_at, candidates, column, delta, delta_at
            )
            column += 4 * LANES
    while length - column >= 2 * LANES:
        _update_strip(
            2, g, u, u_at, written_at, contexts, v, v_at, candidates, column, delta, delta_at
        )
        column += 2 * LANES
    if column < length:
        _update_strip(
            1, g, u, u_at, written_at, contexts, v, v_at, candidates, column, delta, delta_at
        )


@device
def prefetch_row(matrix, at, length):
    """Prefetch a row that will soon be read and written."""
    for k in range(0, length, LANES):
        prefetch(matrix, at + k)
