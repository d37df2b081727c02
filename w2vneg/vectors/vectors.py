"""Word vectors in memory: lookup, neighbors and analogies; and reading them from a file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, ResourceError, UsageError, W2vnegError
from w2vneg.system.option_names import named
from w2vneg.vectors.format import ENCODING_ERRORS, ReadOptions, ReadReport, RowError
from w2vneg.vectors.formats import recognize
from w2vneg.vectors.vector_file import fewer_rows, legible_words, open_vector_file
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
#: No similar spellings are suggested for longer words: the search is quadratic in the length.
_LONGEST_HINT = 100
_MOST_HINTS = 3
#: Keeps the quotient of 3CosMul finite, as in the paper.
COSMUL_EPSILON = 1e-6
#: Number of rows that are tried before a message recommends skipping bad rows.
_TRIED_ROWS = 100


@dataclass
class Vectors:
    """Words and their vectors.

    Parameters
    ----------
    words : list of str
        V different words, most frequent first where that is known.
    matrix : (V, d) float32 array
    notes : list of str
        Remarks about the file that they were read from, such as skipped rows.
    """

    words: list[str]
    matrix: _Floats
    notes: list[str] = field(default_factory=list, repr=False, compare=False)

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
        # Squares of very large and very small numbers overflow or underflow float32.
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
            near = self._similar_spellings(word)
            hint = "it is not in the vocabulary"
            if near:
                hint = f"did you mean {', '.join(map(repr, near))}?"
            raise DataError(f"unknown word {_abbreviated(word)}; {hint}") from None

    def neighbors(
        self, word: str, count: int = 10, restrict: int | None = None
    ) -> list[tuple[str, float]]:
        """Return the words of highest cosine similarity, the word itself excluded.

        Parameters
        ----------
        word : str
        count : int
            Maximum number of words to return.
        restrict : int, optional
            Search only the first `restrict` words.

        Returns
        -------
        list of (str, float)
            Words and cosines, the most similar first.

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
        """Answer the analogy question "a is to b as c is to ...?".

        Parameters
        ----------
        a, b, c : str
            The question; these words are excluded from the answers.
        count : int
            Maximum number of words to return.
        method : {"3cosadd", "3cosmul"}
            See `ANALOGY_METHODS`.

        Returns
        -------
        list of (str, float)
            Words and scores, the best first.

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
        """Write the vectors; arguments, result and errors are those of `write_vectors`."""
        return write_vectors(path, self.words, self.matrix)

    def join_spaces(self, text: str) -> Vectors:
        """Return the same vectors with the white space in words replaced, as in ``new_york``.

        Parameters
        ----------
        text : str
            What replaces each run of ASCII white space.

        Raises
        ------
        UsageError
            If `text` is empty or contains white space itself.
        DataError
            If a word becomes equal to another one.
        """
        if not text or text.split() != [text]:
            raise UsageError(
                f"{named('join_spaces', text)}: give characters without white space, such as _"
            )
        joined = [text.join(re.split(r"[\t-\r ]+", word)) for word in self.words]
        seen: dict[str, str] = {}
        for word, new in zip(self.words, joined, strict=True):
            if new in seen:
                raise DataError(
                    f"words {seen[new]!r} and {word!r} would both become {new!r}; join with other "
                    "characters"
                )
            seen[new] = word
        return Vectors(joined, self.matrix, self.notes)

    def _similar_spellings(self, word: str) -> list[str]:
        """Return up to three known words, those that differ only in case or joints first."""
        if len(word) > _LONGEST_HINT:
            return []
        import difflib

        spelling = _plain(word)
        near = [known for known in self.words if _plain(known) == spelling][:_MOST_HINTS]
        close: list[str] = []
        for wanted in dict.fromkeys([word, word.lower()]):
            close += difflib.get_close_matches(wanted, self.words[:50_000], _MOST_HINTS, 0.75)
        matcher = difflib.SequenceMatcher(b=spelling)

        def distance(known: str) -> float:
            matcher.set_seq1(_plain(known))
            return -matcher.ratio()

        return list(dict.fromkeys(near + sorted(close, key=distance)))[:_MOST_HINTS]

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
        Cosines of each candidate with the three words of the question.

    Returns
    -------
    float32 array of the same shape

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
    skip_bad_rows: bool = False,
) -> Vectors:
    """Read a file of vectors, plain or gzip; the format is recognized by the content.

    Parameters
    ----------
    path : str or path
    limit : int, optional
        Read only the first `limit` rows.
    allow_nonfinite : bool
        Accept NaN and infinity.
    encoding_errors : {"strict", "drop", "replace", "ignore"}
        Refuse words that are not UTF-8, leave out their rows, or replace or remove invalid bytes. A word that would become empty, or equal to another
        one, is spelled with its bytes, as in ``caf\\xe9``.
    skip_bad_rows : bool
        Leave out rows that cannot be used, such as duplicates and numbers that are not finite, and
        what a truncated file lacks. `Vectors.notes` says how many, and why.

    Returns
    -------
    Vectors

    Raises
    ------
    UsageError
        If there is no such file, or an option is not valid.
    DataError
        If the content violates the format; the message names the file and the row.
    ResourceError
        If the vectors do not fit into memory.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"{named('limit')} must be at least 1, not {limit}")
    if encoding_errors not in ENCODING_ERRORS:
        known = ", ".join(ENCODING_ERRORS)
        raise UsageError(f"{named('encoding_errors', encoding_errors)}: choose from {known}")
    options = ReadOptions(limit, allow_nonfinite, encoding_errors, skip_bad_rows)
    try:
        return _read(path, options)
    except DataError as error:
        if skip_bad_rows or not _skipping_helps(path, options):
            raise
        remedy = f"{named('skip_bad_rows', True)} reads the other rows"
        raise DataError(f"{error}; {remedy}") from None


