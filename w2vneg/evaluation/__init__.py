"""Scores of word vectors: analogies, similarity, labels, links, sessions, with intervals.

`evaluate` does it all. The names below are imported when first used, so that the package costs
nothing until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.evaluation.analogies import AnalogyScore, score_analogies
    from w2vneg.evaluation.items import LabelSet
    from w2vneg.evaluation.label_file import read_labels
    from w2vneg.evaluation.labels import LabelScore, score_labels
    from w2vneg.evaluation.link_file import read_links
    from w2vneg.evaluation.links import LinkScore, score_links
    from w2vneg.evaluation.next_items import NextItemScore, score_next_items
    from w2vneg.evaluation.score import Evaluation, common_items, evaluate
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
    "LabelScore",
    "LabelSet",
    "LinkScore",
    "NextItemScore",
    "SimilarityScore",
    "SimilaritySet",
    "common_items",
    "default_analogies",
    "default_similarity",
    "evaluate",
    "read_analogies",
    "read_labels",
    "read_links",
    "read_similarity",
    "score_analogies",
    "score_labels",
    "score_links",
    "score_next_items",
    "score_similarity",
]

__getattr__ = lazy_names(
    __name__,
    {
        "AnalogyScore": "analogies",
        "AnalogySet": "testsets",
        "Evaluation": "score",
        "LabelScore": "labels",
        "LabelSet": "items",
        "LinkScore": "links",
        "NextItemScore": "next_items",
        "SimilarityScore": "similarity",
        "SimilaritySet": "testsets",
        "common_items": "score",
        "default_analogies": "testsets",
        "default_similarity": "testsets",
        "evaluate": "score",
        "read_analogies": "testsets",
        "read_labels": "label_file",
        "read_links": "link_file",
        "read_similarity": "testsets",
        "score_analogies": "analogies",
        "score_labels": "labels",
        "score_links": "links",
        "score_next_items": "next_items",
        "score_similarity": "similarity",
    },
)
