"""What a training reads: the vocabulary, and sentences of word ids, a piece at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.vocabulary import Vocabulary


class Piece(NamedTuple):
    """Some sentences, as the kernels read them.

    Attributes
    ----------
    tokens : int32 array
        Word ids.
    starts : int64 array
        Sentence s is ``tokens[starts[s] : starts[s + 1]]``.
    first, last : int
        The sentences, `last` excluded.
    """

    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    first: int
    last: int

    @property
    def size(self) -> int:
        """Number of tokens."""
        return int(self.starts[self.last] - self.starts[self.first])


class EvenStarts:
    """The starts of sentences of one length, computed instead of stored.

    Behaves as the array ``length * np.arange(sentences + 1)`` where that is read by index or
    searched.

    Parameters
    ----------
    sentences, length : int
    """

    def __init__(self, sentences: int, length: int) -> None:
        self._sentences, self._length = sentences, length

    def __len__(self) -> int:
        return self._sentences + 1

    def __getitem__(self, index: Any) -> Any:
        """Return the starts at a number or at an array of numbers; negative ones from the end."""
        at = np.where(np.asarray(index) < 0, np.asarray(index) + len(self), index)
        return at * self._length

    def searchsorted(self, values: Any, side: str = "left") -> NDArray[np.int64]:
        """Return where numbers would be inserted (see `numpy.searchsorted`)."""
        values = np.asarray(values)
        at = -(-values // self._length) if side == "left" else values // self._length + 1
        return np.clip(at, 0, len(self)).astype(np.int64)


Starts = NDArray[np.int64] | EvenStarts


class Corpus:
    """Sentences of words that can be read any number of times.

    Parameters
    ----------
    vocabulary : Vocabulary
        Words by id, with their counts in an epoch.
    starts : (S + 1,) int64 array or EvenStarts
        Where sentences begin; for dividing the work, longer than they are if some are cut short.
    fingerprint : str
        Hash of all that the sentences depend on.
    report : IngestReport
        What was read and dropped.

    Attributes
    ----------
    display_name : str
        The name for messages: the files it was read from.
    sentence_remedy : str or None
        For messages: what to do if every sentence has one word. None: what is to be done with a
        file.
    is_text : bool
        Whether its size says how well its words are known.
    one_matrix : bool
        Whether a word has one vector on both sides of a pair, as in LINE's first order.
    one_way : bool
        Whether a word predicts only the words after it in its sentence, as in LINE's second order on
        directed edges.
    earlier : (V,) int64 array or None
        Where a training is continued: how often the words occurred in the texts before this one.
        The counts of the vocabulary include it.
    """

    display_name = "the corpus"
    sentence_remedy: str | None = None
    is_text = True
    one_matrix = False
    one_way = False
    earlier: NDArray[np.int64] | None = None

    def __init__(
        self, vocabulary: Vocabulary, starts: Starts, fingerprint: str, report: IngestReport
    ) -> None:
        self.vocabulary = vocabulary
        self.starts = starts
        self.fingerprint = fingerprint
        self.report = report

    def __enter__(self) -> Corpus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def words_here(self) -> int:
        """Occurrences of the words of the vocabulary in this corpus alone."""
        before = 0 if self.earlier is None else int(self.earlier.sum())
        return self.vocabulary.total - before

    def add_counts(self, earlier: Vocabulary) -> None:
        """Let the counts of the vocabulary include those of an earlier one, all of whose words it has."""
        own = self.vocabulary
        before = np.array(
            [
                earlier.counts[i] if (i := earlier.index.get(w)) is not None else 0
                for w in own.words
            ],
            np.int64,
        )
        self.vocabulary, self.earlier = Vocabulary(own.words, own.counts + before), before

    def lengths(self) -> NDArray[np.int64]:
        """Return the words of each sentence, or of a sample with the same distribution."""
        raise NotImplementedError

    def read(self, first: int, last: int, epoch: int = 0) -> Piece:
        """Return the sentences `first` to `last`, the latter excluded, in an epoch.

        Every call with the same arguments returns the same.
        """
        raise NotImplementedError

    def release(self, low: int, high: int) -> None:
        """Release the memory that the tokens `low` to `high` take, if they can be read again."""

    def close(self) -> None:
        """Delete what is not needed any more. What was read remains readable."""
