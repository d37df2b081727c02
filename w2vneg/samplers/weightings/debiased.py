"""Debiased weights: some negatives are positives, so their share is subtracted (DCL).

The noise q is a mixture: a share b of it are positives p(v|u), the rest true negatives
q- = (q - b p) / (1 - b). Chuang et al. (NeurIPS 2020) estimate the expectation
over q- from draws of q and from the positive at hand. Here that is a weight of w_n / (1 - b) for
each negative, and -T b / (1 - b) for the positive as a negative of itself, T being the total weight
of the negatives. With InfoNCE these are the terms of the paper's loss, whose sum over the negatives
is at least N e^(-1/tau), the least possible for vectors of length 1; that of word vectors of any
length is at least 0. With sgns training leads to

    s(u, v) = log p(v|u) - log[T (q(v) - b p(v|u)) / (1 - b)]

which is infinite where p / q > 1 / b: common among words. Hence the small default of b, and the
limit: positives that score more are treated as usual. b = 0 is plain sampling, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.method import Loss, NamedSampler, Weighting
from w2vneg.samplers.weightings.all import Even, even
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial
from w2vneg.system.option_names import choice

DEBIAS = Option(
    "debias",
    0.01,
    "Share of the noise that is taken for positives (b; tau+ in DCL, which uses 0.1 for images). "
    "Scores rise without end where a pair is more than 1/b times as frequent as chance.",
    0,
    0.9,
)
DEBIAS_LIMIT = Option(
    "debias_limit",
    6.0,
    "Debias only positives that score at most this, so that scores stay finite.",
    -1e6,
    1e6,
)


class Debiased(NamedTuple):
    """State of the weighting."""

    base: Even | SelfAdversarial  # the weights of the negatives
    excess: float  # T b / (1 - b), taken from the positive's weight as a negative
    limit: float  # highest score of a positive from which it is taken


def excess(config: TrainConfig) -> float:
    """Return T b / (1 - b)."""
    return config.total_weight * config[DEBIAS] / (1 - config[DEBIAS])


def check(config: TrainConfig) -> None:
    """Refuse losses in which a positive as its own negative is a constant."""
    chosen = chosen_methods(config)
    loss, weighting = chosen["loss"], chosen["weighting"]
    assert isinstance(loss, Loss)
    if not loss.weighs_positive:
        raise UsageError(
            f"{choice('weighting', weighting.name)}: {choice('loss', loss.name)} does not weigh the "
            f"positive, from which the bias would be taken; choose {choice('loss', 'sgns')} or infonce"
        )


def no_limit(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options with which the softmax, whose sum is limited anyway, is as published."""
    return {"debias_limit": 1e6}


def build(config: TrainConfig) -> Debiased:
    """Return the state of the weighting."""
    scale = 1 / (1 - config[DEBIAS])
    return Debiased(even(config, scale), excess(config), config[DEBIAS_LIMIT])


@implement(weigh, Debiased)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    weigh(state.base, rng, scratch, contexts, candidates, progress)
    weights = scratch.weights
    for context in range(contexts):
        at = context * candidates
        if scratch.scores[at] <= state.limit:
            weights[at] -= weights.dtype.type(state.excess)


@implement(weigh_pool, Debiased)
def _weigh_pool(state, rng, block, candidates, band, progress):
    weigh_pool(state.base, rng, block, candidates, band, progress)
    limit = block.scores.dtype.type(state.limit)
    excess = block.scores.dtype.type(state.excess)
    for at in range(0, INPUTS * band, LANES):
        taken = lanes.load(block.positive_scores, at) <= limit
        taken = taken & (lanes.load(block.positives, at) > 0)
        lanes.store(lanes.where(taken, excess, lanes.load(block.excluded, at)), block.excluded, at)


WEIGHTING = Weighting(
    name="debiased",
    summary="even weights, less the share of negatives that are positives",
    paper="DCL: Chuang et al., NeurIPS 2020",
    options=(DEBIAS, DEBIAS_LIMIT),
    samplers=(
        NamedSampler(
            "dcl",
            "debiased contrastive learning: a softmax without the positives among the negatives",
            weighting="debiased",
            loss="infonce",
            options=no_limit,
        ),
    ),
    build=build,
    check=check,
    block=True,
    stable={"window": 2.2, "block": 2.2},
)
