"""Chinese words with jieba."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

from w2vneg.errors import UsageError
from w2vneg.system.option_names import choice

#: A token with a letter or digit is a word; punctuation and blanks are not.
_WORD = re.compile(r"\w|[\udc80-\udcff]")


def separate_words_with_jieba() -> Callable[[str], str]:
    """Return the tokenizer.

    Raises
    ------
    UsageError
        jieba is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in its source
            import jieba
    except ImportError:
        raise UsageError(
            f"{choice('tokenizer', 'jieba')} takes jieba; install it: pip install 'w2vneg[jieba]'"
        ) from None
    import logging

    jieba.setLogLevel(logging.WARNING)
    tokenizer: Any = jieba.dt

    def separate(text: str) -> str:
        return "\n".join(
            " ".join(word for word in tokenizer.cut(line) if _WORD.search(word))
            for line in text.split("\n")
        )

    return separate
