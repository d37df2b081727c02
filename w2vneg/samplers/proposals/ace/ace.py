"""Negatives from a generator that is trained adversarially, alongside the word vectors.

Adversarial Contrastive Estimation (Bose, Ling and Cao, ACL 2018): negatives come from a mixture of
the unigram noise, with probability lambda, and a generator that is rewarded for words that the
model scores highly. The generator learns by REINFORCE with a baseline; its entropy is kept above a
floor.

Differences from the paper, and what they change:

- The paper's generator is a softmax over the vocabulary. Here it chooses among M candidates drawn
  from the unigram noise: it can only draw words that were offered, so its distribution is never
  sharper than q(v) e^(score), and a window costs M short dot products instead of V.
- It is conditioned on the center word, the output, where the paper's sees the input word: all
  contexts of a window share their negatives. The noise of a context u is then the mixture
  ``sum_c p(c|u) g(.|c)``, and what scores high for all contexts of c is what could stand in its place.
  So the generator looks for substitutes of the positive, the worst false negatives; its exact best
  response gains nothing over noise (docs/samplers.md).
- The reward of a draw is the mean of softplus(score) over the contexts; `rewards` has those of KBGAN
  and IRGAN.
- The baseline is a running mean for each center word instead of the loss of the most likely draw,
  which would have to be scored. ``--ace-baseline others`` takes the mean of the window's other draws,
  which needs no memory and no start.
- While the generator draws, only its own draws teach it unless ``--ace-off-policy`` lets the noise
  draws teach as well, with truncated importance weights. The paper does so, too, as far as is
  remembered here; no code of its authors was found.
- A draw that equals the center word, a certain false negative, trains no vector and has reward 0,
  the lowest possible. Every frequent pair of words is a positive somewhere in a text, so the
  paper's table of known pairs would exclude nearly everything.
- Before the generator is used (warm-up), or when its distributions have collapsed, all draws are
  unigram noise; since all their rewards are known, the generator then follows the exact gradient of
  the expected reward among them. It is used again when its entropy has recovered.

With lambda 1 there is no generator: the draws are those of the unigram proposal, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from w2vneg.kernel import lanes
from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.arena import Arena
from w2vneg.kernel.hooks import expect, implement, learn, propose
from w2vneg.kernel.products import prefetch_row, score
from w2vneg.kernel.rng import chance, high_half, low_half, next_word
from w2vneg.kernel.tiles import LANES, row_length
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.ace.generator import (
    accumulate,
    add_entropy,
    add_expected,
    ascend,
    pick,
    softmax,
)
from w2vneg.samplers.proposals.ace.learning import (
    BROKEN,
    COLLAPSED_WINDOWS,
    DRAWS,
    ENTROPY,
    HITS,
    LEARNED,
    LOSS,
    PROPOSED,
    RESTING,
    RUNNING,
    WINDOWS,
    follow_draws,
    watch,
)
from w2vneg.samplers.proposals.ace.offers import (
    Offers,
    expect_offers,
    make_offers,
    take_offers,
)
from w2vneg.samplers.proposals.ace.options import (
    BASELINE,
    CANDIDATES,
    CLIP,
    DIM,
    ENTROPY_FLOOR,
    ENTROPY_WEIGHT,
    LAMBDA,
    LR,
    OFF_POLICY,
    REWARD,
    TEMPERATURE,
    WARMUP,
)
from w2vneg.samplers.proposals.ace.rewards import set_rewards
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells
from w2vneg.system.limits import check_memory
from w2vneg.system.option_names import named


def _kbgan(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"ace_lambda": 0.0, "ace_candidates": 20, "ns_exponent": 0.0, "ace_reward": "score"}


def _irgan(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"ace_lambda": 0.2, "ace_temperature": 0.2, "ace_reward": "sigmoid"}


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
    most: float  # entropy of even probabilities, in nats
    floor: float  # the least entropy wanted, in nats
    entropy_weight: float
    warmup: float
    clip: float
    reward: int  # LOSS, SCORE or SIGMOID
    others: int  # 1: the baseline is the mean of the other draws
    off_policy: float  # largest importance weight of a noise draw; 0: they do not teach
    offers: Offers  # this thread's
    # Working memory of one thread; two slots, because proposals run one window ahead.
    offered: np.ndarray  # (2 * M,) int64, candidate words
    offered_at: np.ndarray  # (2 * M,) int64, offsets of their b rows
    center_at: np.ndarray  # (1,) int64, offset of the a row
    probabilities: np.ndarray  # (2 * padded M,) float32
    cumulative: np.ndarray  # (padded M,) float32, their sums
    drawn: np.ndarray  # (2 * K,) int64, the draws
    picked: np.ndarray  # (2 * K,) int64, index of the candidate; -1: unigram noise
    entropy: np.ndarray  # (2,) float64, of the generator; -1: not used
    queue: np.ndarray  # (3,) int64
    stats: np.ndarray  # (8,) float64
    scores: np.ndarray  # (padded,) float32
    rewards: np.ndarray  # (padded,) float32
    gradient: np.ndarray  # (padded,) float32


def build(context: SamplerContext) -> Ace:
    """Return the state of the proposal: `a` small and random, `b` zero, so that g starts uniform.

    Raises
    ------
    ResourceError
        If the generator does not fit into memory.
    UsageError
        If the unigram noise leaves only one word to draw.
    """
    size = len(context.counts)
    length = row_length(context[DIM])
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([context.config.seed, 1])))
    generator = context[LAMBDA] < 1
    reward = REWARD.choices.index(context[REWARD])
    check_memory(
        2 * 4 * size * length * generator,
        f"2 x {size:,} generator vectors",
        f"lower {named('ace_dim')}",
    )
    a = np.zeros((size if generator else 0, length), np.float32)
    a[:, : context[DIM]] = (rng.random((len(a), context[DIM])) - 0.5) / context[DIM] ** 0.5
    nothing, numbers = np.empty(0, np.int64), np.empty(0, np.float32)
    return Ace(
        a=a.ravel(),
        b=np.zeros(a.size, np.float32),
        baseline=np.full(len(a), math.log(2) if reward == 0 else 0.0, np.float32),
        cells=unigram_cells(context.counts, context[NS_EXPONENT]),
        mix=chance(context[LAMBDA]),
        candidates=context[CANDIDATES],
        length=length,
        inverse_temperature=1 / context[TEMPERATURE],
        lr=context[LR],
        most=math.log(context[CANDIDATES]),
        floor=math.log(max(1.0, context[ENTROPY_FLOOR] * context[CANDIDATES])),
        entropy_weight=context[ENTROPY_WEIGHT],
        warmup=context[WARMUP],
        clip=context[CLIP],
        reward=reward,
        others=int(context[BASELINE] == "others"),
        off_policy=context[OFF_POLICY],
        offers=make_offers(0),
        offered=nothing,
        offered_at=nothing,
        center_at=nothing,
        probabilities=numbers,
        cumulative=numbers,
        drawn=nothing,
        picked=nothing,
        entropy=np.empty(0),
        queue=nothing,
        stats=np.empty(0),
        scores=numbers,
        rewards=numbers,
        gradient=numbers,
    )


def per_thread(state: Ace, count: int) -> Ace:
    """Return the state with its own working memory for one thread and `count` draws per window."""
    pool, padded = state.candidates, row_length(max(state.candidates, count))
    integers = 8 * (4 * pool + 4 * count + 16)
    floats = 4 * 6 * padded
    arena = Arena(integers + floats + 19 * 128)
    own = state._replace(
        offers=make_offers(pool),
        offered=arena.take(2 * pool, np.int64),
        offered_at=arena.take(2 * pool, np.int64),
        center_at=arena.take(1, np.int64),
        probabilities=arena.take(2 * padded, np.float32),
        cumulative=arena.take(padded, np.float32),
        drawn=arena.take(2 * count, np.int64),
        picked=arena.take(2 * count, np.int64),
        entropy=arena.take(2, np.float64),
        queue=arena.take(3, np.int64),
        stats=arena.take(8, np.float64),
        scores=arena.take(padded, np.float32),
        rewards=arena.take(padded, np.float32),
        gradient=arena.take(padded, np.float32),
    )
    own.queue[RESTING] = state.warmup > 0
    own.stats[RUNNING] = math.log(pool)
    return own


def report(states: Sequence[Ace]) -> dict[str, Any]:
    """Return the generator's entropy, hits, losses on its draws, and whether it collapsed."""
    stats = np.sum([state.stats for state in states], axis=0)
    windows, draws = max(1.0, stats[WINDOWS]), max(1.0, stats[DRAWS])
    entropy = stats[ENTROPY] / windows
    figures: dict[str, Any] = {
        "generator_draws": int(stats[DRAWS]),
        "generator_hits": float(stats[HITS] / draws),
        "generator_entropy": float(entropy),
        "generator_entropy_share": float(entropy / math.log(states[0].candidates)),
        "generator_loss": float(stats[LOSS] / draws),
        "generator_collapsed": float(stats[COLLAPSED_WINDOWS] / windows),
    }
    if stats[BROKEN]:
        figures["warning"] = (
            f"the generator's scores were not finite in {stats[BROKEN] / windows:.0%} of the "
            "windows, where unigram noise was drawn instead; "
            f"lower {named('ace_lr')}"
        )
    elif figures["generator_collapsed"] > 0.01:
        figures["warning"] = (
            f"the generator collapsed to single words in {figures['generator_collapsed']:.0%} of the "
            "windows, where unigram noise was drawn instead; raise "
            f"{named('ace_entropy_weight')} or lower {named('ace_lr')}"
        )
    return figures


