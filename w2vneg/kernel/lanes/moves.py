"""Instructions that move the lanes of a vector, by what the machine has: AVX-512, AVX2, or none.

Each function returns what `permute`, `pack` and `unpack` of `w2vneg.kernel.lanes.order` describe.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from w2vneg.kernel import emit
from w2vneg.kernel.tiles import LANES

_HALF = LANES // 2
_SHORT, _LONG = ir.IntType(32), ir.IntType(64)
_INDEX = ir.VectorType(_SHORT, _HALF)

# For each eight bits: the numbers of those that are set, and how many are set below each.
_SET = [[n for n in range(_HALF) if bits >> n & 1] for bits in range(256)]
_PACKED = [numbers + [0] * (_HALF - len(numbers)) for numbers in _SET]
_BELOW = [[(bits & ((1 << n) - 1)).bit_count() for n in range(_HALF)] for bits in range(256)]


def _call(builder: Any, name: str, *operands: Any) -> Any:
    """Call an instruction of the machine whose result is of the type of the first operand."""
    kind = ir.FunctionType(operands[0].type, [each.type for each in operands])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), operands)


def _zeros(kind: Any) -> Any:
    return ir.Constant(kind, [0.0] * kind.count)


def wide_permute(builder: Any, table: Any, index: Any) -> Any:
    """Permute with AVX-512."""
    return _call(builder, "llvm.x86.avx512.permvar.sf.512", table, index)


def wide_pack(builder: Any, numbers: Any, chosen: Any) -> Any:
    """Pack with AVX-512."""
    name = f"llvm.x86.avx512.mask.compress.v{LANES}f32"
    return _call(builder, name, numbers, _zeros(numbers.type), chosen)


def wide_unpack(builder: Any, numbers: Any, chosen: Any) -> Any:
    """Unpack with AVX-512."""
    name = f"llvm.x86.avx512.mask.expand.v{LANES}f32"
    return _call(builder, name, numbers, _zeros(numbers.type), chosen)


def _halves(builder: Any, vector: Any) -> list[Any]:
    return [emit.shuffle(builder, vector, vector, range(n, n + _HALF)) for n in (0, _HALF)]


def _permute_half(builder: Any, table: Any, index: Any) -> Any:
    return _call(builder, "llvm.x86.avx2.permps", table, index)


def half_permute(builder: Any, table: Any, index: Any) -> Any:
    """Permute with AVX2, whose registers have eight lanes."""
    tables, parts = _halves(builder, table), []
    last = ir.Constant(_INDEX, [_HALF - 1] * _HALF)
    for place in _halves(builder, index):
        low, high = (_permute_half(builder, each, place) for each in tables)
        parts.append(builder.select(builder.icmp_signed(">", place, last), high, low))
    return emit.shuffle(builder, parts[0], parts[1], range(LANES))


def _look_up(builder: Any, name: str, rows: list[list[int]], bits: Any) -> Any:
    """Return the row of a table of small numbers that eight bits stand for."""
    byte = ir.IntType(8)
    row = ir.VectorType(byte, _HALF)
    table = ir.Constant(ir.ArrayType(row, len(rows)), [ir.Constant(row, each) for each in rows])
    module = builder.module
    name = f"w2vneg.lanes.{name}"
    known = module.globals.get(name) or cgutils.global_constant(module, name, table)
    place = builder.gep(known, [ir.Constant(_LONG, 0), builder.zext(bits, _LONG)], inbounds=True)
    return builder.zext(builder.load(place, align=_HALF), _INDEX)


def _bytes(builder: Any, mask: Any) -> list[Any]:
    bits = builder.bitcast(mask, ir.IntType(LANES))
    high = builder.lshr(bits, ir.Constant(bits.type, _HALF))
    return [builder.trunc(each, ir.IntType(8)) for each in (bits, high)]


def _count(builder: Any, bits: Any) -> Any:
    """Return the number of bits that are set, in each lane."""
    return emit.spread(builder, builder.zext(builder.ctpop(bits), _SHORT), _HALF)


def half_pack(builder: Any, numbers: Any, chosen: Any) -> Any:
    """Pack with AVX2: each half by a table, then the second behind the first."""
    places = ir.Constant(_INDEX, list(range(_HALF)))
    eight = ir.Constant(_INDEX, [_HALF] * _HALF)
    packed, counts = [], []
    for half, bits in zip(_halves(builder, numbers), _bytes(builder, chosen), strict=True):
        part = _permute_half(builder, half, _look_up(builder, "packed", _PACKED, bits))
        counts.append(_count(builder, bits))
        inside = builder.icmp_signed("<", places, counts[-1])
        packed.append(builder.select(inside, part, _zeros(part.type)))
    moved = builder.sub(places, counts[0])
    behind = _permute_half(builder, packed[1], moved)
    low = builder.select(builder.icmp_signed("<", places, counts[0]), packed[0], behind)
    moved = builder.add(moved, eight)
    behind = _permute_half(builder, packed[1], moved)
    high = builder.select(builder.icmp_signed("<", moved, eight), behind, _zeros(behind.type))
    return emit.shuffle(builder, low, high, range(LANES))


def half_unpack(builder: Any, numbers: Any, chosen: Any) -> Any:
    """Unpack with AVX2: each lane takes the number of those before it."""
    bits = _bytes(builder, chosen)
    low, high = (_look_up(builder, "below", _BELOW, each) for each in bits)
    high = builder.add(high, _count(builder, bits[0]))
    index = emit.shuffle(builder, low, high, range(LANES))
    result = half_permute(builder, numbers, index)
    return builder.select(chosen, result, _zeros(result.type))


def _room(builder: Any, numbers: Any, vectors: int = 1) -> Any:
    """Return a pointer to numbers in memory."""
    kind = numbers.type.element
    room = cgutils.alloca_once(builder, ir.VectorType(kind, vectors * LANES))
    return builder.bitcast(room, kind.as_pointer())


def single_permute(builder: Any, table: Any, index: Any) -> Any:
    """Permute one lane after the other."""
    room, result = _room(builder, table), table
    emit.store(builder, table, room, ir.Constant(_LONG, 0))
    for n in range(LANES):
        lane = ir.Constant(_SHORT, n)
        place = builder.zext(builder.extract_element(index, lane), _LONG)
        result = builder.insert_element(result, builder.load(builder.gep(room, [place])), lane)
    return result


def single_pack(builder: Any, numbers: Any, chosen: Any) -> Any:
    """Pack one lane after the other: each is written, the next behind it only if it is chosen."""
    room, place = _room(builder, numbers, 2), ir.Constant(_LONG, 0)
    emit.store(builder, _zeros(numbers.type), room, place)
    for n in range(LANES):
        lane = ir.Constant(_SHORT, n)
        counted = builder.extract_element(chosen, lane)
        number = builder.extract_element(numbers, lane)
        number = builder.select(counted, number, number.type(0.0))
        builder.store(number, builder.gep(room, [place]))
        place = builder.add(place, builder.zext(counted, _LONG))
    return emit.load(builder, room, ir.Constant(_LONG, 0), numbers.type)


def single_unpack(builder: Any, numbers: Any, chosen: Any) -> Any:
    """Unpack one lane after the other."""
    room, place, result = _room(builder, numbers), ir.Constant(_LONG, 0), numbers
    emit.store(builder, numbers, room, place)
    for n in range(LANES):
        lane = ir.Constant(_SHORT, n)
        result = builder.insert_element(result, builder.load(builder.gep(room, [place])), lane)
        place = builder.add(place, builder.zext(builder.extract_element(chosen, lane), _LONG))
    return builder.select(chosen, result, _zeros(result.type))
