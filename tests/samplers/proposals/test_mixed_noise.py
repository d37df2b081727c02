"""Draws from two noises, weighted as if all came from one."""

import itertools

import numpy as np
import pytest
from helpers.hooks import call_weigh, call_weigh_pool
from helpers.toys import draw, random_corpus, sampler_for, train_once
from scipy.stats import chisquare

from w2vneg.errors import UsageError
from w2vneg.kernel.block import block_setting, make_block
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch
from w2vneg.samplers import SamplerContext, build_sampler, configure
from w2vneg.samplers.proposals.mixed_noise import ratios_of
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial
from w2vneg.system.option_names import named_as_flags

COUNTS = np.array([5000, 900, 333, 60, 20, 7, 1], np.int64)


def noise(exponent):
    return COUNTS**exponent / (COUNTS**exponent).sum()


def sampler(**options):
    config = configure(**{"sampler": "mixed-noise", "form": "window", "negatives": 5, **options})
    return build_sampler(SamplerContext(config, COUNTS))


@pytest.mark.parametrize("count", [1, 2, 5, 48])
def test_draws_weigh_what_they_weigh_under_the_first_noise(count):
    mixed = sampler(candidates=count, negatives=1, weighting="all")
    factors = mixed.states.proposal.factors
    own = (count + 1) // 2
    drawn = (own * noise(0.75) + (count - own) * noise(0.25)) / count
    np.testing.assert_allclose(drawn * factors, noise(0.75), rtol=1e-5)
    assert factors.max() <= 2
    counts, _ = draw(mixed, len(COUNTS), each=count, rounds=20_000 // count)
    assert chisquare(counts, drawn * counts.sum()).pvalue > 1e-6
    total = counts * factors
    deviation = np.sqrt(counts.sum() * drawn * (1 - drawn)) * factors
    assert (np.abs(total - noise(0.75) * counts.sum()) < 5 * deviation + 1e-9).all()


def test_equal_exponents_have_no_ratio():
    assert (ratios_of(COUNTS, 0.4, 0.4, 7) == 1).all()
    states = sampler(mix_exponent=0.75).states
    assert isinstance(states.weighting, SelfAdversarial)
    same, _ = draw(sampler(mix_exponent=0.75), len(COUNTS), rounds=50)
    plain = build_sampler(SamplerContext(configure(form="window"), COUNTS))
    np.testing.assert_array_equal(same, draw(plain, len(COUNTS), rounds=50)[0])
    assert (ratios_of(np.array([5, 0, 2]), 0.75, 0.25, 4)[[0, 2]] > 0).all()
    assert ratios_of(np.array([5, 0, 2]), 0.75, 0.25, 4)[1] == 0


def test_weights_of_a_window_are_multiplied_and_keep_their_sum():
    rng = np.random.default_rng(0)
    for weighting, normalized in (("all", False), ("self-adversarial", True), ("hardest", True)):
        states = sampler(weighting=weighting, candidates=10).states
        scratch = make_scratch(Setting(3, 10, 16), np.dtype(np.float64))
        scratch.candidates[1:] = rng.integers(0, len(COUNTS), 10)
        scratch.scores[:33] = rng.normal(0, 1, 33)
        base, factors = states.weighting.base, states.proposal.factors
        call_weigh(base, seed_states(1, 1)[0], scratch, 3, 11, 1.0)
        before = scratch.weights[:33].reshape(3, 11).copy()
        call_weigh(states.weighting, seed_states(1, 1)[0], scratch, 3, 11, 1.0)
        after = scratch.weights[:33].reshape(3, 11)
        expected = before[:, 1:] * factors[scratch.candidates[1:]]
        if normalized:
            expected *= (before[:, 1:].sum(axis=1) / expected.sum(axis=1))[:, None]
        np.testing.assert_allclose(after[:, 1:], expected, rtol=1e-6)
        assert (after[:, 0] == 1).all()


def test_weights_of_a_pool_are_multiplied_and_keep_their_sum():
    rng = np.random.default_rng(0)
    for weighting, normalized in (("all", False), ("self-adversarial", True)):
        states = sampler(weighting=weighting, form="block", candidates=12).states
        setting = block_setting(5, 12, 8, 1)
        block = make_block(setting, np.dtype(np.float64), 5.0)
        words = rng.integers(0, len(COUNTS), 12)
        block.pool_words[:] = words
        block.scores[:] = rng.normal(0, 1, block.scores.size)
        call_weigh_pool(states.weighting.base, seed_states(1, 1)[0], block, 12, 1.0)
        before = block.weights.reshape(12, INPUTS).copy()
        call_weigh_pool(states.weighting, seed_states(1, 1)[0], block, 12, 1.0)
        expected = before * states.proposal.factors[words][:, None]
        if normalized:
            expected *= before.sum(axis=0) / expected.sum(axis=0)
        np.testing.assert_allclose(block.weights.reshape(12, INPUTS), expected, rtol=1e-6)


@pytest.mark.once
@pytest.mark.stress
@pytest.mark.parametrize("form", ["window", "block"])
def test_equal_exponents_are_unigram_bit_for_bit(form):
    corpus = random_corpus(30)
    options = {"weighting": "self-adversarial", "form": form}
    plain = train_once(corpus, sampler_for(corpus, **options))
    same = sampler_for(corpus, proposal="mixed-noise", mix_exponent=0.75, **options)
    for left, right in itertools.islice(zip(plain, train_once(corpus, same), strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_what_does_not_go_together_is_refused():
    with (
        named_as_flags(),
        pytest.raises(UsageError, match="--weighting mochi mixes; choose --proposal unigram"),
    ):
        configure(proposal="mixed-noise", weighting="mochi")
    config = configure(sampler="mixed-noise", mix_exponent=100)
    with pytest.raises(UsageError, match="leaves only one word"):
        build_sampler(SamplerContext(config, np.array([10**9, 10])))
