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

import math
from typing import NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import implement, weigh
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
    for context in range(contexts):
        at = context * candidates
        # The highest score has the weight T / sum_n e^(t (s_n - s)): it tells Z_u.
        top = 1
        for n in range(2, candidates):
            if scores[at + n] > scores[at + top]:
                top = n
        mean = state.hard.total / (weights[at + top] * (candidates - 1))
        log_z = tau * scores[at + top] + scores.dtype.type(math.log(mean))
        for n in range(candidates):
            scores[at + n] = keep * scores[at + n] + log_z


@implement(weigh_pool, Corrected)
def _weigh_pool(state, rng, block, candidates, band, progress):
    weigh_pool(state.hard, rng, block, candidates, band, progress)
    scores, lanes = block.scores, block.lanes
    tau = scores.dtype.type(state.hard.temperature)
    keep = scores.dtype.type(1 - state.hard.temperature)
    for q in range(INPUTS):
        mean = state.hard.total / (lanes[SCALES + q] * candidates)
        lanes[q] = tau * lanes[LARGEST + q] + scores.dtype.type(math.log(mean))
    for n in range(candidates):
        for q in range(INPUTS):
            scores[n * INPUTS + q] = keep * scores[n * INPUTS + q] + lanes[q]
    for q in range(INPUTS):
        for cell in range(q * band, (q + 1) * band):
            if block.positives[cell] != 0:
                block.positive_scores[cell] = keep * block.positive_scores[cell] + lanes[q]


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