@implement(expect, Ace)
def _expect(state, rng, center, count):
    if state.mix >> np.uint64(32):
        return
    prefetch_row(state.a, center * state.length, state.length)
    expect_offers(state, rng)


@implement(propose, Ace)
def _propose(state, rng, center, out, count):
    if state.mix >> np.uint64(32):
        for n in range(count):
            out[n] = draw_alias(state.cells, rng)
        return 0
    slot = state.queue[PROPOSED] & 1
    state.queue[PROPOSED] += 1
    pool = state.candidates
    first = slot * pool
    mine = slot * count
    take_offers(state, rng, state.offered, first)
    for m in range(first, first + pool):
        state.offered_at[m] = state.offered[m] * state.length
    entropy = -1.0
    if state.queue[RESTING] == 0:
        offsets = state.offered_at[first:]
        state.center_at[0] = center * state.length
        score(state.a, state.center_at, 1, state.b, offsets, pool, state.length, state.scores)
        half = state.probabilities.size // 2
        probabilities = state.probabilities[slot * half :]
        entropy = softmax(state.scores, pool, state.inverse_temperature, probabilities)
        accumulate(probabilities, pool, state.cumulative)
        state.stats[BROKEN] += entropy < 0
    state.entropy[slot] = entropy
    usable = entropy >= 0
    for n in range(count):
        # Noise draws take the candidates in order: those are themselves draws from the noise. Both are
        # found and one is kept, because a branch would be unpredictable.
        bits = next_word(rng)
        own = usable and high_half(bits) >= state.mix
        index = pick(state.cumulative, pool, low_half(bits) * 2.0**-32)
        if n < pool:
            word = state.offered[first + (index if own else n)]
        elif own:
            word = state.offered[first + index]
        else:
            word = draw_alias(state.cells, rng)
        state.picked[mine + n] = index if own else np.int64(-1)
        state.drawn[mine + n] = word
        out[n] = word
    return 0 if usable else count


