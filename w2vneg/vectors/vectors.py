"""Word vectors in memory: lookup, nearest words, similarity, means and analogies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, UsageError
from w2vneg.system.option_names import named
from w2vneg.vectors import exports
from w2vneg.vectors.queries import (
    COSMUL_EPSILON,
    Query,
    best_rows,
    cosmul,
    direction,
    nonzero_row,
    unit_rows,
    weighted_terms,
)
from w2vneg.vectors.sif import SIF_A, weighted_mean, word_weights
from w2vneg.vectors.spelling import abbreviated, similar_spellings
from w2vneg.vectors.write import write_manifest, write_vectors

__all__ = [
    "ANALOGY_METHODS",
    "COSMUL_EPSILON",
    "Vectors",
    "cosmul",
    "write_manifest",
    "write_vectors",
]

#: Sum of cosines (Mikolov et al., NAACL 2013); product of cosines (Levy and Goldberg, CoNLL 2014).
ANALOGY_METHODS = ("3cosadd", "3cosmul")

_Floats = npt.NDArray[np.float32]
_Row = int | np.integer[Any]
_Answers = list[tuple[str, float]]


@dataclass(eq=False, repr=False)
class Vectors:
    """Words and their vectors, which are asked like gensim's ``KeyedVectors``.

    ``v["king"]`` is a vector, ``v[["king", "queen"]]`` a matrix, ``v[0]`` the vector of the first
    word. ``"king" in v``, ``len(v)`` and iteration concern the words. ``np.asarray(v)`` is `matrix`.

    Parameters
    ----------
    words : list of str
        V different words, most frequent first where that is known.
    matrix : (V, d) float32 array
    notes : list of str
        Remarks about the file that they were read from, such as skipped rows.
    counts : (V,) int64 array, optional
        Occurrences of the words, where they are known.
    w_out : (V, d) float32 array, optional
        The vectors on the other side of the model, where they are known: those of words that are
        predicted, or predict, the words of `matrix`.
    w_in : (V, d) float32 array, optional
        The vectors as they were trained, where `matrix` is their sum with a share of `w_out`
        (option ``mix_out``).
    training : dict, optional
        The metadata of the training, JSON values, where they are known.
    """

    words: list[str]
    matrix: _Floats
    notes: list[str] = field(default_factory=list)
    counts: npt.NDArray[np.int64] | None = None
    w_out: _Floats | None = None
    w_in: _Floats | None = None
    training: dict[str, Any] | None = None

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.words[:3])) + (", ..." if len(self) > 3 else "")
        return f"<Vectors: {len(self):,} words x {self.dim}: {first}>"

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word in self.index

    @overload
    def __getitem__(self, key: str | _Row) -> _Floats: ...
    @overload
    def __getitem__(self, key: Sequence[str] | slice) -> _Floats: ...
    def __getitem__(self, key: str | _Row | Sequence[str] | slice) -> _Floats:
        if isinstance(key, str):
            return np.asarray(self.matrix[self.row(key)])
        if isinstance(key, int | np.integer | slice):
            return np.asarray(self.matrix[key])
        return np.asarray(self.matrix[[self.row(word) for word in key]])

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy:
            return np.array(self.matrix, dtype)
        return np.asarray(self.matrix, dtype)

    @property
    def dim(self) -> int:
        """Dimensions of the vectors."""
        return int(self.matrix.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Words and dimensions, as of `matrix`."""
        return len(self), self.dim

    @property
    def unmixed(self) -> _Floats:
        """The vectors as they were trained: `w_in`, or `matrix` where that is the same."""
        return self.matrix if self.w_in is None else self.w_in

    @cached_property
    def index(self) -> dict[str, int]:
        """Word to row."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> _Floats:
        """Rows scaled to unit length, (V, d) float32; zero rows stay zero."""
        return unit_rows(self.matrix)

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
            near = similar_spellings(word, self.words)
            hint = "it is not in the vocabulary"
            if near:
                hint = f"did you mean {', '.join(map(repr, near))}?"
            raise DataError(f"unknown word {abbreviated(word)}; {hint}") from None

    def most_similar(
        self,
        positive: Query = (),
        negative: Query = (),
        topn: int = 10,
        *,
        restrict_vocab: int | None = None,
    ) -> _Answers:
        """Return the words whose vectors are most similar to a sum of vectors.

        ``most_similar(["king", "woman"], ["man"])`` answers "man is to king as woman is to ...?".

        Parameters
        ----------
        positive, negative : word, (d,) array, or a list of them
            What is added, and what is subtracted. The vectors of words are scaled to unit length,
            arrays are taken as they are. A list may also hold pairs of a word or an array and its
            weight. Words of the query are no answers.
        topn : int
            Maximum number of words to return.
        restrict_vocab : int, optional
            Search only the first `restrict_vocab` words.

        Returns
        -------
        list of (str, float)
            Words and cosines, the most similar first.

        Raises
        ------
        UsageError
            If the query is empty, a vector has another shape, or `topn` is less than 1.
        DataError
            If a word is unknown, or a vector or the sum is zero and so has no direction.
        """
        for option, number in (("topn", topn), ("restrict_vocab", restrict_vocab)):
            if number is not None and number < 1:
                raise UsageError(f"{named(option)} must be at least 1, not {number}")
        target, rows = direction(self, weighted_terms(positive, negative))
        cosines = np.clip(self.unit[:restrict_vocab] @ target, -1, 1)
        return [(self.words[i], float(cosines[i])) for i in best_rows(cosines, rows, topn)]

    def neighbors(self, word: str, count: int = 10, restrict: int | None = None) -> _Answers:
        """Return the words of highest cosine similarity, the word itself excluded.

        The same as `most_similar` of one word; see there.
        """
        return self.most_similar(word, topn=count, restrict_vocab=restrict)

    def similarity(self, a: str, b: str) -> float:
        """Return the cosine of two words, in [-1, 1].

        Raises
        ------
        DataError
            If a word is unknown or its vector is zero.
        """
        one, other = (self.unit[nonzero_row(self, word)] for word in (a, b))
        return float(np.clip(one.astype(np.float64) @ other, -1, 1))

    def doesnt_match(self, words: Iterable[str]) -> str:
        """Return the word that is least similar to the mean of all of them.

        Unlike gensim, which ignores unknown words, this refuses them.

        Raises
        ------
        UsageError
            If there are no words.
        DataError
            If a word is unknown.
        """
        listed = list(words)
        if not listed:
            raise UsageError("no words: give some of which one does not match the others")
        units = self.unit[[self.row(word) for word in listed]]
        return listed[int(np.argmin(units @ units.mean(axis=0)))]

    def mean_vector(
        self,
        words: Iterable[str],
        weights: str | Sequence[float] | None = None,
        *,
        a: float = SIF_A,
        pre_normalize: bool = True,
        post_normalize: bool = False,
    ) -> _Floats:
        """Return the weighted mean of the vectors of words, such as those of a document.

        Parameters
        ----------
        words : iterable of str
            Unknown words are left out. A word that occurs twice counts twice.
        weights : {"sif", "equal"} or sequence of float, optional
            One for each word. ``"sif"``: ``a / (a + p)``, where p is the share of a word in the
            text, known from `counts`; the default where there are counts, otherwise ``"equal"``.
        a : float
            Constant of ``"sif"``.
        pre_normalize, post_normalize : bool
            Scale the vectors of the words, or the mean, to unit length.

        Returns
        -------
        (d,) float32 array
            Zero if no word is known.

        Raises
        ------
        UsageError
            If weights are not valid, or those of ``"sif"`` are asked for without counts.

        References
        ----------
        Arora, Liang and Ma, ICLR 2017 (SIF); their removal of the first principal component of all
        documents is not part of it.
        """
        listed = list(words)
        if weights is not None and not isinstance(weights, str):
            if len(weights) != len(listed):
                raise UsageError(
                    f"{len(weights)} weights for {len(listed)} words: give one for each"
                )
            known = [(word, w) for word, w in zip(listed, weights, strict=True) if word in self]
            rows = [self.index[word] for word, _ in known]
            chosen = np.array([weight for _, weight in known], np.float32)
        else:
            rows = [self.index[word] for word in listed if word in self.index]
            chosen = word_weights(self, weights, a)[rows]
        return weighted_mean(
            self.unit if pre_normalize else self.matrix, rows, chosen, post_normalize
        )

    def mean_vectors(
        self,
        documents: Iterable[Iterable[str]],
        weights: str | None = None,
        *,
        a: float = SIF_A,
        pre_normalize: bool = True,
        post_normalize: bool = False,
    ) -> _Floats:
        """Return the mean vector of each document, (n, d) float32; see `mean_vector`.

        Parameters
        ----------
        documents : iterable of iterables of str
            The words of n documents.
        weights, a, pre_normalize, post_normalize
            See `mean_vector`; the weights are chosen by name.
        """
        of_words = word_weights(self, weights, a)
        used = self.unit if pre_normalize else self.matrix
        means = []
        for words in documents:
            rows = [self.index[word] for word in words if word in self.index]
            means.append(weighted_mean(used, rows, of_words[rows], post_normalize))
        return np.array(means, np.float32).reshape(-1, self.dim)

    def analogy(self, a: str, b: str, c: str, count: int = 5, method: str = "3cosadd") -> _Answers:
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
            Words and scores, the best first; those of 3cosadd are cosines.

        Raises
        ------
        UsageError
            If there is no such method.
        DataError
            If a word is unknown or its vector is zero.
        """
        rows = [nonzero_row(self, word) for word in (a, b, c)]
        cosines = self.unit @ self.unit[rows].T
        if method == "3cosadd":
            target = self.unit[rows[1]] - self.unit[rows[0]] + self.unit[rows[2]]
            length = float(np.linalg.norm(target))
            scores = (cosines[:, 1] - cosines[:, 0] + cosines[:, 2]) / (length or 1.0)
            scores = np.clip(scores, -1, 1)
        elif method == "3cosmul":
            scores = cosmul(*cosines.T)
        else:
            raise UsageError(f"no method {method!r}; choose from {', '.join(ANALOGY_METHODS)}")
        return [(self.words[i], float(scores[i])) for i in best_rows(scores, set(rows), count)]

    def save(self, path: str | os.PathLike[str], **options: Any) -> int:
        """Write the vectors; options, result and errors are those of `write_vectors`."""
        kept: dict[str, Any] = {"counts": self.counts, "w_out": self.w_out}
        kept |= {"w_in": self.w_in, "training": self.training}
        options = {**kept, **options}
        return write_vectors(path, self.words, self.matrix, **options)

    def to_gensim(self) -> Any:
        """Return a ``gensim.models.KeyedVectors`` (see `w2vneg.vectors.exports.to_gensim`)."""
        return exports.to_gensim(self)

    def to_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` (see `w2vneg.vectors.exports.to_frame`)."""
        return exports.to_frame(self)

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
        return replace(self, words=joined)
