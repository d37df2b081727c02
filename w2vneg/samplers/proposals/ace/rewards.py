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
from w2vneg.kernel.sigmoid import log_sigmoids, sigmoids
from w2vneg.kernel.tiles import LANES

LOSS, SCORE, SIGMOID = range(3)


@device
def rewards_of(kind, scores):
    """Return what the draws with these scores, a vector, earn."""
    if kind == SCORE:
        return scores
    if kind == SIGMOID:
        return sigmoids(scores) * 2 - 1
    return -log_sigmoids(-scores)


@device
def set_rewards(state, mine, count, center, scores, contexts, candidates):
    """Set each draw's reward: the mean over the contexts; the least for the center word."""
    zero, one = state.rewards.dtype.type(0), state.rewards.dtype.type(1)
    means = state.gradient  # free until the rewards are known
    inverse = scores.dtype.type(1 / max(contexts, 1))
    for n in range(0, candidates - 1, LANES):
        sums = lanes.spread(scores.dtype.type(0))
        for context in range(contexts):
            sums = sums + rewards_of(state.reward, lanes.load(scores, context * candidates + 1 + n))
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
