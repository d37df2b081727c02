"""The distribution of ACE's generator and its gradients."""

import numpy as np
import pytest

from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states, uniform
from w2vneg.kernel.tiles import LANES, row_length
from w2vneg.samplers.proposals.ace.generator import (
    accumulate,
    add_entropy,
    add_expected,
    center_gradient,
    pick,
    softmax,
)


@kernel
def _reinforce(probabilities, count, rewards, baseline, rng, rounds, cumulative, gradient):
    accumulate(probabilities, count, cumulative)
    advantages = 0.0
    for _ in range(rounds):
        picked = pick(cumulative, count, uniform(rng))
        gradient[picked] += rewards[picked] - baseline
        advantages += rewards[picked] - baseline
    center_gradient(probabilities, count, advantages, gradient)


@kernel
def _expected(probabilities, rewards, count, gradient):
    add_expected(probabilities, rewards, count, gradient)


@kernel
def _entropy(probabilities, count, entropy, gradient):
    add_entropy(probabilities, count, entropy, 1.0, gradient)


@kernel
def _softmax(scores, count, inverse_temperature, probabilities):
    return softmax(scores, count, inverse_temperature, probabilities)


def padded(values):
    """The values, with room up to the next multiple of `LANES`."""
    result = np.zeros(row_length(len(values)))
    result[: len(values)] = values
    return result


def plain_softmax(e):
    g = np.exp(e - e.max())
    return g / g.sum()


E = np.array([0.3, -1.0, 0.8, 0.0, 0.2, -0.4])
R = np.array([1.0, 0.2, 0.7, 0.0, 1.5, 0.1])


def slopes(function):
    step = 1e-6
    return [
        (function(E + step * unit) - function(E - step * unit)) / (2 * step) for unit in np.eye(6)
    ]


def test_exact_gradients_match_central_differences():
    gradient = np.zeros(LANES)
    _expected(padded(plain_softmax(E)), padded(R), 6, gradient)
    np.testing.assert_allclose(gradient[:6], slopes(lambda e: plain_softmax(e) @ R), atol=1e-9)

    def entropy(e):
        g = plain_softmax(e)
        return -(g * np.log(g)).sum()

    gradient[:] = 0
    _entropy(padded(plain_softmax(E)), 6, entropy(E), gradient)
    np.testing.assert_allclose(gradient[:6], slopes(entropy), atol=1e-9)
    assert not gradient[6:].any()


@pytest.mark.parametrize("baseline", [0.0, 0.8, -3.0])
def test_a_baseline_changes_the_variance_not_the_mean(baseline):
    rounds = 500 if INTERPRETED else 100_000
    g, exact = padded(plain_softmax(E)), np.zeros(LANES)
    _expected(g, padded(R), 6, exact)
    steps = np.zeros((20, LANES))
    with np.errstate(over="ignore"):
        for batch in range(20):
            _reinforce(
                g, 6, R, baseline, seed_states(batch, 1)[0], rounds, np.zeros(LANES), steps[batch]
            )
    steps /= rounds
    error = steps.std(axis=0, ddof=1) / 20**0.5
    assert (np.abs(steps.mean(axis=0) - exact) < 6 * error)[:6].all()


def test_softmax_and_its_entropy():
    actual = np.zeros(LANES)
    entropy = _softmax(padded(E), 6, 2.0, actual)
    g = plain_softmax(2 * E)
    np.testing.assert_allclose(actual[:6], g, atol=2e-6)
    assert entropy == pytest.approx(-(g * np.log(g)).sum(), abs=1e-5)
    for bad in (np.nan, np.inf):
        scores = padded(E)
        scores[3] = bad
        with np.errstate(all="ignore"):
            assert _softmax(scores, 6, 1.0, actual) < 0
    scores = padded([0, -1e30, -1e30, -1e30, -1e30, -1e30])
    assert _softmax(scores, 6, 1.0, actual) == pytest.approx(0, abs=1e-4)
