"""Hard and debiased weights: self-adversarial, less the share of the positives (HCL).

Robinson et al. (ICLR 2021) weigh the negatives by e^(beta s), beta being ``--temperature``, and
debias the result as DCL does (see `debiased`). Training with sgns leads to

    s(u, v) = log p(v|u) - log[T (h(v) - b p(v|u)) / (1 - b)]

with h(v) = q(v) e^(beta s(u, v)) / sum_n q(n) e^(beta s(u, n)), from many candidates. b = 0 is
self-adversarial bit for bit; beta = 0 weighs alike the candidates that differ from the positive.
"""

from __future__ import annotations

from w2vneg.config import TrainConfig
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.samplers.weightings import self_adversarial
from w2vneg.samplers.weightings.debiased import (
    DEBIAS,
    DEBIAS_LIMIT,
    Debiased,
    check,
    excess,
    no_limit,
)


def build(config: TrainConfig) -> Debiased:
    """Return the state of the weighting."""
    hard = self_adversarial.build(config)
    scaled = hard._replace(total=hard.total / (1 - config[DEBIAS]))
    return Debiased(scaled, excess(config), config[DEBIAS_LIMIT])


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
    stable={"window": 0.8, "block": 1.0},
)
