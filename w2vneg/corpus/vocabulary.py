"""Words and how often they occur, most frequent first."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from w2vneg.corpus.file_kinds import VOCABULARY, recognize_kind
from w2vneg.corpus.plain_text import why_no_plain_text
from w2vneg.corpus.text_bytes import BOM, HEAD_BYTES, SEPARATOR_CLASS
from w2vneg.errors import DataError, reason
from w2vneg.system.atomic_files import atomic_write

#: A count of this many digits fits into 64 bits.
_MAX_DIGITS = 18
# As in text, a word is whatever contains no separator; Unicode's white space is part of words.
_LINE = re.compile(rf"([^{SEPARATOR_CLASS}]+)[\t ]([0-9]{{1,{_MAX_DIGITS}}})".encode())
_QUOTED_BYTES = 30


class Vocabulary:
    """Words with their counts, most frequent first.

    Parameters
    ----------
    words : list of str, or bytes
        The words by descending count, equal counts by their UTF-8 bytes. As bytes, each word is
        followed by LF; they are decoded on first use.
    counts : (V,) int64 array
        Occurrences in the corpus.
    fingerprint : str, optional
        Hash of words and counts, if it is known already.
    """

    def __init__(
        self, words: list[str] | bytes, counts: np.ndarray, fingerprint: str | None = None
    ) -> None:
        self._words = words
        if fingerprint is not None:
            self.fingerprint = fingerprint
        self.counts = np.ascontiguousarray(counts, dtype=np.int64)

    @cached_property
    def words(self) -> list[str]:
        """The words by id."""
        if isinstance(self._words, bytes):
            # Only LF ends a word here: str.splitlines would also split at U+2028 and others.
            return self._words.decode("utf-8").split("\n")[:-1]
        return self._words

    def first(self, count: int) -> list[str]:
        """Return the `count` most frequent words without decoding the others."""
        if isinstance(self._words, bytes):
            words = self._words.split(b"\n", min(count, len(self)))
            return [word.decode("utf-8") for word in words[: min(count, len(self))]]
        return self._words[:count]

    @cached_property
    def index(self) -> dict[str, int]:
        """Word to id."""
        return {word: i for i, word in enumerate(self.words)}

    @property
    def total(self) -> int:
        """Occurrences of all words."""
        return int(self.counts.sum())

    @cached_property
    def blob(self) -> bytes:
        """The words as UTF-8, each followed by LF."""
        if isinstance(self._words, bytes):
            return self._words
        return "".join(word + "\n" for word in self._words).encode("utf-8")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of words and counts, hexadecimal."""
        digest = hashlib.sha256(self.blob)
        digest.update(b"\0" + self.counts.astype("<i8").tobytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.counts)

    def __contains__(self, word: str) -> bool:
        return word in self.index

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int] | Iterable[tuple[str, int]],
        min_count: int = 1,
        max_vocab: int | None = None,
    ) -> Vocabulary:
        """Order words by (count descending, bytes) and drop the rare ones.

        Parameters
        ----------
        counts : mapping or pairs
            Word and count.
        min_count : int
            Rarer words are dropped.
        max_vocab : int, optional
            Keep only this many words, the most frequent.
        """
        pairs = counts.items() if isinstance(counts, Mapping) else counts
        kept = sorted(
            ((word, count) for word, count in pairs if count >= min_count),
            key=lambda pair: (-pair[1], pair[0].encode("utf-8")),
        )[:max_vocab]
        return cls([word for word, _ in kept], np.array([n for _, n in kept], dtype=np.int64))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one line ``word TAB count`` per word, atomically."""
        with atomic_write(path) as file:
            if self.blob.startswith(BOM):
                file.write(BOM)  # `load` removes one
            ends = np.flatnonzero(np.frombuffer(self.blob, np.uint8) == 10)
            begin = 0
            for low in range(0, len(self), 10_000):
                counts = self.counts[low : low + 10_000].tolist()
                end = int(ends[low + len(counts) - 1])
                words = self.blob[begin:end].split(b"\n")
                begin = end + 1
                file.writelines(b"%b\t%d\n" % pair for pair in zip(words, counts, strict=True))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocabulary:
        """Read a file of `save`, or of word2vec.c (a blank instead of the tab), in any order.

        Raises
        ------
        DataError
            Naming the line that is not ``word TAB count``, repeats a word, or is not UTF-8.
        """
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise DataError(f"cannot read {path}: {reason(error)}; check the path") from None
        why = why_no_plain_text(data)
        if why is not None:
            raise DataError(f"{path} {why}")
        kind = recognize_kind(data[:HEAD_BYTES])
        if kind is not None and kind is not VOCABULARY:
            raise DataError(
                f"{path} is {kind.name}, not a vocabulary; make one with: w2vneg vocab CORPUS -o FILE"
            )
        counts: dict[str, int] = {}
        for number, line in enumerate(data.removeprefix(BOM).split(b"\n"), start=1):
            line = line.rstrip(b"\r")
            if not line:
                continue
            match = _LINE.fullmatch(line)
            if match is None:
                raise DataError(f"{path}, line {number}: {_why_no_pair(line)}")
            try:
                text = match[1].decode("utf-8")
            except UnicodeDecodeError:
                raise DataError(f"{path}, line {number}: the word is not UTF-8") from None
            if text in counts:
                raise DataError(f"{path}, line {number}: word {text!r} is duplicated")
            counts[text] = int(match[2])
        if not counts:
            raise DataError(f"{path} contains no words; make it with: w2vneg vocab CORPUS -o FILE")
        return cls.from_counts(counts, min_count=0)


def _why_no_pair(line: bytes) -> str:
    """Return what is wrong with a line that is not a word, a separator and a count."""
    fields = [field for field in re.split(rf"[{SEPARATOR_CLASS}]+".encode(), line) if field]
    quoted = [field[:_QUOTED_BYTES].decode("utf-8", "replace") for field in fields]
    if len(fields) == 1:
        return (
            f"no count after the word {quoted[0]!r}; add a tab and a count, which may be 1 for "
            "all words: awk '{print $0 \"\\t\" 1}' FILE"
        )
    if len(fields) != 2:
        return f"{len(fields)} fields instead of two, a word and a count with a tab between"
    if not fields[1].isdigit():
        return f"{quoted[1]!r} is not a count, a whole number"
    if len(fields[1]) > _MAX_DIGITS:
        return (
            f"the count has {len(fields[1])} digits, more than {_MAX_DIGITS}; shorten it, the "
            "words are counted in the corpus anyway"
        )
    return "expected a word, one tab or blank, and a count, without a separator before or after"
