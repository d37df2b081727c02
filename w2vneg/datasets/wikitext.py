"""MediaWiki dumps to sentences: lower case, words of letters only, one sentence per line."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import os
import re
import unicodedata
import zlib
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from w2vneg.corpus.file_kinds import TAR, ZIP, recognize_kind
from w2vneg.corpus.text_bytes import HEAD_BYTES
from w2vneg.datasets.markup import plain_text
from w2vneg.errors import DataError, UsageError, counted, reason
from w2vneg.system.atomic_files import atomic_write
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[^\W\d_a-z])|\n+")
# Paragraphs that are no prose: list items, tables, templates, headings.
_NO_PROSE = re.compile(r"^\s*(?:[*#:;|!={}<]|\d+px\b|thumb\b|__)|^\s*$")
_MIN_WORDS = 4


_READ_BYTES = 1 << 16
#: Characters: four times MediaWiki's default limit for an article.
_MAX_ARTICLE = 1 << 23


class _Letters(dict[int, int | str]):
    """Translates everything but letters and marks (vowel signs, accents) to spaces."""

    def __missing__(self, code: int) -> int | str:
        kept = unicodedata.category(chr(code))[0] in "LM"
        self[code] = code if kept else " "
        return self[code]


_LETTERS = _Letters()
_ARTICLES = "0"


class _Articles:
    """Handles the parser's events; holds no more of a dump than the text of one article."""

    def __init__(self, parser: Any) -> None:
        self.done: list[str] = []
        self.title = self.namespace = ""
        self.skipped = 0
        self._inside = ""
        self._parts: list[str] = []
        self._size = 0
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse_entities

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name in ("title", "ns", "text"):
            self._inside, self._parts, self._size = name, [], 0

    def _text(self, text: str) -> None:
        self._size += len(text)
        if self._inside and self._size <= _MAX_ARTICLE:
            self._parts.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name != self._inside:
            return
        text, self._inside = "".join(self._parts), ""
        if name == "title":
            self.title = text
        elif name == "ns":
            self.namespace = text
        elif self._size > _MAX_ARTICLE:
            self.skipped += 1
        elif self.namespace in ("", _ARTICLES) and not text.lstrip().lower().startswith(
            "#redirect"
        ):
            self.done.append(text)

    def _refuse_entities(self, *declared: Any) -> None:
        # A few lines of entities can expand to gigabytes; dumps have none.
        raise ValueError("it declares a document type, as no MediaWiki dump does")


def article_texts(dump: IO[bytes], name: str) -> Iterator[str | None]:
    """Yield the wikitext of each article of a MediaWiki dump; redirects are skipped.

    Parameters
    ----------
    dump : binary file
    name : str
        What error messages call it.

    Yields
    ------
    str or None
        None for an article that is larger than MediaWiki allows.

    Raises
    ------
    DataError
        If the XML is damaged; names the article before.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    articles = _Articles(parser)
    fed = 0
    try:
        while data := dump.read(_READ_BYTES):
            fed += len(data)
            parser.Parse(data, False)
            if fed - parser.CurrentByteIndex > _MAX_ARTICLE:
                raise ValueError(f"a tag has no end within {_MAX_ARTICLE >> 20} MB")
            yield from [None] * articles.skipped
            yield from articles.done
            articles.skipped, articles.done = 0, []
        # Damage was detected above. A missing end is none: enwik9 is cut in the middle of a page,
        # and everything before it is sound.
        with contextlib.suppress(expat.ExpatError):
            parser.Parse(b"", True)
    except (expat.ExpatError, EOFError, OSError, zlib.error, ValueError, LookupError) as error:
        if isinstance(error, expat.ExpatError | ValueError) and not articles.title:
            raise DataError(
                f"{name}: not a MediaWiki dump ({error}); give one such as FILE-pages-articles.xml.bz2"
            ) from None
        raise DataError(
            f"{name}: damaged dump after article {articles.title[:100]!r}: {error}; get it again"
        ) from None


def sentences(wikitext: str) -> Iterator[str]:
    """Yield the sentences of an article as lower-case words of letters, joined by spaces."""
    yield from prose(plain_text(wikitext))


def prose(plain: str) -> Iterator[str]:
    """Yield the sentences of a text without markup; lists, headings and short lines are left out."""
    for paragraph in plain.split("\n"):
        if _NO_PROSE.match(paragraph):
            continue
        for sentence in _SENTENCE_END.split(paragraph):
            words = sentence.lower().translate(_LETTERS).split()
            if len(words) >= _MIN_WORDS:
                yield " ".join(words)


def _refuse_known(head: bytes, source: str | os.PathLike[str]) -> None:
    """Raise `DataError` for an archive, and for a file that w2vneg wrote."""
    kind = recognize_kind(head)
    if kind is not None and (kind.is_output or kind in (TAR, ZIP)):
        raise DataError(
            f"{source} is {kind.name}, not a MediaWiki dump; give one such as "
            "FILE-pages-articles.xml.bz2"
        )


def clean_dump(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> tuple[int, int]:
    """Turn a MediaWiki dump (plain, bzip2 or gzip) into a corpus, atomically, in one pass.

    Returns
    -------
    words, sentences : int
        Numbers written.

    Raises
    ------
    UsageError, DataError, OutputError
        The dump cannot be read; it is damaged or no dump; the output cannot be written.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    words = count = skipped = 0
    try:
        raw = open(source, "rb")
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {source}: {reason(error)}; check the path") from None
    with raw:
        if os.path.exists(target) and os.path.samestat(os.stat(target), os.fstat(raw.fileno())):
            raise UsageError(f"{target} is the dump itself; choose another output")
        if raw.seekable():
            _refuse_known(raw.read(HEAD_BYTES), source)
            raw.seek(0)
        progress.start("cleaning", os.fstat(raw.fileno()).st_size or None, "bytes")
        head = raw.peek(4)
        dump: Any = raw
        if head.startswith(b"BZh"):
            dump = bz2.open(raw)
        elif head.startswith(b"\x1f\x8b"):
            dump = gzip.open(raw)
        with atomic_write(target) as out:
            for text in article_texts(dump, os.fspath(source)):
                stop.check(f"cleaning {source}")
                skipped += text is None
                for sentence in sentences(text or ""):
                    out.write(sentence.encode("utf-8") + b"\n")
                    words += sentence.count(" ") + 1
                    count += 1
                if raw.seekable():
                    progress.update(raw.tell())
            if count == 0:
                raise DataError(f"{source} has no articles; give a MediaWiki XML dump")
    progress.finish()
    if skipped:
        articles = counted(skipped, "article")
        progress.note(f"{articles} skipped: too long")
    return words, count
