"""Kernels that take the changes of rows since the last exchange, and put the combined ones back."""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import kernel

#: Largest absolute value of a number sent in 8 bits.
_LARGEST = np.float32(127.0)


@kernel
def take_changes(rows, base, low, high, length, size, changes):
    """Set ``changes`` to what rows gained since they were equal to `base`.

    Parameters
    ----------
    rows, base : (V * length,) float32 arrays
    low, high : int
        The rows, `high` excluded.
    length : int
        Floats per row in memory.
    size : int
        Floats per row that count; the others are padding.
    changes : ((high - low) * size,) float32 array
        Set.
    """
    for row in range(low, high):
        for j in range(size):
            at = row * length + j
            changes[(row - low) * size + j] = rows[at] - base[at]


@kernel
def put_changes(rows, base, low, high, length, size, changes):
    """Add combined changes to `base` and set the rows to it (see `take_changes`)."""
    for row in range(low, high):
        for j in range(size):
            at = row * length + j
            base[at] += changes[(row - low) * size + j]
            rows[at] = base[at]


@kernel
def shorten(changes, size, numbers, scales):
    """Round rows of changes to 8 bits, each with a scale of its own.

    Parameters
    ----------
    changes : (n * size,) float32 array
    size : int
    numbers : (n * size,) int8 array
        Set.
    scales : (n,) float32 array
        Set to the value of 1; not finite if a change of the row is not.
    """
    for row in range(scales.size):
        largest = np.float32(0.0)
        finite = np.float32(0.0)
        for j in range(row * size, (row + 1) * size):
            largest = max(largest, abs(changes[j]))
            finite += changes[j] * np.float32(0.0)
        scales[row] = largest / _LARGEST + finite
        inverse = np.float32(0.0)
        if largest > np.float32(0.0):
            inverse = _LARGEST / largest
        for j in range(row * size, (row + 1) * size):
            numbers[j] = np.int8(np.rint(changes[j] * inverse))


@kernel
def lengthen(numbers, scales, size, changes):
    """Set ``changes`` to what was rounded by `shorten`."""
    for row in range(scales.size):
        for j in range(row * size, (row + 1) * size):
            changes[j] = np.float32(numbers[j]) * scales[row]


@kernel
def first_unsound_change(changes, size, longest):
    """Return the first row of changes that is not finite or longer than `longest`; -1: none."""
    bound = longest * longest
    for row in range(changes.size // size):
        squares = np.float32(0.0)
        for j in range(row * size, (row + 1) * size):
            squares += changes[j] * changes[j]
        if not squares <= bound:  # also true for NaN
            return row
    return -1
