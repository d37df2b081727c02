"""Lists of words as a stream of bytes, so that they take the same way as text does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from w2vneg.errors import UsageError

_SEPARATORS = re.compile("[\0- ]")


class SentenceStream:
    """Sentences that are already split into words, one a line.

    Parameters
    ----------
    sentences : iterable of iterables of str
        Read once. A word must not be empty nor hold a blank or a control character: it could
        not be read back from a file of vectors.
    """

    path = "the sentences"

    def __init__(self, sentences: Iterable[Iterable[str]]) -> None:
        if isinstance(sentences, str):
            raise UsageError("the sentences are one string; give a list of lists of words")
        self._sentences = enumerate(sentences)
        # A first word that begins with U+FEFF must not be taken for the mark of a file.
        self._ready = bytearray(b"\n")
        self._read = 0

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end.

        Raises
        ------
        UsageError
            Naming the first sentence that is not a list of words.
        """
        while len(self._ready) < size:
            pair = next(self._sentences, None)
            if pair is None:
                break
            self._ready += _line(*pair)
        data = bytes(self._ready[:size])
        del self._ready[:size]
        self._read += len(data)
        return data

    def position(self) -> int:
        """Return how many bytes were read."""
        return self._read

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


def _line(number: int, sentence: Iterable[str]) -> bytes:
    if isinstance(sentence, str):
        raise UsageError(
            f"sentence {number} is a string, not a list of words; split it: sentence.split()"
        )
    try:
        words = list(sentence)
    except TypeError:
        raise UsageError(f"sentence {number} is {sentence!r}, not a list of words") from None
    try:
        line = " ".join(words)
        content = line.encode("utf-8")
    except (TypeError, UnicodeEncodeError):
        bad = next(word for word in words if not isinstance(word, str) or not _encodes(word))
        raise UsageError(f"sentence {number}: {bad!r} is not a word") from None
    # As many separators as were put in: no word holds one, and none is empty.
    if "" in words or len(_SEPARATORS.findall(line)) != max(0, len(words) - 1):
        bad = next(word for word in words if not word or _SEPARATORS.search(word))
        raise UsageError(
            f"sentence {number}: {bad!r} is empty or holds white space; replace it, with _ say"
        )
    return content + b"\n"


def _encodes(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
