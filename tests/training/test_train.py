"""Training as a whole: known answers, exactness, and what goes wrong."""

import threading
import time

import numpy as np
import pytest

from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DataError, DivergedError, Interrupted, ResourceError
from w2vneg.samplers import configure
from w2vneg.system import limits as room
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.training import loops as training_run
from w2vneg.training.chunks import chunk_borders
from w2vneg.training.matrices import first_vectors
from w2vneg.training.state import keep_thresholds
from w2vneg.training.train import train
from w2vneg.vectors.vectors import Vectors


def topics(count=600, seed=0):
    """Sentences of two vocabularies that never mix."""
    rng = np.random.default_rng(seed)
    return [[f"{'ab'[i % 2]}{n}" for n in rng.zipf(1.5, 12).clip(1, 30)] for i in range(count)]


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(topics(), min_count=1)


def config(**options):
    return configure(**{"dim": 24, "epochs": 3, "min_count": 1, "sample": 0, **options})


def test_planted_topics_come_apart(corpus):
    result = train(corpus, config(epochs=40, lr=0.05, threads=2))
    vectors = Vectors(corpus.vocabulary.words, np.ascontiguousarray(result.w_in))
    frequent = [w for w, n in zip(vectors.words, corpus.vocabulary.counts, strict=True) if n >= 20]
    right = [near[0] == word[0] for word in frequent for near, _ in vectors.neighbors(word, 5)]
    assert len(right) >= 50
    assert np.mean(right) > 0.95


def test_one_thread_and_one_seed_give_the_same_bytes(corpus):
    first, second = (train(corpus, config(threads=1)) for _ in range(2))
    assert first.w_in.tobytes() == second.w_in.tobytes()
    assert first.w_out.tobytes() == second.w_out.tobytes()
    assert first.loss == second.loss
    other = train(corpus, config(threads=1, seed=2))
    assert first.w_in.tobytes() != other.w_in.tobytes()


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_token_count_does_not_depend_on_threads(corpus, threads):
    result = train(corpus, config(threads=threads))
    assert result.tokens == result.kept == 3 * len(corpus.tokens)


def test_loss_falls_from_its_known_start(corpus):
    start = train(corpus, config(epochs=1, lr=1e-9, negatives=5)).loss
    # Zero output vectors: every sigma is a half. Draws equal to the center are dropped.
    assert 0.8 * 6 * np.log(2) < start <= 6 * np.log(2) + 1e-6
    assert train(corpus, config(epochs=30, lr=0.05)).loss < 0.9 * start


def test_fixed_point_is_shifted_pmi():
    """Levy and Goldberg 2014: at full rank u.v = log(#(u,v) T / (#(u) #(v))) - log K.

    With draws equal to the center dropped, K q(v) becomes K q(v) (1 - p(v|u)).
    """
    rng = np.random.default_rng(0)
    partner = np.array([[6, 2, 1, 1], [2, 5, 2, 1], [1, 2, 5, 2], [1, 1, 2, 6]], float)
    cells = rng.choice(16, 40_000, p=(partner / partner.sum()).ravel())
    corpus = encode_sentences([[f"w{c // 4}", f"w{c % 4}"] for c in cells], min_count=1)
    result = train(
        corpus,
        config(dim=16, window=1, negatives=2, ns_exponent=1.0, epochs=30, lr=0.02, threads=1),
    )
    actual = result.w_in @ result.w_out.T
    size = len(corpus.vocabulary)
    counts = np.zeros((size, size))
    pairs = corpus.tokens.reshape(-1, 2)
    np.add.at(counts, (pairs[:, 0], pairs[:, 1]), 1)
    counts += counts.T
    given = counts / counts.sum(axis=1, keepdims=True)
    noise = corpus.vocabulary.counts / corpus.vocabulary.total
    expected = np.log(given) - np.log(2 * noise * (1 - given))
    assert np.abs(actual - expected).max() < 0.15


def test_learning_rate_falls_to_a_ten_thousandth(corpus):
    seen = []

    class Watch(Progress):
        def update(self, done, **figures):
            seen.append((done, figures["lr"]))

    train(corpus, config(threads=1), progress=Watch())
    assert seen[-1][0] == 3 * len(corpus.tokens)
    assert 0 < seen[-1][1] < 0.025


def test_subsampling_keeps_the_declared_share():
    counts = np.array([90_000, 9_000, 900, 100])
    keep = keep_thresholds(counts, 1e-3) / 2.0**32
    share = counts / counts.sum()
    expected = np.minimum(1, np.sqrt(1e-3 / share) + 1e-3 / share)
    np.testing.assert_allclose(keep, expected, atol=1e-9)
    assert (keep_thresholds(counts, 0) == 2**32 - 1).all()
    rng = np.random.default_rng(0)
    words = rng.choice(4, 60_000, p=share)
    corpus = encode_sentences([[f"w{w}" for w in words[i : i + 20]] for i in range(0, 60_000, 20)])
    result = train(corpus, config(dim=2, epochs=1, sample=1e-3))
    shares = corpus.vocabulary.counts / corpus.vocabulary.total
    mean = (corpus.vocabulary.counts * np.minimum(1, np.sqrt(1e-3 / shares) + 1e-3 / shares)).sum()
    assert result.kept == pytest.approx(mean, abs=5 * np.sqrt(mean))


