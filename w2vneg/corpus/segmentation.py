"""Notice text whose words are not separated by blanks."""

from __future__ import annotations

import re

from w2vneg.system.option_names import choice

#: Characters that look like blanks but separate nothing here, with their names.
JOINERS = {
    "\u00a0": "no-break spaces (U+00A0)",
    "\u3000": "ideographic spaces (U+3000)",
    "\u202f": "narrow no-break spaces (U+202F)",
    "\u2009": "thin spaces (U+2009)",
    "\u2003": "em spaces (U+2003)",
    "\u2002": "en spaces (U+2002)",
    "\u200b": "zero-width spaces (U+200B)",
    "\u2060": "word joiners (U+2060)",
}
#: Thai and Lao, Tibetan, Burmese, Khmer, kana, Chinese characters.
RUN = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff"
    "\U00020000-\U0003ffff]+"
)
#: Mean characters of a run; words of these scripts are far shorter.
_LONG_RUN = 8
#: Mean characters of a word, and words in a line, where whole lines seem to be words.
_LONG_WORD, _WORDS_IN_LINE = 25, 1.5


def why_unsegmented(words: list[str], counts: list[int], words_in_line: float) -> str | None:
    """Return how the words of a text are joined, and the remedy; None if they are separated.

    Parameters
    ----------
    words : list of str
        Some words of the text.
    counts : list of int
        Their occurrences.
    words_in_line : float
        Mean number of words in the lines that are not blank.
    """
    total = sum(counts)
    pairs = list(zip(words, counts, strict=True))
    text = "".join(words)
    for character, name in JOINERS.items():
        if (
            character in text
            and 2 * sum(n for word, n in pairs if character in word.strip(character)) > total
        ):
            return (
                f"its words are joined by {name}, which do not separate words; split there with "
                f"{choice('tokenizer', 'unicode')}"
            )
    runs = [(len(run), n) for word, n in pairs if not word.isascii() for run in RUN.findall(word)]
    occurrences = sum(n for _, n in runs)
    if 2 * occurrences > total and sum(k * n for k, n in runs) > _LONG_RUN * occurrences:
        return (
            "its words are not separated by blanks; separate them with "
            f"{choice('tokenizer', 'jieba')} if they are Chinese, {choice('tokenizer', 'icu')} "
            f"otherwise, or take each character with {choice('tokenizer', 'chars')}"
        )
    length = sum(len(word) * n for word, n in pairs)
    if words_in_line < _WORDS_IN_LINE and length > _LONG_WORD * total > 0:
        return (
            f"most of its lines are one word, of {length // total} characters on average; separate "
            "the words by blanks"
        )
    return None
