"""Calls back after each epoch of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from w2vneg.config import TrainConfig
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.training.state import TrainResult
from w2vneg.vectors.vectors import Vectors


@dataclass(frozen=True)
class Epoch:
    """An epoch that has just ended.

    Attributes
    ----------
    number, of : int
        Its number, counted from 1, and how many there will be.
    vectors : Vectors
        As trained so far. The arrays change when the training goes on: copy what is to be kept.
    loss : float
        Mean loss of a pair lately; NaN where it is not computed.
    seconds : float
        Time trained so far, callbacks not counted.
    """

    number: int
    of: int
    vectors: Vectors
    loss: float
    seconds: float


class EpochCalls:
    """Turns the milestones of a training into calls with an `Epoch`.

    Parameters
    ----------
    call : callable
    config : TrainConfig
        Of the training, with all that the size of the corpus has settled.
    vocabulary : Vocabulary

    Attributes
    ----------
    milestones : list of float
        For `w2vneg.training.train.train`.
    """

    def __init__(
        self, call: Callable[[Epoch], object], config: TrainConfig, vocabulary: Vocabulary
    ) -> None:
        self._call, self._vocabulary = call, vocabulary
        self._epochs, self._mix_out = config.epochs, config.mix_out
        self._reported = 0
        self.milestones = [number / config.epochs for number in range(1, config.epochs + 1)]

    def on_milestone(self, share: float, result: TrainResult) -> None:
        """Report the epoch that ends at a share of the training."""
        self._report(round(share * self._epochs), result)

    def end(self, result: TrainResult) -> None:
        """Report the last epoch, at whose end no thread is left to pause."""
        if self._reported < self._epochs:
            self._report(self._epochs, result)

    def _report(self, number: int, result: TrainResult) -> None:
        self._reported = number
        words, counts = self._vocabulary.words, self._vocabulary.counts
        vectors = Vectors(words, result.exported(self._mix_out), counts=counts, w_out=result.w_out)
        self._call(Epoch(number, self._epochs, vectors, float(result.loss), result.seconds))
