"""Long tables: the rows of a group, wherever they are, make one sentence.

A row takes 16 bytes of memory (8 without an order), and as much again while the rows are sorted; the
distinct groups and words take what a dict of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.foreign_objects import is_missing, quoted
from w2vneg.corpus.tables.batch import BadRows, Batch, TableReader
from w2vneg.corpus.tables.cells import BadCell, Words, to_bytes

#: Groups that are written at a time.
_GROUPS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_Numbers = NDArray[np.int64] | NDArray[np.float64]


class Sessions:
    """Collects the rows of tables and gives their groups as lines.

    Parameters
    ----------
    column, group : str
        The columns of words and of groups.
    order : str, optional
        The column of numbers or dates by which the rows of a group are ordered. Rows with the same
        one stay in the order in which they were read.
    """

    def __init__(self, column: str, group: str, order: str | None) -> None:
        self.columns = [group, column] if order is None else [group, column, order]
        self._order = order
        self.start()

    def start(self) -> None:
        """Forget what was read."""
        self._groups = _Codes(_group_key)
        self._words = _Codes(str)
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], _Numbers | None]] = []
        self._is_time: bool | None = None

    def read(self, reader: TableReader, bad: BadRows, words: Words) -> Iterator[bytes]:
        """Read the rows of one table; yield nothing, but often, so that the reading can be ended.

        Raises
        ------
        DataError
            A row cannot be used.
        """
        self._words.convert = words.word
        for batch in reader.batches(self.columns):
            self._add(batch, bad)
            yield b""

    def pieces(self) -> Iterator[bytes]:
        """Yield the lines of all groups, some at a time, in the order of their first rows."""
        if not self._parts:
            return
        groups = np.concatenate([part[0] for part in self._parts])
        items = np.concatenate([part[1] for part in self._parts])
        orders = [part[2] for part in self._parts if part[2] is not None]
        self._parts.clear()
        if self._order is None:
            rows = np.argsort(groups, kind="stable")
        else:
            order = np.concatenate(orders)
            orders.clear()
            rows = np.lexsort((order, groups))
            del order
        items = items[rows]
        ends = np.flatnonzero(np.diff(groups[rows], append=-1)) + 1
        del groups, rows
        words = [to_bytes(word) for word in self._words.values]
        begin = 0
        for low in range(0, len(ends), _GROUPS):
            lines = []
            for end in ends[low : low + _GROUPS].tolist():
                lines.append(b" ".join([words[i] for i in items[begin:end].tolist()]))
                begin = end
            lines.append(b"")
            yield b"\n".join(lines)
        self.start()

    def _add(self, batch: Batch, bad: BadRows) -> None:
        # Rows with a cell that cannot be used do not count as the first of their group.
        words, word_problems = self._words.codes(batch.columns[1])
        order: _Numbers | None = None
        order_problems: dict[int, str] = {}
        if self._order is not None:
            order, order_problems = self._order_numbers(batch.columns[2])
        groups, group_problems = self._groups.codes(
            batch.columns[0], skip={*word_problems, *order_problems}
        )
        problems: dict[int, str] = {}
        named = zip(self.columns, (group_problems, word_problems, order_problems), strict=False)
        for name, found in named:
            for row, problem in found.items():
                problems.setdefault(row, f"column {name!r}: {problem}")
        for row in sorted(problems):
            bad.refuse(batch.places[row], problems[row])
        if problems:
            good = np.ones(len(words), bool)
            good[list(problems)] = False
            groups, words = groups[good], words[good]
            order = None if order is None else order[good]
        self._parts.append((groups, words, order))

    def _order_numbers(self, cells: Any) -> tuple[_Numbers, dict[int, str]]:
        """Return cells as numbers that order them, and why some are none."""
        if not isinstance(cells, list):
            numbers = _arrow_numbers(cells)
            if numbers is not None and self._is_time in (None, numbers[1]):
                self._is_time = numbers[1]
                missing = np.flatnonzero(cells.is_null().to_numpy(zero_copy_only=False))
                return numbers[0], {int(row): "a missing value" for row in missing}
            cells = cells.to_pylist()
        if self._is_time is not True:
            fast = _numbers_of(cells)
            if fast is not None:
                self._is_time = False
                return fast, {}
        values: list[float] = [0] * len(cells)
        problems: dict[int, str] = {}
        for row, cell in enumerate(cells):
            try:
                values[row], is_time = _order_of(cell)
                if self._is_time is None:
                    self._is_time = is_time
                if is_time != self._is_time:
                    kinds = "a date", "a number"
                    first, this = kinds if self._is_time else kinds[::-1]
                    raise BadCell(f"{quoted(cell)} is {this}, the first row has {first}")
            except BadCell as problem:
                problems[row] = str(problem)
        if all(isinstance(value, int) for value in values):
            return np.array(values, np.int64), problems
        return np.array(values, np.float64), problems


class _Codes:
    """Numbers distinct values in the order in which they are met."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert
        self.values: dict[Any, int] = {}
        self._known: dict[Any, int] = {}

    def codes(
        self, cells: Any, skip: set[int] | None = None
    ) -> tuple[NDArray[np.int32], dict[int, str]]:
        """Return the number of each cell, and why some have none; `skip` numbers no new cells."""
        if not isinstance(cells, list):
            encoded = cells.dictionary_encode()
            if not skip and encoded.null_count == 0:
                numbers, problems = self.codes(encoded.dictionary.to_pylist())
                if not problems:
                    return numbers[encoded.indices.to_numpy()], {}
            cells = cells.to_pylist()
        known = self._known
        if set(map(type, cells)) <= {str, int}:
            codes = np.array([known.get(cell, -1) for cell in cells], np.int32)
        else:  # cells that have no hash, or equal others without being the same: True and 1.0 are 1
            codes = np.full(len(cells), -1, np.int32)
        problems = {}
        for row in np.flatnonzero(codes < 0).tolist():
            if skip and row in skip:
                continue
            try:
                codes[row] = self._number(cells[row])
            except BadCell as problem:
                problems[row] = str(problem)
            except TypeError:
                problems[row] = f"{quoted(cells[row])} is neither text nor a whole number"
        return codes, problems

    def _number(self, cell: Any) -> int:
        value = self.convert(cell)
        code = self.values.setdefault(value, len(self.values))
        if type(cell) in (str, int):
            self._known[cell] = code
        return code


