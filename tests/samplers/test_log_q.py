"""The softmax that corrects for its noise."""

import numpy as np
import pytest
from helpers.hooks import filled_block
from helpers.toys import random_corpus, sampler_for

from w2vneg.errors import UsageError
from w2vneg.kernel.block_hooks import shift_pool
from w2vneg.kernel.block_positives import BAND
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import shift
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.window import Setting, make_scratch
from w2vneg.samplers import configure
from w2vneg.samplers.losses.infonce import CorrectedInfoNce, InfoNce, bind
from w2vneg.system.option_names import named_as_flags

NOISE = np.array([0.5, 0.25, 0.15, 0.1])


@kernel
def call_shift(loss, scratch, contexts, candidates):
    shift(loss, scratch, contexts, candidates)


@kernel
def call_shift_pool(loss, block, candidates, first):
    shift_pool(loss, block, candidates, BAND, first)


def state():
    bound = bind(configure(sampler="sampled-softmax"), InfoNce(), NOISE)
    assert isinstance(bound, CorrectedInfoNce)
    np.testing.assert_allclose(bound.log_q, np.log(NOISE / 0.5), rtol=1e-6)
    return bound


def test_the_noise_is_subtracted_in_windows():
    scratch = make_scratch(Setting(2, 3, 16), np.dtype(np.float64))
    scores = np.random.default_rng(0).normal(size=(2, 4))
    scratch.scores[:8] = scores.ravel()
    scratch.candidates[:] = [1, 3, 0, 3]
    call_shift(state(), scratch, 2, 4)
    expected = scores - np.log(NOISE / 0.5)[[1, 3, 0, 3]]
    np.testing.assert_allclose(scratch.scores[:8].reshape(2, 4), expected, rtol=1e-6)


def test_the_noise_is_subtracted_in_blocks():
    rng = np.random.default_rng(0)
    scores, positives = rng.normal(size=(5, INPUTS)), rng.normal(size=(INPUTS, 3))
    block = filled_block(scores, positives, capacity=40)
    words = rng.integers(0, 4, 5)
    block.pool_words[:5] = words
    block.begin[:] = 2 + np.arange(INPUTS)
    block.end[:] = block.begin + 3
    around = rng.integers(0, 4, len(block.stream.words))
    block.stream.words[:] = around
    call_shift_pool(state(), block, 5, 2)
    log_q = np.log(NOISE / 0.5)
    np.testing.assert_allclose(
        block.scores.reshape(5, INPUTS), scores - log_q[words][:, None], rtol=1e-5, atol=1e-6
    )
    actual = block.positive_scores[: INPUTS * BAND].reshape(INPUTS, BAND)
    columns = 2 + np.arange(INPUTS)[:, None] + np.arange(3)
    np.testing.assert_allclose(actual[:, :3], positives - log_q[around[columns]], rtol=1e-5)
    assert not actual[:, 3:].any()


def test_a_uniform_noise_needs_no_correction():
    options = {"proposal": "uniform", "loss": "infonce", "log_q": True}
    assert isinstance(sampler_for(random_corpus(30), **options).states.loss, InfoNce)


def test_an_unknown_noise_is_refused():
    for proposal in ("gneg", "ace", "nscaching", "rws"):
        with (
            named_as_flags(),
            pytest.raises(UsageError, match=f"--log-q: --proposal {proposal} has no distribution"),
        ):
            configure(proposal=proposal, loss="infonce", log_q=True)
    with (
        named_as_flags(),
        pytest.raises(UsageError, match="--log-q: the mixtures of --weighting mochi"),
    ):
        configure(loss="infonce", log_q=True, weighting="mochi")
