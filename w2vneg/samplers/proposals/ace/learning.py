"""ACE's learning step: rewards, policy gradient, and monitoring of the entropy.

The functions take the state of the proposal (`w2vneg.samplers.proposals.ace.ace.Ace`) and modify
its arrays in place.
"""

from __future__ import annotations

import math

from w2vneg.kernel.jit import device
from w2vneg.kernel.sigmoid import softplus
from w2vneg.samplers.proposals.ace.generator import add_reinforce

_BASELINE_STEP = 0.05
_ENTROPY_MEMORY = 0.999
#: Collapsed: the running entropy is below this share of log M; recovered: above twice that.
_COLLAPSED = 0.1

# Indices into `Ace.queue` and `Ace.stats`.
PROPOSED, LEARNED, RESTING = range(3)
DRAWS, HITS, WINDOWS, ENTROPY, LOSS, COLLAPSED_WINDOWS, RUNNING, BROKEN = range(8)


@device
def set_rewards(state, mine, count, center, scores, contexts, candidates):
    """Set each draw's reward: the mean softplus(score) over contexts; 0 for the center word."""
    column = 1
    for n in range(count):
        reward = scores.dtype.type(0)
        if state.drawn[mine + n] != center:
            for context in range(contexts):
                reward += softplus(scores[context * candidates + column])
            reward /= scores.dtype.type(contexts)
            column += 1
        state.rewards[n] = reward


@device
def follow_draws(state, probabilities, mine, count, center):
    """Set `gradient` to the mean policy gradient of the generator's draws."""
    draws = 0
    for n in range(count):
        index = state.picked[mine + n]
        if index < 0:
            continue
        reward = state.rewards[n]
        draws += 1
        state.stats[HITS] += state.drawn[mine + n] == center
        state.stats[LOSS] += reward
        advantage = reward - state.baseline[center]
        state.baseline[center] += state.rewards.dtype.type(_BASELINE_STEP) * advantage
        add_reinforce(probabilities, state.candidates, index, advantage, state.gradient)
    state.stats[DRAWS] += draws
    if draws > 1:
        scale = state.gradient.dtype.type(1 / draws)
        for m in range(state.candidates):
            state.gradient[m] *= scale


@device
def watch(state, entropy, pool, progress):
    """Update the running entropy; rest the generator while that is too low or during warm-up."""
    state.stats[WINDOWS] += 1
    state.stats[ENTROPY] += entropy * math.log(state.candidates) / math.log(pool)
    running = _ENTROPY_MEMORY * state.stats[RUNNING] + (1 - _ENTROPY_MEMORY) * (
        entropy * math.log(state.candidates) / math.log(pool)
    )
    state.stats[RUNNING] = running
    bound = _COLLAPSED * math.log(state.candidates)
    warming = progress < state.warmup
    if state.queue[RESTING] == 0:
        collapsed = running < bound
    else:
        collapsed = not warming and running < 2 * bound
    state.stats[COLLAPSED_WINDOWS] += collapsed
    state.queue[RESTING] = warming or collapsed
