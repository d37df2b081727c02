"""Weightings that change the number of draws of a window."""

import itertools

import numpy as np
import pytest
from helpers.hooks import call_weigh
from helpers.toys import random_corpus, sampler_for, train_once, train_rounds

from w2vneg.errors import UsageError
from w2vneg.kernel.hooks import count
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch
from w2vneg.samplers import candidates_of, configure, form_of
from w2vneg.samplers.weightings import effective
from w2vneg.system.option_names import named_as_flags

CORPUS = random_corpus(30, sentences=30)


@kernel
def call_count(state, progress, most):
    """Call the hook `count`."""
    return count(state, progress, most)


@pytest.mark.parametrize(("first", "last"), [(5, 15), (20, 4), (7, 7)])
def test_draws_follow_the_line_and_their_weights_sum_to_the_total(first, last):
    options = {"weighting": "growing", "first_candidates": first, "candidates": last}
    sampler = sampler_for(CORPUS, negatives=5, **options)
    state, most = sampler.states.weighting, sampler.candidates
    assert most == max(first, last)
    for progress in (0.0, 0.3, 0.5, 1.0):
        draws = call_count(state, progress, most)
        assert draws == int(first + (last - first) * progress + 0.5)
        scratch = make_scratch(Setting(3, most, 16), np.dtype(np.float32))
        call_weigh(state, seed_states(1, 1)[0], scratch, 3, 1 + draws, progress)
        weights = scratch.weights[: 3 * (1 + draws)].reshape(3, 1 + draws)
        np.testing.assert_allclose(weights[:, 1:].sum(axis=1), 5, rtol=1e-5)
        assert (weights[:, 0] == 1).all()


@pytest.mark.once
def test_as_many_first_as_last_is_plain_sampling_bit_for_bit():
    plain = train_once(CORPUS, sampler_for(CORPUS))
    steady = train_once(CORPUS, sampler_for(CORPUS, weighting="growing"))
    for left, right in itertools.islice(zip(plain, steady, strict=True), 2):
        assert left.tobytes() == right.tobytes()


@pytest.mark.once
def test_fewer_draws_are_trained_at_first():
    sampler = sampler_for(CORPUS, sampler="adaptive-k", negatives=2)
    assert (form_of(configure(sampler="adaptive-k")), sampler.candidates) == ("window", 6)
    drawn = []
    for _, _, scratch, tally in train_rounds(CORPUS, sampler, 5):
        drawn.append(tally.collisions + 0.0)
        scratch.drawn[:] = -1
    assert drawn[-1] > drawn[0]


def effective_state(target=10.0, **options):
    config = configure(sampler="ais", effective_size=target, negatives=3, **options)
    state = effective.per_thread(effective.build(config), 50)
    return state._replace(log_q=np.log(np.full(60, 1 / 60)).astype(np.float32))


def measured(state, scores):
    """The effective sample size that the weighting measures for a window."""
    contexts, candidates = scores.shape
    scratch = make_scratch(Setting(contexts, candidates, 16), np.dtype(np.float32))
    scratch.candidates[:candidates] = np.arange(candidates)
    scratch.scores[: scores.size] = scores.ravel()
    before = state.sums[2]
    for _ in range(16):
        call_weigh(state, seed_states(1, 1)[0], scratch, contexts, candidates, 1.0)
    return (state.sums[2] - before) / contexts


def test_the_effective_sample_size_is_that_of_the_weights():
    scores = np.random.default_rng(2).normal(0, 1.5, (4, 21)).astype(np.float32)
    state = effective_state()
    state.log_q[:] = np.linspace(-6, -2, 60)
    ratio = np.exp(scores[:, 1:].astype(float) - state.log_q[1:21])
    expected = (ratio.sum(axis=1) ** 2 / (ratio**2).sum(axis=1)).mean()
    assert measured(state, scores) == pytest.approx(expected, rel=1e-4)
    equal = np.zeros((2, 21), np.float32)
    state.log_q[:] = -1
    assert measured(state, equal) == pytest.approx(20, rel=1e-6)


def test_the_sample_grows_until_its_effective_size_is_reached():
    state = effective_state(target=12.0)
    rng = np.random.default_rng(0)
    sizes = []
    for _ in range(25):
        draws = call_count(state, 1.0, 50)
        sizes.append(draws)
        for _ in range(10):
            measured(state, rng.normal(0, 1, (6, 1 + draws)).astype(np.float32))
        effective.maintain(state, None, None, None, 16, 0.5)
    # Of weights e^s of normal scores a share of 1 / e to 1 / 2 is effective.
    assert sizes[0] == 3
    assert 18 < np.mean(sizes[10:]) < 40
    report = effective.report([state])
    assert 9 < report["effective_sample_size"] < 14
    for _ in range(9):
        measured(state, np.zeros((5, 1 + call_count(state, 1.0, 50)), np.float32))
        effective.maintain(state, None, None, None, 16, 0.5)
    assert call_count(state, 1.0, 50) == 12, "all draws count where scores are equal"


@pytest.mark.once
def test_a_target_that_is_always_reached_is_plain_sampling_bit_for_bit():
    options = {"loss": "infonce", "log_q": True}
    plain = train_once(CORPUS, sampler_for(CORPUS, **options))
    sampled = train_once(CORPUS, sampler_for(CORPUS, sampler="ais", effective_size=1.0))
    for left, right in itertools.islice(zip(plain, sampled, strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_senseless_combinations_are_refused():
    with (
        named_as_flags(),
        pytest.raises(UsageError, match="--weighting growing changes the number"),
    ):
        configure(proposal="ace", weighting="growing")
    with (
        named_as_flags(),
        pytest.raises(UsageError, match="--weighting effective: --proposal gneg"),
    ):
        configure(proposal="gneg", weighting="effective")
    assert candidates_of(configure(sampler="ais")) == 50
