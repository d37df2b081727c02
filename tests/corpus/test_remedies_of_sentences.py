"""Remedies that messages on sentences in memory name are carried out, on the same corpus, and work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from w2vneg.corpus.encode import encode, encode_sentences
from w2vneg.corpus.paths_or_sentences import Paths, paths_or_sentences
from w2vneg.corpus.sources import list_sources
from w2vneg.errors import UsageError

WORDS = [["the", "king"], ["the", "queen"]] * 3


def words_of(corpus: Any, **options: Any) -> list[str]:
    """Return the vocabulary of a corpus as `SkipGram.fit` reads it."""
    given = paths_or_sentences(corpus, **options)
    if isinstance(given, Paths):
        with encode(given.paths, min_count=1, cache=False) as encoded:
            return list(encoded.vocabulary.words)
    with encode_sentences(given.source, min_count=1) as encoded:
        return list(encoded.vocabulary.words)


#: What is given, words of the message, and what it says to give.
CASES: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "white space in a word": (
        [["new york", "b"]], "replace it, for example with _",
        lambda corpus: [[word.replace(" ", "_") for word in s] for s in corpus],
    ),
    "empty word": (
        [["", "b"], ["b"]], "is empty or contains white space; replace it",
        lambda corpus: [[word or "_" for word in s] for s in corpus],
    ),
    "string among lists": (
        [["a", "b"], "c d"], "split it: sentence.split()",
        lambda corpus: [s.split() if isinstance(s, str) else s for s in corpus],
    ),
    "list among strings": (
        ["a b", ["c", "d"]], "give all sentences as strings, or all as lists of words",
        lambda corpus: [s.split() if isinstance(s, str) else s for s in corpus],
    ),
    "set": (
        [{"a", "b"}], "is a set, which has no order; give sorted(sentence)",
        lambda corpus: [sorted(s) for s in corpus],
    ),
    "half of a surrogate pair in a word": (
        [["a\ud800", "b"]], "half of a surrogate pair, which UTF-8 cannot; replace it",
        lambda corpus: [[w.encode("utf-8", "replace").decode() for w in s] for s in corpus],
    ),
    "half of a surrogate pair in a string": (
        ["a\ud800 b"], "half of a surrogate pair, which UTF-8 cannot; replace it",
        lambda corpus: [s.encode("utf-8", "replace").decode() for s in corpus],
    ),
    "missing sentence": (
        [["a", "b"], None], "a missing value; leave it out, as Series.dropna() does",
        lambda corpus: [s for s in corpus if s is not None],
    ),
    "bytes": (
        [[b"a", b"b"]], "decode it: word.decode()", lambda corpus: [[w.decode() for w in s] for s in corpus],
    ),
    "text as one string": (
        "the king\nthe queen", "for a text give its lines: corpus.splitlines()",
        lambda corpus: corpus.splitlines(),
    ),
    "words of one sentence": (
        ["the", "king"], "if the corpus is one sentence, give a list that holds it: [corpus]",
        lambda corpus: [corpus],
    ),
    "numbers and sentences": (
        list(enumerate(WORDS)), "give the lists alone: (sentence for _, sentence in corpus)",
        lambda corpus: (sentence for _, sentence in corpus),
    ),
    "sentences of sentences": (
        [WORDS, WORDS], "itertools.chain.from_iterable(corpus)", lambda corpus: [s for part in corpus for s in part],
    ),
    "dict of sentences": (
        {"a": ["b", "c"]}, "if its values are sentences, give corpus.values()", lambda corpus: corpus.values(),
    ),
    "text in bytes": (
        b"the king\nthe queen", "corpus.decode().splitlines()", lambda corpus: corpus.decode().splitlines(),
    ),
    "nothing": ([], "give paths, or sentences, each a list of words", lambda corpus: WORDS),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_remedy_works(case: str) -> None:
    wrong, words, right = CASES[case]
    with pytest.raises(UsageError) as caught:
        words_of(wrong)
    assert words in str(caught.value)
    assert words_of(right(wrong))


def test_dicts_are_read_with_a_column() -> None:
    rows = [{"text": "the king", "n": 1}]
    with pytest.raises(UsageError, match="is a dict; name what to read: column='text' or 'n'"):
        words_of(rows)
    assert words_of(rows, column="text") == ["king", "the"]


def test_words_are_given_without_a_tokenizer() -> None:
    with pytest.raises(UsageError, match="leave out tokenizer=, lower= and nfc=, or give strings"):
        words_of(WORDS, tokenizer=str.split)
    assert words_of(WORDS) == ["the", "king", "queen"]
    assert words_of([" ".join(s) for s in WORDS], tokenizer=str.split) == ["the", "king", "queen"]


def test_paths_and_sentences_are_given_apart(tmp_path: Path) -> None:
    text = tmp_path / "c.txt"
    text.write_text("the king\n")
    for mixed in ([text, ["a", "b"]], [["a", "b"], text]):
        with pytest.raises(UsageError, match="give paths alone, or sentences alone"):
            words_of(mixed)
    assert words_of([text]) == ["king", "the"]
    assert words_of([["a", "b"]]) == ["a", "b"]
    with pytest.raises(UsageError, match="no corpus given; name a text file, a folder, or -"):
        list_sources([])
