"""One vocabulary of the words that several ranks have read, each in its part of a corpus.

Each word has an owner among the ranks, chosen by its first bytes. Owners add up the counts of their
words and drop those that are too rare; what is left is given to all. So the words of all parts
together need not fit in the memory of one rank, and all choose from the same counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.word_table import WordTable
from w2vneg.system.ranks import Ranks

#: Multipliers that mix the bytes of a word into its owner.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)


def counts_of_all(
    table: WordTable, counts: NDArray[np.int64], valid: NDArray[np.bool_], options: IngestOptions
) -> tuple[NDArray[np.int64], int]:
    """Return how often the words of all ranks occur; collective.

    Parameters
    ----------
    table : WordTable
        Receives all words that are frequent enough.
    counts : (W,) int64 array
        Occurrences of its words in the part of this rank.
    valid : (W,) bool array
        Words that are UTF-8.
    options : IngestOptions
        Where a vocabulary is given, its words are counted elsewhere, and `counts` returned.

    Returns
    -------
    counts : (W',) int64 array
        For each word of the table, its occurrences in all parts, or 0 if they are too few. If all
        are too few, the most frequent word is kept.
    distinct : int
        Number of different words in all parts.
    """
    ranks, numbers = options.ranks, np.flatnonzero(valid)
    owners = _owners(table, numbers, ranks.size)
    order = np.argsort(owners, kind="stable")
    numbers = numbers[order]
    ends = np.searchsorted(owners[order], np.arange(ranks.size + 1))
    pieces = [numbers[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    blobs = [table.words_bytes(piece) for piece in pieces]
    received, _ = ranks.exchange(
        np.frombuffer(b"".join(blobs), np.uint8), [len(blob) for blob in blobs]
    )
    own = WordTable()
    at = own.add(received.tobytes())
    given, _ = ranks.exchange(counts[numbers], [len(piece) for piece in pieces])
    sums = np.zeros(len(own), np.int64)
    np.add.at(sums, at, given)
    distinct = len(own)
    largest = int(sums.max(initial=0))
    notes = ranks.meet({"distinct": distinct, "largest": largest})
    distinct = sum(int(note["distinct"]) for note in notes)
    if options.vocabulary is not None:
        return counts, distinct
    least = min(options.min_count, max(int(note["largest"]) for note in notes))
    frequent = np.flatnonzero(sums >= max(1, least))
    spread, _ = ranks.spread(np.frombuffer(own.words_bytes(frequent), np.uint8))
    at = table.add(spread.tobytes())
    totals = np.zeros(len(table), np.int64)
    totals[at] = ranks.spread(sums[frequent])[0]
    return totals, distinct


def sum_of_all(array: NDArray[np.int64], ranks: Ranks) -> NDArray[np.int64]:
    """Return the sum of the arrays of all ranks, which have the same shape; collective."""
    ranks.meet({})
    total: NDArray[np.int64] = np.array(ranks.spread(array)[0]).reshape(ranks.size, -1).sum(axis=0)
    return total


def _owners(table: WordTable, numbers: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the rank that owns each word: by its first 16 bytes, the same on all machines."""
    first, second = table.prefixes(numbers)
    with np.errstate(over="ignore"):
        mixed = first * _MIX[0] ^ (second * _MIX[1])
        mixed ^= mixed >> np.uint64(32)
        mixed *= _MIX[0]
    owners: NDArray[np.int64] = (mixed >> np.uint64(33)).astype(np.int64) % size
    return owners
