"""Analogies: a is to b as c is to d, answered by vector arithmetic.

Counts equal those of gensim's ``evaluate_word_analogies`` on the same file: questions with a word
outside the first `restrict_vocab` words are skipped, case is ignored unless it is to count, the
words of the question are excluded from the answers, and only the five best candidates are
considered. gensim has no such evaluation with 3CosMul; the same rules are applied to its
``most_similar_cosmul``. Where a question has several right answers, each of them counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from w2vneg.errors import UsageError, suggest
from w2vneg.evaluation.items import AnalogySet, Section
from w2vneg.evaluation.lookup import UNKNOWN, Lookup
from w2vneg.system.option_names import named
from w2vneg.vectors.vectors import ANALOGY_METHODS, COSMUL_EPSILON, Vectors, cosmul

_Floats = npt.NDArray[np.float32]
_Rows = npt.NDArray[np.int64]
_Outcomes = npt.NDArray[np.int8]

#: Questions answered together, and the most scores computed for them at a time.
_BLOCK, _BLOCK_NUMBERS = 256, 1 << 25
_CANDIDATES = 5
#: Row of a word that is unknown, or beyond the restricted vocabulary; no answer has it.
_OUTSIDE = -2
#: If the two best scores are closer than this (3CosAdd: sum of three cosines; 3CosMul: relative),
#: rounding decides, and the question is answered with gensim's own order of operations.
_CLOSE = 1e-5


@dataclass
class SectionScore:
    """Outcomes of one section.

    Attributes
    ----------
    name : str
    kind : {"semantic", "syntactic", "other"}
        See `w2vneg.evaluation.items.Section`.
    outcomes : (questions,) int8 array
        1 correct, 0 wrong, -1 skipped; in file order.
    beyond : int
        Questions skipped because a word is beyond the `restrict_vocab` most frequent.
    not_common : int
        Questions skipped only because other vectors do not know a word.
    """

    name: str
    kind: str
    outcomes: _Outcomes
    beyond: int = 0
    not_common: int = 0

    @property
    def correct(self) -> int:
        """Number of questions answered correctly."""
        return int(np.sum(self.outcomes == 1))

    @property
    def total(self) -> int:
        """Number of questions that were not skipped."""
        return int(np.sum(self.outcomes >= 0))

    @property
    def skipped(self) -> int:
        """Number of skipped questions."""
        return int(np.sum(self.outcomes < 0))

    @property
    def unknown(self) -> int:
        """Number of questions skipped because the vectors do not know a word."""
        return self.skipped - self.beyond - self.not_common


@dataclass
class AnalogyScore:
    """Outcomes of an analogy file.

    Attributes
    ----------
    name : str
    sections : list of SectionScore
    skipped_lines : int
        Lines of the file that are no questions.
    first_skipped : int
        Number of the first of them, from 1; 0 if there is none.
    """

    name: str
    sections: list[SectionScore] = field(default_factory=list)
    skipped_lines: int = 0
    first_skipped: int = 0

    def outcomes(self, kind: str | None = None) -> _Outcomes:
        """Return the outcomes of all sections of a kind (None: of every kind), in file order."""
        chosen = [s.outcomes for s in self.sections if kind in (None, s.kind)]
        return np.concatenate(chosen) if chosen else np.zeros(0, np.int8)


def check_method(method: str) -> None:
    """Raise `UsageError` unless the method is one of `ANALOGY_METHODS`."""
    if method not in ANALOGY_METHODS:
        raise UsageError(f"{named('method', method)}: {suggest(method, list(ANALOGY_METHODS))}")


def score_analogies(
    vectors: Vectors,
    questions: AnalogySet,
    restrict_vocab: int = 30_000,
    method: str = "3cosadd",
    lookup: Lookup | None = None,
) -> AnalogyScore:
    """Answer all questions of a file.

    Parameters
    ----------
    vectors : Vectors
        Most frequent words first.
    questions : AnalogySet
    restrict_vocab : int
        Questions and answers are limited to this many words, the most frequent.
    method : {"3cosadd", "3cosmul"}
        See `w2vneg.vectors.vectors.ANALOGY_METHODS`.
    lookup : Lookup, optional
        Of the same vectors; says whether case counts. By default it does not.

    Raises
    ------
    UsageError
        If there is no such method.
    """
    check_method(method)
    lookup = lookup or Lookup(vectors)
    # gensim's 3CosMul ranks all words, its 3CosAdd only the restricted ones.
    ranked = len(vectors) if method == "3cosmul" else min(restrict_vocab, len(vectors))
    unit = vectors.unit[:ranked]
    # Rows that spell the same word in different case share a number; -1: outside the vocabulary.
    spelling = np.where(lookup.meant < restrict_vocab, lookup.meant, -1)[:ranked]
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(vectors.matrix[:ranked], axis=1)
    block = max(1, min(_BLOCK, _BLOCK_NUMBERS // max(1, ranked)))
    score = AnalogyScore(
        questions.name,
        skipped_lines=questions.skipped_lines,
        first_skipped=questions.first_skipped,
    )
    for section in questions.sections:
        rows = _rows(section, lookup)
        numbers = np.where(rows < restrict_vocab, rows, _OUTSIDE)
        is_known = _all_known(numbers)
        known = np.flatnonzero(is_known)
        outcomes = np.full(len(numbers), -1, np.int8)
        for low in range(0, len(known), block):
            asked = known[low : low + block]
            predicted, tied = _answer_block(unit, numbers[asked], spelling, method)
            for i in np.flatnonzero(tied):
                with np.errstate(all="ignore"):  # numbers near the limits of float32
                    predicted[i] = _answer_as_gensim(
                        vectors.matrix[:ranked], norms, numbers[asked[i]], spelling, method
                    )
            outcomes[asked] = (predicted[:, None] == numbers[asked, 3:]).any(axis=1)
        beyond = int(np.sum(_all_known(rows) & ~is_known))
        score.sections.append(SectionScore(section.name, section.kind, outcomes, beyond))
    return score


def _rows(section: Section, lookup: Lookup) -> _Rows:
    """Return the rows of all questions: a, b, c and the right answers, padded with `_OUTSIDE`."""
    answers = 1 + max((len(more) for more in section.alternatives), default=0)
    rows = np.full((len(section.questions), 3 + answers), _OUTSIDE, dtype=np.int64)
    for i, question in enumerate(section.questions):
        more = section.alternatives[i] if section.alternatives else ()
        rows[i, : 4 + len(more)] = lookup.rows([*question, *more])
    return np.where(rows == UNKNOWN, _OUTSIDE, rows)


def _all_known(rows: _Rows) -> npt.NDArray[np.bool_]:
    """Return for each question whether a, b, c and one right answer are known."""
    known = rows >= 0
    return np.asarray(known[:, :3].all(axis=1) & known[:, 3:].any(axis=1))


def _answer_block(
    unit: _Floats, numbers: _Rows, spelling: _Rows, method: str
) -> tuple[_Rows, npt.NDArray[np.bool_]]:
    """Answer a block of questions.

    Parameters
    ----------
    unit : (n, d) float32 array
        Normalized vectors of all candidates.
    numbers : (questions, 4 or more) int64 array
        Rows of a, b, c, and the right answers, which are not used.
    spelling : (n,) int64 array
        The row that stands for all spellings of a word; -1: outside the vocabulary.
    method : {"3cosadd", "3cosmul"}

    Returns
    -------
    predicted : (questions,) int64 array
        The row that stands for the answer; -1: outside the vocabulary, or none.
    tied : (questions,) bool array
        Whether rounding decides.
    """
    a, b, c = (unit[numbers[:, i]] for i in range(3))
    if method == "3cosadd":
        scores = (b - a + c) @ unit.T
    else:
        scores = cosmul(a @ unit.T, b @ unit.T, c @ unit.T)
    each = np.arange(len(numbers))
    scores[each[:, None], numbers[:, :3]] = -np.inf
    predicted = np.full(len(numbers), -1, np.int64)
    value = np.full(len(numbers), -np.inf, np.float32)
    pending = each
    for _ in range(_CANDIDATES):
        best = scores[pending].argmax(axis=1) if len(pending) < len(each) else scores.argmax(axis=1)
        finite = scores[pending, best] > -np.inf
        pending, best = pending[finite], best[finite]
        predicted[pending] = spelling[best]
        value[pending] = scores[pending, best]
        scores[pending, best] = -np.inf
        # Another spelling of a word of the question, or outside the vocabulary: take the next.
        excluded = (spelling[best][:, None] == numbers[pending, :3]).any(axis=1)
        pending = pending[excluded | (spelling[best] < 0)]
        if len(pending) == 0:
            break
    next_best = scores.max(axis=1)
    close = _CLOSE * (np.maximum(value, 0) if method == "3cosmul" else 1)
    tied = (next_best > -np.inf) & (next_best >= value - close)
    return predicted, np.asarray(tied)


def _answer_as_gensim(
    matrix: _Floats, norms: _Floats, question: _Rows, spelling: _Rows, method: str
) -> int:
    """Answer one question with the operations of gensim 4, in its order and precision.

    Returns the row that stands for the answer; -1: outside the vocabulary, or none.

    Parameters
    ----------
    matrix : (n, d) float32 array
    norms : (n,) float32 array
    question : (4 or more,) int64 array
        Rows of a, b, c, and the right answers, which are not used.
    spelling : (n,) int64 array
        See `_answer_block`.
    method : {"3cosadd", "3cosmul"}
    """
    a, b, c = question[:3].tolist()
    zero = norms == 0
    lengths = np.where(zero, np.float32(1), norms)
    if method == "3cosadd":
        mean = np.zeros(matrix.shape[1], np.float32)
        for weight, row in ((1.0, b), (1.0, c), (-1.0, a)):
            mean += np.float64(weight) * (matrix[row] / lengths[row])
        wide = mean / np.float64(3)
        length = float(np.sqrt(wide @ wide))
        scores = matrix @ (wide * (1 / length) if length else wide).astype(np.float32) / lengths
        candidates = _CANDIDATES + 3
    else:
        shifted = [(1 + matrix @ (matrix[row] / lengths[row]) / lengths) / 2 for row in (b, c, a)]
        scores = np.prod(shifted[:2], axis=0) / (np.prod(shifted[2:], axis=0) + COSMUL_EPSILON)
        candidates = _CANDIDATES + len({a, b, c})
    descending = np.where(zero, np.inf, -scores)
    if candidates >= len(descending):
        order = np.argsort(descending)
    else:
        order = np.argpartition(descending, candidates)[:candidates]
        order = order[np.argsort(descending[order])]
    predicted = -1
    for row in [r for r in order.tolist() if r not in (a, b, c)][:_CANDIDATES]:
        predicted = int(spelling[row])
        if predicted >= 0 and predicted not in (a, b, c):
            break
    return predicted
