"""Word similarity against gensim's on the same files, and every form such a file may have."""

from pathlib import Path

import numpy as np
import pytest

from w2vneg.errors import DataError, UsageError
from w2vneg.evaluation import evaluate, score_similarity
from w2vneg.evaluation.testsets import (
    default_analogies,
    default_similarity,
    expand,
    read_similarity,
)
from w2vneg.vectors.vectors import Vectors


def random_vectors(words: list[str], dim: int = 16, seed: int = 1) -> Vectors:
    rng = np.random.default_rng(seed)
    return Vectors(words, rng.standard_normal((len(words), dim)).astype(np.float32))


@pytest.mark.parametrize("path", default_similarity(), ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", [1, 2])
def test_correlations_equal_gensims(path: Path, seed: int) -> None:
    from gensim.models import KeyedVectors

    rng = np.random.default_rng(seed)
    pairs = read_similarity(path).pairs
    words = sorted({w for a, b, _ in pairs for w in (a, b)})
    # Some words in other case, some twice, some missing.
    cased = [w.upper() if rng.random() < 0.3 else w for w in words if rng.random() < 0.9]
    cased += [w.capitalize() for w in words if rng.random() < 0.2]
    cased = list(dict.fromkeys(cased))
    rng.shuffle(cased)
    vectors = random_vectors(cased, seed=seed)
    reference = KeyedVectors(vectors.dim)
    reference.add_vectors(vectors.words, vectors.matrix)
    pearson, spearman, unknown = reference.evaluate_word_pairs(str(path))
    score = score_similarity(vectors, read_similarity(path))
    assert score.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert score.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert 100 * score.missing / (score.missing + score.pairs) == pytest.approx(unknown)
    assert score.missing > 0


PAIRS = [("love", "sex", 6.77), ("tiger", "cat", 7.35), ("tiger", "tiger", 10.0)]


@pytest.mark.parametrize("separator", ["\t", ",", ";", " ", "   ", ", ", " ; "])
@pytest.mark.parametrize("header", ["", "# a comment\n", "word1{0}word2{0}score\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_similarity_files_of_any_form_are_read(
    tmp_path: Path, separator: str, header: str, newline: str, mark: str
) -> None:
    lines = "".join(separator.join((a, b, str(r))) + "\n" for a, b, r in PAIRS)
    text = mark + (header.format(separator) + lines).replace("\n", newline)
    (tmp_path / "s.txt").write_bytes(text.encode())
    read = read_similarity(tmp_path / "s.txt")
    assert read.pairs == PAIRS
    assert read.skipped_lines == ("word1" in header)


def test_lines_without_a_rating_are_counted(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text(
        "a b 1\na b\na\na b nan\na b 1_0\na b x\nc d 2 more columns 7\n"
    )
    read = read_similarity(tmp_path / "s.txt")
    assert read.pairs == [("a", "b", 1.0), ("c", "d", 2.0)]
    assert read.skipped_lines == 5


@pytest.mark.parametrize(
    "text",
    [
        "new york\tbig apple\t7.5\ncat\tdog\t3\n",
        "new york,big apple,7.5\ncat,dog,3\n",
        '"new york","big apple","7.5"\n"cat","dog","3"\n',
        "new york;big apple;7,5\ncat;dog;3\n",
        "new york\tbig apple\t7,5\ncat\tdog\t3,0\n",
        "word1\tword2\tPOS\tscore\tother\nnew york\tbig apple\tN\t7.5\t1\ncat\tdog\tN\t3\t2\n",
    ],
)
def test_spaces_decimal_commas_and_columns_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.txt").write_text(text)
    read = read_similarity(tmp_path / "s.txt")
    assert read.pairs == [("new york", "big apple", 7.5), ("cat", "dog", 3.0)]
    assert read.skipped_lines == ("word1" in text)


def test_decimal_commas_between_spaces_are_read(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("a b 7,5\nc d 3\ne f 1e400\n")
    read = read_similarity(tmp_path / "s.txt")
    assert read.pairs == [("a", "b", 7.5), ("c", "d", 3.0)]
    assert read.skipped_lines == 1


@pytest.mark.parametrize("data", [b"", b"# only\n", b"a b\n", b"\xff\xfea", b"a\xe9 b 1\n"])
def test_file_without_pairs_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s.txt").write_bytes(data)
    with pytest.raises(DataError, match=r"s\.txt"):
        read_similarity(tmp_path / "s.txt")


def test_undefined_correlations_are_none(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a b 1\nb c 2\na c 3\nb d 4\n")
    same = Vectors(["a", "b", "c", "d"], np.ones((4, 2), np.float32))
    assert score_similarity(same, read_similarity(path)).spearman is None
    assert score_similarity(same, read_similarity(path)).pearson is None
    vectors = random_vectors(["a", "b", "c", "d"])
    path.write_text("a b 5\nb c 5\na c 5\n")
    assert score_similarity(vectors, read_similarity(path)).spearman is None
    path.write_text("a b 5\nb c 6\n")
    assert score_similarity(vectors, read_similarity(path)).spearman is None


def test_pairs_with_zero_vectors_are_counted_apart(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a b 1\nb c 2\na c 3\nb d 4\na e 5\n")
    vectors = random_vectors(["a", "b", "c", "d"])
    vectors.matrix[3] = 0
    score = score_similarity(vectors, read_similarity(path))
    assert (score.pairs, score.zero, score.missing) == (3, 1, 1)
    assert np.isnan(score.cosines[3:]).all()
    assert score.spearman is not None


def test_default_sets_are_located_without_gensim() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from w2vneg.evaluation import testsets as t;"
        "paths = t.default_analogies() + t.default_similarity();"
        "assert all(p.is_file() for p in paths); assert 'gensim' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_folders_are_replaced_with_their_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.csv", ".hidden"):
        (tmp_path / name).write_text("a b 1\n")
    assert [p.name for p in expand([str(tmp_path)])] == ["a.csv", "b.txt"]
    with pytest.raises(UsageError):
        expand([str(tmp_path / "missing")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        expand([str(tmp_path / "empty")])


def test_default_evaluation_scores_all_sets() -> None:
    words = sorted(
        {w for a, b, _ in read_similarity(default_similarity()[0]).pairs for w in (a, b)}
    )
    vectors = random_vectors(words)
    found = evaluate(vectors, bootstrap=50)
    result = found.to_dict()
    assert set(result["similarity"]) == {"wordsim353", "simlex999"}
    one = result["similarity"]["wordsim353"]
    assert one["low"] <= one["spearman"] <= one["high"]
    # Compared as text, because an interval over no items is NaN, which equals nothing.
    assert str(result) == str(evaluate(vectors, bootstrap=50).to_dict())
    assert result["analogies"]["questions-words"]["total"]["skipped"] > 0


def test_vectors_without_usable_items_are_refused() -> None:
    with pytest.raises(DataError, match="known words"):
        evaluate(random_vectors(["qqq", "zzz"]), default_analogies(), default_similarity())
