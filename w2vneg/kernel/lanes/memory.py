"""Vectors from arrays and numbers, and into arrays."""

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


@intrinsic
def _load(typingctx, array, at):
    kind = Vector(array.dtype)

    def generate(context, builder, signature, arguments):
        base = emit.pointer(builder, array, arguments[0], context)
        return emit.load(builder, base, arguments[1], context.get_data_type(kind))

    return kind(array, types.intp), generate


@intrinsic
def _store(typingctx, value, array, at):
    def generate(context, builder, signature, arguments):
        base = emit.pointer(builder, array, arguments[1], context)
        emit.store(builder, arguments[0], base, arguments[2])
        return context.get_dummy_value()

    return types.void(Vector(array.dtype), array, types.intp), generate


@intrinsic
def _spread(typingctx, number):
    kind = Vector(number)

    def generate(context, builder, signature, arguments):
        return emit.spread(builder, arguments[0], LANES)

    return kind(number), generate


@intrinsic
def _repeat(typingctx, array, at):
    kind = Vector(array.dtype)

    def generate(context, builder, signature, arguments):
        base = emit.pointer(builder, array, arguments[0], context)
        number = builder.load(builder.gep(base, [arguments[1]]))
        return emit.spread(builder, number, LANES)

    return kind(array, types.intp), generate


@intrinsic
def _convert(typingctx, vector, array):
    kind = Vector(array.dtype)

    def generate(context, builder, signature, arguments):
        value, target = arguments[0], context.get_data_type(kind)
        if vector.dtype.bitwidth < array.dtype.bitwidth:
            return builder.fpext(value, target)
        if vector.dtype.bitwidth > array.dtype.bitwidth:
            return builder.fptrunc(value, target)
        return value

    return kind(vector, array), generate


@intrinsic
def _find(typingctx, numbers, at, number):
    def generate(context, builder, signature, arguments):
        base = emit.pointer(builder, numbers, arguments[0], context)
        item = context.get_data_type(numbers.dtype)
        row = emit.load(builder, base, arguments[1], ir.VectorType(item, LANES))
        equal = builder.icmp_signed("==", row, emit.spread(builder, arguments[2], LANES))
        bits = builder.zext(builder.bitcast(equal, ir.IntType(LANES)), ir.IntType(64))
        zeros = builder.ctlz(bits, ir.Constant(ir.IntType(1), 0))
        return builder.sub(ir.Constant(zeros.type, 63), zeros)

    return types.int64(numbers, types.intp, numbers.dtype), generate


def _plain_load(array, at):
    return array[at : at + LANES].copy()


def _plain_store(value, array, at):
    array[at : at + LANES] = value


def _plain_spread(number):
    return np.full(LANES, number)


def _plain_repeat(array, at):
    return np.full(LANES, array[at])


def _plain_convert(vector, array):
    return vector.astype(array.dtype)


def _plain_find(numbers, at, number):
    places = np.flatnonzero(numbers[at : at + LANES] == number)
    return places[-1] if len(places) else -1


#: load(array, at): the `LANES` elements from `at` on.
load: Any = _plain_load if INTERPRETED else _load
#: store(value, array, at): put a vector into an array.
store: Any = _plain_store if INTERPRETED else _store
#: spread(number): a vector with the number in every lane.
spread: Any = _plain_spread if INTERPRETED else _spread
#: repeat(array, at): a vector with the number at `at`, which is not negative, in every lane.
repeat: Any = _plain_repeat if INTERPRETED else _repeat
#: convert(vector, array): the vector in the dtype of the array.
convert: Any = _plain_convert if INTERPRETED else _convert
#: find(numbers, at, number): the last of the `LANES` elements from `at` on of an array of integers that is
#: the number, counted from 0; -1: none.
find: Any = _plain_find if INTERPRETED else _find
