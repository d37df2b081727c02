"""Generator, alias tables and the sigmoid."""

import numpy as np
import pytest
from helpers import naive_training as naive
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.kernel.alias import alias_probabilities, build_alias, draw_alias
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import below, next_word, seed_states, uniform
from w2vneg.kernel.sigmoid import log_sigmoid, sigmoid

DRAWS = 3_000 if INTERPRETED else 1_000_000


@kernel
def _words(state, out):
    for i in range(out.size):
        out[i] = next_word(state)


@kernel
def _draws(cells, state, counts, count):
    for _ in range(count):
        counts[draw_alias(cells, state)] += 1


@kernel
def _belows(state, bound, counts, count):
    for _ in range(count):
        counts[below(next_word(state), bound)] += 1


@kernel
def _uniforms(state, out):
    for i in range(out.size):
        out[i] = uniform(state)


@kernel
def _sigmoids(x, out, logs):
    for i in range(x.size):
        out[i] = sigmoid(x[i])
        logs[i] = log_sigmoid(np.float64(x[i]))


def p_value(counts, probabilities):
    from scipy.stats import chisquare

    total = counts.sum()
    used = probabilities > 0
    assert counts[~used].sum() == 0
    return chisquare(counts[used], probabilities[used] / probabilities[used].sum() * total).pvalue


def test_generator_equals_the_reference():
    states = seed_states(7, 1)
    reference = naive.Rng(states[0])
    out = np.zeros(1000, np.uint64)
    with np.errstate(over="ignore"):
        _words(states[0], out)
    assert [int(w) for w in out] == [reference.word() for _ in range(1000)]


def test_threads_have_independent_streams():
    few, many = seed_states(1, 2), seed_states(1, 16)
    np.testing.assert_array_equal(few, many[:2])
    streams = np.zeros((16, 1000 if not INTERPRETED else 50), np.uint64)
    with np.errstate(over="ignore"):
        for state, out in zip(many, streams, strict=True):
            _words(state, out)
    assert len(np.unique(streams)) == streams.size


@pytest.mark.parametrize("bound", [1, 2, 5, 1000])
def test_below_is_uniform(bound):
    counts = np.zeros(bound, np.int64)
    with np.errstate(over="ignore"):
        _belows(seed_states(2, 1)[0], bound, counts, DRAWS)
    assert p_value(counts, np.ones(bound)) > 1e-6 or bound == 1


def test_uniform_lies_in_the_unit_interval():
    out = np.zeros(DRAWS // 10)
    with np.errstate(over="ignore"):
        _uniforms(seed_states(2, 1)[0], out)
    assert 0 <= out.min() < out.max() < 1
    assert out.mean() == pytest.approx(0.5, abs=5 / np.sqrt(12 * out.size))


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=60))
@settings(deadline=None, max_examples=200)
def test_alias_table_stands_for_exactly_its_weights(weights):
    weights = np.array(weights)
    if not weights.any():
        with pytest.raises(ValueError):
            build_alias(weights)
        return
    cells = build_alias(weights)
    assert (cells[:, 1] < len(weights)).all()
    actual = alias_probabilities(cells)
    shares = weights / weights.max()
    np.testing.assert_allclose(actual, shares / shares.sum(), atol=2e-9 * len(weights))


@pytest.mark.parametrize("bad", [[], [1, np.nan], [1, -1], [0, 0], [np.inf, 1]])
def test_alias_refuses_what_is_no_distribution(bad):
    with pytest.raises(ValueError):
        build_alias(np.array(bad, float))


@pytest.mark.parametrize(
    "weights", [[1], [0, 1], [1, 0, 3, 0, 6], np.arange(1, 1000) ** -1.0, np.ones(7)]
)
def test_alias_draws_by_chi_square(weights):
    weights = np.asarray(weights, float)
    counts = np.zeros(len(weights), np.int64)
    with np.errstate(over="ignore"):
        _draws(build_alias(weights), seed_states(5, 1)[0], counts, DRAWS)
    if (weights > 0).sum() > 1:
        assert p_value(counts, weights) > 1e-6
    assert counts[weights == 0].sum() == 0


def test_sigmoid_is_accurate_and_keeps_nan():
    x = np.linspace(-40, 40, 2_001 if INTERPRETED else 200_001).astype(np.float32)
    out, logs = np.zeros_like(x), np.zeros(x.size)
    _sigmoids(x, out, logs)
    exact = 1 / (1 + np.exp(-x.astype(float)))
    assert np.abs(out - exact).max() < 3e-7
    assert (np.diff(out) > -2e-7).all()
    np.testing.assert_allclose(logs, -np.logaddexp(0, -x.astype(float)), rtol=1e-6, atol=1e-12)
    x = np.array([np.nan, np.inf, -np.inf], np.float32)
    out, logs = np.zeros_like(x), np.zeros(3)
    _sigmoids(x[:1], out, logs)
    assert np.isnan(out[0])
