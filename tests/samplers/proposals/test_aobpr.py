"""Draws by rank in a factor that matters to the center word (AOBPR)."""

import itertools

import numpy as np
import pytest
from helpers.toys import corpus_of, draw, random_corpus, sampler_for, train_once, train_rounds

from w2vneg.errors import UsageError
from w2vneg.kernel.hooks import propose, read_center
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.samplers import configure
from w2vneg.samplers.proposals import aobpr

SIZE, DIM, LENGTH = 30, 5, 16
CORPUS = random_corpus(SIZE, sentences=10 if INTERPRETED else 80)
ROUNDS = 400 if INTERPRETED else 20_000


def state_of(dim=DIM, **options):
    sampler = sampler_for(CORPUS, sampler="aobpr", dim=dim, **options)
    return sampler.per_thread(1)[0].proposal


def matrices(dim=DIM, seed=2):
    """Rows padded with zeros; the factors of the second matrix have different spreads."""
    rng = np.random.default_rng(seed)
    both = np.zeros((2, SIZE, LENGTH), np.float32)
    both[:, :, :dim] = rng.normal(0, np.linspace(0.2, 1, dim), (2, SIZE, dim))
    return both


def ordered(state, w_in, w_out):
    aobpr.maintain(state, None, w_in.ravel(), w_out.ravel(), LENGTH, 0.0)
    return state


@kernel
def _tally(state, rng, w_in, center, out, counts, rounds):
    fallbacks = 0
    for _ in range(rounds):
        read_center(state, w_in, LENGTH, center)
        fallbacks += propose(state, rng, center, out, out.size)
        for n in range(out.size):
            counts[out[n]] += 1
    return fallbacks


def drawn(state, w_in, center):
    counts, out = np.zeros(SIZE, np.int64), np.zeros(5, np.int64)
    with np.errstate(over="ignore"):
        fallbacks = _tally(state, seed_states(1, 1)[0], w_in.ravel(), center, out, counts, ROUNDS)
    return counts, fallbacks


def expected(w_in, w_out, center, mean, share):
    """The distribution of the draws, from its definition: factor, rank, word."""
    chances = np.exp(-np.arange(SIZE) / mean)[: int(np.ceil(8 * mean))]
    chances /= chances.sum()
    weights = np.abs(w_in[center, :DIM].astype(float)) * w_out[:, :DIM].std(axis=0, dtype=float)
    result = np.zeros(SIZE)
    for factor, weight in enumerate(weights / weights.sum()):
        sign = 1 if w_in[center, factor] >= 0 else -1
        words = np.argsort(-sign * w_out[:, factor])
        result[words[: len(chances)]] += weight * chances
    noise = CORPUS.vocabulary.counts**0.75
    return share * noise / noise.sum() + (1 - share) * result


def test_a_share_of_one_is_unigram_bit_for_bit():
    plain = train_once(CORPUS, sampler_for(CORPUS))
    ranked = train_once(CORPUS, sampler_for(CORPUS, sampler="aobpr", rank_lambda=1.0))
    for left, right in itertools.islice(zip(plain, ranked, strict=True), 2):
        assert left.tobytes() == right.tobytes()


@pytest.mark.parametrize(("mean", "share"), [(2.0, 0.25), (6.0, 0.5), (1e6, 0.25)])
def test_draws_follow_factors_and_ranks_by_chi_square(mean, share):
    from scipy.stats import chisquare

    w_in, w_out = matrices()
    state = ordered(state_of(rank_mean=mean, rank_lambda=share), w_in, w_out)
    for center in (0, 7):
        counts, fallbacks = drawn(state, w_in, center)
        assert fallbacks == 0
        theory = expected(w_in, w_out, center, mean, share)
        assert chisquare(counts, theory * counts.sum()).pvalue > 1e-6


def test_popularity_ranks_are_exponential():
    from scipy.stats import chisquare

    sampler = sampler_for(
        CORPUS, sampler="aobpr", rank_by="popularity", rank_lambda=0.0, rank_mean=9
    )
    counts, fallbacks = draw(sampler, SIZE, center=3)
    assert fallbacks == 0
    theory = np.exp(-np.arange(SIZE) / 9)
    assert chisquare(counts, theory / theory.sum() * counts.sum()).pvalue > 1e-6


