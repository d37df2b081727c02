"""The weighting that prefers scores near that of the positive."""

import itertools

import numpy as np
import pytest
from helpers.hooks import pool_weights, window_weights
from helpers.toys import random_corpus, sampler_for, train_once

from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.samplers.weightings.hardest import Hardest
from w2vneg.samplers.weightings.near_positive import NearPositive

SCORES = np.random.default_rng(5).normal(0, 1.5, (9, 20))


def chosen_by(margin, progress=0.0, chosen=4, scores=SCORES):
    weights, _ = window_weights(NearPositive(chosen, margin, 4.0, 0.5, 1.0), scores, progress)
    assert (weights[:, 0] == 1).all()
    assert (weights[:, 1:].sum(axis=1) == chosen).all()
    return weights[:, 1:] > 0


@pytest.mark.parametrize(("margin", "progress"), [(0.0, 0.0), (0.7, 0.0), (2.0, 0.25)])
def test_they_are_those_that_sorting_finds(margin, progress):
    gaps = np.abs(SCORES[:, :1] - margin * (1 - progress) - SCORES[:, 1:])
    nearest = np.argsort(gaps, axis=1)[:, :4]
    assert (np.take_along_axis(chosen_by(margin, progress), nearest, axis=1)).all()


def test_far_margins_select_the_hardest_and_the_easiest():
    hardest, _ = window_weights(Hardest(4, 0.0, 0, 0.0), SCORES)
    np.testing.assert_array_equal(chosen_by(-100.0), hardest[:, 1:] > 0)
    easiest, _ = window_weights(Hardest(4, 0.0, 0, 0.0), -SCORES)
    np.testing.assert_array_equal(chosen_by(100.0), easiest[:, 1:] > 0)


def test_the_chosen_scores_fall_as_the_margin_grows():
    means = [SCORES[:, 1:][chosen_by(margin)].mean() for margin in (-2.0, 0.0, 1.0, 2.0, 4.0)]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("candidates", "share"), [(1, 0.5), (24, 0.25), (33, 1.0)])
def test_pools_select_near_the_mean_positive(candidates, share, dtype):
    rng = np.random.default_rng(candidates)
    scores = rng.normal(0, 1.5, (candidates, INPUTS)).astype(dtype)
    positives = rng.normal(1, 1, (INPUTS, 4)).astype(dtype)
    weighting = NearPositive(5, 0.8, 6.0, share, 1.0)
    weights, _ = pool_weights(weighting, scores, positives=positives, progress=0.5, dtype=dtype)
    gaps = np.abs(positives.mean(axis=1) - 0.4 - scores)
    chosen = max(1, round(share * candidates))
    expected = np.zeros_like(scores)
    np.put_along_axis(expected, np.argsort(gaps, axis=0)[:chosen], 6 / chosen, axis=0)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    alone, _ = pool_weights(weighting, scores, dtype=dtype)  # inputs without positives
    assert np.isfinite(alone).all()


@pytest.mark.stress
def test_k_of_k_is_plain_sampling_bit_for_bit():
    corpus = random_corpus(30)
    plain = train_once(corpus, sampler_for(corpus))
    chosen = train_once(corpus, sampler_for(corpus, sampler="asa", candidates=5))
    for left, right in itertools.islice(zip(plain, chosen, strict=True), 2):
        assert left.tobytes() == right.tobytes()
