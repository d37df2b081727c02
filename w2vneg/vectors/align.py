"""Rotates one set of vectors onto another, and tells which words moved.

Two trainings give spaces that differ by a rotation at least, so their vectors cannot be compared
one by one. After the rotation that brings the words of both closest together, what still differs is
the use of a word: in another decade, region or genre.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, UsageError
from w2vneg.vectors.queries import unit_rows
from w2vneg.vectors.vectors import Vectors

#: Words that are frequent in both: vectors of rare ones differ by chance.
RESTRICT = 10_000


@dataclass(frozen=True)
class Alignment:
    """Two sets of vectors in one space.

    Attributes
    ----------
    rotated : Vectors
        The first set, in the space of the second.
    target : Vectors
        The second set.
    words : list of str
        The words that were compared, in the order of the second set.
    cosines : (n,) float32 array
        Cosine of the two vectors of each.
    """

    rotated: Vectors
    target: Vectors
    words: list[str]
    cosines: npt.NDArray[np.float32]

    @cached_property
    def moved(self) -> list[tuple[str, float]]:
        """Words and cosines, those that moved most first."""
        order = np.argsort(self.cosines, kind="stable").tolist()
        return [(self.words[i], float(self.cosines[i])) for i in order]


def align(a: Vectors, b: Vectors, restrict: int | None = RESTRICT) -> Alignment:
    """Rotate `a` onto `b` by the words that both have.

    Parameters
    ----------
    a, b : Vectors
        Of as many dimensions, most frequent words first. Neither is modified.
    restrict : int, optional
        Compare only words that are among the first `restrict` of both. None: all.

    Returns
    -------
    Alignment

    Raises
    ------
    UsageError
        If the dimensions differ.
    DataError
        If they share fewer words than they have dimensions: the rotation would fit anything.

    References
    ----------
    Schönemann, Psychometrika 1966 (orthogonal Procrustes problem); Hamilton, Leskovec and Jurafsky,
    ACL 2016, section 2.2 (for word vectors of different decades).
    """
    if a.dim != b.dim:
        raise UsageError(f"vectors of {a.dim} and of {b.dim} dimensions; give two of the same size")
    known = set(a.words[:restrict])
    words = [
        word for word in b.words[:restrict] if word in known and a[word].any() and b[word].any()
    ]
    if len(words) < a.dim:
        among = "" if restrict is None else f" among the first {restrict:,} of each"
        raise DataError(
            f"{len(words)} words in common{among}, fewer than the {a.dim} dimensions: nothing can be"
            " compared"
        )
    ours, theirs = (
        unit_rows(v.matrix[[v.index[word] for word in words]]).astype(np.float64) for v in (a, b)
    )
    left, _, right = np.linalg.svd(ours.T @ theirs)
    rotation = left @ right
    rotated = np.asarray(a.matrix @ rotation.astype(np.float32), np.float32)
    cosines = np.clip(np.einsum("ij,ij->i", ours @ rotation, theirs), -1, 1)
    return Alignment(
        Vectors(a.words, rotated, a.notes, a.counts), b, words, cosines.astype(np.float32)
    )
