"""Candidates of the positive's own cluster do not count."""

import itertools

import numpy as np
import pytest
from helpers.hooks import call_weigh
from helpers.toys import random_corpus, sampler_for, train_once, train_rounds

from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch
from w2vneg.samplers import configure, form_of
from w2vneg.samplers.weightings import eliminate
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial

CORPUS = random_corpus(30, sentences=30)


def test_words_of_the_own_cluster_get_no_weight():
    words = np.array([4, 1, 2, 3, 5, 6])
    state = eliminate.build(configure(weighting="eliminate", negatives=5))
    labels = np.array([9, 1, 0, 1, 1, -1, 2], np.int32)
    scores = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    scratch = make_scratch(Setting(3, 9, 16), np.dtype(np.float32))
    scratch.candidates[:6] = words
    actual = {}
    for name, own in (("labels", labels), ("none", np.full(7, -1, np.int32))):
        scratch.scores[:18] = scores.ravel()
        with np.errstate(all="ignore"):
            call_weigh(state._replace(labels=own), seed_states(1, 1)[0], scratch, 3, 6, 1.0)
        actual[name] = scratch.weights[:18].reshape(3, 6).copy()
    scratch.scores[:18] = scores.ravel()
    call_weigh(SelfAdversarial(5.0, 1.0, 0.0, 0, 0.0), seed_states(1, 1)[0], scratch, 3, 6, 1.0)
    np.testing.assert_array_equal(actual["none"], scratch.weights[:18].reshape(3, 6))
    expected = actual["none"].copy()
    expected[:, [1, 3]] = 0  # the words 1 and 3 have the label of word 4
    np.testing.assert_array_equal(actual["labels"], expected)


def planted(words=300, kinds=6, seed=0):
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(kinds, 16))
    own = rng.integers(0, kinds, words)
    rows = centers[own] * rng.uniform(0.5, 3, (words, 1)) + rng.normal(0, 0.3, (words, 16))
    return rows.astype(np.float32), own


def test_clusters_are_those_that_were_planted():
    rows, own = planted()
    nearest = np.full(300, -1, np.int32)
    for _ in range(3):
        cosines = eliminate.cluster(rows, nearest, 12)
    assert cosines.min() > 0.5
    for label in set(nearest.tolist()):
        assert len(set(own[nearest == label].tolist())) == 1


def test_more_words_are_left_out_as_training_goes_on():
    rows, _ = planted()
    state = eliminate.build(configure(weighting="eliminate", clusters=12, clusterings=4))
    context = type("Context", (), {"counts": np.zeros(300)})
    state = eliminate.bind(context, state, None, None)
    shares = []
    for progress in (0.0, 0.1, 0.25, 0.45, 0.7, 0.9):
        eliminate.maintain(state, None, rows.ravel(), None, 16, progress)
        shares.append(round(float((state.labels >= 0).mean()), 2))
    assert shares == [0.0, 0.0, 0.25, 0.45, 0.7, 0.9]
    assert state.done[0] == 4
    before = state.labels.copy()
    eliminate.maintain(state, None, rows.ravel(), None, 16, 0.95)
    np.testing.assert_array_equal(state.labels, before)


@pytest.mark.once
def test_without_clusters_this_is_self_adversarial_bit_for_bit():
    plain = train_once(CORPUS, sampler_for(CORPUS, weighting="self-adversarial"))
    spared = train_once(CORPUS, sampler_for(CORPUS, weighting="eliminate", clusterings=0))
    for left, right in itertools.islice(zip(plain, spared, strict=True), 2):
        assert left.tobytes() == right.tobytes()


@pytest.mark.once
def test_trains_with_more_clusters_than_words():
    sampler = sampler_for(CORPUS, sampler="ifnd", clusterings=3)
    for w_in, _, _, _ in train_rounds(CORPUS, sampler, 6):
        assert np.isfinite(w_in).all()
    assert sampler.states.weighting.done[0] == 3


def test_the_positive_of_a_window_is_needed():
    assert form_of(configure(sampler="ifnd")) == "window"
