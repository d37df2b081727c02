"""A table as a file of the corpus: its text is a line for each sentence."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from w2vneg.corpus.addresses import is_address
from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES, detect_format
from w2vneg.corpus.file_identity import identity
from w2vneg.corpus.file_kinds import NotText, check_head
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.plain_text import decompress_command
from w2vneg.corpus.sources import ConvertedFile, misnamed, remote_source
from w2vneg.corpus.streams import ByteStream, CorpusStream
from w2vneg.corpus.tables.arrow_reader import ArrowReader
from w2vneg.corpus.tables.batch import BadRows, TableReader
from w2vneg.corpus.tables.cells import Words
from w2vneg.corpus.tables.column_choice import check_columns, refuse_unnamed
from w2vneg.corpus.tables.lines import RowLines
from w2vneg.corpus.tables.sessions import Sessions
from w2vneg.corpus.tables.text_reader import CsvReader, JsonReader
from w2vneg.corpus.text_bytes import HEAD_BYTES
from w2vneg.errors import DataError, Interrupted, UsageError, W2vnegError, reason
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import choice, named

_BINARY = ("parquet", "arrow")
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow"}


@dataclass(frozen=True)
class TableFile(ConvertedFile):
    """A table, or one of several whose rows make sentences together.

    Attributes
    ----------
    table : str
        Its format (see `w2vneg.corpus.input_options.TABLE_SUFFIXES`).
    options : InputOptions
        They name a column.
    sessions : Sessions or None
        Collects the rows of all tables where they have groups.
    is_last : bool
        Whether this is the table after which the sessions are complete.
    found : list of str
        Notes, filled as the table is read.
    """

    table: str = "csv"
    options: InputOptions = field(default_factory=InputOptions)
    sessions: Sessions | None = None
    is_last: bool = True
    found: list[str] = field(default_factory=list, compare=False)

    @property
    def notes(self) -> list[str]:
        """What the user should know, once it has been read."""
        return self.found

    @property
    def text_name(self) -> str:
        """The text that offsets are counted in, for messages."""
        return f" of the text of column {self.options.column!r}"

    def open(self, stop: StopFlag) -> ByteStream:
        """Return the sentences as text, one a line; `stop` ends it between some rows."""
        return _TableStream(self, stop)

    def reader(self, bad: BadRows, stop: StopFlag) -> TableReader:
        """Open the table."""
        if self.table in _BINARY:
            return ArrowReader(self, self.table, stop)
        stream = CorpusStream(self.path, self.format, self.identity, stop)
        try:
            if self.table == "jsonl":
                return JsonReader(stream, bad)
            return CsvReader(stream, self.table, self.options, bad)
        except BaseException:
            stream.close()
            raise

    def bad_rows(self) -> BadRows:
        """Return what happens to rows that cannot be used."""
        unit = "row" if self.table in _BINARY else "line"
        return BadRows(self.display_name, unit, self.options.bad_rows == "drop")


def table_file(path: str, options: InputOptions, stop: StopFlag) -> TableFile:
    """Return a file as a table.

    Parameters
    ----------
    path : str
        ``"-"`` is stdin; may be an address.
    options : InputOptions
    stop : StopFlag
        Ends the wait for a network.

    Raises
    ------
    UsageError
        The file cannot be read, or nothing tells its format.
    DataError
        It is compressed in a way that its format does not allow, or is no table.
    """
    name = "stdin" if path == "-" else path
    table = options.table_format(path)
    if is_address(path):
        if table is None:
            raise _unknown_format(name)
        source = remote_source(path, stop)
        return TableFile(path, "remote", source.size, source.identity, table=table, options=options)
    if path == "-" or not os.path.exists(path) or not stat.S_ISREG(os.stat(path).st_mode):
        if path != "-" and not os.path.exists(path):
            raise UsageError(f"no such file: {path}; check the path")
        if table is None:
            raise _unknown_format(name)
        if table in _BINARY:
            raise UsageError(f"{name} is a pipe, which {table} cannot be read from; give a file")
        return TableFile(path, "stream", table=table, options=options)
    try:
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {reason(error)}; copy it first") from None
    compression = detect_format(head)
    expected = COMPRESSED_SUFFIXES.get(os.path.splitext(path)[1].lower())
    if expected and compression == "plain":
        raise misnamed(path, expected, "a table")
    magic = next((kind for start, kind in _MAGIC.items() if head.startswith(start)), None)
    if options.format is None and magic is not None:
        table = magic
    if table is None:
        raise _unknown_format(name)
    if table not in _BINARY and compression == "plain":
        check_head(head, path)
    if table in _BINARY and compression != "plain":
        raise DataError(
            f"{path} is compressed as a whole; decompress it first: {decompress_command(compression)}"
        )
    return TableFile(
        path, compression, status.st_size, identity(status), table=table, options=options
    )


def refuse_table(file: TableFile, stop: StopFlag) -> None:
    """Raise `UsageError` that tells which column to read, for a table given without one."""
    if file.is_stream:
        raise UsageError(
            f"{file.display_name}: name the column of the table with {named('column')}"
        )
    try:
        reader = file.reader(file.bad_rows(), stop)
    except NotText:
        raise
    except W2vnegError as error:
        if file.table in _BINARY or isinstance(error, Interrupted):
            raise
        raise type(error)(
            f"{error}; to read it as plain text: {choice('format', 'text')}"
        ) from None
    explained = reader.explained() if isinstance(reader, ArrowReader) else contextlib.nullcontext()
    try:
        with explained:
            refuse_unnamed(reader, file.display_name, file.table not in _BINARY)
    finally:
        reader.close()


def _unknown_format(name: str) -> UsageError:
    return UsageError(
        f"{named('column')} needs a table, and nothing tells the format of {name}; name it, such as "
        f"{choice('format', 'csv')}, or tsv, jsonl, parquet, arrow"
    )


class _TableStream:
    """The sentences of a table as text, one a line."""

    def __init__(self, file: TableFile, stop: StopFlag) -> None:
        self.path = file.display_name
        self._stop = stop
        self._close = contextlib.ExitStack()
        bad, words = file.bad_rows(), Words()
        self._reader = file.reader(bad, stop)
        self._close.callback(self._reader.close)
        self._pieces = self._read(file, bad, words)
        self._explained: Any = contextlib.nullcontext
        if isinstance(self._reader, ArrowReader):
            self._explained = self._reader.explained
        # The line end keeps a first word that begins with U+FEFF from being taken for a byte
        # order mark.
        self._ready = b"\n"

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        parts = [self._ready]
        missing = size - len(self._ready)
        while missing > 0:
            self._stop.check("reading the corpus")
            with self._explained():
                piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            missing -= len(piece)
        self._ready = b""
        if missing < 0:
            last = parts.pop()
            parts.append(last[:missing])
            self._ready = last[missing:]
        return b"".join(parts)

    def position(self) -> int:
        """Return how many bytes of the file have been consumed."""
        return self._reader.position()

    def close(self) -> None:
        """Close the file."""
        self._close.close()

    def _read(self, file: TableFile, bad: BadRows, words: Words) -> Iterator[bytes]:
        options, sessions = file.options, file.sessions
        assert options.column is not None
        file.found.clear()
        pieces: Iterator[bytes]
        if sessions is not None:
            check_columns(self._reader, self.path, sessions.columns)
            pieces = sessions.read(self._reader, bad, words)
            if file.is_last:
                pieces = itertools.chain(pieces, sessions.pieces())
        else:
            check_columns(self._reader, self.path, [options.column])
            lines = RowLines(options.column, bad, words, options.tokenizer != "whitespace")
            pieces = lines.pieces(self._reader)
        yield from pieces
        file.found.extend([*bad.notes(), *words.notes(self.path, options.column)])
