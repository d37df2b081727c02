"""How the files of a corpus are understood: text, tables or graphs, and how text is split."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from w2vneg.corpus.addresses import file_name
from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES
from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.errors import UsageError, suggest
from w2vneg.system.option_names import choice, either, named

#: Suffixes of tables, by format.
TABLE_SUFFIXES = {
    "csv": (".csv",),
    "tsv": (".tsv", ".tab"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "parquet": (".parquet", ".pq"),
    "arrow": (".arrow", ".feather", ".ipc"),
}
#: The format of the edges of a graph, and suffixes of files of them.
EDGES = "edges"
EDGE_SUFFIXES = (".edges", ".edgelist", ".mtx")
FORMATS = ("text", *TABLE_SUFFIXES, EDGES)
BAD_ROWS = ("fail", "drop")

#: Tokenizers by name, with what they do.
TOKENIZERS = {
    "whitespace": "at blanks",
    "unicode": "letters, marks and digits, without punctuation",
    "jieba": "Chinese",
    "icu": "words of any language by dictionaries and rules",
    "chars": "each character",
}

#: Defaults of a training where groups of rows or walks are sentences: what is frequent in them is no
#: noise, and what is rare is still wanted.
SESSION_DEFAULTS = {"sample": 0.0, "min_count": 1}
#: Of DeepWalk (Perozzi et al., KDD 2014) and node2vec (Grover and Leskovec, KDD 2016).
_WALK_WINDOW = 10


@dataclass(frozen=True)
class InputOptions:
    """How the files of a corpus are read.

    Parameters
    ----------
    format : str, optional
        ``"text"``, a key of `TABLE_SUFFIXES`, or ``"edges"``, for a graph. Default: what the suffix
        says.
    column : str, optional
        The column of a table that holds the text, lists of words, or, with `group`, one word a row.
    group : str, optional
        The rows with the same value in this column are one sentence.
    order : str, optional
        Numbers or dates that order the rows of a group. Default: their order in the table.
    bad_rows : {"fail", "drop"}
        What happens to rows that cannot be used.
    header : bool
        Whether the first row of CSV or TSV holds the names of the columns. Otherwise they are
        called ``"1"``, ``"2"``, ...
    quotes : bool
        Whether quotes enclose fields of CSV or TSV; otherwise they are characters like any other.
    tokenizer : str
        A key of `TOKENIZERS`: how text is split into words.
    lower, nfc : bool
        Convert text to lower case, and to Unicode's normal form C.
    walks : WalkOptions, optional
        How sentences are made of a graph.

    Raises
    ------
    UsageError
        A value is not allowed, or two do not go together.
    """

    format: str | None = None
    column: str | None = None
    group: str | None = None
    order: str | None = None
    bad_rows: str = "fail"
    header: bool = True
    quotes: bool = True
    tokenizer: str = "whitespace"
    lower: bool = False
    nfc: bool = False
    walks: WalkOptions | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("format", "text" if self.format is None else self.format, FORMATS),
            ("bad_rows", self.bad_rows, BAD_ROWS),
            ("tokenizer", self.tokenizer, tuple(TOKENIZERS)),
        ):
            if value not in known:
                raise UsageError(f"{named(name, value)}: {suggest(str(value), list(known))}")
        if self.format == EDGES:
            self._check_edges()
        elif self.walks is not None and (self.format is not None or self.column is not None):
            raise UsageError(
                f"{named('walks')} and its options make walks on a graph; add {choice('format', EDGES)}"
            )
        if self.order is not None and self.group is None:
            raise UsageError(
                f"{named('order')} orders the rows of a group; name its column with {named('group')}"
            )
        if self.group is not None and self.column is None:
            raise UsageError(
                f"{named('group')} makes a sentence of the rows of a group; name the column of the "
                f"words with {named('column')}"
            )
        if self.column is not None and self.format == "text":
            raise UsageError(
                f"{choice('format', 'text')} has no columns; leave out {named('column')}, or "
                f"{named('format')}"
            )
        if self.group is not None and self.tokenizer != "whitespace":
            raise UsageError(
                f"with {named('group')} each row is one word; leave out {named('tokenizer')}"
            )

    def _check_edges(self) -> None:
        """Refuse what has no effect on the edges of a graph; complete the options of walks."""
        default = InputOptions()
        for name in ("column", "group", "order", "quotes", "tokenizer", "lower", "nfc"):
            value = getattr(self, name)
            if value != getattr(default, name):
                shown = either("--no-quotes", "quotes=") if name == "quotes" else named(name)
                raise UsageError(
                    f"{shown} has no effect on the edges of a graph ({choice('format', EDGES)}); "
                    "leave it out"
                )
        if self.walks is None:
            object.__setattr__(self, "walks", WalkOptions())

    def for_files(self, paths: Iterable[str | os.PathLike[str]]) -> InputOptions:
        """Return the options for some files: the format is set if they are edges by their names.

        Raises
        ------
        UsageError
            Only some of them are, or an option has no effect on edges.
        """
        if self.format is not None or self.column is not None:
            return self
        names = [os.fspath(path) for path in paths]
        are_edges = [_suffix(name) in EDGE_SUFFIXES for name in names]
        if not any(are_edges):
            if self.walks is not None:
                raise UsageError(
                    f"{named('walks')} and its options make walks on a graph; add "
                    f"{choice('format', EDGES)}"
                )
            return self
        if not all(are_edges):
            edges, other = names[are_edges.index(True)], names[are_edges.index(False)]
            raise UsageError(
                f"{edges} holds the edges of a graph by its name, {other} does not; if both do, add "
                f"{choice('format', EDGES)}, if both are text, {choice('format', 'text')}"
            )
        return replace(self, format=EDGES)

    @property
    def prepares(self) -> bool:
        """Whether text is changed before it is split at white space."""
        return self.tokenizer != "whitespace" or self.lower or self.nfc

    def table_format(self, path: str) -> str | None:
        """Return the format of a file if it is read as a table, by its name; None: as text."""
        if self.format is not None:
            return None if self.format in ("text", EDGES) else self.format
        return suffix_format(path)

    def training_defaults(self) -> dict[str, Any]:
        """Return the options of a training whose defaults are others for what these options read.

        Walks have the window of DeepWalk and node2vec, single edges that of two words.
        """
        if self.walks is not None:
            return {**SESSION_DEFAULTS, "window": 1 if self.walks.is_line else _WALK_WINDOW}
        return dict(SESSION_DEFAULTS) if self.group is not None else {}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> InputOptions:
        """Return the options that ``dataclasses.asdict`` made a dict of."""
        walks = values["walks"]
        return cls(**{**values, "walks": None if walks is None else WalkOptions(**walks)})

    def given(self) -> dict[str, Any]:
        """Return the options that differ from their defaults, those of walks among them."""
        found = self.cache_fields()
        if found.pop("walks", None) is not None:
            usual = asdict(WalkOptions())
            own = asdict(self.walks) if self.walks is not None else {}
            found |= {name: value for name, value in own.items() if value != usual[name]}
        return found

    def cache_fields(self) -> dict[str, Any]:
        """Return what differs from the default, for the key of the cache."""
        default = asdict(InputOptions())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


def suffix_format(path: str) -> str | None:
    """Return the format of a table that the suffix of a name says, that of a compression aside."""
    suffix = _suffix(path)
    return next((name for name, known in TABLE_SUFFIXES.items() if suffix in known), None)


def _suffix(path: str) -> str:
    """Return the suffix of a name in lower case, that of a compression aside."""
    stem, suffix = os.path.splitext(file_name(path))
    if suffix.lower() in COMPRESSED_SUFFIXES:
        suffix = os.path.splitext(stem)[1]
    return suffix.lower()


def without_suffix(path: str) -> str:
    """Return a path without the suffix of a table or of the edges of a graph."""
    stem, suffix = os.path.splitext(path)
    known = (*TABLE_SUFFIXES.values(), EDGE_SUFFIXES)
    return stem if any(suffix.lower() in suffixes for suffixes in known) else path
