"""Phrases of a corpus: pairs of words that follow each other more often than by chance.

Pairs are counted as sorted numbers, in blocks, so that memory holds the distinct pairs. Scores and
choice are those of gensim's ``Phrases``, which follows word2phrase.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.errors import UsageError
from w2vneg.kernel.jit import kernel
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress

#: Scores by name: Mikolov et al., NIPS 2013, eq. 6 (times the size of the vocabulary); normalized
#: pointwise mutual information (Bouma, GSCL 2009).
SCORES = ("word2vec", "npmi")
#: What joins the words of a phrase.
JOINT = "_"
_BLOCK = 1 << 25

_Ints = npt.NDArray[np.int64]
_Tokens = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Phrase:
    """A phrase of a corpus.

    Attributes
    ----------
    text : str
        Its words, joined.
    count : int
        How often they follow each other.
    score : float
    """

    text: str
    count: int
    score: float


@dataclass
class PhrasedCorpus:
    """Sentences whose phrases are single tokens.

    Attributes
    ----------
    words : list of str
        By id: the words of the corpus, then phrases.
    tokens : (N,) int32 array
    starts : (S + 1,) int64 array
        Sentence s is ``tokens[starts[s] : starts[s + 1]]``.
    phrases : list of Phrase
        All that were found, the highest score of each pass first.
    """

    words: list[str]
    tokens: _Tokens
    starts: _Ints
    phrases: list[Phrase]


def find_phrases(
    corpus: EncodedCorpus,
    *,
    min_count: int = 5,
    threshold: float = 10.0,
    score: str = "word2vec",
    passes: int = 1,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> PhrasedCorpus:
    """Find the phrases of a corpus and join them.

    Parameters
    ----------
    corpus : EncodedCorpus
        Of all words (``min_count=1``): what is left out of a text makes others follow each other.
    min_count : int
        Pairs that occur less often are none, and this number is subtracted from the others'.
    threshold : float
        Least score, itself excluded; for ``"npmi"`` from -1 to 1.
    score : {"word2vec", "npmi"}
    passes : int
        With 2, the phrases of the first pass may become parts of longer ones, and so on.
    progress, stop

    Returns
    -------
    PhrasedCorpus

    Raises
    ------
    UsageError
        If an option is out of range.
    Interrupted
        If `stop` was set.
    """
    if score not in SCORES:
        raise UsageError(f"{named('score', score)}: choose from {', '.join(SCORES)}")
    if score == "npmi" and not -1 <= threshold <= 1:
        raise UsageError(f"{named('threshold', threshold)}: normalized scores lie between -1 and 1")
    for option, value in (("min_count", min_count), ("passes", passes)):
        if value < 1:
            raise UsageError(f"{named(option)} must be at least 1, not {value}")
    progress, stop = progress or Progress(), stop or StopFlag()
    found = PhrasedCorpus(list(corpus.vocabulary.words), corpus.tokens, corpus.starts, [])
    index = {word: i for i, word in enumerate(found.words)}
    for _ in range(passes):
        progress.start("finding phrases", len(found.tokens), "words")
        counts = np.bincount(found.tokens, minlength=len(found.words)).astype(np.int64)
        keys, times = count_pairs(found.tokens, found.starts, len(found.words), progress, stop)
        scores = _scores(keys, times, counts, min_count, score)
        good = np.flatnonzero(scores > threshold)
        progress.finish()
        if not len(good):
            break
        _join(found, index, keys[good], times[good], scores[good])
        stop.check("finding phrases")
    return found


def count_pairs(
    tokens: _Tokens, starts: _Ints, words: int, progress: Progress, stop: StopFlag
) -> tuple[_Ints, _Ints]:
    """Return the pairs of words that follow each other in a sentence, and how often they do.

    Parameters
    ----------
    tokens, starts : arrays
        The corpus.
    words : int
        Number of words.
    progress, stop

    Returns
    -------
    keys : (P,) int64 array
        ``first * words + second``, ascending.
    times : (P,) int64 array
    """
    keys = np.empty(0, np.int64)
    times = np.empty(0, np.int64)
    for low in range(0, len(tokens) - 1, _BLOCK):
        stop.check("finding phrases")
        progress.update(low)
        high = min(low + _BLOCK, len(tokens) - 1)
        block = tokens[low:high].astype(np.int64) * words + tokens[low + 1 : high + 1]
        ends = (
            starts[np.searchsorted(starts, low + 1) : np.searchsorted(starts, high + 1)] - 1 - low
        )
        block[ends] = -1  # the last word of a sentence
        block.sort()
        block = block[np.searchsorted(block, 0) :]
        new, many = _runs(block, np.ones(len(block), np.int64))
        if not len(keys):
            keys, times = new, many
            continue
        both = np.concatenate([keys, new])
        order = np.argsort(both, kind="stable")
        keys, times = _runs(both[order], np.concatenate([times, many])[order])
    return keys, times


def _runs(keys: _Ints, times: _Ints) -> tuple[_Ints, _Ints]:
    """Return the different keys of a sorted array, and the sum of the times of each."""
    if not len(keys):
        return keys, times
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[first], np.add.reduceat(times, first)


def _scores(
    keys: _Ints, times: _Ints, counts: _Ints, min_count: int, score: str
) -> npt.NDArray[np.float64]:
    """Return the score of each pair, minus infinity for those that are too rare."""
    first, second = (counts[part].astype(np.float64) for part in np.divmod(keys, len(counts)))
    if score == "word2vec":
        entries = np.count_nonzero(counts) + len(keys)
        return np.asarray((times - min_count) / (first * second) * entries)
    total = float(counts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        together = times / total
        value = np.log(together / (first / total * (second / total))) / -np.log(together)
    return np.where(times >= min_count, value, -np.inf)


def _join(
    found: PhrasedCorpus,
    index: dict[str, int],
    keys: _Ints,
    times: _Ints,
    scores: npt.NDArray[np.float64],
) -> None:
    """Make single tokens of phrases, from the left, and add them to the words; in place."""
    first, second = np.divmod(keys, len(found.words))
    ids = np.empty(len(keys), np.int32)
    phrases = []
    width = len(found.words)
    for i, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        text = f"{found.words[a]}{JOINT}{found.words[b]}"
        ids[i] = index.setdefault(text, len(found.words))
        if ids[i] == len(found.words):
            found.words.append(text)
        phrases.append(Phrase(text, int(times[i]), float(scores[i])))
    found.phrases += sorted(phrases, key=lambda phrase: -phrase.score)
    tokens = np.array(found.tokens)
    starts = np.array(found.starts)
    size = join_pairs(tokens, starts, width, keys, ids)
    found.tokens, found.starts = tokens[:size], starts


@kernel
def join_pairs(tokens: Any, starts: Any, words: Any, keys: Any, ids: Any) -> Any:
    """Replace pairs of tokens by one; of overlapping pairs the first is replaced.

    Parameters
    ----------
    tokens : (N,) int32 array
        Modified in place: the new tokens come first.
    starts : (S + 1,) int64 array
        Modified in place.
    words : int
        Number of words.
    keys : (P,) int64 array
        The pairs, ``first * words + second``, ascending; at least one.
    ids : (P,) int32 array
        What replaces them.

    Returns
    -------
    int
        Number of new tokens.
    """
    size = 0
    begin = starts[0]
    for sentence in range(len(starts) - 1):
        end = starts[sentence + 1]
        starts[sentence] = size
        position = begin
        while position < end:
            token = tokens[position]
            if position + 1 < end:
                key = np.int64(token) * np.int64(words) + np.int64(tokens[position + 1])
                place = np.searchsorted(keys, key)
                if place < len(keys) and keys[place] == key:
                    token = ids[place]
                    position += 1
            tokens[size] = token
            size += 1
            position += 1
        begin = end
    starts[len(starts) - 1] = size
    return size
