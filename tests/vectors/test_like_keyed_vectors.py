"""Vectors are asked like gensim's KeyedVectors and give its answers."""

from typing import Any

import numpy as np
import pytest

from w2vneg import SkipGram, Vectors
from w2vneg.errors import DataError, UsageError

RNG = np.random.default_rng(7)
WORDS = [f"w{i}" for i in range(300)]
MATRIX = (RNG.normal(size=(300, 12)) * RNG.uniform(0.1, 9, (300, 1))).astype(np.float32)


@pytest.fixture
def ours() -> Vectors:
    return Vectors(list(WORDS), MATRIX.copy())


@pytest.fixture(scope="module")
def theirs() -> Any:
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(12)
    keyed.add_vectors(WORDS, MATRIX)
    return keyed


def same(one: list[tuple[str, float]], other: list[tuple[str, float]]) -> None:
    assert [word for word, _ in one] == [word for word, _ in other]
    np.testing.assert_allclose([c for _, c in one], [c for _, c in other], atol=2e-6)


VECTOR = RNG.normal(size=12).astype(np.float32)
QUERIES: list[tuple[Any, Any]] = [
    ("w3", ()),
    (["w3"], []),
    (["w3", "w5"], ["w8"]),
    (["w3", "w5"], "w8"),
    ([], ["w1"]),
    (VECTOR, ()),
    ([VECTOR, "w3"], ["w9", MATRIX[4]]),
    ([("w3", 0.5), ("w5", 2.0), ("w8", -0.3)], []),
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
@pytest.mark.parametrize("options", [{}, {"topn": 3}, {"restrict_vocab": 40}, {"topn": 999}])
def test_the_same_words_are_most_similar(ours: Vectors, theirs: Any, query, options) -> None:
    positive, negative = query
    found = ours.most_similar(positive, negative, **options)
    # A tuple of gensim's is a word with a weight, a lone array one vector.
    same(found, theirs.most_similar(positive or None if positive is not VECTOR else [VECTOR],
                                    negative or None, **options))  # fmt: skip


def test_weights_of_what_is_subtracted_are_subtracted(ours: Vectors) -> None:
    # gensim adds what is given with a weight, also where it is to be subtracted.
    same(ours.most_similar("w3", [("w8", 0.3)]), ours.most_similar(["w3", ("w8", -0.3)]))


def test_similarity_and_the_word_that_does_not_match(ours: Vectors, theirs: Any) -> None:
    for a, b in zip(WORDS[:50], WORDS[50:], strict=False):
        assert ours.similarity(a, b) == pytest.approx(float(theirs.similarity(a, b)), abs=2e-6)
    for first in range(0, 290, 7):
        group = WORDS[first : first + 5]
        assert ours.doesnt_match(group) == theirs.doesnt_match(group)


@pytest.mark.parametrize("pre", [True, False])
@pytest.mark.parametrize("post", [True, False])
def test_means(ours: Vectors, theirs: Any, pre: bool, post: bool) -> None:
    words = ["w1", "unknown", "w7", "w7", "w30"]
    for weights in (None, [0.5, 3, 1, 2, -1]):
        np.testing.assert_allclose(
            ours.mean_vector(words, weights, pre_normalize=pre, post_normalize=post),
            theirs.get_mean_vector(words, weights, pre_normalize=pre, post_normalize=post),
            atol=3e-6,
        )
    assert not ours.mean_vector(["unknown"]).any()
    assert not ours.mean_vector([]).any()


def test_sif_weights_are_the_formula(ours: Vectors) -> None:
    ours.counts = np.arange(300, 0, -1, dtype=np.int64) ** 2
    shares = ours.counts / ours.counts.sum()
    weights = 1e-3 / (1e-3 + shares[[2, 250]])
    expected = weights @ ours.unit[[2, 250]].astype(float) / weights.sum()
    np.testing.assert_allclose(ours.mean_vector(["w2", "w250"]), expected, atol=1e-6)
    np.testing.assert_allclose(ours.mean_vector(["w2", "w250"], "sif"), expected, atol=1e-6)
    equal = ours.mean_vector(["w2", "w250"], "equal")
    np.testing.assert_allclose(equal, ours.unit[[2, 250]].mean(axis=0), atol=1e-6)
    heavier = ours.mean_vector(["w2", "w250"], a=1e9)
    np.testing.assert_allclose(heavier, equal, atol=1e-4)


def test_lookup(ours: Vectors) -> None:
    assert (ours["w3"] == MATRIX[3]).all()
    assert (ours[["w3", "w1", "w3"]] == MATRIX[[3, 1, 3]]).all()
    assert (ours[2] == MATRIX[2]).all()
    assert (ours[np.int64(2)] == MATRIX[2]).all()
    assert (ours[:4] == MATRIX[:4]).all()
    assert ours[[]].shape == (0, 12)
    assert "w3" in ours
    assert "no" not in ours
    assert 3 not in ours
    assert list(ours) == ours.words
    assert len(ours) == 300
    assert ours.shape == (300, 12)
    assert np.asarray(ours) is ours.matrix
    assert np.array(ours) is not ours.matrix
    assert np.asarray(ours, np.float64).dtype == np.float64
    assert repr(ours) == "<Vectors: 300 words x 12: 'w0', 'w1', 'w2', ...>"
    with pytest.raises(DataError, match="unknown word 'w300'"):
        ours[["w1", "w300"]]


def test_cosines_lie_between_minus_one_and_one() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(200, 7)).astype(np.float32)
    matrix = np.concatenate([base, base * 3, -base]).astype(np.float32)
    vectors = Vectors([f"w{i}" for i in range(600)], matrix)
    for word in vectors.words[:200]:
        assert vectors.most_similar(word, topn=1)[0][1] <= 1
        assert vectors.similarity(word, word) <= 1
        assert min(cosine for _, cosine in vectors.most_similar(word, topn=600)) >= -1
    a, b = vectors.words[:2]
    assert all(-1 <= score <= 1 for _, score in vectors.analogy(a, a, b, 600))


