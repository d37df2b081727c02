"""Read CSV, TSV and JSON lines with the standard library, in bounded memory."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

from w2vneg.corpus.file_kinds import check_head
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.streams import ByteStream
from w2vneg.corpus.tables.batch import BATCH_ROWS, BadRows, Batch
from w2vneg.corpus.text_bytes import BOM, HEAD_BYTES
from w2vneg.errors import DataError, UsageError
from w2vneg.system.option_names import either

#: Longest field of CSV in characters. The limit of the standard library, which is one of the whole
#: process and is raised to this, is that of a short text.
_FIELD_CHARACTERS = 1 << 26
#: Rows of JSON that are looked at to learn the names of the columns.
_ROWS_FOR_NAMES = 100
_DELIMITERS = ",;\t|"


class CsvReader:
    """The rows of CSV or TSV.

    Parameters
    ----------
    stream : ByteStream
        Closed with the reader.
    kind : {"csv", "tsv"}
        CSV may also be separated by semicolons, tabs or bars, as its first line tells.
    options : InputOptions
    bad : BadRows

    Attributes
    ----------
    names : list of str

    Raises
    ------
    DataError
        The file is not text, is empty, or its quotes do not match.
    """

    def __init__(self, stream: ByteStream, kind: str, options: InputOptions, bad: BadRows) -> None:
        self._stream = stream
        self._bad = bad
        text = io.TextIOWrapper(
            _checked(stream, kind), "utf-8-sig", errors="surrogateescape", newline=""
        )
        head = text.readline()
        if csv.field_size_limit() < _FIELD_CHARACTERS:
            csv.field_size_limit(_FIELD_CHARACTERS)
        self._rows = csv.reader(
            itertools.chain([head] if head else [], text),
            delimiter="\t" if kind == "tsv" else _delimiter(head),
            quoting=csv.QUOTE_MINIMAL if options.quotes else csv.QUOTE_NONE,
            strict=options.quotes,
        )
        self._line = 1
        first = next(self._read(), None)
        if first is None:
            raise DataError(f"{bad.path} is empty; give a table with a row of names first")
        self._pending = []
        if options.header:
            self.names = [name.strip() for name in first[1]]
        else:
            self.names = [str(number + 1) for number in range(len(first[1]))]
            self._pending = [first]

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows; those with another number of fields than the first are bad."""
        width = len(self.names)
        picks = [self.names.index(name) for name in columns]
        rows = itertools.chain(self._pending, self._read())
        while chunk := list(itertools.islice(rows, BATCH_ROWS)):
            good = [pair for pair in chunk if len(pair[1]) == width]
            if len(good) < len(chunk):
                for line, row in chunk:
                    if len(row) != width:
                        self._bad.refuse(
                            line, f"{_count(len(row))} where the first row has {width}"
                        )
            yield Batch([line for line, _ in good], [[row[i] for _, row in good] for i in picks])

    def position(self) -> int:
        """Return how many bytes of the file have been consumed."""
        return self._stream.position()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _read(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not blank, each with the line where it begins."""
        rows = self._rows
        try:
            for row in rows:
                line, self._line = self._line, rows.line_num + 1
                if row:
                    yield line, row
        except csv.Error as error:
            raise DataError(
                f"{self._bad.path}, line {self._line}: {error}; close the quotes, or take them for "
                f"characters like any other with {either('--no-quotes', 'quotes=False')}"
            ) from None


class JsonReader:
    """The rows of JSON lines, each an object.

    Parameters
    ----------
    stream : ByteStream
        Closed with the reader.
    bad : BadRows

    Attributes
    ----------
    names : list of str
        Keys of the first objects.
    """

    def __init__(self, stream: ByteStream, bad: BadRows) -> None:
        self._stream = stream
        self._bad = bad
        self._lines = enumerate(_checked(stream, "jsonl"), 1)
        self._pending = list(itertools.islice(self._read(), _ROWS_FOR_NAMES))
        self.names = list(dict.fromkeys(str(key) for _, row in self._pending for key in row))

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows; a cell that an object does not have is None."""
        rows = itertools.chain(self._pending, self._read())
        while chunk := list(itertools.islice(rows, BATCH_ROWS)):
            places = [line for line, _ in chunk]
            yield Batch(places, [[row.get(name) for _, row in chunk] for name in columns])

    def position(self) -> int:
        """Return how many bytes of the file have been consumed."""
        return self._stream.position()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in self._lines:
            text = line.removeprefix(BOM) if number == 1 else line
            if text.isspace() or not text:
                continue
            try:
                row = json.loads(text.decode("utf-8", "surrogateescape"))
            except (ValueError, RecursionError) as error:
                what = str(error).partition(":")[0] or type(error).__name__
                self._bad.refuse(number, f"not JSON ({what})")
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                self._bad.refuse(number, "not a JSON object with a key for each column")


class _Raw(io.RawIOBase):
    """A `ByteStream` as a raw file."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _checked(stream: ByteStream, kind: str) -> Any:
    """Return a stream as a file whose first bytes are text."""
    file = io.BufferedReader(_Raw(stream), 1 << 18)
    head = file.peek(HEAD_BYTES)[:HEAD_BYTES]
    first = head.lstrip()
    if kind == "jsonl" and (first.startswith(b"[") or first.split(b"\n")[0].strip() == b"{"):
        query = "'.[]'" if first.startswith(b"[") else "."
        raise UsageError(
            f"{stream.path} is JSON, but not one object a line; convert it with: jq -c {query} FILE"
        )
    check_head(head, stream.path)
    return file


def _delimiter(head: str) -> str:
    counts = {delimiter: head.count(delimiter) for delimiter in _DELIMITERS}
    return "," if counts[","] else max(counts, key=lambda delimiter: counts[delimiter])


def _count(number: int) -> str:
    return "1 field" if number == 1 else f"{number} fields"
