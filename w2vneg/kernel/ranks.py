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

from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.tiles import LANES


@intrinsic
def _mark_highest(typingctx, scores, at, first, last, limit, chosen, marks):
    scalar = scores.dtype
    signature = types.void(
        scores, types.intp, types.intp, types.intp, scalar, scalar, marks
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        vscores, at, first, last, limit, chosen, vmarks = arguments
        base = context.make_array(scores)(context, builder, vscores).data
        base_out = context.make_array(marks)(context, builder, vmarks).data
        item = context.get_data_type(scalar)
        vector = ir.VectorType(item, LANES)
        lanes = ir.VectorType(at.type, LANES)
        one, zero = (ir.Constant(vector, [float(value)] * LANES) for value in (1, 0))
        lowest = ir.Constant(item, float("-inf"))
        number = lambda value: ir.Constant(at.type, value)  # noqa: E731

        def spread(value):
            empty = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
            filled = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
            mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            return builder.shuffle_vector(filled, empty, mask)

        limits, chosens = spread(limit), spread(chosen)
        with cgutils.for_range_slice(builder, number(0), last, number(LANES)) as (block, _):
            where = builder.add(at, block)
            pointer = builder.bitcast(builder.gep(base, [where]), vector.as_pointer())
            own = builder.load(pointer, align=4)
            place = builder.add(spread(block), ir.Constant(lanes, list(range(LANES))))
            rank = cgutils.alloca_once_value(builder, zero)
            builder.store(zero, rank)
            with cgutils.for_range_slice(builder, first, last, number(1)) as (rival, _):
                score = builder.load(builder.gep(base, [builder.add(at, rival)]))
                # A score above the limit beats no other.
                score = builder.select(builder.fcmp_ordered("<=", score, limit), score, lowest)
                rivals = spread(score)
                earlier = builder.icmp_signed("<", spread(rival), place)
                beats = builder.or_(
                    builder.fcmp_ordered(">", rivals, own),
                    builder.and_(builder.fcmp_ordered("==", rivals, own), earlier),
                )
                more = builder.select(beats, one, zero)
                builder.store(builder.fadd(builder.load(rank), more), rank)
            high = builder.fcmp_ordered("<", builder.load(rank), chosens)
            allowed = builder.fcmp_ordered("<=", own, limits)
            inside = builder.and_(
                builder.icmp_signed(">=", place, spread(first)),
                builder.icmp_signed("<", place, spread(last)),
            )
            mark = builder.select(builder.and_(builder.and_(high, allowed), inside), one, zero)
            pointer = builder.bitcast(builder.gep(base_out, [where]), vector.as_pointer())
            builder.store(mark, pointer, align=4)
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
def _count_between(typingctx, scores, rows, limits, above, below, counts):
    scalar = scores.dtype
    signature = types.void(scores, types.intp, limits, types.intp, types.intp, types.intp)

    def generate(context, builder, signature, arguments):
        vscores, rows, vlimits, above, below, counts = arguments
        base = context.make_array(scores)(context, builder, vscores).data
        base_limits = context.make_array(limits)(context, builder, vlimits).data
        vector = ir.VectorType(context.get_data_type(scalar), LANES)
        one, zero = (ir.Constant(vector, [float(value)] * LANES) for value in (1, 0))

        def row(base, offset):
            pointer = builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())
            return builder.load(pointer, align=4)

        low, high = row(base_limits, above), row(base_limits, below)
        count = cgutils.alloca_once_value(builder, zero)
        builder.store(zero, count)
        with cgutils.for_range(builder, rows) as loop:
            own = row(base, builder.mul(loop.index, ir.Constant(rows.type, LANES)))
            inside = builder.and_(
                builder.fcmp_ordered(">", own, low), builder.fcmp_ordered("<=", own, high)
            )
            more = builder.select(inside, one, zero)
            builder.store(builder.fadd(builder.load(count), more), count)
        pointer = builder.bitcast(builder.gep(base_limits, [counts]), vector.as_pointer())
        builder.store(builder.load(count), pointer, align=4)
        return context.get_dummy_value()

    return signature, generate


def _plain_count_between(scores, rows, limits, above, below, counts):
    columns = scores[: rows * LANES].reshape(rows, LANES)
    inside = (columns > limits[above : above + LANES]) & (columns <= limits[below : below + LANES])
    limits[counts : counts + LANES] = inside.sum(axis=0)


#: count_between(scores, rows, limits, above, below, counts): for each of `LANES` columns q, set
#: ``limits[counts + q]`` to the number of the `rows` scores ``scores[n * LANES + q]`` that are more
#: than ``limits[above + q]`` and at most ``limits[below + q]``.
count_between = _plain_count_between if INTERPRETED else _count_between
