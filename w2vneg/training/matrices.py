"""The two matrices of a model: memory, initial values, checks for divergence."""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.tiles import row_length

#: In a healthy training vectors stay far shorter (below 30); when a training diverges, lengths grow
#: by orders of magnitude within a second.
LONGEST = 1e4

_ALIGNMENT = 64
_BLOCK = 1 << 18  # floats checked at a time


def aligned_zeros(size: int) -> np.ndarray:
    """Return (size,) float32 zeros aligned to a cache line."""
    raw = np.zeros(size + _ALIGNMENT // 4, dtype=np.float32)
    first = -raw.ctypes.data % _ALIGNMENT // 4
    return raw[first : first + size]


def first_vectors(size: int, dim: int, seed: int, spare: int = 0) -> np.ndarray:
    """Return the initial `w_in`, uniform in [-0.5, 0.5) / dim as in word2vec.c.

    Parameters
    ----------
    size, dim : int
        Of the matrix.
    seed : int
    spare : int
        Rows of zeros behind it (see `w2vneg.kernel.frozen`).

    Returns
    -------
    ((size + spare) * row_length(dim),) float32 array
        Flat; each row is padded with zeros.
    """
    length = row_length(dim)
    flat = aligned_zeros((size + spare) * length)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 0])))
    rows = flat[: size * length].reshape(size, length)
    for low in range(0, size, 10_000):
        block = rows[low : low + 10_000]
        block[:, :dim] = (rng.random((len(block), dim), dtype=np.float32) - 0.5) / dim
    return flat


def needed_bytes(size: int, dim: int) -> int:
    """Return the memory of the two matrices in bytes."""
    return 2 * 4 * size * row_length(dim)


def first_unsound(flat: np.ndarray, length: int, rows: np.ndarray | None = None) -> int | None:
    """Return the first row that is not finite or longer than `LONGEST`; None if there is none.

    Parameters
    ----------
    flat : (V * length,) float32 array
    length : int
        Floats per row.
    rows : (n,) int64 array, optional
        Check only these.
    """
    matrix = flat.reshape(-1, length)
    count = len(matrix) if rows is None else len(rows)
    step = max(1, _BLOCK // length)
    for low in range(0, count, step):
        part = matrix[low : low + step] if rows is None else matrix[rows[low : low + step]]
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.einsum("ij,ij->i", part, part)
        bad = ~(squares <= np.float32(LONGEST) ** 2)  # also true for NaN
        if bad.any():
            row = low + int(np.argmax(bad))
            return row if rows is None else int(rows[row])
    return None
