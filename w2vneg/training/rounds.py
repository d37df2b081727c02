"""Several trainings from one start, one after the other, whose results are averaged.

Trainings that start from the same vectors end in one space, so that their vectors can be averaged
(Wortsman et al., ICML 2022). What each of them learned by chance, from the order of its steps and
from its negatives, weighs less in the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.system.option_names import either, named
from w2vneg.training.start import Start

_ROWS = 10_000  # averaged at a time
_NAMES = ("rounds.w_in", "rounds.w_out")


class Rounds:
    """The rounds of a training.

    Every round but the first begins with the vectors of the start, for the words that have one; the
    random generators and what a sampler has learned go on.

    Parameters
    ----------
    number : int
        How many there are.
    start : Start
        Where each of them starts.

    Attributes
    ----------
    done : int
        Rounds that have ended and are in the mean.
    """

    def __init__(self, number: int, start: Start) -> None:
        self.number, self.done = number, 0
        self._start = start
        self._means: list[np.ndarray] = []

    @property
    def ends(self) -> list[float]:
        """Shares of the training at which a round ends and another begins."""
        return [k / self.number for k in range(1, self.number)]

    def among(
        self, milestones: Sequence[float], on_milestone: Callable[[float, Any], None] | None
    ) -> tuple[list[float], Callable[[float, Any], None]]:
        """Return the milestones of a training with the ends of rounds, and what is called there.

        Parameters
        ----------
        milestones : sequence of float
        on_milestone : callable, optional
            See `w2vneg.training.train.train`; called before a round ends.
        """

        def call(share: float, result: Any) -> None:
            if on_milestone is not None and share in milestones:
                on_milestone(share, result)
            if self.is_over(share):
                self.end(result.w_in, result.w_out)

        return sorted({*milestones, *self.ends}), call

    @property
    def copies(self) -> int:
        """How often both matrices are kept: once, and once more as means if there are several."""
        return 1 if self.number == 1 else 2

    def progress(self, share: float) -> float:
        """Return the share of the current round that is done at a share of the training."""
        return min(1.0, max(0.0, share * self.number - self.done))

    def is_over(self, share: float) -> bool:
        """Return whether the current round, which is not the last, ends at a share of the training."""
        return self.done + 1 < self.number and share >= (self.done + 1) / self.number

    def end(self, w_in: np.ndarray, w_out: np.ndarray) -> None:
        """End a round and begin the next one.

        Parameters
        ----------
        w_in, w_out : (V, dim) float32 arrays
            Enter the means; then set to the start, in place.
        """
        self.done += 1
        if not self._means:
            self._means = [w_in.copy(), w_out.copy()]
        else:
            for mean, matrix in zip(self._means, (w_in, w_out), strict=True):
                _move(mean, matrix, mean, self.done)
        self._start.fill(w_in, w_out)

    def finish(self, w_in: np.ndarray, w_out: np.ndarray) -> None:
        """Replace the vectors of the last round by the means over all, in place."""
        for mean, matrix in zip(self._means, (w_in, w_out), strict=False):
            _move(mean, matrix, matrix, self.done + 1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint keeps: the means so far, if a round has ended."""
        return dict(zip(_NAMES, self._means, strict=False))

    def targets(self, saved: Collection[str], w_in: np.ndarray, done: int) -> dict[str, np.ndarray]:
        """Return the arrays to restore a checkpoint into.

        Parameters
        ----------
        saved : collection of str
            Names of the arrays of the checkpoint.
        w_in : (V, dim) float32 array
            Of the same shape as the means.
        done : int
            Rounds that had ended.
        """
        self.done = done
        self._means = [np.empty(w_in.shape, np.float32) for name in _NAMES if name in saved]
        return self.arrays()


def check_rounds(config: TrainConfig, continued: bool) -> None:
    """Raise `UsageError` if rounds are asked for where no model is trained on."""
    if config.rounds is not None and not continued:
        model = either("--continue MODEL", "fit(text, update=True)")
        raise UsageError(
            f"{named('rounds', config.rounds)} has no effect without {model}; leave it out"
        )


def _move(mean: np.ndarray, matrix: np.ndarray, to: np.ndarray, count: int) -> None:
    """Write the mean of `count` matrices, given that of the others and the last, to one of the two.

    What is the same in all of them keeps its bits.
    """
    share = np.float32(1 / count)
    for low in range(0, len(mean), _ROWS):
        rows = slice(low, low + _ROWS)
        to[rows] = mean[rows] + share * (matrix[rows] - mean[rows])
