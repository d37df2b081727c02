"""ACE's learning step: policy gradient, and monitoring of the entropy.

The functions take the state of the proposal (`w2vneg.samplers.proposals.ace.ace.Ace`) and modify
its arrays in place.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel import lanes
from w2vneg.kernel.jit import device
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.proposals.ace.generator import center_gradient

_BASELINE_STEP = 0.05
_ENTROPY_MEMORY = 0.999
#: Collapsed: the running entropy is below this share of log M; recovered: above twice that.
_COLLAPSED = 0.1

# Indices into `Ace.queue` and `Ace.stats`.
PROPOSED, LEARNED, RESTING = range(3)
DRAWS, HITS, WINDOWS, ENTROPY, LOSS, COLLAPSED_WINDOWS, RUNNING, BROKEN = range(8)


@device
def follow_draws(state, probabilities, mine, count, center):
    """Set `gradient` to the mean policy gradient of the draws.

    Those of the generator count, and with ``off_policy`` those of the noise, too: draw n of the noise
    is candidate n, a uniform choice among the M, so that its importance weight is M g(n).

    A baseline must not depend on the draw. The running mean is that from before the window: what a
    noise draw tells of the candidates would otherwise be in the baseline of the next. Of the means of other
    draws, those of the generator are independent of it; those of the noise are different candidates, so
    each of these is compared with the generator's alone.
    """
    draws, used = 0, 0
    total = state.rewards[0] - state.rewards[0]
    by_generator, own, advantages = total, 0, total
    if state.others:
        for n in range(count):
            total += state.rewards[n]
            if state.picked[mine + n] >= 0:
                by_generator += state.rewards[n]
                own += 1
    baseline = state.baseline[center]
    running = baseline
    for n in range(count):
        index = state.picked[mine + n]
        reward = state.rewards[n]
        importance = state.rewards.dtype.type(1)
        if index < 0:
            if state.off_policy == 0 or n >= state.candidates:
                continue
            index = np.int64(n)
            importance = state.rewards.dtype.type(
                min(state.off_policy, state.candidates * probabilities[n])
            )
        else:
            draws += 1
            state.stats[HITS] += state.drawn[mine + n] == center
            state.stats[LOSS] += reward
        used += 1
        if state.others and state.picked[mine + n] < 0 and own > 0:
            advantage = reward - by_generator / state.rewards.dtype.type(own)
        elif state.others and state.picked[mine + n] >= 0 and count > 1:
            advantage = reward - (total - reward) / state.rewards.dtype.type(count - 1)
        else:
            advantage = reward - baseline
            running += state.rewards.dtype.type(_BASELINE_STEP) * (reward - running)
        state.gradient[index] += importance * advantage
        advantages += importance * advantage
    state.baseline[center] = running
    state.stats[DRAWS] += draws
    center_gradient(probabilities, state.candidates, advantages, state.gradient)
    if used > 1:
        scale = state.gradient.dtype.type(1 / used)
        for m in range(0, state.candidates, LANES):
            lanes.store(lanes.load(state.gradient, m) * scale, state.gradient, m)


@device
def watch(state, entropy, progress):
    """Update the running entropy; rest the generator while that is too low or during warm-up.

    `entropy` is that of a distribution over all candidates, or was scaled to their number.
    """
    state.stats[WINDOWS] += 1
    state.stats[ENTROPY] += entropy
    running = _ENTROPY_MEMORY * state.stats[RUNNING] + (1 - _ENTROPY_MEMORY) * entropy
    state.stats[RUNNING] = running
    bound = _COLLAPSED * state.most
    warming = progress < state.warmup
    if state.queue[RESTING] == 0:
        collapsed = running < bound
    else:
        collapsed = not warming and running < 2 * bound
    state.stats[COLLAPSED_WINDOWS] += collapsed
    state.queue[RESTING] = warming or collapsed
