"""The sample corpus: the piece of Wikipedia that comes with gensim for its tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from w2vneg.datasets.wikitext import clean_dump
from w2vneg.errors import OutputError
from w2vneg.evaluation.standard_files import ARTICLES, standard_file
from w2vneg.system.cache_dir import cache_folder
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

NAME = "wiki-sample.txt"


def sample_path() -> Path:
    """Return the default path of the sample: in ``corpora/`` of a checkout, else in the cache.

    Raises
    ------
    OutputError
        If neither folder can be written.
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
    """Write the sample corpus, always the same bytes.

    The articles are downloaded if gensim is not installed.

    Returns
    -------
    words, sentences : int

    Raises
    ------
    DataError, OutputError
        If the articles cannot be downloaded, or the file cannot be written.
    """
    dump = standard_file(ARTICLES, progress=progress, stop=stop)
    return clean_dump(dump, path, progress=progress, stop=stop)


def sample_corpus(
    path: str | os.PathLike[str] | None = None,
    *,
    note: Callable[[str], None] | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Path:
    """Return the path of the sample corpus, which is made if it does not exist.

    Parameters
    ----------
    path : str or path, optional
        Default: `sample_path`.
    note : callable, optional
        Receives a line that says which corpus is used.
    progress, stop
        Progress reporter and stop flag.
    """
    target = Path(path) if path is not None else sample_path()
    if not target.is_file():
        words, _ = make_sample(target, progress=progress, stop=stop)
        if note is not None:
            note(f"no corpus given: made a sample of Wikipedia, {words:,} words, in {target}")
    elif note is not None:
        note(f"no corpus given: using the sample of Wikipedia in {target}")
    return target
