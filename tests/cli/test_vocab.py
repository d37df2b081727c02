"""``w2vneg vocab`` as a user meets it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from w2vneg.cli import main
from w2vneg.corpus.vocabulary import Vocabulary

TEXT = "the cat sat on the mat\nthe dog sat on the log\n" * 5


def run(
    capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(["vocab", *map(str, arguments)])
    captured = capsys.readouterr()
    return caught.value.code, captured.out, captured.err


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT)
    return path


def test_table_shows_the_top_words(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, corpus, "--min-count", 10, "--top", 2)
    assert code == 0
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert ["the", "20", "33.333%"] in lines
    assert not [line for line in lines if line[0] == "sat"], "only the two most frequent"
    assert "3 words kept of 7; 40 tokens kept of 60" in out


def test_json_is_one_object(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, corpus, "--json", "--top", 1, "--threads", 2)
    result = json.loads(out)
    assert code == 0
    assert result["words"] == 7
    assert result["tokens_read"] == 60
    assert result["top"] == [["the", 20]]


def test_output_is_word_tab_count(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "words.tsv"
    for option in ("-o", "--output"):
        code, _, _ = run(capsys, corpus, option, target, "--max-vocab", 2)
        assert code == 0
        assert target.read_text() == "the\t20\non\t10\n"
        assert Vocabulary.load(target).words == ["the", "on"]
        target.unlink()


def test_one_word_is_a_vocabulary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one"
    path.write_text("word " * 9)
    code, out, _ = run(capsys, path)
    assert code == 0
    assert "1 words kept of 1" in out


def test_max_tokens_and_encoding_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "latin1.gz"
    path.write_bytes(gzip.compress("the caf\xe9 the ".encode("latin-1") * 9))
    code, out, _ = run(capsys, path, "--json", "--max-tokens", 5, "--min-count", 1)
    assert code == 0
    result = json.loads(out)
    assert (result["tokens_read"], result["invalid_utf8"]) == (5, 2)
    code, out, err = run(capsys, path, "--encoding-errors", "strict")
    assert (code, out) == (1, "")
    assert "byte 4 " in err


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        (["missing"], 2, "no such file"),
        (["EMPTY"], 1, "no tokens"),
        (["FOLDER"], 1, "no text files"),
        (["CORPUS", "--min-count", "99"], 1, "the most frequent 20 times"),
        (["CORPUS", "--min-count", "0"], 2, "min"),
        (["CORPUS", "--threads", "0"], 2, "threads"),
        (["CORPUS", "--max-tokens", "0"], 2, "at least 1"),
        (["CORPUS", "-o", "FOLDER"], 1, "directory"),
        (["CORPUS", "--save", "FOLDER"], 2, "--save"),
        ([], 2, "CORPUS"),
    ],
)
def test_errors_are_one_line(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: int,
    message: str,
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    paths = {"CORPUS": corpus, "EMPTY": tmp_path / "empty", "FOLDER": tmp_path / "folder"}
    code, out, err = run(capsys, *(paths.get(argument, argument) for argument in arguments))
    assert (code, out) == (expected, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.txt", "empty", "folder"]
