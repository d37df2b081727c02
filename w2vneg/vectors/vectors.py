"""Word vectors in memory: lookup, neighbors and analogies; and reading them from a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, ResourceError, UsageError
from w2vneg.vectors.format import ENCODING_ERRORS, ReadOptions
from w2vneg.vectors.formats import recognize
from w2vneg.vectors.vector_file import open_vector_file
from w2vneg.vectors.write import write_manifest, write_vectors

__all__ = [
    "ANALOGY_METHODS",
    "COSMUL_EPSILON",
    "Vectors",
    "cosmul",
    "read_vectors",
    "write_manifest",
    "write_vectors",
]

#: Sum of cosines (Mikolov et al., NAACL 2013); product of cosines (Levy and Goldberg, CoNLL 2014).
ANALOGY_METHODS = ("3cosadd", "3cosmul")

_Floats = npt.NDArray[np.float32]

#: Shorter vectors are normalized in float64.
_SHORTEST = 1e-15
#: No similar spellings are suggested for longer words: the search is quadratic in their length.
_LONGEST_HINT = 100
#: Keeps the quotient of 3CosMul finite, as in the paper.
COSMUL_EPSILON = 1e-6


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
    matrix: _Floats

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> _Floats:
        return np.asarray(self.matrix[self.row(word)])

    @property
    def dim(self) -> int:
        """Dimensions of the vectors."""
        return int(self.matrix.shape[1])

    @cached_property
    def index(self) -> dict[str, int]:
        """Word to row."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> _Floats:
        """Rows scaled to unit length, (V, d) float32; zero rows stay zero."""
        with np.errstate(over="ignore", under="ignore"):
            lengths = np.linalg.norm(self.matrix, axis=1, keepdims=True)
            unit: _Floats = np.ascontiguousarray(self.matrix / np.where(lengths == 0, 1, lengths))
        # Squares of very large and very small numbers are out of the range of float32.
        extreme = np.flatnonzero(~((lengths > _SHORTEST) & (lengths < np.inf)))
        if len(extreme):
            wide = self.matrix[extreme].astype(np.float64)
            exact = np.linalg.norm(wide, axis=1, keepdims=True)
            unit[extreme] = wide / np.where(exact == 0, 1, exact)
        return unit

    def row(self, word: str) -> int:
        """Return the row of a word.

        Raises
        ------
        DataError
            If the word is unknown; the message suggests similar spellings.
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
            raise DataError(f"unknown word {_abbreviated(word)}; {hint}") from None

    def neighbors(
        self, word: str, count: int = 10, restrict: int | None = None
    ) -> list[tuple[str, float]]:
        """Return the `count` words of highest cosine similarity, the word itself excluded.

        Parameters
        ----------
        word : str
        count : int
        restrict : int, optional
            Search only the first `restrict` words.

        Raises
        ------
        DataError
            If the word is unknown, or its vector is zero and so has no direction.
        """
        row = self._nonzero_row(word)
        scores = self.unit[:restrict] @ self.unit[row]
        return self._best(scores, {row}, count)

    def analogy(
        self, a: str, b: str, c: str, count: int = 5, method: str = "3cosadd"
    ) -> list[tuple[str, float]]:
        """Answer "a is to b as c is to ...?" with the `count` best words.

        Parameters
        ----------
        a, b, c : str
            The question; these words are excluded from the answers.
        count : int
        method : {"3cosadd", "3cosmul"}
            See `ANALOGY_METHODS`.

        Raises
        ------
        UsageError
            If there is no such method.
        DataError
            If a word is unknown or its vector is zero.
        """
        rows = [self._nonzero_row(word) for word in (a, b, c)]
        cosines = self.unit @ self.unit[rows].T
        if method == "3cosadd":
            target = self.unit[rows[1]] - self.unit[rows[0]] + self.unit[rows[2]]
            length = float(np.linalg.norm(target))
            scores = (cosines[:, 1] - cosines[:, 0] + cosines[:, 2]) / (length or 1.0)
        elif method == "3cosmul":
            scores = cosmul(*cosines.T)
        else:
            raise UsageError(f"no method {method!r}; choose from {', '.join(ANALOGY_METHODS)}")
        return self._best(scores, set(rows), count)

    def save(self, path: str | os.PathLike[str]) -> int:
        """Write the vectors (see `w2vneg.vectors.write.write_vectors`)."""
        return write_vectors(path, self.words, self.matrix)

    def _nonzero_row(self, word: str) -> int:
        row = self.row(word)
        if not self.matrix[row].any():
            raise DataError(f"the vector of {_abbreviated(word)} is zero: similarity is undefined")
        return row

    def _best(self, scores: _Floats, excluded: set[int], count: int) -> list[tuple[str, float]]:
        wanted = min(len(scores), count + len(excluded))
        best = np.argpartition(-scores, wanted - 1)[:wanted]
        best = best[np.argsort(-scores[best], kind="stable")]
        return [(self.words[i], float(scores[i])) for i in best if i not in excluded][:count]


def cosmul(a: _Floats, b: _Floats, c: _Floats) -> _Floats:
    """Return the 3CosMul scores of answers to "a is to b as c is to ...?".

    Parameters
    ----------
    a, b, c : float32 arrays of one shape
        Cosines of each candidate and the words of the question.

    References
    ----------
    Levy and Goldberg, CoNLL 2014, eq. 4; cosines are shifted to [0, 1].
    """
    scores = ((1 + b) / 2) * ((1 + c) / 2) / ((1 + a) / 2 + COSMUL_EPSILON)
    return np.asarray(scores, a.dtype)


def read_vectors(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    allow_nonfinite: bool = False,
    encoding_errors: str = "strict",
) -> Vectors:
    """Read a file of vectors, plain or gzip; its content tells the format.

    Parameters
    ----------
    path : str or path
    limit : int, optional
        Read only the first `limit` rows.
    allow_nonfinite : bool
        Accept NaN and infinity.
    encoding_errors : {"strict", "replace", "ignore"}
        How to decode words that are not UTF-8.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        Names the file and the row of whatever violates the format.
    ResourceError
        If the vectors do not fit into memory.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"the limit must be at least 1, not {limit}")
    if encoding_errors not in ENCODING_ERRORS:
        known = ", ".join(ENCODING_ERRORS)
        raise UsageError(f"encoding errors {encoding_errors!r}: choose from {known}")
    with open_vector_file(path) as file:
        reader = recognize(file).read
        assert reader is not None, "only formats with a reader are recognized"
        try:
            words, matrix = reader(file, ReadOptions(limit, allow_nonfinite, encoding_errors))
            index = _unique(file.path, words)
        except MemoryError:
            raise ResourceError(
                f"{file.path}: out of memory; w2vneg convert --limit reads only the first words"
            ) from None
    vectors = Vectors(words, matrix)
    vectors.__dict__["index"] = index  # fills the cached property: it was needed for the check
    return vectors


def _unique(path: str, words: list[str]) -> dict[str, int]:
    """Return word to row; refuse duplicates, naming both rows of the first one."""
    index = {word: row for row, word in enumerate(words)}
    if len(index) < len(words):
        first: dict[str, int] = {}
        for row, word in enumerate(words):
            if word in first:
                raise DataError(
                    f"{path}: row {row + 1}: the word {word!r} is a duplicate of row"
                    f" {first[word] + 1}; remove one of them"
                )
            first[word] = row
    return index


def _abbreviated(word: str) -> str:
    return repr(word if len(word) <= _LONGEST_HINT else word[:_LONGEST_HINT] + "...")
