"""Branch-free selection of the highest scores: of a row, or of each column of a pool.

A score's rank is the number of scores that beat it. For the short rows of a window, M vector
comparisons per `LANES` scores are faster than a sort or a selection, whose branches are
unpredictable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from w2vneg.kernel import emit, lanes
from w2vneg.kernel.emit import FAST, load, pointer, spread, zeroed_cells
from w2vneg.kernel.jit import INTERPRETED, device
from w2vneg.kernel.lanes.values import Vector
from w2vneg.kernel.tiles import LANES

_SUMS = 4  # sums of a rank, whose additions need not wait for each other; LANES is a multiple
_BISECTIONS = 20  # halvings of the range of scores; closer scores than that count as equal


@intrinsic
def _rank_row(typingctx, scores, at, first, last, limit):
    """Rank the scores of a row that one vector holds; infinity for those that have no rank."""
    scalar, kind = scores.dtype, Vector(scores.dtype)
    signature = kind(scores, types.intp, types.intp, types.intp, scalar)

    def generate(context, builder, signature, arguments):
        vscores, at, first, last, limit = arguments
        base = pointer(builder, scores, vscores, context)
        vector = ir.VectorType(context.get_data_type(scalar), LANES)
        integer = ir.IntType(scalar.bitwidth)
        keys = ir.VectorType(integer, LANES)
        whole = lambda value: ir.Constant(keys, [value] * LANES)  # noqa: E731

        own = load(builder, base, at, vector)
        allowed = builder.fcmp_ordered("<=", own, spread(builder, limit, LANES))
        allowed = builder.and_(allowed, emit.between(builder, first, last, LANES))
        # Integers that order as the scores do, zeros of both signs alike; the least for scores
        # above the limit.
        bits = builder.bitcast(own, keys)
        sign = builder.ashr(bits, whole(scalar.bitwidth - 1))
        largest = 2 ** (scalar.bitwidth - 1) - 1
        flipped = builder.xor(bits, builder.and_(sign, whole(largest)))
        # No two are equal: the last bits tell which comes earlier.
        earlier = ir.Constant(keys, list(range(LANES))[::-1])
        key = builder.sub(flipped, sign)
        key = builder.or_(builder.and_(key, whole(-LANES)), earlier)
        key = builder.select(allowed, key, whole(-largest))
        row = cgutils.alloca_once(builder, keys)
        builder.store(key, row)
        row = builder.bitcast(row, integer.as_pointer())
        # An atomic load hides from the compiler where the loop begins: it would take the keys from the
        # register again, by several instructions each.
        hidden = cgutils.alloca_once_value(builder, ir.Constant(at.type, 0))
        start = builder.load_atomic(hidden, "monotonic", at.type.width // 8)
        sums = zeroed_cells(builder, vector, _SUMS)
        one = ir.Constant(vector, [1.0] * LANES)
        step = ir.Constant(at.type, _SUMS)
        with cgutils.for_range_slice(builder, start, last, step) as (n, _):
            for k, cell in enumerate(sums):
                rival = builder.load(builder.gep(row, [builder.add(n, ir.Constant(at.type, k))]))
                beaten = builder.icmp_signed(">", spread(builder, rival, LANES), key)
                lower = builder.load(cell)
                added = builder.fadd(lower, one, flags=FAST)
                builder.store(builder.select(beaten, added, lower), cell)
        total = builder.load(sums[0])
        for cell in sums[1:]:
            total = builder.fadd(total, builder.load(cell), flags=FAST)
        none = ir.Constant(vector, [float("inf")] * LANES)
        return builder.select(allowed, total, none)

    return signature, generate


@device
def _rank_block(scores, at, block, first, last, limit):
    """Rank `LANES` scores of a row from ``scores[at + block]`` on."""
    zero, one = scores.dtype.type(0), lanes.spread(scores.dtype.type(1))
    own = lanes.load(scores, at + block)
    rank = lanes.spread(zero)
    for n in range(first, last):
        # A score above the limit beats no other; an equal one wins if it comes earlier.
        rival = scores[at + n]
        if rival <= limit:
            level = (own == rival) & lanes.between(n + 1 - block, LANES)
            rank = rank + lanes.where(own < rival, one, lanes.where(level, one, zero))
    return lanes.where(own <= limit, rank, scores.dtype.type(float("inf")))


@device
def _rank_highest(scores, at, first, last, limit, ranks, to):
    none = ranks.dtype.type(float("inf"))
    if last <= LANES:
        rank = _rank_row(scores, at, first, last, limit)
        lanes.store(lanes.convert(rank, ranks), ranks, to)
        return
    for block in range(0, last, LANES):
        rank = lanes.convert(_rank_block(scores, at, block, first, last, limit), ranks)
        inside = lanes.between(first - block, last - block)
        lanes.store(lanes.where(inside, rank, none), ranks, to + block)


@device
def _mark_highest(scores, at, first, last, limit, chosen, mark, marks, to):
    zero, value = lanes.spread(marks.dtype.type(0)), marks.dtype.type(mark)
    if last <= LANES:
        marked = _rank_row(scores, at, first, last, limit) < chosen
        lanes.store(lanes.where(marked, value, zero), marks, to)
        return
    for block in range(0, last, LANES):
        marked = _rank_block(scores, at, block, first, last, limit) < chosen
        marked = marked & lanes.between(first - block, last - block)
        lanes.store(lanes.where(marked, value, zero), marks, to + block)


def _plain_rank_highest(scores, at, first, last, limit, ranks, to):
    row = scores[at + first : at + last]
    order = np.argsort(-np.where(row <= limit, row, -np.inf), kind="stable")
    ranks[to : to + last] = np.inf
    ranks[to + first + order] = np.arange(row.size)
    ranks[to + first : to + last][~(row <= limit)] = np.inf


def _plain_mark_highest(scores, at, first, last, limit, chosen, mark, marks, to):
    _plain_rank_highest(scores, at, first, last, limit, marks, to)
    marks[to : to + last] = np.where(marks[to : to + last] < chosen, mark, 0)


#: rank_highest(scores, at, first, last, limit, ranks, to): rank the scores ``scores[at + n]`` (n from
#: `first` to `last` - 1) that are at most `limit`: set ``ranks[to + n]`` to the number of those that
#: are higher, or equal and earlier, and to infinity for all other n below `last`. Scores that differ
#: by less than a millionth may count as equal. `limit` is a float of the scores' dtype. Up to
#: ``LANES - 1`` scores from ``at + last`` on are read, and as many ranks set to infinity.
rank_highest: Any = _plain_rank_highest if INTERPRETED else _rank_highest

#: mark_highest(scores, at, first, last, limit, chosen, mark, marks, to): set ``marks[to + n]`` to `mark`
#: for the scores whose rank is below `chosen`, a float of the scores' dtype, and to 0 for all others.
mark_highest: Any = _plain_mark_highest if INTERPRETED else _mark_highest


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
