"""Caches of hard words, and the weighting that watches how their scores vary."""

import itertools

import numpy as np
import pytest
from helpers.hooks import call_weigh
from helpers.toys import draw, random_corpus, sampler_for, train_once, train_rounds

from w2vneg.errors import UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch
from w2vneg.samplers import configure
from w2vneg.samplers.proposals import nscaching
from w2vneg.samplers.weightings import variance

SIZE, LENGTH = 30, 16
CORPUS = random_corpus(SIZE, sentences=10 if INTERPRETED else 80)


def state_of(corpus=CORPUS, **options):
    named = {f"cache_{name}": value for name, value in options.items()}
    sampler = sampler_for(corpus, sampler="nscaching", **named)
    return sampler.per_thread(1)[0].proposal


def refreshed(state, w_in, w_out, times, center=0, context=1, seed=1):
    """The cache of `center` after each of `times` refreshes with one context."""
    rng = seed_states(seed, 1)[0]
    caches = []
    with np.errstate(over="ignore"):
        for _ in range(times):
            state.due[:2], state.pending[0] = (center, context), 1
            nscaching.maintain(state, rng, w_in.ravel(), w_out.ravel(), LENGTH, 0.0)
            caches.append(state.cache.reshape(-1, state.size)[center].copy())
    return np.array(caches)


def matrices(size, scale=0.4):
    rng = np.random.default_rng(2)
    return rng.normal(0, scale, (2, size, LENGTH)).astype(np.float32)


