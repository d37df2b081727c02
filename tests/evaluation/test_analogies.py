"""Analogy scores against gensim's on the same vectors and files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from w2vneg.errors import DataError, UsageError
from w2vneg.evaluation import score_analogies
from w2vneg.evaluation.standard_files import gensim_test_data
from w2vneg.evaluation.testsets import default_analogies, read_analogies
from w2vneg.vectors.vectors import ANALOGY_METHODS as METHODS
from w2vneg.vectors.vectors import Vectors

# gensim calls its own deprecated init_sims, and divides by the length of zero vectors.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Call to deprecated:DeprecationWarning", "ignore::RuntimeWarning"
)


def gensim_counts(
    vectors: Vectors, path: Path, restrict: int, method: str
) -> list[tuple[str, int, int]]:
    """Return (section, correct, asked) of gensim, whose evaluation has no switch for 3CosMul."""
    from gensim.models import KeyedVectors

    class Mul(KeyedVectors):
        def most_similar(self, *args: object, **options: object) -> object:
            return self.most_similar_cosmul(*args, **options)

    reference = (Mul if method == "3cosmul" else KeyedVectors)(vectors.dim)
    reference.add_vectors(vectors.words, vectors.matrix)
    _, sections = reference.evaluate_word_analogies(str(path), restrict_vocab=restrict)
    return [
        (s["section"], len(s["correct"]), len(s["correct"]) + len(s["incorrect"]))
        for s in sections[:-1]
    ]


def our_counts(
    vectors: Vectors, path: Path, restrict: int, method: str
) -> list[tuple[str, int, int]]:
    score = score_analogies(vectors, read_analogies(path), restrict, method)
    return [(s.name, s.correct, s.total) for s in score.sections]


def write_questions(path: Path, questions: np.ndarray) -> Path:
    lines = [": one", *(" ".join(q) for q in questions[::2])]
    lines += [": gram-two", *(" ".join(q) for q in questions[1::2])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plain(rng: np.random.Generator) -> tuple[list[str], np.ndarray, list[str]]:
    words = [f"w{i}" for i in range(int(rng.integers(4, 60)))]
    return words, rng.standard_normal((len(words), int(rng.integers(2, 20)))), words


def in_cases(words: list[str], rng: np.random.Generator) -> list[str]:
    kept = [[w, w.upper(), w.capitalize()][: int(rng.integers(1, 4))] for w in words]
    cased = list(dict.fromkeys(w for variants in kept for w in variants))
    rng.shuffle(cased)
    return cased


def mixed_case(rng: np.random.Generator) -> tuple[list[str], np.ndarray, list[str]]:
    base, _, _ = plain(rng)
    words = in_cases(base, rng)
    return words, rng.standard_normal((len(words), int(rng.integers(2, 20)))), base


def exact_ties(rng: np.random.Generator) -> tuple[list[str], np.ndarray, list[str]]:
    words, matrix, base = mixed_case(rng)
    matrix[rng.integers(0, len(words), len(words) // 3)] = matrix[0]
    return words, matrix, base


def near_variants(rng: np.random.Generator) -> tuple[list[str], np.ndarray, list[str]]:
    """Return up to 16 spellings around each word: all best candidates are question words."""
    base = ["abcd"[: 2 + i % 3] + str(i) for i in range(int(rng.integers(4, 10)))]
    words: list[str] = []
    for word in base:
        for pattern in rng.permutation(16)[: int(rng.integers(1, 16))]:
            words.append("".join(c.upper() if pattern >> i & 1 else c for i, c in enumerate(word)))
    words = list(dict.fromkeys(words))
    rng.shuffle(words)
    around = {word.upper(): rng.standard_normal(8) for word in words}
    matrix = np.array([around[w.upper()] + 0.01 * rng.standard_normal(8) for w in words])
    return words, matrix, base


@pytest.mark.slow
@pytest.mark.parametrize("make", [plain, mixed_case, exact_ties, near_variants])
@pytest.mark.parametrize("method", METHODS)
def test_counts_equal_gensims_on_random_vectors(
    tmp_path: Path,
    make: Callable[[np.random.Generator], tuple[list[str], np.ndarray, list[str]]],
    method: str,
) -> None:
    right = 0
    for seed in range(40):
        rng = np.random.default_rng([seed, len(make.__name__)])
        words, matrix, asked = make(rng)
        vectors = Vectors(words, np.ascontiguousarray(matrix, np.float32))
        path = write_questions(tmp_path / "q.txt", rng.choice(asked, (120, 4)))
        restrict = int(rng.integers(3, len(words) + 5))
        wanted = gensim_counts(vectors, path, restrict, method)
        assert our_counts(vectors, path, restrict, method) == wanted, seed
        right += sum(correct for _, correct, _ in wanted)
    assert right > 0


def test_question_words_as_answers_count_as_in_gensim(tmp_path: Path) -> None:
    words = ["a", "A", "aa", "AA", "Aa", "aA", "b", "B"]
    matrix = np.random.default_rng(1).standard_normal((8, 3)).astype(np.float32)
    vectors = Vectors(words, matrix)
    path = tmp_path / "q.txt"
    path.write_text(": s\na b aa aa\nb a aa b\na a a a\nb b b aa\naa a b aa\naa aa aa b\n")
    for method in METHODS:
        for restrict in (3, 6, 8):
            assert our_counts(vectors, path, restrict, method) == gensim_counts(
                vectors, path, restrict, method
            )


@pytest.fixture(scope="module")
def trained() -> Vectors:
    """Vectors of a small corpus, with the words of all questions added around planted answers."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        corpus_file=str(gensim_test_data() / "lee_background.cor"),
        vector_size=24, sg=1, min_count=2, epochs=5, seed=1, workers=1,
    )  # fmt: skip
    words, matrix = list(model.wv.index_to_key), [model.wv.vectors]
    rng = np.random.default_rng(1)
    known = {w.upper() for w in words}
    questions = [q for s in read_analogies(default_analogies()[0]).sections for q in s.questions]
    fresh = sorted({w for q in questions for w in q if w.upper() not in known})
    keep = [w if rng.random() < 0.5 else w.lower() for w in fresh if rng.random() < 0.8]
    keep = list(dict.fromkeys(keep))
    planted = {w.upper(): rng.standard_normal(24) for w in keep}
    for a, b, c, d in questions:
        a, b, c, d = a.upper(), b.upper(), c.upper(), d.upper()
        if all(w in planted for w in (a, b, c, d)):
            planted[d] = 0.9 * planted[d] + 0.1 * (planted[b] - planted[a] + planted[c])
    matrix.append(np.array([planted[w.upper()] for w in keep]))
    order = rng.permutation(len(words) + len(keep))
    together = np.concatenate(matrix).astype(np.float32)[order]
    return Vectors([[*words, *keep][i] for i in order], together)


