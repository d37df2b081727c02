"""Whole-data training as a whole: exactness, planted structure, interruptions, refusals."""

import numpy as np
import pytest
from helpers.commands import compiled_only

from w2vneg import SkipGram
from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.samplers import configure, training_methods
from w2vneg.samplers.trainers import whole_data as declared
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.training.checkpoint import Checkpointer, newest, settings
from w2vneg.training.methods import METHODS, train
from w2vneg.training.whole_data import state as of_state
from w2vneg.vectors.vectors import Vectors

pytestmark = compiled_only


def topics(count=1500, seed=0):
    """Sentences of two vocabularies that never mix."""
    rng = np.random.default_rng(seed)
    return [[f"{'ab'[i % 2]}{n}" for n in rng.zipf(1.5, 12).clip(1, 30)] for i in range(count)]


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(topics(), min_count=1)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(of_state, "_CHUNK_CELLS", 200)


def config(**options):
    return configure(**{"method": "whole-data", "dim": 10, "min_count": 1, "threads": 2, **options})


def test_every_method_is_declared_and_has_a_trainer():
    assert list(training_methods()) == list(METHODS) == ["sgd", "whole-data"]


def test_planted_topics_come_apart(corpus):
    result = train(corpus, config())
    vectors = Vectors(corpus.vocabulary.words, np.ascontiguousarray(result.w_in))
    frequent = [w for w, n in zip(vectors.words, corpus.vocabulary.counts, strict=True) if n >= 20]
    right = [near[0] == word[0] for word in frequent for near, _ in vectors.neighbors(word, 5)]
    assert len(right) >= 50
    assert np.mean(right) > 0.95


@pytest.mark.parametrize("options", [{}, {"unobserved_target": -3.0}, {"unobserved_weight": 2.0}])
def test_the_loss_never_rises(corpus, options):
    result = train(corpus, config(sweeps=8, **options))
    losses = result.sampler["losses"]
    assert len(losses) == 16
    assert result.loss == losses[-1]
    assert (np.diff(losses) <= 1e-6 * losses[-1]).all()
    assert losses[-1] < 0.9 * losses[1]


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_the_result_does_not_depend_on_threads(corpus, threads):
    alone, together = (train(corpus, config(threads=n)) for n in (1, threads))
    assert alone.w_in.tobytes() == together.w_in.tobytes()
    assert alone.w_out.tobytes() == together.w_out.tobytes()
    assert alone.sampler == together.sampler


def test_seeds_differ(corpus):
    first, other = (train(corpus, config(seed=seed)).w_in for seed in (1, 2))
    assert first.tobytes() != other.tobytes()


#: Another value for each option of the method.
OTHERS = {
    "sweeps": 2, "unobserved_weight": 9.0, "unobserved_exponent": 0.2, "unobserved_target": -2.0,
    "target_floor": 0.5, "full_count": 7.0, "count_exponent": 0.3, "context_exponent": 0.5,
    "regularization": 2.0,
}  # fmt: skip


@pytest.mark.parametrize("name", [option.name for option in declared.METHOD.options])
def test_every_option_has_an_effect(corpus, name):
    usual, other = (train(corpus, config(**given)).w_in for given in ({}, {name: OTHERS[name]}))
    assert not np.allclose(usual, other, rtol=1e-3)


def test_a_share_of_the_output_vectors_is_exported_by_default():
    assert config().mix_out == 0.3
    assert config(mix_out=0).mix_out == 0
    assert configure().mix_out == 0
    lines = topics(200)
    mixed, plain = (
        SkipGram(method="whole-data", dim=8, min_count=1, sweeps=3, **share).fit(lines)
        for share in ({}, {"mix_out": 0.0})
    )
    assert mixed.vectors.matrix.tobytes() != plain.vectors.matrix.tobytes()


class StopAt(Progress):
    """Sets a stop flag, or pauses, once some cells are solved."""

    def __init__(self, share):
        self.share, self.total, self.flag, self.phase = share, 0, StopFlag(), ""

    def start(self, phase, total, unit):
        self.phase, self.total = phase, total

    def update(self, done, **figures):
        if self.phase == "training" and done >= self.share * self.total:
            self.flag.set()