def test_what_cannot_be_answered(ours: Vectors) -> None:
    ours.matrix[5] = 0
    for query in ((), ([], [])):
        with pytest.raises(UsageError, match="give a word or a vector"):
            ours.most_similar(*query)
    with pytest.raises(UsageError, match=r"shape \(3,\) does not fit vectors of shape \(12,\)"):
        ours.most_similar(np.ones(3))
    with pytest.raises(DataError, match="zero"):
        ours.most_similar(np.zeros(12))
    with pytest.raises(DataError, match="not finite"):
        ours.most_similar(np.full(12, np.nan))
    with pytest.raises(DataError, match="'w5' is zero"):
        ours.most_similar("w5")
    with pytest.raises(DataError, match="'w5' is zero"):
        ours.similarity("w1", "w5")
    with pytest.raises(DataError, match="cancel"):
        ours.most_similar("w1", "w1")
    with pytest.raises(UsageError, match="topn= must be at least 1"):
        ours.most_similar("w1", topn=0)
    with pytest.raises(UsageError, match="no words"):
        ours.doesnt_match([])
    with pytest.raises(DataError, match="unknown word 'x'"):
        ours.doesnt_match(["w1", "x"])
    with pytest.raises(UsageError, match="weights by frequency need counts"):
        ours.mean_vector(["w1"], "sif")
    with pytest.raises(UsageError, match="choose from sif, equal"):
        ours.mean_vector(["w1"], "idf")
    with pytest.raises(UsageError, match="2 weights for 1 words"):
        ours.mean_vector(["w1"], [1, 2])


def test_the_same_word_in_another_case_is_suggested_first() -> None:
    words = ["wing", "ring", "new-york", "New_York", "king", "sing"]
    vectors = Vectors(words, np.eye(6, dtype=np.float32))
    for unknown, first in (("King", "king"), ("NEW_YORK", "New_York"), ("NEW-YORK", "new-york")):
        with pytest.raises(DataError, match=f"did you mean '{first}'"):
            vectors["x"] if unknown == "x" else vectors[unknown]


def test_a_model_has_vectors_with_counts_and_both_matrices() -> None:
    model = SkipGram(dim=5, min_count=1, threads=1).fit([["a", "b", "a", "c"]] * 20)
    vectors = model.vectors
    assert isinstance(vectors, Vectors)
    assert vectors.counts is not None
    assert dict(zip(vectors.words, vectors.counts.tolist(), strict=True)) == {
        "a": 40, "b": 20, "c": 20,
    }  # fmt: skip
    assert vectors.w_out is not None
    assert vectors.w_out.shape == vectors.matrix.shape
    assert not (vectors.w_out == vectors.matrix).all()
    keyed = vectors.to_gensim()
    assert keyed.get_vecattr("a", "count") == 40
    assert (keyed["b"] == vectors["b"]).all()


def test_former_names_still_work() -> None:
    import w2vneg

    with pytest.warns(DeprecationWarning, match="load_vectors"):
        assert w2vneg.read_vectors is w2vneg.load_vectors
    model = SkipGram(dim=2, min_count=1, threads=1).fit([["a", "b", "c"]] * 5)
    with pytest.warns(DeprecationWarning, match="attribute vectors"):
        assert model.keyed() is model.vectors


def test_public_names_are_those_of_the_package() -> None:
    import w2vneg

    for name in w2vneg.__all__:
        assert getattr(w2vneg, name) is not None
    assert issubclass(DataError, w2vneg.W2vnegError)


def test_a_missing_library_is_named(ours: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for library, install, call in (
        ("gensim.models", "pip install gensim", ours.to_gensim),
        ("pandas", r"pip install 'w2vneg\[frames\]'", ours.to_frame),
    ):
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(UsageError, match=install):
            call()


def test_frames(ours: Vectors) -> None:
    pytest.importorskip("pandas", reason="pandas is an optional library")
    frame = ours.to_frame()
    assert frame.index.name == "word"
    assert (frame.loc["w3"].to_numpy() == MATRIX[3]).all()
    assert frame.shape == (300, 12)
