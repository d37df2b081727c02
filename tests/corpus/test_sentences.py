"""Sentences from Python: whatever they come in, they give the corpus of a text file."""

from __future__ import annotations

import collections
import itertools
import os
import subprocess
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.naive_encoding import sentences_of

from w2vneg import SkipGram
from w2vneg.corpus.block_feed import BlockFeed
from w2vneg.corpus.encode import encode, encode_sentences
from w2vneg.errors import Interrupted, UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.system.cache_dir import cache_folder
from w2vneg.system.interrupt import StopFlag

LINES = ["the cat sat on the mat", "the dog sat", "a naïve 日本 cat", "one", ""] * 3
WORDS = [line.split() for line in LINES]


class Corpus:
    """Can be iterated any number of times."""

    def __iter__(self) -> Iterator[list[str]]:
        return iter(WORDS)


class Numbered:
    """Has no ``__iter__``."""

    def __getitem__(self, number: int) -> list[str]:
        return WORDS[number]


CONTAINERS: dict[str, Callable[[], Any]] = {
    "list": lambda: WORDS,
    "tuples": lambda: tuple(map(tuple, WORDS)),
    "generator": lambda: (words for words in WORDS),
    "generators": lambda: (iter(words) for words in WORDS),
    "map": lambda: map(str.split, LINES),
    "class": Corpus,
    "items by number": Numbered,
    "deque": lambda: collections.deque(WORDS),
    "values": lambda: dict(enumerate(WORDS)).values(),
    "chain": lambda: itertools.chain(WORDS[:2], WORDS[2:]),
    "array of lists": lambda: np.array(WORDS, dtype=object),
    "arrays": lambda: [np.array(words) for words in WORDS],
    "array of strings": lambda: np.array(LINES),
    "strings": lambda: LINES,
    "lines": lambda: (line + "\n" for line in LINES),
    "white space in strings": lambda: [f"\t{line}\r\n ".replace(" ", " \n\x1f") for line in LINES],
}


def fingerprint(sentences: Any, **options: Any) -> str:
    with encode_sentences(sentences, min_count=1, **options) as corpus:
        return corpus.fingerprint


def words_of(sentences: Any, **options: Any) -> list[list[str]]:
    """Return the sentences of the encoded corpus."""
    with encode_sentences(sentences, min_count=1, **options) as corpus:
        return [[corpus.vocabulary.words[i] for i in s] for s in sentences_of(corpus)]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def unfinished() -> Callable[[], list[str]]:
    """Return the names of the work folders of corpora, and of threads that are still running."""

    def names() -> list[str]:
        folder = cache_folder("corpora")
        assert folder is not None
        threads = [thread.name for thread in threading.enumerate()]
        return [path.name for path in folder.glob(f"new-*-{os.getpid()}-*")] + [
            name for name in threads if name.startswith("w2vneg")
        ]

    return names


@pytest.mark.parametrize("container", CONTAINERS)
def test_equals_text_file(text: Path, container: str) -> None:
    # gensim issues 2934, 320, 1130 and 319
    with encode([text], min_count=1, cache=False) as corpus:
        expected = corpus.fingerprint
    assert fingerprint(CONTAINERS[container]()) == expected
    assert fingerprint(CONTAINERS[container](), threads=1) == expected


def test_equals_text_file_if_open(text: Path) -> None:
    for opened in (open(text, encoding="utf-8"), open(text, encoding="utf-8", newline="")):
        with opened, encode([text], min_count=1, cache=False) as corpus:
            assert fingerprint(opened) == corpus.fingerprint


@pytest.mark.once
def test_many_blocks_equal_text_file(tmp_path: Path) -> None:
    lines = [f"w{i % 997} w{i % 13} v{i % 7919}" for i in range(200_000)]
    (tmp_path / "corpus.txt").write_text("\n".join(lines))
    with encode([tmp_path / "corpus.txt"], cache=False) as corpus:
        expected = corpus.fingerprint
    for threads in (1, 2, 3):
        with encode_sentences((line.split() for line in lines), threads=threads) as corpus:
            assert corpus.fingerprint == expected


