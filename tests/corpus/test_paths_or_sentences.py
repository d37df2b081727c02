"""A list of strings: paths, or sentences."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from w2vneg import SkipGram
from w2vneg.corpus.encode import encode, encode_sentences
from w2vneg.corpus.paths_or_sentences import Paths, Sentences, paths_or_sentences
from w2vneg.errors import DataError, UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.system.progress import Progress

LINES = ["the cat sat on the mat", "the dog sat", "a naïve 日本 cat"]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


class TestPathsOrSentences:
    def read(self, corpus: Any, **how: Any) -> list[str]:
        """Return the words of what `SkipGram.fit` would train on."""
        given = paths_or_sentences(corpus, **how)
        if isinstance(given, Paths):
            encoded = encode(given.paths, min_count=1, cache=False)
        else:
            encoded = encode_sentences(given.source, min_count=1)
        with encoded:
            return encoded.vocabulary.words

    def test_existing_strings_are_paths(self, text: Path) -> None:
        words = ["the", "cat", "sat"]
        assert self.read(str(text))[:3] == words
        assert self.read([str(text)] * 2)[:3] == words
        assert self.read([text, str(text)])[:3] == words
        assert self.read((str(text),))[:3] == words

    def test_other_strings_are_sentences_with_a_note(self) -> None:
        assert self.read(["a b", "b"]) == ["b", "a"]
        given = paths_or_sentences(["a b", "b"])
        assert isinstance(given, Sentences)
        assert given.notes == [
            "the strings of the corpus are read as sentences, since none of them (2) is the path "
            "of a file"
        ]

    def test_some_existing_strings_are_ambiguous(self, text: Path) -> None:
        corpus = ["the cat", str(text), "the cat sat on the mat"]
        with pytest.raises(UsageError, match=r"is a file and 'the cat' is not") as caught:
            self.read(corpus)
        remedy = "[s.split() for s in corpus]"
        assert remedy in str(caught.value)
        assert str(text) in self.read([s.split() for s in corpus])
        assert str(text) in self.read(corpus, tokenizer=str.split)

    @pytest.mark.parametrize("missing", ["nowhere.txt", "no where.txt.gz", "nowhere"])
    def test_missing_files_are_named(self, missing: str, text: Path) -> None:
        for corpus in ([missing], [missing, "also nowhere.txt"], missing, Path(missing)):
            if corpus != ["nowhere", "also nowhere.txt"]:
                with pytest.raises(UsageError, match=f"{missing}"):
                    self.read(corpus)
        with pytest.raises(UsageError, match=f"{missing}"):
            self.read([str(text), missing])

    def test_text_as_one_string_gets_a_remedy(self) -> None:
        corpus = "the cat sat\non the mat"
        with pytest.raises(UsageError, match=r"corpus\.splitlines\(\)"):
            self.read(corpus)
        assert self.read(corpus.splitlines())[0] == "the"

    def test_list_of_words_gets_a_remedy(self) -> None:
        for corpus in (["the", "cat"], ("the", "cat")):
            with pytest.raises(UsageError, match=r"\[corpus\].*tokenizer="):
                self.read(corpus)
            assert self.read([corpus]) == ["cat", "the"]
            assert self.read(corpus, tokenizer=list)[0] == "t"

    def test_paths_of_other_iterables_get_a_remedy(self, text: Path) -> None:
        for path in (text, str(text)):
            corpus = [path, path]
            with pytest.raises(UsageError, match=r"list\(corpus\)"):
                self.read(iter(corpus))
            assert self.read(list(corpus))[0] == "the"
        rows = [
            {"word": str(text)},
            {"word": "the cat sat on the mat"},
        ]  # a column is never one of paths
        assert str(text) in self.read(rows, column="word")

    def test_nothing_is_no_corpus(self) -> None:
        with pytest.raises(UsageError, match="the corpus is empty"):
            self.read([])
        with pytest.raises(DataError, match="only once"):
            self.read(iter([]))

    @pytest.mark.skipif(INTERPRETED, reason="runs whole trainings")
    def test_fit_uses_it(self, text: Path) -> None:
        class Notes(Progress):
            def note(self, message: str) -> None:
                notes.append(message)

        notes: list[str] = []
        model = SkipGram(min_count=1, epochs=1, dim=4, threads=1, sample=0)
        model.fit(["a b", "b"], progress=Notes())
        assert "are read as sentences" in notes[0]
        with pytest.raises(DataError, match="as a list of all its words"):
            model.fit(iter(["the", "cat"]))
        assert model.words == ["b", "a"]

    @pytest.mark.slow
    @pytest.mark.skipif(INTERPRETED, reason="runs whole trainings")
    def test_standard_input_is_a_path(self, text: Path) -> None:
        code = (
            "import w2vneg, sys; model = w2vneg.SkipGram(min_count=1, dim=4, threads=1)\n"
            "print(model.fit(['-'] if sys.argv[1:] else '-').words[0])"
        )
        for listed in ([], ["listed"]):
            with open(text, "rb") as file:
                ended = subprocess.run(
                    [sys.executable, "-c", code, *listed], stdin=file, capture_output=True
                )
            assert ended.stdout.strip() == b"the", ended.stderr
