"""What is asked about: words, vectors and weighted sums of them; and the nearest rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, UsageError
from w2vneg.vectors.spelling import abbreviated

if TYPE_CHECKING:
    from w2vneg.vectors.vectors import Vectors

_Floats = npt.NDArray[np.float32]

#: A word, or a vector.
Term = str | npt.NDArray[Any]
#: What `Vectors.most_similar` takes: a term, or several, each perhaps with a weight.
Query = Term | Sequence[Term | tuple[Term, float]]

#: Keeps the quotient of 3CosMul finite, as in the paper.
COSMUL_EPSILON = 1e-6
#: Shorter vectors are normalized in float64.
_SHORTEST = 1e-15


def unit_rows(matrix: _Floats) -> _Floats:
    """Return the rows scaled to unit length, (n, d) float32; zero rows stay zero."""
    with np.errstate(over="ignore", under="ignore"):
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        unit: _Floats = np.ascontiguousarray(matrix / np.where(lengths == 0, 1, lengths))
    # Squares of very large and very small numbers overflow or underflow float32.
    extreme = np.flatnonzero(~((lengths > _SHORTEST) & (lengths < np.inf)))
    if len(extreme):
        wide = matrix[extreme].astype(np.float64)
        exact = np.linalg.norm(wide, axis=1, keepdims=True)
        unit[extreme] = wide / np.where(exact == 0, 1, exact)
    return unit


def weighted_terms(positive: Query, negative: Query) -> list[tuple[Term, float]]:
    """Return the terms of a query with their weights, those of `negative` with the sign changed."""
    return [
        (term, sign * weight)
        for query, sign in ((positive, 1.0), (negative, -1.0))
        for term, weight in _terms(query)
    ]


def direction(vectors: Vectors, terms: Iterable[tuple[Term, float]]) -> tuple[_Floats, set[int]]:
    """Return the unit vector of a weighted sum, and the rows of its words.

    The vectors of words are scaled to unit length; others are taken as they are, as in gensim.

    Raises
    ------
    UsageError
        If there is no term, or a vector has another shape.
    DataError
        If a word is unknown, a vector is zero or not finite, or the terms cancel each other out.
    """
    total = np.zeros(vectors.dim, np.float64)
    rows: set[int] = set()
    size = 0.0
    for term, weight in terms:
        if isinstance(term, str):
            row = nonzero_row(vectors, term)
            rows.add(row)
            total += weight * vectors.unit[row].astype(np.float64)
            size += abs(weight)
        else:
            vector = _checked(term, vectors.dim)
            total += weight * vector
            size += abs(weight) * float(np.linalg.norm(vector))
    if not size:
        raise UsageError("nothing to compare with: give a word or a vector")
    length = float(np.linalg.norm(total))
    if length <= 1e-6 * size:
        raise DataError("the words and vectors of the query cancel each other out; give others")
    return np.asarray(total / length, np.float32), rows


def nonzero_row(vectors: Vectors, word: str) -> int:
    """Return the row of a word.

    Raises
    ------
    DataError
        If the word is unknown, or its vector is zero and so has no direction.
    """
    row = vectors.row(word)
    if not vectors.matrix[row].any():
        raise DataError(f"the vector of {abbreviated(word)} is zero: similarity is undefined")
    return row


def best_rows(scores: _Floats, excluded: set[int], count: int) -> list[int]:
    """Return up to `count` rows of the highest scores, the best first, without `excluded`."""
    wanted = min(len(scores), count + len(excluded))
    best = np.argpartition(-scores, wanted - 1)[:wanted]
    best = best[np.argsort(-scores[best], kind="stable")]
    return [row for row in best.tolist() if row not in excluded][:count]


def cosmul(a: _Floats, b: _Floats, c: _Floats) -> _Floats:
    """Return the 3CosMul scores of answers to "a is to b as c is to ...?".

    Parameters
    ----------
    a, b, c : float32 arrays of one shape
        Cosines of each candidate with the three words of the question.

    Returns
    -------
    float32 array of the same shape

    References
    ----------
    Levy and Goldberg, CoNLL 2014, eq. 4; cosines are shifted to [0, 1].
    """
    scores = ((1 + b) / 2) * ((1 + c) / 2) / ((1 + a) / 2 + COSMUL_EPSILON)
    return np.asarray(scores, a.dtype)


def _terms(query: Query) -> list[tuple[Term, float]]:
    if isinstance(query, str) or (isinstance(query, np.ndarray) and query.ndim == 1):
        return [(query, 1.0)]
    return [item if isinstance(item, tuple) else (item, 1.0) for item in query]


def _checked(vector: npt.ArrayLike, dim: int) -> npt.NDArray[np.float64]:
    wide = np.asarray(vector, np.float64)
    if wide.shape != (dim,):
        raise UsageError(f"a vector of shape {wide.shape} does not fit vectors of shape ({dim},)")
    if not np.isfinite(wide).all():
        raise DataError("a vector of the query is not finite; give another one")
    if not wide.any():
        raise DataError("a vector of the query is zero: similarity is undefined")
    return wide
