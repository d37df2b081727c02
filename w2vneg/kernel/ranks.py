"""Branch-free selection of the highest scores: of a row, or of each column of a pool.

A score's rank is the number of scores that beat it. For the short rows of a window, M vector
comparisons per `LANES` scores are faster than a sort or a selection, whose branches are
unpredictable.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from w2vneg.kernel.emit import load, pointer, spread, store, zeroed_cells
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.tiles import LANES

_BISECTIONS = 20  # halvings of the range of scores; closer scores than that count as equal
_SUMS = 4  # at a time


@intrinsic
def _mark_highest(typingctx, scores, at, first, last, limit, chosen, marks):
    scalar = scores.dtype
    signature = types.void(
        scores, types.intp, types.intp, types.intp, scalar, scalar, marks
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        vscores, at, first, last, limit, chosen, vmarks = arguments
        base = pointer(builder, scores, vscores, context)
        base_out = pointer(builder, marks, vmarks, context)
        item = context.get_data_type(scalar)
        vector = ir.VectorType(item, LANES)
        lanes = ir.VectorType(at.type, LANES)
        one, zero = (ir.Constant(vector, [float(value)] * LANES) for value in (1, 0))
        lowest = ir.Constant(item, float("-inf"))
        number = lambda value: ir.Constant(at.type, value)  # noqa: E731

        limits, chosens = spread(builder, limit, LANES), spread(builder, chosen, LANES)
        with cgutils.for_range_slice(builder, number(0), last, number(LANES)) as (block, _):
            where = builder.add(at, block)
            own = load(builder, base, where, vector)
            place = builder.add(
                spread(builder, block, LANES), ir.Constant(lanes, list(range(LANES)))
            )
            rank = cgutils.alloca_once_value(builder, zero)
            builder.store(zero, rank)
            with cgutils.for_range_slice(builder, first, last, number(1)) as (rival, _):
                score = builder.load(builder.gep(base, [builder.add(at, rival)]))
                # A score above the limit beats no other.
                score = builder.select(builder.fcmp_ordered("<=", score, limit), score, lowest)
                rivals = spread(builder, score, LANES)
                earlier = builder.icmp_signed("<", spread(builder, rival, LANES), place)
                beats = builder.or_(
                    builder.fcmp_ordered(">", rivals, own),
                    builder.and_(builder.fcmp_ordered("==", rivals, own), earlier),
                )
                more = builder.select(beats, one, zero)
                builder.store(builder.fadd(builder.load(rank), more), rank)
            high = builder.fcmp_ordered("<", builder.load(rank), chosens)
            allowed = builder.fcmp_ordered("<=", own, limits)
            inside = builder.and_(
                builder.icmp_signed(">=", place, spread(builder, first, LANES)),
                builder.icmp_signed("<", place, spread(builder, last, LANES)),
            )
            mark = builder.select(builder.and_(builder.and_(high, allowed), inside), one, zero)
            store(builder, mark, base_out, where)
        return context.get_dummy_value()

    return signature, generate


def _plain_mark_highest(scores, at, first, last, limit, chosen, marks):
    row = scores[at + first : at + last]
    allowed = np.where(row <= limit, row, -np.inf)
    best = np.argsort(-allowed, kind="stable")[: int(chosen)]
    marks[at : at + last] = 0
    marks[at + first + best] = row[best] <= limit


#: mark_highest(scores, at, first, last, limit, chosen, marks): of the scores ``scores[at + n]``
#: (n from `first` to `last` - 1) that are at most `limit`, mark the `chosen` highest: set
#: ``marks[at + n]`` to 1, and to 0 for all other n below `last`. Ties go to the lower n. `limit`
#: and `chosen` are floats of the scores' dtype. Up to ``LANES - 1`` scores from ``at + last`` on
#: are read, and their marks set to 0.
mark_highest = _plain_mark_highest if INTERPRETED else _mark_highest


@intrinsic
def _weigh_highest(typingctx, scores, rows, lanes, limit, chosen, total, counts, weights):
    scalar = scores.dtype
    signature = types.void(
        scores, types.intp, lanes, types.intp, scalar, scalar, types.intp, weights
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        vscores, rows, vlanes, limit, chosen, total, counts, vweights = arguments
        base = pointer(builder, scores, vscores, context)
        base_lanes = pointer(builder, lanes, vlanes, context)
        base_out = pointer(builder, weights, vweights, context)
        item = context.get_data_type(scalar)
        vector = ir.VectorType(item, LANES)
        whole = ir.Constant(rows.type, LANES)
        number = lambda value: ir.Constant(vector, [float(value)] * LANES)  # noqa: E731
        limits = load(builder, base_lanes, limit, vector)
        wanted = spread(builder, chosen, LANES)

        def row(index):
            return load(builder, base, builder.mul(index, whole), vector)

        def between(low, own):
            above = builder.fcmp_ordered(">", own, low)
            return builder.and_(above, builder.fcmp_ordered("<=", own, limits))

        def count_above(low):
            # Several sums, whose additions need not wait for each other.
            sums = zeroed_cells(builder, vector, _SUMS)
            step = ir.Constant(rows.type, _SUMS)
            even = builder.sub(rows, builder.urem(rows, step))

            def add(index, cell):
                more = builder.select(between(low, row(index)), number(1), number(0))
                builder.store(builder.fadd(builder.load(cell), more), cell)

            with cgutils.for_range_slice(builder, ir.Constant(rows.type, 0), even, step) as (n, _):
                for column, cell in enumerate(sums):
                    add(builder.add(n, ir.Constant(rows.type, column)), cell)
            with cgutils.for_range_slice(builder, even, rows, ir.Constant(rows.type, 1)) as (n, _):
                add(n, sums[0])
            count = builder.load(sums[0])
            for cell in sums[1:]:
                count = builder.fadd(count, builder.load(cell))
            return count

        # The range of the scores that are not above the limit; `low` is below all of them.
        low, high = zeroed_cells(builder, vector, 2)
        builder.store(number("inf"), low)
        builder.store(number("-inf"), high)
        with cgutils.for_range(builder, rows) as loop:
            own = row(loop.index)
            least, most = builder.load(low), builder.load(high)
            builder.store(builder.select(builder.fcmp_ordered("<", own, least), own, least), low)
            builder.store(builder.select(between(most, own), own, most), high)
        least = builder.load(low)
        builder.store(builder.fsub(least, number(1)), low)
        # Bisection: more scores than wanted lie above `low`, at most that number above `high`.
        with cgutils.for_range(builder, ir.Constant(rows.type, _BISECTIONS)):
            least, most = builder.load(low), builder.load(high)
            middle = builder.fmul(number(0.5), builder.fadd(least, most))
            more = builder.fcmp_ordered(">", count_above(middle), wanted)
            builder.store(builder.select(more, middle, least), low)
            builder.store(builder.select(more, most, middle), high)
        # Where the scores tie, fewer than wanted, or none, may lie above `high`.
        most = builder.load(high)
        some = builder.fcmp_ordered(">", count_above(most), number(0))
        threshold = builder.select(some, most, builder.load(low))
        count = count_above(threshold)
        store(builder, count, base_lanes, counts)
        divisor = builder.select(builder.fcmp_ordered("<", count, number(1)), number(1), count)
        weight = builder.fdiv(spread(builder, total, LANES), divisor)
        with cgutils.for_range(builder, rows) as loop:
            value = builder.select(between(threshold, row(loop.index)), weight, number(0))
            store(builder, value, base_out, builder.mul(loop.index, whole))
        return context.get_dummy_value()

    return signature, generate


def _plain_weigh_highest(scores, rows, lanes, limit, chosen, total, counts, weights):
    columns = scores[: rows * LANES].reshape(rows, LANES)
    for q in range(LANES):
        own = columns[:, q]
        allowed = np.sort(own[own <= lanes[limit + q]])[::-1]
        marks = own <= lanes[limit + q]
        if len(allowed) > chosen:
            last, next_one = allowed[int(chosen) - 1], allowed[int(chosen)]
            # Of a tie at the end either none counts or, where there is nothing else, all.
            marks &= own > next_one if last > next_one or allowed[0] > next_one else own >= next_one
        lanes[counts + q] = marks.sum()
        weights[q : rows * LANES : LANES] = np.where(marks, total / max(1, marks.sum()), 0)


#: weigh_highest(scores, rows, lanes, limit, chosen, total, counts, weights): for each of `LANES`
#: columns q, the `chosen` highest of the `rows` scores ``scores[n * LANES + q]`` that are at most
#: ``lanes[limit + q]`` share the weight `total` equally in ``weights[n * LANES + q]``; the others
#: get 0. ``lanes[counts + q]`` is set to their number: fewer where the last of them tie with others,
#: more where nothing but a tie remains, none where all scores are above the limit. Scores closer
#: than a millionth of their range may count as equal. `chosen` and `total` are floats of the scores'
#: dtype.
weigh_highest = _plain_weigh_highest if INTERPRETED else _weigh_highest