def test_with_one_dimension_ranks_are_those_of_the_scores():
    """A mean rank near 0 leaves the word that scores highest."""
    w_in, w_out = matrices(dim=1)
    state = ordered(state_of(dim=1, rank_mean=1e-3, rank_lambda=0.0), w_in, w_out)
    for center in range(4):
        counts, _ = drawn(state, w_in, center)
        assert np.flatnonzero(counts).tolist() == [np.argmax(w_out @ w_in[center])]


def test_draws_score_higher_than_noise():
    w_in, w_out = matrices()
    state = ordered(state_of(rank_mean=3.0, rank_lambda=0.0), w_in, w_out)
    for center in range(10):
        counts, _ = drawn(state, w_in, center)
        scores = w_out @ w_in[center]
        assert counts @ scores / counts.sum() > scores.mean() + 0.3 * scores.std()


def test_until_there_are_orders_draws_are_noise():
    from scipy.stats import chisquare

    w_in, w_out = matrices()
    state = state_of(rank_lambda=0.25)
    counts, fallbacks = drawn(state, w_in, 0)
    assert fallbacks == pytest.approx(0.75 * counts.sum(), rel=0.1)
    noise = CORPUS.vocabulary.counts**0.75
    assert chisquare(counts, noise / noise.sum() * counts.sum()).pvalue > 1e-6
    ordered(state, w_in, np.zeros_like(w_out))  # rows that are all alike have no order
    assert drawn(state, w_in, 0)[1] == fallbacks


def test_orders_are_computed_in_turn_after_the_first_time():
    state = state_of(rank_mean=2.0)
    depth = len(state.ranks)
    w_in, before = matrices()
    ordered(state, w_in, before)
    assert state.turn[0] == DIM
    _, after = matrices(seed=9)
    for factor in range(DIM):
        ordered(state, w_in, after)
        ends = state.orders.reshape(DIM, 2, depth)
        for f in range(DIM):
            column = (after if f <= factor else before)[:, f]
            np.testing.assert_array_equal(
                ends[f], [np.argsort(s * column)[:depth] for s in (-1, 1)]
            )
            assert state.spread[f] == pytest.approx(column.std(), rel=1e-5)


def test_threads_have_their_own_center_word():
    one, two = (s.proposal for s in sampler_for(CORPUS, sampler="aobpr", dim=DIM).per_thread(2))
    assert np.shares_memory(one.orders, two.orders)
    assert not np.shares_memory(one.shares, two.shares)
    assert not np.shares_memory(one.query, two.query)


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match="rank_mean=0"):
        configure(sampler="aobpr", rank_mean=0)
    with pytest.raises(UsageError, match="rank_by"):
        configure(sampler="aobpr", rank_by="score")
    with pytest.raises(UsageError, match="needs the window form"):
        sampler_for(CORPUS, sampler="aobpr", form="block")
    with pytest.raises(UsageError, match="rank_mean"):
        configure(sampler="unigram", rank_mean=5.0)


@pytest.mark.slow
@pytest.mark.once
def test_popularity_ranks_reach_the_fixed_point_of_their_noise():
    """A noise that does not depend on the center word: log p - log(K h), draws of the center dropped."""
    rng = np.random.default_rng(5)
    size = 6
    numbers = rng.integers(20, 200, (size, size))
    lines = [f"w{i} w{j}" for (i, j), n in np.ndenumerate(numbers) for _ in range(n)]
    rng.shuffle(lines)
    corpus = corpus_of(*lines)
    pairs, joint = corpus.tokens.reshape(-1, 2), np.zeros((size, size))
    np.add.at(joint, (pairs[:, 0], pairs[:, 1]), 1)
    joint += joint.T
    given = joint / joint.sum(axis=1, keepdims=True)
    sampler = sampler_for(corpus, sampler="aobpr", rank_by="popularity", rank_mean=3.0, negatives=3)
    total, rounds, last = np.zeros((size, size)), 800, 300
    steps = train_rounds(corpus, sampler, rounds, window=1, dim=16, lr=0.02, anneal=True)
    for number, (w_in, w_out, _, _) in enumerate(steps):
        if number >= rounds - last:
            total += w_in.astype(float) @ w_out.astype(float).T
    noise = corpus.vocabulary.counts**0.75
    ranks = np.exp(-np.arange(size) / 3)
    mixture = 0.5 * noise / noise.sum() + 0.5 * ranks / ranks.sum()
    target = np.log(given / (3 * mixture * (1 - given)))
    np.testing.assert_allclose(total / last, target, atol=0.12)
