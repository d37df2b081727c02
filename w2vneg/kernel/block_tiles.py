"""Register tiles of the block form, for a chosen number of lanes.

The packed inputs of a block stand transposed, one input a lane, so that scores against the pool
need no sum over lanes (`spread_dots`). Positives differ from input to input and are scored by
ordinary dot products (`row_dots`); the updates are linear combinations of rows (`combine_rows`).

In the inner loops broadcasts come first and each vector is loaded where it is used: loading one
side completely before the multiplications makes LLVM spill registers. Without the JIT the same
functions run on NumPy slices.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from w2vneg.kernel.emit import (
    FAST,
    accumulate,
    load,
    pointer,
    shuffle,
    spread,
    store,
    zeroed_cells,
)
from w2vneg.kernel.jit import INTERPRETED

#: Inputs in a block.
INPUTS = 16


@intrinsic(prefer_literal=True)
def _spread_dots(typingctx, lanes, rows, u, width, v, v_at, first, out):
    count_l, count_r = lanes.literal_value, rows.literal_value
    count_w = INPUTS // count_l
    signature = types.void(
        lanes, rows, u, types.intp, v, v_at, types.intp, out
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        _, _, vu, n, vv, vat, j, vout = arguments
        base_u, base_v = pointer(builder, u, vu, context), pointer(builder, v, vv, context)
        base_at, base_out = (
            pointer(builder, v_at, vat, context),
            pointer(builder, out, vout, context),
        )
        vector = ir.VectorType(context.get_data_type(v.dtype), count_l)
        number = lambda value: ir.Constant(n.type, value)  # noqa: E731
        rows_v = [
            builder.gep(base_v, [builder.load(builder.gep(base_at, [builder.add(j, number(r))]))])
            for r in range(count_r)
        ]
        cells = zeroed_cells(builder, vector, count_r * count_w)
        with cgutils.for_range(builder, n) as loop:
            base = builder.gep(base_u, [builder.mul(loop.index, number(INPUTS))])
            lefts = [load(builder, base, number(w * count_l), vector) for w in range(count_w)]
            for r in range(count_r):
                factor = spread(
                    builder, builder.load(builder.gep(rows_v[r], [loop.index])), count_l
                )
                for w in range(count_w):
                    accumulate(builder, cells[r * count_w + w], factor, lefts[w])
        to = builder.mul(j, number(INPUTS))
        for r in range(count_r):
            for w in range(count_w):
                where = builder.add(to, number(r * INPUTS + w * count_l))
                store(builder, builder.load(cells[r * count_w + w]), base_out, where)
        return context.get_dummy_value()

    return signature, generate


def _sum_four(builder, sums, lanes):
    """Return the sums over the lanes of four vectors as one vector of four."""
    while lanes > 4:
        half = lanes // 2
        sums = [
            builder.fadd(
                shuffle(builder, s, s, range(half)),
                shuffle(builder, s, s, range(half, lanes)),
                flags=FAST,
            )
            for s in sums
        ]
        lanes = half
    pairs = [
        builder.fadd(
            shuffle(builder, a, b, [0, 4, 2, 6]), shuffle(builder, a, b, [1, 5, 3, 7]), flags=FAST
        )
        for a, b in zip(sums[::2], sums[1::2], strict=True)
    ]
    return builder.fadd(
        shuffle(builder, *pairs, [0, 1, 4, 5]), shuffle(builder, *pairs, [2, 3, 6, 7]), flags=FAST
    )


@intrinsic(prefer_literal=True)
def _row_dots(typingctx, lanes, u, u_at, width, v, v_at, first, out, to):
    count_l = lanes.literal_value
    signature = types.void(
        lanes, u, types.intp, types.intp, v, v_at, types.intp, out, types.intp
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        _, vu, at, n, vv, vat, j, vout, o = arguments
        base_u, base_v = pointer(builder, u, vu, context), pointer(builder, v, vv, context)
        base_at, base_out = (
            pointer(builder, v_at, vat, context),
            pointer(builder, out, vout, context),
        )
        vector = ir.VectorType(context.get_data_type(v.dtype), count_l)
        number = lambda value: ir.Constant(n.type, value)  # noqa: E731
        row = builder.gep(base_u, [at])
        rows_v = [
            builder.gep(base_v, [builder.load(builder.gep(base_at, [builder.add(j, number(q))]))])
            for q in range(4)
        ]
        cells = zeroed_cells(builder, vector, 4)
        with cgutils.for_range_slice(builder, number(0), n, number(count_l)) as (k, _):
            left = load(builder, row, k, vector)
            for q in range(4):
                accumulate(builder, cells[q], left, load(builder, rows_v[q], k, vector))
        sums = _sum_four(builder, [builder.load(cell) for cell in cells], count_l)
        store(builder, sums, base_out, o)
        return context.get_dummy_value()

    return signature, generate


def _accumulate_rows(builder, cells, source, shape):
    """Emit a loop that adds rows, times their coefficients, to the accumulators of a tile."""
    base_g, g0, row_step, step, base_b, at_b, j0, count, k0 = source
    count_l, count_r, count_v, vector = shape
    number = lambda value: ir.Constant(count.type, value)  # noqa: E731
    strip, start = builder.gep(base_b, [k0]), builder.gep(at_b, [j0])
    with cgutils.for_range(builder, count) as loop:
        row = builder.gep(strip, [builder.load(builder.gep(start, [loop.index]))])
        g_from = builder.add(g0, builder.mul(loop.index, step))
        factors = []
        for r in range(count_r):
            where = builder.add(g_from, builder.mul(row_step, number(r)))
            factors.append(spread(builder, builder.load(builder.gep(base_g, [where])), count_l))
        for v in range(count_v):
            right = load(builder, row, number(v * count_l), vector)
            for r in range(count_r):
                accumulate(builder, cells[r * count_v + v], factors[r], right)


def _add_to_rows(builder, cells, base_out, at_out, first, column, shape):
    """Emit the addition of a tile to its rows, one after another.

    A word that occurs twice receives both updates.
    """
    count_l, count_r, count_v, vector = shape
    number = lambda value: ir.Constant(first.type, value)  # noqa: E731
    for r in range(count_r):
        at = builder.load(builder.gep(at_out, [builder.add(first, number(r))]))
        row = builder.gep(base_out, [builder.add(at, column)])
        for v in range(count_v):
            value = builder.load(cells[r * count_v + v])
            old = load(builder, row, number(v * count_l), vector)
            store(builder, builder.fadd(old, value, flags=FAST), row, number(v * count_l))


@intrinsic(prefer_literal=True)
def _combine_rows(
    typingctx, lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, skip, count, column, out,
    out_at, first,
):  # fmt: skip
    count_l, count_r, count_v = lanes.literal_value, rows.literal_value, vectors.literal_value
    signature = types.void(
        lanes, rows, vectors, g, types.intp, types.intp, types.intp, b, b_at, types.intp, types.intp,
        types.intp, out, out_at, types.intp,
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        _, _, _, vg, g0, row_step, step, vb, vb_at, j0, n, k0, vout, vout_at, i0 = arguments
        vector = ir.VectorType(context.get_data_type(b.dtype), count_l)
        shape = count_l, count_r, count_v, vector
        base_g, base_b = pointer(builder, g, vg, context), pointer(builder, b, vb, context)
        at_b = pointer(builder, b_at, vb_at, context)
        base_out, at_out = (
            pointer(builder, out, vout, context),
            pointer(builder, out_at, vout_at, context),
        )
        cells = zeroed_cells(builder, vector, count_r * count_v)
        source = base_g, g0, row_step, step, base_b, at_b, j0, n, k0
        _accumulate_rows(builder, cells, source, shape)
        _add_to_rows(builder, cells, base_out, at_out, i0, k0, shape)
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)
def _combine_both(
    typingctx, lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, count, h, h_at, h_row, h_step,
    c_at, skip, extra, column, out, out_at, first,
):  # fmt: skip
    count_l, count_r, count_v = lanes.literal_value, rows.literal_value, vectors.literal_value
    signature = types.void(
        lanes, rows, vectors, g, types.intp, types.intp, types.intp, b, b_at, types.intp, h,
        types.intp, types.intp, types.intp, c_at, types.intp, types.intp, types.intp, out, out_at,
        types.intp,
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        (
            _, _, _, vg, g0, g_row, g_step, vb, vb_at, n, vh, h0, h_row, h_step, vc_at, j0, m, k0,
            vout, vout_at, i0,
        ) = arguments  # fmt: skip
        vector = ir.VectorType(context.get_data_type(b.dtype), count_l)
        shape = count_l, count_r, count_v, vector
        base_g, base_h = pointer(builder, g, vg, context), pointer(builder, h, vh, context)
        base_b, at_b = pointer(builder, b, vb, context), pointer(builder, b_at, vb_at, context)
        at_c = pointer(builder, c_at, vc_at, context)
        base_out, at_out = (
            pointer(builder, out, vout, context),
            pointer(builder, out_at, vout_at, context),
        )
        cells = zeroed_cells(builder, vector, count_r * count_v)
        zero = ir.Constant(n.type, 0)
        _accumulate_rows(
            builder, cells, (base_g, g0, g_row, g_step, base_b, at_b, zero, n, k0), shape
        )
        _accumulate_rows(
            builder, cells, (base_h, h0, h_row, h_step, base_b, at_c, j0, m, k0), shape
        )
        _add_to_rows(builder, cells, base_out, at_out, i0, k0, shape)
        return context.get_dummy_value()

    return signature, generate


# Three rounds of shuffles transpose 8 x 8 numbers: rows 1 apart, 2 apart, 4 apart.
_ROUNDS = (
    ([0, 8, 1, 9, 4, 12, 5, 13], [2, 10, 3, 11, 6, 14, 7, 15], 1),
    ([0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15], 2),
    ([0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15], 4),
)
#: The column that each register holds afterwards.
_COLUMNS = (0, 2, 1, 3, 4, 6, 5, 7)


@intrinsic
def _pack_eight(typingctx, source, at, first, column, packed, pitch, transposed):
    signature = types.void(source, at, types.intp, types.intp, packed, types.intp, transposed)

    def generate(context, builder, signature, arguments):
        vsource, vat, i, k, vpacked, stride, vout = arguments
        base, base_at = (
            pointer(builder, source, vsource, context),
            pointer(builder, at, vat, context),
        )
        base_packed = pointer(builder, packed, vpacked, context)
        base_out = pointer(builder, transposed, vout, context)
        vector = ir.VectorType(context.get_data_type(source.dtype), 8)
        number = lambda value: ir.Constant(i.type, value)  # noqa: E731
        rows = []
        for r in range(8):
            q = builder.add(i, number(r))
            offset = builder.load(builder.gep(base_at, [q]))
            row = load(builder, base, builder.add(offset, k), vector)
            store(builder, row, base_packed, builder.add(builder.mul(q, stride), k))
            rows.append(row)
        for low, high, gap in _ROUNDS:
            for a in range(8):
                if not a & gap:
                    pair = rows[a], rows[a + gap]
                    rows[a] = shuffle(builder, *pair, low)
                    rows[a + gap] = shuffle(builder, *pair, high)
        for row, c in zip(rows, _COLUMNS, strict=True):
            where = builder.add(builder.mul(builder.add(k, number(c)), number(INPUTS)), i)
            store(builder, row, base_out, where)
        return context.get_dummy_value()

    return signature, generate


def _plain_spread_dots(lanes, rows, u, width, v, v_at, first, out):
    columns = u[: width * INPUTS].reshape(width, INPUTS)
    for j in range(first, first + rows):
        out[j * INPUTS : (j + 1) * INPUTS] = v[v_at[j] : v_at[j] + width] @ columns


def _plain_row_dots(lanes, u, u_at, width, v, v_at, first, out, to):
    row = u[u_at : u_at + width]
    for q in range(4):
        at = v_at[first + q]
        out[to + q] = np.dot(row, v[at : at + width])


def _plain_combine_rows(
    lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, skip, count, column, out, out_at, first
):
    width = lanes * vectors
    totals = []
    for r in range(rows):
        total = np.zeros(width, dtype=b.dtype)
        for j in range(count):
            at = b_at[skip + j] + column
            total += g[g_at + r * g_row + j * g_step] * b[at : at + width]
        totals.append(total)
    for r, total in enumerate(totals):
        at = out_at[first + r] + column
        out[at : at + width] += total


def _plain_combine_both(
    lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, count, h, h_at, h_row, h_step, c_at, skip,
    extra, column, out, out_at, first,
):  # fmt: skip
    _plain_combine_rows(
        lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, 0, count, column, out, out_at, first
    )
    _plain_combine_rows(
        lanes,
        rows,
        vectors,
        h,
        h_at,
        h_row,
        h_step,
        b,
        c_at,
        skip,
        extra,
        column,
        out,
        out_at,
        first,
    )


def _plain_pack_eight(source, at, first, column, packed, pitch, transposed):
    for q in range(first, first + 8):
        values = source[at[q] + column : at[q] + column + 8]
        packed[q * pitch + column : q * pitch + column + 8] = values
        transposed[column * INPUTS + q : (column + 8) * INPUTS : INPUTS] = values


# All arrays are flat; `lanes`, `rows` and `vectors` are literals, `width` is a multiple of `lanes`.

#: spread_dots(lanes, rows, u, width, v, v_at, first, out): for ``first <= j < first + rows`` set
#: ``out[j * INPUTS + q]`` to the dot product of input q, whose elements are ``u[k * INPUTS + q]``,
#: and the row of `width` floats at ``v[v_at[j]]``.
spread_dots = _plain_spread_dots if INTERPRETED else _spread_dots
#: row_dots(lanes, u, u_at, width, v, v_at, first, out, to): set four elements of `out`, from `to`
#: on, to the dot products of the row at ``u[u_at]`` and the rows at ``v[v_at[first + q]]``.
row_dots = _plain_row_dots if INTERPRETED else _row_dots
#: combine_rows(lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, skip, count, column, out,
#: out_at, first): for r < `rows`, add to the ``vectors * lanes`` floats at
#: ``out[out_at[first + r] + column]`` the sum over j < `count` of
#: ``g[g_at + r * g_row + j * g_step]`` times those at ``b[b_at[skip + j] + column]``.
combine_rows = _plain_combine_rows if INTERPRETED else _combine_rows
#: combine_both(lanes, rows, vectors, g, g_at, g_row, g_step, b, b_at, count, h, h_at, h_row, h_step,
#: c_at, skip, extra, column, out, out_at, first): the same for two lists of rows of `b` at once, one
#: with the coefficients `g` and one, of `extra` rows, with the coefficients `h`.
combine_both = _plain_combine_both if INTERPRETED else _combine_both
#: pack_eight(source, at, first, column, packed, pitch, transposed): for eight inputs q from `first`
#: on, copy eight floats of the row at ``source[at[q]]``, from `column` on, to the same columns of
#: row q of `packed`, whose rows are `pitch` apart, and of column q of `transposed`.
pack_eight = _plain_pack_eight if INTERPRETED else _pack_eight
