"""Items of test sets: analogy questions, word pairs with human ratings, labels of nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from w2vneg.errors import DataError

#: Sections of questions-words without "gram" in their name.
_SEMANTIC = ("capital-common-countries", "capital-world", "currency", "city-in-state", "family")


class NotATestSet(DataError):
    """A file has none of the items that were expected; in a folder it is skipped."""


@dataclass
class Section:
    """Analogy questions under one heading.

    Attributes
    ----------
    name : str
    questions : list of (str, str, str, str)
        a, b, c, d: a is to b as c is to d.
    kind : {"semantic", "syntactic", "other"}
        ``other`` where the file does not say.
    alternatives : list of tuples of str
        Other right answers to each question; empty if no question has any.
    """

    name: str
    questions: list[tuple[str, str, str, str]] = field(default_factory=list)
    kind: str = "other"
    alternatives: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class AnalogySet:
    """A file of analogy questions.

    Attributes
    ----------
    name : str
    sections : list of Section
    skipped_lines : int
        Lines that are no questions.
    first_skipped : int
        Number of the first of them, from 1; 0 if there is none.
    """

    name: str
    sections: list[Section]
    skipped_lines: int
    first_skipped: int = 0


@dataclass
class SimilaritySet:
    """A file of word pairs with human ratings.

    Attributes
    ----------
    name : str
    pairs : list of (word, word, rating)
    skipped_lines : int
        Lines that are no pairs.
    first_skipped : int
        Number of the first of them, from 1; 0 if there is none.
    """

    name: str
    pairs: list[tuple[str, str, float]]
    skipped_lines: int
    first_skipped: int = 0


@dataclass
class LabelSet:
    """Labels of words, such as the nodes of a graph.

    Attributes
    ----------
    name : str
    labels : dict
        Word to its labels, at least one.
    """

    name: str
    labels: dict[str, tuple[str, ...]]


def assign_kinds(sections: list[Section]) -> None:
    """Set the kind of each section from its heading, in place.

    Names that begin with "gram" are syntactic, as in questions-words. Other sections are semantic
    if the file follows this convention: another section begins with "gram", or the name is one of
    questions-words.
    """
    syntactic = [section.name.lower().startswith("gram") for section in sections]
    for section, is_syntactic in zip(sections, syntactic, strict=True):
        if is_syntactic:
            section.kind = "syntactic"
        elif any(syntactic) or section.name in _SEMANTIC:
            section.kind = "semantic"
