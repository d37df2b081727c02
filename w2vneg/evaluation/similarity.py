"""Word similarity: do cosines rank word pairs as people do?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2vneg.evaluation.items import SimilaritySet
from w2vneg.evaluation.lookup import UNKNOWN, Lookup
from w2vneg.evaluation.statistics import pearson, spearman
from w2vneg.vectors.vectors import Vectors

_Doubles = npt.NDArray[np.float64]

#: Most frequent words that pairs are limited to, the default of gensim's ``evaluate_word_pairs``.
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
    first_skipped : int
        Number of the first of them, from 1; 0 if there is none.
    beyond : int
        Pairs with a word beyond the `restrict_vocab` most frequent.
    not_common : int
        Pairs that do not count only because other vectors do not know a word.
    """

    name: str
    spearman: float | None
    pearson: float | None
    cosines: _Doubles
    ratings: _Doubles
    missing: int
    zero: int
    skipped_lines: int
    first_skipped: int = 0
    beyond: int = 0
    not_common: int = 0

    @property
    def pairs(self) -> int:
        """Number of pairs that count."""
        return int(np.sum(~np.isnan(self.cosines)))


def score_similarity(
    vectors: Vectors,
    pairs: SimilaritySet,
    restrict_vocab: int = RESTRICT_VOCAB,
    lookup: Lookup | None = None,
) -> SimilarityScore:
    """Correlate cosines with human ratings; pairs that do not count are counted by reason.

    The correlations equal those of gensim's ``evaluate_word_pairs`` on the same file, except where
    a cosine is undefined (a zero vector: the pair does not count) or all cosines are equal (no
    correlation).

    Parameters
    ----------
    vectors : Vectors
        Most frequent words first.
    pairs : SimilaritySet
    restrict_vocab : int
        Pairs are limited to this many words, the most frequent.
    lookup : Lookup, optional
        Of the same vectors; says whether case counts. By default it does not.
    """
    lookup = lookup or Lookup(vectors)
    cosines = np.full(len(pairs.pairs), np.nan)
    ratings = np.array([rating for _, _, rating in pairs.pairs])
    missing = zero = beyond = 0
    units: dict[int, npt.NDArray[np.float32] | None] = {}
    for i, (first, second, _) in enumerate(pairs.pairs):
        a, b = lookup.row(first), lookup.row(second)
        if UNKNOWN in (a, b):
            missing += 1
            continue
        if max(a, b) >= restrict_vocab:
            beyond += 1
            continue
        for row in (a, b):
            if row not in units:
                units[row] = _unit(vectors.matrix[row])
        unit_a, unit_b = units[a], units[b]
        if unit_a is None or unit_b is None:
            zero += 1
            continue
        cosines[i] = float(unit_a @ unit_b)
    rho, r = correlations(ratings, cosines)
    return SimilarityScore(
        pairs.name, rho, r, cosines, ratings, missing, zero, pairs.skipped_lines,
        pairs.first_skipped, beyond,
    )  # fmt: skip


def correlations(ratings: _Doubles, cosines: _Doubles) -> tuple[float | None, float | None]:
    """Return Spearman's and Pearson's correlation of the pairs that count.

    Parameters
    ----------
    ratings, cosines : (pairs,) float64 arrays
        Cosines are NaN for pairs that do not count.

    Returns
    -------
    spearman, pearson : float or None
        None where undefined: fewer than 3 pairs, or a constant side.
    """
    known = ~np.isnan(cosines)
    if known.sum() < 3 or np.ptp(cosines[known]) <= _SAME:
        return None, None
    return (
        _defined(float(spearman(ratings[known], cosines[known]))),
        _defined(float(pearson(ratings[known], cosines[known]))),
    )


def _defined(correlation: float) -> float | None:
    return None if np.isnan(correlation) else correlation


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """Return a vector divided by its length; None for a zero vector.

    In gensim's precision, because rounding decides the rank of pairs of a word with itself.
    """
    wide = vector.astype(np.float64)
    length = float(np.linalg.norm(wide))
    return (wide * (1 / length)).astype(np.float32) if length else None
