"""Weightings from which the positives among the negatives are subtracted."""

import itertools

import numpy as np
import pytest
from helpers.hooks import (
    call_coefficients,
    call_objective,
    call_pool_coefficients,
    call_pool_objective,
    pool_weights,
    window_weights,
)
from helpers.toys import random_corpus, sampler_for, train_once

from w2vneg.errors import UsageError
from w2vneg.kernel.block_positives import BAND
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.samplers import configure
from w2vneg.samplers.losses.infonce import InfoNce
from w2vneg.samplers.losses.sgns import Sgns
from w2vneg.samplers.weightings import debiased, hard_debiased, self_adversarial
from w2vneg.samplers.weightings.all import Even
from w2vneg.system.option_names import named_as_flags

CORPUS = random_corpus(30, sentences=10 if INTERPRETED else 80)
STRESS = pytest.mark.stress


def matrices(**options):
    trained = train_once(CORPUS, sampler_for(CORPUS, **options))
    return [matrix.tobytes() for matrix in itertools.islice(trained, 2)]


@pytest.mark.once
@pytest.mark.parametrize(
    ("weighting", "base", "loss", "form"),
    [
        ("debiased", "all", "sgns", "block"),
        ("hard-debiased", "self-adversarial", "sgns", "block"),
        pytest.param("debiased", "all", "infonce", "block", marks=STRESS),
        pytest.param("debiased", "all", "sgns", "window", marks=STRESS),
        pytest.param("debiased", "all", "infonce", "window", marks=STRESS),
        pytest.param("hard-debiased", "self-adversarial", "sgns", "window", marks=STRESS),
        pytest.param("hard-debiased", "self-adversarial", "infonce", "block", marks=STRESS),
    ],
)
def test_without_bias_they_are_their_base_bit_for_bit(weighting, base, loss, form):
    options = {"loss": loss, "form": form}
    plain = matrices(weighting=weighting, debias=0.0, **options)
    assert plain == matrices(weighting=base, **options)
    assert plain != matrices(weighting=weighting, debias=0.1, **options)


def test_the_share_of_positives_is_subtracted():
    config = configure(weighting="debiased", debias=0.2, debias_limit=1.0, form="window")
    scores = np.array([[0.5, 1, 2, 3], [1.5, 1, 2, 3]])
    weights, _ = window_weights(debiased.build(config), scores)
    np.testing.assert_allclose(weights, [[1 - 5 * 0.25, *[1.25] * 3], [1, *[1.25] * 3]])
    state = hard_debiased.build(configure(weighting="hard-debiased", debias=0.2, debias_limit=1))
    weights, _ = window_weights(state, scores)
    share = np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum()
    np.testing.assert_allclose(weights[:, 1:], [6.25 * share] * 2, rtol=1e-4)
    np.testing.assert_allclose(weights[:, 0], [-0.25, 1])


@pytest.mark.parametrize("hard", [False, True])
def test_blocks_enter_the_share_as_excluded(hard):
    rng = np.random.default_rng(0)
    scores, positives = rng.normal(0, 1, (20, INPUTS)), rng.normal(0, 1, (INPUTS, 3))
    base = self_adversarial.SelfAdversarial(5.0, 1.0, 0.0, 0, 0.0) if hard else Even(1.0, 5.0)
    weights, block = pool_weights(debiased.Debiased(base, 0.3, 0.5), scores, positives=positives)
    expected, _ = pool_weights(base, scores)
    np.testing.assert_array_equal(weights, expected)
    actual = block.excluded.reshape(INPUTS, BAND)
    np.testing.assert_allclose(actual[:, :3], np.where(positives <= 0.5, 0.3, 0))
    assert not actual[:, 3:].any()


def dcl(positive, negatives, share, temperature=1.0):
    """The loss of Chuang et al., with a sum over the negatives of at least 0."""
    total = np.exp(negatives / temperature).sum()
    own = np.exp(positive / temperature)
    rest = (total - share * len(negatives) * own) / (1 - share)
    return np.log((own + max(rest, 0)) / own)


@pytest.mark.parametrize("positive", [-1.0, 0.8, 2.5, 9.0])
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_dcl_is_the_published_loss(positive, temperature):
    """In both forms: the value, and minus its derivatives by central differences."""
    negatives = np.array([0.3, -1.2, 0.9, 0.1, -0.4])
    own = {"sampler": "dcl", "debias": 0.1, "loss_temperature": temperature}
    config = configure(**own, form="window")
    scores = np.array([[positive, *negatives]])
    _, scratch = window_weights(debiased.build(config), scores)
    loss = InfoNce(temperature, 5.0)
    expected = dcl(positive, negatives, 0.1, temperature)
    assert call_objective(loss, scratch, 1, 6) == pytest.approx(expected, rel=1e-6)
    call_coefficients(loss, scratch, 1, 6)
    slopes = [
        (dcl(*split(scores[0] + step), 0.1, temperature) - dcl(*split(scores[0] - step), 0.1,
                                                               temperature)) / 2e-5
        for step in 1e-5 * np.eye(6)
    ]  # fmt: skip
    np.testing.assert_allclose(scratch.coefficients[:6], -np.array(slopes), atol=2e-5)

    pool = np.repeat(negatives[:, None], INPUTS, axis=1)
    state = debiased.build(configure(**own, form="block"))
    _, block = pool_weights(state, pool, positives=np.full((INPUTS, 1), positive))
    total = call_pool_objective(loss, block, 5)
    assert total == pytest.approx(INPUTS * expected, rel=1e-6)
    call_pool_coefficients(loss, block, 5)
    actual = block.coefficients[: 5 * INPUTS].reshape(5, INPUTS)[:, 3]
    np.testing.assert_allclose(actual, -np.array(slopes[1:]), atol=2e-5)
    assert block.positive_coefficients[3 * BAND] == pytest.approx(-slopes[0], abs=2e-5)


def split(scores):
    return scores[0], scores[1:]


def test_a_positive_above_the_limit_is_treated_as_usual():
    scores = np.array([[2.0, 0.5, 1.0]])
    _, scratch = window_weights(debiased.Debiased(Even(1.0, 2.0), 0.4, 1.9), scores)
    call_coefficients(Sgns(), scratch, 1, 3)
    expected = [1 - 1 / (1 + np.exp(-2)), *(-1 / (1 + np.exp(-scores[0, 1:])))]
    np.testing.assert_allclose(scratch.coefficients[:3], expected, atol=1e-6)


@pytest.mark.parametrize("weighting", ["debiased", "hard-debiased"])
def test_a_loss_that_does_not_weigh_the_positive_is_refused(weighting):
    with (
        named_as_flags(),
        pytest.raises(UsageError, match=f"--weighting {weighting}: --loss bpr does not weigh"),
    ):
        configure(weighting=weighting, loss="bpr")
