"""ACE's generator: a distribution over a few candidates, and the gradient that trains it.

g(m | c) = softmax_m(a_c . b_m / T) over M candidate words, with vectors a and b for each
word.
"""

from __future__ import annotations

import math

from w2vneg.kernel.jit import device
from w2vneg.kernel.rng import uniform
from w2vneg.kernel.sigmoid import exp_below
from w2vneg.kernel.tiles import LANES


@device
def softmax(scores, count, inverse_temperature, probabilities):
    """Set `probabilities` to softmax(scores / T); return its entropy in nats, -1 if not finite.

    Both arrays have room up to the next multiple of `LANES`; `scores` is modified.
    """
    largest = scores[0]
    for m in range(1, count):
        largest = max(largest, scores[m])
    scale = scores.dtype.type(inverse_temperature)
    for m in range((count + LANES - 1) // LANES * LANES):
        scores[m] = (scores[m] - largest) * scale
        probabilities[m] = exp_below(scores[m])
    total = scores.dtype.type(0)
    product = scores.dtype.type(0)
    for m in range(count):
        total += probabilities[m]
        product += probabilities[m] * max(scores[m], scores.dtype.type(-30))
    # Any NaN among the scores propagates to the sum.
    if not (total > 0 and total < 1e30):
        return -1.0
    inverse = 1 / total
    for m in range(count):
        probabilities[m] *= inverse
    return max(0.0, math.log(total) - product * inverse)


@device
def pick(probabilities, count, rng):
    """Draw an index from the first `count` probabilities, advancing `rng` once."""
    rest = uniform(rng)
    for m in range(count - 1):
        rest -= probabilities[m]
        if rest < 0:
            return m
    return count - 1


@device
def add_reinforce(probabilities, count, picked, advantage, gradient):
    """Add the policy gradient of one draw by the scores: ``advantage * grad log g(picked)``."""
    for m in range(count):
        gradient[m] -= advantage * probabilities[m]
    gradient[picked] += advantage


@device
def add_expected(probabilities, rewards, count, gradient):
    """Add the gradient of the expected reward by the scores; all rewards are known."""
    mean = rewards[0] - rewards[0]
    for m in range(count):
        mean += probabilities[m] * rewards[m]
    for m in range(count):
        gradient[m] += probabilities[m] * (rewards[m] - mean)


@device
def add_entropy(probabilities, count, entropy, weight, gradient):
    """Add `weight` times the gradient of the entropy by the scores."""
    for m in range(count):
        if probabilities[m] > 0:
            gradient[m] += weight * probabilities[m] * (-math.log(probabilities[m]) - entropy)
