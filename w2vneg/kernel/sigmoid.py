"""The logistic function and relatives, as short approximations that compilers can vectorize."""

from __future__ import annotations

import math

import numpy as np

from w2vneg.kernel.jit import device
from w2vneg.kernel.lanes import exponential, logarithm, minimum, where

# tanh(h) = h P(h^2) / Q(h^2) on [-9, 9], P and Q of degree 5: a weighted least-squares fit whose
# error there is 3e-11, far below the resolution of float32. At |h| = 9, tanh is 1 within 4e-8.
_LIMIT = np.float32(9.0)
_HALF = np.float32(0.5)
_P0, _P1, _P2, _P3, _P4, _P5 = (
    np.float32(c)
    for c in (
        0.9999999998208853,
        0.14097206374658433,
        0.004423299651957464,
        4.220718100327516e-05,
        1.1081345363987736e-07,
        3.653583733344031e-11,
    )
)
_Q0, _Q1, _Q2, _Q3, _Q4, _Q5 = (
    np.float32(c)
    for c in (
        1.0,
        0.474305396214962,
        0.02919176626926891,
        0.0005003295395858013,
        2.5978084085234477e-06,
        2.9382281976989808e-09,
    )
)


@device
def sigmoid(x):
    """Return 1 / (1 + exp(-x)) within 3e-7, in the dtype of `x`; NaN stays NaN."""
    h = x * _HALF
    # Comparisons, because min and max would turn NaN into a number.
    if h > _LIMIT:
        h = h - h + _LIMIT
    if h < -_LIMIT:
        h = h - h - _LIMIT
    z = h * h
    p = ((((_P5 * z + _P4) * z + _P3) * z + _P2) * z + _P1) * z + _P0
    q = ((((_Q5 * z + _Q4) * z + _Q3) * z + _Q2) * z + _Q1) * z + _Q0
    return _HALF + _HALF * h * p / q


@device
def sigmoids(x):
    """Return `sigmoid` of each lane of a vector."""
    h = x * _HALF
    h = where(h > _LIMIT, _LIMIT, h)
    h = where(h < -_LIMIT, -_LIMIT, h)
    z = h * h
    p = ((((z * _P5 + _P4) * z + _P3) * z + _P2) * z + _P1) * z + _P0
    q = ((((z * _Q5 + _Q4) * z + _Q3) * z + _Q2) * z + _Q1) * z + _Q0
    return h * _HALF * p / q + _HALF


@device
def log_sigmoids(x):
    """Return log(1 / (1 + exp(-x))) of each lane of a vector, within 3e-7 of it or of 1."""
    below = minimum(x, -x)
    return minimum(x, x - x) - logarithm(exponential(below) + 1)


@device
def log_sigmoid(x):
    """Return log(1 / (1 + exp(-x))), accurate for every finite `x`."""
    if x > 0:
        return -math.log1p(math.exp(-x))
    return x - math.log1p(math.exp(x))
