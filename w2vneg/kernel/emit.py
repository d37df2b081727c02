"""Helpers that emit LLVM vector code, and the number of lanes of the machine's registers."""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, config

numba_config: Any = config

#: The fast-math flags of all floating-point instructions (see `w2vneg.kernel.jit.FASTMATH`).
FAST = ("reassoc", "contract", "nsz", "arcp", "afn")


def _features() -> dict[str, bool]:
    """Return which instructions the machine has for which kernels are compiled."""
    chosen = numba_config.CPU_FEATURES
    if chosen is not None:
        return {name.lstrip("+"): name.startswith("+") for name in chosen.split(",") if name}
    try:
        return dict(binding.get_host_cpu_features())
    except RuntimeError:
        return {}


def _native_lanes(features: dict[str, bool]) -> int:
    """Return the float32 numbers in a vector register: 16 (AVX-512), 8 (AVX) or 4 (NEON, SSE)."""
    if features.get("avx512f"):
        return 16
    return 8 if features.get("avx") else 4


_FEATURES = _features()
#: float32 numbers in a register of the machine for which kernels are compiled.
NATIVE_LANES = _native_lanes(_FEATURES)
#: Whether it has the instructions of AVX2.
AVX2 = _FEATURES.get("avx2", False)


def pointer(builder: Any, array_type: Any, array: Any, context: Any) -> Any:
    """Return the data pointer of an array."""
    return context.make_array(array_type)(context, builder, array).data


def load(builder: Any, base: Any, offset: Any, vector: Any) -> Any:
    """Load a vector from an offset in elements."""
    where = builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())
    return builder.load(where, align=4)


def store(builder: Any, value: Any, base: Any, offset: Any) -> None:
    """Store a vector at an offset in elements."""
    where = builder.bitcast(builder.gep(base, [offset]), value.type.as_pointer())
    builder.store(value, where, align=4)


def shuffle(builder: Any, a: Any, b: Any, lanes: Any) -> Any:
    """Return a vector of the given lanes of `a` followed by `b`."""
    lanes = list(lanes)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(a, b, mask)


def spread(builder: Any, value: Any, lanes: int) -> Any:
    """Return a vector with `value` in every lane."""
    empty = ir.Constant(ir.VectorType(value.type, lanes), ir.Undefined)
    single = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    return shuffle(builder, single, empty, [0] * lanes)


def between(builder: Any, first: Any, last: Any, lanes: int) -> Any:
    """Return a mask of the lanes from `first` to `last` - 1, which may lie outside."""
    # Short integers, of which a register holds more.
    short = [builder.trunc(each, ir.IntType(32)) for each in (first, last)]
    low, high = (spread(builder, each, lanes) for each in short)
    places = ir.Constant(low.type, list(range(lanes)))
    return builder.and_(
        builder.icmp_signed("<=", low, places), builder.icmp_signed("<", places, high)
    )


def zeroed_cells(builder: Any, vector: Any, count: int) -> list[Any]:
    """Return accumulators, set to zero here, that the optimizer keeps in registers."""
    zero = ir.Constant(vector, [0.0] * vector.count)
    cells = [cgutils.alloca_once_value(builder, zero) for _ in range(count)]
    for cell in cells:
        builder.store(zero, cell)
    return cells


def accumulate(builder: Any, cell: Any, a: Any, b: Any) -> None:
    """Add the product of two vectors to an accumulator."""
    product = builder.fmul(a, b, flags=FAST)
    builder.store(builder.fadd(builder.load(cell), product, flags=FAST), cell)
