"""Corpora to train on: a sample, a list of larger ones to download, and a cleaner for dumps.

The names below are imported when first used, so that the package costs nothing until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.datasets.manifest import Entry, entries, entry
    from w2vneg.datasets.sample import make_sample, sample_corpus
    from w2vneg.datasets.wikitext import clean_dump
    from w2vneg.system.download import fetch

__all__ = [
    "Entry",
    "clean_dump",
    "entries",
    "entry",
    "fetch",
    "make_sample",
    "sample_corpus",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Entry": "manifest",
        "clean_dump": "wikitext",
        "entries": "manifest",
        "entry": "manifest",
        "fetch": ".system.download",
        "make_sample": "sample",
        "sample_corpus": "sample",
    },
)
