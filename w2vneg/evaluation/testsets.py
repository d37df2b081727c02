"""Test sets: analogy questions, word pairs with human ratings, and the standard files of both."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from w2vneg.errors import DataError, UsageError, reason
from w2vneg.vectors.vector_file import input_mode

_ANALOGIES = ("questions-words.txt",)
_SIMILARITY = ("wordsim353.tsv", "simlex999.txt")
_LARGEST = 1 << 26
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


@dataclass
class Section:
    """Analogy questions under one heading; a question is four words."""

    name: str
    questions: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``syntactic`` for sections whose name begins with "gram", else ``semantic``."""
        return "syntactic" if self.name.startswith("gram") else "semantic"


@dataclass
class AnalogySet:
    """A file of analogy questions.

    Attributes
    ----------
    name : str
    sections : list of Section
    skipped_lines : int
        Lines that are no questions.
    """

    name: str
    sections: list[Section]
    skipped_lines: int


@dataclass
class SimilaritySet:
    """A file of word pairs with human ratings.

    Attributes
    ----------
    name : str
    pairs : list of (word, word, rating)
    skipped_lines : int
        Lines that are no pairs.
    """

    name: str
    pairs: list[tuple[str, str, float]]
    skipped_lines: int


def gensim_test_data() -> Path:
    """Return the folder of test data of the installed gensim, without importing gensim.

    Raises
    ------
    UsageError
        If gensim is not installed.
    """
    spec = importlib.util.find_spec("gensim")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "the standard test sets come with gensim, which is not installed; give a file"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "test" / "test_data"


def default_analogies() -> list[Path]:
    """Return the paths of the analogy files that come with gensim."""
    return [gensim_test_data() / name for name in _ANALOGIES]


def default_similarity() -> list[Path]:
    """Return the paths of the similarity files that come with gensim."""
    return [gensim_test_data() / name for name in _SIMILARITY]


def expand(paths: list[str]) -> list[Path]:
    """Replace folders with the visible files in them, sorted by name; drop duplicates.

    Raises
    ------
    UsageError
        If a path does not exist or a folder has no files.
    DataError
        If a folder cannot be read.
    """
    files: list[Path] = []
    for name in paths:
        path = Path(name)
        if stat.S_ISDIR(input_mode(name)):
            try:
                inside = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".")
            except OSError as error:
                raise DataError(f"cannot read {name}: {reason(error)}; give a file") from None
            if not inside:
                raise UsageError(f"folder {name} has no files; give a test set")
            files += inside
        else:
            files.append(path)
    return list(dict.fromkeys(files))


def distinct_names(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return a distinct name for each file: its stem, or the whole path if others share the stem."""
    stems = [Path(path).stem for path in paths]
    counts = Counter(stems)
    return [
        stem if counts[stem] == 1 else os.fspath(path)
        for stem, path in zip(stems, paths, strict=True)
    ]


def read_analogies(path: str | os.PathLike[str]) -> AnalogySet:
    """Read questions of four words per line; a line ``: NAME`` starts a section.

    A file without sections (the MSR format) becomes one section named after the file. Blank lines
    are ignored; other lines that are not four words are counted as skipped. Sections with the same
    name are merged.

    Raises
    ------
    DataError
        If no line is a question.
    """
    name = Path(path).stem
    sections: dict[str, Section] = {}
    section: Section | None = None
    skipped = 0
    for line in _lines(path):
        if line.startswith(":"):
            heading = line.lstrip(": ").strip()
            section = sections.setdefault(heading, Section(heading))
            continue
        words = line.split()
        if not words:
            continue
        if len(words) != 4:
            skipped += 1
            continue
        if section is None:
            section = sections.setdefault(name, Section(name))
        section.questions.append((words[0], words[1], words[2], words[3]))
    if not any(section.questions for section in sections.values()):
        raise DataError(f"{path} has no analogy questions: expected four words per line")
    return AnalogySet(name, list(sections.values()), skipped)


def read_similarity(path: str | os.PathLike[str]) -> SimilaritySet:
    """Read lines of word, word, rating, separated by a tab, semicolon, comma or spaces.

    Words may contain spaces unless spaces separate the columns, and ratings a decimal comma unless
    commas do. The rating is in the third column, or else in the first later column that has
    numbers: SimLex-999 as published has the part of speech in the third. Blank lines and lines
    that start with ``#`` are ignored; other lines without a rating, such as a header, are counted
    as skipped.

    Raises
    ------
    DataError
        If no line is a pair.
    """
    rows = [_fields(line) for line in _lines(path) if line.strip() and not line.startswith("#")]
    column = _rating_column(rows)
    pairs = []
    for row in rows:
        if len(row) > column and row[0] and row[1] and _NUMBER.fullmatch(row[column]):
            rating = float(row[column])
            if math.isfinite(rating):
                pairs.append((row[0], row[1], rating))
    if not pairs:
        raise DataError(f"{path} has no word pairs: expected word, word, rating per line")
    return SimilaritySet(Path(path).stem, pairs, len(rows) - len(pairs))


def _fields(line: str) -> list[str]:
    """Split a line at the separator it uses; decimal commas of ratings become points."""
    for separator in "\t;,":
        fields = [part.strip().strip('"') for part in line.strip().split(separator)]
        if len(fields) > 2 or (separator in "\t;" and len(fields) > 1):
            break
    else:
        fields = line.split()
        separator = " "
    if separator != ",":
        fields[2:] = [field.replace(",", ".") for field in fields[2:]]
    return fields


def _rating_column(rows: list[list[str]]) -> int:
    """Return the first column from the third on with numbers in most rows, else the third."""
    numbers = Counter(
        column
        for row in rows
        for column, field in enumerate(row)
        if column >= 2 and _NUMBER.fullmatch(field)
    )
    return min((column for column, n in numbers.items() if 2 * n > len(rows)), default=2)


def _lines(path: str | os.PathLike[str]) -> list[str]:
    if stat.S_ISDIR(input_mode(path)):
        raise UsageError(f"{path} is a folder; give a test set")
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason(error)}; check the path") from None
    if len(data) > _LARGEST:
        raise DataError(f"{path} is larger than {_LARGEST >> 20} MB: it is no test set")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, byte {error.start}: not UTF-8; convert it with iconv") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
