"""Weighted least squares over all pairs of words, without sampling (AllVec: Xin et al., ACL 2018).

The loss runs over every cell of the matrix of word pairs, observed together or not:

    sum_obs  a_ij (r_ij - s_ij)^2 / 2  +  sum_unobs  b_j (r0 - s_ij)^2 / 2
        +  lambda (|W|^2 + |C|^2) / 2,                      s_ij = w_i . c_j

    r_ij = max(floor, PMI_ij),   a_ij = min(1, n_ij / full)^count_exponent,
    b_j = weight q_j^exponent / sum q^exponent

n_ij is how often i and j co-occur, q_j the share of word j. The popularity weights b_j are those of
eALS (He et al., SIGIR 2016). The formulas are those of the authors' code, which solves coordinates one
by one; here rows are solved by conjugate gradients (`w2vneg.training.whole_data`). There, weight is
350, r0 -0.5 and the floor 0; the defaults here were chosen on Wikipedia.
"""

from __future__ import annotations

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.samplers.method import TrainingMethod
from w2vneg.system.option_names import named

SWEEPS = Option(
    "sweeps", 10, "Passes over all cells; in each, both matrices are solved once.", 1, 1_000_000
)
WEIGHT = Option(
    "unobserved_weight",
    200.0,
    "Weight of the pairs of a word that never occur together, in total.",
    0,
    1e12,
)
EXPONENT = Option(
    "unobserved_exponent",
    0.75,
    "Exponent by which that weight is divided among words by their frequency: 0 for equal weights.",
    -10,
    10,
)
TARGET = Option("unobserved_target", -1.0, "Score of pairs that never occur together.", -1000, 1000)
FLOOR = Option(
    "target_floor",
    -1.0,
    "Lowest score of pairs that occur together, which is otherwise their pointwise mutual "
    "information.",
    -1000,
    1000,
)
FULL = Option("full_count", 100.0, "Co-occurrences from which a pair has weight 1.", 0.01, 1e6)
COUNT_EXPONENT = Option(
    "count_exponent",
    0.75,
    "Exponent of the weight of pairs that occur together less often than that.",
    0,
    10,
)
SMOOTHING = Option(
    "context_exponent",
    1.0,
    "Exponent of the frequency of the predicted word in the mutual information; less than 1 lowers "
    "the scores of rare words.",
    0,
    10,
)
PENALTY = Option("regularization", 0.1, "Weight of the squared length of the vectors.", 0, 1e6)


def _check(config: TrainConfig) -> None:
    if config[WEIGHT] == 0 and config[PENALTY] == 0:
        raise UsageError(
            f"{named(WEIGHT.name, 0)} and {named(PENALTY.name, 0)} leave words of few pairs without "
            "a solution; raise one of them"
        )


METHOD = TrainingMethod(
    name="whole-data",
    summary="least squares over all pairs of words, observed together or not; nothing is sampled",
    paper="Xin et al., ACL 2018; He et al., SIGIR 2016",
    options=(
        SWEEPS,
        WEIGHT,
        EXPONENT,
        TARGET,
        FLOOR,
        FULL,
        COUNT_EXPONENT,
        SMOOTHING,
        PENALTY,
    ),
    samples=False,
    unused=(
        *("negatives", "negative_weight", "candidates", "form", "lr"),
        *("init", "freeze", "freeze_first", "rounds"),
    ),
    replaced={"epochs": SWEEPS.name},
    free=(SWEEPS.name,),
    sets={"mix_out": 0.3},
    check=_check,
)
