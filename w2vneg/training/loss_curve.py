"""The loss over a training."""

from __future__ import annotations

from typing import Any

import numpy as np

POINTS = 40


class LossCurve:
    """Means of the loss over equal parts of a training; not safe for several threads.

    Attributes
    ----------
    sums : (POINTS, 2) float64 array
        For each part, the sum of the loss and the number of its pairs.
    """

    def __init__(self) -> None:
        self.sums = np.zeros((POINTS, 2))

    def add(self, progress: float, loss: float, pairs: int) -> None:
        """Add the loss of some pairs, as a sum, at a share of the training."""
        self.sums[min(POINTS - 1, int(progress * POINTS))] += loss, pairs

    def means(self) -> list[float]:
        """Return the mean loss of each part in which anything was trained."""
        trained = self.sums[self.sums[:, 1] > 0]
        return [float(loss) for loss in trained[:, 0] / trained[:, 1]]

    def restore(self, sums: Any) -> None:
        """Continue from the `sums` of an earlier part of the training, as nested lists."""
        before = np.asarray(sums, dtype=float)
        if before.shape == self.sums.shape:
            self.sums[:] = before
