"""Logistic regression: the minimum of the penalized loss, found by other means, and odd data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from w2vneg.evaluation.logistic import fit_one_vs_rest


def newton(
    features: npt.NDArray[np.float64], members: npt.NDArray[np.bool_], strength: float
) -> npt.NDArray[np.float64]:
    """Minimize by Newton's method; return weights and then the intercept."""
    x = np.hstack([features, np.ones((len(features), 1))])
    penalty = np.diag([*np.ones(features.shape[1]), 0.0])
    model = np.zeros(x.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-x @ model))
        gradient = penalty @ model + strength * x.T @ (chance - members)
        curvature = penalty + strength * (x.T * (chance * (1 - chance))) @ x
        model -= np.linalg.solve(curvature, gradient)
    return model


@pytest.mark.parametrize("strength", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_finds_the_minimum(strength: float, offset: float) -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(300, 5)) * [0.01, 0.1, 1, 3, 0] + offset
    classes = np.argmax(
        (features - offset) @ rng.normal(size=(5, 3)) + rng.normal(size=(300, 3)), axis=1
    )
    targets = classes[:, None] == np.arange(3)
    weights, intercepts = fit_one_vs_rest(features, targets, strength)
    for one in range(3):
        # The intercept that belongs to the centered features, so that both are well conditioned.
        expected = newton(features - features.mean(axis=0), targets[:, one], strength)
        shifted = intercepts[one] + weights[one] @ features.mean(axis=0)
        np.testing.assert_allclose([*weights[one], shifted], expected, atol=3e-4)


def test_more_dimensions_than_examples() -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(size=(8, 40))
    targets = np.array([[True, False]] * 4 + [[False, True]] * 4)
    weights, intercepts = fit_one_vs_rest(features, targets)
    assert ((features @ weights.T + intercepts > 0) == targets).all()
    np.testing.assert_allclose(weights[0], -weights[1], atol=1e-5)


def test_classes_with_all_examples_or_none() -> None:
    features = np.random.default_rng(3).normal(size=(6, 2))
    targets = np.array([[True, False, n < 3] for n in range(6)])
    weights, intercepts = fit_one_vs_rest(features, targets)
    assert intercepts[:2].tolist() == [np.inf, -np.inf]
    assert not weights[:2].any()
    assert np.isfinite(intercepts[2])


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e30])
def test_extreme_features(scale: float) -> None:
    rng = np.random.default_rng(4)
    members = rng.random(50) < 0.3
    features = (rng.normal(size=(50, 3)) + members[:, None] * 4) * scale
    weights, intercepts = fit_one_vs_rest(features, members[:, None])
    assert np.isfinite(weights).all()
    scores = (features @ weights.T + intercepts)[:, 0]
    if scale > 1:
        assert ((scores > 0) == members).mean() > 0.9
    else:  # nothing to be told apart: the share of the members
        np.testing.assert_allclose(scores, np.log(members.mean() / (1 - members.mean())), atol=1e-4)
