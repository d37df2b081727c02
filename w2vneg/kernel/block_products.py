"""The matrix products of the block form.

Two compiled functions that do not depend on the sampler: `score_block` and `update_block`. Rows are
processed in strips of equal size, whole if they have up to seven registers, otherwise of at most
six: a narrow last strip would waste the multipliers.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.kernel.block_tiles import (
    INPUTS,
    combine_both,
    combine_rows,
    pack_eight,
    row_dots,
    spread_dots,
)
from w2vneg.kernel.emit import NATIVE_LANES
from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.tiles import prefetch, row_length

LANES = NATIVE_LANES
#: Negatives in a score tile: with INPUTS inputs they fill 12 registers.
_TALL = 12 * LANES // INPUTS
#: Registers in a strip. Only these are compiled; with 16 floats to a register a row may have any
#: number of registers, with fewer the number can be rounded up within a row's padding.
_SIZES = (7, 6, 5, 4, 3, 2, 1) if LANES == INPUTS else (6, 5, 4, 2)
#: Registers in a strip at most where a row has several strips; one of 7 is faster than 4 and 3.
_WIDEST = 6


class Strips(NamedTuple):
    """How a row is cut: first the wide strips, each one register wider than the others."""

    wide: int  # number of wide strips
    narrow: int  # number of other strips
    registers: int  # registers in a narrow strip

    @property
    def width(self) -> int:
        """Floats in all strips."""
        return LANES * (self.wide * (self.registers + 1) + self.narrow * self.registers)


def strips_of(dim: int) -> Strips:
    """Return the strips for vectors of `dim` floats; they may include some of a row's padding."""
    for registers in range(-(-dim // LANES), row_length(dim) // LANES + 1):
        count = 1 if registers in _SIZES else -(-registers // _WIDEST)
        size, wide = divmod(registers, count)
        if size in _SIZES and (wide == 0 or size + 1 in _SIZES):
            return Strips(wide, count - wide, size)
    raise AssertionError(dim)


@kernel
def score_block(
    w_in, input_at, count, w_out, pool_at, candidates, stream_at, begin, end, first, band, width,
    pitch, packed, transposed, scores, positive_scores,
):  # fmt: skip
    """Pack the inputs of a block and compute all scores.

    Parameters
    ----------
    w_in, w_out : (V * length,) float arrays
    input_at : (INPUTS,) int64 array
        Offsets of the inputs' rows in `w_in`; all must be valid.
    count : int
        Inputs in use.
    pool_at : (candidates,) int64 array
        Offsets of the pool's rows in `w_out`.
    stream_at : int64 array
        Offset of each position's row, three more valid ones at the end.
    begin, end : (INPUTS,) int64 arrays
        Positions of the positives of each input.
    first : int
        Position of the first column of input 0 in the band.
    band : int
        Columns of the band.
    width, pitch : int
        Floats of a row to multiply; floats from one packed row to the next.
    packed : (INPUTS * pitch,) float array
        Modified in place: the rows of the inputs.
    transposed : (width * INPUTS,) float array
        Modified in place.
    scores : (candidates * INPUTS,) float array
        Modified in place: element ``n * INPUTS + q`` is the score of candidate n, input q.
    positive_scores : (INPUTS * band + 4,) float array
        Modified in place: element ``q * band + p - first - q`` is the score of input q and the word
        at position p, for p from ``begin[q]`` to ``end[q]``; up to three cells behind them are
        overwritten.
    """
    for half in range(0, INPUTS, 8):
        for column in range(0, width, 8):
            pack_eight(w_in, input_at, half, column, packed, pitch, transposed)
    n = 0
    while candidates - n >= _TALL and candidates - n != _TALL + 2:
        spread_dots(LANES, _TALL, transposed, width, w_out, pool_at, n, scores)
        n += _TALL
    while candidates - n >= 4:
        spread_dots(LANES, 4, transposed, width, w_out, pool_at, n, scores)
        n += 4
    while candidates - n >= 1:
        spread_dots(LANES, 1, transposed, width, w_out, pool_at, n, scores)
        n += 1
    for q in range(count):
        to = q * band - first - q
        for p in range(begin[q], end[q], 4):
            row_dots(LANES, packed, q * pitch, width, w_out, stream_at, p, positive_scores, to + p)


@device
def _prefetch_strip(matrix, at, width):
    """Prefetch `width` floats of a row, a number of registers (a literal) times the lanes."""
    for k in range(0, width, 16):
        prefetch(matrix, at + k)


@device
def _update_strip(
    vectors, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates, stream_at,
    next_inputs, next_positives, begin, end, first, band, low, high, positions, packed, packed_at,
    g, h,
):  # fmt: skip
    # Two rows at a time. Where the number is odd the last tile has a row more, whose coefficients
    # are 0.
    strip = vectors * LANES
    # The inputs first, from rows of w_out that are still the old ones.
    for q in range(0, count, 2):
        _prefetch_strip(w_in, stream_at[next_inputs + q] + column, strip)
        _prefetch_strip(w_in, stream_at[next_inputs + q + 1] + column, strip)
        # The positives of both: coefficients outside an input's own range are 0.
        start = min(begin[q], begin[q + 1])
        stop = max(end[q], end[q + 1])
        combine_both(
            LANES, 2, vectors, g, q, 1, INPUTS, w_out, pool_at, candidates, h,
            q * band - first - q + start, band - 1, 1, stream_at, start, max(0, stop - start),
            column, w_in, input_at, q,
        )  # fmt: skip
    for n in range(0, candidates, 2):
        _prefetch_strip(w_out, next_pool_at[n] + column, strip)
        _prefetch_strip(w_out, next_pool_at[n + 1] + column, strip)
        combine_rows(
            LANES, 2, vectors, g, n * INPUTS, INPUTS, 1, packed, packed_at, 0, count, column,
            w_out, pool_at, n,
        )  # fmt: skip
    for q in range(count):
        _prefetch_strip(w_out, stream_at[next_positives + q] + column, strip)
    # From the first position of the chunk on: the tile also touches the second row of a pair.
    for k in range(max(0, -first), positions, 2):
        q = min(low[k], low[k + 1])
        stop = max(high[k], high[k + 1])
        if q < stop:
            combine_rows(
                LANES, 2, vectors, h, q * band - q + k, 1, band - 1, packed, packed_at, q, stop - q,
                column, w_out, stream_at, first + k,
            )  # fmt: skip


@kernel
def update_block(
    strips, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates, stream_at,
    next_inputs, next_positives, begin, end, first, band, low, high, positions, packed, packed_at,
    g, h,
):  # fmt: skip
    """Update both sides of a block from the coefficients, all from the rows as they were before.

    A word that occurs several times among the inputs, the pool or the positives receives every
    update. The rows of the next block are prefetched, a few lines at a time.

    Parameters
    ----------
    strips : Strips
        How rows are cut.
    w_in, input_at, count, w_out, pool_at, candidates, stream_at, begin, end, first, band
        As for `score_block`; both matrices are modified in place, `w_in` at `input_at`, which may be
        elsewhere than the rows that were scored. `pool_at` has one valid offset more where the
        number of candidates is odd.
    next_pool_at : (candidates or one more,) int64 array
        Offsets of the next pool's rows in `w_out`.
    next_inputs, next_positives : int
        First of the `count` positions to prefetch from `w_in` and from `w_out`.
    low, high : (positions or one more,) int64 arrays
        First input, and one past the last, of which position ``first + k`` is a positive.
    positions : int
    packed : (INPUTS * pitch,) float array
        The rows of the inputs as `score_block` packed them.
    packed_at : (INPUTS,) int64 array
        Offsets of the rows in `packed`.
    g : (candidates * INPUTS,) float array
        Coefficients of the candidates times the learning rate; with an odd number, a row of zeros
        follows.
    h : (INPUTS * band,) float array
        The same of the positives, 0 where there is none.
    """
    column = 0
    for strip in range(strips.wide + strips.narrow):
        vectors = strips.registers + (strip < strips.wide)
        if LANES == INPUTS and vectors == 7:
            _update_strip(
                7, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        elif vectors == 6:
            _update_strip(
                6, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        elif vectors == 5:
            _update_strip(
                5, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        elif vectors == 4:
            _update_strip(
                4, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        elif vectors == 2:
            _update_strip(
                2, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        elif LANES == INPUTS and vectors == 3:
            _update_strip(
                3, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        elif LANES == INPUTS:
            _update_strip(
                1, column, w_in, input_at, count, w_out, pool_at, next_pool_at, candidates,
                stream_at, next_inputs, next_positives, begin, end, first, band, low, high,
                positions, packed, packed_at, g, h,
            )  # fmt: skip
        column += vectors * LANES
