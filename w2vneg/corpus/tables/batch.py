"""What readers of tables give: batches of rows; and what happens to rows that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from w2vneg.errors import DataError
from w2vneg.system.option_names import choice

#: Rows in a batch.
BATCH_ROWS = 4096


class Batch(NamedTuple):
    """Some rows of a table.

    Attributes
    ----------
    places : sequence of int
        The number of each row, or of the line where it begins, from 1.
    columns : list
        For each column that was asked for, its cells: a list, or an Arrow array.
    """

    places: Sequence[int]
    columns: list[Any]


class TableReader(Protocol):
    """A table that is read in order, in bounded memory.

    Attributes
    ----------
    names : list of str
        Of the columns.
    """

    names: list[str]

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows of some columns; a reader can be read once."""

    def position(self) -> int:
        """Return how many bytes of the file have been consumed."""

    def close(self) -> None:
        """Release what is held."""


@dataclass
class BadRows:
    """Refuses or drops the rows of a file that cannot be used.

    Attributes
    ----------
    path : str
        The name of the file for messages.
    unit : str
        What `Batch.places` counts: ``"row"`` or ``"line"``.
    drop : bool
    dropped : int
    first : str
        Why the first one was dropped.
    """

    path: str
    unit: str
    drop: bool
    dropped: int = 0
    first: str = ""

    def refuse(self, place: int, problem: str) -> None:
        """Count a row that is dropped, or raise `DataError`."""
        if not self.drop:
            raise DataError(
                f"{self.path}, {self.unit} {place}: {problem}; correct it, or leave such rows out "
                f"with {choice('bad_rows', 'drop')}"
            )
        self.first = self.first or f"{self.unit} {place}: {problem}"
        self.dropped += 1

    def notes(self) -> list[str]:
        """Return a line on the rows that were dropped, if there are any."""
        if not self.dropped:
            return []
        return [f"dropped {self.dropped:,} rows of {self.path}, the first: {self.first}"]
