"""Negatives of the center word's own category, or of all others, from a file of categories.

A line holds a word, a tab and its category. With ``--category own`` draws come from the words of the
same category, in proportion to count^exponent: what is hard to tell apart, as more negatives of the
positive's category are for DGCN (Zheng et al., WWW 2021). With ``other`` they are draws of the unigram
noise from all other categories. A share lambda of the draws, and all of a word without a category,
are unigram noise (the latter are fallbacks). With lambda 1 this is unigram, bit for bit.
"""

from __future__ import annotations

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
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells, unigram_weights
from w2vneg.samplers.proposals.word_file import lines_of
from w2vneg.system.option_names import choice

FILE: Option[str | None] = Option(
    "category_file",
    None,
    "File of categories: on each line a word, a tab and its category.",
    kind=str,
    is_path=True,
)
CATEGORY = Option(
    "category",
    "own",
    "Draw from the words of the center word's own category, or from those of any other.",
    choices=("own", "other"),
)
LAMBDA = Option(
    "category_lambda", 0.5, "Share of draws from the unigram noise; 1 is plain unigram.", 0, 1
)
#: Draws of the noise before giving up on another category.
_TRIES = 64


class Categories(NamedTuple):
    """State of the proposal."""

    category: np.ndarray  # (V,) int32, -1: none
    first: np.ndarray  # (categories + 1,) int64, cells of category i are first[i] to first[i + 1]
    cells: np.ndarray  # (cells, 3) uint32: threshold, word, other word
    other: int  # 1: from all categories but the center word's own
    mix: np.uint64  # lambda times 2^32
    unigram: np.ndarray  # (V, 2) uint32 alias table


def check(config: TrainConfig) -> None:
    """Refuse to draw by categories of a file that is not named."""
    if config[FILE] is None:
        raise UsageError(
            f"{choice('proposal', 'categories')} needs {choice('category_file', 'FILE')}"
        )


def build(context: SamplerContext) -> Categories:
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
    category, unknown = read_categories(path, context.corpus.vocabulary)
    if unknown:
        context.progress.note(
            f"{path}: {unknown:,} words that the corpus does not have are left out"
        )
    words = np.flatnonzero(category >= 0)
    words = words[np.argsort(category[words], kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(category[words]))]).astype(np.int64)
    weights = unigram_weights(context.counts, context[NS_EXPONENT])[words]
    cells = np.empty((len(words), 3), np.uint32)
    longest = int(np.diff(first).max())
    pairs, queue = np.empty((longest, 2), np.uint32), np.empty(longest, np.int64)
    alias_rows(first, words, weights, cells, pairs, queue)
    return Categories(
        category,
        first,
        cells,
        int(context[CATEGORY] == "other"),
        chance(context[LAMBDA]),
        unigram_cells(context.counts, context[NS_EXPONENT]),
    )


def read_categories(path: str, vocabulary: Vocabulary) -> tuple[np.ndarray, int]:
    """Return the category of each word, (V,) int32, -1 for none, and the number of unknown words.

    Raises
    ------
    DataError
        If the file cannot be read, a line has another form or a word two categories, or no word
        of the corpus has one.
    """
    index = vocabulary.index
    category = np.full(len(vocabulary), -1, np.int32)
    numbers: dict[str, int] = {}
    unknown = 0
    for number, text in lines_of(path):
        name, tab, label = text.partition("\t")
        if not tab or not name or not label.strip():
            raise DataError(
                f"{path}, line {number}: {visible(text[:60])!r} is no word, tab and category; write "
                "these three"
            )
        word = index.get(name)
        if word is None:
            unknown += 1
            continue
        own = numbers.setdefault(label.strip(), len(numbers))
        if category[word] not in (-1, own):
            raise DataError(
                f"{path}, line {number}: {visible(name)!r} has two categories; leave one"
            )
        category[word] = own
    if not numbers:
        raise DataError(
            f"{path}: no word of the corpus; write a word, a tab and its category on each line"
        )
    return category, unknown


@implement(propose, Categories)
def _propose(state, rng, center, out, count):
    fallbacks = 0
    own = np.int64(state.category[center])
    begin, size = np.int64(0), np.int64(0)
    if own >= 0:
        begin, size = state.first[own], state.first[own + 1] - state.first[own]
    whole = state.mix >> np.uint64(32)
    for n in range(count):
        word = np.int64(-1)
        mixed = whole > np.uint64(0) or high_half(next_word(rng)) < state.mix
        if not mixed and state.other:
            for _ in range(_TRIES):
                word = draw_alias(state.unigram, rng)
                if own >= 0 and np.int64(state.category[word]) != own:
                    break
                word = np.int64(-1)
                if own < 0:
                    break
        elif not mixed and size > 1:  # with one word that is the center itself
            bits = next_word(rng)
            cell = begin + below(bits, size)
            mine, second = np.int64(state.cells[cell, 1]), np.int64(state.cells[cell, 2])
            word = mine if low_half(bits) < np.uint64(state.cells[cell, 0]) else second
        if word < 0:
            word = draw_alias(state.unigram, rng)
            fallbacks += not mixed
        out[n] = word
    return fallbacks


def report(states: Sequence[Categories]) -> dict[str, Any]:
    """Return the number of categories and of words that have one."""
    known = int((states[0].category >= 0).sum())
    return {"categories": len(states[0].first) - 1, "words_with_category": known}


PROPOSAL = Proposal(
    name="categories",
    summary="words of the center word's category, or of the others, and unigram noise",
    paper="more negatives of the same category: Zheng et al., WWW 2021",
    options=(NS_EXPONENT, FILE, CATEGORY, LAMBDA),
    build=build,
    check=check,
    report=report,
)
