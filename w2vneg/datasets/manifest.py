"""The list of corpora that can be downloaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

from w2vneg.errors import UsageError, suggest


@dataclass(frozen=True)
class Entry:
    """One corpus: where it is and what it is.

    Attributes
    ----------
    bytes : int or None
        Exact size of the download; None where it is not known or changes.
    download : str
        Size of the download for people.
    sha256 : str or None
        None where no published checksum is known.
    clean : str
        How the download becomes a corpus.
    """

    name: str
    address: str
    file: str
    bytes: int | None
    sha256: str | None
    download: str
    words: str
    language: str
    licence: str
    what: str
    clean: str


def entries() -> list[Entry]:
    """Return all corpora of the manifest."""
    text = files("w2vneg.datasets").joinpath("manifest.json").read_text(encoding="utf-8")
    return [Entry(name=name, **content) for name, content in json.loads(text).items()]


def entry(name: str) -> Entry:
    """Return one corpus.

    Raises
    ------
    UsageError
        If there is none of this name; the message has near ones.
    """
    known = {item.name: item for item in entries()}
    if name not in known:
        raise UsageError(f"no corpus {name!r}; {suggest(name, list(known))}")
    return known[name]
