"""The cells of one column: of a table, a data set, or rows that are dicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from w2vneg.corpus.foreign_objects import class_of, column_names, is_dataset, is_table, quoted
from w2vneg.errors import UsageError, suggest

#: Rows that a data set or an Arrow array decodes at a time.
_ROWS = 1000


def column_of(corpus: Any, column: Any) -> Iterable[Any]:
    """Return the cells of a column.

    Parameters
    ----------
    corpus : object
        A table (pandas, polars, Arrow), a dict of columns, a data set of Hugging Face, or any
        iterable of dicts.
    column : object
        The name of the column.

    Raises
    ------
    UsageError
        There is no such column.
    """
    if is_table(corpus) or isinstance(corpus, Mapping):
        if "LazyFrame" in class_of(corpus, "polars"):
            raise UsageError("a LazyFrame has no cells yet; give corpus.collect()")
        try:
            return cells_of(corpus[column])
        except Exception as error:
            # Of the classes with which polars says so none is known here.
            if not isinstance(error, LookupError | TypeError | ValueError) and (
                type(error).__name__ != "ColumnNotFoundError"
            ):
                raise
            raise _no_column(column, column_names(corpus)) from None
    if is_dataset(corpus):
        names = column_names(corpus)
        if names and column not in names:
            raise _no_column(column, names)
        return _dataset_cells(corpus, column)
    return _row_cells(corpus, column)


def cells_of(corpus: Any) -> Iterable[Any]:
    """Return the elements of an iterable as Python objects where it has a type of its own."""
    if {"Array", "ChunkedArray"} & set(class_of(corpus, "pyarrow").split()):
        return _arrow_cells(corpus)
    return corpus  # type: ignore[no-any-return]


def _arrow_cells(array: Any) -> Iterator[Any]:
    for low in range(0, len(array), _ROWS):
        yield from array.slice(low, _ROWS).to_pylist()


def _dataset_cells(dataset: Any, column: str) -> Iterator[Any]:
    for rows in dataset.select_columns([column]).iter(_ROWS):
        yield from rows[column]


def _row_cells(rows: Iterable[Any], column: Any) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise UsageError(f"row {number} is {quoted(row)}, not a dict; leave column= out")
        if column not in row:
            raise _no_column(column, column_names(row), f"row {number} has ")
        yield row[column]


def _no_column(column: Any, names: list[Any], where: str = "") -> UsageError:
    return UsageError(f"{where}no column {column!r}; {suggest(str(column), list(map(str, names)))}")
