"""Negatives that the user lists in a file, for each center word.

A line holds a word and its negatives, separated by white space: ``cat dog tiger:2 car:0.5``. A
number after the last colon is the weight of a negative, otherwise it is 1; a negative that is itself
a word of the corpus is never split. Several lines of a word add up. Words that the corpus does not
have are counted and reported.

A center word draws from its list in proportion to the weights; a share lambda of the draws, and all
of a word without a list, come from the unigram noise (the latter are fallbacks). Exposure and view
data of recommenders (Ding et al., WWW 2018 and IJCAI 2019) are such lists. With lambda 1 this is
unigram, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError, visible
from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.hooks import implement, propose
from w2vneg.kernel.rng import below, chance, high_half, low_half, next_word
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import Proposal
from w2vneg.samplers.proposals.gneg.rows import alias_rows
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells
from w2vneg.samplers.proposals.word_file import lines_of
from w2vneg.system.option_names import choice

FILE: Option[str | None] = Option(
    "negatives_file",
    None,
    "File of negatives: on each line a word and its negatives, each with :WEIGHT after it or not.",
    kind=str,
    is_path=True,
)
LAMBDA = Option(
    "given_lambda", 0.5, "Share of draws from the unigram noise; 1 is plain unigram.", 0, 1
)


class Given(NamedTuple):
    """State of the proposal."""

    first: np.ndarray  # (V + 1,) int64, cells of word i are first[i] to first[i + 1]
    cells: np.ndarray  # (cells, 3) uint32: threshold, word, other word
    mix: np.uint64  # lambda times 2^32
    unigram: np.ndarray  # (V, 2) uint32 alias table
    unknown: int  # words of the file that the corpus does not have


def check(config: TrainConfig) -> None:
    """Refuse to draw from a file that is not named."""
    if config[FILE] is None:
        raise UsageError(f"{choice('proposal', 'given')} needs {choice('negatives_file', 'FILE')}")


def build(context: SamplerContext) -> Given:
    """Return the state of the proposal.

    Raises
    ------
    DataError
        If the file cannot be read, or none of its words is in the corpus.
    UsageError
        If the unigram noise leaves only one word to draw.
    """
    path = context[FILE]
    assert path is not None
    assert context.corpus is not None, "words are looked up in the corpus"
    first, ids, values, unknown = read_lists(path, context.corpus.vocabulary)
    cells = np.empty((len(ids), 3), np.uint32)
    longest = int(np.diff(first).max(initial=0))
    alias_rows(
        first, ids, values, cells, np.empty((longest, 2), np.uint32), np.empty(longest, np.int64)
    )
    if unknown:
        context.progress.note(
            f"{path}: {unknown:,} words that the corpus does not have are left out"
        )
    mix = chance(context[LAMBDA])
    return Given(first, cells, mix, unigram_cells(context.counts, context[NS_EXPONENT]), unknown)


def read_lists(path: str, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Read the lists of negatives.

    Returns
    -------
    first : (V + 1,) int64 array
        The list of word i is elements ``first[i]`` to ``first[i + 1]`` of the other two.
    ids : (n,) int64 array
    weights : (n,) float64 array
    unknown : int
        Number of words that the vocabulary does not have.

    Raises
    ------
    DataError
        If the file cannot be read, or leaves no negative.
    """
    index = vocabulary.index
    lists: dict[int, dict[int, float]] = {}
    unknown = 0
    for number, line in lines_of(path):
        entries = line.split()
        word = index.get(entries[0])
        if word is None:
            unknown += 1
            continue
        own = lists.setdefault(word, {})
        for entry in entries[1:]:
            name, weight = _weighted(path, number, entry, index)
            negative = index.get(name)
            if negative is None:
                unknown += 1
            elif negative != word and weight > 0:
                own[negative] = own.get(negative, 0.0) + weight
    lengths = np.array([len(lists.get(word, ())) for word in range(len(vocabulary))], np.int64)
    if not lengths.any():
        raise DataError(
            f"{path}: no negative for a word of the corpus; write a word and its negatives on each line"
        )
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = [lists[word] for word in sorted(lists)]
    ids = np.array([negative for row in rows for negative in sorted(row)], np.int64)
    weights = np.array([row[negative] for row in rows for negative in sorted(row)])
    return first, ids, weights, unknown


def _weighted(path: str, number: int, entry: str, index: dict[str, int]) -> tuple[str, float]:
    """Split a negative from its weight, 1 where it has none."""
    name, colon, text = entry.rpartition(":")
    if not colon or not name or entry in index:
        return entry, 1.0
    try:
        weight = float(text)
    except ValueError:
        return entry, 1.0
    if not 0 <= weight <= 1e30 or math.isnan(weight):
        raise DataError(
            f"{path}, line {number}: the weight of {visible(entry)!r} must be at least 0, at most 1e30"
        )
    return name, weight


@implement(propose, Given)
def _propose(state, rng, center, out, count):
    if state.mix >> np.uint64(32):
        for n in range(count):
            out[n] = draw_alias(state.unigram, rng)
        return 0
    fallbacks = 0
    begin, size = state.first[center], state.first[center + 1] - state.first[center]
    for n in range(count):
        if high_half(next_word(rng)) >= state.mix:
            if size > 0:
                bits = next_word(rng)
                cell = begin + below(bits, size)
                own, other = np.int64(state.cells[cell, 1]), np.int64(state.cells[cell, 2])
                out[n] = own if low_half(bits) < np.uint64(state.cells[cell, 0]) else other
                continue
            fallbacks += 1
        out[n] = draw_alias(state.unigram, rng)
    return fallbacks


def report(states: Sequence[Given]) -> dict[str, Any]:
    """Return how many words have a list, and how many words of the file are unknown."""
    listed = np.count_nonzero(np.diff(states[0].first))
    return {"words_with_negatives": int(listed), "unknown_words": states[0].unknown}


PROPOSAL = Proposal(
    name="given",
    summary="negatives that a file lists for each center word, and unigram noise",
    paper="lists of views: Ding et al., WWW 2018 companion",
    options=(NS_EXPONENT, FILE, LAMBDA),
    build=build,
    check=check,
    report=report,
)
