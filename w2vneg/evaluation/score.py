"""All scores of one set of vectors, with intervals."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2vneg.errors import DataError
from w2vneg.evaluation import testsets
from w2vneg.evaluation.analogies import AnalogyScore, answer
from w2vneg.evaluation.similarity import SimilarityScore, rate
from w2vneg.evaluation.statistics import bootstrap_share, bootstrap_spearman
from w2vneg.vectors.vectors import Vectors


@dataclass
class Evaluation:
    """Scores of one set of vectors."""

    analogies: list[AnalogyScore]
    similarity: list[SimilarityScore]
    bootstrap: int
    seed: int

    def share(self, score: AnalogyScore, kind: str | None = None) -> dict[str, Any]:
        """Return correct, total, accuracy and 95 % interval of a kind of questions."""
        outcomes = score.outcomes(kind)
        asked = outcomes[outcomes >= 0] == 1
        low, high = bootstrap_share(asked, self.bootstrap, self.seed)
        return {
            "correct": int(asked.sum()),
            "total": len(asked),
            "skipped": len(outcomes) - len(asked),
            "accuracy": float(asked.mean()) if len(asked) else None,
            "low": low,
            "high": high,
        }

    def correlation(self, score: SimilarityScore) -> dict[str, Any]:
        """Return both correlations, the interval of Spearman's, and counts."""
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
        """Return every score for JSON."""
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
    analogies: list[str | os.PathLike[str]] | None = None,
    similarity: list[str | os.PathLike[str]] | None = None,
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
    analogies, similarity : list of paths, optional
        Test sets; without either, those that gensim ships.
    restrict_vocab : int
        Analogies ask only for the first so many words.
    method : {"3cosadd", "3cosmul"}
    bootstrap : int
        Resamples for the 95 % intervals.
    seed : int
        Of the resampling.
    name : str
        Of the vectors, for messages.

    Raises
    ------
    DataError
        If no question and no pair of all sets has only known words.
    """
    if analogies is None and similarity is None:
        analogies = list(testsets.default_analogies())
        similarity = list(testsets.default_similarity())
    asked = [
        answer(vectors, testsets.read_analogies(path), restrict_vocab, method)
        for path in analogies or []
    ]
    rated = [rate(vectors, testsets.read_similarity(path)) for path in similarity or []]
    scores: list[Any] = [*asked, *rated]
    different = testsets.names(analogies or []) + testsets.names(similarity or [])
    for score, own_name in zip(scores, different, strict=True):
        score.name = own_name
    usable = sum(s.total for a in asked for s in a.sections) + sum(s.pairs for s in rated)
    if usable == 0:
        zero = sum(score.zero for score in rated)
        why = (
            f"all known pairs ({zero}) have a zero vector, whose cosine is undefined; the file is "
            "damaged or was never trained"
            if zero
            else "no question of the test sets has only known words; the vectors may be of another "
            "language or too small"
        )
        raise DataError(f"{name}: {why}" if name else why)
    return Evaluation(asked, rated, bootstrap, seed)
