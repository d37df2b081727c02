"""Processes that work on one training together: what each needs from the others.

`Ranks` is the interface, and a process alone: it has no one to wait for. Real processes (MPI) and
simulated ones (threads) are in `w2vneg.training.cluster`.

All ranks call the same functions in the same order. Each sequence begins with `meet`, which any
rank may answer with an error: then all raise it, and none is left waiting in an exchange.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import w2vneg.errors as errors
from w2vneg.errors import Interrupted, W2vnegError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ranks:
    """A process among those that train together; this one is alone.

    Attributes
    ----------
    rank, size : int
        Number of this process, from 0, and of all.
    neighbors : int
        Ranks on this machine, this one included.
    sent : int
        Bytes that `exchange` and `spread` have given to other ranks.
    """

    rank = 0
    size = 1
    neighbors = 1

    def __init__(self) -> None:
        self.sent = 0

    def meet(
        self, note: Mapping[str, Any], *, patience: float | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Wait for all ranks; return the notes of all, by rank.

        Parameters
        ----------
        note : mapping
            JSON values.
        patience : float, optional
            Seconds after which a rank that has not arrived counts as hung. Default: no limit.

        Raises
        ------
        W2vnegError
            That of another rank, if one has failed (see `fail`).
        ResourceError
            A rank hangs; the message names it.
        """
        return read_notes([dict(note)])

    def exchange(
        self, array: NDArray[Any], counts: Sequence[int]
    ) -> tuple[NDArray[Any], Sequence[int]]:
        """Give each rank its part of an array, and return what the others have for this rank.

        Parameters
        ----------
        array : 1-d array
            The parts one after the other, in order of the ranks. All ranks use one dtype.
        counts : sequence of int
            Elements of each part.

        Returns
        -------
        array : 1-d array
            The parts for this rank, in order of the ranks they come from; valid until the next call.
        counts : sequence of int
            Elements of each.
        """
        return array, counts

    def spread(self, array: NDArray[Any]) -> tuple[NDArray[Any], Sequence[int]]:
        """Give an array to all ranks; return those of all, in order of the ranks (see `exchange`)."""
        return array, [len(array)]

    def alert(self, signal_number: int) -> None:
        """Tell the other ranks, which need not be waiting, that a signal has arrived here."""

    def alerted(self) -> int | None:
        """Return the number of a signal that has arrived at another rank, if any."""
        return None

    def fail(self, error: W2vnegError) -> None:
        """Let the next `meet` of all other ranks raise an error of this one."""

    def end(self, code: int) -> NoReturn:
        """End all ranks at once, without waiting for any."""
        os._exit(code)


def error_note(error: W2vnegError, rank: int) -> dict[str, Any]:
    """Return an error as a note that `read_notes` raises again."""
    number = getattr(error, "exit_code", 1) - 128 if isinstance(error, Interrupted) else None
    return {"error": type(error).__name__, "message": str(error), "rank": rank, "signal": number}


def read_notes(notes: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the notes of all ranks, or raise the error that one of them holds.

    Raises
    ------
    W2vnegError
        Of the lowest rank that failed. Its attribute ``rank`` is the number.
    """
    for note in notes:
        if "error" in note:
            kind = getattr(errors, str(note["error"]), W2vnegError)
            message = f"rank {note['rank']}: {note['message']}"
            arguments = (message, note["signal"]) if kind is Interrupted else (message,)
            error: W2vnegError = kind(*arguments)
            error.rank = int(note["rank"])
            raise error
    return notes


@contextlib.contextmanager
def failing_together(ranks: Ranks) -> Iterator[None]:
    """Let an error in this block be raised by all ranks, if it is not one that they share already."""
    try:
        yield
    except W2vnegError as error:
        if error.rank is None:
            ranks.fail(error)
        raise


#: A process that trains by itself.
ALONE = Ranks()
