"""ACE's generator: a distribution over a few candidates, and the gradient that trains it.

g(m | c) = softmax_m(a_c . b_m / T) over M candidate words, with vectors a and b for each
word.

All arrays have room up to the next multiple of `LANES`.
"""

from __future__ import annotations

import math

from w2vneg.kernel import lanes
from w2vneg.kernel.jit import device
from w2vneg.kernel.tiles import LANES


@device
def softmax(scores, count, inverse_temperature, probabilities):
    """Set `probabilities` to softmax(scores / T); return its entropy in nats, -1 if not finite."""
    zero, lowest = scores.dtype.type(0), scores.dtype.type(-30)
    top = lanes.spread(scores[0])
    for m in range(0, count, LANES):
        own = lanes.load(scores, m)
        top = lanes.where(lanes.between(0, count - m) & (own > top), own, top)
    largest, scale = lanes.highest(top), scores.dtype.type(inverse_temperature)
    sums = lanes.spread(zero)
    products = sums
    for m in range(0, count, LANES):
        own = (lanes.load(scores, m) - largest) * scale
        inside = lanes.between(0, count - m)
        part = lanes.where(inside, lanes.exponential(own), zero)
        lanes.store(part, probabilities, m)
        sums = sums + part
        products = products + lanes.where(
            inside, part * lanes.maximum(own, lanes.spread(lowest)), zero
        )
    total = lanes.total(sums)
    # Any NaN among the scores propagates to the sum.
    if not (total > 0 and total < 1e30):
        return -1.0
    inverse = 1 / total
    for m in range(0, count, LANES):
        lanes.store(lanes.load(probabilities, m) * inverse, probabilities, m)
    return max(0.0, math.log(total) - lanes.total(products) * inverse)


@device
def accumulate(probabilities, count, cumulative):
    """Set each of the first `count` elements of `cumulative` to the sum up to it."""
    total = probabilities[0] - probabilities[0]
    for m in range(0, count, LANES):
        part = lanes.load(probabilities, m)
        lanes.store(lanes.running(part) + total, cumulative, m)
        total += lanes.total(part)


@device
def pick(cumulative, count, share):
    """Return the first of `count` indices whose accumulated probability is above `share`."""
    bound = cumulative.dtype.type(share)
    index = 0
    for m in range(0, count - 1, LANES):
        passed = lanes.load(cumulative, m) <= bound
        index += lanes.count(passed & lanes.between(0, count - 1 - m))
    return index


@device
def center_gradient(probabilities, count, total, gradient):
    """Complete the policy gradient of draws whose advantages were added to `gradient`.

    The gradient of log g(picked) by the scores is 1 at the draw, less g everywhere. `total` is the sum
    of the advantages.
    """
    for m in range(0, count, LANES):
        part = lanes.load(gradient, m) - lanes.load(probabilities, m) * total
        lanes.store(part, gradient, m)


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
    zero = gradient.dtype.type(0)
    for m in range(0, count, LANES):
        part = lanes.load(probabilities, m)
        present = lanes.between(0, count - m) & (part > zero)
        slope = part * (lanes.logarithm(part) + entropy) * weight
        lanes.store(lanes.load(gradient, m) - lanes.where(present, slope, zero), gradient, m)


@device
def ascend(a, at, b, offsets, count, length, gradient):
    """Add the gradients by the scores to row `at` of `a` and to `count` rows of `b`, in place.

    Both are made of the rows from before; a word that is offered twice receives both changes.
    """
    for column in range(0, length, LANES):
        own = lanes.load(a, at + column)
        moved = own
        for m in range(count):
            moved = moved + lanes.load(b, offsets[m] + column) * gradient[m]
        for m in range(count):
            other = lanes.load(b, offsets[m] + column)
            lanes.store(other + own * gradient[m], b, offsets[m] + column)
        lanes.store(moved, a, at + column)
