"""Hard weights whose effect on the target is corrected for."""

import numpy as np
import pytest
from helpers.hooks import pool_weights, window_weights

from w2vneg.errors import UsageError
from w2vneg.kernel.block_positives import BAND
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.samplers import configure
from w2vneg.samplers.weightings.corrected import Corrected
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial
from w2vneg.system.option_names import named_as_flags


def state(temperature, total=5.0):
    return Corrected(SelfAdversarial(total, temperature, 0.0, 0, 0.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0])
def test_logits_of_a_window(temperature, dtype):
    scores = np.random.default_rng(0).normal(0, 2, (6, 12)).astype(dtype)
    weights, scratch = window_weights(state(temperature), scores, dtype=dtype)
    plain, _ = window_weights(state(temperature).hard, scores, dtype=dtype)
    np.testing.assert_array_equal(weights, plain)
    log_z = np.log(np.exp(temperature * scores[:, 1:].astype(float)).mean(axis=1, keepdims=True))
    expected = (1 - temperature) * scores + log_z
    actual = scratch.scores[: scores.size].reshape(scores.shape)
    np.testing.assert_allclose(actual, expected, atol=3e-5)


@pytest.mark.parametrize("temperature", [0.0, 0.5])
def test_logits_of_a_block(temperature):
    rng = np.random.default_rng(0)
    scores, positives = rng.normal(0, 2, (30, INPUTS)), rng.normal(0, 2, (INPUTS, 3))
    weights, block = pool_weights(state(temperature), scores, positives=positives)
    plain, _ = pool_weights(state(temperature).hard, scores, positives=positives)
    np.testing.assert_array_equal(weights, plain)
    log_z = np.log(np.exp(temperature * scores).mean(axis=0))
    actual = block.scores.reshape(scores.shape)
    np.testing.assert_allclose(actual, (1 - temperature) * scores + log_z, atol=3e-5)
    actual = block.positive_scores[: INPUTS * BAND].reshape(INPUTS, BAND)[:, :3]
    np.testing.assert_allclose(actual, (1 - temperature) * positives + log_z[:, None], atol=3e-5)


def test_a_window_without_candidates_is_survived():
    weights, scratch = window_weights(state(0.5), np.array([[2.0], [1.0]]))
    assert (weights == 1).all()
    assert scratch.scores[:2].tolist() == [2, 1]


@pytest.mark.parametrize("loss", ["bpr", "infonce"])
def test_losses_of_differences_are_refused(loss):
    with (
        named_as_flags(),
        pytest.raises(UsageError, match=f"--weighting corrected: --loss {loss} depends on diff"),
    ):
        configure(sampler="corrected", loss=loss)
