"""From a generator that is trained against the word vectors while they learn.

Adversarial Contrastive Estimation (Bose, Ling and Cao, ACL 2018): negatives are a mixture of the
unigram noise, with probability lambda, and of a generator that is rewarded for what the model
scores high. The generator learns by REINFORCE with a baseline; its entropy is held above a floor.

Differences from the paper, and what they change:

- The paper's generator is a softmax over the vocabulary. Here it chooses among M candidates from
  the unigram noise: it can only draw what the noise offered, so its distribution is never sharper
  than q(v) e^(score), and a window costs M short dot products instead of V.
- It is conditioned on the center word, as all contexts of a window share their negatives; the
  reward of a draw is the mean of softplus(score) over the contexts.
- The baseline is a running mean for each center word instead of the loss of the likeliest draw,
  which would have to be scored.
- A draw that is the center word, the sure false negative, trains no vector and gives reward 0, the
  least there is. Every frequent pair of words is a positive somewhere in a text, so the paper's
  table of known pairs would bar nearly everything.
- Before the generator is used (warm-up), or when its distributions have collapsed, all draws are
  unigram noise; as their rewards are all known it then follows the exact gradient of the expected
  reward among them. It is used again when its entropy has recovered.

With lambda 1 there is no generator: the draws are those of the unigram proposal, bit for bit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.hooks import implement, learn, propose
from w2vneg.kernel.jit import device
from w2vneg.kernel.products import score, update
from w2vneg.kernel.rng import high_half, next_word
from w2vneg.kernel.sigmoid import softplus
from w2vneg.kernel.window import row_length
from w2vneg.samplers.context import Material
from w2vneg.samplers.proposals.ace.generator import (
    add_entropy,
    add_expected,
    add_reinforce,
    pick,
    softmax,
)
from w2vneg.samplers.proposals.unigram import unigram_cells
from w2vneg.system.limits import check_memory

SOURCE = "Bose, Ling and Cao, ACL 2018"
#: What a checkpoint must hold: arrays that all threads share, and those of each thread.
LEARNED = ("a", "b", "baseline")
OWN = ("queue", "stats")

_BASELINE_STEP = 0.05
_ENTROPY_MEMORY = 0.999
#: Collapsed: the running entropy is under this share of log M; recovered: over twice that.
_COLLAPSED = 0.1

# Places in `Ace.queue` and `Ace.stats`.
_PROPOSED, _LEARNED, _RESTING = range(3)
_DRAWS, _HITS, _WINDOWS, _ENTROPY, _LOSS, _COLLAPSED_WINDOWS, _RUNNING, _BROKEN = range(8)


class Ace(NamedTuple):
    """State of the proposal; the first three arrays are shared by all threads."""

    a: np.ndarray  # (V * length,) float32, by center word
    b: np.ndarray  # (V * length,) float32, by candidate
    baseline: np.ndarray  # (V,) float32, running mean of the reward
    cells: np.ndarray  # (V, 2) uint32 alias table of the unigram noise
    mix: np.uint64  # lambda times 2^32
    candidates: int  # M
    length: int  # floats in a row of a and b
    inverse_temperature: float
    lr: float  # as a multiple of the embeddings' learning rate
    floor: float  # entropy in nats
    entropy_weight: float
    warmup: float
    clip: float
    # Working memory of one thread. Windows are proposed one ahead: two slots.
    offered: np.ndarray  # (2 * M,) int64, candidate words
    offered_at: np.ndarray  # (2 * M,) int64, offsets of their b rows
    center_at: np.ndarray  # (1,) int64, offset of the a row
    probabilities: np.ndarray  # (2 * padded M,) float32
    drawn: np.ndarray  # (2 * K,) int64, the draws
    picked: np.ndarray  # (2 * K,) int64, index of the candidate; -1: unigram noise
    entropy: np.ndarray  # (2,) float64, of the generator; -1: it was not asked
    queue: np.ndarray  # (3,) int64
    stats: np.ndarray  # (8,) float64
    scores: np.ndarray  # (padded,) float32
    rewards: np.ndarray  # (padded,) float32
    gradient: np.ndarray  # (padded,) float32
    delta: np.ndarray  # (M * length,) float32
    delta_at: np.ndarray  # (M,) int64


def build(material: Material) -> Ace:
    """Make the proposal: a small and random, b zero, so that g is uniform at first."""
    config, size = material.config, len(material.counts)
    length = row_length(config.ace_dim)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([config.seed, 1])))
    generator = config.ace_lambda < 1
    check_memory(
        2 * 4 * size * length * generator, f"{size:,} generator vectors, twice,", "lower --ace-dim"
    )
    a = np.zeros((size if generator else 0, length), np.float32)
    a[:, : config.ace_dim] = (rng.random((len(a), config.ace_dim)) - 0.5) / config.ace_dim**0.5
    nothing, numbers = np.empty(0, np.int64), np.empty(0, np.float32)
    return Ace(
        a=a.ravel(),
        b=np.zeros(a.size, np.float32),
        baseline=np.full(len(a), math.log(2), np.float32),
        cells=unigram_cells(material.counts, config.alpha),
        mix=np.uint64(round(config.ace_lambda * 2**32)),
        candidates=config.ace_candidates,
        length=length,
        inverse_temperature=1 / config.ace_temperature,
        lr=config.ace_lr,
        floor=math.log(max(1.0, config.ace_entropy_floor * config.ace_candidates)),
        entropy_weight=config.ace_entropy_weight,
        warmup=config.ace_warmup,
        clip=config.ace_clip,
        offered=nothing,
        offered_at=nothing,
        center_at=nothing,
        probabilities=numbers,
        drawn=nothing,
        picked=nothing,
        entropy=np.empty(0),
        queue=nothing,
        stats=np.empty(0),
        scores=numbers,
        rewards=numbers,
        gradient=numbers,
        delta=numbers,
        delta_at=nothing,
    )


def fork(state: Ace, count: int) -> Ace:
    """Return the state of one thread, for `count` draws a window."""
    pool, padded = state.candidates, row_length(max(state.candidates, count))
    integers = 8 * (5 * pool + 4 * count + 16)
    floats = 4 * (5 * padded + pool * state.length)
    arena = Arena(integers + floats + 20 * 128)
    forked = state._replace(
        offered=arena.take(2 * pool, np.int64),
        offered_at=arena.take(2 * pool, np.int64),
        center_at=arena.take(1, np.int64),
        probabilities=arena.take(2 * padded, np.float32),
        drawn=arena.take(2 * count, np.int64),
        picked=arena.take(2 * count, np.int64),
        entropy=arena.take(2, np.float64),
        queue=arena.take(3, np.int64),
        stats=arena.take(8, np.float64),
        scores=arena.take(padded, np.float32),
        rewards=arena.take(padded, np.float32),
        gradient=arena.take(padded, np.float32),
        delta=arena.take(pool * state.length, np.float32),
        delta_at=arena.take(pool, np.int64),
    )
    forked.delta_at[:] = np.arange(pool) * state.length
    forked.queue[_RESTING] = state.warmup > 0
    forked.stats[_RUNNING] = math.log(pool)
    return forked


def report(forks: list[Any]) -> dict[str, Any]:
    """Return the generator's entropy, hits, losses on its draws, and whether it collapsed."""
    stats = np.sum([f.stats for f in forks], axis=0)
    windows, draws = max(1.0, stats[_WINDOWS]), max(1.0, stats[_DRAWS])
    entropy = stats[_ENTROPY] / windows
    found: dict[str, Any] = {
        "generator_draws": int(stats[_DRAWS]),
        "generator_hits": float(stats[_HITS] / draws),
        "generator_entropy": float(entropy),
        "generator_entropy_share": float(entropy / math.log(forks[0].candidates)),
        "generator_loss": float(stats[_LOSS] / draws),
        "generator_collapsed": float(stats[_COLLAPSED_WINDOWS] / windows),
    }
    if stats[_BROKEN]:
        found["warning"] = (
            f"the generator's scores were not finite in {stats[_BROKEN] / windows:.0%} of the "
            "windows, where unigram noise was drawn instead; lower --ace-lr"
        )
    elif found["generator_collapsed"] > 0.01:
        found["warning"] = (
            f"the generator collapsed to single words in {found['generator_collapsed']:.0%} of the "
            "windows, where unigram noise was drawn instead; raise --ace-entropy-weight or lower "
            "--ace-lr"
        )
    return found


