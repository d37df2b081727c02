"""From the threads' tables of words to the vocabulary: merge, choose, order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.odd_text import looks_like, odd_text
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.ranks import counts_of_all, sum_of_all
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.segmentation import why_unsegmented
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.corpus.word_table import WordTable, word_limit_explained
from w2vneg.corpus.workers import Reading
from w2vneg.errors import DataError, counted
from w2vneg.system.option_names import named

#: How many words that are left out are named.
_NAMED = 3
#: How many words are looked at to tell whether the text is segmented.
_SAMPLE_WORDS = 2000
#: How many are looked at to tell whether the text is odd otherwise.
_SAMPLE_TEXT = 20_000
#: With fewer words in a line on average, there are hardly any pairs of words.
_ONE_WORD = 1.02


@dataclass(frozen=True)
class ChosenWords:
    """The vocabulary, and how the word numbers of each thread map to it.

    Attributes
    ----------
    vocabulary : Vocabulary
    ids : list of (W_t,) int32 arrays
        For each table of the reading, the id of each of its words; -1: not in the vocabulary.
    """

    vocabulary: Vocabulary
    ids: list[NDArray[np.int32]]


def build_vocabulary(reading: Reading, options: IngestOptions, at_least: int = 1) -> ChosenWords:
    """Merge the words of all threads and choose the vocabulary.

    Parameters
    ----------
    reading : Reading
        Its tables are emptied but for the largest, which receives all words; its report is
        completed but for the tokens kept.
    options : IngestOptions
        `min_count` and `max_vocab`, or the words of `vocabulary`.
    at_least : int
        Fewer words are an error.

    Raises
    ------
    DataError
        The text has no tokens, or too few words are left.
    ResourceError
        The words do not fit in memory.
    """
    report, name, ranks = reading.report, reading.name, options.ranks
    if sum(int(note["tokens"]) for note in ranks.meet({"tokens": report.tokens_read})) == 0:
        raise DataError(f"no tokens in {name}; give a file with text")
    with word_limit_explained(name):
        table, counts, numbers = _merge(reading.tables)
        valid = table.invalid[: len(counts)] == 0
        report.distinct_words = int(valid.sum())
        report.invalid_utf8 = int(counts[~valid].sum())
        sample = np.flatnonzero(valid)[:_SAMPLE_TEXT]
        if report.tokens_read:
            words = _decoded(table, sample)
            _check_text(words, counts[sample].tolist(), reading, options, at_least)
        if ranks.size > 1:
            counts, report.distinct_words = counts_of_all(table, counts, valid, options)
            valid = table.invalid[: len(counts)] == 0
        if options.earlier is not None:
            counts, chosen = _grown(table, counts, valid, options, name)
        elif options.vocabulary is None:
            chosen = np.flatnonzero((counts >= options.min_count) & valid)
            if len(chosen) == 0:
                raise DataError(
                    report.why_no_words(name, options.min_count, int(counts[valid].max(initial=0)))
                )
            chosen = table.order(chosen, counts[chosen])[: options.max_vocab]
        else:
            candidates = table.add_vocabulary(options.vocabulary)
            counts = np.concatenate([counts, np.zeros(len(table) - len(counts), np.int64)])
            if ranks.size > 1:
                counts[candidates] = sum_of_all(counts[candidates], ranks)
            chosen = _choose_given(table, candidates, counts[candidates], options, report, name)
            chosen = table.order(chosen, counts[chosen])[: options.max_vocab]
        if len(chosen) < at_least:
            remedy = options.more_words(int(counts[chosen].max()))
            if report.distinct_words < at_least and options.vocabulary is None:
                remedy = "give text with more different words"
            if report.unsegmented:
                remedy = report.unsegmented
            raise DataError(
                f"only {len(chosen)} word of {name} is left, training needs at least {at_least}; "
                f"{remedy}"
            )
        if report.unsegmented and at_least > 1 and report.tokens_read < _ONE_WORD * reading.lines:
            # No pairs of words to train on.
            raise DataError(f"{name} cannot be used: {report.unsegmented}")
        vocabulary = Vocabulary(table.words_bytes(chosen), counts[chosen])
        ids = np.full(len(table), -1, np.int32)
        ids[chosen] = np.arange(len(chosen), dtype=np.int32)
        return ChosenWords(
            vocabulary, [ids if mapped is None else ids[mapped] for mapped in numbers]
        )


def _grown(
    table: WordTable,
    counts: NDArray[np.int64],
    valid: NDArray[np.bool_],
    options: IngestOptions,
    name: str,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the words of an earlier vocabulary and those that this text adds, by their joint counts.

    A text adds the words that would be its vocabulary if it stood alone.

    Parameters
    ----------
    table : WordTable
        Receives the earlier words.
    counts : (W,) int64 array
        Occurrences of each of its words.
    valid : (W,) bool array
        Which of them are UTF-8.
    options : IngestOptions
        `earlier`, `min_count`, `max_vocab`.
    name : str
        The name of the corpus for messages.

    Returns
    -------
    counts : (W',) int64 array
        Occurrences in this text, 0 for words that are only in the earlier vocabulary.
    chosen : (V,) int64 array
        Numbers of the words, the most frequent in both texts first.
    """
    earlier = options.earlier
    assert earlier is not None
    own = np.flatnonzero((counts >= options.min_count) & valid)
    own = table.order(own, counts[own])[: options.max_vocab]
    known = table.add_vocabulary(earlier)
    if len(known) < len(earlier):
        raise DataError("the model has words that no text can contain; it cannot be continued")
    counts = np.concatenate([counts, np.zeros(len(table) - len(counts), np.int64)])
    chosen = np.union1d(own, known)
    if not counts[chosen].any():
        raise DataError(
            f"no word of the model occurs in {name}, and none of its own words occurs "
            f"{counted(options.min_count, 'time')}; are case and language the same? "
            f"{named('min_count', 1)} adds all its words"
        )
    joint = counts.copy()
    joint[known] += earlier.counts
    return counts, table.order(chosen, joint[chosen])


