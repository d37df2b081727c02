"""Rounds of a continuation: what each starts from, their mean, and checkpoints between them."""

import numpy as np
import pytest

from w2vneg import SkipGram, Vectors
from w2vneg.errors import Interrupted, UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.training.checkpoint import Checkpointer, newest
from w2vneg.training.continuation import ROUNDS
from w2vneg.training.rounds import Rounds
from w2vneg.training.start import Start

OPTIONS = {"dim": 10, "min_count": 1, "epochs": 2, "threads": 1, "sample": 0, "lr": 0.05}


def sentences(names, count=400, seed=0):
    rng = np.random.default_rng(seed)
    return [[f"{names[i % len(names)]}{n}" for n in rng.integers(0, 9, 8)] for i in range(count)]


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "m.w2v"
    SkipGram(**OPTIONS).fit(sentences("ab")).save(path)
    return path


def begun(number, words=4):
    rng = np.random.default_rng(1)
    old = rng.normal(size=(2, words, 3)).astype(np.float32)
    rows = np.arange(words - 1)  # the last word is new
    vectors = Vectors([f"w{n}" for n in rows], old[0][:-1], w_out=old[1][:-1])
    return Rounds(number, Start(vectors, rows, rows, None)), old


@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_the_result_is_the_mean_and_each_round_starts_anew(number):
    rounds, old = begun(number)
    rng = np.random.default_rng(2)
    results = rng.normal(size=(number, 2, 4, 3)).astype(np.float32)
    results[:, :, 1] = old[:, 1]  # a word that the text lacks
    for k in range(number):
        w_in, w_out = results[k].copy()
        if k + 1 < number:
            rounds.end(w_in, w_out)
            np.testing.assert_array_equal(w_in[:-1], old[0][:-1])
            np.testing.assert_array_equal(w_out[:-1], old[1][:-1])
            np.testing.assert_array_equal(w_in[-1], results[k][0][-1])  # goes on
    rounds.finish(w_in, w_out)
    np.testing.assert_allclose([w_in, w_out], results.mean(axis=0), atol=1e-6)
    assert w_in[1].tobytes() == old[0][1].tobytes()
    assert w_out[1].tobytes() == old[1][1].tobytes()


@pytest.mark.parametrize("number", [1, 2, 3, 5, 49])
def test_each_round_passes_from_0_to_1(number):
    rounds, _ = begun(number)
    matrix = np.zeros((4, 3), np.float32)
    epochs, chunks = 3, 10
    total = number * epochs * chunks
    for chunk in range(total):
        share = chunk / total
        if share in rounds.ends:
            assert rounds.is_over(share)
            rounds.end(matrix, matrix.copy())
        assert not rounds.is_over(share)
        expected = chunk % (epochs * chunks) / (epochs * chunks)
        assert rounds.progress(share) == pytest.approx(expected, abs=1e-12)
    assert rounds.done == number - 1


def continued(saved, **options):
    """Return a model that was trained on, and what stood after each epoch of it."""
    seen = []
    model = SkipGram.load(saved).set_params(epochs=2, **options)
    model.fit(
        sentences("bc", seed=1),
        update=True,
        on_epoch=lambda epoch: seen.append((epoch.number, epoch.of, epoch.vectors.matrix.copy())),
    )
    return model, seen


def test_a_continuation_has_four_rounds(saved):
    model, seen = continued(saved)
    assert [entry[:2] for entry in seen] == [(n, 2 * ROUNDS) for n in range(1, 2 * ROUNDS + 1)]
    assert model.manifest["continued"]["rounds"] == model.manifest["config"]["rounds"] == ROUNDS
    assert model.manifest["training"]["tokens"] == ROUNDS * 2 * 400 * 8


def test_the_vectors_of_new_words_are_the_mean_of_the_rounds(saved):
    """The first two rounds of three are those of two, and can be seen where a third follows."""
    model, _ = continued(saved, rounds=2)
    _, seen = continued(saved, rounds=3)
    new = [row for row, word in enumerate(model.words) if word[0] == "c"]
    first, second = seen[1][2][new], seen[3][2][new]
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_allclose(model.vectors.matrix[new], (first + second) / 2, atol=1e-6)


