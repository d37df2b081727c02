"""Word similarity: do cosines order word pairs as people do?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2vneg.evaluation.analogies import case_index
from w2vneg.evaluation.statistics import pearson, spearman
from w2vneg.evaluation.testsets import SimilaritySet
from w2vneg.vectors.vectors import Vectors

#: As many words as gensim's ``evaluate_word_pairs`` looks at.
RESTRICT_VOCAB = 300_000
#: Cosines that differ by less are equal up to the rounding of float32.
_SAME = 1e-6


@dataclass
class SimilarityScore:
    """Outcome of one file of word pairs.

    Attributes
    ----------
    spearman, pearson : float or None
        None where a correlation is undefined: fewer than 3 pairs, or a constant side.
    cosines : (pairs in the file,) float64 array
        NaN for pairs left out.
    ratings : (pairs in the file,) float64 array
    missing : int
        Pairs with an unknown word.
    zero : int
        Pairs with a word whose vector is zero: their cosine is undefined.
    """

    name: str
    spearman: float | None
    pearson: float | None
    cosines: np.ndarray
    ratings: np.ndarray
    missing: int
    zero: int
    skipped_lines: int

    @property
    def pairs(self) -> int:
        """Pairs that count."""
        return int(np.sum(~np.isnan(self.cosines)))


def rate(vectors: Vectors, pairs: SimilaritySet) -> SimilarityScore:
    """Correlate cosines with ratings; case is ignored, unknown words are counted.

    Equals gensim's ``evaluate_word_pairs`` on the same file, but for cosines that are undefined
    (of a zero vector: the pair is left out) or all the same (no correlation).
    """
    index = case_index(vectors, RESTRICT_VOCAB)
    cosines = np.full(len(pairs.pairs), np.nan)
    ratings = np.array([rating for _, _, rating in pairs.pairs])
    missing = zero = 0
    units: dict[int, np.ndarray | None] = {}
    for i, (first, second, _) in enumerate(pairs.pairs):
        a, b = index.get(first.upper()), index.get(second.upper())
        if a is None or b is None:
            missing += 1
            continue
        for row in (a, b):
            if row not in units:
                units[row] = _unit(vectors.matrix[row])
        one, other = units[a], units[b]
        if one is None or other is None:
            zero += 1
            continue
        cosines[i] = float(one @ other)
    known = ~np.isnan(cosines)
    rho = r = None
    if known.sum() >= 3 and np.ptp(cosines[known]) > _SAME:
        found = float(spearman(ratings[known], cosines[known]))
        rho = None if np.isnan(found) else found
        found = float(pearson(ratings[known], cosines[known]))
        r = None if np.isnan(found) else found
    return SimilarityScore(pairs.name, rho, r, cosines, ratings, missing, zero, pairs.skipped_lines)


def _unit(vector: np.ndarray) -> np.ndarray | None:
    """Return a vector divided by its length, None for a zero one.

    In gensim's precision: rounding decides about the ranks of pairs of a word with itself.
    """
    wide = vector.astype(np.float64)
    length = float(np.linalg.norm(wide))
    return (wide * (1 / length)).astype(np.float32) if length else None
