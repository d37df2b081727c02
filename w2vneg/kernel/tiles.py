"""Register tiles for small matrix products, written as LLVM vector code.

A window needs three products of a few rows each: scores ``U V^T`` and the two updates ``G V`` and
``G^T U``. Rows are gathered from the big matrices by offset, so no library routine fits, and the
compiler does not discover the register blocking on its own. Two tiles and an addition suffice:

`dots`
    a block of R x Q dot products: every loaded vector is used R or Q times, and the R*Q sums are
    reduced by one tree of shuffles instead of one reduction each.
`combine`
    R linear combinations of J rows over a strip of columns: an outer-product accumulation.
`add`
    one strip of a row added to another.

They work for any float dtype. Row lengths are multiples of `LANES`; shorter rows are padded with
zeros, which stay zero. Without the JIT the same functions run on NumPy slices.
"""

from __future__ import annotations

import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from w2vneg.kernel.emit import FAST, load, pointer, shuffle, store
from w2vneg.kernel.jit import INTERPRETED

#: Floats per vector. 16 float32 fill one AVX-512 register or one cache line; LLVM splits the
#: vector into two or four registers elsewhere.
LANES = 16


def row_length(dim: int) -> int:
    """Return the padded length of a row of `dim` floats."""
    return -(-dim // LANES) * LANES


def _tile_edge() -> int:
    """Return the edge of a tile that fits the registers: 4 x 4 with AVX-512, else 2 x 2."""
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:
        return 2
    return 4 if features.get("avx512f") else 2


#: Largest number of rows, and of columns, in one register tile.
EDGE = _tile_edge()

# Lane patterns that pair two vectors of partial sums, level by level, so that after four levels
# lane p holds the sum of vector p. Each is a single two-source shuffle on AVX-512.
_PAIRINGS = (
    (
        [lane for block in range(0, 16, 4) for lane in (block, block + 16, block + 1, block + 17)],
        [
            lane
            for block in range(0, 16, 4)
            for lane in (block + 2, block + 18, block + 3, block + 19)
        ],
    ),
    (
        [lane for block in range(0, 16, 4) for lane in (block, block + 1, block + 16, block + 17)],
        [
            lane
            for block in range(0, 16, 4)
            for lane in (block + 2, block + 3, block + 18, block + 19)
        ],
    ),
    ([*range(8), *range(16, 24)], [*range(8, 16), *range(24, 32)]),
    (
        [*range(4), *range(8, 12), *range(16, 20), *range(24, 28)],
        [*range(4, 8), *range(12, 16), *range(20, 24), *range(28, 32)],
    ),
)


def _sum_lanes(builder, sums):
    """Return the sums of n 16-lane vectors, n a power of two, as one n-lane vector, in order."""
    level = 0
    while len(sums) > 1:
        low, high = _PAIRINGS[level]
        sums = [
            builder.fadd(shuffle(builder, a, b, low), shuffle(builder, a, b, high), flags=FAST)
            for a, b in zip(sums[::2], sums[1::2], strict=True)
        ]
        level += 1
    result = sums[0]
    # The pairings leave copies: [abcd abcd efgh efgh] after level 3, [abcd]*4 after level 2, ...
    if level == 3:
        result = builder.fadd(
            shuffle(builder, result, result, [0, 1, 2, 3, 8, 9, 10, 11]),
            shuffle(builder, result, result, [4, 5, 6, 7, 12, 13, 14, 15]),
            flags=FAST,
        )
    elif level < 3:
        lanes = LANES
        while lanes > 1 << level:
            half = lanes // 2
            result = builder.fadd(
                shuffle(builder, result, result, range(half)),
                shuffle(builder, result, result, range(half, lanes)),
                flags=FAST,
            )
            lanes = half
    return result


@intrinsic(prefer_literal=True)
def _dots(typingctx, rows, columns, a, a_at, first_a, b, b_at, first_b, length, out, out_at, pitch):
    count_r, count_q = rows.literal_value, columns.literal_value
    signature = types.void(
        rows,
        columns,
        a,
        a_at,
        types.intp,
        b,
        b_at,
        types.intp,
        types.intp,
        out,
        types.intp,
        types.intp,
    )

    def generate(context, builder, signature, arguments):
        _, _, va, va_at, i0, vb, vb_at, j0, n, vout, o0, step = arguments
        base_a = pointer(builder, a, va, context)
        base_b = pointer(builder, b, vb, context)
        base_out = pointer(builder, out, vout, context)
        at_a = pointer(builder, a_at, va_at, context)
        at_b = pointer(builder, b_at, vb_at, context)
        scalar = context.get_data_type(a.dtype)
        vector = ir.VectorType(scalar, LANES)
        integer = i0.type
        number = lambda value: ir.Constant(integer, value)  # noqa: E731
        offsets_a = [
            builder.load(builder.gep(at_a, [builder.add(i0, number(r))])) for r in range(count_r)
        ]
        offsets_b = [
            builder.load(builder.gep(at_b, [builder.add(j0, number(q))])) for q in range(count_q)
        ]
        zero = ir.Constant(vector, [0.0] * LANES)
        cells = [cgutils.alloca_once_value(builder, zero) for _ in range(count_r * count_q)]
        for cell in cells:
            builder.store(zero, cell)
        with cgutils.for_range_slice(builder, number(0), n, number(LANES)) as (k, _):
            lefts = [load(builder, base_a, builder.add(o, k), vector) for o in offsets_a]
            rights = [load(builder, base_b, builder.add(o, k), vector) for o in offsets_b]
            for r, left in enumerate(lefts):
                for q, right in enumerate(rights):
                    cell = cells[r * count_q + q]
                    product = builder.fmul(left, right, flags=FAST)
                    builder.store(builder.fadd(builder.load(cell), product, flags=FAST), cell)
        total = _sum_lanes(builder, [builder.load(cell) for cell in cells])
        for r in range(count_r):
            row = shuffle(builder, total, total, range(r * count_q, (r + 1) * count_q))
            store(builder, row, base_out, builder.add(o0, builder.mul(step, number(r))))
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)
def _combine(
    typingctx,
    rows,
    vectors,
    add,
    g,
    g_at,
    g_row,
    g_step,
    b,
    b_at,
    count,
    column,
    out,
    out_at,
    first,
):
    count_r, count_v = rows.literal_value, vectors.literal_value
    accumulate = bool(add.literal_value)
    signature = types.void(
        rows, vectors, add, g, types.intp, types.intp, types.intp, b, b_at, types.intp, types.intp,
        out, out_at, types.intp,
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        _, _, _, vg, g0, row_step, step, vb, vb_at, n, k0, vout, vout_at, i0 = arguments
        base_g = pointer(builder, g, vg, context)
        base_b = pointer(builder, b, vb, context)
        base_out = pointer(builder, out, vout, context)
        at_b = pointer(builder, b_at, vb_at, context)
        at_out = pointer(builder, out_at, vout_at, context)
        vector = ir.VectorType(context.get_data_type(b.dtype), LANES)
        integer = n.type
        number = lambda value: ir.Constant(integer, value)  # noqa: E731
        zero = ir.Constant(vector, [0.0] * LANES)
        undefined = ir.Constant(vector, ir.Undefined)
        everywhere = [0] * LANES
        cells = [cgutils.alloca_once_value(builder, zero) for _ in range(count_r * count_v)]
        for cell in cells:
            builder.store(zero, cell)
        with cgutils.for_range(builder, n) as loop:
            at = builder.add(builder.load(builder.gep(at_b, [loop.index])), k0)
            strip = [
                load(builder, base_b, builder.add(at, number(v * LANES)), vector)
                for v in range(count_v)
            ]
            g_at = builder.add(g0, builder.mul(loop.index, step))
            for r in range(count_r):
                where = builder.add(g_at, builder.mul(row_step, number(r)))
                factor = builder.load(builder.gep(base_g, [where]))
                spread = builder.insert_element(undefined, factor, ir.Constant(ir.IntType(32), 0))
                spread = shuffle(builder, spread, undefined, everywhere)
                for v in range(count_v):
                    cell = cells[r * count_v + v]
                    product = builder.fmul(spread, strip[v], flags=FAST)
                    builder.store(builder.fadd(builder.load(cell), product, flags=FAST), cell)
        # One row at a time: a word that occurs twice in the window gets both updates.
        for r in range(count_r):
            at = builder.load(builder.gep(at_out, [builder.add(i0, number(r))]))
            at = builder.add(at, k0)
            for v in range(count_v):
                where = builder.add(at, number(v * LANES))
                value = builder.load(cells[r * count_v + v])
                if accumulate:
                    value = builder.fadd(load(builder, base_out, where, vector), value, flags=FAST)
                store(builder, value, base_out, where)
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)
def _add(typingctx, vectors, target, at, source, source_at):
    count_v = vectors.literal_value
    signature = types.void(vectors, target, types.intp, source, types.intp)

    def generate(context, builder, signature, arguments):
        _, vtarget, to, vsource, start = arguments
        base_to = pointer(builder, target, vtarget, context)
        base_from = pointer(builder, source, vsource, context)
        vector = ir.VectorType(context.get_data_type(target.dtype), LANES)
        for v in range(count_v):
            step = ir.Constant(to.type, v * LANES)
            where = builder.add(to, step)
            total = builder.fadd(
                load(builder, base_to, where, vector),
                load(builder, base_from, builder.add(start, step), vector),
                flags=FAST,
            )
            store(builder, total, base_to, where)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _prefetch(typingctx, array, offset):
    def generate(context, builder, signature, arguments):
        base = pointer(builder, array, arguments[0], context)
        where = builder.bitcast(builder.gep(base, [arguments[1]]), cgutils.voidptr_t)
        integer = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, integer, integer, integer]),
            "llvm.prefetch.p0",
        )
        # Write access, highest locality, data cache.
        arguments = [ir.Constant(integer, value) for value in (1, 3, 1)]
        builder.call(function, [where, *arguments])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def _plain_dots(rows, columns, a, a_at, first_a, b, b_at, first_b, length, out, out_at, pitch):
    for r in range(rows):
        left = a[a_at[first_a + r] : a_at[first_a + r] + length]
        for q in range(columns):
            right = b[b_at[first_b + q] : b_at[first_b + q] + length]
            out[out_at + r * pitch + q] = np.dot(left, right)


