"""Shared by weightings that prefer hard candidates: pool size, hardness schedule, score cap."""

from __future__ import annotations

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.jit import device

#: Schedule to the share of the training over which hardness rises from 0 to 1.
SCHEDULES = {"constant": 0.0, "linear": 1.0, "half": 0.5, "warmup": 0.1}

CANDIDATES: Option[int | None] = Option(
    "candidates",
    None,
    "Candidates drawn per window (M), from which each context selects or weights its negatives; "
    "default: twice --negatives. More is harder and slower.",
    1,
    10_000,
    kind=int,
)
HARDNESS_SCHEDULE = Option(
    "hardness_schedule",
    "constant",
    "When hardness reaches its full value: from the start (constant), or rising linearly over the "
    "whole training (linear), its first half (half) or its first tenth (warmup).",
    choices=tuple(SCHEDULES),
)
CAP = Option(
    "cap",
    False,
    "Ignore candidates that score above the positive: they are likely to be false negatives.",
)
CAP_MARGIN = Option("cap_margin", 0.0, "Lower the cap by this margin.", -1e6, 1e6)

#: The options that all of these weightings read.
OPTIONS = (CANDIDATES, HARDNESS_SCHEDULE, CAP, CAP_MARGIN)


def pool_size(config: TrainConfig) -> int:
    """Return M, the number of candidates per window: ``--candidates``, by default twice K.

    Raises
    ------
    UsageError
        If M is less than K.
    """
    pool = config[CANDIDATES] or 2 * config.negatives
    if pool < config.negatives:
        raise UsageError(
            f"--candidates {pool} is less than --negatives {config.negatives}, the number selected "
            "from them; raise --candidates"
        )
    return pool


def rise(config: TrainConfig) -> float:
    """Return the share of the training over which hardness rises to its full value."""
    return SCHEDULES[config[HARDNESS_SCHEDULE]]


@device
def hardness(rise, progress):
    """Return the hardness, 0 to 1, at `progress` for a schedule that rises over `rise`."""
    if progress >= rise:
        return 1.0
    return progress / rise


@device
def ceiling(scores, at, cap, margin):
    """Return the highest score that a negative of the context at `at` may have.

    With `cap` that is the positive's score less `margin` (ASA: Wang et al., AAAI 2021); without,
    infinity.
    """
    if cap:
        return scores[at] - scores.dtype.type(margin)
    return scores.dtype.type(float("inf"))


@device
def keep_easiest(scores, weights, at, candidates):
    """Select only the lowest-scored negative, for when the cap excludes all candidates.

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
        weights[at + easiest] = 1
