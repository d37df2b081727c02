"""The rows of a table as lines: each cell of a column is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from w2vneg.corpus.foreign_objects import is_missing
from w2vneg.corpus.tables.batch import BadRows, Batch, TableReader
from w2vneg.corpus.tables.cells import BadCell, Words, text_line
from w2vneg.corpus.tables.column_choice import refuse_type
from w2vneg.corpus.text_bytes import SEPARATOR_MAX
from w2vneg.errors import UsageError
from w2vneg.system.option_names import named

_SEPARATORS = bytes(range(SEPARATOR_MAX + 1))


class RowLines:
    """Makes lines of the cells of one column, which are texts or lists of words.

    Parameters
    ----------
    column : str
    bad : BadRows
    words : Words
    is_split_later : bool
        Whether a tokenizer follows, which lists of words do not need.
    """

    def __init__(self, column: str, bad: BadRows, words: Words, is_split_later: bool) -> None:
        self._column = column
        self._bad = bad
        self._words = words
        self._is_split_later = is_split_later
        self._holds: str | None = None  # "text" or "lists", as the first cell decides

    def pieces(self, reader: TableReader) -> Iterator[bytes]:
        """Yield the lines of a table, some at a time.

        Raises
        ------
        UsageError
            The column holds neither texts nor lists.
        DataError
            A row cannot be used.
        """
        for batch in reader.batches([self._column]):
            yield self._lines(batch)

    def _lines(self, batch: Batch) -> bytes:
        cells = batch.columns[0]
        if self._holds is None:
            self._decide(cells, list(batch.places))
        if not isinstance(cells, list):
            joined = _arrow_text(cells) if self._holds == "text" else _arrow_lists(cells)
            if joined is not None:
                return joined
            cells = cells.to_pylist()
        convert = text_line if self._holds == "text" else self._words.line
        lines = []
        for place, cell in zip(batch.places, cells, strict=True):
            try:
                lines.append(convert(cell))
            except BadCell as problem:
                self._bad.refuse(place, f"column {self._column!r}: {problem}")
        lines.append(b"")
        return b"\n".join(lines)

    def _decide(self, cells: Any, places: list[int]) -> None:
        for place, cell in zip(places, cells, strict=True):
            value = cell.as_py() if hasattr(cell, "as_py") else cell
            if is_missing(value):
                continue
            if isinstance(value, list):
                if self._is_split_later:
                    raise UsageError(
                        f"column {self._column!r} of {self._bad.path} holds lists of words; leave "
                        f"out {named('tokenizer')}"
                    )
                self._holds = "lists"
            elif isinstance(value, str):
                self._holds = "text"
            else:
                refuse_type(self._bad.path, f"{self._bad.unit} {place}", self._column, value)
            return


def _arrow_text(array: Any) -> bytes | None:
    """Return the lines of an array of strings; None if not all of its cells can be used."""
    import pyarrow.compute as pc

    if array.null_count or "string" not in str(array.type):
        return None
    joined = _joined(array)
    if joined.count(b"\n") > len(array) or b"\r" in joined:
        joined = _joined(pc.replace_substring_regex(array, "[\r\n]", " "))
    return joined


def _arrow_lists(array: Any) -> bytes | None:
    """Return the lines of an array of lists; None if not all of its words are in order."""
    import pyarrow
    import pyarrow.compute as pc

    kind = str(array.type)
    if array.null_count or not kind.startswith(("list<", "large_list<")):
        return None
    values = array.flatten()
    if values.null_count or not len(values):
        return None
    if isinstance(values, pyarrow.DictionaryArray):
        values = values.dictionary_decode()
    if pyarrow.types.is_integer(values.type) or str(values.type) == "large_string":
        values = values.cast(pyarrow.string())
    elif str(values.type) != "string":
        return None
    offsets = pc.subtract(array.offsets, array.offsets[0]).cast(pyarrow.int32())
    lines = pc.binary_join(pyarrow.ListArray.from_arrays(offsets, values), " ")
    joined = _joined(lines)
    # No word is empty, and the separators are exactly those that were put in.
    spaces = len(values) - pc.sum(pc.not_equal(array.value_lengths(), 0)).as_py()
    separators = len(joined) - len(joined.translate(None, _SEPARATORS))
    if separators != spaces + len(array) or pc.min(pc.binary_length(values)).as_py() == 0:
        return None
    return joined


def _joined(array: Any) -> bytes:
    """Return strings as lines."""
    import numpy as np
    import pyarrow
    import pyarrow.compute as pc

    if not len(array):
        return b""
    empty, end = pyarrow.scalar("", array.type), pyarrow.scalar("\n", array.type)
    lines = pc.binary_join_element_wise(array, empty, end)  # each string and a line end
    _, offsets, text = lines.buffers()
    ends = np.frombuffer(offsets, np.int64 if "large" in str(lines.type) else np.int32)
    return bytes(memoryview(text)[: ends[len(lines)]])
