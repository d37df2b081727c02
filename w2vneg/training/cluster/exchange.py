"""One exchange: the changes of rows go to the rows' owners, who combine them and give them to all.

Every rank owns an equal part of the rows of an exchange. It receives the changes that each rank
made to them, combines these in order of the ranks and spreads the result. That is as much traffic as
a reduction in a ring, but the order of the additions is ours: the result has the same bytes on any
network, and a row that is not finite is found before it reaches the other ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from w2vneg.system.ranks import Ranks
from w2vneg.training.cluster.changes import (
    first_unsound_change,
    lengthen,
    put_changes,
    shorten,
    take_changes,
)
from w2vneg.training.cluster.rules import RULES
from w2vneg.training.matrices import LONGEST

#: Bytes of changes that are exchanged at a time.
PIECE_BYTES = 64 << 20


@dataclass
class Rows:
    """An array whose rows all ranks keep in step.

    Attributes
    ----------
    name : str
    flat : (n * length,) float32 array
        Modified in place.
    length, size : int
        Floats per row in memory, and those that count.
    base : (n * length,) float32 array
        The rows as they were when they were the same on all ranks.
    """

    name: str
    flat: NDArray[np.float32]
    length: int
    size: int
    base: NDArray[np.float32]

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.flat) // self.length


@dataclass(frozen=True)
class Unsound:
    """A change that must not spread: the rank that made it, and the row.

    Attributes
    ----------
    rank, row : int
    name : str
        Of the `Rows`.
    """

    rank: int
    row: int
    name: str


class Exchange:
    """Keeps rows in step.

    Parameters
    ----------
    ranks : Ranks
    arrays : sequence of Rows
    rule : str
        Name of a rule.
    bits : int
        Of a number on its way to the owner: 32 or 8.
    piece_bytes : int
        At most so many bytes of changes are in work at a time.

    Attributes
    ----------
    seconds : float
        Spent in `rows`, in all.
    """

    def __init__(
        self,
        ranks: Ranks,
        arrays: Sequence[Rows],
        rule: str,
        bits: int = 32,
        piece_bytes: int = PIECE_BYTES,
    ) -> None:
        self._ranks, self._arrays, self._bits = ranks, arrays, bits
        self._combine = RULES[rule].combine()
        self._piece = piece_bytes
        self.seconds = 0.0

    def compile(self) -> None:
        """Compile or load the kernels."""
        one, eight = np.zeros(1, np.float32), np.zeros(1, np.int8)
        take_changes(one, one, 0, 0, 1, 1, one)
        put_changes(one, one, 0, 0, 1, 1, one)
        self._combine(one, 1, 1, 1, np.zeros(1, np.float32))
        first_unsound_change(one, 1, np.float32(LONGEST))
        if self._bits == 8:
            shorten(one, 1, eight, np.zeros(1, np.float32))
            lengthen(eight, one, 1, np.zeros(1, np.float32))

    def rows(self, count: int, trained: int) -> Unsound | None:
        """Combine the first rows of all arrays.

        Parameters
        ----------
        count : int
            At most so many of each array.
        trained : int
            Ranks that have trained since the last exchange.

        Returns
        -------
        Unsound or None
            The same on all ranks. If something is unsound, rows that follow it are left as they are.
        """
        if self._ranks.size == 1:
            return None
        began = perf_counter()
        try:
            for number, rows in enumerate(self._arrays):
                step = max(1, self._piece // (4 * rows.size))
                for low in range(0, min(count, rows.count), step):
                    high = min(count, rows.count, low + step)
                    unsound = self._piece_of(number, low, high, trained)
                    if unsound is not None:
                        return unsound
        finally:
            self.seconds += perf_counter() - began
        return None

    def _piece_of(self, number: int, low: int, high: int, trained: int) -> Unsound | None:
        rows, ranks = self._arrays[number], self._ranks
        cuts = [low + (high - low) * rank // ranks.size for rank in range(ranks.size + 1)]
        counts = [after - before for before, after in zip(cuts, cuts[1:], strict=False)]
        own = counts[ranks.rank]
        changes = np.empty((high - low) * rows.size, np.float32)
        take_changes(rows.flat, rows.base, low, high, rows.length, rows.size, changes)
        received = self._give(changes, counts, rows.size)
        combined = np.empty(own * rows.size, np.float32)
        found = first_unsound_change(received, rows.size, np.float32(LONGEST))
        status = np.array([-1, 0], np.int64)
        if found >= 0:
            status[:] = cuts[ranks.rank] + found % own, found // own
        elif own:
            self._combine(received, ranks.size, trained, rows.size, combined)
        for row, rank in np.array(ranks.spread(status)[0]).reshape(-1, 2):
            if row >= 0:
                return Unsound(int(rank), int(row), rows.name)
        whole, _ = ranks.spread(combined)
        put_changes(rows.flat, rows.base, low, high, rows.length, rows.size, whole)
        return None

    def _give(
        self, changes: NDArray[np.float32], counts: Sequence[int], size: int
    ) -> NDArray[np.float32]:
        """Give changes to the owners of their rows; return those of the rows of this rank."""
        sizes = [count * size for count in counts]
        if self._bits == 32:
            return self._ranks.exchange(changes, sizes)[0]
        numbers = np.empty(len(changes), np.int8)
        scales = np.empty(sum(counts), np.float32)
        shorten(changes, size, numbers, scales)
        received = np.array(self._ranks.exchange(numbers, sizes)[0])
        scales = self._ranks.exchange(scales, counts)[0]
        result = np.empty(len(received), np.float32)
        lengthen(received, scales, size, result)
        return result