def _choose_given(
    table: WordTable,
    candidates: NDArray[np.int64],
    counts: NDArray[np.int64],
    options: IngestOptions,
    report: IngestReport,
    name: str,
) -> NDArray[np.int64]:
    """Return those words of a given vocabulary that are frequent enough.

    Parameters
    ----------
    table : WordTable
    candidates : (n,) int64 array
        Numbers in it of the words that a text can contain.
    counts : (n,) int64 array
        Their occurrences in this corpus.
    options : IngestOptions
    report : IngestReport
        Receives how many words are left out, and the first ones.
    name : str
        The name of the corpus for messages.
    """
    assert options.vocabulary is not None
    size = len(options.vocabulary)
    absent = candidates[counts == 0]
    rare = candidates[(counts > 0) & (counts < options.min_count)]
    report.absent_words = len(absent) + size - len(candidates)
    report.rare_words = len(rare)
    report.first_absent = _decoded(table, absent[:_NAMED])
    report.first_rare = _decoded(table, rare[:_NAMED])
    chosen = candidates[counts >= options.min_count]
    if len(chosen) == 0 and report.unsegmented:
        raise DataError(f"{name} cannot be used: {report.unsegmented}")
    if len(chosen) == 0 and len(rare):
        raise DataError(
            f"no word of the vocabulary occurs {options.min_count} times in {name}, the most "
            f"frequent {counted(int(counts.max()), 'time')}; lower {named('min_count')}"
        )
    if len(chosen) == 0:
        raise DataError(
            f"no word of the vocabulary ({counted(size, 'word')}) occurs in {name}; give a vocabulary of "
            "this corpus, as w2vneg vocab CORPUS -o FILE writes it"
        )
    return chosen


def _check_text(
    words: list[str], counts: list[int], reading: Reading, options: IngestOptions, at_least: int
) -> None:
    """Say in the report what is odd about a text; raise `DataError` if training makes no sense.

    Parameters
    ----------
    words : list of str
        A sample of the words.
    counts : list of int
        Their occurrences.
    reading : Reading
        Its report is modified in place.
    options : IngestOptions
    at_least : int
        See `build_vocabulary`.
    """
    report = reading.report
    words_in_line = report.tokens_read / max(1, reading.lines)
    report.unsegmented = why_unsegmented(
        words[:_SAMPLE_WORDS], counts[:_SAMPLE_WORDS], words_in_line
    )
    if not reading.is_text or options.input.group:
        return
    other = looks_like(words, counts, words_in_line)
    if other is not None and options.input.column is None:
        problem = f"most of its lines are {other}"
        if at_least > 1 and options.input.format is None:
            raise DataError(f"{reading.name} is not text: {problem}")
        report.notes.append(f"the text seems to be a table: {problem}")
    elif not report.unsegmented:
        is_table = options.input.column is not None
        report.notes += odd_text(words, counts, reading.lines, words_in_line, is_table)


def _decoded(table: WordTable, numbers: NDArray[np.int64]) -> list[str]:
    return table.words_bytes(numbers).decode("utf-8", "replace").split("\n")[:-1]


def _merge(
    tables: list[WordTable],
) -> tuple[WordTable, NDArray[np.int64], list[NDArray[np.int32] | None]]:
    """Put all words into the largest table and empty the others.

    Returns
    -------
    table : WordTable
        The largest table; the counts in it are incomplete.
    counts : (W,) int64 array
        Occurrences of each of its words.
    numbers : list of (W_t,) int32 arrays or None
        For each of `tables`, the numbers that its words have in the merged table; None for that
        table itself.
    """
    merged = max(tables, key=len)
    counts = merged.counts()
    numbers: list[NDArray[np.int32] | None] = []
    for table in tables:
        if table is merged:
            numbers.append(None)
            continue
        mapped = merged.merge(table)
        counts = np.concatenate([counts, np.zeros(len(merged) - len(counts), np.int64)])
        counts[mapped] += table.counts()  # no number occurs twice
        table.clear()
        numbers.append(mapped)
    return merged, counts, numbers
