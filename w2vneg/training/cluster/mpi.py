"""Ranks that are processes on one or several machines, connected by MPI.

Rank 0 receives the notes of a meeting one by one and returns them to all, so that it knows who is
missing. An exchange is entered only when all have arrived.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from w2vneg.errors import ResourceError, W2vnegError
from w2vneg.system.ranks import Ranks, error_note, read_notes

_ARRIVED, _ALL, _ALERT = 1, 2, 3  # tags of messages
_LONG_S = 0.002  # from here on a wait sleeps longer between looks
_FAIL_S = 4.0  # that the others have to learn of an error; then all are ended
_EXCHANGE_S = 60.0  # an exchange that all have entered takes less


class MpiRanks(Ranks):
    """One rank of ``MPI.COMM_WORLD``.

    Parameters
    ----------
    neighbors : int
        Ranks on this machine.
    exchange_seconds : float
        An exchange that takes longer counts as hung, and ends the process.
    """

    def __init__(self, neighbors: int = 1, exchange_seconds: float = _EXCHANGE_S) -> None:
        super().__init__()
        import mpi4py

        mpi4py.rc.thread_level = "serialized"
        from mpi4py import MPI

        self._mpi, self._comm = MPI, MPI.COMM_WORLD
        self.rank, self.size = self._comm.rank, self._comm.size
        self.neighbors = neighbors
        self._limit = exchange_seconds
        self._buffers: dict[str, NDArray[np.uint8]] = {}
        self._sending: list[Any] = []
        self._deadline: float | None = None
        self._places = [str(n["place"]) for n in self.meet({"place": _place()}, patience=60.0)]
        threading.Thread(target=self._watch, daemon=True).start()

    def meet(
        self, note: Mapping[str, Any], *, patience: float | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Wait for all ranks (see `Ranks.meet`)."""
        text = json.dumps(note).encode()
        return read_notes(self._meet(text, patience))

    def _meet(self, text: bytes, patience: float | None) -> list[Any]:
        limit = None if patience is None else time.monotonic() + patience
        self._sending = [each for each in self._sending if not each.Test()]
        if self.rank:
            self._send(text, 0, _ARRIVED)
            # Rank 0 names those who are missing, so it must be the first to lose patience.
            if not self._wait(lambda: self._comm.Iprobe(0, _ALL), limit and limit + 2):
                raise self._missing([0], patience)
            return list(json.loads(self._receive(0, _ALL)))
        texts: dict[int, bytes] = {0: text}
        while len(texts) < self.size:
            status = self._mpi.Status()
            if not self._wait(
                lambda s=status: self._comm.Iprobe(self._mpi.ANY_SOURCE, _ARRIVED, s), limit
            ):
                raise self._missing([r for r in range(self.size) if r not in texts], patience)
            texts[status.source] = self._receive(status.source, _ARRIVED)
        whole = b"[" + b",".join(texts[rank] for rank in range(self.size)) + b"]"
        for rank in range(1, self.size):
            self._send(whole, rank, _ALL)
        return list(json.loads(whole))

    def exchange(
        self, array: NDArray[Any], counts: Sequence[int]
    ) -> tuple[NDArray[Any], Sequence[int]]:
        """Exchange parts of arrays (see `Ranks.exchange`)."""
        with self._watched():
            given = np.array(counts, np.int64)
            taken = np.empty(self.size, np.int64)
            self._comm.Alltoall(given, taken)
            received = self._buffer("exchange", int(taken.sum()), array.dtype)
            self._comm.Alltoallv(
                [np.ascontiguousarray(array), (given, _starts(given))],
                [received, (taken, _starts(taken))],
            )
        self.sent += (len(array) - counts[self.rank]) * array.itemsize
        return received, taken.tolist()

    def spread(self, array: NDArray[Any]) -> tuple[NDArray[Any], Sequence[int]]:
        """Give an array to all (see `Ranks.spread`)."""
        with self._watched():
            counts = np.empty(self.size, np.int64)
            self._comm.Allgather(np.array([len(array)], np.int64), counts)
            received = self._buffer("spread", int(counts.sum()), array.dtype)
            self._comm.Allgatherv(
                np.ascontiguousarray(array), [received, (counts, _starts(counts))]
            )
        self.sent += (self.size - 1) * array.nbytes
        return received, counts.tolist()

    def alert(self, signal_number: int) -> None:
        """Tell the others of a signal."""
        for rank in range(self.size):
            if rank != self.rank:
                self._send(str(signal_number).encode(), rank, _ALERT)

    def alerted(self) -> int | None:
        """Return a signal that has arrived at another rank."""
        status = self._mpi.Status()
        if not self._comm.Iprobe(self._mpi.ANY_SOURCE, _ALERT, status):
            return None
        return int(self._receive(status.source, _ALERT))

    def fail(self, error: W2vnegError) -> None:
        """Let the others raise an error; end all if they do not come to hear of it soon."""
        try:
            if not error.lost:
                self._meet(json.dumps(error_note(error, self.rank)).encode(), _FAIL_S)
                return
        except ResourceError:
            pass
        say(str(error) if error.lost else f"rank {self.rank}: {error}")
        self.end(error.exit_code)

    def end(self, code: int) -> NoReturn:
        """End all ranks at once."""
        self._comm.Abort(code)
        os._exit(code)

    def _missing(self, ranks: list[int], patience: float | None) -> ResourceError:
        """Return the error that names ranks which have not arrived; nothing can be shared with them."""
        places = getattr(self, "_places", None)
        named = ", ".join(f"{r}" + (f" ({places[r]})" if places else "") for r in ranks)
        what = "rank" if len(ranks) == 1 else "ranks"
        error = ResourceError(
            f"{what} {named} did not arrive within {patience:g} s: hung, or cut off; nothing was "
            "written"
        )
        error.lost = True
        return error

    def _send(self, data: bytes, to: int, tag: int) -> None:
        self._sending.append(self._comm.Isend([data, self._mpi.BYTE], to, tag))

    def _receive(self, source: int, tag: int) -> bytes:
        status = self._mpi.Status()
        self._comm.Probe(source, tag, status)
        data = bytearray(status.Get_count(self._mpi.BYTE))
        self._comm.Recv([data, self._mpi.BYTE], source, tag)
        return bytes(data)

    def _wait(self, arrived: Any, limit: float | None) -> bool:
        """Look until something has arrived; return whether it did before the limit."""
        began = time.monotonic()
        while not arrived():
            now = time.monotonic()
            if limit is not None and now > limit:
                return False
            time.sleep(5e-5 if now - began < _LONG_S else 1e-3)
        return True

    def _buffer(self, name: str, size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return an array that is used again for the next call of this name."""
        needed = max(1, size * dtype.itemsize)
        if name not in self._buffers or self._buffers[name].size < needed:
            self._buffers[name] = np.empty(needed, np.uint8)
        return self._buffers[name][: size * dtype.itemsize].view(dtype)

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """End the process if what is done inside does not end."""
        self._deadline = time.monotonic() + self._limit
        try:
            yield
        finally:
            self._deadline = None

    def _watch(self) -> None:
        while True:
            time.sleep(0.5)
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                say(
                    f"rank {self.rank} ({_place()}): an exchange takes more than {self._limit:g} s: "
                    "another rank hangs or is cut off; nothing was written"
                )
                os._exit(1)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.cumsum(counts) - counts


def _place() -> str:
    return f"{socket.gethostname()}, process {os.getpid()}"


def say(message: str) -> None:
    """Write one line to the stderr that the process began with, from whichever rank."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.__stderr__.write(f"w2vneg: {message}\n")  # type: ignore[union-attr]
        sys.__stderr__.flush()  # type: ignore[union-attr]
