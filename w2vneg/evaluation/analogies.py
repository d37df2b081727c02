"""Analogies: a is to b as c is to d, answered by vector arithmetic.

Counts equal gensim's ``evaluate_word_analogies`` on the same file: questions with a word outside
the first `restrict_vocab` words are left out, case is ignored, the words of the question are no
answers, and only the five best candidates are looked at. gensim gives 3CosMul no such count; the
same rules are applied to its ``most_similar_cosmul``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from w2vneg.errors import UsageError, suggest
from w2vneg.evaluation.testsets import AnalogySet
from w2vneg.vectors.vectors import ANALOGY_METHODS as METHODS
from w2vneg.vectors.vectors import COSMUL_EPSILON, Vectors, cosmul

#: Questions that are answered together: fewer where so many words would take too much memory.
_BLOCK, _BLOCK_NUMBERS = 256, 1 << 25
_LOOKED_AT = 5
#: Answers whose scores lie closer (3CosAdd: of the sum of three cosines; 3CosMul: relative) are
#: told apart by gensim's own order of operations, because their order depends on rounding.
_CLOSE = 1e-5


@dataclass
class SectionScore:
    """Outcome of one section.

    Attributes
    ----------
    outcomes : (questions,) int8 array
        1 right, 0 wrong, -1 left out because of an unknown word; in the order of the file.
    """

    name: str
    kind: str
    outcomes: np.ndarray

    @property
    def correct(self) -> int:
        """Questions answered rightly."""
        return int(np.sum(self.outcomes == 1))

    @property
    def total(self) -> int:
        """Questions asked."""
        return int(np.sum(self.outcomes >= 0))

    @property
    def skipped(self) -> int:
        """Questions left out."""
        return int(np.sum(self.outcomes < 0))


@dataclass
class AnalogyScore:
    """Outcome of an analogy file."""

    name: str
    sections: list[SectionScore] = field(default_factory=list)
    skipped_lines: int = 0

    def outcomes(self, kind: str | None = None) -> np.ndarray:
        """Return the outcomes of all sections of a kind (None: of all), in order."""
        chosen = [s.outcomes for s in self.sections if kind in (None, s.kind)]
        return np.concatenate(chosen) if chosen else np.zeros(0, np.int8)


def case_index(vectors: Vectors, restrict_vocab: int) -> dict[str, int]:
    """Map upper-case words to the first (most frequent) row that spells them in any case."""
    index: dict[str, int] = {}
    for row, word in enumerate(vectors.words[:restrict_vocab]):
        index.setdefault(word.upper(), row)
    return index


def answer(
    vectors: Vectors, questions: AnalogySet, restrict_vocab: int = 30_000, method: str = "3cosadd"
) -> AnalogyScore:
    """Answer all questions of a file.

    Parameters
    ----------
    vectors : Vectors
        Most frequent words first.
    questions : AnalogySet
    restrict_vocab : int
        Only the first so many words can be asked for or be answers.
    method : {"3cosadd", "3cosmul"}
        Mikolov et al., NAACL 2013; Levy and Goldberg, CoNLL 2014, eq. 4.
    """
    if method not in METHODS:
        raise UsageError(f"--method {method!r}: {suggest(method, list(METHODS))}")
    index = case_index(vectors, restrict_vocab)
    # gensim's 3CosMul looks at all words, its 3CosAdd at the restricted ones.
    reach = len(vectors) if method == "3cosmul" else min(restrict_vocab, len(vectors))
    unit = vectors.unit[:reach]
    # Rows that spell the same word in another case share a number; -1 lies outside.
    spelling = np.array([index.get(word.upper(), -1) for word in vectors.words[:reach]])
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(vectors.matrix[:reach], axis=1)
    block = max(1, min(_BLOCK, _BLOCK_NUMBERS // max(1, reach)))
    score = AnalogyScore(questions.name, skipped_lines=questions.skipped_lines)
    for section in questions.sections:
        rows = [
            [index.get(word.upper(), -1) for word in question] for question in section.questions
        ]
        numbers = np.array(rows, dtype=np.int64).reshape(-1, 4)
        known = np.flatnonzero((numbers >= 0).all(axis=1))
        outcomes = np.full(len(numbers), -1, np.int8)
        for low in range(0, len(known), block):
            asked = known[low : low + block]
            tied = np.zeros(len(asked), dtype=bool)
            outcomes[asked] = _answer_block(unit, numbers[asked], spelling, method, tied)
            for i in asked[tied]:
                with np.errstate(all="ignore"):  # numbers at the ends of float32
                    outcomes[i] = _answer_as_gensim(
                        vectors.matrix[:reach], norms, numbers[i], spelling, method
                    )
        score.sections.append(SectionScore(section.name, section.kind, outcomes))
    return score


def _answer_block(
    unit: np.ndarray, numbers: np.ndarray, spelling: np.ndarray, method: str, tied: np.ndarray
) -> np.ndarray:
    """Return for each question (a, b, c, d as rows) whether d is predicted.

    Parameters
    ----------
    tied : (questions,) bool array
        Modified in place: true where rounding decides.
    """
    a, b, c = (unit[numbers[:, i]] for i in range(3))
    if method == "3cosadd":
        scores = (b - a + c) @ unit.T
    else:
        scores = cosmul(a @ unit.T, b @ unit.T, c @ unit.T)
    each = np.arange(len(numbers))
    scores[each[:, None], numbers[:, :3]] = -np.inf
    predicted = np.full(len(numbers), -1)
    value = np.full(len(numbers), -np.inf, np.float32)
    open_ = each
    for _ in range(_LOOKED_AT):
        best = scores[open_].argmax(axis=1) if len(open_) < len(each) else scores.argmax(axis=1)
        found = scores[open_, best] > -np.inf
        open_, best = open_[found], best[found]
        predicted[open_] = spelling[best]
        value[open_] = scores[open_, best]
        scores[open_, best] = -np.inf
        # Another spelling of a word of the question, or a word outside: look at the next best.
        again = (spelling[best][:, None] == numbers[open_, :3]).any(axis=1) | (spelling[best] < 0)
        open_ = open_[again]
        if len(open_) == 0:
            break
    next_best = scores.max(axis=1)
    close = _CLOSE * (np.maximum(value, 0) if method == "3cosmul" else 1)
    tied[:] = (next_best > -np.inf) & (next_best >= value - close)
    return (predicted == numbers[:, 3]).astype(np.int8)


def _answer_as_gensim(
    matrix: np.ndarray, norms: np.ndarray, question: np.ndarray, spelling: np.ndarray, method: str
) -> bool:
    """Answer one question with the operations of gensim 4, in its order and precision.

    Parameters
    ----------
    matrix : (n, d) float32 array
    norms : (n,) float32 array
    question : (4,) int array
        Rows of a, b, c, d.
    """
    a, b, c, expected = question.tolist()
    dead = norms == 0
    lengths = np.where(dead, np.float32(1), norms)
    if method == "3cosadd":
        mean = np.zeros(matrix.shape[1], np.float32)
        for weight, row in ((1.0, b), (1.0, c), (-1.0, a)):
            mean += np.float64(weight) * (matrix[row] / lengths[row])
        wide = mean / np.float64(3)
        length = float(np.sqrt(wide @ wide))
        scores = matrix @ (wide * (1 / length) if length else wide).astype(np.float32) / lengths
        looked_at = _LOOKED_AT + 3
    else:
        shifted = [(1 + matrix @ (matrix[row] / lengths[row]) / lengths) / 2 for row in (b, c, a)]
        scores = np.prod(shifted[:2], axis=0) / (np.prod(shifted[2:], axis=0) + COSMUL_EPSILON)
        looked_at = _LOOKED_AT + len({a, b, c})
    falling = np.where(dead, np.inf, -scores)
    if looked_at >= len(falling):
        order = np.argsort(falling)
    else:
        order = np.argpartition(falling, looked_at)[:looked_at]
        order = order[np.argsort(falling[order])]
    predicted = -1
    for row in [r for r in order.tolist() if r not in (a, b, c)][:_LOOKED_AT]:
        predicted = int(spelling[row])
        if predicted >= 0 and predicted not in (a, b, c):
            break
    return predicted == expected
