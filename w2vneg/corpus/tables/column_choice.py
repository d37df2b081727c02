"""Which column of a table to read: checked, and guessed for messages."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, NoReturn

from w2vneg.corpus.foreign_objects import quoted
from w2vneg.corpus.tables.batch import TableReader
from w2vneg.errors import UsageError
from w2vneg.system.option_names import choice, either

#: So many columns are named.
_NAMED = 20
#: A longer text is the cell of a first row that is no header.
_LONGEST_NAME = 80
#: Rows that are looked at to guess which column holds text.
_SAMPLE = 100
#: Names of the columns of long tables.
_GROUPS = ("session", "user", "basket", "order", "visit", "customer", "cart", "walk", "playlist")


def check_columns(reader: TableReader, path: str, wanted: Sequence[str]) -> None:
    """Raise `UsageError` if a table lacks one of some columns, or has two of its name."""
    for name in wanted:
        times = reader.names.count(name)
        if times == 0:
            near = difflib.get_close_matches(name, reader.names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? It has " if near else "it has "
            raise UsageError(f"{path} has no column {name!r}; {hint}{listed(reader.names)}")
        if times > 1:
            raise UsageError(f"{path} has {times} columns {name!r}; rename all but one")


def listed(names: Sequence[str]) -> str:
    """Return the names of columns as a phrase."""
    if not names:
        return "no columns"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    what = "the column" if len(names) == 1 else "the columns"
    return f"{what} {', '.join(map(_brief, names[:_NAMED]))}{more}"


def _brief(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}...")


def refuse_unnamed(reader: TableReader, path: str, is_text: bool) -> NoReturn:
    """Raise `UsageError` that says which column of a table to read.

    Parameters
    ----------
    reader : TableReader
    path : str
    is_text : bool
        Whether the file could also be read as plain text.
    """
    names = list(dict.fromkeys(reader.names))
    sample = _sample(reader, names)
    scores = {name: _words_in_cells(cells) for name, cells in sample.items()}
    best = max(scores, key=lambda name: scores[name], default=None)
    head = f"{path} is a table with {listed(names)}; "
    text = f"; to read it as plain text: {choice('format', 'text')}" if is_text else ""
    if is_text and any(len(name) > _LONGEST_NAME for name in names):
        number = str(reader.names.index(best) + 1 if best is not None else 1)
        no_header = either("--no-header", "header=False with")
        raise UsageError(
            f"{head}its first row seems to be no header: {no_header} {choice('column', number)}{text}"
        )
    if best is not None and scores[best] > 1.5:
        what = "lists" if any(isinstance(c, list) for c in sample[best]) else "text"
        raise UsageError(f"{head}{best!r} seems to hold {what}: {choice('column', best)}{text}")
    group = next((n for n in names if any(g in n.lower() for g in _GROUPS)), None)
    if group is not None and len(names) > 1:
        item = next((n for n in names if "item" in n.lower() or "product" in n.lower()), None)
        item = item or next(n for n in names if n != group)
        raise UsageError(
            f"{head}if the rows of a {group} are a sentence: {choice('group', group)} "
            f"{choice('column', item)}{text}"
        )
    raise UsageError(
        f"{head}name the one to read with {choice('column', 'NAME')}, and with "
        f"{choice('group', 'NAME')} the one whose groups of rows are sentences{text}"
    )


def refuse_type(path: str, place: str, column: str, value: Any) -> NoReturn:
    """Raise `UsageError` for a column that holds neither text nor lists of words."""
    remedy = "choose another column"
    if isinstance(value, int | float) and not isinstance(value, bool):
        remedy += f", or make sentences of its rows with {choice('group', 'NAME')}"
    raise UsageError(
        f"{path}, {place}: column {column!r} holds {quoted(value)}, neither text nor a list of "
        f"words; {remedy}"
    )


def _sample(reader: TableReader, names: list[str]) -> dict[str, list[Any]]:
    batch = next(reader.batches(names), None) if names else None
    if batch is None:
        return {}
    cells = [column[:_SAMPLE] for column in batch.columns]
    lists = [c if isinstance(c, list) else c.to_pylist() for c in cells]
    return dict(zip(names, lists, strict=True))


def _words_in_cells(cells: list[Any]) -> float:
    """Return the mean number of words in the cells of a column; 0 if they are no text."""
    if any(isinstance(cell, list) for cell in cells):
        return 1e9
    texts = [cell for cell in cells if isinstance(cell, str)]
    return sum(len(text.split()) for text in texts) / max(1, len(texts))
