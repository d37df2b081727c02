"""Working memory of a thread, on cache lines of its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Arena:
    """Allocates aligned arrays on cache lines that no other thread writes to.

    Threads that write to the same cache line stall each other (false sharing): with arrays from
    the ordinary heap, two threads are no faster than one.

    Parameters
    ----------
    size : int
        Total bytes, each array rounded up to a multiple of 128.
    """

    _LINE = 128  # two cache lines: processors fetch them in pairs

    def __init__(self, size: int) -> None:
        raw = np.zeros(size + 2 * self._LINE, dtype=np.uint8)
        first = -raw.ctypes.data % self._LINE
        self._free = raw[first : first + size]

    def take(self, count: int, dtype: npt.DTypeLike) -> np.ndarray:
        """Return a (count,) array of zeros that shares no cache line with any other array."""
        used = count * np.dtype(dtype).itemsize
        array = self._free[:used].view(dtype)
        self._free = self._free[-(-used // self._LINE) * self._LINE :]
        return array
