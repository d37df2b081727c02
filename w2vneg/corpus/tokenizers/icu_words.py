"""Words of any language with ICU, which has dictionaries for Chinese, Japanese, Thai, Khmer, Lao."""

from __future__ import annotations

import re
from collections.abc import Callable

from w2vneg.errors import UsageError
from w2vneg.system.option_names import choice

#: A piece with a letter or digit is a word; punctuation and blanks are not.
_WORD = re.compile(r"\w|[\udc80-\udcff]")


def separate_words_with_icu() -> Callable[[str], str]:
    """Return the tokenizer.

    Raises
    ------
    UsageError
        PyICU is not installed.
    """
    try:
        import icu
    except ImportError:
        raise UsageError(
            f"{choice('tokenizer', 'icu')} takes PyICU and the ICU library; install them: "
            "pip install 'w2vneg[icu]'"
        ) from None
    breaks = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())

    def words(line: str) -> list[str]:
        # ICU counts in UTF-16 units, as its own strings do.
        text = icu.UnicodeString(line)
        breaks.setText(text)
        begin = 0
        found = []
        for end in breaks:
            found.append(str(text[begin:end]))
            begin = end
        return [piece for piece in found if _WORD.search(piece)]

    def separate(text: str) -> str:
        return "\n".join(" ".join(words(line)) for line in text.split("\n"))

    return separate
