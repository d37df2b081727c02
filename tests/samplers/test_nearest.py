"""Candidates near the context word, the positive, or both."""

import itertools

import numpy as np
import pytest
from helpers.hooks import call_weigh
from helpers.toys import random_corpus, sampler_for, train_once

from w2vneg.kernel.hooks import look
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch
from w2vneg.samplers import configure, form_of
from w2vneg.samplers.weightings import nearest

CONTEXTS, M, LENGTH, WORDS = 5, 9, 16, 40


@kernel
def call_look(state, w_out, length, scratch, candidates):
    """Call the hook `look`."""
    look(state, w_out, length, scratch, candidates)


@pytest.mark.parametrize(("toward", "a", "b"), [("positive", 0, 1), ("both", 1, 1)])
def test_they_are_those_that_sorting_finds(toward, a, b):
    rng = np.random.default_rng(3)
    w_out = rng.normal(0, 1, (WORDS, LENGTH)).astype(np.float32)
    words = rng.permutation(WORDS)[: 1 + M]
    scores = rng.normal(0, 1, (CONTEXTS, 1 + M)).astype(np.float32)
    config = configure(sampler="kgpolicy", negatives=3, candidates=M, toward=toward)
    state = nearest.per_thread(nearest.build(config), M)
    scratch = make_scratch(Setting(CONTEXTS, M, LENGTH), np.dtype(np.float32))
    scratch.candidates[:], scratch.candidate_at[:] = words, words * LENGTH
    scratch.scores[: scores.size] = scores.ravel()
    call_look(state, w_out.ravel(), LENGTH, scratch, 1 + M)
    similar = w_out[words] @ w_out[words[0]]
    np.testing.assert_allclose(state.similar[: 1 + M], similar, rtol=1e-4, atol=1e-4)
    call_weigh(state, seed_states(1, 1)[0], scratch, CONTEXTS, 1 + M, 1.0)
    weights = scratch.weights[: scores.size].reshape(scores.shape)
    ranks = a * scores + b * similar
    best = np.argsort(-ranks[:, 1:], axis=1)[:, :3] + 1
    expected = np.zeros_like(weights)
    np.put_along_axis(expected, best, 1, axis=1)
    expected[:, 0] = 1
    np.testing.assert_array_equal(weights, expected)


def test_the_positive_of_a_window_is_needed():
    assert form_of(configure(sampler="kgpolicy")) == "window"


@pytest.mark.once
def test_toward_the_anchor_is_hardest_bit_for_bit():
    corpus = random_corpus(30, sentences=10 if INTERPRETED else 80)
    plain = train_once(corpus, sampler_for(corpus, weighting="hardest"))
    near = train_once(corpus, sampler_for(corpus, weighting="nearest", toward="anchor"))
    for left, right in itertools.islice(zip(plain, near, strict=True), 2):
        assert left.tobytes() == right.tobytes()