def _read(path: str | os.PathLike[str], options: ReadOptions) -> Vectors:
    with open_vector_file(path) as file:
        reader = recognize(file).read
        assert reader is not None, "only formats with a reader are recognized"
        try:
            words, matrix = reader(file, options)
            words = legible_words(words, options.encoding_errors)
            words, matrix, index = _without_duplicates(file.path, words, matrix, options)
        except MemoryError:
            raise ResourceError(f"{file.path}: out of memory; {fewer_rows()}") from None
    notes = options.report.notes(file.path)
    if not words:
        raise DataError(notes[-1] if notes else f"{file.path}: no vectors")
    vectors = Vectors(words, matrix, notes)
    vectors.__dict__["index"] = index  # fills the cached property: it was needed for the check
    return vectors


def _skipping_helps(path: str | os.PathLike[str], options: ReadOptions) -> bool:
    """Return whether most of the first rows of a file can be read if bad rows are skipped."""
    limit = min(_TRIED_ROWS, options.limit or _TRIED_ROWS)
    trial = replace(options, limit=limit, skip_bad_rows=True, report=ReadReport())
    try:
        good = len(_read(path, trial))
    except W2vnegError:
        return False
    return good > trial.report.skipped


def _without_duplicates(
    path: str, words: list[str], matrix: _Floats, options: ReadOptions
) -> tuple[list[str], _Floats, dict[str, int]]:
    """Return words, matrix and word to row; the first of equal words is the one to keep."""
    index = {word: row for row, word in enumerate(words)}
    if len(index) == len(words):
        return words, matrix, index
    first: dict[str, int] = {}
    rows: list[int] = []
    for row, word in enumerate(words):
        if word in first:
            problem = f"the word {word!r} is a duplicate of row {first[word] + 1}"
            options.bad_row(RowError(path, row, problem))
            continue
        first[word] = row
        rows.append(row)
    words = list(first)
    return words, matrix[rows], {word: row for row, word in enumerate(words)}


def _plain(word: str) -> str:
    """Return a word without the differences of case and of what joins its parts."""
    return word.casefold().replace(" ", "_").replace("-", "_")


def _abbreviated(word: str) -> str:
    return repr(word if len(word) <= _LONGEST_HINT else word[:_LONGEST_HINT] + "...")
