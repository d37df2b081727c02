"""MediaWiki dumps to sentences: lower case, words of letters only, a sentence a line."""

from __future__ import annotations

import bz2
import gzip
import os
import re
import unicodedata
from collections.abc import Iterator
from typing import IO, Any
from xml.etree import ElementTree

from w2vneg.errors import DataError, UsageError
from w2vneg.files import atomic_write
from w2vneg.interrupt import StopFlag
from w2vneg.progress import Progress

_TABLE = re.compile(r"\{\|(?:(?!\{\|).)*?\|\}", re.DOTALL)
_NESTED_TABLES = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[^\W\d_a-z])|\n+")
# What a reader of the article does not see as a sentence: list items, tables, templates, headings.
_NO_PROSE = re.compile(r"^\s*(?:[*#:;|!={}<]|\d+px\b|thumb\b|__)|^\s*$")
_FEWEST_WORDS = 4


class _Letters(dict[int, int | str]):
    """Translates what is neither letter nor mark (vowel signs, accents) to a blank."""

    def __missing__(self, code: int) -> int | str:
        kept = unicodedata.category(chr(code))[0] in "LM"
        self[code] = code if kept else " "
        return self[code]


_LETTERS = _Letters()
_ARTICLES = "0"


def article_texts(dump: IO[bytes], name: str) -> Iterator[str]:
    """Yield the wikitext of each article of a MediaWiki dump; redirects are left out.

    Raises
    ------
    DataError
        If the XML is damaged: names the place.
    """
    title = namespace = ""
    try:
        for event, element in ElementTree.iterparse(dump, events=("start", "end")):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                continue
            if tag == "ns":
                namespace = element.text or ""
            elif tag == "title":
                title = element.text or ""
            elif tag == "text":
                text = element.text or ""
                if namespace in ("", _ARTICLES) and not text.lstrip().lower().startswith(
                    "#redirect"
                ):
                    yield text
            elif tag == "page":
                element.clear()
    except (ElementTree.ParseError, EOFError, OSError) as error:
        # enwik9 is cut in the middle of a page: everything before it is good.
        if "no element found" in str(error) or "unclosed" in str(error):
            return
        raise DataError(f"{name}: damaged dump after article {title!r}: {error}") from None


def sentences(wikitext: str) -> Iterator[str]:
    """Yield the sentences of an article as lower-case words of letters, joined by blanks."""
    from gensim.corpora.wikicorpus import filter_wiki

    for _ in range(_NESTED_TABLES):  # from the inside out
        wikitext = _TABLE.sub("", wikitext)
    for paragraph in filter_wiki(wikitext).split("\n"):
        if _NO_PROSE.match(paragraph):
            continue
        for sentence in _SENTENCE_END.split(paragraph):
            words = sentence.lower().translate(_LETTERS).split()
            if len(words) >= _FEWEST_WORDS:
                yield " ".join(words)


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
        What was written.

    Raises
    ------
    UsageError, DataError, OutputError
        No such file; damaged or no dump; the output cannot be written.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    words = count = 0
    try:
        raw = open(source, "rb")
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}; check the path") from None
    with raw:
        progress.start("cleaning", os.fstat(raw.fileno()).st_size or None, "bytes")
        head = raw.read(4)
        raw.seek(0)
        dump: Any = raw
        if head.startswith(b"BZh"):
            dump = bz2.open(raw)
        elif head.startswith(b"\x1f\x8b"):
            dump = gzip.open(raw)
        with atomic_write(target) as out:
            for text in article_texts(dump, os.fspath(source)):
                stop.check(f"cleaning {source}")
                for sentence in sentences(text):
                    out.write(sentence.encode("utf-8") + b"\n")
                    words += sentence.count(" ") + 1
                    count += 1
                progress.update(raw.tell())
            if count == 0:
                raise DataError(f"{source} holds no articles; give a MediaWiki XML dump")
    progress.finish()
    return words, count
