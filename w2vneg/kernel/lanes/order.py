"""Lanes in another order: look-ups in tables, lanes moved together and apart again."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from w2vneg.kernel import emit
from w2vneg.kernel.jit import INTERPRETED, device
from w2vneg.kernel.lanes import moves
from w2vneg.kernel.lanes.masks import where
from w2vneg.kernel.lanes.memory import load
from w2vneg.kernel.tiles import LANES


def _chosen(vector, wide, half, single):
    """Return the function for the registers of the machine."""
    if vector.dtype.bitwidth == 32 and emit.NATIVE_LANES == LANES:
        return wide
    return half if vector.dtype.bitwidth == 32 and emit.AVX2 else single


@intrinsic
def _permute(typingctx, table, index):
    move = _chosen(table, moves.wide_permute, moves.half_permute, moves.single_permute)

    def generate(context, builder, signature, arguments):
        numbers, place = arguments
        integers = ir.VectorType(ir.IntType(32), LANES)
        place = builder.fptosi(place, integers)
        place = builder.and_(place, ir.Constant(integers, [LANES - 1] * LANES))
        return move(builder, numbers, place)

    return table(table, index), generate


def _by_mask(wide, half, single):
    """Return an intrinsic that moves the lanes of a vector by a mask."""

    @intrinsic
    def move(typingctx, vector, mask):
        chosen = _chosen(vector, wide, half, single)

        def generate(context, builder, signature, arguments):
            return chosen(builder, *arguments)

        return vector(vector, mask), generate

    return move


def _plain_permute(table, index):
    return table[index.astype(np.int64) % LANES]


def _plain_pack(vector, mask):
    result = np.zeros_like(vector)
    result[: np.count_nonzero(mask)] = vector[mask]
    return result


def _plain_unpack(vector, mask):
    result = np.zeros_like(vector)
    result[mask] = vector[: np.count_nonzero(mask)]
    return result


#: permute(table, index): the lanes of a vector whose numbers, modulo `LANES`, are those in another.
permute: Any = _plain_permute if INTERPRETED else _permute
#: pack(vector, mask): the lanes where the mask is set, in front, and zeros behind them.
pack: Any = (
    _plain_pack if INTERPRETED else _by_mask(moves.wide_pack, moves.half_pack, moves.single_pack)
)
#: unpack(vector, mask): the first lanes, as many as the mask has, where it is set, and zeros elsewhere.
unpack: Any = (
    _plain_unpack
    if INTERPRETED
    else _by_mask(moves.wide_unpack, moves.half_unpack, moves.single_unpack)
)


@device
def pick(array, at, count, index):
    """Return the elements ``array[at + index]``, for a vector of whole numbers from 0 to `count` - 1."""
    result = permute(load(array, at), index)
    for block in range(LANES, count, LANES):
        result = where(index >= block, permute(load(array, at + block), index), result)
    return result
