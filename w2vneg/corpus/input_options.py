"""How the files of a corpus are understood: as text or tables, and how text is split into words."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

from w2vneg.corpus.addresses import file_name
from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES
from w2vneg.errors import UsageError, suggest
from w2vneg.system.option_names import choice, named

#: Suffixes of tables, by format.
TABLE_SUFFIXES = {
    "csv": (".csv",),
    "tsv": (".tsv", ".tab"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "parquet": (".parquet", ".pq"),
    "arrow": (".arrow", ".feather", ".ipc"),
}
FORMATS = ("text", *TABLE_SUFFIXES)
BAD_ROWS = ("fail", "drop")

#: Tokenizers by name, with what they do.
TOKENIZERS = {
    "whitespace": "at blanks",
    "unicode": "letters, marks and digits, without punctuation",
    "jieba": "Chinese",
    "icu": "words of any language by dictionaries and rules",
    "chars": "each character",
}

#: Defaults of a training where each group of rows is a sentence: what is frequent in sessions is no
#: noise, and what is rare is still wanted.
SESSION_DEFAULTS = {"sample": 0.0, "min_count": 1}


@dataclass(frozen=True)
class InputOptions:
    """How the files of a corpus are read.

    Parameters
    ----------
    format : str, optional
        ``"text"`` or a key of `TABLE_SUFFIXES`. Default: what the suffix says.
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

    def __post_init__(self) -> None:
        for name, value, known in (
            ("format", self.format or "text", FORMATS),
            ("bad_rows", self.bad_rows, BAD_ROWS),
            ("tokenizer", self.tokenizer, tuple(TOKENIZERS)),
        ):
            if value not in known:
                raise UsageError(f"{named(name, value)}: {suggest(str(value), list(known))}")
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

    @property
    def prepares(self) -> bool:
        """Whether text is changed before it is split at white space."""
        return self.tokenizer != "whitespace" or self.lower or self.nfc

    def table_format(self, path: str) -> str | None:
        """Return the format of a file if it is read as a table, by its name; None: as text."""
        if self.format is not None:
            return None if self.format == "text" else self.format
        return suffix_format(path)

    def cache_fields(self) -> dict[str, Any]:
        """Return what differs from the default, for the key of the cache."""
        default = asdict(InputOptions())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


def suffix_format(path: str) -> str | None:
    """Return the format of a table that the suffix of a name says, that of a compression aside."""
    stem, suffix = os.path.splitext(file_name(path))
    if suffix.lower() in COMPRESSED_SUFFIXES:
        suffix = os.path.splitext(stem)[1]
    for name, suffixes in TABLE_SUFFIXES.items():
        if suffix.lower() in suffixes:
            return name
    return None


def without_suffix(path: str) -> str:
    """Return a path without the suffix of a table."""
    stem, suffix = os.path.splitext(path)
    return stem if any(suffix.lower() in known for known in TABLE_SUFFIXES.values()) else path
