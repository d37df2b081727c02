"""Machine words: unaligned loads, and the lowest bit that is set."""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from w2vneg.kernel.emit import pointer
from w2vneg.kernel.jit import INTERPRETED


@intrinsic
def _load_bytes(typing_context, words, position):
    """See `load_bytes`."""
    signature = types.uint64(words, types.intp)

    def generate(context, builder, signature, args):
        array, at = args
        byte = ir.IntType(8).as_pointer()
        base = builder.bitcast(pointer(builder, signature.args[0], array, context), byte)
        where = builder.gep(base, [at])
        return builder.load(builder.bitcast(where, ir.IntType(64).as_pointer()), align=1)

    return signature, generate


def _plain_load_bytes(words, position):
    return words.view("u1")[position : position + 8].view("u8")[0]


@intrinsic
def _lowest_bit(typing_context, word):
    """See `lowest_bit`."""
    signature = types.intp(types.uint64)

    def generate(context, builder, signature, args):
        # Zero is excluded, for which processors differ.
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate


def _plain_lowest_bit(word):
    value = int(word)
    return (value & -value).bit_length() - 1


#: load_bytes(words, position): the eight bytes from `position` on of the memory of a uint64 array,
#: in the order of the machine, as a uint64.
load_bytes = _plain_load_bytes if INTERPRETED else _load_bytes
#: lowest_bit(word): the number of the lowest bit of a uint64 that is set; `word` is not 0.
lowest_bit = _plain_lowest_bit if INTERPRETED else _lowest_bit
