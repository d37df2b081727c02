"""The sample corpus: the piece of Wikipedia that gensim's wheel carries for its tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from w2vneg.datasets.wikitext import clean_dump
from w2vneg.errors import DataError, OutputError
from w2vneg.evaluation.testsets import bundled_folder
from w2vneg.system.cache_dir import cache_folder
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

NAME = "wiki-sample.txt"
_DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"


def sample_place() -> Path:
    """Return where the sample belongs: ``corpora/`` of a checkout, else the cache folder.

    Raises
    ------
    OutputError
        If neither can be written.
    """
    checkout = Path(__file__).resolve().parents[2]
    folder = checkout / "corpora"
    if (checkout / "pyproject.toml").is_file() and os.access(folder, os.W_OK):
        return folder / NAME
    cached = cache_folder("samples")
    if cached is None:
        raise OutputError("no folder for the sample corpus can be written; set W2VNEG_CACHE_DIR")
    return cached / NAME


def make_sample(
    path: str | os.PathLike[str], *, progress: Progress | None = None, stop: StopFlag | None = None
) -> tuple[int, int]:
    """Write the sample corpus; return its words and sentences.

    The same gensim gives the same bytes.
    """
    dump = bundled_folder() / _DUMP
    if not dump.is_file():
        raise DataError(f"the installed gensim lacks {_DUMP}; name a corpus of your own")
    return clean_dump(dump, path, progress=progress, stop=stop)


def sample_corpus(
    path: str | os.PathLike[str] | None = None, *, note: Callable[[str], None] | None = None
) -> Path:
    """Return the sample corpus, made if it is not there yet."""
    place = Path(path) if path is not None else sample_place()
    if not place.is_file():
        words, _ = make_sample(place)
        if note is not None:
            note(f"no corpus given: made a sample of Wikipedia, {words:,} words, in {place}")
    elif note is not None:
        note(f"no corpus given: using the sample of Wikipedia in {place}")
    return place
