"""Notice text that can be read but hardly is what it should be, and name the option that helps."""

from __future__ import annotations

import re
import unicodedata

from w2vneg.corpus.foreign_objects import quoted
from w2vneg.corpus.segmentation import JOINERS, RUN
from w2vneg.system.option_names import choice, either, named

#: Lines below which nothing is said about their length.
_MANY_LINES = 100
#: Words of which at least this share are values with commas, in lines of one word on average.
_MOST, _WHOLE_LINE = 0.9, 1.1
_VALUES = re.compile(r"[^,;]+(?:[,;][^,;]*)+")
#: Words in a sentence, on average, that give hardly any context.
_FEW_WORDS = 2.5
#: How near to 2 their number is where lines may be edges.
_ABOUT_TWO = 0.01
#: Shares of the words that are worth a note.
_JOINED, _DECOMPOSED, _PUNCTUATED = 0.01, 0.001, 0.05
#: Chinese characters and kana; words of them are shorter on average than this.
_CHINESE = re.compile("[\u3041-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+")
_LONG_CHINESE = 4
#: A word with a mark before or after it. Text that is split into words has marks of their own.
_MARK = re.compile(r"""["(\u201c\u00ab\u201e,.;:!?)\u201d\u00bb]""")
_WITH_MARKS = re.compile(r"""["(\u201c\u00ab\u201e]+\w.*|.*\w[,.;:!?")\u201d\u00bb\u201c]+""")


def looks_like(words: list[str], counts: list[int], words_in_line: float) -> str | None:
    """Return what most lines of a text are, and the option that reads them; None if they are text.

    Parameters
    ----------
    words, counts, words_in_line
        See `w2vneg.corpus.segmentation.why_unsegmented`.
    """
    pairs = list(zip(words, counts, strict=True))
    total = sum(counts)
    objects = 0
    if any(start in "".join(words) for start in ('{"', "{'")):
        objects = sum(n for word, n in pairs if word.startswith(('{"', "{'")))
    if 2 * objects * words_in_line > total > 0:
        column = f"{choice('format', 'jsonl')} {choice('column', 'NAME')}"
        return f"JSON; read a column of them: {column}"
    if words_in_line >= _WHOLE_LINE:
        return None
    rows = sum(n for word, n in pairs if _VALUES.fullmatch(word) and not RUN.search(word))
    if rows > _MOST * total > 0:
        return (
            f"values with commas between them; read a column of them: {choice('format', 'csv')} "
            f"{choice('column', 'NAME')}, and {either('--no-header', 'header=False')} if the first "
            "line has no names"
        )
    return None


def odd_text(
    words: list[str], counts: list[int], lines: int, words_in_line: float, is_table: bool
) -> list[str]:
    """Return a line on each thing that is odd about a text.

    Parameters
    ----------
    words : list of str
        Some words of the text.
    counts : list of int
        Their occurrences.
    lines : int
        Lines that are not blank.
    words_in_line : float
        Mean number of words in them.
    is_table : bool
        Whether the lines are the rows of a table.
    """
    notes = []
    if lines >= _MANY_LINES and 1 < words_in_line < _FEW_WORDS:
        remedy = f"make sentences of several rows with {choice('group', 'NAME')}"
        if not is_table:
            remedy = (
                f"if the lines are rows of a table, name its columns: {choice('format', 'tsv')} "
                f"{choice('column', 'NAME')} {choice('group', 'NAME')}"
            )
            if abs(words_in_line - 2) < _ABOUT_TWO:
                remedy += (
                    f"; if they are the edges of a graph, walk on it: {choice('format', 'edges')}"
                )
        notes.append(
            f"sentences have {words_in_line:.1f} words on average, so that words have hardly any "
            f"context; {remedy}"
        )
    total = max(1, sum(counts))
    text = "\n".join(words)
    for character, name in JOINERS.items():
        if character not in text:
            continue
        share = sum(n for w, n in zip(words, counts, strict=True) if character in w) / total
        if share >= _JOINED:
            notes.append(
                f"{share:.1%} of the words hold {name}, which do not separate words; "
                f"{choice('tokenizer', 'unicode')} splits there"
            )
    # All words at once are searched much faster than one by one.
    runs = []
    if _CHINESE.search(text):
        runs = [
            (len(run), n)
            for word, n in zip(words, counts, strict=True)
            if not word.isascii()
            for run in _CHINESE.findall(word)
        ]
    characters, found_runs = sum(k * n for k, n in runs), sum(n for _, n in runs)
    if 2 * found_runs > total and characters > _LONG_CHINESE * found_runs:
        notes.append(
            f"runs of Chinese or Japanese characters have {characters / found_runs:.1f} characters on "
            f"average, more than words have; split them with {choice('tokenizer', 'jieba')} if they are "
            f"Chinese, {choice('tokenizer', 'icu')} otherwise"
        )
    marked = []
    if _MARK.search(text):
        marked = [
            (word, n) for word, n in zip(words, counts, strict=True) if _WITH_MARKS.fullmatch(word)
        ]
    share = sum(n for _, n in marked) / total
    if share >= _PUNCTUATED:
        notes.append(
            f"{share:.1%} of the words have punctuation attached, such as {quoted(marked[0][0])}; "
            f"{choice('tokenizer', 'unicode')} leaves it out"
        )
    if not unicodedata.is_normalized("NFC", text):
        found = [
            (word, n)
            for word, n in zip(words, counts, strict=True)
            if not unicodedata.is_normalized("NFC", word)
        ]
        share = sum(n for _, n in found) / total
        if share >= _DECOMPOSED:
            notes.append(
                f"{share:.1%} of the words have characters that can be written in two ways, such as "
                f"{quoted(found[0][0])}; {named('nfc', True)} makes one word of both"
            )
    return notes
