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

from w2vneg.kernel import lanes
from w2vneg.kernel.emit import load, pointer, spread, store
from w2vneg.kernel.jit import INTERPRETED, device
from w2vneg.kernel.tiles import LANES

_BISECTIONS = 20  # halvings of the range of scores; closer scores than that count as equal


@intrinsic
def _mark_row(typingctx, scores, at, first, last, limit, chosen, marks):
    """Rank the scores of a row that one vector holds."""
    scalar = scores.dtype
    signature = types.void(
        scores, types.intp, types.intp, types.intp, scalar, scalar, marks
    )  # fmt: skip

    def generate(context, builder, signature, arguments):
        vscores, at, first, last, limit, chosen, vmarks = arguments
        base = pointer(builder, scores, vscores, context)
        base_out = pointer(builder, marks, vmarks, context)
        vector = ir.VectorType(context.get_data_type(scalar), LANES)
        integer = ir.IntType(scalar.bitwidth)
        keys = ir.VectorType(integer, LANES)
        whole = lambda value: ir.Constant(keys, [value] * LANES)  # noqa: E731

        own = load(builder, base, at, vector)
        allowed = builder.fcmp_ordered("<=", own, spread(builder, limit, LANES))
        # Integers that order as the scores do, zeros of both signs alike; the least for scores
        # above the limit.
        bits = builder.bitcast(own, keys)
        sign = builder.ashr(bits, whole(scalar.bitwidth - 1))
        largest = 2 ** (scalar.bitwidth - 1) - 1
        flipped = builder.xor(bits, builder.and_(sign, whole(largest)))
        key = builder.select(allowed, builder.sub(flipped, sign), whole(-largest))
        store(builder, builder.bitcast(key, vector), base_out, at)
        row = builder.bitcast(builder.gep(base_out, [at]), integer.as_pointer())
        places = ir.Constant(keys, list(range(LANES)))
        rank = cgutils.alloca_once_value(builder, whole(0))
        builder.store(whole(0), rank)
        with cgutils.for_range_slice(builder, first, last, ir.Constant(at.type, 1)) as (n, _):
            rival = spread(builder, builder.load(builder.gep(row, [n])), LANES)
            # An equal one wins if it comes earlier.
            place = builder.trunc(n, integer) if integer.width < n.type.width else n
            later = builder.icmp_signed(">", places, spread(builder, place, LANES))
            bound = builder.add(key, builder.sext(later, keys))
            beats = builder.sext(builder.icmp_signed(">", rival, bound), keys)
            builder.store(builder.sub(builder.load(rank), beats), rank)
        ranks = builder.sitofp(builder.load(rank), vector)
        high = builder.fcmp_ordered("<", ranks, spread(builder, chosen, LANES))
        lane = ir.Constant(ir.VectorType(at.type, LANES), list(range(LANES)))
        inside = builder.and_(
            builder.icmp_signed(">=", lane, spread(builder, first, LANES)),
            builder.icmp_signed("<", lane, spread(builder, last, LANES)),
        )
        marked = builder.and_(builder.and_(high, allowed), inside)
        one, zero = (ir.Constant(vector, [float(value)] * LANES) for value in (1, 0))
        store(builder, builder.select(marked, one, zero), base_out, at)
        return context.get_dummy_value()

    return signature, generate


@device
def _mark_highest(scores, at, first, last, limit, chosen, marks):
    if last <= LANES:
        _mark_row(scores, at, first, last, limit, chosen, marks)
        return
    zero, one = scores.dtype.type(0), lanes.spread(scores.dtype.type(1))
    for block in range(0, last, LANES):
        own = lanes.load(scores, at + block)
        rank = lanes.spread(zero)
        for n in range(first, last):
            # A score above the limit beats no other; an equal one wins if it comes earlier.
            rival = scores[at + n]
            if rival <= limit:
                level = (own == rival) & lanes.between(n + 1 - block, LANES)
                rank = rank + lanes.where(own < rival, one, lanes.where(level, one, zero))
        inside = lanes.between(first - block, last - block)
        marked = inside & (rank < chosen) & (own <= limit)
        lanes.store(lanes.where(marked, one, zero), marks, at + block)


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


@device
def _count_above(cells, rows, low):
    """Return how many of the numbers in each column are above `low`."""
    zero, one = cells.dtype.type(0), lanes.spread(cells.dtype.type(1))
    # Several sums, whose additions need not wait for each other.
    sum_0 = lanes.spread(zero)
    sum_1, sum_2, sum_3 = sum_0, sum_0, sum_0
    even = rows // 4 * 4 * LANES
    for at in range(0, even, 4 * LANES):
        sum_0 = sum_0 + lanes.where(lanes.load(cells, at) > low, one, zero)
        sum_1 = sum_1 + lanes.where(lanes.load(cells, at + LANES) > low, one, zero)
        sum_2 = sum_2 + lanes.where(lanes.load(cells, at + 2 * LANES) > low, one, zero)
        sum_3 = sum_3 + lanes.where(lanes.load(cells, at + 3 * LANES) > low, one, zero)
    for at in range(even, rows * LANES, LANES):
        sum_0 = sum_0 + lanes.where(lanes.load(cells, at) > low, one, zero)
    return (sum_0 + sum_1) + (sum_2 + sum_3)


@device
def weigh_highest(scores, rows, columns, limit, chosen, total, counts, weights):
    """Share a weight among the highest scores of each of `LANES` columns.

    Scores closer than a millionth of the range of their column may count as equal. Where the last of
    the highest tie with others, fewer than `chosen` count, more where nothing but a tie remains, and
    none where all scores are above the limit.

    Parameters
    ----------
    scores : (rows * LANES,) float array
        Element ``n * LANES + q`` is in column q.
    rows : int
    columns : float array
        ``columns[limit + q]`` is the highest score of column q that may count;
        ``columns[counts + q]`` is set to the number of those that do.
    limit : int
    chosen : float
        How many of the scores count in each column.
    total : float
        The weight that they share.
    counts : int
    weights : (rows * LANES,) float array
        Modified in place: their weights, and 0 for all others.
    """
    infinity, one = scores.dtype.type(float("inf")), scores.dtype.type(1)
    zero, half = scores.dtype.type(0), scores.dtype.type(0.5)
    limits = lanes.load(columns, limit)
    # `low` is below all scores. Those above the limit are taken for minus infinity.
    low = lanes.spread(infinity)
    high = -low
    for at in range(0, rows * LANES, LANES):
        score = lanes.load(scores, at)
        low = lanes.minimum(low, score)
        score = lanes.where(score <= limits, score, -infinity)
        high = lanes.maximum(high, score)
        lanes.store(score, weights, at)
    low = low - one
    # More scores than wanted lie above `low`, at most that number above `high`.
    count = _count_above(weights, rows, high)
    for _ in range(_BISECTIONS):
        if not lanes.some(count < chosen):
            break
        middle = (low + high) * half
        between = _count_above(weights, rows, middle)
        many = between > chosen
        low = lanes.where(many, middle, low)
        high = lanes.where(many, high, middle)
        count = lanes.where(many, count, between)
    # Where the scores tie, fewer than wanted, or none, may lie above `high`.
    high = lanes.where(count > zero, high, low)
    count = _count_above(weights, rows, high)
    lanes.store(count, columns, counts)
    weight = lanes.spread(total) / lanes.maximum(count, lanes.spread(one))
    for at in range(0, rows * LANES, LANES):
        counted = lanes.load(weights, at) > high
        lanes.store(lanes.where(counted, weight, zero), weights, at)
