"""Sixteen numbers as one value: what loops over the inputs of a block, or over a row, work on.

Compilers vectorize loops over arrays only where they can show that the arrays do not overlap, which
for the many small ones of a thread they mostly cannot. Here the vector is explicit::

    highest = lanes.spread(scores[0])
    for n in range(candidates):
        highest = lanes.maximum(highest, lanes.load(scores, n * LANES))

Vectors are of the dtype of the array that they were loaded from. They have the arithmetic operators,
with numbers, too, and comparisons, whose results `where` takes and ``&`` combines. They are values:
none is changed in place, so ``a = a + b`` and not ``a += b``. The machine's registers may be shorter;
the compiler then splits the vectors. Without the JIT vectors are NumPy arrays.
"""

from w2vneg.kernel.lanes.functions import (
    exponential,
    floor,
    highest,
    logarithm,
    root,
    running,
    total,
)
from w2vneg.kernel.lanes.masks import between, bits, count, lowest, maximum, minimum, some, where
from w2vneg.kernel.lanes.memory import convert, find, load, repeat, spread, store
from w2vneg.kernel.lanes.order import pack, pick, unpack
from w2vneg.kernel.lanes.uniform import uniform

__all__ = [
    "between",
    "bits",
    "convert",
    "count",
    "exponential",
    "find",
    "floor",
    "highest",
    "load",
    "logarithm",
    "lowest",
    "maximum",
    "minimum",
    "pack",
    "pick",
    "repeat",
    "root",
    "running",
    "some",
    "spread",
    "store",
    "total",
    "uniform",
    "unpack",
    "where",
]
