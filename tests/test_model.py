"""The library class."""

import gzip
import json

import numpy as np
import pytest

import w2vneg
from w2vneg import SkipGram, load_vectors
from w2vneg.errors import UsageError

TEXT = "the cat sat on the mat\nthe dog sat on the log\n" * 40


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT)
    return path


def test_path_and_lists_give_the_same(corpus, tmp_path):
    options = {"dim": 12, "min_count": 1, "epochs": 2, "threads": 1}
    from_path = SkipGram(**options).fit(corpus, cache=False)
    from_lists = SkipGram(**options).fit([line.split() for line in TEXT.splitlines()])
    packed = tmp_path / "c.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    from_gzip = SkipGram(**options).fit([packed], cache=False)
    assert from_path.words == from_lists.words == from_gzip.words
    np.testing.assert_array_equal(from_path.vectors.matrix, from_lists.vectors.matrix)
    np.testing.assert_array_equal(from_path.vectors.matrix, from_gzip.vectors.matrix)
    prints = {m.manifest["corpus"]["fingerprint"] for m in (from_path, from_lists, from_gzip)}
    assert len(prints) == 1


def test_save_and_manifest(corpus, tmp_path):
    model = SkipGram(dim=12, min_count=1, threads=1, epochs=5).fit(corpus)
    for name in ("v.vec", "v.bin", "v.vec.gz"):
        model.save(tmp_path / name)
        loaded = load_vectors(tmp_path / name)
        assert loaded.words == model.words
        assert loaded.matrix.tobytes() == np.ascontiguousarray(model.vectors.matrix).tobytes()
    manifest = json.loads((tmp_path / "v.vec.json").read_text())
    assert manifest["config"]["dim"] == 12
    assert manifest["training"]["tokens"] == 5 * 12 * 40
    assert manifest["vocabulary"]["words"] == len(model.words)


def test_mixed_vectors_are_the_sum_of_both_matrices(corpus, tmp_path):
    options = {"dim": 12, "min_count": 1, "threads": 1}
    plain = SkipGram(**options).fit(corpus).vectors.matrix
    same = SkipGram(**options, mix_out=0).fit(corpus).vectors.matrix
    once, twice = (SkipGram(**options, mix_out=b).fit(corpus).vectors.matrix for b in (1.0, 2.0))
    np.testing.assert_array_equal(same, plain)
    w_out = once - plain
    assert np.abs(w_out).max() > 0.01
    np.testing.assert_allclose(twice, plain + 2 * w_out, atol=1e-6)
    mixed = SkipGram(**options, mix_out=0.3).fit(corpus)
    np.testing.assert_allclose(mixed.vectors.matrix, plain + 0.3 * w_out, atol=1e-6)
    mixed.save(tmp_path / "v.vec")
    assert json.loads((tmp_path / "v.vec.json").read_text())["config"]["mix_out"] == 0.3


def test_to_gensim(corpus):
    model = SkipGram(dim=12, min_count=1, threads=1).fit(corpus)
    keyed = model.to_gensim()
    assert keyed.index_to_key == model.words
    np.testing.assert_array_equal(keyed.vectors, model.vectors)
    assert keyed.get_vecattr("the", "count") == 160


def test_vocabulary_can_be_given(corpus):
    model = SkipGram(dim=4, min_count=1, threads=1).fit(
        corpus, vocabulary=w2vneg.Vocabulary.from_counts({"cat": 1, "dog": 1, "the": 1, "yak": 1})
    )
    assert model.words == ["the", "cat", "dog"]


def test_misuse_is_named():
    with pytest.raises(UsageError, match="did you mean 'window'"):
        SkipGram(windw=3)
    with pytest.raises(UsageError, match="call fit"):
        SkipGram().vectors  # noqa: B018
    with pytest.raises(UsageError, match="sentence 1 is a string"):
        SkipGram().fit([["a", "b"], "c d"])
    with pytest.raises(UsageError, match="white space"):
        SkipGram().fit([["a", "b c"]])
    with pytest.raises(AttributeError):
        w2vneg.nothing  # noqa: B018
