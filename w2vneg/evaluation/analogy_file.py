"""Files of analogy questions: questions-words, MSR and BATS."""

from __future__ import annotations

import os
import re
from pathlib import Path

from w2vneg.errors import DataError
from w2vneg.evaluation.items import AnalogySet, NotATestSet, Section, assign_kinds
from w2vneg.evaluation.lines import read_lines, split_line
from w2vneg.system.option_names import named

#: Every two pairs of a BATS file make a question; those files have 50 pairs.
_MOST_PAIRS = 1000
#: The fourth of five columns in the MSR file: parts of speech.
_MSR_TAG = re.compile(r"[A-Z]+\$?_[A-Z]+\$?", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]*[.,]?[0-9]+", re.ASCII)
_RATED_PAIR = re.compile(r"\S+?[\s;,]+\S+?[\s;,]+[+-]?[0-9]+([.,][0-9]+)?")

_Line = tuple[int, str]
_Question = tuple[str, str, str, str]


def read_analogies(path: str | os.PathLike[str]) -> AnalogySet:
    """Read a file of analogy questions.

    Three forms are read:

    - questions-words: four words per line; a line ``: NAME`` starts a section. Sections with the
      same name are merged. Questions without a heading become one section, named after the file.
    - MSR as published: five columns, of which the fourth is the name of a section.
    - BATS as published: two columns, a word and its counterpart; where several counterparts are
      right, they are separated by ``/``. Every ordered pair of lines makes a question: the first
      counterpart of the first line is part of the question, and any counterpart of the second line
      is a right answer.

    Blanks separate the words; tabs, semicolons or commas do where they make four fields. Fields
    may be quoted as in csv. Blank lines are ignored; other lines that are no question are counted
    as skipped.

    Raises
    ------
    NotATestSet
        If no line is a question.
    DataError
        If a line can be read in two ways, or the pairs are too many.
    """
    lines = [(n, line.strip()) for n, line in enumerate(read_lines(path), 1) if line.strip()]
    if any(line.startswith(":") for _, line in lines):
        return _from_questions(path, lines)
    msr = [_msr_columns(line) for _, line in lines]
    if 2 * sum(columns is not None for columns in msr) > len(lines):
        return _from_msr(path, [(n, columns) for (n, _), columns in zip(lines, msr, strict=True)])
    tabs = all(line.count("\t") == 1 for _, line in lines)
    ambiguous = [n for n, line in lines if line.count("\t") == 1 and len(line.split()) == 4]
    pairs = [(n, _two_columns(line)) for n, line in lines]
    four = sum(_four_words(line) is not None for _, line in lines)
    of_two = sum(pair is not None for _, pair in pairs) - len(ambiguous)
    if ambiguous and not (tabs and of_two) and 2 * max(four, of_two) >= len(lines):
        raise DataError(
            f"{path}, line {ambiguous[0]}: are these two columns or four words? join the words of "
            "a column with _, or separate all four words by spaces"
        )
    if of_two > four or (tabs and of_two):
        _refuse_mixture(path, lines)
        return _from_pairs(path, pairs)
    return _from_questions(path, lines)


def _refuse_mixture(path: str | os.PathLike[str], lines: list[_Line]) -> None:
    """Raise `DataError` if questions of four words stand among pairs; comments may."""
    for number, line in lines:
        if "\t" not in line and not line.startswith("#") and _four_words(line) is not None:
            raise DataError(
                f"{path}, line {number}: a question of four words, where most lines hold pairs; "
                "move one kind to a file of its own"
            )


