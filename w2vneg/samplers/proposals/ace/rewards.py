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

from w2vneg.kernel.jit import device
from w2vneg.kernel.sigmoid import sigmoid, softplus

LOSS, SCORE, SIGMOID = range(3)


@device
def reward_of(kind, score, one):
    """Return what a draw with this score earns; `one` is 1 in the dtype of the score."""
    if kind == SCORE:
        return score
    if kind == SIGMOID:
        chance = sigmoid(score)
        return chance + chance - one
    return softplus(score)


@device
def set_rewards(state, mine, count, center, scores, contexts, candidates):
    """Set each draw's reward: the mean over the contexts; the least for the center word."""
    column = 1
    zero, one = scores.dtype.type(0), scores.dtype.type(1)
    least = zero
    if state.reward == SIGMOID:
        least -= one
    for n in range(count):
        reward = zero
        if state.drawn[mine + n] != center:
            for context in range(contexts):
                reward += reward_of(state.reward, scores[context * candidates + column], one)
            reward /= scores.dtype.type(contexts)
            if state.reward == SCORE and (column == 1 or reward < least):
                least = reward
            column += 1
        state.rewards[n] = reward
    if state.reward != LOSS:
        for n in range(count):
            if state.drawn[mine + n] == center:
                state.rewards[n] = least
