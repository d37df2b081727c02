"""Correlations, intervals and tests for scores over items."""

from __future__ import annotations

import numpy as np

_BLOCK = 64


def ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1, ties averaged, along the last axis ((..., n) float64)."""
    values = np.asarray(values, dtype=np.float64)
    flat = values.reshape(-1, values.shape[-1])
    result = np.empty(flat.shape)
    count = flat.shape[1]
    for row, out in zip(flat, result, strict=True):
        order = np.argsort(row, kind="stable")
        ordered = row[order]
        new = np.empty(count, dtype=bool)
        new[:1] = True
        np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
        group = np.cumsum(new) - 1
        edges = np.append(np.flatnonzero(new), count)
        out[order] = (edges[group] + edges[group + 1] + 1) / 2
    return result.reshape(values.shape)


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation along the last axis; NaN where one side is constant."""
    x, y = _centred(x), _centred(y)
    scale = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(scale > 0, (x * y).sum(axis=-1) / scale, np.nan))


def _centred(values: np.ndarray) -> np.ndarray:
    """Return values divided by the largest, less their mean; exact zeros where all are equal."""
    values = np.asarray(values, dtype=np.float64)
    largest = np.abs(values).max(axis=-1, keepdims=True)
    values = values / np.where(largest > 0, largest, 1)  # so that no sum or square overflows
    same = values.max(axis=-1, keepdims=True) == values.min(axis=-1, keepdims=True)
    return np.where(same, 0.0, values - values.mean(axis=-1, keepdims=True))


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation along the last axis; NaN where one side is constant."""
    return pearson(ranks(x), ranks(y))


def bootstrap_share(
    outcomes: np.ndarray, resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for the share of true outcomes.

    Drawing n outcomes with replacement is drawing a binomial count, so no item is touched twice.

    Parameters
    ----------
    outcomes : (n,) bool array
    resamples : int
    seed : int
    level : float
        Coverage wanted.
    """
    count = len(outcomes)
    if count == 0:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    shares = rng.binomial(count, float(np.mean(outcomes)), resamples) / count
    return _percentiles(shares, level)


def bootstrap_spearman(
    x: np.ndarray, y: np.ndarray, resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for Spearman's correlation over pairs, ranks made anew."""
    count = len(x)
    if count < 3:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    values = []
    for low in range(0, resamples, _BLOCK):
        picks = rng.integers(0, count, (min(_BLOCK, resamples - low), count))
        values.append(spearman(x[picks], y[picks]))
    found = np.concatenate(values)
    return _percentiles(found[~np.isnan(found)], level)


def bootstrap_share_difference(
    first: np.ndarray, second: np.ndarray, resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for the share of `first` minus that of `second`, paired.

    Drawing n pairs with replacement is drawing how many of them were won and lost.

    Parameters
    ----------
    first, second : (n,) bool arrays
        Outcomes of two on the same items.
    """
    count = len(first)
    if count == 0:
        return float("nan"), float("nan")
    won = float(np.mean(first & ~second))
    lost = float(np.mean(~first & second))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, [won, lost, max(0.0, 1 - won - lost)], resamples)
    return _percentiles((drawn[:, 0] - drawn[:, 1]) / count, level)


def bootstrap_spearman_difference(
    ratings: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    resamples: int,
    seed: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return a percentile interval for the correlation of `first` minus that of `second`.

    Parameters
    ----------
    ratings, first, second : (n,) arrays
        Each resample takes the same pairs from all three and ranks them anew.
    """
    count = len(ratings)
    if count < 3:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    values = []
    for low in range(0, resamples, _BLOCK):
        picks = rng.integers(0, count, (min(_BLOCK, resamples - low), count))
        drawn = ratings[picks]
        values.append(spearman(drawn, first[picks]) - spearman(drawn, second[picks]))
    found = np.concatenate(values)
    return _percentiles(found[~np.isnan(found)], level)


def mcnemar(first: np.ndarray, second: np.ndarray) -> float:
    """Return the two-sided p-value of McNemar's exact test for paired outcomes.

    Parameters
    ----------
    first, second : (n,) bool arrays
        Whether each item was answered rightly by one and by the other.
    """
    from scipy.stats import binomtest

    won = int(np.sum(first & ~second))
    lost = int(np.sum(~first & second))
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def holm(pvalues: list[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm, Scand. J. Statist. 1979)."""
    order = sorted(range(len(pvalues)), key=lambda i: pvalues[i])
    adjusted = [0.0] * len(pvalues)
    largest = 0.0
    for position, i in enumerate(order):
        largest = max(largest, min(1.0, (len(pvalues) - position) * pvalues[i]))
        adjusted[i] = largest
    return adjusted


def _percentiles(values: np.ndarray, level: float) -> tuple[float, float]:
    if len(values) == 0:
        return float("nan"), float("nan")
    tail = 50 * (1 - level)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)
