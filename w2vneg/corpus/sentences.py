"""Sentences from Python, presented as a file of the corpus."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from w2vneg.corpus.columns import cells_of, column_of
from w2vneg.corpus.foreign_objects import quoted, refuse_foreign
from w2vneg.corpus.sentence_lines import Tokenizer, line_of_text, line_of_tokens, line_of_words
from w2vneg.corpus.sources import CorpusFile
from w2vneg.corpus.streams import ByteStream
from w2vneg.errors import DataError, UsageError, W2vnegError
from w2vneg.system.atomic_files import atomic_write
from w2vneg.system.interrupt import StopFlag

_NAME = "the sentences"
_END = object()
_Result = TypeVar("_Result")
_PIECE_BYTES = 1 << 20

#: A sentence and its number as a line of text.
_Line = Callable[[int, Any], bytes]


class CallerError(BaseException):
    """Carries an exception of the caller's code past the handlers of this package.

    It is no `Exception`, so that it is taken neither for a failure to write a file nor for a lack
    of memory or threads; `w2vneg.corpus.encode` raises the exception itself again.

    Parameters
    ----------
    error : Exception
        What the caller's code raised.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def raising_callers_errors(function: Callable[[], _Result]) -> _Result:
    """Return what a function returns; for a `CallerError`, raise what it carries, unchanged."""
    try:
        return function()
    except CallerError as carrier:
        error = carrier.error
    raise error  # here, so that it is not raised while another one is handled


@dataclass(frozen=True)
class SentenceSource(CorpusFile):
    """A corpus file that reads sentences (see `sentence_source`); it can be read once.

    Attributes
    ----------
    sentences : iterable
        Of strings or of iterables of words.
    line : callable
        Turns the number of a sentence and the sentence into a line.
    """

    path: str = _NAME
    format: str = "sentences"
    sentences: Iterable[Any] = ()
    line: _Line = line_of_words

    @property
    def is_text(self) -> bool:
        """Whether the words are separated here, as in a text file."""
        return self.line is line_of_text

    @property
    def is_of_caller(self) -> bool:
        """Whether reading it runs code of the caller: that of the iterator."""
        return True

    def open(self, stop: StopFlag) -> ByteStream:
        """Return the sentences as text, one a line; `stop` ends it between two sentences."""
        return _SentenceStream(self.sentences, self.line, stop)


def sentence_source(
    corpus: Any, *, tokenizer: Tokenizer | None = None, column: Any = None
) -> SentenceSource:
    """Return the sentences of an iterable as a file of the corpus.

    Parameters
    ----------
    corpus : iterable
        Read once, in the calling thread. Its first element decides whether sentences are strings
        or iterables of words.
    tokenizer : callable, optional
        Splits sentences that are strings. Default: at white space, as in a text file.
    column : object, optional
        Read this column of a table, a data set or an iterable of dicts.

    Raises
    ------
    UsageError
        The corpus is no iterable of sentences, there is no such column, or the tokenizer would
        have nothing to split.
    """
    if tokenizer is not None and not callable(tokenizer):
        raise UsageError("tokenizer= must be a function from a string to a list of words")
    if isinstance(corpus, str):
        raise UsageError("the sentences are one string; give a list of sentences: [corpus]")
    if column is not None:
        cells: Iterable[Any] = column_of(corpus, column)
    else:
        refuse_foreign(corpus)
        cells = cells_of(corpus)
    sentences: Iterator[Any] = iter(cells)
    first = next(sentences, _END)
    if first is not _END:
        sentences = itertools.chain([first], sentences)
    if tokenizer is None and column is None:
        _refuse_path(first)
    line: _Line = line_of_words
    if isinstance(first, str):
        line = line_of_text
        if tokenizer is not None:
            line = functools.partial(line_of_tokens, tokenizer=tokenizer)
    elif tokenizer is not None and first is not _END:
        raise UsageError(
            "the sentences are split into words already; leave out tokenizer=, lower= and nfc=, or give "
            "strings"
        )
    return SentenceSource(sentences=sentences, line=line)


def write_sentences(source: SentenceSource, path: str | os.PathLike[str], stop: StopFlag) -> None:
    """Write sentences as a text file that is read as they are.

    Parameters
    ----------
    source : SentenceSource
        Read once.
    path : str or path
        Replaced when all have been written.
    stop : StopFlag
        Ends it between two sentences.

    Raises
    ------
    UsageError, DataError
        A sentence cannot be used; there are no words.
    OutputError
        The file cannot be written.
    Exception
        Whatever the iterable, a sentence or the tokenizer raises.
    """
    stream = source.open(stop)

    def write() -> None:
        with atomic_write(path) as file:
            while data := stream.read(_PIECE_BYTES):
                file.write(data)

    raising_callers_errors(write)


def _refuse_path(first: Any) -> None:
    """Raise `UsageError` if the first sentence is a path."""
    if isinstance(first, os.PathLike) or (isinstance(first, str) and os.path.exists(first)):
        raise UsageError(
            f"the first sentence, {quoted(first)}, is the path of a file; give paths as a list: "
            "list(corpus), sentences as lists of words: (s.split() for s in corpus)"
        )


class _SentenceStream:
    """Sentences as bytes of text, one a line."""

    path = _NAME

    def __init__(self, sentences: Iterable[Any], line: _Line, stop: StopFlag) -> None:
        self._sentences = enumerate(sentences)
        self._line = line
        self._stop = stop
        # The line end keeps a first word that begins with U+FEFF from being taken for a byte
        # order mark.
        self._ready = bytearray(b"\n")
        self._read = 0
        self._is_blank = True

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end.

        Raises
        ------
        UsageError
            Naming the first sentence that cannot be used.
        DataError
            There are no words.
        CallerError
            The iterator, a sentence or the tokenizer raised an exception.
        """
        try:
            while len(self._ready) < size:
                self._stop.check("reading the corpus")
                pair = next(self._sentences, None)
                if pair is None:
                    break
                self._ready += self._line(*pair)
        except W2vnegError:
            raise
        except Exception as error:
            raise CallerError(error) from None
        data = bytes(self._ready[:size])
        del self._ready[:size]
        self._read += len(data)
        self._is_blank = self._is_blank and data.isspace()
        if len(data) < size and self._is_blank:
            raise DataError(
                f"no tokens in {_NAME}: there are none, or they are empty; an iterator gives its "
                "sentences only once"
            )
        return data

    def position(self) -> int:
        """Return how many bytes were read."""
        return self._read

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
