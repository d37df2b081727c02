"""Vectors as small integers: all that a cosine needs is their direction.

Each row is scaled by itself so that its largest number becomes the largest integer. The cosine of
two rows is then that of their integers; no scale has to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2vneg.view.nearest import nearest_rows

_Floats = npt.NDArray[np.float32]
_Integers = npt.NDArray[np.int8] | npt.NDArray[np.int16]

#: Share of the ten nearest that must be the same with integers as with float32.
AGREEMENT = 0.98
#: Words that the agreement is measured on.
SAMPLE = 500
NEIGHBORS = 10


@dataclass(frozen=True)
class Quantized:
    """Rows as integers.

    Attributes
    ----------
    integers : (n, d) int8 or int16 array
    bits : int
        8 or 16.
    agreement : float
        Share of the ten nearest of sampled rows that are the same as with float32, in [0, 1].
    """

    integers: _Integers
    bits: int
    agreement: float


def quantize(units: _Floats, bits: int) -> _Integers:
    """Return rows as integers of 8 or 16 bits.

    Parameters
    ----------
    units : (n, d) float32 array
        Of any length; zero rows stay zero.
    bits : {8, 16}
    """
    highest = (1 << (bits - 1)) - 1
    largest = np.abs(units).max(axis=1, keepdims=True)
    scaled = units / np.where(largest == 0, 1, largest) * np.float32(highest)
    return np.rint(scaled).astype(np.int8 if bits == 8 else np.int16)


def quantize_well(units: _Floats, seed: int) -> Quantized:
    """Return rows as int8 if that keeps at least 98 % of their nearest neighbors, else as int16.

    Vectors of a short training are all alike: their neighbors differ by less than int8 can tell.

    Parameters
    ----------
    units : (n, d) float32 array
        Rows of unit length, or zero.
    seed : int
        Seed of the sample of rows on which the agreement is measured.
    """
    rows = np.sort(
        np.random.default_rng(seed).choice(len(units), min(SAMPLE, len(units)), replace=False)
    )
    truth, _ = nearest_rows(units, rows, NEIGHBORS)
    best = None
    for bits in (8, 16):
        integers = quantize(units, bits)
        found, _ = nearest_rows(unit_integers(integers), rows, NEIGHBORS)
        best = Quantized(integers, bits, agreement(truth, found))
        if best.agreement >= AGREEMENT:
            break
    assert best is not None
    return best


def unit_integers(integers: _Integers) -> _Floats:
    """Return rows of integers scaled to unit length, (n, d) float32."""
    rows = integers.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths == 0, 1, lengths), np.float32)


def agreement(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> float:
    """Return the share of the entries in each row of `a` that are in the same row of `b`."""
    if not a.size:
        return 1.0
    return float((a[:, :, None] == b[:, None, :]).any(axis=2).mean())
