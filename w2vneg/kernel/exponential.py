"""The exponential function of many numbers at once, in vector registers."""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from w2vneg.kernel.emit import FAST, load, pointer, store
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.tiles import LANES

#: Larger numbers, and smaller than its negative, are taken for it: e^80 fits a float32.
LIMIT = 80.0

# 2^f on [-0.5, 0.5]: the Taylor series to degree 7, whose error is 3e-8 of the value at most.
_SERIES = [math.log(2) ** k / math.factorial(k) for k in range(8)]


@intrinsic
def _exponentials(typingctx, cells, count):
    signature = types.void(cells, types.intp)

    def generate(context, builder, signature, arguments):
        vcells, n = arguments
        base = pointer(builder, cells, vcells, context)
        scalar = context.get_data_type(cells.dtype)
        bits, mantissa, bias = (32, 23, 127) if cells.dtype.bitwidth == 32 else (64, 52, 1023)
        vector = ir.VectorType(scalar, LANES)
        integers = ir.VectorType(ir.IntType(bits), LANES)
        number = lambda value: ir.Constant(vector, [float(value)] * LANES)  # noqa: E731
        whole = lambda value: ir.Constant(integers, [value] * LANES)  # noqa: E731
        with cgutils.for_range_slice(
            builder, ir.Constant(n.type, 0), n, ir.Constant(n.type, LANES)
        ) as (k, _):
            x = load(builder, base, k, vector)
            # Comparisons, because min and max would turn NaN into a number.
            for bound, compare in ((LIMIT, ">"), (-LIMIT, "<")):
                beyond = builder.fcmp_ordered(compare, x, number(bound))
                x = builder.select(beyond, number(bound), x)
            power = builder.fmul(x, number(1 / math.log(2)))
            # Rounded to the nearest by adding half and a positive offset, then truncating.
            shifted = builder.fadd(power, number(256.5))
            exponent = builder.sub(builder.fptosi(shifted, integers), whole(256))
            f = builder.fsub(power, builder.sitofp(exponent, vector))
            value = number(_SERIES[-1])
            for coefficient in _SERIES[-2::-1]:
                value = builder.fadd(
                    builder.fmul(value, f, flags=FAST), number(coefficient), flags=FAST
                )
            scale = builder.shl(builder.add(exponent, whole(bias)), whole(mantissa))
            value = builder.fmul(value, builder.bitcast(scale, vector), flags=FAST)
            store(builder, value, base, k)
        return context.get_dummy_value()

    return signature, generate


def _plain_exponentials(cells, count):
    stop = -(-count // LANES) * LANES
    cells[:stop] = np.exp(np.clip(cells[:stop], -LIMIT, LIMIT))


#: exponentials(cells, count): replace the first `count` elements, rounded up to a multiple of
#: `LANES`, by e to their power, within 3e-7 of the value; numbers beyond `LIMIT` count as `LIMIT`,
#: and NaN stays NaN.
exponentials = _plain_exponentials if INTERPRETED else _exponentials
