"""Word similarity: do cosines rank word pairs as people do?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2vneg.evaluation.analogies import case_index
from w2vneg.evaluation.statistics import pearson, spearman
from w2vneg.evaluation.testsets import SimilaritySet
from w2vneg.vectors.vectors import Vectors

_Doubles = npt.NDArray[np.float64]

#: Most frequent words that count as known, as in gensim's ``evaluate_word_pairs``.
RESTRICT_VOCAB = 300_000
#: Cosines whose range is smaller are equal up to the rounding of float32.
_SAME = 1e-6


@dataclass
class SimilarityScore:
    """Outcome of one file of word pairs.

    Attributes
    ----------
    name : str
    spearman, pearson : float or None
        None where the correlation is undefined: fewer than 3 pairs, or a constant side.
    cosines : (pairs in the file,) float64 array
        NaN for pairs that do not count.
    ratings : (pairs in the file,) float64 array
    missing : int
        Pairs with an unknown word.
    zero : int
        Pairs with a word whose vector is zero: their cosine is undefined.
    skipped_lines : int
        Lines of the file that are no pairs.
    """

    name: str
    spearman: float | None
    pearson: float | None
    cosines: _Doubles
    ratings: _Doubles
    missing: int
    zero: int
    skipped_lines: int

    @property
    def pairs(self) -> int:
        """Number of pairs that count."""
        return int(np.sum(~np.isnan(self.cosines)))


def score_similarity(vectors: Vectors, pairs: SimilaritySet) -> SimilarityScore:
    """Correlate cosines with human ratings; case is ignored, unknown words are counted.

    The correlations equal those of gensim's ``evaluate_word_pairs`` on the same file, except where
    a cosine is undefined (a zero vector: the pair does not count) or all cosines are equal (no
    correlation).
    """
    index = case_index(vectors, RESTRICT_VOCAB)
    cosines = np.full(len(pairs.pairs), np.nan)
    ratings = np.array([rating for _, _, rating in pairs.pairs])
    missing = zero = 0
    units: dict[int, npt.NDArray[np.float32] | None] = {}
    for i, (first, second, _) in enumerate(pairs.pairs):
        a, b = index.get(first.upper()), index.get(second.upper())
        if a is None or b is None:
            missing += 1
            continue
        for row in (a, b):
            if row not in units:
                units[row] = _unit(vectors.matrix[row])
        unit_a, unit_b = units[a], units[b]
        if unit_a is None or unit_b is None:
            zero += 1
            continue
        cosines[i] = float(unit_a @ unit_b)
    known = ~np.isnan(cosines)
    rho = r = None
    if known.sum() >= 3 and np.ptp(cosines[known]) > _SAME:
        rho = _defined(float(spearman(ratings[known], cosines[known])))
        r = _defined(float(pearson(ratings[known], cosines[known])))
    return SimilarityScore(pairs.name, rho, r, cosines, ratings, missing, zero, pairs.skipped_lines)


def _defined(correlation: float) -> float | None:
    return None if np.isnan(correlation) else correlation


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """Return a vector divided by its length; None for a zero vector.

    In gensim's precision, because rounding decides the rank of pairs of a word with itself.
    """
    wide = vector.astype(np.float64)
    length = float(np.linalg.norm(wide))
    return (wide * (1 / length)).astype(np.float32) if length else None
