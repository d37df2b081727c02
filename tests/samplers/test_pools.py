"""Weights and losses of the block form, and its draws, against what NumPy says."""

import numpy as np
import pytest
from helpers.hooks import pool_weights
from scipy.stats import chisquare

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities, build_alias, draw_alias, draw_many
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.samplers import candidates_of, configure, form_of
from w2vneg.samplers.weightings.all import All
from w2vneg.samplers.weightings.hardest import Hardest
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial
from w2vneg.training.loops import bounded_inputs, precise_inputs


@kernel
def _draw_many(cells, state, out, first, count):
    draw_many(cells, state, out, first, count)


@kernel
def _draw_singly(cells, state, out, first, count):
    for k in range(first, first + count):
        out[k] = draw_alias(cells, state)


def weights_of(*arguments, **options):
    return pool_weights(*arguments, **options)[0]


def random_scores(candidates, seed=0):
    return np.random.default_rng(seed).normal(0, 2, (candidates, INPUTS))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("candidates", "share"), [(1, 0.5), (2, 0.5), (32, 0.5), (33, 0.25), (48, 1.0)]
)
def test_hardest_are_the_highest_scores_of_each_input(candidates, share, dtype):
    scores = random_scores(candidates).astype(dtype)
    weights = weights_of(Hardest(5, 0.0, 0, 0.0, 5.0, share), scores, dtype=dtype)
    chosen = max(1, round(share * candidates))
    for q in range(INPUTS):
        best = np.argsort(-scores[:, q])[:chosen]
        expected = np.zeros(candidates)
        expected[best] = 5 / chosen
        np.testing.assert_allclose(weights[:, q], expected, rtol=1e-6)


def test_hardest_gives_equal_scores_equal_weights():
    scores = np.tile([[3.0], [1.0], [1.0], [1.0], [-2.0]], INPUTS)
    weights = weights_of(Hardest(5, 0.0, 0, 0.0, 6.0, 0.4), scores)
    assert weights.sum(axis=0) == pytest.approx(6.0)
    assert (weights[1] == weights[2]).all()
    assert not weights[4].any()


def test_hardness_rises_from_all_candidates():
    scores = random_scores(20)
    counts = [
        np.count_nonzero(weights_of(Hardest(5, 1.0, 0, 0.0, 5.0, 0.25), scores, p), axis=0)
        for p in (0.0, 0.5, 1.0)
    ]
    np.testing.assert_array_equal(counts[0], 20)
    np.testing.assert_array_equal(counts[1], 13)
    np.testing.assert_array_equal(counts[2], 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tau", [0.0, 0.7, 2.0])
def test_self_adversarial_weights_are_a_softmax_with_a_limit(tau, dtype):
    scores = random_scores(40).astype(dtype)
    weights = weights_of(SelfAdversarial(5.0, tau, 0.0, 0, 0.0), scores, dtype=dtype)
    heavy = np.exp(tau * (scores - scores.max(axis=0)))
    expected = np.minimum(5 * heavy / heavy.sum(axis=0), 4 * 5 / 40)
    np.testing.assert_allclose(weights, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "weighting", [Hardest(5, 0.0, 1, 0.5, 5.0, 0.5), SelfAdversarial(5.0, 1.0, 0.0, 1, 0.5)]
)
def test_cap_excludes_what_scores_above_the_mean_positive(weighting):
    scores = random_scores(30)
    positives = np.random.default_rng(1).normal(1, 1, (INPUTS, 4))
    weights = weights_of(weighting, scores, positives=positives)
    ceiling = positives.mean(axis=1) - 0.5
    for q in range(INPUTS):
        assert not weights[scores[:, q] > ceiling[q] + 1e-4, q].any()
        assert weights[:, q].any()
    nothing = weights_of(weighting, scores, positives=positives - 100)
    lowest = scores.argmin(axis=0)
    assert np.count_nonzero(nothing) == INPUTS
    least = 1 if isinstance(weighting, Hardest) else 4 * 5 / 30
    np.testing.assert_allclose(nothing[lowest, np.arange(INPUTS)], least)


def test_plain_weights_stay_as_they_are():
    scores = random_scores(6)
    assert (weights_of(All(), scores) == 0.37).all()


@pytest.mark.parametrize("count", [1, 63, 64, 65, 1000])
def test_many_draws_are_single_draws(count):
    cells = build_alias(np.arange(1, 30) ** 2)
    out = np.full((2, count + 4), -1, np.int64)
    states = seed_states(7, 1)[0], seed_states(7, 1)[0]
    with np.errstate(over="ignore"):
        _draw_many(cells, states[0], out[0], 3, count)
        _draw_singly(cells, states[1], out[1], 3, count)
    np.testing.assert_array_equal(out[0], out[1])
    np.testing.assert_array_equal(states[0], states[1])
    assert (out[:, [0, 1, 2, -1]] == -1).all()


def test_many_draws_follow_the_table():
    count = 4_000 if INTERPRETED else 200_000
    weights = np.array([5.0, 1, 0, 3, 0.5, 7])
    cells, out = build_alias(weights), np.zeros(count, np.int64)
    with np.errstate(over="ignore"):
        _draw_many(cells, seed_states(3, 1)[0], out, 0, count)
    actual = np.bincount(out, minlength=6)
    assert actual[2] == 0
    expected = alias_probabilities(cells) * count
    seen = expected > 0
    assert chisquare(actual[seen], expected[seen]).pvalue > 1e-4


def test_form_follows_the_methods():
    assert form_of(configure()) == "block"
    assert form_of(configure(form="window")) == "window"
    assert form_of(configure(sampler="gneg")) == "window"
    assert form_of(TrainConfig(sampler="ace")) == "window"
    with pytest.raises(UsageError, match=r"form='block': proposal='ace' needs the window form"):
        configure(sampler="ace", form="block")


def test_candidates_follow_the_form():
    assert candidates_of(configure(preset="word2vec")) == 32
    assert candidates_of(configure(negatives=15)) == 48
    assert candidates_of(configure(negatives=10_000)) == 10_000
    assert candidates_of(configure(weighting="self-adversarial")) == 48
    assert candidates_of(configure(form="window", negatives=7)) == 7
    assert candidates_of(configure(form="window", negatives=7, weighting="hardest")) == 14
    assert (
        candidates_of(configure(form="window", negatives=6, weighting="hardest", hard_share=0.4))
        == 15
    )
    assert candidates_of(configure(candidates=9)) == 9
    assert candidates_of(configure(candidates=9, form="window")) == 9


def inputs_of(size, **options):
    keep = np.full(size, 2**32 - 1, np.uint32)
    return bounded_inputs(configure(**options), np.full(size, 10), keep, 1 / size)


@pytest.mark.parametrize("options", [{}, {"window": 10}, {"negatives": 100}, {"lr": 0.1}])
def test_blocks_are_smaller_where_one_word_is_frequent(options):
    assert inputs_of(100_000, **options) == INPUTS
    assert 1 <= inputs_of(2, **options) < 4
    sizes = [inputs_of(size, **options) for size in (2, 20, 200, 2000)]
    assert sizes == sorted(sizes)


def test_blocks_are_smaller_at_wide_windows():
    sizes = [precise_inputs(window + 1) for window in (1, 5, 20, 50, 100, 300, 1000)]
    assert sizes[0] == INPUTS
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1
