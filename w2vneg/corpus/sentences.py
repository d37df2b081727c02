"""Sentences from Python, presented as a file of the corpus."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from w2vneg.corpus.sources import CorpusFile
from w2vneg.corpus.streams import ByteStream
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS
from w2vneg.errors import UsageError
from w2vneg.system.interrupt import StopFlag

_SEPARATORS = re.compile(f"[{SEPARATOR_CLASS}]")
_NAME = "the sentences"


@dataclass(frozen=True)
class SentenceSource(CorpusFile):
    """A corpus file that reads sentences already split into words.

    Parameters
    ----------
    sentences : iterable of iterables of str
        Read once. A word must not be empty nor contain white space or control characters: it
        could not be read back from a file of vectors.

    Raises
    ------
    UsageError
        The sentences are one string.
    """

    path: str = _NAME
    format: str = "sentences"
    sentences: Iterable[Iterable[str]] = ()

    def __post_init__(self) -> None:
        if isinstance(self.sentences, str):
            raise UsageError("the sentences are one string; give a list of lists of words")

    def open(self, stop: StopFlag) -> ByteStream:
        """Return the sentences as text, one a line."""
        return _SentenceStream(self.sentences)


class _SentenceStream:
    """Sentences as bytes of text, one a line."""

    path = _NAME

    def __init__(self, sentences: Iterable[Iterable[str]]) -> None:
        self._sentences = enumerate(sentences)
        # The line end keeps a first word that begins with U+FEFF from being taken for a byte
        # order mark.
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
    # No word is empty, and the separators are exactly those that were put in.
    if "" in words or len(_SEPARATORS.findall(line)) != max(0, len(words) - 1):
        bad = next(word for word in words if not word or _SEPARATORS.search(word))
        raise UsageError(
            f"sentence {number}: {bad!r} is empty or contains white space; replace it, for example "
            "with _"
        )
    return content + b"\n"


def _encodes(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
