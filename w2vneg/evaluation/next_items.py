"""How well vectors of items predict the last item of a session from the one before it.

The other items are ordered by their cosine to the item before the last. HR@10 is the share of the
sessions whose last item is among the first ten, MRR@10 the mean of the reciprocals of its rank,
0 beyond the tenth (Caselles-Dupré et al., RecSys 2018, predict the next item in this way).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError
from w2vneg.vectors.vectors import Vectors

#: Ranks that count.
CUTOFF = 10
#: Bytes of cosines that are computed at a time.
_BATCH_BYTES = 1 << 26

_Interval = tuple[float, float]


@dataclass(frozen=True)
class NextItemScore:
    """Ranks of the last items of sessions.

    Attributes
    ----------
    ranks : (n,) int64 array
        From 1, in the order of the sessions that are scored.
    unknown, repeated, short : int
        Sessions left out: the vectors lack one of the two last items, both are the same, or there
        is only one.
    """

    ranks: npt.NDArray[np.int64]
    unknown: int
    repeated: int
    short: int

    @property
    def sessions(self) -> int:
        """All sessions, those left out included."""
        return len(self.ranks) + self.unknown + self.repeated + self.short

    @property
    def hit_rate(self) -> float:
        """HR@10."""
        return float(np.mean(self.ranks <= CUTOFF))

    @property
    def reciprocal_rank(self) -> float:
        """MRR@10."""
        return float(np.mean(np.where(self.ranks <= CUTOFF, 1 / self.ranks, 0)))

    def intervals(self, resamples: int, seed: int) -> tuple[_Interval, _Interval]:
        """Return 95 % bootstrap intervals of HR@10 and MRR@10 over sessions."""
        # Only how often each rank occurs matters, which is multinomial in a resample.
        counts = np.bincount(np.minimum(self.ranks, CUTOFF + 1), minlength=CUTOFF + 2)[1:]
        drawn = np.random.default_rng(seed).multinomial(
            len(self.ranks), counts / len(self.ranks), resamples
        )
        values = np.array([*(1 / rank for rank in range(1, CUTOFF + 1)), 0.0])
        hits, reciprocals = drawn[:, :CUTOFF].sum(axis=1), drawn @ values
        low, high = (
            np.percentile(np.stack([hits, reciprocals]) / len(self.ranks), q, axis=1)
            for q in (2.5, 97.5)
        )
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))

    def to_dict(self, resamples: int, seed: int) -> dict[str, Any]:
        """Return scores, intervals and counts for JSON."""
        hits, reciprocals = self.intervals(resamples, seed)
        return {
            f"hr@{CUTOFF}": self.hit_rate,
            f"hr@{CUTOFF}_interval": hits,
            f"mrr@{CUTOFF}": self.reciprocal_rank,
            f"mrr@{CUTOFF}_interval": reciprocals,
            "used": len(self.ranks),
            "sessions": self.sessions,
            "unknown": self.unknown,
            "repeated": self.repeated,
            "short": self.short,
        }


def score_next_items(
    vectors: Vectors, sessions: Iterable[list[str]], name: str = "the sessions"
) -> NextItemScore:
    """Return the ranks of the last items of sessions.

    Parameters
    ----------
    vectors : Vectors
    sessions : iterable of lists of str
        Read once. Of each only the last two items are used.
    name : str
        For messages.

    Raises
    ------
    DataError
        No session can be scored.
    """
    index = vectors.index
    short = unknown = repeated = 0
    pairs: list[tuple[int, int]] = []
    for session in sessions:
        if len(session) < 2:
            short += 1
            continue
        before, last = (index.get(item, -1) for item in session[-2:])
        if before < 0 or last < 0:
            unknown += 1
        elif before == last:
            repeated += 1
        else:
            pairs.append((before, last))
    if not pairs:
        raise DataError(
            f"{name} cannot be scored: of {short + unknown + repeated} sessions {short} have one item, "
            f"{unknown} end with items that the vectors do not have, {repeated} end with one item "
            "twice; give held-out sessions of the same items, one a line"
        )
    found = np.array(pairs, np.int64)
    return NextItemScore(_ranks(vectors, found[:, 0], found[:, 1]), unknown, repeated, short)


def _ranks(
    vectors: Vectors, before: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the rank of each last item among all but the item before it; ties share the worst."""
    unit = vectors.unit
    ranks = np.empty(len(before), np.int64)
    step = max(1, _BATCH_BYTES // (4 * len(unit)))
    for low in range(0, len(before), step):
        queries, wanted = before[low : low + step], last[low : low + step]
        cosines = unit[queries] @ unit.T
        rows = np.arange(len(queries))
        cosines[rows, queries] = -np.inf
        ranks[low : low + step] = (cosines >= cosines[rows, wanted][:, None]).sum(axis=1)
    return ranks