def test_chunks_cover_every_sentence_once():
    rng = np.random.default_rng(0)
    for tokens in (1, 7, 100, 10**6):
        starts = np.concatenate([[0], np.cumsum(rng.integers(1, 40, 300))])
        borders = chunk_borders(starts, tokens)
        assert borders[0] == 0
        assert borders[-1] == 300
        assert (np.diff(borders) > 0).all()


def test_first_vectors_are_small_uniform_and_padded():
    flat = first_vectors(1000, 10, seed=1).reshape(1000, 16)
    assert np.abs(flat[:, :10]).max() <= 0.05
    assert flat[:, :10].std() == pytest.approx(0.1 / np.sqrt(12), rel=0.05)
    assert not flat[:, 10:].any()
    assert flat.ctypes.data % 64 == 0


def test_divergence_is_named(corpus):
    with pytest.raises(DivergedError, match="lower lr="):
        train(corpus, config(lr=1e9, epochs=5))


def test_sentences_of_one_word_are_refused():
    with pytest.raises(DataError, match="no training pairs"):
        train(encode_sentences([["a"], ["b"]], min_count=1), config())


def test_refuses_matrices_beyond_memory(corpus, monkeypatch):
    monkeypatch.setattr(room, "available_memory", lambda: 1000)
    with pytest.raises(ResourceError, match=r"need .* of memory, 1.0 kB are free; lower dim="):
        train(corpus, config())


@pytest.mark.parametrize("threads", [1, 3])
def test_worker_error_reaches_the_caller(corpus, threads, monkeypatch):
    calls = []

    def fail(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise ZeroDivisionError("planted")
        time.sleep(0.01)
        return training_chunk(*arguments)

    training_chunk = training_run.Loop.run
    monkeypatch.setattr(training_run.Loop, "run", fail)
    with pytest.raises(ZeroDivisionError, match="planted"):
        train(corpus, config(threads=threads, epochs=1000))
    assert len(calls) < 3 + 2 * threads
    assert not [t for t in threading.enumerate() if t.name.startswith("w2vneg-train")]


def test_stop_flag_ends_training_within_a_second(corpus):
    stop = StopFlag()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        train(corpus, config(epochs=1_000_000), stop=stop)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("words", [2, 3])
def test_tiny_vocabularies_end(words):
    corpus = encode_sentences([[f"w{i % words}" for i in range(9)]] * 30, min_count=1)
    for sampler in ("unigram", "uniform"):
        result = train(corpus, config(sampler=sampler, negatives=30))
        assert np.isfinite(result.w_in).all()
        assert result.collisions > 0


def test_one_compiled_loop_serves_all_sizes(corpus):
    from w2vneg.kernel.jit import INTERPRETED
    from w2vneg.kernel.window import train_chunk

    if INTERPRETED:
        pytest.skip("nothing is compiled")
    train(corpus, config(dim=10, window=2, negatives=3, threads=1))
    before = len(train_chunk.signatures)
    train(corpus, config(dim=77, window=9, negatives=13, threads=1, sampler="uniform"))
    assert len(train_chunk.signatures) == before


def test_milestones_see_the_state_unchanged(corpus):
    plain = train(corpus, config(epochs=30, threads=1))
    seen = []

    def look(share, result):
        time.sleep(0.2)
        seen.append((share, result.tokens / (30 * len(corpus.tokens)), result.w_in.copy()))

    began = time.monotonic()
    watched = train(
        corpus, config(epochs=30, threads=1), milestones=[0.0, 0.25, 0.5], on_milestone=look
    )
    elapsed = time.monotonic() - began
    assert watched.w_in.tobytes() == plain.w_in.tobytes()
    assert watched.seconds <= elapsed - 3 * 0.2, "milestones do not count as training time"
    for share, trained, _ in seen:
        assert share <= trained <= share + 1 / 30 + 0.01
    assert not np.array_equal(seen[0][2], seen[1][2])
    assert np.abs(seen[0][2]).max() <= 0.5 / 24


@pytest.mark.parametrize("threads", [2, 5])
def test_nothing_moves_while_someone_looks(corpus, threads):
    still = []

    def look(share, result):
        before = result.w_in.copy()
        time.sleep(0.05)
        still.append(np.array_equal(before, result.w_in))

    result = train(
        corpus,
        config(epochs=40, threads=threads),
        milestones=[0.1, 0.3, 0.301, 0.9],
        on_milestone=look,
    )
    assert still == [True] * 4
    assert result.tokens == 40 * len(corpus.tokens)


def test_an_error_while_looking_ends_the_training(corpus):
    def look(share, result):
        raise DataError("cannot look")

    with pytest.raises(DataError, match="cannot look"):
        train(corpus, config(epochs=50, threads=3), milestones=[0.2], on_milestone=look)


def test_time_budget_is_kept(corpus):
    rates = []

    class Watch(Progress):
        def update(self, done, *, loss=float("nan"), lr=float("nan")):
            rates.append(lr)

    result = train(corpus, config(epochs=1, threads=2), seconds=0.8, progress=Watch())
    assert 0.75 < result.seconds < 1.2
    assert result.tokens > len(corpus.tokens), "the corpus is read again"
    assert rates[-1] < 0.15 * 0.025
