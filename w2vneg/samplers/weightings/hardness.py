"""What weightings that prefer hard candidates share: how many, how hard, up to which score."""

from __future__ import annotations

from w2vneg.config import TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.jit import device

#: Name to the share of the training over which hardness rises from 0 to 1.
SCHEDULES = {"constant": 0.0, "linear": 1.0, "half": 0.5, "warmup": 0.1}


def pool_size(config: TrainConfig) -> int:
    """Return M, how many candidates a window draws: ``--candidates``, by default twice K.

    Raises
    ------
    UsageError
        If M is less than K.
    """
    pool = config.candidates or 2 * config.negatives
    if pool < config.negatives:
        raise UsageError(
            f"--candidates {pool} are fewer than --negatives {config.negatives}, which are chosen "
            "among them; raise --candidates"
        )
    return pool


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
    """Give weight to the lowest-scored negative alone: what is left when the cap bars all.

    That is a true negative if any candidate is, and the context still learns something.
    """
    easiest = 1
    for n in range(2, candidates):
        if scores[at + n] < scores[at + easiest]:
            easiest = n
    for n in range(1, candidates):
        weights[at + n] = 0
    if candidates > 1:
        weights[at + easiest] = 1