def test_one_round_is_the_first_of_several(saved):
    firsts = [continued(saved, rounds=number)[1][0][2].tobytes() for number in (1, 2)]
    assert firsts[0] == firsts[1]


def test_words_that_are_gone_or_frozen_keep_their_bytes(saved):
    old = SkipGram.load(saved).vectors
    model = SkipGram.load(saved).set_params(rounds=3).fit(sentences("bc", seed=1), update=True)
    gone = [word for word in old.words if word[0] == "a"]
    assert model.vectors[gone].tobytes() == old[gone].tobytes()
    frozen = SkipGram.load(saved).set_params(rounds=3, freeze=True)
    frozen.fit(sentences("bc", seed=1), update=True)
    assert frozen.vectors[old.words].tobytes() == old[old.words].tobytes()


@pytest.mark.parametrize("epoch", [1, 2, 3, 5])
def test_any_round_resumes_to_the_same_bytes(tmp_path, saved, epoch):
    text, folder = sentences("bc", count=1600, seed=1), tmp_path / "states"

    def model():
        return SkipGram.load(saved).set_params(epochs=2, rounds=3)

    whole = model().fit(text, update=True)
    stop = StopFlag()

    def leave(now):
        if now.number == epoch:
            stop.set()

    with pytest.raises(Interrupted):
        model().fit(
            text, update=True, on_epoch=leave, stop=stop, checkpointer=Checkpointer(folder, 600)
        )
    resumed = model().fit(text, update=True, resume=folder)
    assert resumed.vectors.matrix.tobytes() == whole.vectors.matrix.tobytes()
    assert resumed.vectors.w_out.tobytes() == whole.vectors.w_out.tobytes()


def test_a_finished_training_is_not_averaged_twice(tmp_path, saved):
    text = sentences("bc", seed=1)
    whole = SkipGram.load(saved).fit(text, update=True, checkpointer=Checkpointer(tmp_path, 1e-9))
    resumed = SkipGram.load(saved).fit(text, update=True, resume=tmp_path)
    assert resumed.vectors.matrix.tobytes() == whole.vectors.matrix.tobytes()


def test_a_checkpoint_of_a_version_without_rounds_has_one(tmp_path, saved):
    whole, _ = continued(saved, rounds=1)
    continued_once = SkipGram.load(saved).set_params(epochs=2, rounds=1)
    continued_once.fit(
        sentences("bc", seed=1), update=True, checkpointer=Checkpointer(tmp_path, 1e-9)
    )
    snapshot = newest(tmp_path, print)
    del snapshot.meta["rounds_done"], snapshot.meta["config"]["rounds"]
    resumed = SkipGram.load(saved).fit(sentences("bc", seed=1), update=True, resume=snapshot)
    assert resumed.vectors.matrix.tobytes() == whole.vectors.matrix.tobytes()


def test_a_time_is_divided_into_rounds(saved):
    model = SkipGram.load(saved).fit(sentences("bc", seed=1), update=True, time=1.5)
    config = model.manifest["config"]
    assert config["rounds"] == ROUNDS  # so few words
    assert model.manifest["training"]["tokens"] == config["epochs"] * ROUNDS * 400 * 8
    model = SkipGram.load(saved).set_params(rounds=2)
    model.fit(sentences("bc", seed=1), update=True, time=1.5)
    assert model.manifest["config"]["rounds"] == 2


def test_rounds_do_not_last_and_need_a_model(saved):
    model = SkipGram.load(saved).set_params(rounds=1)
    model.fit(sentences("bc", seed=1), update=True).save(saved)
    model = SkipGram.load(saved).fit(sentences("bc", seed=2), update=True)
    assert model.manifest["config"]["rounds"] == ROUNDS
    with pytest.raises(
        UsageError, match=r"rounds=2 has no effect without fit\(text, update=True\)"
    ):
        SkipGram(**OPTIONS, rounds=2).fit(sentences("ab"))
