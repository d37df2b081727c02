"""Read edge lists: plain or compressed text, a line for each edge.

Each line has two names and, in files where the first one has it, a weight, separated by blanks,
tabs or commas. Lines that begin with ``#`` or ``%`` are comments.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES, detect_format
from w2vneg.corpus.file_identity import check_unchanged, identity
from w2vneg.corpus.file_kinds import VECTORS, VOCABULARY, NotText, recognize_kind
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.options import NO_LIMIT
from w2vneg.corpus.sources import CorpusFile
from w2vneg.corpus.text_bytes import BOM, HEAD_BYTES, MAX_TOKEN_BYTES, TO_UTF8, check_text
from w2vneg.corpus.tokenizer import PADDING
from w2vneg.corpus.word_table import WordTable
from w2vneg.errors import DataError, UsageError, reason
from w2vneg.graphs import edge_lines
from w2vneg.graphs.edge_head import Head, read_head
from w2vneg.graphs.edge_lines import ANY, NAMES, STATE_SIZE, WEIGHTED, pair_up, read_lines
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import choice, named
from w2vneg.system.progress import Progress

#: Bytes read at a time, which also bounds the length of a line.
_PIECE_BYTES = 4 << 20
_SHOWN = 40

#: Kinds of files whose lines can be edges just as well: names and numbers.
_SIMILAR = (VECTORS, VOCABULARY)


@dataclass
class Edges:
    """The edges of a graph as they were read.

    Attributes
    ----------
    table : WordTable
        The names of the nodes; their numbers in it are the nodes.
    pieces : list of (source, target, weights)
        int32, int32 and float32 arrays; `weights` is empty where the graph has none.
    weighted : bool
    bytes_read : int
    notes : list of str
        One line on each thing that the user should know.
    """

    table: WordTable = field(default_factory=WordTable)
    pieces: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]] = field(
        default_factory=list
    )
    weighted: bool = False
    bytes_read: int = 0
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(source) for source, _, _ in self.pieces)


def read_edges(
    paths: Sequence[str | os.PathLike[str]],
    options: InputOptions,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Edges:
    """Read the edges of some files.

    Parameters
    ----------
    paths : sequence of str or path
        ``"-"`` is stdin.
    options : InputOptions
        `header`, `bad_rows`, and of `walks` whether weights are read.
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    UsageError
        A file cannot be read.
    DataError
        Naming the file and the line that is no edge.
    Interrupted
        `stop` was set.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    if not paths:
        raise UsageError("no edges given; name a file of edges, or - for stdin")
    files = [_edge_file(os.fspath(path)) for path in paths]
    if sum(file.path == "-" for file in files) > 1:
        raise UsageError("stdin (-) is given twice but can be read only once")
    total = sum(file.size for file in files) if all(file.has_size for file in files) else None
    edges = Edges()
    before = 0
    progress.start("reading edges", total, "bytes")
    try:
        for number, file in enumerate(files):
            reader = _Reader(file, edges, options, stop)
            reader.read_all(partial(_report, progress, before))
            before += file.size
            if number == 0:
                edges.weighted = reader.columns == WEIGHTED
            elif edges.weighted != (reader.columns == WEIGHTED):
                raise DataError(
                    f"{file.display_name} has {_what(reader.columns)}, {files[0].display_name} has "
                    f"{_what(WEIGHTED if edges.weighted else NAMES)}; give files that are alike, or "
                    f"{named('unweighted', True)}"
                )
            check_unchanged(file.path, file.identity)
    finally:
        progress.finish()
    if not len(edges):
        raise DataError(f"no edges in {files[0].display_name}; give lines of two nodes each")
    return edges


def _report(progress: Progress, before: int, done: int) -> None:
    progress.update(before + done)


def _what(columns: int) -> str:
    return "weights" if columns == WEIGHTED else "no weights"


def _edge_file(path: str) -> CorpusFile:
    """Return a file to read, after a look at its first bytes."""
    if path == "-":
        return CorpusFile("-", "stream")
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(f"{path} is a folder; name the files of edges in it")
        if not stat.S_ISREG(mode):
            return CorpusFile(path, "stream")
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}; check the path") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {reason(error)}; check its permissions") from None
    kind = detect_format(head)
    expected = COMPRESSED_SUFFIXES.get(os.path.splitext(path)[1].lower())
    if expected and kind == "plain":
        raise DataError(
            f"{path} is named like a {expected} file but does not begin like one; if it is text, "
            "rename it, otherwise get it again"
        )
    if kind == "plain":
        _check_head(head, path)
    return CorpusFile(path, kind, status.st_size, identity(status))


def _check_head(head: bytes, name: str) -> None:
    """Refuse a file whose first bytes show that it is not text."""
    known = recognize_kind(head)
    if known is not None and known not in _SIMILAR:
        raise NotText(name, known)
    check_text(head, name)


