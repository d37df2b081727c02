"""What a draw of ACE's generator earns, and what it is compared with.

========  ==============================================  ===============================
reward    of a draw with score s, mean over the contexts  source
========  ==============================================  ===============================
loss      softplus(s): its part of the sgns loss           ACE (Bose, Ling and Cao, 2018)
score     s: the score of the discriminator               KBGAN (Cai and Wang, 2018)
sigmoid   2 sigma(s) - 1                                  IRGAN (Wang et al., 2017)
========  ==============================================  ===============================

The center word earns the least that a draw can: 0 with ``loss``, -1 with ``sigmoid``, and with
``score`` what the worst of the other draws earns.
"""

from __future__ import annotations

from w2vneg.kernel import lanes
from w2vneg.kernel.jit import device
from w2vneg.kernel.sigmoid import sigmoids
from w2vneg.kernel.tiles import LANES

LOSS, SCORE, SIGMOID = range(3)


@device
def _losses(scores, contexts, candidates, at):
    """Return the sums of softplus(s) over the contexts, with one logarithm for all of them."""
    zero = scores.dtype.type(0)
    positive, products = lanes.spread(zero), lanes.spread(zero) + 1
    for context in range(contexts):
        own = lanes.load(scores, context * candidates + at)
        positive = positive + lanes.maximum(own, lanes.spread(zero))
        # At most 2, and there are 16 contexts at most.
        products = products * (lanes.exponential(lanes.minimum(own, -own)) + 1)
    return positive + lanes.logarithm(products)


@device
def _rewards(kind, scores, contexts, candidates, at):
    """Return the sums of what draws earn over the contexts; draw k is candidate `at` + k."""
    if kind == LOSS:
        return _losses(scores, contexts, candidates, at)
    sums = lanes.spread(scores.dtype.type(0))
    for context in range(contexts):
        own = lanes.load(scores, context * candidates + at)
        if kind == SIGMOID:
            own = sigmoids(own) * 2 - 1
        sums = sums + own
    return sums


@device
def set_rewards(state, mine, count, center, scores, contexts, candidates):
    """Set each draw's reward: the mean over the contexts; the least for the center word."""
    zero, one = state.rewards.dtype.type(0), state.rewards.dtype.type(1)
    means = state.gradient  # free until the rewards are known
    inverse = scores.dtype.type(1 / max(contexts, 1))
    for n in range(0, candidates - 1, LANES):
        sums = _rewards(state.reward, scores, contexts, candidates, 1 + n)
        lanes.store(lanes.convert(sums * inverse, means), means, n)
    least = zero
    if state.reward == SIGMOID:
        least -= one
    column = 0
    for n in range(count):
        reward = zero
        if state.drawn[mine + n] != center:
            reward = means[column]
            if state.reward == SCORE and (column == 0 or reward < least):
                least = reward
            column += 1
        state.rewards[n] = reward
    if state.reward != LOSS:
        for n in range(count):
            if state.drawn[mine + n] == center:
                state.rewards[n] = least
