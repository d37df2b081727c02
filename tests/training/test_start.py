"""Training that starts from given vectors, some of which stay as they are."""

from dataclasses import replace

import numpy as np
import pytest

from w2vneg import SkipGram, Vectors, load_vectors
from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.samplers import configure, named_samplers
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named_as_flags
from w2vneg.training.checkpoint import Checkpointer, newest
from w2vneg.training.start import Start, check_freezing, initial_vectors, start_from
from w2vneg.training.train import train
from w2vneg.vectors.formats import output_suffixes

WORDS = [f"w{i}" for i in range(30)]
DIM = 12


def sentences(count=150, seed=0):
    rng = np.random.default_rng(seed)
    return [[WORDS[i] for i in rng.zipf(1.4, 10).clip(1, 30) - 1] for _ in range(count)]


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(sentences(), min_count=1)


@pytest.fixture
def given():
    """Vectors of every second word and of words that the corpus does not have, in another order."""
    rng = np.random.default_rng(5)
    words = [*reversed(WORDS[::2]), "other", "words"]
    numbers = rng.normal(size=(2, len(words), DIM)).astype(np.float32)
    return Vectors(words, numbers[0], w_out=numbers[1])


def config(**options):
    return configure(
        **{
            "dim": DIM,
            "epochs": 2,
            "min_count": 1,
            "sample": 0,
            "threads": 1,
            "lr": 0.05,
            **options,
        }
    )


def trained(corpus, given, **options):
    notes = []
    setting = config(**options)
    start = start_from(given, corpus.vocabulary, setting, notes.append, "given.vec")
    return train(corpus, setting, start=start), start, notes


def rows_of(corpus, words):
    return [corpus.vocabulary.index[word] for word in words if word in corpus.vocabulary]


def test_common_words_start_from_the_file_the_others_as_usual(corpus, given):
    moved = 1e-5  # of a learning rate at which nothing can move farther
    result, start, notes = trained(corpus, given, lr=1e-9)
    usual = train(corpus, config(lr=1e-9))
    known = rows_of(corpus, given.words)
    assert sorted(start.rows) == sorted(known)
    other = np.setdiff1d(np.arange(len(corpus.vocabulary)), known)
    words = [corpus.vocabulary.words[row] for row in known]
    np.testing.assert_allclose(result.w_in[known], given[words], atol=moved)
    taken = [given.index[word] for word in words]
    np.testing.assert_allclose(result.w_out[known], given.w_out[taken], atol=moved)
    np.testing.assert_allclose(result.w_in[other], usual.w_in[other], atol=moved)
    np.testing.assert_allclose(result.w_out[other], 0, atol=moved)
    assert notes == [
        f"{len(known)} of {len(corpus.vocabulary)} words start from given.vec, with w_out"
    ]


def test_w_out_starts_at_zero_where_the_file_has_none(corpus, given):
    result, _, notes = trained(corpus, replace(given, w_out=None), lr=1e-9)
    np.testing.assert_allclose(result.w_out, 0, atol=1e-5)
    assert "w_out" not in notes[0]


@pytest.mark.parametrize("suffix", sorted(output_suffixes()))
def test_starts_from_every_format(tmp_path, corpus, given, suffix):
    path = tmp_path / f"v{suffix}"
    try:
        given.save(path)
    except UsageError as error:
        pytest.skip(str(error))
    start = initial_vectors(config(init=str(path)), corpus.vocabulary, [].append)
    w_in = np.zeros((len(corpus.vocabulary), DIM), np.float32)
    w_out = np.zeros_like(w_in)
    start.fill(w_in, w_out)
    known = rows_of(corpus, given.words)
    words = [corpus.vocabulary.words[row] for row in known]
    np.testing.assert_allclose(w_in[known], given[words], rtol=1e-5)
    assert w_out.any() == (suffix == ".w2v")


def test_mixed_vectors_start_unmixed(tmp_path, corpus):
    path = tmp_path / "m.w2v"
    model = SkipGram(dim=DIM, min_count=1, epochs=1, threads=1, mix_out=0.5).fit(sentences())
    model.save(path)
    start = initial_vectors(config(init=str(path)), corpus.vocabulary, [].append)
    assert (start.vectors.unmixed == model.vectors.w_in).all()
    assert not (start.vectors.unmixed == start.vectors.matrix).all()


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("form", ["block", "window"])
def test_frozen_rows_keep_their_bytes(corpus, given, form, threads):
    given.matrix[0, :2] = [-0.0, 1e-42]
    result, start, notes = trained(corpus, given, freeze=True, form=form, threads=threads)
    size = len(corpus.vocabulary)
    known = rows_of(corpus, given.words)
    before = given[[corpus.vocabulary.words[row] for row in known]]
    assert result.w_in[known].tobytes() == before.tobytes()
    assert result.w_in.shape == (size, DIM)
    assert np.flatnonzero(start.frozen).tolist() == sorted(known)
    assert notes[0].endswith(f"{len(known)} of them are frozen")
    # The others learn, and all rows of w_out.
    usual, _, _ = trained(corpus, given, form=form, lr=1e-9)
    other = np.setdiff1d(np.arange(size), known)
    assert (result.w_in[other] != usual.w_in[other]).any(axis=1).all()
    assert (np.abs(result.w_out - usual.w_out).max(axis=1) > 1e-4).all()


