"""How ranks keep in step: the options of a training on several machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from w2vneg.config import Option
from w2vneg.errors import UsageError
from w2vneg.system.durations import parse_duration
from w2vneg.system.option_names import named
from w2vneg.training.cluster.rules import RULES

AUTO = "auto"
#: With more ranks, sums that are shortened where changes agree were better than means.
_FEW = 4

SYNC_EVERY = Option(
    "sync_every",
    None,
    "Words that each rank trains between two exchanges; auto: measured, so that exchanges take about "
    "5 % of the time. Default: from the numbers of ranks, words and dimensions.",
    kind=str,
)
SYNC_ROWS = Option(
    "sync_rows",
    1024,
    "Rows of the most frequent words that every exchange holds; every 2nd holds twice as many, every "
    "4th four times, the last all.",
    1,
    2**31 - 1,
)
SYNC_RULE = Option(
    "sync_rule",
    None,
    "How the changes of a row are combined: "
    + "; ".join(f"{rule.name}: {rule.summary}" for rule in RULES.values())
    + ". Default: mean, and adaptive for more than 4 ranks.",
    choices=tuple(RULES),
    kind=str,
)
SYNC_BITS = Option(
    "sync_bits",
    32,
    "Bits of a number sent to the rank that combines a row: 32, or 8 for slow networks.",
    8,
    32,
)
LOCAL_LR = Option(
    "local_lr",
    None,
    "Initial learning rate of each rank; default: --lr times the number of ranks, at most 0.2 and what "
    "is stable (adaptive: times its square root, at most 0.1).",
    0,
    1e9,
    low_open=True,
    kind=float,
)
SYNC_TIMEOUT = Option(
    "sync_timeout",
    "60s",
    "Stop if a rank is so much later than the others at an exchange.",
)
OPTIONS: tuple[Option[Any], ...] = (
    SYNC_EVERY,
    SYNC_ROWS,
    SYNC_RULE,
    SYNC_BITS,
    LOCAL_LR,
    SYNC_TIMEOUT,
)


@dataclass(frozen=True)
class ClusterOptions:
    """The options of a training on ranks.

    Attributes
    ----------
    sync_every : str or int or None
        Words of a rank between exchanges, ``"auto"``, or None: chosen.
    sync_rows : int
    sync_rule : str or None
    sync_bits : int
        8 or 32.
    local_lr : float or None
    sync_timeout : str
        A duration, such as ``"60s"``.

    Raises
    ------
    UsageError
        If a value is not valid.
    """

    sync_every: str | int | None = None
    sync_rows: int = 1024
    sync_rule: str | None = None
    sync_bits: int = 32
    local_lr: float | None = None
    sync_timeout: str = "60s"

    def __post_init__(self) -> None:
        for option in (SYNC_ROWS, SYNC_RULE, LOCAL_LR):
            object.__setattr__(self, option.name, option.check(getattr(self, option.name)))
        if self.sync_bits not in (8, 32):
            raise UsageError(f"{named('sync_bits', self.sync_bits)}: choose 8 or 32")
        every = self.sync_every
        if every is not None and every != AUTO:
            if not str(every).isdigit() or int(every) < 1:
                raise UsageError(
                    f"{named('sync_every', every)} is no number of words; give one from 1 on, or auto"
                )
            object.__setattr__(self, "sync_every", int(every))
        self.patience  # noqa: B018  refuses what is no duration

    @property
    def patience(self) -> float:
        """Seconds that a rank may be late."""
        return parse_duration(self.sync_timeout, "sync_timeout")

    def rule(self, ranks: int) -> str:
        """Return the name of the rule for so many ranks."""
        return self.sync_rule or ("mean" if ranks <= _FEW else "adaptive")


__all__ = ["AUTO", "OPTIONS", "ClusterOptions"]
