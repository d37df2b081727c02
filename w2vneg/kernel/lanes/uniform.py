"""Random numbers by hashing: as many as a vector has lanes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from w2vneg.kernel import emit
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.lanes.values import Vector
from w2vneg.kernel.tiles import LANES

# A counter is multiplied by 2^32 divided by the golden ratio and mixed as Chris Wellons'
# hash function lowbias32 (2018).
_GOLDEN = 0x9E3779B9
_MIXING = ((16, 0x7FEB352D), (15, 0x846CA68B))
_LAST_SHIFT = 16
_EVERY = np.arange(LANES)


@intrinsic
def _uniform(typingctx, word, index, array):
    kind = Vector(array.dtype)

    def generate(context, builder, signature, arguments):
        word, index, _ = arguments
        bits = ir.IntType(32)
        integers = ir.VectorType(bits, LANES)
        whole = lambda value: ir.Constant(integers, [value] * LANES)  # noqa: E731
        high = builder.trunc(builder.lshr(word, ir.Constant(word.type, 32)), bits)
        place = builder.trunc(builder.mul(index, ir.Constant(index.type, LANES)), bits)
        x = builder.add(
            emit.spread(builder, place, LANES), ir.Constant(integers, list(range(LANES)))
        )
        x = builder.mul(x, whole(_GOLDEN))
        x = builder.add(x, emit.spread(builder, builder.trunc(word, bits), LANES))
        for shift, factor in _MIXING:
            x = builder.xor(x, builder.lshr(x, whole(shift)))
            x = builder.mul(x, whole(factor))
            x = builder.xor(x, emit.spread(builder, high, LANES))
        x = builder.xor(x, builder.lshr(x, whole(_LAST_SHIFT)))
        number = builder.sitofp(builder.lshr(x, whole(8)), context.get_data_type(kind))
        return builder.fmul(number, ir.Constant(number.type, [2.0**-24] * LANES))

    return kind(types.uint64, types.intp, array), generate


def _plain_uniform(word, index, array):
    with np.errstate(over="ignore"):
        x = (_EVERY + index * LANES).astype(np.uint32) * np.uint32(_GOLDEN)
        x = x + np.uint32(word & np.uint64(0xFFFFFFFF))
        for shift, factor in _MIXING:
            x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
            x = x ^ np.uint32(word >> np.uint64(32))
    x = x ^ (x >> np.uint32(_LAST_SHIFT))
    return ((x >> np.uint32(8)) * 2.0**-24).astype(array.dtype)


#: uniform(word, index, array): random numbers in [0, 1), multiples of 2^-24, in the dtype of the array:
#: those of the number `index` that 64 random bits give, by hashing.
uniform: Any = _plain_uniform if INTERPRETED else _uniform
