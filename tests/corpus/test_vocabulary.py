"""Vocabularies: order, choice, files, and the compiled table under them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES
from w2vneg.corpus.tokenizer import PADDING
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.corpus.word_table import WordTable
from w2vneg.errors import DataError

WORD = st.binary(min_size=1, max_size=45).map(
    lambda data: bytes(byte if byte > 32 else byte + 65 for byte in data)
)
NEAR = st.builds(  # words that share their first sixteen bytes
    lambda tail: b"sixteen-bytes-xx" + tail,
    st.sampled_from([b"", b"a", b"b", b"aa", b"\xff", b"a" * 24]),
)


def table_of(text: bytes) -> tuple[WordTable, np.ndarray]:
    buffer = np.full((len(text) + PADDING + 15) & ~7, 32, np.uint8)
    buffer[: len(text)] = np.frombuffer(text, np.uint8)
    table = WordTable(1)
    out = np.empty(len(text) + 1, np.int32)
    count = table.tokenize(buffer, 0, len(text), len(text), 1 << 60, out, 0)
    return table, out[:count]


def words_of(table: WordTable) -> list[bytes]:
    return table.words_bytes(np.arange(len(table))).split(b"\n")[:-1]


class TestWordTable:
    @settings(max_examples=200, deadline=None)
    @given(words=st.lists(st.one_of(WORD, NEAR), max_size=80))
    def test_numbers_counts_and_order(self, words: list[bytes]) -> None:
        table, numbers = table_of(b" ".join(words))
        table_words = words_of(table)
        assert [table_words[number] for number in numbers] == words
        assert table_words == list(dict.fromkeys(words)), "numbered in order of appearance"
        counts = table.counts()
        assert dict(zip(table_words, counts.tolist(), strict=True)) == Counter(words)
        order = table.order(np.arange(len(table)), counts)
        assert [table_words[i] for i in order] == sorted(
            table_words, key=lambda w: (-Counter(words)[w], w)
        )

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(st.one_of(WORD, NEAR), max_size=40), st.lists(st.one_of(WORD, NEAR), max_size=40)
    )
    def test_merge(self, left: list[bytes], right: list[bytes]) -> None:
        table, _ = table_of(b" ".join(left))
        other, _ = table_of(b" ".join(right))
        numbers = table.merge(other)
        words = words_of(table)
        assert [words[number] for number in numbers] == words_of(other)
        assert words == list(dict.fromkeys(left + right))

    @settings(max_examples=300, deadline=None)
    @given(st.binary(min_size=1, max_size=12))
    def test_utf8_as_python_sees_it(self, data: bytes) -> None:
        word = bytes(byte if byte > 32 else 65 for byte in data)
        table, _ = table_of(word)
        try:
            word.decode("utf-8")
            valid = True
        except UnicodeDecodeError:
            valid = False
        assert table.invalid[0] == (not valid)

    def test_utf8_at_all_borders(self) -> None:
        # Every lead byte with continuation bytes at the edges of their ranges.
        edges = [0x21, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        words = [bytes([lead]) for lead in range(0x80, 256)]
        words += [bytes([lead, a]) for lead in range(0xC0, 256) for a in edges]
        words += [bytes([lead, a, b]) for lead in range(0xE0, 256) for a in edges for b in edges]
        words += [
            bytes([lead, a, b, c])
            for lead in range(0xF0, 0xF6) for a in edges for b in (0x7F, 0x80, 0xBF, 0xC0)
            for c in (0x7F, 0x80, 0xBF, 0xC0)
        ]  # fmt: skip
        table, _ = table_of(b" ".join(words))
        for word, invalid in zip(words_of(table), table.invalid, strict=False):
            try:
                word.decode("utf-8")
                assert not invalid, word
            except UnicodeDecodeError:
                assert invalid, word

    def test_every_length_up_to_the_longest(self) -> None:
        words = [b"x" * n for n in range(1, 1003)] + [b"x" * (n - 1) + b"y" for n in range(1, 1001)]
        table, numbers = table_of(b" ".join(words))
        assert len(table) == 2000
        assert table.counters().too_long == 2
        assert len(set(numbers.tolist())) == 2000

    def test_table_grows_before_its_slots_are_full(self) -> None:
        table, _ = table_of(b" ".join(b"%d" % i for i in range(5000)))
        assert len(table) == 5000
        assert len(table) <= table.capacity < table.slots.size // 4


class TestVocabulary:
    def test_order_and_choice(self) -> None:
        counts = {"b": 3, "a": 3, "é": 3, "z": 9, "rare": 1, "B": 3}
        assert Vocabulary.from_counts(counts).words == ["z", "B", "a", "b", "é", "rare"]
        assert Vocabulary.from_counts(counts, min_count=3, max_vocab=3).words == ["z", "B", "a"]
        # By bytes: U+FF5E (ef bd 9e) before U+1F600 (f0 ...), which UTF-16 would turn round.
        assert Vocabulary.from_counts({"\U0001f600": 1, "～": 1}).words == ["～", "\U0001f600"]

    def test_properties(self) -> None:
        vocabulary = Vocabulary.from_counts({"a": 2, "b": 5})
        assert len(vocabulary) == 2
        assert vocabulary.total == 7
        assert vocabulary.index == {"b": 0, "a": 1}
        assert "a" in vocabulary
        assert "c" not in vocabulary
        assert vocabulary.counts.dtype == np.int64

    def test_fingerprint(self) -> None:
        base = Vocabulary.from_counts({"a": 2, "b": 5})
        assert base.fingerprint == Vocabulary(b"b\na\n", np.array([5, 2])).fingerprint
        others = [{"a": 3, "b": 5}, {"a": 2, "c": 5}, {"a": 2}, {"a": 2, "b": 5, "c": 1}]
        prints = {Vocabulary.from_counts(counts).fingerprint for counts in others}
        assert len(prints | {base.fingerprint}) == 5

    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(
        st.text(st.characters(min_codepoint=33, exclude_categories=["Cs"]), min_size=1, max_size=9)
        .filter(lambda word: word.split() == [word]),
        st.integers(0, 10**15), min_size=1, max_size=30,
    ))  # fmt: skip
    def test_round_trip(self, counts: dict[str, int]) -> None:
        import tempfile

        vocabulary = Vocabulary.from_counts(counts, min_count=0)
        with tempfile.TemporaryDirectory() as folder:
            vocabulary.save(Path(folder) / "v")
            loaded = Vocabulary.load(Path(folder) / "v")
        assert loaded.words == vocabulary.words
        assert loaded.counts.tolist() == vocabulary.counts.tolist()
        assert loaded.fingerprint == vocabulary.fingerprint

    @pytest.mark.parametrize("size", [1, 9_999, 10_000, 10_001, 25_000])
    def test_round_trip_in_pieces(self, tmp_path: Path, size: int) -> None:
        words = "".join(f"w{i}é\n" for i in range(size)).encode()
        vocabulary = Vocabulary(words, np.arange(size, 0, -1))
        vocabulary.save(tmp_path / "v")
        loaded = Vocabulary.load(tmp_path / "v")
        assert loaded.fingerprint == vocabulary.fingerprint
        for count in (0, 1, size - 1, size, size + 1):
            assert vocabulary.first(count) == loaded.first(count) == loaded.words[:count]

    @pytest.mark.parametrize(
        "word",
        ["\ufeffword", "a\u00a0b", "\u2028", "\u3000", "\x85", "\x7f", "</s>", "-", "1", "#"],
    )
    def test_only_separators_split_words(self, tmp_path: Path, word: str) -> None:
        # Only bytes up to 0x20 separate words, here as in the text.
        vocabulary = Vocabulary.from_counts({word: 3, "other": 2})
        vocabulary.save(tmp_path / "v")
        assert Vocabulary.load(tmp_path / "v").words == [word, "other"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "no words"),
            (b"\n\n", "no words"),
            (b"a\t1\nb\n", "line 2"),
            (b"a\t1\n\tb\n", "line 2"),
            (b"a\t1\nb\t-1\n", "line 2"),
            (b"a\t1\nb\t1.5\n", "line 2"),
            (b"a\t1\nb\tnan\n", "line 2"),
            (b"a\t1\nb\t" + b"9" * 30, "line 2"),
            (b"a\t1\nb\t2\nb\t3", "line 3: word 'b' is duplicated"),
            (b"a\t1\n\xff\t2\n", "line 2: the word is not UTF-8"),
            (b"a\t1\nb\t2\t3\n", "line 2"),
            (b"a\0\t1\n", "line 1"),
            (b"just words\nwithout counts\n", "line 1"),
            (bytes(range(256)), "line"),
            (b"a\t1\nb\t" + b"9" * 20, "line 2: the count has 20 digits, more than 18"),
            (b"words\nonly\n", "line 1: no count after the word 'words'; add a tab"),
            (b"new york\t5\n", "line 1: 3 fields instead of two"),
            (b"a\t1.5\n", "line 1: '1.5' is not a count"),
            (b"a \t1\n", "line 1: expected a word, one tab"),
            (b"2 2\na 0.5 1\nb 1 2\n", "a file of word vectors, not a vocabulary"),
            (b'{"tool": "w2vneg 1.0"}', "JSON output of w2vneg, not a vocabulary"),
        ],
    )
    def test_bad_files_name_the_line(self, tmp_path: Path, content: bytes, message: str) -> None:
        path = tmp_path / "v"
        path.write_bytes(content)
        with pytest.raises(DataError, match=message) as caught:
            Vocabulary.load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_load_accepts_marks_line_ends_and_blanks(self, tmp_path: Path) -> None:
        path = tmp_path / "v"
        # A mark at the start, Windows lines, any order, and the blank of word2vec's own files.
        path.write_bytes(b"\xef\xbb\xbfrare 1\r\nthe 7\r\n\r\nzero\t0")
        assert Vocabulary.load(path).words == ["the", "rare", "zero"]

    def test_missing_file_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="cannot read"):
            Vocabulary.load(tmp_path / "none")

    def test_add_to_a_table(self) -> None:
        vocabulary = Vocabulary.from_counts({"new": 1, "the": 2, "a-word-of-more-than-16-bytes": 3})
        table, _ = table_of(b"the cat")
        before = table.counters()
        numbers = table.add_vocabulary(vocabulary)
        words = words_of(table)
        assert [words[number].decode() for number in numbers] == vocabulary.words
        assert words[:2] == [b"the", b"cat"]
        assert table.counters() == before

    def test_add_leaves_out_what_no_text_contains(self) -> None:
        longest = "x" * MAX_TOKEN_BYTES
        counts = {"a b": 9, "\ufeffa": 8, "tab\t": 7, longest: 6, longest + "x": 5, "\0": 4, "": 3}
        table, _ = table_of(b"a b")
        numbers = table.add_vocabulary(Vocabulary.from_counts({**counts, "b": 1}))
        words = words_of(table)
        assert [words[number].decode() for number in numbers] == ["\ufeffa", longest, "b"]
        assert words[:2] == [b"a", b"b"]
