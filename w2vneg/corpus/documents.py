"""The words of documents from Python, split as sentences are in a training."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.sentences import sentence_source
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS
from w2vneg.errors import UsageError

_WORD = re.compile(f"[^{SEPARATOR_CLASS}]+".encode())
_END = object()


def document_words(
    documents: Iterable[Any], *, tokenizer: Tokenizer | None = None, column: Any = None
) -> Iterator[list[str]]:
    """Yield the words of each document, none of one that is blank.

    Parameters
    ----------
    documents : iterable
        Of strings or of iterables of words.
    tokenizer : callable, optional
        Splits documents that are strings. Default: at white space.
    column : object, optional
        Read this column of a table.

    Raises
    ------
    UsageError
        If `documents` is a string, or a document is neither a string nor an iterable of words.
    """
    if isinstance(documents, str):
        raise UsageError("the documents are one string; give a list of documents: [text]")
    if column is None and not hasattr(documents, "columns"):
        rest = iter(documents)
        first: Any = next(rest, _END)
        documents = () if first is _END else itertools.chain([first], rest)
        if not isinstance(first, str):
            tokenizer = None
    source = sentence_source(documents, tokenizer=tokenizer, column=column)
    for number, document in enumerate(source.sentences):
        line = source.line(number, document)
        yield [word.decode("utf-8") for word in _WORD.findall(line)]
