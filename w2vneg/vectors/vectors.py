"""Word vectors in memory: look-up, neighbours, analogies; reading and writing them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from w2vneg.errors import DataError, UsageError
from w2vneg.system.atomic_files import write_bytes
from w2vneg.vectors.formats.writing import format_of, write_vectors

__all__ = ["Vectors", "format_of", "read_vectors", "write_manifest", "write_vectors"]

#: Shorter vectors are divided by a length computed in float64.
_SHORTEST = 1e-15
#: Near spellings of longer words are not looked for: that takes the square of their length.
_LONGEST_HINT = 100

#: What may be done with words that are not UTF-8.
ENCODING_ERRORS = ("strict", "replace", "ignore")


@dataclass
class Vectors:
    """Words and their vectors.

    Parameters
    ----------
    words : list of str
        V different words, most frequent first where that is known.
    matrix : (V, d) float32 array
    """

    words: list[str]
    matrix: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> np.ndarray:
        return np.asarray(self.matrix[self.number(word)])

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return int(self.matrix.shape[1])

    @cached_property
    def index(self) -> dict[str, int]:
        """Word to row."""
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> np.ndarray:
        """Rows divided by their length, (V, d) float32; zero rows stay zero."""
        with np.errstate(over="ignore", under="ignore"):
            lengths = np.linalg.norm(self.matrix, axis=1, keepdims=True)
            unit = np.ascontiguousarray(self.matrix / np.where(lengths == 0, 1, lengths))
        # Squares of very large and very small numbers leave the range of float32.
        odd = np.flatnonzero(~((lengths > _SHORTEST) & (lengths < np.inf)))
        if len(odd):
            wide = self.matrix[odd].astype(np.float64)
            exact = np.linalg.norm(wide, axis=1, keepdims=True)
            unit[odd] = wide / np.where(exact == 0, 1, exact)
        return unit

    def number(self, word: str) -> int:
        """Return the row of a word.

        Raises
        ------
        DataError
            If the word is unknown; the message has near spellings.
        """
        try:
            return self.index[word]
        except KeyError:
            near: list[str] = []
            if len(word) <= _LONGEST_HINT:
                import difflib

                near = difflib.get_close_matches(word, self.words[:50_000], n=3, cutoff=0.75)
            hint = "it is not in the vocabulary"
            if near:
                hint = f"did you mean {', '.join(map(repr, near))}?"
            raise DataError(f"unknown word {_short(word)}; {hint}") from None

    def neighbors(
        self, word: str, count: int = 10, restrict: int | None = None
    ) -> list[tuple[str, float]]:
        """Return the `count` words of highest cosine similarity, without the word itself.

        Parameters
        ----------
        word : str
        count : int
        restrict : int, optional
            Look only at the first so many words.

        Raises
        ------
        DataError
            If the word is unknown, or its vector zero: that has no direction.
        """
        row = self._directed(word)
        scores = self.unit[:restrict] @ self.unit[row]
        return self._best(scores, {row}, count)

    def analogy(
        self, a: str, b: str, c: str, count: int = 5, method: str = "3cosadd"
    ) -> list[tuple[str, float]]:
        """Answer "a is to b as c is to ...?" with the `count` best words.

        Parameters
        ----------
        a, b, c : str
            The question; its words are no answers.
        count : int
        method : {"3cosadd", "3cosmul"}
            Sum of cosines, or their product (Levy and Goldberg, CoNLL 2014, eq. 4).
        """
        rows = [self._directed(word) for word in (a, b, c)]
        cosines = self.unit @ self.unit[rows].T
        if method == "3cosadd":
            target = self.unit[rows[1]] - self.unit[rows[0]] + self.unit[rows[2]]
            length = float(np.linalg.norm(target))
            scores = (cosines[:, 1] - cosines[:, 0] + cosines[:, 2]) / (length or 1.0)
        elif method == "3cosmul":
            shifted = (1 + cosines) / 2
            scores = shifted[:, 1] * shifted[:, 2] / (shifted[:, 0] + 1e-6)
        else:
            raise UsageError(f"no method {method!r}; choose from 3cosadd, 3cosmul")
        return self._best(scores, set(rows), count)

    def _directed(self, word: str) -> int:
        row = self.number(word)
        if not self.matrix[row].any():
            raise DataError(f"the vector of {_short(word)} is zero: nothing is near to it or far")
        return row

    def _best(self, scores: np.ndarray, without: set[int], count: int) -> list[tuple[str, float]]:
        wanted = min(len(scores), count + len(without))
        best = np.argpartition(-scores, wanted - 1)[:wanted]
        best = best[np.argsort(-scores[best], kind="stable")]
        return [(self.words[i], float(scores[i])) for i in best if i not in without][:count]

    def save(self, path: str | os.PathLike[str]) -> int:
        """Write the vectors (see `write_vectors`)."""
        return write_vectors(path, self.words, self.matrix)


def read_vectors(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    allow_nonfinite: bool = False,
    encoding_errors: str = "strict",
) -> Vectors:
    """Read a file of word2vec vectors, text or binary, plain or gzip; the content says which.

    Parameters
    ----------
    path : str or path
    limit : int, optional
        Read only the first so many rows.
    allow_nonfinite : bool
        Accept NaN and infinity.
    encoding_errors : {"strict", "replace", "ignore"}
        For words that are not UTF-8.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        Naming file and row: whatever is not exactly as the format wants it.
    """
    from w2vneg.vectors.formats.source import check_words, no_memory, open_source

    if limit is not None and limit < 1:
        raise UsageError(f"the limit must be at least 1, not {limit}")
    if encoding_errors not in ENCODING_ERRORS:
        known = ", ".join(ENCODING_ERRORS)
        raise UsageError(f"encoding errors {encoding_errors!r}: choose from {known}")
    with open_source(path) as source:
        if source.format == "text":
            from w2vneg.vectors.formats.text import read_text as read
        else:
            from w2vneg.vectors.formats.binary import read_binary as read
        try:
            words, matrix = read(source, limit, allow_nonfinite, encoding_errors)
            index = check_words(source.path, words)
        except MemoryError:
            raise no_memory(source.path, *source.header[:2]) from None
    vectors = Vectors(words, matrix)
    vectors.__dict__["index"] = index  # made already while looking for duplicates
    return vectors


def _short(word: str) -> str:
    return repr(word if len(word) <= _LONGEST_HINT else word[:_LONGEST_HINT] + "...")


def write_manifest(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write the JSON file beside the vectors that says how they were made, atomically."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    # Names of files need not be UTF-8; "\\udcff" is how JSON writes what Python makes of them.
    write_bytes(path, (text + "\n").encode("utf-8", "backslashreplace"))