@implement(propose, Ace)
def _propose(state, rng, center, out, count):
    if state.mix >> np.uint64(32):
        for n in range(count):
            out[n] = draw_alias(state.cells, rng)
        return 0
    slot = state.queue[_PROPOSED] & 1
    state.queue[_PROPOSED] += 1
    pool = state.candidates
    first = slot * pool
    mine = slot * count
    for m in range(pool):
        word = draw_alias(state.cells, rng)
        state.offered[first + m] = word
        state.offered_at[first + m] = word * state.length
    entropy = -1.0
    if state.queue[_RESTING] == 0:
        offsets = state.offered_at[first:]
        state.center_at[0] = center * state.length
        score(state.a, state.center_at, 1, state.b, offsets, pool, state.length, state.scores)
        half = state.probabilities.size // 2
        probabilities = state.probabilities[slot * half :]
        entropy = softmax(state.scores, pool, state.inverse_temperature, probabilities)
        state.stats[_BROKEN] += entropy < 0
    state.entropy[slot] = entropy
    usable = entropy >= 0
    for n in range(count):
        # The noise part takes the candidates in turn: they are draws of the noise.
        index = np.int64(-1)
        if usable and high_half(next_word(rng)) >= state.mix:
            index = pick(probabilities, pool, rng)
            word = state.offered[first + index]
        elif n < pool:
            word = state.offered[first + n]
        else:
            word = draw_alias(state.cells, rng)
        state.picked[mine + n] = index
        state.drawn[mine + n] = word
        out[n] = word
    return 0 if usable else count


