"""The contract that every sampler keeps, and the distributions they declare."""

import numpy as np
import pytest

from w2vneg.compiled import INTERPRETED, kernel
from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities
from w2vneg.kernel.hooks import propose
from w2vneg.kernel.rng import seed_states
from w2vneg.proposals.material import Material
from w2vneg.proposals.unigram import Unigram, unigram_cells, unigram_weights
from w2vneg.samplers import build_sampler

SAMPLERS = ("unigram", "uniform", "dynamic")
COUNTS = np.array([5000, 900, 333, 60, 20, 7, 1], np.int64)


@kernel
def _tally(proposal, state, out, counts, rounds):
    fallbacks = 0
    for i in range(rounds):
        fallbacks += propose(proposal, state, i % counts.size, out, out.size)
        for n in range(out.size):
            counts[out[n]] += 1
    return fallbacks


def draw(proposal, size, seed=1, rounds=400 if INTERPRETED else 100_000):
    counts = np.zeros(size, np.int64)
    with np.errstate(over="ignore"):
        _tally(proposal, seed_states(seed, 1)[0], np.zeros(5, np.int64), counts, rounds)
    return counts


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("size", [2, 3, 1000])
def test_ids_lie_in_range_and_streams_repeat(name, size):
    counts = np.arange(size, 0, -1)
    sampler = build_sampler(Material(TrainConfig(sampler=name), counts))
    first, again = (draw(sampler.proposal, size, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first, again)  # an id out of range would have been lost
    assert first.sum() == 5 * (400 if INTERPRETED else 100_000)
    if size > 3:  # few words may be drawn equally often by chance
        assert not np.array_equal(first, draw(sampler.proposal, size, seed=5))


@pytest.mark.parametrize("name", SAMPLERS)
def test_words_without_count_are_never_drawn(name):
    sampler = build_sampler(Material(TrainConfig(sampler=name), np.array([10, 0, 5, 0])))
    assert draw(sampler.proposal, 4)[[1, 3]].sum() == 0


@pytest.mark.parametrize("alpha", [-1, -0.5, 0, 0.25, 0.5, 0.75, 1, 3])
def test_alpha_is_exact(alpha):
    expected = COUNTS**alpha / (COUNTS**alpha).sum() if alpha >= 0 else None
    if expected is None:
        powers = COUNTS.astype(float) ** alpha
        expected = powers / powers.sum()
    found = alias_probabilities(unigram_cells(COUNTS, alpha))
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("alpha", [-1, 0, 0.75])
def test_draws_follow_alpha_by_chi_square(alpha):
    from scipy.stats import chisquare

    counts = draw(Unigram(unigram_cells(COUNTS, alpha)), len(COUNTS))
    expected = unigram_weights(COUNTS, alpha)
    assert chisquare(counts, expected / expected.sum() * counts.sum()).pvalue > 1e-6


def test_uniform_is_uniform():
    sampler = build_sampler(Material(TrainConfig(sampler="uniform"), COUNTS))
    np.testing.assert_allclose(alias_probabilities(sampler.proposal.cells), 1 / len(COUNTS))


@pytest.mark.parametrize("alpha", [-100, 100])
def test_extreme_exponents_neither_overflow_nor_leave_one_word(alpha):
    with pytest.raises(UsageError, match="--alpha"):
        build_sampler(Material(TrainConfig(alpha=alpha), np.array([10**9, 10])))
    assert np.isfinite(unigram_weights(np.array([10**12, 1]), alpha)).all()
