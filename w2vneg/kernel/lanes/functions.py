"""Functions of vectors: sums, roots, exponentials, logarithms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from w2vneg.kernel import emit
from w2vneg.kernel.emit import FAST
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.tiles import LANES

#: `exponential` takes larger numbers, and smaller than its negative, for it: e^80 fits a float32.
LIMIT = 80.0
#: Exponents up to this, and sums of as many powers as a row has, stay clear of `LIMIT`.
FAR = 60.0

# 2^f on [-0.5, 0.5] by the Taylor series, and log m = 2 (t + t^3 / 3 + t^5 / 5 + ...) with
# t = (m - 1) / (m + 1), at most 0.172; by the bits of the dtype. Their errors are below its resolution.
_POWERS = {
    bits: [math.log(2) ** k / math.factorial(k) for k in range(n)]
    for bits, n in ((32, 8), (64, 14))
}
_ODDS = {bits: [2 / k for k in range(1, n, 2)] for bits, n in ((32, 12), (64, 22))}


def _of_llvm(name):
    """Return an intrinsic that calls one of LLVM's, lane by lane."""

    @intrinsic
    def apply(typingctx, vector):
        def generate(context, builder, signature, arguments):
            (value,) = arguments
            own = f"llvm.{name}.v{LANES}f{vector.dtype.bitwidth}"
            kind = ir.FunctionType(value.type, [value.type])
            return builder.call(cgutils.get_or_insert_function(builder.module, kind, own), [value])

        return vector(vector), generate

    return apply


def _reduction(combine):
    """Return an intrinsic that combines the lanes of a vector, halving it again and again."""

    @intrinsic
    def reduce(typingctx, vector):
        def generate(context, builder, signature, arguments):
            (value,) = arguments
            width = LANES
            while width > 1:
                width //= 2
                low = emit.shuffle(builder, value, value, range(width))
                high = emit.shuffle(builder, value, value, range(width, 2 * width))
                value = combine(builder, low, high)
            return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

        return vector.dtype(vector), generate

    return reduce


@intrinsic
def _running(typingctx, vector):
    def generate(context, builder, signature, arguments):
        (value,) = arguments
        zeros = ir.Constant(value.type, [0.0] * LANES)
        step = 1
        while step < LANES:
            moved = emit.shuffle(builder, zeros, value, range(LANES - step, 2 * LANES - step))
            value = builder.fadd(value, moved, flags=FAST)
            step *= 2
        return value

    return vector(vector), generate


def _emit_sum(builder, a, b):
    return builder.fadd(a, b, flags=FAST)


def _emit_maximum(builder, a, b):
    return builder.select(builder.fcmp_ordered(">", b, a), b, a)


def _polynomial(builder, x, coefficients):
    """Return a polynomial of a vector, by Horner's scheme."""
    *lower, value = (ir.Constant(x.type, [float(each)] * LANES) for each in coefficients)
    for coefficient in lower[::-1]:
        value = builder.fadd(builder.fmul(value, x, flags=FAST), coefficient, flags=FAST)
    return value


@intrinsic
def _exponential(typingctx, vector):
    def generate(context, builder, signature, arguments):
        (x,) = arguments
        bits, mantissa, bias = (32, 23, 127) if vector.dtype.bitwidth == 32 else (64, 52, 1023)
        integers = ir.VectorType(ir.IntType(bits), LANES)
        number = lambda value: ir.Constant(x.type, [float(value)] * LANES)  # noqa: E731
        whole = lambda value: ir.Constant(integers, [value] * LANES)  # noqa: E731
        # Comparisons, because min and max would turn NaN into a number.
        for bound, compare in ((LIMIT, ">"), (-LIMIT, "<")):
            beyond = builder.fcmp_ordered(compare, x, number(bound))
            x = builder.select(beyond, number(bound), x)
        power = builder.fmul(x, number(1 / math.log(2)))
        # Rounded to the nearest by adding half and a positive offset, then truncating.
        shifted = builder.fadd(power, number(256.5))
        exponent = builder.sub(builder.fptosi(shifted, integers), whole(256))
        f = builder.fsub(power, builder.sitofp(exponent, x.type))
        value = _polynomial(builder, f, _POWERS[bits])
        scale = builder.shl(builder.add(exponent, whole(bias)), whole(mantissa))
        return builder.fmul(value, builder.bitcast(scale, x.type), flags=FAST)

    return vector(vector), generate


@intrinsic
def _logarithm(typingctx, vector):
    def generate(context, builder, signature, arguments):
        (x,) = arguments
        bits, mantissa, bias = (32, 23, 127) if vector.dtype.bitwidth == 32 else (64, 52, 1023)
        integers = ir.VectorType(ir.IntType(bits), LANES)
        number = lambda value: ir.Constant(x.type, [float(value)] * LANES)  # noqa: E731
        whole = lambda value: ir.Constant(integers, [value] * LANES)  # noqa: E731
        # x = 2^e m, m between the square roots of 1/2 and 2.
        root = np.float32(math.sqrt(0.5)) if bits == 32 else np.float64(math.sqrt(0.5))
        offset = int(root.view(np.int32 if bits == 32 else np.int64)) - ((bias - 1) << mantissa)
        own = builder.bitcast(x, integers)
        high = builder.ashr(builder.sub(own, whole(offset)), whole(mantissa))
        e = builder.sub(high, whole(bias - 1))
        m = builder.bitcast(builder.sub(own, builder.shl(e, whole(mantissa))), x.type)
        t = builder.fdiv(builder.fsub(m, number(1)), builder.fadd(m, number(1)))
        series = _polynomial(builder, builder.fmul(t, t), _ODDS[bits])
        power = builder.fmul(builder.sitofp(e, x.type), number(math.log(2)))
        value = builder.fadd(power, builder.fmul(series, t, flags=FAST), flags=FAST)
        positive = builder.fcmp_ordered(">", x, number(0))
        finite = builder.fcmp_ordered("<", x, number(math.inf))
        return builder.select(builder.and_(positive, finite), value, number(math.nan))

    return vector(vector), generate


def _plain_exponential(value):
    return np.exp(np.clip(value, -LIMIT, LIMIT))


def _plain_logarithm(value):
    with np.errstate(all="ignore"):
        return np.where((value > 0) & (value < np.inf), np.log(value), np.nan)


#: total(vector): the sum of the lanes.
total: Any = np.sum if INTERPRETED else _reduction(_emit_sum)
#: running(vector): in each lane the sum of the lanes up to it.
running: Any = np.cumsum if INTERPRETED else _running
#: highest(vector): the highest lane, whatever that is where some are NaN.
highest: Any = np.max if INTERPRETED else _reduction(_emit_maximum)
#: root(vector): the square root of each lane.
root: Any = np.sqrt if INTERPRETED else _of_llvm("sqrt")
#: floor(vector): the largest whole number that is not above each lane.
floor: Any = np.floor if INTERPRETED else _of_llvm("floor")
#: exponential(vector): e to the power of each lane, in float32 within 3e-7 of the value; numbers beyond
#: `LIMIT` count as `LIMIT`, and NaN stays NaN.
exponential: Any = _plain_exponential if INTERPRETED else _exponential
#: logarithm(vector): the natural logarithm of each lane, in float32 within 3e-7 of it or of 1; NaN where
#: the lane is not a normal positive number.
logarithm: Any = _plain_logarithm if INTERPRETED else _logarithm
