"""What a corpus given in Python is: paths of files, or sentences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from w2vneg.corpus.addresses import is_address
from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES
from w2vneg.corpus.foreign_objects import quoted
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.sentences import SentenceSource, sentence_source
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS, TEXT_SUFFIXES
from w2vneg.corpus.tokenizers import splitter
from w2vneg.errors import UsageError

_SEPARATOR = re.compile(f"[{SEPARATOR_CLASS}]")
#: So many strings are looked up in the file system, which takes a few microseconds each.
_CHECKED = 10_000
#: Longer strings are cut in messages.
_QUOTED = 80


@dataclass(frozen=True)
class Paths:
    """Files, folders and streams, whatever their names look like and whether they exist or not.

    Attributes
    ----------
    paths : sequence of str or path
    """

    paths: Sequence[str | os.PathLike[str]]


#: What a corpus may be in Python.
Corpus = str | os.PathLike[str] | Paths | Iterable[Any]


@dataclass(frozen=True)
class Sentences:
    """Sentences, and what the user should know about how they were understood.

    Attributes
    ----------
    source : SentenceSource
    notes : list of str
        One line each.
    """

    source: SentenceSource
    notes: list[str]


def understand(
    corpus: Any,
    *,
    tokenizer: Tokenizer | str | None = None,
    column: Any = None,
    group: str | None = None,
    order: str | None = None,
    input: InputOptions | None = None,
) -> tuple[Paths | Sentences, InputOptions]:
    """Return what a corpus is, and how its files are read.

    Parameters
    ----------
    corpus, tokenizer, column, group, order, input
        See `w2vneg.model.SkipGram.fit`; `Paths` and `Sentences` are returned as they are.

    Raises
    ------
    UsageError
        As `paths_or_sentences`.
    """
    if isinstance(corpus, Sentences):
        return corpus, input or InputOptions()
    name = tokenizer if isinstance(tokenizer, str) else None
    reading = input or InputOptions(
        column=column if isinstance(column, str) else None,
        group=group,
        order=order,
        tokenizer=name or "whitespace",
    )
    function = None if isinstance(tokenizer, str) else tokenizer
    return paths_or_sentences(corpus, tokenizer=function, column=column, input=reading), reading


def paths_or_sentences(
    corpus: Any,
    *,
    tokenizer: Tokenizer | None = None,
    column: Any = None,
    input: InputOptions | None = None,
) -> Paths | Sentences:
    """Return what a corpus is.

    One string is a path, and so is every ``os.PathLike``. The strings of a list or tuple are paths
    if all of them exist, and sentences if none does or a tokenizer is given. The strings of any
    other iterable, such as an open file, are sentences.

    Parameters
    ----------
    corpus : object
        A path, several paths, sentences, or `Paths`.
    tokenizer : callable, optional
        Splits sentences that are strings; not for files.
    column : object, optional
        See `w2vneg.corpus.sentences.sentence_source`; or a column of the files, if it is a string.
    input : InputOptions, optional
        How files are read; its tokenizer also splits sentences that are strings.

    Raises
    ------
    UsageError
        The corpus is neither, or can be understood in two ways; `tokenizer` is given with paths, or
        a group without.
    """
    notes: list[str] = []
    paths = _paths(corpus)
    strings = isinstance(corpus, list | tuple) and isinstance(
        next(iter(corpus), None), str | os.PathLike
    )
    if paths is None and isinstance(corpus, list | tuple) and (column is None or strings):
        paths = _listed_paths(corpus, tokenizer)
        if paths is None and tokenizer is None and column is None and isinstance(corpus[0], str):
            notes.append(
                "the strings of the corpus are read as sentences, since none of them "
                f"({len(corpus):,}) is the path of a file"
            )
    if paths is None and input is not None and input.group is not None:
        raise UsageError(
            "group= and order= are for tables in files; for a table in memory give its groups: "
            "frame.sort_values(order).groupby(group)[column].agg(list)"
        )
    if paths is None and tokenizer is None and input is not None and input.prepares:
        tokenizer = splitter(input)
    if paths is None:
        return Sentences(sentence_source(corpus, tokenizer=tokenizer, column=column), notes)
    if tokenizer is not None:
        raise UsageError(
            "a function as tokenizer= splits strings, not files; name a tokenizer, or give the "
            'lines of the file: open(path, encoding="utf-8")'
        )
    if column is not None and not isinstance(column, str):
        raise UsageError(f"column={column!r}: the columns of files have names; give a string")
    return paths


def _paths(corpus: Any) -> Paths | None:
    """Return a corpus that is one path, or `Paths`; None if it is something else."""
    if isinstance(corpus, Paths):
        return corpus
    if not isinstance(corpus, str | os.PathLike):
        return None
    if isinstance(corpus, str) and _SEPARATOR.search(corpus) and not os.path.exists(corpus):
        raise UsageError(
            f"no such file: {_short(corpus)}; one string is a path, for a text give its lines: "
            "corpus.splitlines()"
        )
    return Paths([corpus])


def _listed_paths(corpus: Sequence[Any], tokenizer: Tokenizer | None) -> Paths | None:
    """Return the paths in a list; None if it holds sentences."""
    if not corpus:
        raise UsageError("the corpus is empty; give paths, or sentences, each a list of words")
    first: Any = corpus[0]
    if not isinstance(first, str | os.PathLike):
        return None
    paths = sum(isinstance(element, os.PathLike) for element in corpus)
    strings = sum(isinstance(element, str) for element in corpus)
    if paths and paths + strings == len(corpus):
        return Paths(corpus)
    if paths:
        raise UsageError(
            f"{quoted(next(p for p in corpus if isinstance(p, os.PathLike)))} is the path of a file, "
            "other elements are sentences; give paths alone, or sentences alone"
        )
    if strings < len(corpus):  # a mixture, which is refused as it is read
        return None
    checked = corpus[:_CHECKED]
    missing = [text for text in checked if not _exists(text)]
    if not missing:
        return Paths(corpus)
    if len(missing) < len(checked):
        if tokenizer is not None:
            return None
        found = next(text for text in checked if _exists(text))
        raise UsageError(
            f"{_short(found)} is a file and {_short(missing[0])} is not; correct it if these are "
            "paths, or give sentences as lists of words: [s.split() for s in corpus]"
        )
    if all(_is_named_like_file(text) for text in corpus):
        raise UsageError(f"no such file: {_short(str(first))}; check the path")
    if tokenizer is None and not any(_SEPARATOR.search(text.strip()) for text in corpus):
        raise UsageError(
            f"{_short(str(first))} is neither a file nor a sentence of several words; if the corpus "
            "is one sentence, give a list that holds it: [corpus]; if these are sentences without "
            "blanks, give the tokenizer= that splits them"
        )
    return None


def _exists(path: str) -> bool:
    return path == "-" or is_address(path) or os.path.exists(path)


def _is_named_like_file(text: str) -> bool:
    """Return whether a string without a line end has the suffix of a text file."""
    suffix = os.path.splitext(text)[1].lower()
    return suffix in (*TEXT_SUFFIXES, *COMPRESSED_SUFFIXES)


def _short(text: str) -> str:
    return quoted(text) if len(text) > _QUOTED else repr(text)
