"""The continuation of a training with more text.

The old words start from their vectors, and the new text is trained on as from a fresh start, with
the learning rate falling again from its full height. What it teaches then overwrites what the
earlier text taught. Therefore the result is averaged with the vectors that it started from, word by
word, by how often the word occurs in either text: both are good solutions, and the second one
starts from the first, so that what lies between them is good as well (Izmailov et al., UAI 2018;
Wortsman et al., ICML 2022). The constants were chosen on the two halves of a text
(``docs/continue.md``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError, counted
from w2vneg.samplers import settled, training_method
from w2vneg.system.option_names import choice, either, named
from w2vneg.training.start import Start, start_from
from w2vneg.training.state import TrainResult
from w2vneg.vectors.vectors import Vectors

#: Weight of an occurrence in an earlier text, relative to one in the new text.
EARLIER = 0.67
#: Occurrences as many as these speak for the share of all words, not for that of the word alone.
SMOOTHING = 100
#: Epochs, as a multiple of those of a first training. The steps also have to outweigh the average.
EPOCHS = 5 / 3
#: Options about the start of a training; those of the first one are no concern of the second.
OF_START = ("init", "freeze", "freeze_first", "rounds")
#: Trainings from the model whose results are averaged, unless `rounds` says otherwise.
ROUNDS = 4
_ROWS = 10_000  # averaged at a time


@dataclass(frozen=True)
class Continuation:
    """A model that is trained on with another text.

    Attributes
    ----------
    vectors : Vectors
        Of the model, `w_out` and counts included.
    vocabulary : Vocabulary
        Its words and counts.
    name : str
        What messages call it.
    """

    vectors: Vectors
    vocabulary: Vocabulary
    name: str

    @classmethod
    def of(cls, vectors: Vectors, config: TrainConfig, name: str) -> Continuation:
        """Return the continuation of a model.

        Parameters
        ----------
        vectors : Vectors
            Of the model.
        config : TrainConfig
            Of the continuation.
        name : str
            What messages call the model.

        Raises
        ------
        DataError
            If the model lacks what a continuation needs.
        UsageError
            If it cannot be continued with these options.
        """
        if vectors.counts is None or vectors.w_out is None:
            what = "counts of its words" if vectors.counts is None else "w_out"
            start = either("--init FILE", "SkipGram(init=FILE)")
            raise DataError(
                f"{name} has no {what}, so its training cannot be continued; save models as .w2v, or "
                f"start a new training from its vectors with {start}"
            )
        if config.dim != vectors.dim:
            raise UsageError(
                f"{named('dim', config.dim)}: {name} has {vectors.dim} dimensions, which cannot change; "
                "leave it out"
            )
        if not training_method(config).samples:
            raise UsageError(
                f"{choice('method', config.method)} solves for one corpus and cannot be continued with "
                "another; train on all text"
            )
        if config.init is not None:
            raise UsageError(
                f"{named('init')} has no effect where {name} is continued, which provides the vectors"
            )
        return cls(vectors, Vocabulary(vectors.words, vectors.counts), name)

    def with_epochs(
        self, config: TrainConfig, corpus: Corpus, note: Callable[[str], None]
    ) -> TrainConfig:
        """Return a configuration with the epochs of a continuation."""
        first = settled(config, corpus.vocabulary.total).epochs
        epochs = self._epochs(first)
        note(
            f"the training of {self.name} is continued: {named('epochs', epochs)} instead of {first}, "
            f"{counted(config.rounds or ROUNDS, 'round')}"
        )
        return replace(config, epochs=epochs, unsettled=config.unsettled - {"epochs"})

    def within_epochs(self, asked: TrainConfig, config: TrainConfig, corpus: Corpus) -> TrainConfig:
        """Return the configuration of as many rounds as the epochs of a given time are enough for.

        Parameters
        ----------
        asked : TrainConfig
            As the user gave it.
        config : TrainConfig
            With all epochs that the time is enough for.
        corpus : Corpus
        """
        usual = self._epochs(settled(asked, corpus.vocabulary.total).epochs)
        rounds = config.rounds or min(ROUNDS, config.epochs // usual)
        rounds = max(1, min(rounds, config.epochs))
        return replace(config, epochs=config.epochs // rounds, rounds=rounds)

    def with_rounds(self, config: TrainConfig, resumed: bool) -> TrainConfig:
        """Return a configuration with rounds; checkpoints of a version without them have one."""
        return replace(config, rounds=config.rounds or (1 if resumed else ROUNDS))

    @staticmethod
    def _epochs(first: int) -> int:
        return math.ceil(EPOCHS * first - 1e-9)

    def start(self, corpus: Corpus, config: TrainConfig, note: Callable[[str], None]) -> Start:
        """Return where the training starts; see `w2vneg.training.start.start_from`."""
        return start_from(self.vectors, corpus.vocabulary, config, note, self.name)

    def finish(self, corpus: Corpus, start: Start, result: TrainResult) -> dict[str, Any]:
        """Average the result of the training with the model, in place; return figures for the manifest."""
        earlier = corpus.earlier
        assert earlier is not None
        new = corpus.vocabulary.counts - earlier
        average(start, result.w_in, result.w_out, shares(new, earlier))
        return {
            "earlier_words": len(start.rows),
            "new_words": len(earlier) - len(start.rows),
            "earlier_tokens": int(earlier.sum()),
            "new_tokens": int(new.sum()),
            "rounds": result.config.rounds,
        }


def shares(new: npt.NDArray[np.int64], earlier: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return how much of each word's vectors comes from the new training: 0 to 1.

    Parameters
    ----------
    new, earlier : (V,) int64 arrays
        Occurrences in the new text and in all earlier ones.

    Returns
    -------
    (V,) float32 array
        1 for words that are new.
    """
    before = EARLIER * earlier
    overall = new.sum() / max(1.0, new.sum() + before.sum())
    share = (new + SMOOTHING * overall) / (new + before + SMOOTHING)
    return np.where(earlier > 0, share, 1.0).astype(np.float32)


def average(start: Start, w_in: np.ndarray, w_out: np.ndarray, share: np.ndarray) -> None:
    """Average both matrices with the vectors that a training started from.

    Parameters
    ----------
    start : Start
    w_in, w_out : (V, dim) float32 arrays
        Modified in place, frozen rows excepted.
    share : (V,) float32 array
        See `shares`.
    """
    for matrix, before, frozen in (
        (w_in, start.vectors.unmixed, start.frozen),
        (w_out, start.vectors.w_out, None),
    ):
        assert before is not None
        for low in range(0, len(start.rows), _ROWS):
            rows, taken = start.rows[low : low + _ROWS], start.taken[low : low + _ROWS]
            if frozen is not None:
                rows, taken = rows[~frozen[rows]], taken[~frozen[rows]]
            old = before[taken]
            matrix[rows] = old + share[rows, None] * (matrix[rows] - old)
