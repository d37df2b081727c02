"""Trainings on simulated ranks: exactness, counts, learning, divergence, errors and signals."""

import signal

import numpy as np
import pytest

from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DivergedError, Interrupted, UsageError
from w2vneg.samplers import configure, named_samplers
from w2vneg.system.interrupt import StopFlag
from w2vneg.training.cluster.cluster import Cluster
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.training.cluster.simulated import simulate
from w2vneg.training.train import train
from w2vneg.vectors.vectors import Vectors


def topics(count=4000, seed=0):
    """Sentences of two vocabularies that never mix."""
    rng = np.random.default_rng(seed)
    return [[f"{'ab'[i % 2]}{n}" for n in rng.zipf(1.5, 12).clip(1, 30)] for i in range(count)]


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(topics(), min_count=1)


def config(**options):
    small = {"dim": 12, "epochs": 3, "min_count": 1, "sample": 0, "threads": 1, "lr": 0.025}
    return configure(**{**small, **options})


def on_ranks(size, corpus, own, *, stop=None, piece=1 << 20, **options):
    """Train on simulated ranks and return the result of each."""

    def work(ranks):
        team = Cluster(ranks, ClusterOptions(**{"sync_every": 10_000, **options}), piece)
        settings = {} if stop is None else {"stop": stop(ranks)}
        return train(team.share(corpus), team.check(own), team=team, **settings)

    return simulate(size, work)


def test_one_rank_is_a_training_without_ranks_to_the_byte(corpus):
    alone = train(corpus, config())
    (one,) = on_ranks(1, corpus, config())
    assert one.w_in.tobytes() == alone.w_in.tobytes()
    assert one.w_out.tobytes() == alone.w_out.tobytes()
    assert (one.loss, one.pairs) == (alone.loss, alone.pairs)


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("rule", ["mean", "adaptive"])
def test_all_ranks_end_with_the_same_bytes_whenever_they_run(corpus, size, rule):
    first, second = (on_ranks(size, corpus, config(), sync_rule=rule, sync_rows=16) for _ in "ab")
    assert len({r.w_in.tobytes() for r in (*first, *second)}) == 1
    assert len({r.w_out.tobytes() for r in (*first, *second)}) == 1
    assert first[0].ranks["syncs"] > 2
    assert {r.tokens for r in first} == {3 * len(corpus.tokens)}
    assert first[0].loss == first[1].loss == second[0].loss


def test_bytes_do_not_depend_on_the_size_of_pieces(corpus):
    one, other = (on_ranks(3, corpus, config(epochs=1), piece=p)[0] for p in (1 << 20, 500))
    assert one.w_in.tobytes() == other.w_in.tobytes()


def test_rules_rates_rows_and_bits_change_the_result(corpus):
    usual = on_ranks(2, corpus, config(epochs=1))[0].w_in.tobytes()
    for options in ({"sync_rule": "adaptive"}, {"local_lr": 0.01}, {"sync_rows": 4},
                    {"sync_bits": 8}, {"sync_every": 20_000}):  # fmt: skip
        changed = on_ranks(2, corpus, config(epochs=1), **options)[0]
        assert changed.w_in.tobytes() != usual, options
        assert np.isfinite(changed.w_in).all()


@pytest.mark.parametrize("size", [2, 4])
def test_planted_topics_come_apart(corpus, size):
    result = on_ranks(size, corpus, config(dim=24, epochs=8, lr=0.05))[0]
    vectors = Vectors(corpus.vocabulary.words, np.ascontiguousarray(result.w_in))
    frequent = [w for w, n in zip(vectors.words, corpus.vocabulary.counts, strict=True) if n >= 80]
    right = [near[0] == word[0] for word in frequent for near, _ in vectors.neighbors(word, 5)]
    assert np.mean(right) > 0.95


def test_more_ranks_than_sentences():
    tiny = encode_sentences([["a", "b", "c"], ["b", "a", "c"]], min_count=1)
    results = on_ranks(5, tiny, config(dim=3, epochs=2))
    assert {r.tokens for r in results} == {12}
    assert len({r.w_in.tobytes() for r in results}) == 1


def test_threads_inside_a_rank(corpus):
    results = on_ranks(2, corpus, config(threads=3))
    assert {r.tokens for r in results} == {3 * len(corpus.tokens)}
    assert len({r.w_in.tobytes() for r in results}) == 1


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("sampler", sorted(named_samplers()))
def test_every_sampler_trains_on_ranks(sampler):
    graph = encode_sentences(topics(1200), min_count=1)
    needed = {"given": "lists", "categories": "categories"}
    if sampler in needed:
        pytest.skip("needs a file; it holds nothing that is learned")
    own = config(dim=8, epochs=1, sampler=sampler)
    first, second = (on_ranks(2, graph, own) for _ in "ab")
    assert len({r.w_in.tobytes() for r in (*first, *second)}) == 1
    assert np.isfinite(first[0].w_in).all()
    assert first[0].w_out.any()


def test_the_interval_can_be_measured(corpus):
    result = on_ranks(2, corpus, config(epochs=6), sync_every="auto")[0]
    assert result.ranks["sync_every"] >= 10_000


def test_divergence_names_rank_and_word_on_all_ranks(corpus, monkeypatch):
    from w2vneg.training.cluster import meetings

    original = meetings.Meetings._meet

    def spoil(self):
        if self.number == 2 and self._ranks.rank == 1:
            self._state.w_in[3 * self._state.setting.length] = np.nan
        original(self)

    monkeypatch.setattr(meetings.Meetings, "_meet", spoil)
    seen = []

    def work(ranks):
        team = Cluster(ranks, ClusterOptions(sync_every=10_000))
        try:
            train(team.share(corpus), team.check(config()), team=team)
        except DivergedError as error:
            seen.append(str(error))
            raise

    with pytest.raises(DivergedError):
        simulate(3, work)
    word = corpus.vocabulary.words[3]
    assert len(seen) == 3
    assert all("rank 1" in line and repr(word) in line and "lr=" in line for line in seen)


def test_a_signal_at_one_rank_stops_all(corpus):
    def stop(ranks):
        flag = StopFlag()
        if ranks.rank == 1:
            flag.set(signal.SIGTERM)
        return flag

    # The flag is looked at before the training begins, so it is set once that runs.
    def late(ranks):
        flag = StopFlag()
        if ranks.rank == 1:
            check = flag.check

            def set_after_preparing(doing="working", outcome="nothing was written"):
                check(doing, outcome)
                flag.set(signal.SIGTERM)

            flag.check = set_after_preparing
        return flag

    for each in (stop, late):
        with pytest.raises(Interrupted, match="SIGTERM") as caught:
            on_ranks(3, corpus, config(epochs=1000), stop=each)
        assert caught.value.exit_code == 143


def test_an_error_of_one_rank_is_raised_by_all(corpus):
    def work(ranks):
        if ranks.rank == 2:
            raise UsageError("the file is not there")
        ranks.meet({})

    with pytest.raises(UsageError, match="the file is not there"):
        simulate(3, work)


def test_what_one_machine_only_can_do_is_refused(corpus):
    def whole_data(ranks):
        Cluster(ranks).check(configure(method="whole-data"))

    def timed(ranks):
        Cluster(ranks).check(config(), timed=True)

    def continued(ranks):
        Cluster(ranks).check(config(), continued=True)

    refusals = (
        (whole_data, "start it without other ranks"),
        (timed, "time= has no effect on several ranks"),
        (continued, "a model is trained on by one machine only; start it without other ranks"),
    )
    for work, words in refusals:
        with pytest.raises(UsageError, match=words):
            simulate(2, work)
