"""Correlations, intervals and tests against SciPy, and intervals against their promise."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.evaluation.statistics import (
    bootstrap_share,
    bootstrap_share_difference,
    bootstrap_spearman,
    bootstrap_spearman_difference,
    holm,
    mcnemar,
    pearson,
    ranks,
    spearman,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_ranks_equal_scipys(values: list[int]) -> None:
    from scipy.stats import rankdata

    assert ranks(np.array(values)).tolist() == rankdata(values).tolist()


def test_ranks_work_along_the_last_axis() -> None:
    values = np.random.default_rng(1).integers(0, 5, (4, 3, 9))
    assert (ranks(values)[2, 1] == ranks(values[2, 1])).all()


@pytest.mark.parametrize("levels", [3, 1000])
def test_correlations_equal_scipys(levels: int) -> None:
    from scipy.stats import pearsonr, spearmanr

    rng = np.random.default_rng(levels)
    for _ in range(20):
        x = rng.integers(0, levels, 50).astype(float)
        y = x + rng.integers(0, levels, 50)
        assert float(pearson(x, y)) == pytest.approx(pearsonr(x, y)[0], abs=1e-12)
        assert float(spearman(x, y)) == pytest.approx(spearmanr(x, y)[0], abs=1e-12)


def test_a_constant_side_is_undefined() -> None:
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))
    assert np.isnan(pearson(np.arange(5.0), np.full(5, 0.25)))


def coverage(
    interval: Callable[[np.random.Generator, int], tuple[float, float]], truth: float
) -> float:
    inside = 0
    for trial in range(300):
        low, high = interval(np.random.default_rng([7, trial]), trial)
        assert low <= high
        inside += low <= truth <= high
    return inside / 300


# 300 trials of a 95 % interval cover .95 with a standard error of .013; percentile intervals of
# small samples are known to fall a little short.
def test_the_interval_of_a_share_covers_it() -> None:
    found = coverage(lambda rng, seed: bootstrap_share(rng.random(200) < 0.3, 500, seed), 0.3)
    assert 0.90 <= found <= 0.985


def test_the_interval_of_a_difference_of_shares_covers_it() -> None:
    def interval(rng: np.random.Generator, seed: int) -> tuple[float, float]:
        item = rng.random(300)
        first, second = item + rng.normal(0, 0.1, 300) < 0.5, item + rng.normal(0, 0.1, 300) < 0.4
        return bootstrap_share_difference(first, second, 500, seed)

    from scipy.stats import norm

    grid = (np.arange(100_000) + 0.5) / 100_000
    truth = np.mean(norm.cdf((0.5 - grid) / 0.1) - norm.cdf((0.4 - grid) / 0.1))
    assert 0.90 <= coverage(interval, float(truth)) <= 0.985


def normal_pairs(rng: np.random.Generator, count: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal(count)
    return x, rho * x + np.sqrt(1 - rho * rho) * rng.standard_normal(count)


def test_the_interval_of_spearman_covers_it() -> None:
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's rho of normal pairs with correlation .6
    found = coverage(
        lambda rng, seed: bootstrap_spearman(*normal_pairs(rng, 100, 0.6), 200, seed), truth
    )
    assert 0.89 <= found <= 0.985


def test_the_interval_of_a_difference_of_spearmans_covers_zero() -> None:
    def interval(rng: np.random.Generator, seed: int) -> tuple[float, float]:
        ratings, first = normal_pairs(rng, 100, 0.6)
        second = 0.6 * ratings + 0.8 * rng.standard_normal(100)
        return bootstrap_spearman_difference(ratings, first, second, 200, seed)

    assert 0.89 <= coverage(interval, 0.0) <= 0.985


def test_a_paired_difference_is_narrower_than_two_intervals() -> None:
    rng = np.random.default_rng(3)
    first = rng.random(1000) < 0.4
    second = first ^ (rng.random(1000) < 0.02)
    low, high = bootstrap_share_difference(first, second, 2000, 1)
    one = bootstrap_share(first, 2000, 1)
    assert high - low < (one[1] - one[0]) / 2
    assert low <= first.mean() - second.mean() <= high


def test_intervals_are_the_same_for_the_same_seed() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.random(40), rng.random(40)
    assert bootstrap_spearman(x, y, 300, 5) == bootstrap_spearman(x, y, 300, 5)
    assert bootstrap_spearman(x, y, 300, 5) != bootstrap_spearman(x, y, 300, 6)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_items_have_no_interval(count: int) -> None:
    x = np.arange(float(count))
    assert all(np.isnan(bootstrap_spearman(x, x, 10, 1)))
    assert all(np.isnan(bootstrap_spearman_difference(x, x, x, 10, 1)))
    if count == 0:
        assert all(np.isnan(bootstrap_share(x > 0, 10, 1)))
        assert all(np.isnan(bootstrap_share_difference(x > 0, x > 0, 10, 1)))


def test_certain_shares() -> None:
    assert bootstrap_share(np.ones(9, bool), 100, 1) == (1, 1)
    always, never = np.ones(9, bool), np.zeros(9, bool)
    assert bootstrap_share_difference(always, never, 100, 1) == (1, 1)
    assert bootstrap_share_difference(never, never, 100, 1) == (0, 0)


def test_mcnemar_is_the_binomial_tail() -> None:
    from math import comb

    first = np.array([1] * 8 + [0] * 2 + [1] * 5 + [0] * 5, bool)
    second = np.array([0] * 8 + [1] * 2 + [1] * 5 + [0] * 5, bool)
    tail = 2 * sum(comb(10, k) for k in range(3)) / 2**10
    assert mcnemar(first, second) == pytest.approx(tail)
    assert mcnemar(second, first) == pytest.approx(tail)
    assert mcnemar(first, first) == 1


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