@pytest.mark.skipif(INTERPRETED, reason="runs whole trainings")
def test_vectors_equal_those_of_text_file(text: Path) -> None:
    def vectors(corpus: Any, **how: Any) -> bytes:
        model = SkipGram(dim=12, min_count=1, epochs=2, threads=1, sample=0)
        return model.fit(corpus, **how).vectors.matrix.tobytes()

    expected = vectors(text, cache=False)
    for container in ("generator", "strings", "class", "array of lists"):
        assert vectors(CONTAINERS[container]()) == expected
    assert vectors(({"line": line} for line in LINES), column="line") == expected
    assert vectors(LINES, tokenizer=str.split) == expected
    assert vectors([str(text)], cache=False) == vectors((text,), cache=False) == expected


class TestWords:
    def test_whole_numbers_are_words(self) -> None:
        expected = [["1", "-2", "30"], ["4", "a"]]
        assert words_of([[1, -2, 30], [4, "a"]]) == expected
        assert words_of([np.array([1, -2, 30]), [np.int64(4), "a"]]) == expected
        assert words_of([[np.uint8(1), -2, np.int16(30)], iter([np.array(4), "a"])]) == expected
        assert words_of(np.arange(6).reshape(2, 3)) == [["0", "1", "2"], ["3", "4", "5"]]

    def test_kinds_of_strings_are_words(self) -> None:
        class Fruit(str, Enum):
            APPLE = "apple"

        assert words_of([[np.str_("pear"), Fruit.APPLE, 7]]) == [["pear", "apple", "7"]]

    @pytest.mark.parametrize(
        ("word", "problem"),
        [
            (None, "a missing value"),
            (float("nan"), "a missing value"),
            (1.5, "str or int"),
            (True, "str or int"),
            (b"the", r"word\.decode\(\)"),
            (["the"], "inner list"),
            (np.arange(2), "inner list"),
            (object(), "str or int"),
            ("new york", "with _"),
            ("", "is empty"),
            ("a\x00", "white space"),
            ("\udc80", "surrogate"),
        ],
    )
    def test_other_words_are_refused_in_one_line(self, word: object, problem: str) -> None:
        with pytest.raises(UsageError, match=f"^sentence 1: .*{problem}") as caught:
            encode_sentences([["fine"], ["fine", word]])
        assert "\n" not in str(caught.value)
        with pytest.raises(UsageError, match=problem):
            encode_sentences([["fine", 1], ["fine", 1, word]])

    def test_control_characters_separate_words_of_strings(self) -> None:
        assert words_of(["a\x00b\x01" * 100, "c"]) == [["a", "b"] * 100, ["c"]]

    def test_byte_order_mark_is_removed_from_text_only(self) -> None:
        assert words_of(["\ufeffa b", "\ufeffa"]) == [["a", "b"], ["a"]]
        assert words_of([["\ufeffa", "b"]]) == [["\ufeffa", "b"]]


class TestTokenizer:
    def test_splits_strings(self) -> None:
        assert words_of(["ab", "c"], tokenizer=list) == [["a", "b"], ["c"]]
        assert words_of(iter(["ab"]), tokenizer=lambda s: (ord(c) for c in s)) == [["97", "98"]]

    def test_white_space_that_it_returns_is_left_out(self) -> None:
        assert words_of(["a b\t c\n"], tokenizer=lambda s: list(s)) == [["a", "b", "c"]]
        assert words_of(["a  b\n"], tokenizer=lambda s: s.split(" ")) == [["a", "b"]]
        with pytest.raises(UsageError, match="with _"):
            encode_sentences(["a b"], tokenizer=lambda s: [s])

    @pytest.mark.parametrize("result", ["string", None, 3, {"a": 1}, b"bytes"])
    def test_must_return_words(self, result: object) -> None:
        with pytest.raises(UsageError, match=r"the tokenizer made .* as str\.split does"):
            encode_sentences(["a b"], tokenizer=lambda s: result)  # type: ignore[arg-type,return-value]

    def test_is_refused_where_it_has_no_effect(self, text: Path) -> None:
        with pytest.raises(UsageError, match="leave out tokenizer=, lower="):
            encode_sentences(WORDS, tokenizer=str.split)
        with pytest.raises(UsageError, match="must be a function"):
            encode_sentences(LINES, tokenizer="split")  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=r'open\(path, encoding="utf-8"\)'):
            SkipGram().fit(text, tokenizer=str.split)