def _group_key(value: Any) -> Any:
    if is_missing(value) or value == "":
        raise BadCell("a missing value")
    hash(value)
    return (bool, value) if isinstance(value, bool) else value


def _order_of(cell: Any) -> tuple[float, bool]:
    """Return a number or date as a number, and whether it is a date."""
    if is_missing(cell) or cell == "":
        raise BadCell("a missing value")
    if isinstance(cell, bool):
        raise BadCell(f"{cell} is neither a number nor a date")
    if isinstance(cell, str):
        for kind in (int, float):
            try:
                number: float = kind(cell)
            except ValueError:
                continue
            return _finite(number, cell), False
        try:
            text = cell.strip()
            cell = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
        except ValueError:
            raise BadCell(
                f"{quoted(cell)} is neither a number nor a date such as 2024-05-31 12:00:00"
            ) from None
    if isinstance(cell, datetime):
        aware = cell if cell.tzinfo else cell.replace(tzinfo=timezone.utc)
        return (aware - _EPOCH) // timedelta(microseconds=1), True
    if isinstance(cell, date):
        return (cell - _EPOCH.date()).days * 86_400_000_000, True
    try:
        return _finite(cell if isinstance(cell, int) else float(cell), cell), False
    except (TypeError, ValueError):
        raise BadCell(f"{quoted(cell)} is neither a number nor a date") from None


def _numbers_of(cells: list[Any]) -> _Numbers | None:
    """Return cells as numbers if all of them spell one."""
    if not set(map(type, cells)) <= {str, int, float}:
        return None
    for kind in (np.int64, np.float64):
        try:
            numbers: Any = np.array(cells, kind)
        except (ValueError, OverflowError):
            continue
        if kind is np.int64 and any(type(cell) is float for cell in cells):
            continue
        return None if np.isnan(numbers).any() else numbers  # type: ignore[no-any-return]
    return None


def _finite(number: float, cell: Any) -> float:
    if isinstance(number, int):
        return number if abs(number) < 2**63 else float(number)
    if number != number:
        raise BadCell(f"{quoted(cell)} is not a number")
    return number


def _arrow_numbers(array: Any) -> tuple[_Numbers, bool] | None:
    """Return an Arrow array as numbers, and whether it holds times; None for other types."""
    import pyarrow
    import pyarrow.types as types

    kind = array.type
    is_time = types.is_temporal(kind) and not types.is_interval(kind)
    if types.is_timestamp(kind) or types.is_date(kind):
        array = array.cast(pyarrow.timestamp("us"), safe=False)  # as of the values of text
    elif types.is_time(kind):
        array = array.cast(pyarrow.time64("us"), safe=False)
    elif not is_time and (not types.is_integer(kind) or str(kind) == "uint64"):
        return None
    return array.cast(pyarrow.int64()).fill_null(0).to_numpy(zero_copy_only=False), is_time
