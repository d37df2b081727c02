"""Odd question and pair files, read by gensim and by w2vneg: equal, or listed with the reason."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from w2vneg.errors import DataError
from w2vneg.evaluation import score_analogies, score_similarity
from w2vneg.evaluation.lookup import Lookup
from w2vneg.evaluation.testsets import read_analogies, read_similarity
from w2vneg.vectors.vectors import Vectors

pytestmark = pytest.mark.filterwarnings(
    "ignore:Call to deprecated:DeprecationWarning", "ignore::RuntimeWarning"
)

WORDS = [
    "man", "Man", "king", "woman", "queen", "paris", "Paris", "france", "rome", "italy", "new york",
    "stra\u00dfe", "strasse", "\u0131sparta", "isparta", "don't", "9", "l'\u00e9t\u00e9", "\u65e5\u672c",
    "a,b", "c;d", "x/y", "zu_hause",
]  # fmt: skip
#: Without blanks: those that a question can hold.
SINGLE = [word for word in WORDS if " " not in word]

#: Counts, or the class of the error.
Verdict = dict[str, tuple[int, int]] | tuple[int, int] | str


def make_vectors(seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(WORDS))
    return Vectors(
        [WORDS[i] for i in order], rng.standard_normal((len(WORDS), 4)).astype(np.float32)
    )


def reference(vectors: Vectors) -> object:
    from gensim.models import KeyedVectors

    vectors_of_gensim = KeyedVectors(vectors.dim)
    vectors_of_gensim.add_vectors(vectors.words, vectors.matrix)
    return vectors_of_gensim


def gensim_analogies(
    vectors: Vectors, path: Path, restrict: int = 100, case_sensitive: bool = False
) -> Verdict:
    """Return (correct, asked) of each section, those of the same name together."""
    try:
        _, sections = reference(vectors).evaluate_word_analogies(
            str(path), restrict_vocab=restrict, case_insensitive=not case_sensitive
        )
    except (ValueError, ZeroDivisionError) as error:
        return type(error).__name__
    merged: dict[str, tuple[int, int]] = {}
    for s in sections[:-1]:
        correct, asked = merged.get(s["section"], (0, 0))
        right, wrong = len(s["correct"]), len(s["incorrect"])
        merged[s["section"]] = (correct + right, asked + right + wrong)
    return merged


def our_analogies(
    vectors: Vectors, path: Path, restrict: int = 100, case_sensitive: bool = False
) -> Verdict:
    try:
        read = read_analogies(path)
    except DataError as error:
        return type(error).__name__
    score = score_analogies(vectors, read, restrict, lookup=Lookup(vectors, case_sensitive))
    return {s.name: (s.correct, s.total) for s in score.sections}


def gensim_pairs(vectors: Vectors, path: Path) -> tuple[int, int] | str:
    """Return (pairs used, pairs with an unknown word)."""
    counts: Counter[str] = Counter()

    class Counting(type(reference(vectors))):
        def similarity(self, *pair: str) -> float:
            counts["used"] += 1
            return super().similarity(*pair)

        @staticmethod
        def log_evaluate_word_pairs(
            pearson: object, spearman: object, unknown: float, pairs: str
        ) -> None:
            counts["unknown"] = round(unknown / 100 * counts["used"] / (1 - unknown / 100))

    counting = Counting(vectors.dim)
    counting.add_vectors(vectors.words, vectors.matrix)
    try:
        counting.evaluate_word_pairs(str(path))
    except ValueError as error:
        return type(error).__name__
    return counts["used"], counts["unknown"]


def our_pairs(vectors: Vectors, path: Path) -> tuple[int, int] | str:
    try:
        read = read_similarity(path)
    except DataError as error:
        return type(error).__name__
    score = score_similarity(vectors, read)
    return score.pairs, score.missing


def cased(rng: np.random.Generator, word: str) -> str:
    return str(rng.choice([word, word, word.upper(), word.capitalize()]))


def question_line(rng: np.random.Generator) -> str:
    """Return a line in a form that both read alike."""
    words = [cased(rng, word) for word in rng.choice(SINGLE, 4)]
    kind = rng.integers(0, 12)
    if kind == 0:
        words[rng.integers(0, 4)] = "nobody"
    if kind == 1:
        words[3] = words[rng.integers(0, 3)]
    if kind == 2:
        words = words[: rng.integers(1, 4)]
    if kind == 3:
        words += ["more"] * int(rng.integers(1, 4))
    if kind == 4:
        return ""
    if kind == 5:
        return f": {rng.choice(['gram-x', 'family', 'two words', 'family', ': colon'])}"
    if kind == 6:
        return "# " + " ".join(words[:3])
    separator = ["\t", "  ", " \t ", "\u00a0"][kind - 7] if 7 <= kind <= 10 else " "
    return separator.join(words) + str(rng.choice(["", " ", "\r", "\t"]))


def pair_line(rng: np.random.Generator) -> str:
    """Return a line in a form that both read alike."""
    one, two = (cased(rng, word) for word in rng.choice(WORDS, 2))
    rating = f"{rng.integers(0, 1000) / 100}"
    kind = rng.integers(0, 12)
    if kind == 0:
        one = "nobody"
    if kind == 1:
        return f"{one}\t{two}"
    if kind == 2:
        rating = str(rng.choice(["", "x", "n/a", "-", "1.2.3", "0x1"]))
    if kind == 3:
        rating = str(rng.choice(["1e1", "-3", "+.5", "7.", "1E-2", "007", " 8 "]))
    if kind == 4:
        return "# " + f"{one}\t{two}\t{rating}"
    if kind == 5:
        return ""
    if kind == 6:
        rating += "\r"
    return f"{one}\t{two}\t{rating}"


@pytest.mark.slow
@pytest.mark.parametrize("case_sensitive", [False, True])
def test_odd_questions_give_gensims_counts(tmp_path: Path, case_sensitive: bool) -> None:
    right = asked = 0
    path = tmp_path / "q.txt"
    for seed in range(40):
        rng = np.random.default_rng(seed)
        lines = [": first", "man king woman queen", *(question_line(rng) for _ in range(60))]
        path.write_bytes("\n".join(lines).encode() + b"\n" * int(rng.integers(0, 3)))
        vectors = make_vectors(seed)
        restrict = int(rng.integers(8, 30))
        wanted = gensim_analogies(vectors, path, restrict, case_sensitive)
        assert our_analogies(vectors, path, restrict, case_sensitive) == wanted, seed
        assert isinstance(wanted, dict)
        right += sum(correct for correct, _ in wanted.values())
        asked += sum(total for _, total in wanted.values())
    assert right > 0
    assert asked > 80


def test_odd_pairs_give_gensims_counts(tmp_path: Path) -> None:
    path = tmp_path / "s.tsv"
    for seed in range(40):
        rng = np.random.default_rng(seed)
        lines = ["man\tking\t3", *(pair_line(rng) for _ in range(40))]
        path.write_bytes("\n".join(lines).encode() + b"\n" * int(rng.integers(0, 3)))
        vectors = make_vectors(seed)
        wanted = gensim_pairs(vectors, path)
        assert our_pairs(vectors, path) == wanted, seed
        pearson, spearman, _ = reference(vectors).evaluate_word_pairs(str(path))
        score = score_similarity(vectors, read_similarity(path))
        assert score.pearson == pytest.approx(pearson[0], abs=1e-6)
        assert score.spearman == pytest.approx(spearman[0], abs=1e-6)


QUESTION = ": s\nman king woman queen\n"
#: Text, counts of gensim, counts of w2vneg, why they differ.
QUESTION_DIFFERENCES = {
    "no heading": (
        "man king woman queen\n", "ValueError", {"q": (1, 1)},
        "the MSR questions have no headings",
    ),
    "byte order mark": (
        "\ufeff: s\nman king woman queen\n", "ValueError", {"s": (1, 1)},
        "editors write one; it is not part of the first line",
    ),
    "heading without a space": (
        ": s\nman king woman queen\n:t\nman king woman queen\n", {"s": (2, 2)},
        {"s": (1, 1), "t": (1, 1)}, "one word is no question, and a heading elsewhere",
    ),
    "indented heading": (
        ": s\nman king woman queen\n : t\nman king woman queen\n", {"s": (2, 2)},
        {"s": (1, 1), "t": (1, 1)}, "two words are no question",
    ),
    "heading or question": (
        ": s\nman king woman queen\n:t king woman queen\n", {"s": (1, 1)}, "DataError",
        "gensim asks it as a question",
    ),
    "old line ends": (
        QUESTION + "man king woman queen\rman king woman queen\n", {"s": (1, 1)}, {"s": (3, 3)},
        "gensim takes both lines for one of eight words",
    ),
    "quoted": (
        ': s\n"man" "king" "woman" "queen"\n', {"s": (0, 0)}, {"s": (1, 1)},
        "the marks are not part of the words",
    ),
    "csv": (
        ": s\nman,king,woman,queen\nman, king, woman, queen\n", {"s": (0, 0)}, {"s": (2, 2)},
        "four fields are four words",
    ),
    "tabs between words with spaces": (
        QUESTION + "man\tking\tnew york\tqueen\n", {"s": (1, 1)}, {"s": (1, 2)},
        "vectors may have words with spaces",
    ),
    "MSR columns": (
        "man king woman NN_NN queen\n", "ValueError", {"NN_NN": (1, 1)},
        "as published",
    ),
    "BATS columns": (
        "man\tking\nwoman\tnobody/queen\n", "ValueError", {"q": (1, 1)}, "as published",
    ),
    "ratings": (
        ": s\nman king 9 9\n", {"s": (0, 1)}, "NotATestSet", "word pairs with ratings",
    ),
    "no question": (": s\n", "ZeroDivisionError", "NotATestSet", "a message, not a traceback"),
    "not UTF-8": (
        b": s\nman king woman queen\xe9\n", "UnicodeDecodeError", "NotATestSet",
        "a message, not a traceback",
    ),
}  # fmt: skip

PAIR = "man\tking\t3\nman\tqueen\t4\n"
PAIR_DIFFERENCES = {
    "blanks around a word": (
        PAIR + "man \t woman\t1\n", (2, 1), (3, 0), "no word begins or ends with a blank",
    ),
    "more columns": (PAIR * 2 + "man\twoman\t1\tnote\n", (4, 0), (5, 0), "the rating is there"),
    "part of speech": (
        "man\tking\tN\t3\nman\tqueen\tN\t4\n", "ValueError", (2, 0), "SimLex-999 as published",
    ),
    "decimal commas": (PAIR + "man\twoman\t1,5\n", (2, 0), (3, 0), "a number all the same"),
    "thousands": (PAIR + "man\twoman\t1,500\n", (2, 0), "DataError", "1.5 or 1500"),
    "not finite": (
        PAIR + "man\twoman\tnan\nman\tparis\tinf\n", (4, 0), (2, 0),
        "no correlation has a value then",
    ),
    "Python's digits": (
        PAIR + "man\twoman\t1_0\nman\tparis\t\uff11\n", (4, 0), (2, 0),
        "no other program reads these as numbers",
    ),
    "csv": ("man,king,3\nman,queen,4\n", "ValueError", (2, 0), "the delimiter is recognized"),
    "semicolons": ("man;king;3\nman;queen;4,5\n", "ValueError", (2, 0), "as above"),
    "spaces": ("man king 3\nman queen 4.5\n", "ValueError", (2, 0), "as above"),
    "quoted": (
        '"man"\t"king"\t"3"\n"man"\t"queen"\t"4"\n', "ValueError", (2, 0),
        "the marks are not part of the words",
    ),
    "open mark": (PAIR + '"man\twoman\t1\n', (2, 1), "DataError", "a word, or a cut field"),
    "row numbers": (
        "0\tman\tking\t3\n1\tman\tqueen\t4\n", "ValueError", "DataError",
        "the pairs would be (0, man), (1, man)",
    ),
    "byte order mark": ("\ufeff" + PAIR * 2, (3, 1), (4, 0), "it is not part of the first word"),
    "indented comment": (
        PAIR + " # man\twoman\t1\n", (2, 1), (2, 1), "both take it for a pair",
    ),
    "old line ends": (
        PAIR + "man\twoman\t1\rman\tparis\t2\n", (4, 0), (4, 0), "both read two lines",
    ),
    "no pair": ("# nothing\n", "ValueError", "NotATestSet", "a message, not a traceback"),
}  # fmt: skip


def vectors_of_differences() -> Vectors:
    words = ["man", "king", "woman", "queen", "paris", "new york", "9"]
    matrix = [[0, 1, 0], [1, 1, 0], [0, -1, 0], [1, -1, 0], [-1, 0.1, 1], [0, 0, 1], [0, 0.3, 1]]
    return Vectors(words, np.array(matrix, np.float32))


@pytest.mark.parametrize("name", QUESTION_DIFFERENCES)
def test_question_differences_are_these(tmp_path: Path, name: str) -> None:
    text, theirs, ours, _ = QUESTION_DIFFERENCES[name]
    path = tmp_path / "q.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert gensim_analogies(vectors_of_differences(), path) == theirs
    assert our_analogies(vectors_of_differences(), path) == ours


@pytest.mark.parametrize("name", PAIR_DIFFERENCES)
def test_pair_differences_are_these(tmp_path: Path, name: str) -> None:
    text, theirs, ours, _ = PAIR_DIFFERENCES[name]
    path = tmp_path / "s.tsv"
    path.write_bytes(text.encode())
    assert gensim_pairs(vectors_of_differences(), path) == theirs
    assert our_pairs(vectors_of_differences(), path) == ours
