"""Hard draws with the target of plain sampling: self-adversarial weights, corrected for.

Self-adversarial weights with temperature t are an empirical noise h(n|u) = q(n) e^(t s_n) / Z_u. The
loss gets logits from which log(h / q) is subtracted, the positive's too:

    x_j = (1 - t) s_j + log Z_u,    Z_u = mean over the candidates of e^(t s_n),

and Z_u and the weights are held constant in the gradient (the coefficient of x_j is used for s_j).
From many candidates training leads to log p(v|u) - log(T q(v)), as plain sampling does: the
candidates are hard, the target is not flattened. Bamler and Mandt (ICLR 2020) correct draws of a
conditional noise with a known density in this way; the empirical noise and the logits above are
this project's own. For t near 1 the few candidates of a window estimate Z_u too badly, and training
may diverge: t = 0.5 is the default. t = 0 is plain sampling.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.method import Loss, NamedSampler, Weighting
from w2vneg.samplers.weightings import self_adversarial
from w2vneg.samplers.weightings.self_adversarial import LARGEST, SCALES, SelfAdversarial
from w2vneg.system.option_names import choice

CORRECTED_TEMPERATURE = Option(
    "corrected_temperature",
    0.5,
    "Sharpness of the weights that are corrected for; 0 is plain sampling. Above 0.5 training may "
    "diverge.",
    0,
    1,
)


class Corrected(NamedTuple):
    """State of the weighting."""

    hard: SelfAdversarial


def check(config: TrainConfig) -> None:
    """Refuse losses of differences of scores, from which Z_u cancels."""
    loss = chosen_methods(config)["loss"]
    assert isinstance(loss, Loss)
    if not loss.absolute:
        raise UsageError(
            f"{choice('weighting', 'corrected')}: {choice('loss', loss.name)} depends on differences of "
            f"scores only, which the correction does not change; choose {choice('loss', 'sgns')}"
        )


def build(config: TrainConfig) -> Corrected:
    """Return the state of the weighting."""
    temperature = config[CORRECTED_TEMPERATURE]
    return Corrected(SelfAdversarial(config.total_weight, temperature, 0.0, 0, 0.0))


@implement(weigh, Corrected)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    weigh(state.hard, rng, scratch, contexts, candidates, progress)
    if candidates == 1:
        return
    scores, weights = scratch.scores, scratch.weights
    tau = scores.dtype.type(state.hard.temperature)
    keep = scores.dtype.type(1 - state.hard.temperature)
    share = scores.dtype.type(state.hard.total / (candidates - 1))
    for context in range(contexts):
        at = context * candidates
        # The highest score s has the highest weight, T / sum_n e^(t (s_n - s)): they tell Z_u.
        score, weight = lanes.spread(scores[at + 1]), lanes.spread(weights[at + 1])
        for n in range(0, candidates, LANES):
            inside = lanes.between(1 - n, candidates - n)
            own = lanes.load(scores, at + n)
            score = lanes.where(inside & (own > score), own, score)
            own = lanes.load(weights, at + n)
            weight = lanes.where(inside & (own > weight), own, weight)
        mean = lanes.spread(share / lanes.highest(weight))
        log_z = lanes.logarithm(mean) + tau * lanes.highest(score)
        for n in range(0, candidates, LANES):
            own = lanes.load(scores, at + n)
            inside = lanes.between(0, candidates - n)
            lanes.store(lanes.where(inside, own * keep + log_z, own), scores, at + n)


@implement(weigh_pool, Corrected)
def _weigh_pool(state, rng, block, candidates, band, progress):
    weigh_pool(state.hard, rng, block, candidates, band, progress)
    scores, own = block.scores, block.positive_scores
    tau = scores.dtype.type(state.hard.temperature)
    keep = scores.dtype.type(1 - state.hard.temperature)
    # Of an input, SCALES holds T / sum_n e^(t (s_n - s)) for the largest score s.
    mean = scores.dtype.type(state.hard.total / candidates)
    log_z = lanes.logarithm(lanes.spread(mean) / lanes.load(block.lanes, SCALES))
    log_z = lanes.load(block.lanes, LARGEST) * tau + log_z
    for at in range(0, candidates * INPUTS, INPUTS):
        lanes.store(lanes.load(scores, at) * keep + log_z, scores, at)
    lanes.store(log_z, block.lanes, 0)
    for q in range(INPUTS):
        score = lanes.load(own, q * band)
        present = lanes.load(block.positives, q * band) > 0
        lanes.store(lanes.where(present, score * keep + block.lanes[q], score), own, q * band)


WEIGHTING = Weighting(
    name="corrected",
    summary="self-adversarial, corrected so that the target is that of plain sampling",
    paper="after Bamler and Mandt, ICLR 2020",
    options=(CORRECTED_TEMPERATURE,),
    samplers=(
        NamedSampler(
            "corrected",
            "self-adversarial weights that leave the target of plain sampling unchanged",
            weighting="corrected",
        ),
    ),
    build=build,
    check=check,
    block=True,
    candidates=self_adversarial.WEIGHTING.candidates,
    pool=self_adversarial.WEIGHTING.pool,
    stable={"window": 0.8, "block": 1.0},
)
