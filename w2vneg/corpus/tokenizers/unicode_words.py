"""Words by Unicode categories: runs of letters, marks and numbers, apostrophes inside included."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from w2vneg.corpus.tokenizers.characters import UNDECODED, character_class

#: Straight and typographic, and the joiners that some scripts write inside words.
_INSIDE = "'\u2019\u200c\u200d"


def separate_words(text: str) -> str:
    """Return text with blanks for all that is no word; line ends stay."""
    if text.isascii():
        return _gaps("A-Za-z0-9")(" ", text)
    return _gaps(character_class("LMN") + UNDECODED)(" ", text)


@functools.cache
def _gaps(word: str) -> Callable[[str, str], str]:
    # What is no word character, except for an apostrophe between two of them.
    return re.compile(
        rf"(?:[^{word}{_INSIDE}\n\r]|(?<![{word}])[{_INSIDE}]|[{_INSIDE}](?![{word}]))+"
    ).sub