def _plain_combine(
    rows, vectors, add, g, g_at, g_row, g_step, b, b_at, count, column, out, out_at, first
):
    width = vectors * LANES
    results = []
    for r in range(rows):
        total = np.zeros(width, dtype=b.dtype)
        for j in range(count):
            at = b_at[j] + column
            total += g[g_at + r * g_row + j * g_step] * b[at : at + width]
        results.append(total)
    for r, total in enumerate(results):
        at = out_at[first + r] + column
        if add:
            out[at : at + width] += total
        else:
            out[at : at + width] = total


def _plain_add(vectors, target, at, source, source_at):
    width = vectors * LANES
    target[at : at + width] += source[source_at : source_at + width]


def _plain_prefetch(array, offset):
    """Do nothing: interpreted code gains nothing from prefetching."""


# All arrays are flat; `rows`, `columns`, `vectors` and the `add` of `combine` are literals.

#: dots(rows, columns, a, a_at, first_a, b, b_at, first_b, length, out, out_at, pitch): set
#: ``out[out_at + r * pitch + q]`` to the dot product of the rows of `length` floats that start at
#: ``a[a_at[first_a + r]]`` and ``b[b_at[first_b + q]]``, for r < `rows` and q < `columns`.
dots = _plain_dots if INTERPRETED else _dots
#: add(vectors, target, at, source, source_at): add ``vectors * LANES`` floats of `source`, from
#: `source_at` on, to `target`, from `at` on.
add = _plain_add if INTERPRETED else _add
#: combine(rows, vectors, add, g, g_at, g_row, g_step, b, b_at, count, column, out, out_at, first):
#: for r < `rows`, compute the sum over j < `count` of ``g[g_at + r * g_row + j * g_step]`` times
#: the ``vectors * LANES`` floats from ``b[b_at[j] + column]`` on; store it from
#: ``out[out_at[first + r] + column]`` on, or with `add` 1 add it to what is there.
combine = _plain_combine if INTERPRETED else _combine
#: prefetch(array, offset): prefetch the cache line of ``array[offset]`` for writing.
prefetch = _plain_prefetch if INTERPRETED else _prefetch
