"""From the threads' tables to the vocabulary: merge, choose, order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2vneg.corpus import tokenizer as kernels
from w2vneg.corpus.encoded import IngestReport
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.corpus.word_table import WordTable
from w2vneg.errors import DataError


@dataclass
class MergedTables:
    """The words of all threads in one table.

    Attributes
    ----------
    table : WordTable
        Holds all words; its own counts are only a part.
    counts : (W,) int64
        Occurrences of each word of the table.
    valid : (W,) bool
        Which words are UTF-8.
    numbers : list of (W_t,) int32 arrays or None
        For each of the tables, its words' numbers in the merged one; None where they are equal.
    """

    table: WordTable
    counts: np.ndarray
    valid: np.ndarray
    numbers: list[np.ndarray | None]


def merge_tables(tables: list[WordTable], report: IngestReport, shown: str) -> MergedTables:
    """Bring the words of all threads together and complete the report's counts.

    Parameters
    ----------
    tables : list of WordTable
        The largest is modified in place.
    report : IngestReport
        Modified in place.
    shown : str
        The corpus' name for messages.

    Raises
    ------
    DataError
        The corpus has no tokens.
    """
    report.tokens_read = sum(int(table.state[kernels.TOKENS]) for table in tables)
    report.too_long = sum(int(table.state[kernels.TOO_LONG]) for table in tables)
    report.control_bytes = sum(int(table.state[kernels.CONTROLS]) for table in tables)
    if report.tokens_read == 0:
        raise DataError(f"no tokens in {shown}; give a file with text")
    master = max(tables, key=len)
    counts = master.counts()
    numbers: list[np.ndarray | None] = []
    for table in tables:
        if table is master:
            numbers.append(None)
            continue
        merged = master.merge(table)
        counts = np.concatenate([counts, np.zeros(len(master) - len(counts), np.int64)])
        counts[merged] += table.counts()  # no number occurs twice
        table.clear()
        numbers.append(merged)
    valid = master.invalid[: len(counts)] == 0
    report.distinct_words = int(valid.sum())
    report.invalid_utf8 = int(counts[~valid].sum())
    return MergedTables(master, counts, valid, numbers)


def choose_words(
    merged: MergedTables,
    min_count: int,
    max_vocab: int | None,
    given: Vocabulary | None,
    report: IngestReport,
    shown: str,
    at_least: int = 1,
) -> tuple[Vocabulary, list[np.ndarray]]:
    """Choose the words of the vocabulary.

    Parameters
    ----------
    merged : MergedTables
        The words of `given` are added to its table.
    min_count, max_vocab, given
        See `w2vneg.corpus.encode.encode`.
    report : IngestReport
        Modified in place.
    shown : str
        The corpus' name for messages.
    at_least : int
        Fewer words are an error.

    Returns
    -------
    vocabulary : Vocabulary
    ids : list of (W_t,) int32 arrays
        For each of the merged tables, the id of each of its words; -1: not in the vocabulary.
    """
    table, counts, valid = merged.table, merged.counts, merged.valid
    if given is None:
        chosen = np.flatnonzero((counts >= min_count) & valid)
        if len(chosen) == 0:
            raise DataError(_why_none(counts[valid], min_count, report, shown))
        largest = int(counts[chosen].max())
        remedy = f"lower --min-count ({min_count}, the most frequent word occurs {largest} times)"
        if np.count_nonzero(valid) < at_least:
            remedy = "give text with more different words"
        elif max_vocab == 1:
            remedy = "raise --max-vocab"
    else:
        candidates = add_vocabulary(table, given).astype(np.int64)
        counts = np.concatenate([counts, np.zeros(len(table) - len(counts), np.int64)])
        chosen = candidates[counts[candidates] > 0]
        report.absent_words = len(candidates) - len(chosen)
        max_vocab = None
        remedy = "give a vocabulary of this corpus"
        if len(chosen) == 0:
            raise DataError(f"none of the {len(given)} words of the vocabulary occur in {shown}")
    chosen = table.order(chosen, counts[chosen])[:max_vocab]
    if len(chosen) < at_least:
        raise DataError(
            f"only {len(chosen)} word of {shown} is left, training needs at least {at_least}; "
            f"{remedy}"
        )
    vocabulary = Vocabulary(table.words_bytes(chosen), counts[chosen])
    by_number = np.full(len(table), -1, np.int32)
    by_number[chosen] = np.arange(len(chosen), dtype=np.int32)
    return vocabulary, [
        by_number if numbers is None else by_number[numbers] for numbers in merged.numbers
    ]


def add_vocabulary(table: WordTable, vocabulary: Vocabulary) -> np.ndarray:
    """Put the words of a vocabulary into a table; return their numbers there, (V,) int32."""
    lines = np.frombuffer(vocabulary.blob, np.uint8)
    ends = np.flatnonzero(lines == 10)
    words = np.zeros((len(lines) + kernels.PADDING + 7) & ~7, np.uint8)
    letters = lines[lines != 10]
    words[: len(letters)] = letters
    # Without the LFs, every word moves up by one for each word before it.
    borders = np.concatenate([[0], ends - np.arange(len(ends))])
    return table.add(words, borders)


def _why_none(counts: np.ndarray, min_count: int, report: IngestReport, shown: str) -> str:
    if len(counts) == 0:
        dropped = []
        if report.invalid_utf8:
            dropped.append(
                f"{report.invalid_utf8} are not UTF-8 (first: {report.first_invalid}), "
                "convert the file with iconv"
            )
        if report.too_long:
            dropped.append(f"{report.too_long} are longer than {kernels.MAX_TOKEN_BYTES} bytes")
        return f"no usable tokens in {shown}: of {report.tokens_read}, " + "; ".join(dropped)
    return (
        f"no word of {shown} occurs {min_count} times, the most frequent {int(counts.max())} "
        "times; lower --min-count"
    )
