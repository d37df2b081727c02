"""AUC and average precision: how well a score ranks positives before negatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Interval = tuple[float, float]


@dataclass(frozen=True)
class Ranking:
    """Scores of positives and of negatives, ordered.

    Attributes
    ----------
    positives, negatives : (n,), (m,) int64 arrays
        For each of them the number of its score among the distinct scores, the highest first.
    levels : int
        Distinct scores.
    """

    positives: _Ints
    negatives: _Ints
    levels: int

    @classmethod
    def of(cls, positives: npt.ArrayLike, negatives: npt.ArrayLike) -> Ranking:
        """Order scores, at least one of each."""
        scores = np.concatenate([np.asarray(positives), np.asarray(negatives)])
        distinct, level = np.unique(-scores, return_inverse=True)
        level = level.reshape(-1).astype(np.int64)
        count = len(np.asarray(positives))
        return cls(level[:count], level[count:], len(distinct))

    @property
    def auc(self) -> float:
        """The probability that a positive has a higher score than a negative, ties counted half."""
        return self._both(self.positives, self.negatives)[0]

    @property
    def average_precision(self) -> float:
        """The mean over the positives of the precision among all that score at least as high."""
        return self._both(self.positives, self.negatives)[1]

    def intervals(self, resamples: int, seed: int) -> tuple[_Interval, _Interval]:
        """Return 95 % bootstrap intervals of both; positives and negatives are drawn apart."""
        rng = np.random.default_rng(seed)
        drawn = np.empty((resamples, 2))
        for number in range(resamples):
            own = [every[rng.integers(0, len(every), len(every))] for every in self._parts]
            drawn[number] = self._both(*own)
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))

    def to_dict(self, resamples: int, seed: int) -> dict[str, Any]:
        """Return both and their intervals for JSON."""
        auc, average = self.intervals(resamples, seed)
        return {
            "auc": self.auc,
            "auc_interval": auc,
            "average_precision": self.average_precision,
            "average_precision_interval": average,
        }

    @property
    def _parts(self) -> tuple[_Ints, _Ints]:
        return self.positives, self.negatives

    def _both(self, positives: _Ints, negatives: _Ints) -> tuple[float, float]:
        """Return AUC and average precision, given the levels of the scores."""
        p, n = (np.bincount(every, minlength=self.levels) for every in (positives, negatives))
        above = np.cumsum(n)
        auc = (p * (len(negatives) - above + n / 2)).sum() / (len(positives) * len(negatives))
        found = np.cumsum(p)
        held = p > 0
        precision = found[held] / (found + above)[held]
        return float(auc), float((p[held] * precision).sum() / len(positives))
