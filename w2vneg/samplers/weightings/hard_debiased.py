"""Hard and debiased weights: self-adversarial, less the share of the positives (HCL).

Robinson et al. (ICLR 2021) weigh the negatives by e^(beta s), beta being ``--temperature``, and
debias the result as DCL does (see `debiased`). Training with sgns leads to

    s(u, v) = log p(v|u) - log[T (h(v) - b p(v|u)) / (1 - b)]

with h(v) = q(v) e^(beta s(u, v)) / sum_n q(n) e^(beta s(u, n)), from many candidates. b = 0 is
self-adversarial bit for bit; beta = 0 weighs alike the candidates that differ from the positive.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.kernel.block_hooks import weigh_pool
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings import self_adversarial
from w2vneg.samplers.weightings.debiased import (
    DEBIAS,
    DEBIAS_LIMIT,
    check,
    excess,
    no_limit,
    spare_positives,
    spare_positives_of_block,
)
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial


class HardDebiased(NamedTuple):
    """State of the weighting."""

    hard: SelfAdversarial
    excess: float  # T b / (1 - b), taken from the positive's weight as a negative
    limit: float  # highest score of a positive from which it is taken


def build(config: TrainConfig) -> HardDebiased:
    """Return the state of the weighting."""
    hard = self_adversarial.build(config)
    scaled = hard._replace(total=hard.total / (1 - config[DEBIAS]))
    return HardDebiased(scaled, excess(config), config[DEBIAS_LIMIT])


@implement(weigh, HardDebiased)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    weigh(state.hard, rng, scratch, contexts, candidates, progress)
    spare_positives(scratch, state.excess, state.limit, contexts, candidates)


@implement(weigh_pool, HardDebiased)
def _weigh_pool(state, rng, block, candidates, band, progress):
    weigh_pool(state.hard, rng, block, candidates, band, progress)
    spare_positives_of_block(block, state.excess, state.limit, band)


WEIGHTING = Weighting(
    name="hard-debiased",
    summary="self-adversarial, less the share of negatives that are positives",
    paper="HCL: Robinson et al., ICLR 2021",
    options=(*self_adversarial.WEIGHTING.options, DEBIAS, DEBIAS_LIMIT),
    samplers=(
        NamedSampler(
            "hcl",
            "contrastive learning with hard negatives: dcl, harder candidates counting more",
            weighting="hard-debiased",
            loss="infonce",
            options=no_limit,
        ),
    ),
    build=build,
    check=check,
    block=True,
    candidates=self_adversarial.WEIGHTING.candidates,
    pool=self_adversarial.WEIGHTING.pool,
)
