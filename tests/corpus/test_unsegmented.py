"""Text whose words are not separated by blanks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.odd_corpora import write

from w2vneg.corpus.encode import count, encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import (
    DataError,
)
from w2vneg.system.option_names import named_as_flags

CHINESE = "人工智能是计算机科学的一个分支它企图了解智能的实质并生产出新的智能机器"
WORDS = "the cat sat on the mat and the dog sat on the log"
JOINED = {
    "no-break spaces": WORDS.replace(" ", "\u00a0"),
    "ideographic spaces": CHINESE.replace("的", "\u3000"),
    "thin spaces": WORDS.replace(" ", "\u2009"),
    "zero-width spaces": WORDS.replace(" ", "\u200b"),
}


class TestUnsegmented:
    @pytest.fixture(autouse=True)
    def flags(self) -> Iterator[None]:
        with named_as_flags():
            yield

    @pytest.mark.parametrize("min_count", [1, 5, 99])
    @pytest.mark.parametrize(("name", "line"), JOINED.items(), ids=JOINED)
    def test_joining_blanks_are_named(
        self, tmp_path: Path, name: str, line: str, min_count: int
    ) -> None:
        # fastText issues 862, 327 and 193, gensim issue 2038
        path = write(tmp_path, f"{line}\n".encode() * 20)
        with pytest.raises(DataError, match=f"joined by {name}.*--tokenizer unicode") as caught:
            encode([path], min_count=min_count, cache=False)
        assert "--min-count" not in str(caught.value)
        reading = InputOptions(tokenizer="unicode")
        with encode([path], input=reading, min_count=1, cache=False) as corpus:
            assert corpus.report.unsegmented is None
            assert corpus.report.tokens_read == 20 * (13 if "cat" in line else 4)

    @pytest.mark.parametrize(
        "line",
        [
            CHINESE,
            "人工知能とはコンピューターを使って学習推論判断など人間の知能のはたらきを人工的に実現したもの",
            "ปัญญาประดิษฐ์คือความฉลาดเทียมที่สร้างขึ้นให้กับสิ่งที่ไม่มีชีวิต",
            "人工智能是计算机科学的一个分支。 它企图了解智能的实质， 并生产出新的智能机器。",
        ],
    )
    @pytest.mark.parametrize("min_count", [1, 99])
    def test_scripts_without_blanks(self, tmp_path: Path, line: str, min_count: int) -> None:
        # japanese-words-to-vectors issue 6
        path = write(tmp_path, f"{line}\n".encode() * 20)
        if " " in line and min_count == 1:
            with encode([path], min_count=1, cache=False) as corpus:
                assert "--tokenizer" in "\n".join(corpus.report.warnings())
        else:
            with pytest.raises(
                DataError, match="not separated by blanks.*--tokenizer jieba"
            ) as caught:
                encode([path], min_count=min_count, cache=False)
            assert "--min-count" not in str(caught.value)
        # What a tokenizer does: blanks between words.
        words = " ".join(line[i : i + 2] for i in range(0, len(line), 2))
        path.write_bytes(f"{words}\n".encode() * 20)
        with encode([path], min_count=1, cache=False) as corpus:
            assert corpus.report.unsegmented is None

    @pytest.mark.parametrize(
        "text",
        [
            WORDS,
            "\n".join(WORDS.split()),
            "人工 智能 是 计算机 科学 的 一个 分支",
            "\n".join(CHINESE[i : i + 2] for i in range(0, 30, 2)),
            "10\u00a0km and 5\u00a0kg of text with\u00a0some of them here and there",
            "Donaudampfschifffahrtsgesellschaft Rindfleischetikettierungsgesetz und mehr",
        ],
    )
    def test_segmented_text(self, tmp_path: Path, text: str) -> None:
        path = write(tmp_path, f"{text}\n".encode() * 5)
        assert count([path], min_count=1)[1].unsegmented is None

    def test_lines_that_are_one_word(self, tmp_path: Path) -> None:
        path = write(tmp_path, WORDS.replace(" ", "_").encode() + b"\n")
        with pytest.raises(DataError, match="most of its lines are one word, of 49 characters"):
            encode([path], min_count=5, cache=False)
