"""Text that hardly is what it should be: a note that names the option that helps."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from w2vneg.corpus.encode import count, encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import DataError
from w2vneg.system.option_names import named_as_flags

PROSE = "the cat sat on the mat and the dog sat on the log"


@pytest.fixture(autouse=True)
def flags() -> Iterator[None]:
    """Messages as the command line has them."""
    with named_as_flags():
        yield


def notes(tmp_path: Path, text: str, **options: str) -> list[str]:
    path = tmp_path / "t.txt"
    path.write_text(text, encoding="utf-8")
    return count([path], input=InputOptions(**options), min_count=1)[1].notes  # type: ignore[arg-type]


def test_prose_is_not_odd(tmp_path: Path) -> None:
    assert notes(tmp_path, f"{PROSE}\n" * 200) == []
    rest = f'{PROSE} {{"a": 1}} caf\u00e9 10\u00a0km {PROSE * 30}\n{PROSE}\n{PROSE}\n'
    assert notes(tmp_path, rest * 70) == []


@pytest.mark.parametrize("line", ['{{"id": {0}, "items": ["a", "b"]}}', '{{"a":"{0}"}}'])
def test_json(tmp_path: Path, line: str) -> None:
    text = "".join(line.format(i) + "\n" for i in range(150))
    assert ["--format jsonl --column NAME" in note for note in notes(tmp_path, text)] == [True]
    with pytest.raises(DataError, match=r"t\.txt is not text: .*--format jsonl --column NAME"):
        encode([tmp_path / "t.txt"], min_count=1)
    # It is read all the same where the user says that it is text.
    with encode([tmp_path / "t.txt"], min_count=1, input=InputOptions(format="text")) as corpus:
        assert len(corpus.report.notes) == 1
    # The remedy works.
    column = next(key for key in ("items", "a") if key in json.loads(line.format(1)))
    reading = InputOptions(format="jsonl", column=column)
    found = count([tmp_path / "t.txt"], min_count=1, input=reading)[1].notes
    assert not any("JSON" in note for note in found)
    assert all("--group NAME" in note and "--format" not in note for note in found)


def test_values_with_commas(tmp_path: Path) -> None:
    text = "".join(f"u{i % 17},item{i % 19}\n" for i in range(300))
    assert any("--format csv --column NAME" in note for note in notes(tmp_path, text))
    for min_count in (1, 99):
        with pytest.raises(DataError, match="--format csv --column NAME"):
            encode([tmp_path / "t.txt"], min_count=min_count)
    reading = InputOptions(format="csv", header=False, column="2", group="1")
    with encode([tmp_path / "t.txt"], min_count=1, input=reading) as corpus:
        assert corpus.report.notes == []
    # Clauses without blanks, as in Chinese, are another matter.
    assert not any("csv" in note for note in notes(tmp_path, "one, two, three, and\n" * 99))


def test_pairs_of_words(tmp_path: Path) -> None:
    pairs = "g\ti\n" + "".join(f"{i % 17}\t{i % 19}\n" for i in range(300))
    assert ["2.0 words" in note for note in notes(tmp_path, pairs)] == [True]
    assert notes(tmp_path, pairs, format="tsv", column="i", group="g") == []


def test_blanks_that_separate_nothing(tmp_path: Path) -> None:
    text = f"{PROSE} 10\u00a0km\n" * 9
    (note,) = notes(tmp_path, text)
    assert "7.1% of the words hold no-break spaces" in note
    assert "--tokenizer unicode" in note
    assert notes(tmp_path, text, tokenizer="unicode") == []


def test_two_ways_to_write_a_character(tmp_path: Path) -> None:
    text = f"{PROSE} {unicodedata.normalize('NFD', 'café')} café\n" * 9
    (note,) = notes(tmp_path, text)
    assert "--nfc" in note
    path = tmp_path / "t.txt"
    vocabulary, report = count([path], input=InputOptions(nfc=True), min_count=1)
    assert report.notes == []
    assert vocabulary.words.count("café") == 1
    assert vocabulary.counts[vocabulary.words.index("café")] == 18


def test_clauses_of_chinese(tmp_path: Path) -> None:
    clauses = "今天天气很好 我们都是中国人 在北京大学读书\n" * 50
    (note,) = notes(tmp_path, clauses)
    assert "characters have 6.7 characters on average" in note
    assert "--tokenizer jieba" in note
    words = "今天 天气 很 好 我们 都 是 中国人 在 北京大学 读书 the cat\n" * 50
    assert notes(tmp_path, words) == []
    # Few such runs in another text are names.
    assert notes(tmp_path, f"{PROSE} 北京大学读书\n" * 50) == []


def test_attached_punctuation(tmp_path: Path) -> None:
    text = '"Hello," said the cat. The (other) cat was, as ever, late!\n' * 50
    (note,) = notes(tmp_path, text)
    assert "% of the words have punctuation attached, such as" in note
    assert notes(tmp_path, text, tokenizer="unicode") == []
    # Marks as words of their own, abbreviations, numbers and names of items.
    split = "the u.s. is n't 's 3.5 , SKU-001/A #tag <unk> http://x.org \" the cat \" .\n" * 50
    assert notes(tmp_path, split + f"{PROSE}\n" * 50) == []
