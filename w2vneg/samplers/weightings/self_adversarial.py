"""Self-adversarial weights: all M candidates count, harder ones more.

w_n = T softmax(tau s)_n over a window's candidates (RotatE: Sun et al., ICLR 2019), held
constant in the gradient. tau = 0 weights all equally; as tau grows, all weight goes to the hardest.
It is the best response of an adversarial generator with entropy weight 1 / tau that is conditioned
on the context word; ACE's generator is conditioned on the center word.

T, the total weight, is K here unless ``--negative-weight`` is given; RotatE's is 1, whatever the
number of candidates. With many candidates from noise q training leads to

    s(u, v) = [log(p(v|u) / (T q(v))) + log sum_n q(n) e^(tau s(u, n))] / (1 + tau)

so that T only shifts the scores, and tau flattens them. MCNS (Yang et al., KDD 2020) asks for noise
in proportion to p_d^a, p_d being the distribution of the positives as the model estimates it,
here q e^s. Weights with tau = a over draws from count^a estimate that noise without its
Metropolis-Hastings chain, whose limit is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.jit import device
from w2vneg.kernel.lanes.functions import FAR
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings.hardness import (
    CAP,
    CAP_MARGIN,
    OPTIONS,
    ceiling,
    hardness,
    keep_easiest,
    keep_easiest_of_pool,
    pool_ceilings,
    rise,
    window_size,
)

TEMPERATURE = Option(
    "temperature",
    1.0,
    "Sharpness of the weights, exp(temperature * score); 0 weights all candidates equally.",
    0,
    1e6,
)


#: In the block form, the largest weight of a candidate as a multiple of the mean, T / N.
_STEEPEST = 4.0
#: Where the block form leaves, in `Block.lanes`, each input's largest score s and the number
#: T / sum_n e^(tau (s_n - s)).
LARGEST, SCALES = INPUTS, 2 * INPUTS
_SUMS = 3 * INPUTS


class SelfAdversarial(NamedTuple):
    """State of the weighting."""

    total: float  # T, the sum of the weights of a context
    temperature: float  # tau; 0 weights all equally
    rise: float  # share of the training over which tau grows to its full value
    cap: int  # 1: ignore scores above the cap
    margin: float  # the cap is this much below the positive's score


def build(config: TrainConfig) -> SelfAdversarial:
    """Return the state of the weighting."""
    return SelfAdversarial(
        config.total_weight,
        config[TEMPERATURE],
        rise(config),
        int(config[CAP]),
        config[CAP_MARGIN],
    )


def _window_size(config: TrainConfig) -> int:
    # With a total weight of its own, K does not count draws.
    return window_size(config, selects=config.negative_weight is None)


def _of_window(given: Mapping[str, Any], size: int) -> dict[str, int]:
    # A pool of the block form, which 16 words share, keeps its own size.
    return {"candidates": size} if given["form"] == "window" else {}


def _rotate(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"negative_weight": 1.0, **_of_window(given, 16)}


def _sharp(given: Mapping[str, Any]) -> Mapping[str, Any]:
    size = given["negatives"] + 1
    form = "block" if given["form"] == "block" else "window"
    own = _of_window({"form": form}, size)
    return {"form": form, "negative_weight": float(size), **own}


def _mcns(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"ns_exponent": 0.5, "temperature": 0.5}


@device
def _reference(state, scores, at, candidates, limit, tau, span):
    """Return the score that a row's exponentials are relative to, so that nothing overflows.

    That of the first candidate, or the highest where that is far above, or where scores are capped.
    """
    first = scores[at + 1] if candidates > 1 else scores[at]
    far = state.cap == 1
    # What lies behind the row, and the positive, may be far, too, but are left out below.
    for n in range(0, span, LANES):
        far |= lanes.some((lanes.load(scores, at + n) - first) * tau > FAR)
    if not far:
        return first
    lowest = scores.dtype.type(-float("inf"))
    top = lanes.spread(lowest)
    for n in range(0, span, LANES):
        score = lanes.load(scores, at + n)
        counted = lanes.between(1 - n, candidates - n) & (score <= limit) & (score > top)
        top = lanes.where(counted, score, top)
    highest = lanes.highest(top)
    if state.cap == 0:
        return highest if (highest - first) * tau > FAR else first
    # The cap may exclude all.
    return highest if highest > lowest else scores[at]


@device
def _weigh_rows(state, scores, weights, contexts, candidates, tau, span):
    """Set the weights. `span` is `candidates`, or `LANES` where there are no more than that."""
    zero, one = scores.dtype.type(0), scores.dtype.type(1)
    for context in range(contexts):
        at = context * candidates
        limit = ceiling(scores, at, state.cap, state.margin)
        reference = _reference(state, scores, at, candidates, limit, tau, span)
        # What is set behind the row belongs to the next, which is not set yet.
        for n in range(0, span, LANES):
            score = lanes.load(scores, at + n)
            weight = lanes.exponential((score - reference) * tau)
            weight = lanes.where(score <= limit, weight, zero)
            lanes.store(weight, weights, at + n)
    # In a loop of its own, so that the processor need not wait for one row before it begins others. The
    # first vector of a row is loaded before the row in front of it is stored, which reaches into it.
    following = lanes.load(weights, 0)
    for context in range(contexts):
        at = context * candidates
        first = following
        sums = lanes.where(lanes.between(1, candidates), first, zero)
        for n in range(LANES, span, LANES):
            weight = lanes.load(weights, at + n)
            sums = sums + lanes.where(lanes.between(0, candidates - n), weight, zero)
        total = lanes.total(sums)
        following = lanes.load(weights, at + candidates)
        if total == 0:
            keep_easiest(scores, weights, at, candidates, min(1.0, state.total))
            weights[at] = one
            continue
        scale = scores.dtype.type(state.total) / total
        for n in range(LANES, span, LANES):
            lanes.store(lanes.load(weights, at + n) * scale, weights, at + n)
        weight = lanes.where(lanes.between(0, 1), one, first * scale)
        lanes.store(lanes.where(lanes.between(0, candidates), weight, first), weights, at)


@implement(weigh, SelfAdversarial)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    scores, weights = scratch.scores, scratch.weights
    tau = scores.dtype.type(state.temperature * hardness(state.rise, progress))
    # Twice, so that the compiler knows the inner loops of short rows.
    if candidates <= LANES:
        _weigh_rows(state, scores, weights, contexts, candidates, tau, LANES)
    else:
        _weigh_rows(state, scores, weights, contexts, candidates, tau, candidates)


@implement(weigh_pool, SelfAdversarial)
def _weigh_pool(state, rng, block, candidates, band, progress):
    scores, weights = block.scores, block.weights
    tau = scores.dtype.type(state.temperature * hardness(state.rise, progress))
    zero, one = scores.dtype.type(0), scores.dtype.type(1)
    lowest = scores.dtype.type(-float("inf"))
    pool_ceilings(block, band, state.cap, state.margin)
    limit = lanes.load(block.lanes, 0)
    largest = lanes.spread(lowest)
    for at in range(0, candidates * INPUTS, INPUTS):
        score = lanes.load(scores, at)
        largest = lanes.where((score <= limit) & (score > largest), score, largest)
    largest = lanes.where(largest > lowest, largest, limit)  # the cap excludes all: see below
    sums = lanes.spread(zero)
    for at in range(0, candidates * INPUTS, INPUTS):
        score = lanes.load(scores, at)
        weight = lanes.exponential((score - largest) * tau)
        weight = weight * lanes.where(score <= limit, lanes.spread(one), zero)
        lanes.store(weight, weights, at)
        sums = sums + weight
    none = sums == zero
    scale = lanes.spread(scores.dtype.type(state.total)) / sums
    lanes.store(largest, block.lanes, LARGEST)
    lanes.store(lanes.where(none, one, scale), block.lanes, SCALES)
    if lanes.some(none):
        lanes.store(sums, block.lanes, _SUMS)
        for q in range(INPUTS):
            if block.lanes[_SUMS + q] == 0:
                keep_easiest_of_pool(block, q, candidates, min(1.0, state.total))
        scale = lanes.load(block.lanes, SCALES)
    # All inputs of a block tend to agree on the hardest candidate: without a limit its row would
    # get all their weight in one step, from the same rows, and training would diverge.
    most = lanes.spread(scores.dtype.type(_STEEPEST * state.total / candidates))
    for at in range(0, candidates * INPUTS, INPUTS):
        lanes.store(lanes.minimum(lanes.load(weights, at) * scale, most), weights, at)


WEIGHTING = Weighting(
    name="self-adversarial",
    summary="all M candidates count, harder ones more",
    paper="RotatE: Sun et al., ICLR 2019",
    options=(*OPTIONS, TEMPERATURE),
    samplers=(
        NamedSampler(
            "rotate",
            "self-adversarial weights that sum to 1, as in RotatE",
            weighting="self-adversarial",
            options=_rotate,
        ),
        NamedSampler(
            "sharp",
            "self-adversarial weights on K + 1 draws a window, which sum to K + 1",
            weighting="self-adversarial",
            options=_sharp,
        ),
        NamedSampler(
            "mcns",
            "noise in proportion to the square root of the model's own distribution",
            weighting="self-adversarial",
            paper="MCNS: Yang et al., KDD 2020",
            options=_mcns,
        ),
    ),
    build=build,
    block=True,
    candidates=_window_size,
    pool=48,
    stable={"window": 0.8, "block": 1.5},
)
