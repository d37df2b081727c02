"""Working memory of a thread, on cache lines of its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Arena:
    """Aligned arrays on cache lines that no other thread writes.

    Two threads that write to one cache line wait for each other at each write: with arrays from
    the ordinary heap two threads were no faster than one.
    """

    _LINE = 128  # two cache lines: processors fetch them in pairs

    def __init__(self, size: int) -> None:
        raw = np.zeros(size + 2 * self._LINE, dtype=np.uint8)
        first = -raw.ctypes.data % self._LINE
        self._free = raw[first : first + size]

    def take(self, count: int, dtype: npt.DTypeLike) -> np.ndarray:
        """Return `count` zeros that share no cache line with another array."""
        used = count * np.dtype(dtype).itemsize
        array = self._free[:used].view(dtype)
        self._free = self._free[-(-used // self._LINE) * self._LINE :]
        return array
