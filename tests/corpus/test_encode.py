"""The ingest against a slow oracle, in every form that text comes in."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from helpers.naive_encoding import assert_equal, expected, sentences_of
from helpers.odd_corpora import COMPRESSIONS, PIECES, TEXT, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from w2vneg.corpus.decompress import detect_format
from w2vneg.corpus.encode import encode, encode_sentences
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import (
    DataError,
    UsageError,
    W2vnegError,
)


class TestOracle:
    @pytest.mark.slow
    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        pieces=st.lists(st.sampled_from(PIECES), max_size=60),
        block=st.integers(1, 40),
        threads=st.integers(1, 3),
        min_count=st.integers(1, 2),
    )
    @example(pieces=[b"\xef\xbb\xbf", b"a"], block=1, threads=2, min_count=1)
    @example(pieces=[b"L" * 1001], block=1, threads=1, min_count=1)
    def test_any_bytes_cut_anywhere(
        self, tmp_path: Path, pieces: list[bytes], block: int, threads: int, min_count: int
    ) -> None:
        # The last line keeps two words in the vocabulary.
        data = b"".join(pieces) + b"\nthe the a a"
        oracle = expected([data], min_count)
        path = write(tmp_path, data)
        try:
            corpus = encode(
                [path], min_count=min_count, threads=threads, cache=False, block_bytes=block
            )
        except DataError as error:
            message = str(error)
        else:
            with corpus:
                assert_equal(corpus, oracle)
            return
        assert "binary" in message or "UTF-16" in message

    @settings(
        max_examples=100,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.binary(max_size=300), block=st.integers(1, 64), compressed=st.booleans())
    def test_random_bytes_give_a_corpus_or_one_line(
        self, tmp_path: Path, data: bytes, block: int, compressed: bool
    ) -> None:
        oracle = expected([data])
        path = write(tmp_path, gzip.compress(data) if compressed else data)
        try:
            corpus = encode([path], min_count=1, threads=2, cache=False, block_bytes=block)
        except W2vnegError as error:
            message = str(error)
        else:
            with corpus:
                assert_equal(corpus, oracle)
            return
        assert "\n" not in message
        assert str(path) in message
        if "no tokens" in message:
            assert oracle.report["tokens_read"] == 0
        elif "is left" in message or "usable" in message:
            assert len(oracle.words) < 2
        elif "cannot be used" in message:
            assert max(map(len, oracle.words)) > 8
        elif detect_format(data) == "plain":
            assert "binary" in message or "UTF-" in message or "not text" in message

    @pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
    def test_every_form_equals_plain(self, tmp_path: Path, block: int) -> None:
        data = TEXT.encode()
        oracle = expected([data])
        fingerprints = set()
        for suffix, compress in {"txt": bytes, **COMPRESSIONS}.items():
            path = write(tmp_path, compress(data), f"c.{suffix}")
            with encode([path], min_count=1, cache=False, block_bytes=block, threads=2) as corpus:
                assert_equal(corpus, oracle)
                fingerprints.add(corpus.fingerprint)
            # The content tells what it is, not the name.
            hidden = write(tmp_path, compress(data), "nameless")
            with encode([hidden], min_count=1, cache=False, block_bytes=block) as corpus:
                assert_equal(corpus, oracle)
        assert len(fingerprints) == 1

    def test_result_is_independent_of_threads(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(5)
        words = [f"w{int(i)}" for i in rng.zipf(1.3, 60_000) % 10_000]
        lines = [" ".join(words[i : i + 17]) for i in range(0, len(words), 17)]
        path = write(tmp_path, "\n".join(lines).encode())
        results = []
        for threads in (1, 2, 5):
            with encode(
                [path], min_count=2, threads=threads, cache=False, block_bytes=4096
            ) as corpus:
                results.append(
                    (corpus.fingerprint, corpus.tokens.tolist(), corpus.starts.tolist(),
                     corpus.vocabulary.words, corpus.vocabulary.fingerprint)
                )  # fmt: skip
        assert results[0] == results[1] == results[2]
        oracle = expected([path.read_bytes()], 2)
        assert results[0][3] == oracle.words

    def test_many_words_grow_the_table(self, tmp_path: Path) -> None:
        # Long words with a common beginning differ only beyond their sixteen-byte prefix.
        words = [f"w{i}" for i in range(30_000)] + [f"a-common-prefix-{i}" for i in range(5000)]
        data = (" ".join(words) + "\n" + " ".join(reversed(words))).encode()
        path = write(tmp_path, data)
        with encode([path], min_count=1, threads=2, cache=False, block_bytes=50_000) as corpus:
            assert_equal(corpus, expected([data]))

    @pytest.mark.parametrize("separator", [" ", "\n"])
    @pytest.mark.slow
    def test_sentence_borders(self, tmp_path: Path, separator: str) -> None:
        # Around the longest sentence, with words outside the vocabulary between.
        for length in (999, 1000, 1001, 2000, 2001, 3500):
            words = [f"{'ab'[i % 2]} rare{i}" for i in range(length)]
            data = (" ".join(words) + separator + "a b").encode()
            path = write(tmp_path, data)
            for block in (37, 1 << 20):
                with encode([path], min_count=2, cache=False, block_bytes=block) as corpus:
                    assert_equal(corpus, expected([data], 2))
                    assert np.diff(corpus.starts).max() <= 1000

    def test_max_vocab(self, tmp_path: Path) -> None:
        path = write(tmp_path, TEXT.encode())
        with encode([path], min_count=1, max_vocab=4, cache=False) as corpus:
            assert_equal(corpus, expected([TEXT.encode()], 1, 4))

    def test_max_tokens(self, tmp_path: Path) -> None:
        data = b"a b a b c d\n" * 50
        for name, content in (("c.txt", data), ("c.gz", gzip.compress(data))):
            path = write(tmp_path, content, name)
            for limit in (4, 5, 123):
                with encode(
                    [path], min_count=1, max_tokens=limit, cache=False, block_bytes=16
                ) as corpus:
                    assert corpus.report.tokens_read == limit == len(corpus.tokens)
                    assert corpus.starts[-1] == limit
                    ids = [corpus.vocabulary.words[t] for t in corpus.tokens]
                    assert ids == (data.decode().split() * 2)[:limit]


class TestGivenVocabulary:
    def test_counts_are_of_this_corpus(self, tmp_path: Path) -> None:
        given_words = Vocabulary.from_counts(
            {"the": 9, "fox": 50, "absent": 99, "Übergrößenträger": 1, "a word": 3}
        )
        with encode(
            [write(tmp_path, TEXT.encode())], vocabulary=given_words, cache=False
        ) as corpus:
            assert corpus.vocabulary.words == ["the", "fox", "Übergrößenträger"]
            counts = [TEXT.split().count(word) for word in corpus.vocabulary.words]
            assert corpus.vocabulary.counts.tolist() == counts
            assert corpus.report.absent_words == 2
            assert corpus.report.tokens_kept == sum(counts) == len(corpus.tokens)

    def test_equals_the_corpus_it_came_from(self, tmp_path: Path) -> None:
        path = write(tmp_path, TEXT.encode())
        with encode([path], min_count=2, cache=False) as first:
            first.vocabulary.save(tmp_path / "words")
            loaded = Vocabulary.load(tmp_path / "words")
            with encode([path], vocabulary=loaded, cache=False) as second:
                assert second.fingerprint == first.fingerprint

    @pytest.mark.parametrize(
        ("min_count", "max_vocab", "words"),
        [(2, None, ["b", "c", "d"]), (3, None, ["b", "c"]), (1, 2, ["b", "c"]), (2, 2, ["b", "c"])],
    )
    def test_other_options_choose_among_the_words(
        self, tmp_path: Path, min_count: int, max_vocab: int | None, words: list[str]
    ) -> None:
        given_words = Vocabulary.from_counts({"b": 1, "c": 2, "d": 3, "e": 4, "yak": 5, "a b": 6})
        path = write(tmp_path, b"a a a a a b b b b c c c d d e\n")
        with encode(
            [path], vocabulary=given_words, min_count=min_count, max_vocab=max_vocab, cache=False
        ) as corpus:
            assert corpus.vocabulary.words == words
            report = corpus.report
            assert (report.absent_words, report.first_absent) == (2, ["yak"])
            assert report.rare_words == {1: 0, 2: 1, 3: 2}[min_count]
            notes = "\n".join(report.warnings())
            assert "left out 2 words of the given vocabulary that do not occur" in notes
            assert "yak" in notes
            assert ("min_count=" in notes) == (min_count > 1)

    def test_too_rare_words_name_the_option(self, tmp_path: Path) -> None:
        words = Vocabulary.from_counts({"a": 1, "b": 1})
        path = write(tmp_path, b"a a b\n")
        with pytest.raises(DataError, match="occurs 9 times.*most frequent 2 times; lower min_c"):
            encode([path], vocabulary=words, min_count=9, cache=False)
        encode([path], vocabulary=words, min_count=1, cache=False).close()

    def test_nothing_in_common(self, tmp_path: Path) -> None:
        words = Vocabulary.from_counts({"x": 1, "y": 1})
        with pytest.raises(DataError, match=r"no word of the vocabulary \(2 words\)"):
            encode([write(tmp_path, b"a b")], vocabulary=words)


class TestSentences:
    def test_options_apply_as_to_text(self) -> None:
        sentences = [["a", "b"]] * 300
        with encode_sentences(sentences, max_tokens=10) as corpus:
            assert corpus.report.tokens_read == 10
        with pytest.raises(UsageError, match="encoding_errors='nonsense'"):
            encode_sentences(sentences, encoding_errors="nonsense")
        with pytest.raises(UsageError, match="max_tokens=0 is out"):
            encode_sentences(sentences, max_tokens=0)
        words = Vocabulary.from_counts({"b": 1, "a": 2, "c": 3})
        with encode_sentences([["a", "b", "b", "c"]], vocabulary=words, max_vocab=2) as corpus:
            assert corpus.vocabulary.words == ["b", "a"]

    def test_marks_of_words_are_kept(self) -> None:
        with encode_sentences([["\ufeffa", "b"]] * 2, min_count=1) as corpus:
            assert corpus.vocabulary.words == ["b", "\ufeffa"]

    def test_equals_text(self, tmp_path: Path) -> None:
        lines = [line.split() for line in TEXT.splitlines()]
        joined = "\n".join(" ".join(line) for line in lines)
        with (
            encode([write(tmp_path, joined.encode())], min_count=1, cache=False) as of_file,
            encode_sentences((iter(line) for line in lines), min_count=1) as of_lists,
        ):
            assert of_lists.fingerprint == of_file.fingerprint
            assert sentences_of(of_lists) == sentences_of(of_file)

    def test_words_stay_as_they_are(self) -> None:
        words = ["\ufeffbom", "a\u00a0b", "\u2028", "日本", "\x7f", "</s>"]
        with encode_sentences([words, [], words], min_count=1) as corpus:
            words_read = [[corpus.vocabulary.words[i] for i in s] for s in sentences_of(corpus)]
        assert words_read == [words, words]

    @pytest.mark.parametrize(
        "bad", ["", "a b", "a\n", "\t", "nul\0", 7.0, None, "\ud800", b"bytes"]
    )
    def test_unusable_words_are_refused(self, bad: object) -> None:
        with pytest.raises(UsageError, match="sentence 1"):
            encode_sentences([["fine"], ["fine", bad]], min_count=1)  # type: ignore[list-item]

    def test_one_string_is_not_a_corpus(self) -> None:
        with pytest.raises(UsageError, match=r"\[corpus\]"):
            encode_sentences("a string")
        with encode_sentences(["a string"], min_count=1) as corpus:
            assert corpus.vocabulary.words == ["a", "string"]
        with pytest.raises(DataError, match="no tokens in the sentences"):
            encode_sentences([[], []])


def test_none_as_a_sentence_is_refused() -> None:
    with pytest.raises(UsageError, match="sentence 1 is None"):
        encode_sentences([["a", "b"], None, ["c", "d"]], min_count=1)