@implement(learn, Ace)
def _learn(state, rng, scratch, contexts, candidates, lr, progress):
    if state.mix >> np.uint64(32):
        return
    slot = state.queue[LEARNED] & 1
    state.queue[LEARNED] += 1
    count = scratch.drawn.size
    mine = slot * count
    center = scratch.candidates[0]
    half = state.probabilities.size // 2
    probabilities = state.probabilities[slot * half :]
    offsets = state.offered_at[slot * state.candidates :]
    state.center_at[0] = center * state.length
    set_rewards(state, mine, count, center, scratch.scores, contexts, candidates)
    pool = state.candidates
    for m in range(state.gradient.size):
        state.gradient[m] = 0
    entropy = state.entropy[slot]
    if entropy >= 0:
        follow_draws(state, probabilities, mine, count, center)
    else:
        # All draws are noise: the candidates in order, all with known rewards.
        pool = min(pool, count)
        score(state.a, state.center_at, 1, state.b, offsets, pool, state.length, state.scores)
        if pool > 1:
            entropy = softmax(state.scores, pool, state.inverse_temperature, probabilities)
        if entropy < 0:
            watch(state, 0.0, progress)
            return
        add_expected(probabilities, state.rewards, pool, state.gradient)
    share = 1.0 if pool == state.candidates else math.log(pool) / state.most
    if entropy < state.floor * share:
        add_entropy(probabilities, pool, entropy, state.entropy_weight, state.gradient)
    clip = lanes.spread(state.gradient.dtype.type(state.clip))
    rate = state.gradient.dtype.type(lr * state.lr * state.inverse_temperature)
    for m in range(0, state.gradient.size, LANES):
        part = lanes.minimum(lanes.load(state.gradient, m), clip)
        lanes.store(lanes.maximum(part, -clip) * rate, state.gradient, m)
    ascend(state.a, center * state.length, state.b, offsets, pool, state.length, state.gradient)
    watch(state, entropy / share, progress)


PROPOSAL = Proposal(
    name="ace",
    summary="from a generator that is trained adversarially, alongside the word vectors",
    paper="Bose, Ling and Cao, ACL 2018",
    options=(
        NS_EXPONENT,
        LAMBDA,
        CANDIDATES,
        DIM,
        LR,
        TEMPERATURE,
        ENTROPY_FLOOR,
        ENTROPY_WEIGHT,
        WARMUP,
        CLIP,
        REWARD,
        BASELINE,
        OFF_POLICY,
    ),
    samplers=(
        NamedSampler("ace", "from a generator trained against the vectors", proposal="ace"),
        NamedSampler(
            "kbgan",
            "one of 20 uniform words, picked by a generator that is rewarded with their scores",
            proposal="ace",
            paper="KBGAN: Cai and Wang, NAACL 2018",
            options=_kbgan,
        ),
        NamedSampler(
            "irgan",
            "picked by a sharp generator that is rewarded with the model's probability",
            proposal="ace",
            paper="IRGAN: Wang et al., SIGIR 2017",
            options=_irgan,
        ),
    ),
    learned=("a", "b", "baseline"),
    thread_state=("queue", "stats"),
    build=build,
    per_thread=per_thread,
    report=report,
)