def _from_questions(path: str | os.PathLike[str], lines: list[_Line]) -> AnalogySet:
    name = Path(path).stem
    sections: dict[str, Section] = {}
    section: Section | None = None
    headings: set[str] = set()
    skipped: list[int] = []
    ratings = 0
    for number, line in lines:
        words = _four_words(line)
        if line.startswith(":"):
            if words is not None and not line[1].isspace():
                raise DataError(
                    f"{path}, line {number}: a heading or a question? write a space after the "
                    "colon of a heading; remove a question that begins with a colon"
                )
            heading = line.lstrip(": ").strip()
            section = sections.setdefault(heading, Section(heading))
            headings.add(heading)
            continue
        if words is not None:
            into = section or sections.setdefault(name, Section(name))
            into.questions.append(words)
            ratings += _is_rated(words)
        else:
            skipped.append(number)
    count = sum(len(s.questions) for s in sections.values())
    rated = sum(_RATED_PAIR.fullmatch(line) is not None for _, line in lines)
    if not count and 2 * rated < len(lines):
        raise NotATestSet(f"{path} has no analogy questions: expected four words per line")
    if not count or 2 * ratings > count:
        raise NotATestSet(
            f"{path} has no analogy questions but word pairs with ratings; give it to "
            f"{named('similarity')}"
        )
    assign_kinds([s for s in sections.values() if s.name in headings])
    return AnalogySet(name, list(sections.values()), len(skipped), skipped[0] if skipped else 0)


def _from_msr(
    path: str | os.PathLike[str], columns: list[tuple[int, tuple[str, _Question] | None]]
) -> AnalogySet:
    sections: dict[str, Section] = {}
    for tag, words in (found for _, found in columns if found is not None):
        sections.setdefault(tag, Section(tag)).questions.append(words)
    skipped = [number for number, found in columns if found is None]
    return AnalogySet(
        Path(path).stem, list(sections.values()), len(skipped), skipped[0] if skipped else 0
    )


def _from_pairs(
    path: str | os.PathLike[str], pairs: list[tuple[int, tuple[str, list[str]] | None]]
) -> AnalogySet:
    name = Path(path).stem
    good = [pair for _, pair in pairs if pair is not None]
    skipped = [number for number, pair in pairs if pair is None]
    if sum(bool(_NUMBER.fullmatch(answers[0])) for _, answers in good) * 2 > len(good):
        raise NotATestSet(
            f"{path} has no analogy questions: its second column holds numbers, expected words"
        )
    if len(good) < 2 or len(good) <= len(skipped):
        raise NotATestSet(
            f"{path} has no analogy questions: expected four words per line, or two columns in two "
            "lines or more"
        )
    if len(good) > _MOST_PAIRS:
        raise DataError(
            f"{path} has {len(good)} pairs of words, which make {len(good) * (len(good) - 1)} "
            f"questions; split it into files of at most {_MOST_PAIRS} lines"
        )
    section = Section(name)
    for i, (a, counterparts) in enumerate(good):
        for j, (c, answers) in enumerate(good):
            if i != j:
                section.questions.append((a, counterparts[0], c, answers[0]))
                section.alternatives.append(tuple(answers[1:]))
    return AnalogySet(name, [section], len(skipped), skipped[0] if skipped else 0)


def _two_columns(line: str) -> tuple[str, list[str]] | None:
    """Return a word and its counterparts if a line has two columns."""
    fields = split_line(line, "\t") if "\t" in line else None
    if fields is None or len(fields) != 2:
        fields = split_line(line, " ")
    if fields is None or len(fields) != 2 or not all(fields):
        return None
    answers = [part.strip() for part in fields[1].split("/") if part.strip()]
    # A slash may be the word itself.
    return fields[0], list(dict.fromkeys(answers)) or [fields[1]]


def _four_words(line: str) -> _Question | None:
    """Return the words of a question, None if a line is not one."""
    for separator in " \t;,":
        if separator != " " and separator not in line:
            continue
        if separator == " " and (_is_list(line, ",") or _is_list(line, ";")):
            continue  # "a, b, c, d"
        words = split_line(line, separator)
        if words is not None and len(words) == 4 and all(words):
            return words[0], words[1], words[2], words[3]
    return None


def _is_list(line: str, separator: str) -> bool:
    words = line.split(separator)
    return len(words) == 4 and all(len(word.split()) == 1 for word in words)


def _is_rated(words: _Question) -> bool:
    numbers = [bool(_NUMBER.fullmatch(word)) for word in words[:3]]
    return numbers == [False, False, True]


def _msr_columns(line: str) -> tuple[str, _Question] | None:
    words = line.split()
    if len(words) != 5 or not _MSR_TAG.fullmatch(words[3]):
        return None
    return words[3], (words[0], words[1], words[2], words[4])
