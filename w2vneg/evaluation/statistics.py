"""Correlations, bootstrap intervals and multiple testing for scores over items."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]

_BLOCK = 64


def ranks(values: npt.ArrayLike) -> _Floats:
    """Return ranks from 1 along the last axis, ties averaged.

    Equal to ``scipy.stats.rankdata(values, axis=-1)``, whose import takes longer than most
    evaluations.

    Parameters
    ----------
    values : (..., n) array

    Returns
    -------
    (..., n) float64 array
    """
    values = np.asarray(values, dtype=np.float64)
    flat = values.reshape(-1, values.shape[-1])
    result = np.empty(flat.shape)
    count = flat.shape[1]
    for row, out in zip(flat, result, strict=True):
        order = np.argsort(row, kind="stable")
        ordered = row[order]
        starts_group = np.empty(count, dtype=bool)
        starts_group[:1] = True
        np.not_equal(ordered[1:], ordered[:-1], out=starts_group[1:])
        group = np.cumsum(starts_group) - 1
        edges = np.append(np.flatnonzero(starts_group), count)
        out[order] = (edges[group] + edges[group + 1] + 1) / 2
    return result.reshape(values.shape)


def pearson(x: npt.ArrayLike, y: npt.ArrayLike) -> _Floats:
    """Return Pearson's correlation along the last axis; NaN where one side is constant."""
    x, y = _centered(x), _centered(y)
    scale = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(scale > 0, (x * y).sum(axis=-1) / scale, np.nan))


def _centered(values: npt.ArrayLike) -> _Floats:
    """Return values scaled to [-1, 1], minus their mean; exact zeros where all are equal."""
    values = np.asarray(values, dtype=np.float64)
    largest = np.abs(values).max(axis=-1, keepdims=True)
    values = values / np.where(largest > 0, largest, 1)  # so that no sum or square overflows
    constant = values.max(axis=-1, keepdims=True) == values.min(axis=-1, keepdims=True)
    return np.where(constant, 0.0, values - values.mean(axis=-1, keepdims=True))


def spearman(x: npt.ArrayLike, y: npt.ArrayLike) -> _Floats:
    """Return Spearman's rank correlation along the last axis; NaN where one side is constant."""
    return pearson(ranks(x), ranks(y))


def bootstrap_share(
    outcomes: npt.NDArray[np.bool_], resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for the share of true outcomes.

    The number of true outcomes among n drawn with replacement is binomial, so resampling is one
    draw each.

    Parameters
    ----------
    outcomes : (n,) bool array
    resamples : int
    seed : int
    level : float
        Coverage of the interval.

    Returns
    -------
    low, high : float
        NaN without outcomes.
    """
    count = len(outcomes)
    if count == 0:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    shares = rng.binomial(count, float(np.mean(outcomes)), resamples) / count
    return _percentiles(shares, level)


def bootstrap_mean(
    values: _Floats, resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for the mean of values.

    Values that are equal are drawn together: how often each occurs in a resample is multinomial.

    Parameters
    ----------
    values : (n,) float64 array
    resamples : int
    seed : int
    level : float
        Coverage of the interval.

    Returns
    -------
    low, high : float
        NaN without values.
    """
    if len(values) == 0:
        return float("nan"), float("nan")
    distinct, counts = np.unique(values, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(values), counts / len(values), resamples)
    return _percentiles(drawn @ distinct / len(values), level)


def mean_interval(values: _Floats, level: float = 0.95) -> tuple[float, float]:
    """Return Student's interval for the mean of independent repetitions.

    Parameters
    ----------
    values : (n,) float64 array
    level : float
        Coverage of the interval.

    Returns
    -------
    low, high : float
        NaN for fewer than 2 values.
    """
    from scipy.special import stdtrit

    count = len(values)
    if count < 2:
        return float("nan"), float("nan")
    wide = float(stdtrit(count - 1, 0.5 + level / 2) * np.std(values, ddof=1) / np.sqrt(count))
    mean = float(np.mean(values))
    return mean - wide, mean + wide


def bootstrap_spearman(
    x: _Floats, y: _Floats, resamples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for Spearman's correlation over pairs; resamples are reranked.

    Parameters
    ----------
    x, y : (n,) float64 arrays
    resamples : int
    seed : int
    level : float
        Coverage of the interval.

    Returns
    -------
    low, high : float
        NaN for fewer than 3 pairs, or if the correlation is undefined in every resample.
    """
    count = len(x)
    if count < 3:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    blocks = []
    for low in range(0, resamples, _BLOCK):
        picks = rng.integers(0, count, (min(_BLOCK, resamples - low), count))
        blocks.append(spearman(x[picks], y[picks]))
    correlations = np.concatenate(blocks)
    return _percentiles(correlations[~np.isnan(correlations)], level)


def holm(pvalues: list[float]) -> list[float]:
    """Return p-values corrected for multiple testing (Holm, Scand. J. Statist. 1979)."""
    order = sorted(range(len(pvalues)), key=lambda i: pvalues[i])
    adjusted = [0.0] * len(pvalues)
    largest = 0.0
    for position, i in enumerate(order):
        largest = max(largest, min(1.0, (len(pvalues) - position) * pvalues[i]))
        adjusted[i] = largest
    return adjusted


def _percentiles(values: _Floats, level: float) -> tuple[float, float]:
    if len(values) == 0:
        return float("nan"), float("nan")
    tail = 50 * (1 - level)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)
