"""Scores of word vectors: analogies and word similarity, with confidence intervals.

`evaluate` does it all. The names below are imported when first used, so that the package costs
nothing until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2vneg.evaluation.analogies import AnalogyScore, score_analogies
    from w2vneg.evaluation.score import Evaluation, evaluate
    from w2vneg.evaluation.similarity import SimilarityScore, score_similarity
    from w2vneg.evaluation.testsets import (
        AnalogySet,
        SimilaritySet,
        default_analogies,
        default_similarity,
        read_analogies,
        read_similarity,
    )

__all__ = [
    "AnalogyScore",
    "AnalogySet",
    "Evaluation",
    "SimilarityScore",
    "SimilaritySet",
    "default_analogies",
    "default_similarity",
    "evaluate",
    "read_analogies",
    "read_similarity",
    "score_analogies",
    "score_similarity",
]

_HOMES = {
    "AnalogyScore": "analogies",
    "AnalogySet": "testsets",
    "Evaluation": "score",
    "SimilarityScore": "similarity",
    "SimilaritySet": "testsets",
    "default_analogies": "testsets",
    "default_similarity": "testsets",
    "evaluate": "score",
    "read_analogies": "testsets",
    "read_similarity": "testsets",
    "score_analogies": "analogies",
    "score_similarity": "similarity",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
