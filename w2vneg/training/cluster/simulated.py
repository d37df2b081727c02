"""Ranks that are threads of one process, for tests and comparisons."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2vneg.errors import ResourceError, W2vnegError
from w2vneg.system.option_names import named
from w2vneg.system.ranks import Ranks, error_note, failing_together, read_notes

T = TypeVar("T")
_LOOK_S = 0.5


class _Room:
    """Where simulated ranks leave what is for others."""

    def __init__(self, size: int) -> None:
        self.barrier = threading.Barrier(size)
        self.slots: list[Any] = [None] * size
        self.signal: int | None = None


class SimulatedRanks(Ranks):
    """One of several ranks in this process.

    Parameters
    ----------
    room : _Room
        Shared by all of them.
    rank : int
    """

    def __init__(self, room: _Room, rank: int) -> None:
        super().__init__()
        self._room, self.rank, self.size = room, rank, len(room.slots)
        self.neighbors = self.size
        self._told = False

    def meet(
        self, note: Mapping[str, Any], *, patience: float | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Wait for all ranks (see `Ranks.meet`)."""
        texts = self._share(json.dumps(note), patience)
        return read_notes([json.loads(text) for text in texts])

    def exchange(
        self, array: NDArray[Any], counts: Sequence[int]
    ) -> tuple[NDArray[Any], Sequence[int]]:
        """Exchange parts of arrays (see `Ranks.exchange`)."""
        ends = np.cumsum([0, *counts])
        self.sent += (len(array) - counts[self.rank]) * array.itemsize
        parts = self._share([array[a:b].copy() for a, b in zip(ends, ends[1:], strict=False)])
        own = [part[self.rank] for part in parts]
        return np.concatenate(own), [len(part) for part in own]

    def spread(self, array: NDArray[Any]) -> tuple[NDArray[Any], Sequence[int]]:
        """Give an array to all (see `Ranks.spread`)."""
        self.sent += (self.size - 1) * array.nbytes
        parts = self._share(array.copy())
        return np.concatenate(parts), [len(part) for part in parts]

    def alert(self, signal_number: int) -> None:
        """Tell the others of a signal."""
        self._told = True
        self._room.signal = signal_number

    def alerted(self) -> int | None:
        """Return a signal that another rank was stopped by."""
        return None if self._told else self._room.signal

    def fail(self, error: W2vnegError) -> None:
        """Let the others raise an error (see `Ranks.fail`)."""
        self._share(json.dumps(error_note(error, self.rank)))

    def end(self, code: int) -> NoReturn:
        """Let the others fail where they wait, and raise `SystemExit`."""
        self._room.barrier.abort()
        raise SystemExit(code)

    def _share(self, value: Any, patience: float | None = None) -> list[Any]:
        room = self._room
        room.slots[self.rank] = value
        try:
            room.barrier.wait(patience)
            values = list(room.slots)
            room.barrier.wait(patience)
        except threading.BrokenBarrierError:
            raise ResourceError("another rank has ended or hangs") from None
        return values


def simulate(size: int, work: Callable[[Ranks], T]) -> list[T]:
    """Run a function on simulated ranks and return the results, by rank.

    Parameters
    ----------
    size : int
    work : callable
        Called with the `Ranks` of each, in a thread of its own.

    Raises
    ------
    ResourceError
        If the system refuses to start that many threads.
    BaseException
        What the first rank raised that failed by itself. The others then fail where they wait.
    """
    room = _Room(size)
    results: list[Any] = [None] * size
    failed: list[tuple[int, BaseException]] = []

    def run(rank: int) -> None:
        ranks = SimulatedRanks(room, rank)
        try:
            with failing_together(ranks):
                results[rank] = work(ranks)
        except W2vnegError as error:  # which all others have raised as well
            failed.append((rank, error))
        except BaseException as error:
            failed.append((rank, error))
            room.barrier.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError as error:
        room.barrier.abort()  # else those that were started would wait for the others
        failed.insert(0, (size, _no_thread(size, error)))
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_S)  # without a limit, Windows would handle no Ctrl-C meanwhile
    if failed:
        raise failed[0][1]
    return results


def _no_thread(size: int, error: RuntimeError) -> ResourceError:
    return ResourceError(f"cannot start {size} ranks: {error}; lower {named('ranks')}")
