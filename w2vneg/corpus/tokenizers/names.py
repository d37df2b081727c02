"""Choose a tokenizer by its name, and what goes before it: normal form and lower case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS

#: Turns text into text whose words are separated by white space.
Preparation = Callable[[str], str]


def preparation(options: InputOptions) -> Preparation:
    """Return the function that some options ask for.

    Raises
    ------
    UsageError
        The library of the tokenizer is not installed.
    """
    steps: list[Preparation] = []
    if options.nfc:
        steps.append(_nfc)
    if options.lower:
        steps.append(str.lower)
    if options.tokenizer != "whitespace":
        steps.append(_tokenizer(options.tokenizer))

    def prepare(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return prepare


def splitter(options: InputOptions) -> Callable[[str], list[str]]:
    """Return what some options ask for as a function from a string to words.

    Raises
    ------
    UsageError
        The library of the tokenizer is not installed.
    """
    prepare = preparation(options)
    words = re.compile(f"[^{SEPARATOR_CLASS}]+")
    return lambda text: words.findall(prepare(text))


def _tokenizer(name: str) -> Preparation:
    if name == "unicode":
        from w2vneg.corpus.tokenizers.unicode_words import separate_words

        return separate_words
    if name == "chars":
        from w2vneg.corpus.tokenizers.characters import separate_characters

        return separate_characters
    if name == "jieba":
        from w2vneg.corpus.tokenizers.jieba_words import separate_words_with_jieba

        return separate_words_with_jieba()
    from w2vneg.corpus.tokenizers.icu_words import separate_words_with_icu

    return separate_words_with_icu()


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
