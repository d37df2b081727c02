"""All scores of one set of vectors, with confidence intervals."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2vneg.errors import DataError
from w2vneg.evaluation import testsets
from w2vneg.evaluation.analogies import AnalogyScore, score_analogies
from w2vneg.evaluation.similarity import SimilarityScore, score_similarity
from w2vneg.evaluation.statistics import bootstrap_share, bootstrap_spearman
from w2vneg.vectors.vectors import Vectors


@dataclass
class Evaluation:
    """Scores of one set of vectors.

    Attributes
    ----------
    analogies : list of AnalogyScore
        One per file.
    similarity : list of SimilarityScore
        One per file.
    bootstrap : int
        Resamples for the 95 % intervals.
    seed : int
        Seed of the resampling.
    """

    analogies: list[AnalogyScore]
    similarity: list[SimilarityScore]
    bootstrap: int
    seed: int

    def share(self, score: AnalogyScore, kind: str | None = None) -> dict[str, Any]:
        """Return counts, accuracy and its 95 % interval for one kind of questions (None: all)."""
        outcomes = score.outcomes(kind)
        correct = outcomes[outcomes >= 0] == 1
        low, high = bootstrap_share(correct, self.bootstrap, self.seed)
        return {
            "correct": int(correct.sum()),
            "total": len(correct),
            "skipped": len(outcomes) - len(correct),
            "accuracy": float(correct.mean()) if len(correct) else None,
            "low": low,
            "high": high,
        }

    def correlation(self, score: SimilarityScore) -> dict[str, Any]:
        """Return both correlations, the 95 % interval of Spearman's, and counts."""
        known = ~np.isnan(score.cosines)
        low = high = float("nan")
        if score.spearman is not None:
            low, high = bootstrap_spearman(
                score.ratings[known], score.cosines[known], self.bootstrap, self.seed
            )
        return {
            "spearman": score.spearman,
            "low": low,
            "high": high,
            "pearson": score.pearson,
            "pairs": score.pairs,
            "missing": score.missing,
            "zero": score.zero,
            "skipped_lines": score.skipped_lines,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all scores for JSON."""
        return {
            "analogies": {
                score.name: {
                    "total": self.share(score),
                    "semantic": self.share(score, "semantic"),
                    "syntactic": self.share(score, "syntactic"),
                    "skipped_lines": score.skipped_lines,
                    "sections": {
                        s.name: {"correct": s.correct, "total": s.total, "skipped": s.skipped}
                        for s in score.sections
                    },
                }
                for score in self.analogies
            },
            "similarity": {score.name: self.correlation(score) for score in self.similarity},
        }


def evaluate(
    vectors: Vectors,
    analogies: Sequence[str | os.PathLike[str]] | None = None,
    similarity: Sequence[str | os.PathLike[str]] | None = None,
    *,
    restrict_vocab: int = 30_000,
    method: str = "3cosadd",
    bootstrap: int = 1000,
    seed: int = 1,
    name: str = "",
) -> Evaluation:
    """Score vectors on analogies and word similarity.

    Parameters
    ----------
    vectors : Vectors
        Most frequent words first.
    analogies, similarity : sequences of paths, optional
        Test sets. If both are None, those that come with gensim.
    restrict_vocab : int
        Analogies are limited to this many words, the most frequent.
    method : {"3cosadd", "3cosmul"}
        See `w2vneg.vectors.vectors.ANALOGY_METHODS`.
    bootstrap : int
        Resamples for the 95 % intervals.
    seed : int
        Seed of the resampling.
    name : str
        What error messages call the vectors.

    Raises
    ------
    UsageError
        If there is no such method.
    DataError
        If a test set cannot be read, or the vectors know no question and no pair of any of them.
    """
    if analogies is None and similarity is None:
        analogies = testsets.default_analogies()
        similarity = testsets.default_similarity()
    analogies, similarity = analogies or [], similarity or []
    by_analogies = [
        score_analogies(vectors, testsets.read_analogies(path), restrict_vocab, method)
        for path in analogies
    ]
    by_similarity = [
        score_similarity(vectors, testsets.read_similarity(path)) for path in similarity
    ]
    for analogy_score, own in zip(by_analogies, testsets.distinct_names(analogies), strict=True):
        analogy_score.name = own
    for score, own in zip(by_similarity, testsets.distinct_names(similarity), strict=True):
        score.name = own
    usable = sum(s.total for a in by_analogies for s in a.sections)
    if usable + sum(score.pairs for score in by_similarity) == 0:
        zero = sum(score.zero for score in by_similarity)
        why = (
            f"all known pairs ({zero}) have a zero vector, whose cosine is undefined; the file is "
            "damaged or was never trained"
            if zero
            else "no question of the test sets has only known words; is the vocabulary of another "
            "language, or too small?"
        )
        raise DataError(f"{name}: {why}" if name else why)
    return Evaluation(by_analogies, by_similarity, bootstrap, seed)
