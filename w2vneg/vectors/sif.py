"""Weights of words by their frequency (SIF), for means of words and documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from w2vneg.errors import UsageError
from w2vneg.system.option_names import named
from w2vneg.vectors.queries import unit_rows

if TYPE_CHECKING:
    from w2vneg.vectors.vectors import Vectors

#: The constant a of the weights a / (a + p); the paper's value.
SIF_A = 1e-3
#: Names of ways to weigh words.
WEIGHTS = ("sif", "equal")


def sif_weights(counts: npt.NDArray[np.int64], a: float = SIF_A) -> npt.NDArray[np.float32]:
    """Return smooth inverse frequencies: the rarer a word, the nearer its weight is to 1.

    Parameters
    ----------
    counts : (V,) int64 array
        Occurrences of the words.
    a : float
        Words that make up this share of the text weigh one half.

    Returns
    -------
    (V,) float32 array
        In (0, 1].

    References
    ----------
    Arora, Liang and Ma, ICLR 2017, algorithm 1, line 2: a / (a + p(w)).
    """
    shares = counts / max(float(counts.sum()), 1.0)
    return np.asarray(a / (a + shares), np.float32)


def word_weights(vectors: Vectors, name: str | None, a: float) -> npt.NDArray[np.float32]:
    """Return the weight of each word, (V,) float32.

    Parameters
    ----------
    vectors : Vectors
    name : {"sif", "equal"} or None
        None: ``"sif"`` if the counts are known, otherwise ``"equal"``.
    a : float
        See `sif_weights`.

    Raises
    ------
    UsageError
        If there is no such name, the counts are not known, or `a` is not positive.
    """
    if name is None:
        name = "equal" if vectors.counts is None else "sif"
    if name not in WEIGHTS:
        raise UsageError(f"no weights {name!r}; choose from {', '.join(WEIGHTS)}")
    if name == "equal":
        return np.ones(len(vectors), np.float32)
    if vectors.counts is None:
        raise UsageError(
            "weights by frequency need counts, which these vectors lack; give them as the attribute"
            f" counts, or choose {named('weights', 'equal')}"
        )
    if not a > 0:
        raise UsageError(f"{named('a')} must be above 0, not {a}")
    return sif_weights(vectors.counts, a)


def weighted_mean(
    matrix: npt.NDArray[np.float32],
    rows: Sequence[int],
    weights: npt.NDArray[np.float32],
    normalize: bool,
) -> npt.NDArray[np.float32]:
    """Return the weighted mean of rows, (d,) float32; zero if there are none.

    Parameters
    ----------
    matrix : (V, d) float32 array
    rows : sequence of int
        n rows.
    weights : (n,) float32 array
    normalize : bool
        Scale the mean to unit length.
    """
    total = float(np.abs(weights).sum())
    if not total:
        return np.zeros(matrix.shape[1], np.float32)
    mean = np.asarray(weights @ matrix[rows] / np.float32(total), np.float32)
    return unit_rows(mean[None])[0] if normalize else mean
