"""Shared by weightings that prefer hard candidates: pool size, hardness schedule, score cap."""

from __future__ import annotations

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel import lanes
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.jit import device
from w2vneg.system.option_names import named

#: Schedule to the share of the training over which hardness rises from 0 to 1, or, where it is
#: negative, to that over which it falls to 0 at the end.
SCHEDULES = {
    "constant": 0.0,
    "linear": 1.0,
    "half": 0.5,
    "warmup": 0.1,
    "fall": -1.0,
    "cooldown": -0.5,
}

HARDNESS_SCHEDULE = Option(
    "hardness_schedule",
    "constant",
    "When hardness has its full value: always (constant); rising linearly over the whole training "
    "(linear), its first half (half) or its first tenth (warmup); or falling to 0 over the whole "
    "training (fall) or its second half (cooldown).",
    choices=tuple(SCHEDULES),
)
CAP = Option(
    "cap",
    False,
    "Ignore candidates that score above the positive: they are likely to be false negatives.",
)
CAP_MARGIN = Option("cap_margin", 0.0, "Lower the cap by this margin.", -1e6, 1e6)

_LARGEST_WINDOW = 10_000  # the largest value of --candidates

#: The options that all of these weightings read.
OPTIONS = (HARDNESS_SCHEDULE, CAP, CAP_MARGIN)


def window_size(config: TrainConfig, share: float = 0.5, selects: bool = True) -> int:
    """Return M, the candidates per window in the window form: ``--candidates``, or K / `share`.

    Raises
    ------
    UsageError
        If M is less than K and K of the candidates are to be selected.
    """
    wanted = min(config.negatives / max(share, 1e-9), _LARGEST_WINDOW)
    size = config.candidates or max(config.negatives, round(wanted))
    if selects and size < config.negatives:
        raise UsageError(
            f"{named('candidates', size)} is less than {named('negatives', config.negatives)}, the number selected "
            f"from them; raise {named('candidates')}"
        )
    return size


def rise(config: TrainConfig) -> float:
    """Return the share of the training over which hardness rises; negative: falls."""
    return SCHEDULES[config[HARDNESS_SCHEDULE]]


@device
def hardness(rise, progress):
    """Return the hardness, 0 to 1, at `progress` for a schedule that rises over `rise`."""
    if rise < 0:
        return min(1.0, (progress - 1.0) / rise)
    if progress >= rise:
        return 1.0
    return progress / rise


@device
def ceiling(scores, at, cap, margin):
    """Return the highest score that a negative of the context at `at` may have.

    With `cap` that is the positive's score less `margin`, without, infinity. ASA (Qin, Sheikh,
    Reinwald and Wu, AAAI 2021) draws the same line from both sides: see `near_positive`.
    """
    if cap:
        return scores[at] - scores.dtype.type(margin)
    return scores.dtype.type(float("inf"))


@device
def keep_easiest(scores, weights, at, candidates, weight):
    """Give only the lowest-scored negative a weight, for when the cap excludes all candidates.

    It is the most likely to be a true negative, and the context still learns something.
    `weights` is modified in place.
    """
    easiest = 1
    for n in range(2, candidates):
        if scores[at + n] < scores[at + easiest]:
            easiest = n
    for n in range(1, candidates):
        weights[at + n] = 0
    if candidates > 1:
        weights[at + easiest] = weight


@device
def pool_ceilings(block, band, cap, margin):
    """Set ``block.lanes[q]`` to the highest score that a negative of input q may have.

    As `ceiling`, with the mean score of the input's positives.
    """
    scores = block.scores
    for q in range(INPUTS):
        block.lanes[q] = scores.dtype.type(float("inf"))
        if cap and block.counts[q] > 0:
            zero = scores.dtype.type(0)
            own = lanes.load(block.positive_scores, q * band)
            own = lanes.where(lanes.load(block.positives, q * band) > zero, own, zero)
            block.lanes[q] = lanes.total(own) / block.counts[q] - scores.dtype.type(margin)


@device
def keep_easiest_of_pool(block, q, candidates, weight):
    """Give only the lowest-scored candidate of input `q` a weight: `keep_easiest` for a pool."""
    easiest = 0
    for n in range(1, candidates):
        if block.scores[n * INPUTS + q] < block.scores[easiest * INPUTS + q]:
            easiest = n
    for n in range(candidates):
        block.weights[n * INPUTS + q] = 0
    block.weights[easiest * INPUTS + q] = weight