@pytest.mark.slow
@pytest.mark.parametrize("restrict", [1500, 30_000])
def test_counts_equal_gensims_on_questions_words(trained: Vectors, restrict: int) -> None:
    path = default_analogies()[0]
    ours = our_counts(trained, path, restrict, "3cosadd")
    assert ours == gensim_counts(trained, path, restrict, "3cosadd")
    assert len(ours) == 14
    if restrict == 30_000:
        assert sum(correct for _, correct, _ in ours) > 500
        assert sum(total for _, _, total in ours) > 5000


def test_outcomes_mark_skipped_questions(tmp_path: Path) -> None:
    vectors = Vectors(
        ["man", "King", "woman", "queen", "rare"],
        np.array([[0, 1], [1, 1], [0, -1], [1, -1], [5, 5]], np.float32),
    )
    path = tmp_path / "q.txt"
    path.write_text(
        ": s\nMAN king Woman QUEEN\nman king woman unknown\nman king woman rare\n"
        ": gram1\nman woman king queen\nqueen king man man\n"
    )
    score = score_analogies(vectors, read_analogies(path), restrict_vocab=4)
    assert [s.outcomes.tolist() for s in score.sections] == [[1, -1, -1], [1, 0]]
    assert [s.skipped for s in score.sections] == [2, 0]
    assert score.outcomes("semantic").tolist() == [1, -1, -1]
    assert score.outcomes("syntactic").tolist() == [1, 0]
    assert score.outcomes().tolist() == [1, -1, -1, 1, 0]


def test_zero_vectors_do_not_break_the_counts(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((20, 4)).astype(np.float32)
    matrix[::3] = 0
    words = [f"w{i}" for i in range(20)]
    path = write_questions(tmp_path / "q.txt", rng.choice(words, (100, 4)))
    for method in METHODS:
        score = score_analogies(Vectors(words, matrix), read_analogies(path), method=method)
        assert sum(s.total for s in score.sections) == 100


def test_unknown_method_is_refused(trained: Vectors) -> None:
    with pytest.raises(UsageError, match="3cosmul"):
        score_analogies(trained, read_analogies(default_analogies()[0]), method="3cosmull")


QUESTIONS = ": family\nboy girl man woman\nking queen he she\n: gram1\ngo goes do does\n"


@pytest.mark.parametrize(
    "text",
    [
        QUESTIONS,
        QUESTIONS.replace("\n", "\r\n"),
        "\ufeff" + QUESTIONS,
        QUESTIONS.replace("\n", "\n\n"),
        QUESTIONS.rstrip("\n"),
        QUESTIONS.replace(" girl", "\tgirl  "),
    ],
)
def test_question_files_of_any_form_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.txt"
    path.write_bytes(text.encode())
    read = read_analogies(path)
    assert [(s.name, s.kind, len(s.questions)) for s in read.sections] == [
        ("family", "semantic", 2),
        ("gram1", "syntactic", 1),
    ]
    assert read.sections[0].questions[0] == ("boy", "girl", "man", "woman")
    assert read.skipped_lines == 0


def test_lines_of_other_widths_are_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    path.write_text("a b c d\na b c\na b c d e\n\nb c d a\n")
    read = read_analogies(path)
    assert read.skipped_lines == 2
    assert [(s.name, len(s.questions)) for s in read.sections] == [("q", 2)]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b": only\n", b"a b c\n", b"\xff\xfe:", b"\xe9 b c d"]
)
def test_file_without_questions_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "q.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"q\.txt"):
        read_analogies(path)
