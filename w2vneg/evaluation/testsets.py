"""Test sets: where they are, which files of a folder are some, and the standard files."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from w2vneg.errors import DataError, UsageError, reason
from w2vneg.evaluation.analogy_file import read_analogies
from w2vneg.evaluation.items import AnalogySet, NotATestSet, Section, SimilaritySet
from w2vneg.evaluation.similarity_file import read_similarity
from w2vneg.evaluation.standard_files import (
    QUESTIONS_WORDS,
    SIMLEX999,
    WORDSIM353,
    standard_file,
)
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.vectors.vector_file import input_mode

__all__ = [
    "AnalogySet",
    "Found",
    "NotATestSet",
    "Section",
    "SimilaritySet",
    "default_analogies",
    "default_similarity",
    "distinct_names",
    "expand",
    "find_analogies",
    "find_similarity",
    "read_analogies",
    "read_similarity",
]

#: Files beside test sets, by name or suffix; prose may look like questions.
_DOCUMENT_NAMES = {"readme", "license", "licence", "copying", "notice", "authors", "changelog"}
_DOCUMENT_SUFFIXES = {".md", ".rst", ".json", ".yaml", ".yml", ".html", ".xml", ".bib", ".py"}

_Set = TypeVar("_Set", AnalogySet, SimilaritySet)
_Path = str | os.PathLike[str]


@dataclass
class Found(Generic[_Set]):
    """Test sets in files and folders.

    Attributes
    ----------
    paths : list of Path
    sets : list of AnalogySet or of SimilaritySet
        What is in each, with a distinct name.
    skipped : dict
        Files of folders that are no test sets, and why.
    """

    paths: list[Path] = field(default_factory=list)
    sets: list[_Set] = field(default_factory=list)
    skipped: dict[Path, str] = field(default_factory=dict)


def default_analogies(progress: Progress | None = None, stop: StopFlag | None = None) -> list[Path]:
    """Return the paths of the analogy files that come with gensim (see `standard_file`)."""
    return [standard_file(QUESTIONS_WORDS, progress=progress, stop=stop)]


def default_similarity(
    progress: Progress | None = None, stop: StopFlag | None = None
) -> list[Path]:
    """Return the paths of the similarity files that come with gensim (see `standard_file`)."""
    return [standard_file(file, progress=progress, stop=stop) for file in (WORDSIM353, SIMLEX999)]


def expand(paths: Sequence[str]) -> list[Path]:
    """Replace folders with the visible files in them and their sub-folders; drop duplicates.

    Files of a folder are sorted by name and come before those of its sub-folders.

    Raises
    ------
    UsageError
        If a path does not exist or a folder has no files.
    DataError
        If a folder cannot be read.
    """
    files: list[Path] = []
    for name in paths:
        if stat.S_ISDIR(input_mode(name)):
            inside = _files_in(Path(name), set())
            if not inside:
                raise UsageError(f"folder {name} has no files; give a test set")
            files += inside
        else:
            files.append(Path(name))
    return list(dict.fromkeys(files))


def find_analogies(paths: Sequence[_Path]) -> Found[AnalogySet]:
    """Return the analogy files among files and in folders.

    Raises
    ------
    UsageError
        If a path does not exist or a folder has no test set.
    DataError
        If a folder or a test set cannot be read. A file of a folder that is no test set, or most of
        whose lines are no questions, is skipped.
    """
    return _find(paths, read_analogies, lambda s: sum(len(x.questions) for x in s.sections))


def find_similarity(paths: Sequence[_Path]) -> Found[SimilaritySet]:
    """Return the similarity files among files and in folders.

    Raises
    ------
    UsageError, DataError
        See `find_analogies`.
    """
    return _find(paths, read_similarity, lambda s: len(s.pairs))


def passed_over(questions: Found[AnalogySet], pairs: Found[SimilaritySet]) -> dict[Path, str]:
    """Return the files of folders that are no test sets of either kind, and why.

    A folder may be searched for both: each search skips what the other finds.
    """
    every = {**questions.skipped, **pairs.skipped}
    scored = {*questions.paths, *pairs.paths}
    return {path: why for path, why in every.items() if path not in scored}


def distinct_names(paths: Sequence[_Path]) -> list[str]:
    """Return a distinct name for each file: its stem, or the whole path if others share the stem."""
    stems = [Path(path).stem for path in paths]
    counts = Counter(stems)
    return [
        stem if counts[stem] == 1 else os.fspath(path)
        for stem, path in zip(stems, paths, strict=True)
    ]


def _find(
    paths: Sequence[_Path], read: Callable[[_Path], _Set], items: Callable[[_Set], int]
) -> Found[_Set]:
    found: Found[_Set] = Found()
    for given in paths:
        name = os.fspath(given)
        is_folder = stat.S_ISDIR(input_mode(name))
        before = len(found.skipped)
        files = expand([name])
        for path in files:
            if path in found.paths:
                continue
            if is_folder and (why := _is_no_candidate(path)):
                found.skipped[path] = why
                continue
            try:
                one = read(path)
            except NotATestSet as error:
                if not is_folder:
                    raise
                found.skipped[path] = str(error)
                continue
            if is_folder and one.skipped_lines > items(one):
                found.skipped[path] = (
                    f"{path}: most of its lines are no test items; name the file itself to score "
                    "the others"
                )
                continue
            found.paths.append(path)
            found.sets.append(one)
        if len(found.skipped) - before == len(files):
            raise UsageError(f"folder {name} has no test set: {found.skipped[files[0]]}")
    for one, own in zip(found.sets, distinct_names(found.paths), strict=True):
        one.name = own
    return found


def _files_in(folder: Path, seen: set[tuple[int, int]]) -> list[Path]:
    """Return the visible files below a folder; `seen` holds the folders that were searched."""
    try:
        status = folder.stat()
        entries = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    except OSError as error:
        raise DataError(f"cannot read {folder}: {reason(error)}; give a file") from None
    if (status.st_dev, status.st_ino) in seen:  # a link to a folder above
        return []
    seen.add((status.st_dev, status.st_ino))
    files = [path for path in entries if path.is_file() or _leads_nowhere(path)]
    for path in entries:
        if path.is_dir():
            files += _files_in(path, seen)
    return files


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _is_no_candidate(path: Path) -> str:
    """Return why a file of a folder is not read, or nothing."""
    if _leads_nowhere(path):
        return f"{path} is a link that leads nowhere"
    name = path.name.lower()
    if name.split(".")[0] in _DOCUMENT_NAMES or path.suffix.lower() in _DOCUMENT_SUFFIXES:
        return f"{path} is documentation by its name; name the file itself to score it"
    return ""
