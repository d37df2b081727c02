"""Files of gensim's test data: the standard test sets, and articles for the sample corpus.

They come with gensim. Where it is not installed, they are downloaded to the cache when they are
needed, from the tag of gensim's repository that has the same bytes as its wheel.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from w2vneg.errors import DataError, OutputError
from w2vneg.system.cache_dir import cache_folder
from w2vneg.system.download import fetch
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

#: Where the files are downloaded from.
ADDRESS = "https://raw.githubusercontent.com/piskvorky/gensim/4.4.0/gensim/test/test_data/"


@dataclass(frozen=True)
class StandardFile:
    """A file of gensim's test data.

    Attributes
    ----------
    name : str
    size : int
        In bytes.
    sha256 : str
        Checksum in hexadecimal.
    """

    name: str
    size: int
    sha256: str


QUESTIONS_WORDS = StandardFile(
    "questions-words.txt",
    603_955,
    "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
)
WORDSIM353 = StandardFile(
    "wordsim353.tsv", 7_186, "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d"
)
SIMLEX999 = StandardFile(
    "simlex999.txt", 18_126, "d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d"
)
ARTICLES = StandardFile(
    "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
    1_695_871,
    "a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d",
)


def gensim_test_data() -> Path | None:
    """Return the folder of test data of the installed gensim, without importing gensim.

    None if gensim is not installed.
    """
    spec = importlib.util.find_spec("gensim")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "test" / "test_data"


def standard_file(
    file: StandardFile, *, progress: Progress | None = None, stop: StopFlag | None = None
) -> Path:
    """Return the path of a file, which is downloaded if neither gensim nor the cache has it.

    Parameters
    ----------
    file : StandardFile
    progress, stop
        Progress reporter and stop flag of the download.

    Raises
    ------
    DataError
        If it cannot be downloaded.
    OutputError
        If the cache cannot be written.
    Interrupted
        If `stop` was set.
    """
    folder = gensim_test_data()
    if folder is not None and (folder / file.name).is_file():
        return folder / file.name
    cache = cache_folder("standard")
    if cache is None:
        raise OutputError(f"no folder for {file.name} can be written; set W2VNEG_CACHE_DIR")
    path = cache / file.name
    if path.is_file() and path.stat().st_size == file.size:  # the download checked the rest
        return path
    path.unlink(missing_ok=True)
    progress = progress or Progress()
    progress.note(f"gensim is not installed: {file.name} is downloaded to {cache}")
    try:
        return fetch(
            ADDRESS + file.name,
            path,
            size=file.size,
            sha256=file.sha256,
            progress=progress,
            stop=stop,
        )
    except DataError as error:
        raise DataError(
            f"{file.name} comes with gensim, which is not installed, and cannot be downloaded: "
            f"{error}; or give a file of your own"
        ) from None