@pytest.mark.parametrize("share", [0, 0.3, 0.8])
def test_a_stopped_training_resumes_to_the_same_bytes(corpus, tmp_path, share, monkeypatch):
    monkeypatch.setattr("w2vneg.system.threads._REPORT_S", 0.0005)
    options = {"sweeps": 60, "dim": 40}
    whole = train(corpus, config(**options))
    halfway = StopAt(share)
    checkpointer = Checkpointer(tmp_path, 600)
    with pytest.raises(Interrupted, match=r"training, \d+% done"):
        train(
            corpus, config(**options), progress=halfway, stop=halfway.flag,
            checkpointer=checkpointer,
        )  # fmt: skip
    snapshot = newest(tmp_path)
    assert snapshot.meta["half"] < 120
    resumed = train(corpus, settings(snapshot, {"threads": 3}), resume=snapshot)
    assert resumed.w_in.tobytes() == whole.w_in.tobytes()
    assert resumed.sampler["losses"] == whole.sampler["losses"]


def test_a_checkpoint_within_a_half_holds_what_is_solved(corpus, tmp_path, monkeypatch):
    whole = train(corpus, config())
    kept = []
    stop = StopFlag()
    solve = of_state.solve_rows

    def stopping(*arguments):
        kept.append(1)
        if len(kept) == 20:
            stop.set()
        return solve(*arguments)

    monkeypatch.setattr(of_state, "solve_rows", stopping)
    with pytest.raises(Interrupted):
        train(corpus, config(threads=1), stop=stop, checkpointer=Checkpointer(tmp_path, 600))
    monkeypatch.setattr(of_state, "solve_rows", solve)
    snapshot = newest(tmp_path)
    losses = np.asarray(snapshot.arrays["chunk_losses"])
    assert 0 < np.isnan(losses).sum() < len(losses)
    resumed = train(corpus, settings(snapshot, {}), resume=snapshot)
    assert resumed.w_in.tobytes() == whole.w_in.tobytes()


def test_checkpoints_are_written_while_training_goes_on(corpus, tmp_path):
    whole = train(corpus, config())
    checkpointer = Checkpointer(tmp_path, 0)
    assert train(corpus, config(), checkpointer=checkpointer).w_in.tobytes() == whole.w_in.tobytes()
    done = newest(tmp_path)
    assert done.meta["half"] == done.meta["halves"] == 20
    again = train(corpus, settings(done, {"sweeps": 10}), resume=done)
    assert again.w_in.tobytes() == whole.w_in.tobytes()
    longer = train(corpus, settings(done, {"sweeps": 12}), resume=done)
    assert longer.w_in.tobytes() == train(corpus, config(sweeps=12)).w_in.tobytes()
    with pytest.raises(UsageError, match="unobserved"):
        settings(done, {"unobserved_weight": 3.0})


def test_a_failing_worker_stops_the_others(corpus, monkeypatch):
    calls = []

    def failing(*arguments):
        calls.append(1)
        if len(calls) > 5:
            raise MemoryError("no more")
        return 0.0

    train(corpus, config())  # compiled
    monkeypatch.setattr(of_state, "solve_rows", failing)
    with pytest.raises(MemoryError, match="no more"):
        train(corpus, config())


def test_refusals(corpus):
    with pytest.raises(UsageError, match="sweeps"):
        train(corpus, config(), seconds=3)
    with pytest.raises(UsageError, match="raise one of them"):
        config(unobserved_weight=0, regularization=0)
    with pytest.raises(DataError, match="one word"):
        train(encode_sentences([["a"], ["b"]], min_count=1), config())


def test_from_python():
    model = SkipGram(method="whole-data", dim=8, min_count=1, sweeps=3)
    model.fit(topics(200))
    assert model.vectors.matrix.shape == (len(model.words), 8)
    training = model.manifest["training"]
    assert training["pairs"] > 0
    assert training["sampler"].keys() == {"cells", "losses"}
    assert len(training["loss_curve"]) == 6
    assert model.manifest["advice"] == []  # it is on epochs and learning rates
    with pytest.raises(UsageError, match="time= has no effect with method='whole-data'"):
        model.fit(topics(200), time=3)
