"""The continuation of a model with more text."""

import math

import numpy as np
import pytest

from w2vneg import SkipGram, Vectors, Vocabulary, walks
from w2vneg.corpus.encode import encode
from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.training.checkpoint import Checkpointer
from w2vneg.training.continuation import EARLIER, SMOOTHING, average, shares
from w2vneg.training.start import Start

OPTIONS = {"dim": 16, "min_count": 2, "epochs": 3, "threads": 1, "sample": 0, "lr": 0.05}


def topics(names, count=150, seed=0, words=12):
    """Sentences, each of words of one topic only."""
    rng = np.random.default_rng(seed)
    return [
        [f"{names[i % len(names)]}{n}" for n in rng.integers(0, words, 8)] for i in range(count)
    ]


@pytest.fixture(scope="module")
def first():
    return SkipGram(**OPTIONS).fit(topics("ab"))


@pytest.fixture
def saved(tmp_path, first):
    path = tmp_path / "m.w2v"
    first.save(path)
    return path


def test_shares_follow_the_counts():
    new, earlier = np.array([0, 10**7, 10**7, 5]), np.array([10**7, 10**7, 0, 0])
    share = shares(new, earlier)
    overall = new.sum() / (new.sum() + EARLIER * earlier.sum())
    assert share[1] == pytest.approx(1 / (1 + EARLIER), rel=1e-4)
    assert share[0] == pytest.approx(SMOOTHING * overall / (EARLIER * 1e7), rel=1e-3)
    assert share[2] == share[3] == 1  # new words have no earlier vectors
    rare = shares(np.array([3, 10**6]), np.array([1, 10**6]))
    assert rare[0] == pytest.approx(rare[1], abs=0.02)  # four occurrences say little
    little = shares(np.array([5, 100]), np.array([5 * 10**6, 10**8]))
    assert (little < 1e-5).all()


def test_average_is_a_mean_of_rows():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(4, 6, 3)).astype(np.float32)
    old = Vectors(list("abcdef"), numbers[0], w_out=numbers[1])
    rows, taken = np.array([0, 2, 5]), np.array([3, 1, 4])
    frozen = np.array([True, False, False, False, False, False])
    share = np.linspace(0, 1, 6).astype(np.float32)
    w_in, w_out = numbers[2].copy(), numbers[3].copy()
    average(Start(old, rows, taken, frozen), w_in, w_out, share)
    for row in range(6):
        for found, new, before in ((w_in, numbers[2], numbers[0]), (w_out, numbers[3], numbers[1])):
            expected = new[row].astype(float)
            if row in rows and not (row == 0 and found is w_in):
                source = before[taken[list(rows).index(row)]].astype(float)
                expected = (1 - share[row]) * source + share[row] * expected
            np.testing.assert_allclose(found[row], expected, atol=1e-6)


def test_vocabulary_grows_and_counts_add_up(tmp_path):
    earlier = Vocabulary.from_counts({"a": 50, "b": 9, "gone": 7, "rare": 1})
    text = [["a", "rare", "new", "new"], ["new", "b", "seldom", "b"], ["also", "also", "a"]]
    path = tmp_path / "c.txt"
    path.write_text("\n".join(" ".join(line) for line in text) + "\n")
    for grown in (
        encode(text, min_count=2, earlier=earlier),
        encode(path, min_count=2, earlier=earlier, threads=3, block_bytes=8),
        encode(path, min_count=2, earlier=earlier),  # from the cache
    ):
        counts = dict(zip(grown.vocabulary.words, grown.vocabulary.counts.tolist(), strict=True))
        assert counts == {"a": 52, "b": 11, "gone": 7, "new": 3, "rare": 2, "also": 2}
        assert grown.vocabulary.words == ["a", "b", "gone", "new", "also", "rare"]
        assert grown.earlier.tolist() == [50, 9, 7, 0, 0, 1]
        assert grown.words_here == len(grown.tokens) == 10
        words = [grown.vocabulary.words[i] for i in grown.tokens]
        assert words == [word for line in text for word in line if word != "seldom"]
    alone = encode(path, min_count=2)
    assert alone.earlier is None
    assert "gone" not in alone.vocabulary
    few = encode(path, min_count=2, max_vocab=1, earlier=earlier)
    assert "new" in few.vocabulary
    assert "also" not in few.vocabulary
    with pytest.raises(DataError, match="no word of the model occurs in .*min_count=1 adds"):
        encode([["x", "y"]], min_count=2, earlier=earlier)


