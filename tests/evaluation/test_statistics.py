"""Correlations against SciPy, and intervals against their nominal coverage."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.evaluation.statistics import (
    bootstrap_mean,
    bootstrap_share,
    bootstrap_spearman,
    holm,
    mean_interval,
    pearson,
    ranks,
    spearman,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_ranks_equal_scipys(values: list[int]) -> None:
    from scipy.stats import rankdata

    assert ranks(np.array(values)).tolist() == rankdata(values).tolist()


def test_ranks_follow_the_last_axis() -> None:
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


def test_correlation_with_a_constant_is_undefined() -> None:
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
def test_interval_of_a_share_covers_it() -> None:
    found = coverage(lambda rng, seed: bootstrap_share(rng.random(200) < 0.3, 500, seed), 0.3)
    assert 0.90 <= found <= 0.985


def normal_pairs(rng: np.random.Generator, count: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal(count)
    return x, rho * x + np.sqrt(1 - rho * rho) * rng.standard_normal(count)


@pytest.mark.slow
def test_interval_of_spearman_covers_it() -> None:
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's rho of normal pairs with correlation .6
    found = coverage(
        lambda rng, seed: bootstrap_spearman(*normal_pairs(rng, 100, 0.6), 200, seed), truth
    )
    assert 0.89 <= found <= 0.985


def test_same_seed_gives_the_same_interval() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.random(40), rng.random(40)
    assert bootstrap_spearman(x, y, 300, 5) == bootstrap_spearman(x, y, 300, 5)
    assert bootstrap_spearman(x, y, 300, 5) != bootstrap_spearman(x, y, 300, 6)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_items_have_no_interval(count: int) -> None:
    x = np.arange(float(count))
    assert all(np.isnan(bootstrap_spearman(x, x, 10, 1)))
    if count == 0:
        assert all(np.isnan(bootstrap_share(x > 0, 10, 1)))


def test_interval_of_a_certain_share_is_a_point() -> None:
    assert bootstrap_share(np.ones(9, bool), 100, 1) == (1, 1)


def test_holm_equals_the_hand_calculation() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_interval_of_a_mean_covers_it() -> None:
    def interval(rng: np.random.Generator, trial: int) -> tuple[float, float]:
        return bootstrap_mean(rng.integers(0, 11, 200) / 10, 500, trial)

    assert 0.91 <= coverage(interval, 0.5) <= 0.985
    assert np.isnan(bootstrap_mean(np.empty(0), 9, 1)).all()
    assert bootstrap_mean(np.full(9, 0.3), 9, 1) == pytest.approx((0.3, 0.3))


def test_interval_of_few_repetitions_is_students() -> None:
    from scipy.stats import t

    values = np.array([0.7, 0.75, 0.69, 0.8])
    expected = t.interval(0.95, 3, values.mean(), values.std(ddof=1) / 2)
    assert mean_interval(values) == pytest.approx(expected)
    assert 0.91 <= coverage(lambda rng, _: mean_interval(rng.normal(size=5)), 0) <= 0.985
    assert np.isnan(mean_interval(values[:1])).all()
