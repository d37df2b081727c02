"""Masks of lanes, and what follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from w2vneg.kernel import emit
from w2vneg.kernel.jit import INTERPRETED, device
from w2vneg.kernel.lanes.values import MASK, vector_of
from w2vneg.kernel.tiles import LANES

_EVERY = np.arange(LANES)


@intrinsic
def _between(typingctx, first, last):
    def generate(context, builder, signature, arguments):
        return emit.between(builder, *arguments, LANES)

    return MASK(types.intp, types.intp), generate


@intrinsic
def _where(typingctx, mask, a, b):
    kind = vector_of((a, b))

    def generate(context, builder, signature, arguments):
        return builder.select(*arguments)

    return kind(mask, kind, kind), generate


@intrinsic
def _bits(typingctx, mask):
    def generate(context, builder, signature, arguments):
        return builder.zext(builder.bitcast(arguments[0], ir.IntType(LANES)), ir.IntType(64))

    return types.int64(mask), generate


@intrinsic
def _count(typingctx, mask):
    def generate(context, builder, signature, arguments):
        bits = builder.zext(builder.bitcast(arguments[0], ir.IntType(LANES)), ir.IntType(64))
        return builder.ctpop(bits)

    return types.int64(mask), generate


@intrinsic
def _lowest(typingctx, bits):
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), generate


def _plain_between(first, last):
    return (first <= _EVERY) & (last > _EVERY)


def _plain_bits(mask):
    return int((mask * (1 << _EVERY)).sum())


def _plain_lowest(bits):
    return (bits & -bits).bit_length() - 1 if bits else 64


#: between(first, last): a mask of the lanes with these numbers, `last` excluded; they may lie outside.
between: Any = _plain_between if INTERPRETED else _between
#: where(mask, a, b): lanes of `a` where the mask is set, else of `b`, one of which may be a number.
where: Any = np.where if INTERPRETED else _where
#: bits(mask): the mask as an integer; lane k is bit k.
bits: Any = _plain_bits if INTERPRETED else _bits
#: count(mask): in how many lanes the mask is set.
count: Any = np.count_nonzero if INTERPRETED else _count
#: lowest(bits): the number of the lowest bit that is set; 64: none.
lowest: Any = _plain_lowest if INTERPRETED else _lowest


@device
def some(mask):
    """Return whether the mask is set in any lane."""
    return bits(mask) != 0


@device
def maximum(a, b):
    """Return the larger of each lane; `a` where one of them is NaN."""
    return where(b > a, b, a)


@device
def minimum(a, b):
    """Return the smaller of each lane; `a` where one of them is NaN."""
    return where(b < a, b, a)