class _Reader:
    """Reads one file, a piece of whole lines at a time.

    Attributes
    ----------
    columns : int
        See `Head`.
    """

    def __init__(
        self, file: CorpusFile, edges: Edges, options: InputOptions, stop: StopFlag
    ) -> None:
        self.columns = ANY
        self._file, self._edges, self._stop = file, edges, stop
        self._header = options.header
        self._drop = options.bad_rows == "drop"
        self._unweighted = options.walks is not None and options.walks.unweighted
        self._state = np.zeros(STATE_SIZE, np.int64)
        self._numbers = np.empty(0, np.int32)
        self._weights = np.empty(0, np.float32)

    def read_all(self, report: Callable[[int], None]) -> None:
        """Read the file; `report` is called with how much of it has been read."""
        stream = self._file.open(self._stop)
        rest = b""
        first = True
        try:
            while True:
                self._stop.check("reading edges")
                read = stream.read(_PIECE_BYTES)
                ended = len(read) < _PIECE_BYTES
                self._edges.bytes_read += len(read)
                data = rest + read
                skipped: list[tuple[int, int]] = []
                if first:
                    data = data.removeprefix(BOM)
                    head = self._head(data)
                    self.columns, skipped = head.columns, head.skipped
                    self._edges.notes += head.notes
                    first = False
                cut = len(data) if ended else 1 + max(data.rfind(b"\n"), data.rfind(b"\r"))
                if cut == 0 and not ended:
                    line = int(self._state[edge_lines.LINE]) + 1
                    raise DataError(
                        f"{self._name}, line {line}: it does not end within {_PIECE_BYTES >> 20} MB; "
                        "put each edge on a line of its own"
                    )
                # A CR at the end may belong to a line end whose LF is still to come.
                if not ended and data[cut - 1 : cut] == b"\r" and cut == len(data):
                    cut -= 1
                    cut = 1 + max(data.rfind(b"\n", 0, cut), data.rfind(b"\r", 0, cut))
                rest = data[cut:]
                self._take(data[:cut], skipped)
                report(stream.position())
                if ended:
                    break
        finally:
            stream.close()
        bad = int(self._state[edge_lines.BAD])
        if bad:
            first_bad = int(self._state[edge_lines.FIRST_BAD])
            self._edges.notes.append(
                f"left out {bad:,} line{'s' * (bad > 1)} of {self._name} that are no edges, the "
                f"first is line {first_bad}"
            )

    @property
    def _name(self) -> str:
        return self._file.display_name

    def _head(self, data: bytes) -> Head:
        if not self._file.is_plain:
            _check_head(data[:HEAD_BYTES], self._name)
        return read_head(data, self._name, self._header, self._unweighted)

    def _take(self, text: bytes, skipped: list[tuple[int, int]]) -> None:
        """Read the edges of some whole lines."""
        size = len(text)
        data = np.full((size + PADDING + 15) & ~7, 32, np.uint8)
        data[:size] = np.frombuffer(text, np.uint8)
        for begin, end in skipped:
            data[begin:end] = 32
        state = self._state
        line, bad = int(state[edge_lines.LINE]), int(state[edge_lines.BAD])
        state[edge_lines.POSITION] = 0
        if self.columns == WEIGHTED and self._weights.size < size // 4 + 1:
            self._weights = np.empty(size // 4 + 1, np.float32)  # "a b 1" and a line end
        with np.errstate(over="ignore"):  # plain Python would warn of weights that are refused
            count = read_lines(data, size, self.columns, self._drop, self._weights, state)
        if state[edge_lines.BAD] > bad and not self._drop:
            raise self._wrong_line(text)
        if self._numbers.size < size + 2:
            self._numbers = np.empty(size + 2, np.int32)
        table = self._edges.table
        filled = table.tokenize(data, 0, size, size, NO_LIMIT, self._numbers, 0)
        invalid = table.counters().first_invalid
        if invalid is not None:
            # The counter may be of an earlier file, but that one would not have been read to its end.
            at = line + 1 + _line_ends(text[:invalid])
            raise DataError(
                f"{self._name}, line {at}: the name of a node is not UTF-8; convert the file: {TO_UTF8}"
            )
        source, target = np.empty(count, np.int32), np.empty(count, np.int32)
        made = pair_up(self._numbers, filled, source, target)
        assert made == count
        weights = self._weights[: count if self.columns == WEIGHTED else 0].copy()
        if count:
            self._edges.pieces.append((source, target, weights))

    def _wrong_line(self, text: bytes) -> DataError:
        """Return the error for the first wrong line."""
        state = self._state
        status, number = int(state[edge_lines.FIRST_STATUS]), int(state[edge_lines.FIRST_BAD])
        stop = int(state[edge_lines.POSITION])
        lines = text[max(0, stop - _PIECE_BYTES) : stop].splitlines()
        line = lines[-1] if lines else b""
        shown = line[:_SHOWN].decode("utf-8", "replace") + ("..." if len(line) > _SHOWN else "")
        place = f"{self._name}, line {number} ({shown!r}): "
        drop = f"or leave such lines out: {choice('bad_rows', 'drop')}"
        ignore = f"or ignore weights: {named('unweighted', True)}"
        problems = {
            edge_lines.TOO_FEW: f"an edge has two nodes; complete the line, {drop}",
            edge_lines.TOO_MANY: (
                "more columns than in the first line; correct it, or read the first two of all lines: "
                f"{named('unweighted', True)}"
            ),
            edge_lines.NO_WEIGHT: f"no weight, which the first line has; add it, {ignore}",
            edge_lines.NO_NUMBER: f"the weight is not a number; correct it, {ignore}",
            edge_lines.NOT_POSITIVE: (
                f"a weight must be positive and finite; leave out such edges, {ignore}"
            ),
            edge_lines.TOO_LONG: (
                f"a name of more than {MAX_TOKEN_BYTES} bytes; separate the columns by blanks, {drop}"
            ),
            edge_lines.CONTROL: f"it holds a control character; remove it, {drop}",
            edge_lines.EMPTY: f"a column is empty; complete the line, {drop}",
        }
        return DataError(place + problems[status])


def _line_ends(text: bytes) -> int:
    """Return how many lines end in a text."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