def test_a_share_of_one_is_unigram_bit_for_bit():
    plain = train_once(CORPUS, sampler_for(CORPUS))
    cached = train_once(CORPUS, sampler_for(CORPUS, sampler="nscaching", cache_lambda=1.0))
    for left, right in itertools.islice(zip(plain, cached, strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_a_cache_of_one_word_follows_the_softmax():
    from scipy.stats import chisquare

    corpus = random_corpus(5)
    w_in, w_out = matrices(5)
    state = state_of(corpus, size=1, fresh=3)  # all words but the center are tried
    times = 300 if INTERPRETED else 8000
    words = refreshed(state, w_in, w_out, times)[:, 0]
    expected = np.exp(w_out @ w_in[1].astype(float))
    expected[0] = 0
    expected *= times / expected.sum()
    counts = np.bincount(words, minlength=5)
    assert counts[0] == 0
    assert chisquare(counts[1:], expected[1:]).pvalue > 1e-6


def test_entries_are_distinct_and_without_new_words_they_stay():
    w_in, w_out = matrices(SIZE)
    state = state_of(size=8, fresh=6)
    caches = refreshed(state, w_in, w_out, 20)
    assert all(len(set(row)) == 8 and 0 not in row for row in caches.tolist())
    assert len({tuple(sorted(row)) for row in caches.tolist()}) > 1
    kept = refreshed(state._replace(fresh=0), w_in, w_out, 5)
    assert {tuple(sorted(row)) for row in kept.tolist()} == {tuple(sorted(caches[-1].tolist()))}


def test_a_low_temperature_finds_the_hardest_words():
    w_in, w_out = matrices(SIZE)
    state = state_of(size=6, fresh=8, temperature=1e-4)
    scores = w_out @ w_in[1]
    scores[0] = -np.inf
    last = refreshed(state, w_in, w_out, 150)[-1]
    assert set(last.tolist()) == set(np.argsort(-scores)[:6].tolist())


def test_draws_mix_the_cache_and_the_noise():
    from scipy.stats import chisquare

    sampler = sampler_for(CORPUS, sampler="nscaching", cache_lambda=0.25, cache_size=4)
    counts, fallbacks = draw(sampler, SIZE, center=3)
    assert fallbacks == pytest.approx(0.75 * counts.sum(), rel=0.1), "empty caches draw noise"
    sampler.states.proposal.cache.reshape(-1, 4)[3] = [7, 9, 11, 13]
    counts, fallbacks = draw(sampler, SIZE, center=3)
    assert fallbacks == 0
    noise = CORPUS.vocabulary.counts**0.75
    expected = 0.25 * noise / noise.sum()
    expected[[7, 9, 11, 13]] += 0.75 / 4
    assert chisquare(counts, expected * counts.sum()).pvalue > 1e-6


def test_caches_that_another_thread_fills_give_words_only():
    """The first word of a cache is there, the others are not yet."""
    sampler = sampler_for(CORPUS, sampler="nscaching", cache_lambda=0.25, cache_size=4)
    cache = sampler.states.proposal.cache.reshape(-1, 4)
    cache[3] = [7, -1, 9, -1]
    counts, fallbacks = draw(sampler, SIZE, center=3)  # fails for numbers below 0
    assert fallbacks == pytest.approx(0.75 / 2 * counts.sum(), rel=0.1)
    state = state_of(size=4, fresh=0)
    state.cache.reshape(-1, 4)[0] = [7, 9, 9, -1]
    (row,) = refreshed(state, *matrices(SIZE), 1).tolist()
    assert len(set(row)) == 4
    assert {7, 9} < set(row)
    assert min(row) > 0


def test_small_vocabularies_have_small_caches():
    corpus = random_corpus(3)
    for w_in, _, _, _ in train_rounds(
        corpus, sampler_for(corpus, sampler="nscaching", cache_every=1), 3
    ):
        assert np.isfinite(w_in).all()


def weights_of(state, scores, words, progress=1.0):
    contexts, candidates = scores.shape
    scratch = make_scratch(Setting(contexts, candidates + 3, 16), np.dtype(np.float32))
    scratch.candidates[:candidates] = words
    scratch.scores[: scores.size] = scores.ravel()
    call_weigh(state, seed_states(1, 1)[0], scratch, contexts, candidates, progress)
    return scratch.weights[: scores.size].reshape(scores.shape).copy()


def watching(factor, chosen=1, words=8):
    """A weighting whose only cache, of word 0, holds the words 1 to 8."""
    config = configure(sampler="srns", negatives=chosen, variance_weight=factor)
    cache = np.tile(np.arange(1, words + 1, dtype=np.int32), 2)
    watched = np.full(2 * len(cache), -1, np.float32)
    drawn = type("Drawn", (), {"cache": cache, "size": words, "watched": watched})
    state = variance.bind(None, variance.build(config), None, drawn)
    return variance.per_thread(state, 2 * words)


def test_varying_scores_are_preferred_to_steady_ones():
    """Words 1 to 4 score alike all the time; 5 to 8 as high on average, but not always."""
    rng = np.random.default_rng(3)
    chosen = {}
    for factor in (0.0, 5.0):
        state, count = watching(factor), np.zeros(9)
        for number in range(300):
            scores = np.full((3, 9), 1.0, np.float32)
            scores[:, 5:] += 1.5 * rng.choice([-1, 1], 4).astype(np.float32)
            scores[:, 1:] += rng.normal(0, 0.01, (3, 8)).astype(np.float32)
            weights = weights_of(state, scores, np.arange(9))
            if number > 50:
                count += (weights[:, :9] > 0).sum(axis=0)
        chosen[factor] = count[1:5].sum() / count[1:].sum()
    assert chosen[5.0] < 0.8 * chosen[0.0] or chosen[0.0] < 0.1
    assert chosen[5.0] < 0.02


def test_steady_scores_have_no_deviation():
    state = watching(5.0)
    scores = np.array([[1.0, *np.linspace(-1, 1, 8)]], np.float32)
    for _ in range(50):
        weights_of(state, scores, np.arange(9))
    means, squares = state.watched.reshape(-1, 2)[:8].T
    assert np.abs(squares - means**2).max() < 1e-6
    expected = 1 / (1 + np.exp(1 - np.linspace(-1, 1, 8)))
    np.testing.assert_allclose(means, expected, atol=1e-5)


def test_words_keep_their_places_and_figures_until_they_leave():
    w_in, w_out = matrices(SIZE)
    sampler = sampler_for(CORPUS, sampler="srns", cache_size=8, cache_fresh=6)
    state = sampler.per_thread(1)[0].proposal
    assert (state.watched == -1).all()
    before = refreshed(state, w_in, w_out, 1)[0]
    figures = state.watched.reshape(-1, 8, 2)[0]
    left = 0
    for seed in range(2, 12):
        figures[:] = np.arange(8)[:, None]
        after = refreshed(state, w_in, w_out, 1, seed=seed)[0]
        stayed = after == before
        assert set(before[~stayed]).isdisjoint(after)
        assert figures[:, 0].tolist() == np.where(stayed, np.arange(8), -1).tolist()
        left += (~stayed).sum()
        before = after
    assert left > 0


def test_the_first_figures_of_a_word_are_those_of_its_first_draw():
    state = watching(5.0)
    scores = np.array([[0, 0, 4, 0]], np.float32)
    weights_of(state, scores, np.array([0, 1, 3, 30]))
    figures = state.watched.reshape(-1, 2)
    chance = 1 / (1 + np.exp(-4))
    np.testing.assert_allclose(figures[2], [chance, chance**2], atol=1e-5)
    np.testing.assert_allclose(figures[0], [0.5, 0.25], atol=1e-5)
    assert (figures[[1, 3, 4, 5, 6, 7], 0] == -1).all()


@pytest.mark.once
def test_without_a_bonus_these_are_the_hardest_of_the_cache_bit_for_bit():
    parts = {"proposal": "nscaching", "cache_every": 1}
    runs = [
        list(train_rounds(CORPUS, sampler_for(CORPUS, weighting=weighting, **parts, **more), 3))
        for weighting, more in (("hardest", {}), ("variance", {"variance_weight": 0.0}))
    ]
    for left, right in itertools.islice(zip(runs[0][-1], runs[1][-1], strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_pairs_that_do_not_occur_again_are_refused():
    with pytest.raises(UsageError, match="choose proposal='nscaching'"):
        configure(weighting="variance")
