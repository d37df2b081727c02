"""Random walks with restart, and bands of the ranks that they give, against dense matrices."""

import itertools

import numpy as np
import pytest
from helpers.toys import corpus_of, draw, random_corpus, sampler_for, train_once

from w2vneg.corpus.cooccurrence.graph import build_graph
from w2vneg.errors import UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.samplers import configure

SIZE = 40
CORPUS = random_corpus(SIZE, sentences=100 if INTERPRETED else 400)


def steps_of(corpus, window=3):
    graph = build_graph(corpus, window=window, vocab=len(corpus.vocabulary))
    near = np.zeros((len(graph), len(graph)))
    for word in range(len(graph)):
        ids, weights = graph.row(word)
        near[word, ids] = weights
    np.fill_diagonal(near, 0)
    return near / near.sum(axis=1, keepdims=True)


def pagerank(corpus, restart):
    """The distribution of the end of a walk that stops with probability `restart` after a step."""
    steps = steps_of(corpus)
    return restart * steps @ np.linalg.inv(np.eye(len(steps)) - (1 - restart) * steps)


@pytest.mark.parametrize("restart", [0.3, 0.8, 1.0])
@pytest.mark.parametrize("word", [0, SIZE - 1])
def test_ends_of_walks_follow_pagerank_by_chi_square(restart, word):
    from scipy.stats import chisquare

    sampler = sampler_for(CORPUS, sampler="rws", restart=restart, gneg_window=3)
    expected = pagerank(CORPUS, restart)[word]
    assert expected.sum() == pytest.approx(1)
    counts, fallbacks = draw(sampler, SIZE, center=word)
    assert fallbacks == 0
    likely = expected * counts.sum() >= 5
    actual = [*counts[likely], counts[~likely].sum()]
    wanted = [*expected[likely] * counts.sum(), max(expected[~likely].sum() * counts.sum(), 1e-9)]
    assert actual[-1] <= 5 * wanted[-1] + 20
    actual, wanted = np.array(actual[:-1]), np.array(wanted[:-1])
    assert chisquare(actual, wanted * actual.sum() / wanted.sum()).pvalue > 1e-6


@pytest.mark.once
def test_walks_of_one_step_are_gneg_neighbors_bit_for_bit():
    near = sampler_for(
        CORPUS, sampler="gneg", gneg_family="walk", gneg_steps=1, gneg_power=1.0, gneg_window=3
    )
    walks = sampler_for(CORPUS, sampler="rws", restart=1.0, gneg_window=3)
    for left, right in itertools.islice(
        zip(train_once(CORPUS, near), train_once(CORPUS, walks), strict=True), 2
    ):
        assert left.tobytes() == right.tobytes()


@pytest.mark.parametrize("name", ["rws", "pinsage"])
def test_words_outside_the_graph_draw_noise(name):
    corpus = corpus_of("a b a b a c", "a b c b", "lonely", "lonely", "lonely", "lonely")
    lonely = corpus.vocabulary.words.index("lonely")
    sampler = sampler_for(
        corpus,
        sampler=name,
        **({"band_high": 1.0, "band_visits": 100} if name == "pinsage" else {}),
    )
    if name == "pinsage":
        sampler.maintain(sampler.per_thread(1)[0], None, None, None, 16, 1.0)
    counts, fallbacks = draw(sampler, 4, center=lonely, rounds=200)
    assert counts.sum() == 1000
    assert fallbacks == 1000 if name == "rws" else 400 < fallbacks < 600


def band_of(sampler, word):
    state = sampler.states.proposal
    row = state.band.reshape(-1, state.width)[word]
    return row[: state.sizes[word]].tolist()


def test_bands_hold_the_ranks_that_the_exact_order_gives():
    """The walks return to their word with probability 0.15; many visits tell the order."""
    steps = steps_of(CORPUS)
    exact = np.linalg.inv(np.eye(SIZE) - 0.85 * steps)
    visits = 1500 if INTERPRETED else 1_000_000
    sampler = sampler_for(
        CORPUS, sampler="pinsage", band_low=0.1, band_high=0.3, band_visits=visits, gneg_window=3
    )
    for word in range(0, SIZE, 9):
        scores = exact[word].copy()
        scores[word] = -1
        order = np.argsort(-scores)[:SIZE]
        band = band_of(sampler, word)
        assert len(band) == 8
        ranks = [int(np.flatnonzero(order == w)[0]) for w in band]
        slack = 6 if INTERPRETED else 1  # nearly equal ones may change places
        assert min(ranks) >= 4 - slack
        assert max(ranks) < 12 + slack


def test_draws_stay_in_the_band_and_their_share_rises():
    sampler = sampler_for(
        CORPUS, sampler="pinsage", band_low=0.1, band_high=0.3, band_share=1.0, band_visits=500
    )
    state = sampler.per_thread(1)[0]
    plain, _ = draw(sampler, SIZE, center=3, rounds=400)
    assert (plain > 0).sum() > 12
    shares = []
    for progress in (0.25, 0.5, 1.0):
        sampler.maintain(state, None, None, None, 16, progress)
        counts, _ = draw(sampler, SIZE, center=3, rounds=400)
        shares.append(counts[band_of(sampler, 3)].sum() / counts.sum())
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert shares[0] == pytest.approx(
        0.25 + 0.75 * plain[band_of(sampler, 3)].sum() / 2000, abs=0.1
    )


def test_bands_do_not_depend_on_threads():
    one, three = (
        sampler_for(
            CORPUS, sampler="pinsage", threads=threads, band_visits=200
        ).states.proposal.band
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one, three)


@pytest.mark.once
def test_without_a_band_the_draws_are_unigram_bit_for_bit():
    plain = train_once(CORPUS, sampler_for(CORPUS))
    banded = train_once(CORPUS, sampler_for(CORPUS, sampler="pinsage", band_share=0.0))
    for left, right in itertools.islice(zip(plain, banded, strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_an_empty_band_is_refused():
    with pytest.raises(UsageError, match=r"band_high=0\.1 must be more than band_low=0\.2"):
        configure(sampler="pinsage", band_low=0.2, band_high=0.1)