@device
def _set_rewards(state, mine, count, center, scores, contexts, candidates):
    """Set the reward of each draw: the mean of softplus(score), 0 for the center word."""
    place = 1
    for n in range(count):
        reward = scores.dtype.type(0)
        if state.drawn[mine + n] != center:
            for context in range(contexts):
                reward += softplus(scores[context * candidates + place])
            reward /= scores.dtype.type(contexts)
            place += 1
        state.rewards[n] = reward


@device
def _follow_draws(state, probabilities, mine, count, center):
    """Set `gradient` to the mean policy gradient of the generator's draws."""
    draws = 0
    for n in range(count):
        index = state.picked[mine + n]
        if index < 0:
            continue
        reward = state.rewards[n]
        draws += 1
        state.stats[_HITS] += state.drawn[mine + n] == center
        state.stats[_LOSS] += reward
        advantage = reward - state.baseline[center]
        state.baseline[center] += state.rewards.dtype.type(_BASELINE_STEP) * advantage
        add_reinforce(probabilities, state.candidates, index, advantage, state.gradient)
    state.stats[_DRAWS] += draws
    if draws > 1:
        scale = state.gradient.dtype.type(1 / draws)
        for m in range(state.candidates):
            state.gradient[m] *= scale


@device
def _watch(state, entropy, pool, progress):
    """Keep the running entropy; rest while it is too low or the warm-up lasts."""
    state.stats[_WINDOWS] += 1
    state.stats[_ENTROPY] += entropy * math.log(state.candidates) / math.log(pool)
    running = _ENTROPY_MEMORY * state.stats[_RUNNING] + (1 - _ENTROPY_MEMORY) * (
        entropy * math.log(state.candidates) / math.log(pool)
    )
    state.stats[_RUNNING] = running
    bound = _COLLAPSED * math.log(state.candidates)
    warming = progress < state.warmup
    if state.queue[_RESTING] == 0:
        collapsed = running < bound
    else:
        collapsed = not warming and running < 2 * bound
    state.stats[_COLLAPSED_WINDOWS] += collapsed
    state.queue[_RESTING] = warming or collapsed


@implement(learn, Ace)
def _learn(state, rng, scratch, contexts, candidates, lr, progress):
    if state.mix >> np.uint64(32):
        return
    slot = state.queue[_LEARNED] & 1
    state.queue[_LEARNED] += 1
    count = scratch.drawn.size
    mine = slot * count
    center = scratch.candidates[0]
    half = state.probabilities.size // 2
    probabilities = state.probabilities[slot * half :]
    offsets = state.offered_at[slot * state.candidates :]
    state.center_at[0] = center * state.length
    _set_rewards(state, mine, count, center, scratch.scores, contexts, candidates)
    pool = state.candidates
    for m in range(state.gradient.size):
        state.gradient[m] = 0
    entropy = state.entropy[slot]
    if entropy >= 0:
        _follow_draws(state, probabilities, mine, count, center)
    else:
        # All draws are candidates, in order, with known rewards.
        pool = min(pool, count)
        score(state.a, state.center_at, 1, state.b, offsets, pool, state.length, state.scores)
        if pool > 1:
            entropy = softmax(state.scores, pool, state.inverse_temperature, probabilities)
        if entropy < 0:
            _watch(state, 0.0, 2, progress)
            return
        add_expected(probabilities, state.rewards, pool, state.gradient)
    full = math.log(state.candidates)
    if entropy < state.floor * math.log(pool) / full:
        add_entropy(probabilities, pool, entropy, state.entropy_weight, state.gradient)
    clip = state.gradient.dtype.type(state.clip)
    rate = state.gradient.dtype.type(lr * state.lr * state.inverse_temperature)
    for m in range(state.gradient.size):
        state.gradient[m] = rate * max(-clip, min(clip, state.gradient[m]))
    update(
        state.gradient, state.a, state.center_at, 1, state.b, offsets, pool, state.length,
        state.delta, state.delta_at,
    )  # fmt: skip
    _watch(state, entropy, pool, progress)