def test_new_words_are_learned_and_old_ones_keep_their_place(saved, first):
    model = SkipGram.load(saved).set_params(epochs=15)
    assert model.fit(topics("bc", seed=1), update=True) is model
    vectors = model.vectors
    assert set(vectors.words) == {f"{t}{n}" for t in "abc" for n in range(12)}
    right = {t: [] for t in "abc"}
    for word in vectors.words:
        right[word[0]] += [near[0] == word[0] for near, _ in vectors.neighbors(word, 5)]
    assert min(np.mean(values) for values in right.values()) > 0.95
    gone = [word for word in vectors.words if word[0] == "a"]  # no text, no change
    assert vectors[gone].tobytes() == first.vectors[gone].tobytes()
    counts = dict(zip(vectors.words, vectors.counts.tolist(), strict=True))
    assert sum(counts.values()) == 2 * 150 * 8
    assert model.manifest["continued"] == {
        "earlier_words": 24, "new_words": 12, "earlier_tokens": 1200, "new_tokens": 1200,
        "rounds": 4,
    }  # fmt: skip


def test_settings_come_from_the_model_and_epochs_are_more(saved):
    model = SkipGram.load(saved)
    assert model.get_params()["lr"] == 0.05
    model.fit(topics("ab", seed=2), update=True)
    assert model.manifest["config"]["epochs"] == 5 == math.ceil(3 * 5 / 3)
    assert model.manifest["config"]["lr"] == 0.05
    again = model.fit(topics("ab", seed=3), update=True)  # not 5/3 of 5
    assert again.manifest["config"]["epochs"] == 5
    exact = SkipGram.load(saved).set_params(epochs=2, lr=0.01)
    exact.fit(topics("ab", seed=2), update=True)
    assert (exact.manifest["config"]["epochs"], exact.manifest["config"]["lr"]) == (2, 0.01)


def test_frozen_words_stay_while_new_ones_learn(saved, first):
    model = SkipGram.load(saved).set_params(freeze=True).fit(topics("bc", seed=1), update=True)
    old = first.words
    assert model.vectors[old].tobytes() == first.vectors[old].tobytes()
    assert len(model.words) == 36


def test_continued_twice_through_files(tmp_path, saved):
    other = tmp_path / "n.w2v"
    SkipGram.load(saved).fit(topics("bc", seed=1), update=True).save(other)
    model = SkipGram.load(other)
    assert len(model.words) == 36
    assert model.vectors.counts.sum() == 2400
    model.fit(topics("cd", seed=2), update=True).save(other)  # over the file it is mapped from
    assert len(SkipGram.load(other).words) == 48


def test_interrupted_continuation_resumes_to_the_same_bytes(tmp_path, saved):
    text, folder = topics("bc", count=1500, seed=1), tmp_path / "states"
    whole = SkipGram.load(saved).fit(text, update=True)
    stop = StopFlag()

    def leave(epoch):
        if epoch.number == 2:
            stop.set()

    with pytest.raises(Interrupted):
        SkipGram.load(saved).fit(
            text, update=True, on_epoch=leave, stop=stop, checkpointer=Checkpointer(folder, 600)
        )
    resumed = SkipGram.load(saved).fit(text, update=True, resume=folder)
    assert resumed.vectors.matrix.tobytes() == whole.vectors.matrix.tobytes()
    assert resumed.vectors.w_out.tobytes() == whole.vectors.w_out.tobytes()


def test_failure_leaves_the_model_as_it_was(first):
    before = first.vectors

    def broken():
        yield ["a1", "a2"]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        first.fit(broken(), update=True)
    assert first.vectors is before


def test_refusals(tmp_path, saved, first):
    def fit(model=None, text=None, **options):
        (model or SkipGram.load(saved)).fit(text or topics("a"), update=True, **options)

    with pytest.raises(UsageError, match="not trained"):
        fit(SkipGram(**OPTIONS))
    with pytest.raises(UsageError, match=r"dim=20: .*m\.w2v has 16 dimensions"):
        fit(SkipGram.load(saved).set_params(dim=20))
    with pytest.raises(UsageError, match=r"init= has no effect where .*m\.w2v is continued"):
        fit(SkipGram.load(saved).set_params(init="v.vec"))
    with pytest.raises(UsageError, match="phrases= has no effect"):
        fit(phrases=1)
    with pytest.raises(UsageError, match="vocabulary= has no effect"):
        fit(vocabulary={"a1": 1, "a2": 1})
    with pytest.raises(UsageError, match="graph cannot be continued.*init="):
        fit(text=_graph_walks())
    with pytest.raises(DataError, match="no word of the model"):
        fit(text=[["x", "y"]])
    path = tmp_path / "v.w2v"
    Vectors(["a", "b"], np.ones((2, 3), np.float32)).save(path)
    with pytest.raises(DataError, match="no training that could be continued.*init="):
        SkipGram.load(path)


def _graph_walks():
    networkx = pytest.importorskip("networkx")
    return walks(networkx.path_graph(["a1", "a2", "a3"]))