class TestCallersCode:
    def test_runs_in_the_calling_thread(self) -> None:
        threads = set()

        def sentences() -> Iterator[list[str]]:
            for _ in range(60_000):
                threads.add(threading.get_ident())
                yield ["a", "longer", "sentence", "of", "words"]

        encode_sentences(sentences(), threads=3).close()
        assert threads == {threading.get_ident()}

    @pytest.mark.parametrize(
        "error",
        [
            OSError(28, "No space left on device"),
            ConnectionError("reset"),
            MemoryError("theirs"),
            RuntimeError("can't start new thread"),
            TypeError("'int' object is not iterable"),
            ValueError("any"),
            KeyError("any"),
        ],
        ids=repr,
    )
    @pytest.mark.parametrize("after", [0, 3, pytest.param(100_000, marks=pytest.mark.once)])
    def test_exception_of_iterator_is_unchanged(
        self, unfinished: Callable[[], list[str]], error: Exception, after: int
    ) -> None:
        def failing() -> Iterator[list[str]]:
            yield from itertools.repeat(["a", "sentence", "of", "words"], after)
            raise error

        with pytest.raises(type(error)) as caught:
            encode_sentences(failing())
        assert caught.value is error
        assert error.__cause__ is error.__context__ is None
        assert traceback.extract_tb(error.__traceback__)[-1].name == "failing"
        assert unfinished() == []
        error.__traceback__ = None

    def test_exception_of_sentence_is_unchanged(self) -> None:
        def sentence() -> Iterator[str]:
            yield "a"
            raise TypeError("theirs")

        with pytest.raises(TypeError, match="theirs"):
            encode_sentences(sentence() for _ in range(3))

    def test_exception_of_tokenizer_keeps_its_cause(self) -> None:
        def tokenizer(text: str) -> list[str]:
            try:
                return [{}[text]]
            except KeyError as error:
                raise OSError("no model") from error

        with pytest.raises(OSError, match="no model") as caught:
            encode_sentences(["a b"], tokenizer=tokenizer)
        assert isinstance(caught.value.__cause__, KeyError)

    def test_model_is_unchanged_by_an_exception(self) -> None:
        model = SkipGram(min_count=1)
        with pytest.raises(ZeroDivisionError):
            model.fit([str(1 // n)] for n in (1, 0))
        assert model.vocabulary is None
        assert model.manifest == {}

    def test_endless_iterator_ends_at_max_tokens(self) -> None:
        endless = itertools.repeat(["a", "b"])
        with encode_sentences(endless, max_tokens=1000) as corpus:
            assert corpus.report.tokens_read == 1000

    def test_stop_flag_ends_endless_iterator(self) -> None:
        stop = StopFlag()

        def sentences() -> Iterator[list[str]]:
            for number in itertools.count():
                yield ["a", "b"]
                if number == 1000:
                    stop.set()

        with pytest.raises(Interrupted, match="reading the corpus"):
            encode_sentences(sentences(), stop=stop)


def test_feed_reads_a_few_batches_ahead() -> None:
    class Reader:
        given = 0

        def take(self) -> tuple[int, list[Any]] | None:
            self.given += 1
            return (self.given, []) if self.given <= 20 else None

    reader = Reader()
    feed = BlockFeed(reader, ahead=2)  # type: ignore[arg-type]
    taken = []

    def consume() -> None:
        while (batch := feed.take()) is not None:
            taken.append(batch[0])
            assert reader.given <= len(taken) + 3

    thread = threading.Thread(target=consume)
    thread.start()
    feed.read_all(lambda: None)
    thread.join()
    assert taken == list(range(1, 21))
    feed.end()
    assert feed.take() is None


PEAK = textwrap.dedent(
    """
    import resource, sys
    from w2vneg.corpus.encode import encode_sentences
    sentence = [f"word{i}" for i in range(20)]
    encode_sentences(list(sentence) for _ in range(int(sys.argv[1]))).close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
)


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.skipif(INTERPRETED or sys.platform != "linux", reason="measures memory in KB")
def test_memory_does_not_grow_with_the_length() -> None:
    def peak(sentences: int) -> int:
        script = [sys.executable, "-c", PEAK, str(sentences)]
        ended = subprocess.run(script, capture_output=True, check=True, timeout=120)
        return int(ended.stdout)

    # The longer one has 90 MB of text.
    assert peak(500_000) < peak(50_000) + 20_000