@pytest.mark.slow
@pytest.mark.parametrize("sampler", sorted(named_samplers()))
def test_frozen_rows_keep_their_bytes_with_every_sampler(corpus, given, sampler):
    if sampler == "given":
        pytest.skip("needs a file of negatives")
    try:
        result, _, _ = trained(corpus, given, freeze=True, sampler=sampler, threads=2, epochs=1)
    except UsageError as error:
        pytest.skip(str(error))
    known = rows_of(corpus, given.words)
    before = given[[corpus.vocabulary.words[row] for row in known]]
    assert result.w_in[known].tobytes() == before.tobytes()


@pytest.mark.parametrize("form", ["block", "window"])
def test_a_mask_without_frozen_rows_changes_nothing(corpus, given, form):
    usual, start, _ = trained(corpus, given, form=form)
    masked = Start(given, start.rows, start.taken, np.zeros(len(corpus.vocabulary), bool))
    result = train(corpus, config(form=form), start=masked)
    assert result.w_in.tobytes() == usual.w_in.tobytes()
    assert result.w_out.tobytes() == usual.w_out.tobytes()


def test_only_the_first_words_are_frozen(corpus, given):
    result, start, _ = trained(corpus, given, freeze_first=10)
    known = rows_of(corpus, given.words)
    frozen = [row for row in known if row < 10]
    assert np.flatnonzero(start.frozen).tolist() == sorted(frozen)
    before = given[[corpus.vocabulary.words[row] for row in known]]
    same = (result.w_in[known] == before).all(axis=1)
    assert [row for row, is_same in zip(known, same, strict=True) if is_same] == frozen


def test_resumed_training_needs_no_file_and_stays_frozen(tmp_path, corpus, given):
    path, folder = tmp_path / "v.vec", tmp_path / "states"
    given.save(path)
    setting = config(init=str(path), freeze=True, epochs=3)
    whole = train(corpus, setting)

    stop = StopFlag()
    with pytest.raises(Interrupted):
        train(
            corpus,
            setting,
            stop=stop,
            checkpointer=Checkpointer(folder, 600),
            milestones=[0.5],
            on_milestone=lambda share, result: stop.set(),
        )
    path.unlink()
    resumed = train(corpus, setting, resume=newest(folder))
    assert resumed.w_in.tobytes() == whole.w_in.tobytes()
    assert resumed.w_out.tobytes() == whole.w_out.tobytes()


def test_refusals_name_the_remedy(corpus, given):
    with named_as_flags():
        with pytest.raises(
            UsageError, match="given.vec has 12 dimensions, the training 7.*--dim 12"
        ):
            trained(corpus, given, dim=7)
        strange = Vectors(["X", "Y"], np.ones((2, DIM), np.float32))
        with pytest.raises(
            UsageError, match="none of the 29 words.*'w0'; are case and language the same"
        ):
            trained(corpus, strange)
        with pytest.raises(UsageError, match="--freeze has no effect.*--init"):
            train(corpus, config(freeze=True))
        with pytest.raises(UsageError, match="--freeze-first"):
            check_freezing(config(freeze=True, freeze_first=3, init="v.vec"), False)
        with pytest.raises(UsageError, match="--init has no effect with --method whole-data"):
            configure(init="v.vec", method="whole-data")
    with pytest.raises(UsageError, match="no such file"):
        train(corpus, config(init="nowhere.vec"))


def test_library_takes_paths_and_vectors(tmp_path, given):
    path = tmp_path / "v.vec"
    given.save(path)
    options = {"dim": DIM, "min_count": 1, "epochs": 1, "threads": 1, "freeze": True}
    by_path = SkipGram(init=path, **options).fit(sentences())
    in_memory = SkipGram(init=load_vectors(path), **options).fit(sentences())
    assert by_path.vectors.matrix.tobytes() == in_memory.vectors.matrix.tobytes()
    assert by_path.manifest["config"]["init"] == str(path)
    assert "<Vectors: 17 words" in in_memory.manifest["config"]["init"]
    assert in_memory.get_params()["init"] is not None
    with pytest.raises(UsageError, match="init= must be the path"):
        SkipGram(init=np.ones((3, DIM)))
    with pytest.raises(UsageError, match="freeze= has no effect"):
        SkipGram(freeze=True).fit(sentences())


def test_damaged_file_is_refused_before_training(tmp_path, corpus):
    path = tmp_path / "v.vec"
    path.write_bytes(b"3 12\nw1 0.5\n")
    with pytest.raises(DataError, match=r"v\.vec: the header says 3 words"):
        train(corpus, config(init=str(path)))


@pytest.mark.skipif(INTERPRETED, reason="runs whole trainings")
def test_a_good_start_needs_less_text():
    """Vectors from much text, adapted to little, still tell the topics apart."""
    rng = np.random.default_rng(1)

    def topics(count):
        return [[f"{'ab'[i % 2]}{n}" for n in rng.integers(0, 15, 10)] for i in range(count)]

    options = {"dim": 20, "min_count": 1, "sample": 0, "threads": 1, "lr": 0.05}
    much = SkipGram(epochs=20, **options).fit(topics(600))
    little = topics(12)

    def right(vectors):
        return np.mean([n[0] == w[0] for w in vectors.words for n, _ in vectors.neighbors(w, 5)])

    alone = SkipGram(epochs=1, **options).fit(little)
    started = SkipGram(epochs=1, init=much.vectors, **options).fit(little)
    assert right(started.vectors) > 0.98 > 0.8 > right(alone.vectors)
