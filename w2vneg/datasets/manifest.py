"""The list of corpora that can be downloaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

from w2vneg.errors import UsageError, suggest


@dataclass(frozen=True)
class Entry:
    """A corpus that can be downloaded.

    Attributes
    ----------
    name, address, file : str
        Name on the command line, URL, and name of the downloaded file.
    bytes : int or None
        Exact size of the download; None if it is unknown or changes.
    sha256 : str or None
        None if there is no published checksum.
    download, words, language, license, what : str
        For people: size of the download, size of the corpus, its language, its license, and what
        it is.
    clean : str
        How to turn the download into a corpus.
    """

    name: str
    address: str
    file: str
    bytes: int | None
    sha256: str | None
    download: str
    words: str
    language: str
    license: str
    what: str
    clean: str


def entries() -> list[Entry]:
    """Return all corpora in the manifest."""
    text = files("w2vneg.datasets").joinpath("manifest.json").read_text(encoding="utf-8")
    return [Entry(name=name, **content) for name, content in json.loads(text).items()]


def entry(name: str) -> Entry:
    """Return the corpus of a name.

    Raises
    ------
    UsageError
        If there is no such corpus; the message suggests similar names.
    """
    known = {item.name: item for item in entries()}
    if name not in known:
        raise UsageError(f"no corpus {name!r}; {suggest(name, list(known))}")
    return known[name]
