"""All scores of one set of vectors, with confidence intervals."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError
from w2vneg.evaluation import testsets
from w2vneg.evaluation.analogies import AnalogyScore, score_analogies
from w2vneg.evaluation.items import AnalogySet, SimilaritySet
from w2vneg.evaluation.lookup import Lookup
from w2vneg.evaluation.similarity import (
    RESTRICT_VOCAB,
    SimilarityScore,
    correlations,
    score_similarity,
)
from w2vneg.evaluation.statistics import bootstrap_share, bootstrap_spearman
from w2vneg.system.option_names import named
from w2vneg.vectors.vectors import Vectors

_Set = TypeVar("_Set", AnalogySet, SimilaritySet)


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
        chosen = [s for s in score.sections if kind in (None, s.kind)]
        correct = outcomes[outcomes >= 0] == 1
        low, high = bootstrap_share(correct, self.bootstrap, self.seed)
        return {
            "correct": int(correct.sum()),
            "total": len(correct),
            "skipped": len(outcomes) - len(correct),
            "unknown": sum(s.unknown for s in chosen),
            "beyond": sum(s.beyond for s in chosen),
            "not_common": sum(s.not_common for s in chosen),
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
            "beyond": score.beyond,
            "zero": score.zero,
            "not_common": score.not_common,
            "skipped_lines": score.skipped_lines,
        }

    def used(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Return for each test set, by kind and name, which of its items are scored."""
        used = {f"analogies {s.name}": s.outcomes() >= 0 for s in self.analogies}
        used.update({f"similarity {s.name}": ~np.isnan(s.cosines) for s in self.similarity})
        return used

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
                        s.name: {
                            "kind": s.kind,
                            "correct": s.correct,
                            "total": s.total,
                            "skipped": s.skipped,
                            "unknown": s.unknown,
                            "beyond": s.beyond,
                            "not_common": s.not_common,
                        }
                        for s in score.sections
                    },
                }
                for score in self.analogies
            },
            "similarity": {score.name: self.correlation(score) for score in self.similarity},
        }


def evaluate(
    vectors: Vectors,
    analogies: Sequence[str | os.PathLike[str] | AnalogySet] | None = None,
    similarity: Sequence[str | os.PathLike[str] | SimilaritySet] | None = None,
    *,
    restrict_vocab: int = 30_000,
    method: str = "3cosadd",
    case_sensitive: bool = False,
    bootstrap: int = 1000,
    seed: int = 1,
    name: str = "",
) -> Evaluation:
    """Score vectors on analogies and word similarity.

    Parameters
    ----------
    vectors : Vectors
        Most frequent words first.
    analogies, similarity : sequences of paths or of test sets, optional
        If both are None, the test sets that come with gensim.
    restrict_vocab : int
        Analogies are limited to this many words, the most frequent; pairs to 300,000, the default
        of gensim, or to this many if these are more.
    method : {"3cosadd", "3cosmul"}
        See `w2vneg.vectors.vectors.ANALOGY_METHODS`.
    case_sensitive : bool
        Whether words that differ only in case are different words.
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
    questions = _read(analogies or [], AnalogySet, testsets.read_analogies)
    pairs = _read(similarity or [], SimilaritySet, testsets.read_similarity)
    lookup = Lookup(vectors, case_sensitive)
    by_analogies = [score_analogies(vectors, q, restrict_vocab, method, lookup) for q in questions]
    limit = max(restrict_vocab, RESTRICT_VOCAB)
    by_similarity = [score_similarity(vectors, p, limit, lookup) for p in pairs]
    result = Evaluation(by_analogies, by_similarity, bootstrap, seed)
    if not any(mask.any() for mask in result.used().values()):
        why = _why_nothing(result, restrict_vocab, case_sensitive)
        raise DataError(f"{name}: {why}" if name else why)
    return result


def common_items(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the evaluations limited to the items that all of them score.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        Of the same test sets.

    Raises
    ------
    DataError
        If no item is scored by all.
    """
    every = [evaluation.used() for evaluation in evaluations]
    common = {key: np.all([used[key] for used in every], axis=0) for key in every[0]}
    if not any(mask.any() for mask in common.values()):
        raise DataError("no question and no pair of the test sets is known to all vectors")
    return [_limited(evaluation, common) for evaluation in evaluations]


def _limited(evaluation: Evaluation, common: dict[str, npt.NDArray[np.bool_]]) -> Evaluation:
    by_analogies = []
    for score in evaluation.analogies:
        low, sections = 0, []
        for s in score.sections:
            mask = common[f"analogies {score.name}"][low : low + len(s.outcomes)]
            low += len(s.outcomes)
            outcomes = np.where(mask, s.outcomes, np.int8(-1))
            lost = int(np.sum((s.outcomes >= 0) & ~mask))
            sections.append(replace(s, outcomes=outcomes, not_common=lost))
        by_analogies.append(replace(score, sections=sections))
    by_similarity = []
    for pairs in evaluation.similarity:
        mask = common[f"similarity {pairs.name}"]
        cosines = np.where(mask, pairs.cosines, np.nan)
        rho, r = correlations(pairs.ratings, cosines)
        lost = int(np.sum(~np.isnan(pairs.cosines) & ~mask))
        by_similarity.append(
            replace(pairs, spearman=rho, pearson=r, cosines=cosines, not_common=lost)
        )
    return replace(evaluation, analogies=by_analogies, similarity=by_similarity)


def _read(
    given: Sequence[str | os.PathLike[str] | _Set],
    kind: type[_Set],
    read: Callable[[str | os.PathLike[str]], _Set],
) -> list[_Set]:
    """Return test sets; those that are read here get distinct names."""
    paths = [one for one in given if not isinstance(one, kind)]
    names = iter(testsets.distinct_names(cast(Any, paths)))
    return [
        one if isinstance(one, kind) else replace(read(cast(Any, one)), name=next(names))
        for one in given
    ]


def _why_nothing(result: Evaluation, restrict_vocab: int, case_sensitive: bool) -> str:
    zero = sum(score.zero for score in result.similarity)
    if zero:
        return (
            f"all known pairs ({zero}) have a zero vector, whose cosine is undefined; the file is "
            "damaged or was never trained"
        )
    if any(s.beyond for a in result.analogies for s in a.sections):
        return (
            "no question or pair of the test sets has only words among the "
            f"{restrict_vocab} most frequent; raise {named('restrict_vocab')}"
        )
    return (
        "no question or pair of the test sets has only known words; is the vocabulary of another "
        f"language, {'in other case, ' if case_sensitive else ''}or too small?"
    )
