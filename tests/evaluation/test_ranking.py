"""AUC and average precision: definitions, and the width of intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.evaluation.ranking import Ranking

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=20)


@settings(deadline=None)
@given(SCORES, SCORES)
def test_equal_their_definitions(positives: list[int], negatives: list[int]) -> None:
    ranking = Ranking.of(positives, negatives)
    pairs = [(p > n) + (p == n) / 2 for p in positives for n in negatives]
    assert ranking.auc == pytest.approx(np.mean(pairs), abs=1e-12)
    precisions = []
    for score in positives:
        found = sum(p >= score for p in positives)
        precisions.append(found / (found + sum(n >= score for n in negatives)))
    assert ranking.average_precision == pytest.approx(np.mean(precisions), abs=1e-12)


def test_intervals_are_as_wide_as_theory_says() -> None:
    # DeLong et al., Biometrics 1988: the variance of an AUC from the placements of both groups.
    rng = np.random.default_rng(1)
    positives, negatives = rng.normal(1, 1, 300), rng.normal(0, 1, 400)
    ranking = Ranking.of(positives, negatives)
    above = positives[:, None] > negatives
    variance = np.var(above.mean(axis=1), ddof=1) / 300 + np.var(above.mean(axis=0), ddof=1) / 400
    (low, high), (least, most) = ranking.intervals(4000, 1)
    wide = 1.96 * np.sqrt(variance)
    assert low == pytest.approx(ranking.auc - wide, abs=wide / 8)
    assert high == pytest.approx(ranking.auc + wide, abs=wide / 8)
    assert least < ranking.average_precision < most
    # The true area: the chance that a normal difference with mean 1 and variance 2 is positive.
    assert low < 0.7602 < high


def test_the_same_seed_gives_the_same_intervals() -> None:
    ranking = Ranking.of([3, 2, 2, 1], [2, 0])
    assert ranking.intervals(50, 3) == ranking.intervals(50, 3)
    assert ranking.to_dict(50, 3)["auc"] == ranking.auc
