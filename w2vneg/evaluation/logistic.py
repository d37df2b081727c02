"""Logistic regression with an L2 penalty, one class against the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]

#: Largest partial derivative of the mean loss at the end.
_TOLERANCE = 1e-6
_MOST_ITERATIONS = 1000


def fit_one_vs_rest(
    features: _Floats, targets: npt.NDArray[np.bool_], strength: float = 1.0
) -> tuple[_Floats, _Floats]:
    """Fit one binary model for each class.

    Each minimizes ``|w|^2 / 2 + strength * sum_i log(1 + exp(-y_i (w . x_i + b)))``, where y is 1
    for the members of the class and -1 for the rest; the intercept b has no penalty. This is the
    model of LIBLINEAR and of scikit-learn's ``OneVsRestClassifier(LogisticRegression(C=strength))``.

    Parameters
    ----------
    features : (n, d) float64 array
    targets : (n, classes) bool array
        Which examples are members.
    strength : float
        Weight of the examples against the penalty.

    Returns
    -------
    weights : (classes, d) float64 array
    intercepts : (classes,) float64 array
        Infinite for classes with all examples or with none: nothing can be learned about them.
    """
    classes = targets.shape[1]
    mean = features.mean(axis=0)
    scaled, basis, penalties = _scaled(features - mean, strength)
    weights, intercepts = np.zeros((classes, features.shape[1])), np.empty(classes)
    members = targets.sum(axis=0)
    for one in range(classes):
        if 0 < members[one] < len(features):
            found, intercept = _fit(scaled, targets[:, one], penalties)
            weights[one] = basis @ found
            intercepts[one] = intercept - mean @ weights[one]
        else:
            intercepts[one] = np.inf if members[one] else -np.inf
    return weights, intercepts


def _scaled(centered: _Floats, strength: float) -> tuple[_Floats, _Floats, _Floats]:
    """Return the same problem in coordinates in which few steps are needed.

    The second derivative of the mean loss is at most that of ``|x . w|^2 / 8``. In coordinates
    whose unit is the inverse root of this plus the penalty, it is about 1 in all directions.

    Returns
    -------
    scaled : (n, d) float64 array
    basis : (d, d) float64 array
        ``w = basis @ u`` for the weights u of the scaled problem.
    penalties : (d,) float64 array
        The penalty is ``sum(penalties * u^2) / 2``.
    """
    penalty = 1 / (strength * len(centered))
    curvature, directions = np.linalg.eigh(centered.T @ centered / (4 * len(centered)))
    units = 1 / np.sqrt(np.maximum(curvature, 0) + penalty)
    basis = directions * units
    return centered @ basis, basis, penalty * units**2


def _fit(
    features: _Floats, members: npt.NDArray[np.bool_], penalties: _Floats
) -> tuple[_Floats, float]:
    """Minimize the mean loss and the penalty; return weights and intercept."""
    from scipy.optimize import minimize

    count, dim = features.shape
    signs = np.where(members, 1.0, -1.0)

    def loss(model: _Floats) -> tuple[float, _Floats]:
        weights = model[:dim]
        margins = signs * (features @ weights + model[dim])
        # The derivative of log(1 + exp(-m)) is -1 / (1 + exp(m)).
        with np.errstate(over="ignore"):
            slopes = -signs / (1 + np.exp(margins)) / count
        gradient = np.empty(dim + 1)
        gradient[:dim] = features.T @ slopes + penalties * weights
        gradient[dim] = slopes.sum()
        value = np.logaddexp(0, -margins).mean() + (penalties * weights) @ weights / 2
        return float(value), gradient

    found = minimize(
        loss,
        np.zeros(dim + 1),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MOST_ITERATIONS, "gtol": _TOLERANCE, "ftol": 0},
    )
    return found.x[:dim], float(found.x[dim])
