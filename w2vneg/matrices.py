"""The two matrices of a model: their memory, their first values, their health."""

from __future__ import annotations

import os

import numpy as np

from w2vneg.errors import ResourceError
from w2vneg.kernel.loop import row_length

_ALIGNMENT = 64


def aligned_zeros(size: int) -> np.ndarray:
    """Return (size,) float32 zeros that begin at a cache line."""
    raw = np.zeros(size + _ALIGNMENT // 4, dtype=np.float32)
    first = -raw.ctypes.data % _ALIGNMENT // 4
    return raw[first : first + size]


def first_vectors(size: int, dim: int, seed: int) -> np.ndarray:
    """Return flat `w_in` at the start: rows uniform in (-0.5, 0.5) / dim, padded with zeros."""
    length = row_length(dim)
    flat = aligned_zeros(size * length)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 0])))
    rows = flat.reshape(size, length)
    for low in range(0, size, 10_000):
        block = rows[low : low + 10_000]
        block[:, :dim] = (rng.random((len(block), dim), dtype=np.float32) - 0.5) / dim
    return flat


def needed_bytes(size: int, dim: int) -> int:
    """Return the memory of the two matrices."""
    return 2 * 4 * size * row_length(dim)


def check_memory(size: int, dim: int) -> None:
    """Refuse, before anything is allocated, matrices that the machine's memory cannot hold.

    Raises
    ------
    ResourceError
        With both figures and the remedy.
    """
    needed = needed_bytes(size, dim)
    try:
        present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if needed > present:
        raise ResourceError(
            f"{size} words x {dim} numbers need {needed / 1e9:.1f} GB, the machine has "
            f"{present / 1e9:.1f} GB; lower --dim or --max-vocab, or raise --min-count"
        )


def all_finite(flat: np.ndarray) -> bool:
    """Look at a piece at a time: a mask of a whole matrix would be a quarter of its size."""
    step = 1 << 20
    return all(np.isfinite(flat[low : low + step]).all() for low in range(0, len(flat), step))
