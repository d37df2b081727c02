"""The part of a corpus that one rank trains on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.corpus import Corpus, EvenStarts, Piece, Starts
from w2vneg.system.ranks import Ranks

#: Sentences of all shards whose lengths are described exactly.
_EXACT = 1 << 20


class Shard(Corpus):
    """Consecutive sentences of a corpus, or all sentences of a part of it that was read alone.

    Parameters
    ----------
    corpus : Corpus
        With the vocabulary of the whole corpus.
    first, last : int
        The sentences, `last` excluded.
    begin : int
        Tokens of the whole corpus before them.
    total : int
        Tokens of the whole corpus.
    lengths : (n,) int64 array
        Words of the sentences of the whole corpus, or of a sample.

    Attributes
    ----------
    begin, total
        See above.
    """

    def __init__(
        self,
        corpus: Corpus,
        first: int,
        last: int,
        *,
        begin: int,
        total: int,
        lengths: NDArray[np.int64],
    ) -> None:
        starts = _part(corpus.starts, first, last)
        super().__init__(corpus.vocabulary, starts, corpus.fingerprint, corpus.report)
        self.begin, self.total = begin, total
        self._corpus, self._first, self._lengths = corpus, first, lengths
        self._origin = int(corpus.starts[first])
        for name in ("display_name", "sentence_remedy", "is_text", "one_matrix", "one_way"):
            setattr(self, name, getattr(corpus, name))

    @property
    def tokens(self) -> NDArray[np.int32]:
        """The tokens of the shard, where the corpus holds them as an array."""
        tokens: NDArray[np.int32] = self._corpus.tokens  # type: ignore[attr-defined]
        return tokens[self._origin : self._origin + int(self.starts[-1])]

    def lengths(self) -> NDArray[np.int64]:
        """Return the words of the sentences of the whole corpus, or of a sample."""
        return self._lengths

    def read(self, first: int, last: int, epoch: int = 0) -> Piece:
        """Return some sentences of the shard."""
        return self._corpus.read(self._first + first, self._first + last, epoch)

    def release(self, low: int, high: int) -> None:
        """Release the memory of some tokens of the shard."""
        self._corpus.release(self._origin + low, self._origin + high)

    def close(self) -> None:
        """Close the corpus."""
        self._corpus.close()


def shard_of(corpus: Corpus, ranks: Ranks) -> Shard:
    """Return the part for this rank of a corpus that all ranks have read as a whole."""
    starts = corpus.starts
    total = int(starts[-1])
    cuts = [total * rank // ranks.size for rank in (ranks.rank, ranks.rank + 1)]
    first, last = (int(at) for at in starts.searchsorted(np.array(cuts), side="left"))
    if ranks.rank == ranks.size - 1:
        last = len(starts) - 1
    begin = int(starts[first])
    return Shard(corpus, first, last, begin=begin, total=total, lengths=corpus.lengths())


def joined(part: Corpus, ranks: Ranks) -> Shard:
    """Return the part that this rank has read as one of a whole; collective.

    Parameters
    ----------
    part : Corpus
        With the vocabulary, fingerprint and report of the whole.
    ranks : Ranks
    """
    own = int(part.starts[-1])
    lengths = np.minimum(part.lengths(), _EXACT)
    notes = ranks.meet({"tokens": own})
    tokens = [int(note["tokens"]) for note in notes]
    longest = ranks.spread(np.array([lengths.max(initial=0)], np.int64))[0].max()
    counts = np.bincount(lengths, minlength=int(longest) + 1)
    together = np.array(ranks.spread(counts)[0]).reshape(ranks.size, -1).sum(axis=0)
    return Shard(
        part,
        0,
        len(part.starts) - 1,
        begin=sum(tokens[: ranks.rank]),
        total=sum(tokens),
        lengths=_with_counts(together),
    )


def _with_counts(counts: NDArray[Any]) -> NDArray[np.int64]:
    """Return lengths that occur as often as `counts` says, or in these proportions."""
    total = int(counts.sum())
    if total > _EXACT:
        counts = np.where(counts > 0, np.maximum(1, np.rint(counts * (_EXACT / total))), 0)
    return np.repeat(np.arange(len(counts)), counts.astype(np.int64))


def _part(starts: Starts, first: int, last: int) -> Starts:
    if isinstance(starts, EvenStarts):
        return EvenStarts(last - first, int(starts[1]) if len(starts) > 1 else 1)
    return starts[first : last + 1] - starts[first]
