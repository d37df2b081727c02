"""Tables as a corpus: the same sentences give the same bytes as text, and bad rows one line."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from helpers.commands import compiled_only
from helpers.tabled_sentences import SENTENCES, fingerprint, sessions, text_of

from w2vneg import SkipGram
from w2vneg.corpus.encode import count, encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import DataError, UsageError, W2vnegError
from w2vneg.system.option_names import named_as_flags


@pytest.fixture(autouse=True)
def flags() -> Iterator[None]:
    """Messages as the command line has them."""
    with named_as_flags():
        yield


@pytest.fixture
def wanted(tmp_path: Path) -> str:
    """Return the fingerprint of the sentences as a text file."""
    path = tmp_path / "wanted.txt"
    path.write_text(text_of(SENTENCES), encoding="utf-8")
    return fingerprint(path)


def csv_of(rows: list[list[str]], delimiter: str = ",") -> str:
    lines = [delimiter.join('"' + c.replace('"', '""') + '"' for c in row) for row in rows]
    return "\n".join(lines) + "\n"


def texts() -> list[list[str]]:
    return [["id", "text"], *([str(n), " ".join(s)] for n, s in enumerate(SENTENCES))]


@pytest.mark.parametrize(("name", "delimiter"), [("t.csv", ","), ("t.csv", ";"), ("t.tsv", "\t")])
def test_delimited_text(tmp_path: Path, wanted: str, name: str, delimiter: str) -> None:
    path = tmp_path / name
    path.write_text("\ufeff" + csv_of(texts(), delimiter), encoding="utf-8", newline="\r\n")
    assert fingerprint(path, column="text") == wanted


@pytest.mark.parametrize("lists", [False, True])
def test_json_lines(tmp_path: Path, wanted: str, lists: bool) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"n": 1, "text": words if lists else " ".join(words)} for words in SENTENCES]
    path.write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert fingerprint(path, column="text") == wanted


def test_whole_numbers_in_lists_are_words(tmp_path: Path) -> None:
    table, text = tmp_path / "t.ndjson", tmp_path / "t.txt"
    table.write_text('{"w": [1, 22]}\n{"w": [22, "x"]}\n')
    text.write_text("1 22\n22 x\n")
    assert fingerprint(table, column="w") == fingerprint(text)


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress),
     (".zst", zstandard.compress)],
)  # fmt: skip
def test_compressed(tmp_path: Path, wanted: str, suffix: str, compress) -> None:
    path = tmp_path / f"t.csv{suffix}"
    path.write_bytes(compress(csv_of(texts()).encode()))
    assert fingerprint(path, column="text") == wanted


def test_the_format_may_be_said_instead_of_a_suffix(tmp_path: Path, wanted: str) -> None:
    path = tmp_path / "table"
    path.write_text(csv_of(texts()), encoding="utf-8")
    assert fingerprint(path, column="text", format="csv") == wanted
    with pytest.raises(UsageError, match=r"nothing tells the format of .*table; .*--format csv"):
        fingerprint(path, column="text")


def test_a_table_read_as_text(tmp_path: Path) -> None:
    path, text = tmp_path / "t.csv", tmp_path / "t.txt"
    for file in (path, text):
        file.write_text("a,b c\nc a,b\n")
    assert fingerprint(path, format="text") == fingerprint(text)


def test_a_folder_of_tables(tmp_path: Path, wanted: str) -> None:
    rows = texts()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "1.csv").write_text(csv_of(rows[:50]), encoding="utf-8")
    (tmp_path / "d" / "2.csv").write_text(csv_of(rows[:1] + rows[50:]), encoding="utf-8")
    (tmp_path / "d" / "_SUCCESS").write_text("")
    assert fingerprint(tmp_path / "d", column="text") == wanted
    _, report = count([tmp_path / "d"], input=InputOptions(column="text"))
    assert any("_SUCCESS" in note for note in report.left_out)
    with pytest.raises(UsageError, match=r"1\.csv is a table .*--column text"):
        fingerprint(tmp_path / "d")


def test_cached_until_another_column_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "a b,c d\n" * 3)
    found = {}
    for column in ("x", "y", "x"):
        with encode([path], input=InputOptions(column=column), min_count=1) as corpus:
            found.setdefault(column, []).append((corpus.vocabulary.words, corpus.report.from_cache))
    assert found == {"x": [(["a", "b"], False), (["a", "b"], True)], "y": [(["c", "d"], False)]}


# Sessions


@pytest.mark.parametrize("dates", [False, True])
def test_groups_of_rows_are_sentences(tmp_path: Path, dates: bool) -> None:
    rows, sentences = sessions(1)
    table, text = tmp_path / "t.csv", tmp_path / "t.txt"
    stamp = "2024-01-{:02d} 10:{:02d}:0{}" if dates else "{1:04d}{2}"
    lines = [f"{i},{s},{stamp.format(1 + t // 1000, t // 10 % 60, t % 10)}" for s, t, i in rows]
    if not dates:
        lines = [f"{i},{s},{t}" for s, t, i in rows]
    table.write_text("\n".join(["item,session,time", *lines]))
    text.write_text(text_of(sentences))
    assert fingerprint(table, column="item", group="session", order="time") == fingerprint(text)


def test_rows_keep_their_order_without_one(tmp_path: Path) -> None:
    table, text = tmp_path / "t.jsonl", tmp_path / "t.txt"
    rows = [("u2", "b"), ("u1", "z"), ("u2", "a"), ("u1", 7), ("u2", "c d")]
    table.write_text("".join(json.dumps({"u": u, "i": i}) + "\n" for u, i in rows))
    text.write_text("b a c_d\nz 7\n")
    assert fingerprint(table, column="i", group="u") == fingerprint(text)
    _, report = count([table], input=InputOptions(column="i", group="u"), min_count=1)
    assert ["'c d'" in note and "_" in note for note in report.notes] == [True]


def test_a_group_goes_through_several_files(tmp_path: Path) -> None:
    (tmp_path / "1.tsv").write_text("1\ta\n2\tx\n")
    (tmp_path / "2.tsv").write_text("2\ty\n1\tb\n")
    (tmp_path / "t.txt").write_text("a b\nx y\n")
    reading = InputOptions(column="2", group="1", header=False)
    paths = [tmp_path / "1.tsv", tmp_path / "2.tsv"]
    with encode(paths, input=reading, min_count=1, cache=False) as corpus:
        assert corpus.fingerprint == fingerprint(tmp_path / "t.txt")


def test_numbers_order_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("g,n,i\n1,10,c\n1,9.5,b\n1,-1,a\n1,1e2,d\n")
    (tmp_path / "t.txt").write_text("a b c d\n")
    assert fingerprint(tmp_path / "t.csv", column="i", group="g", order="n") == fingerprint(
        tmp_path / "t.txt"
    )


# Rows that cannot be used

BAD = {
    "t.csv": [
        ("text\na\n", {"column": "txt"}, "no column 'txt'; did you mean 'text'"),
        ("x,text\n1,a b\n1,a,b\n", {"column": "text"}, "line 3: 3 fields where the first row has 2"),
        ('text\n"a b\nc d\n', {"column": "text"}, "line 2: .*--no-quotes"),
        ("x,x\n1,2\n", {"column": "x"}, "has 2 columns 'x'"),
        ("g,i\n1,\n", {"column": "i", "group": "g"}, "line 2: column 'i': an empty value"),
        ("g,i\n,b\n", {"column": "i", "group": "g"}, "line 2: column 'g': a missing value"),
        ("g,o,i\n1,1,b\n1,x,b\n", {"column": "i", "group": "g", "order": "o"},
         "line 3: column 'o': 'x' is neither a number nor a date"),
        ("g,o,i\n1,1,b\n1,2024-01-01,b\n", {"column": "i", "group": "g", "order": "o"},
         "line 3: column 'o': '2024-01-01' is a date, the first row has a number"),
        ("", {"column": "text"}, "is empty"),
        ("id,text\n1,a b c\n", {}, "'text' seems to hold text: --column text"),
        ("session,item\n1,a\n", {}, "--group session --column item"),
        ("p,q\n1,a\n", {}, "the columns 'p', 'q'; name the one to read with --column"),
    ],
    "t.jsonl": [
        ('{"t": "a b"}\n{"t": \n', {"column": "t"}, "line 2: not JSON"),
        ('{"t": "a b"}\n[1]\n', {"column": "t"}, "line 2: not a JSON object"),
        ('{"t": "a b"}\n{"u": 1}\n', {"column": "t"}, "line 2: column 't': a missing value"),
        ('{"t": "a b"}\n\n{"t": 3}\n', {"column": "t"}, "line 3: column 't': 3 where other rows"),
        ('{"t": ["a", null]}\n', {"column": "t"}, "line 1: column 't': a missing value"),
        ('{"t": ["a", "b"], "g": 1}\n', {"column": "t", "group": "g"}, "leave out --group"),
        ('{"t": ["a", {}]}\n', {"column": "t"}, "line 1: column 't': {} is neither text nor"),
        ('{"t": 3}\n', {"column": "t"}, "neither text nor a list of words; .*--group"),
        ('{"t": {"a": 1}}\n', {"column": "t"}, "neither text nor a list of words; choose another"),
        ('{"t": ["a"]}\n', {"column": "t", "tokenizer": "chars"}, "leave out --tokenizer"),
        ('[{"t": "a"}]\n', {"column": "t"}, r"not one object a line; .*jq -c '\.\[\]' FILE"),
        ('{\n  "t": "a"\n}\n', {"column": "t"}, r"not one object a line; .*jq -c \. FILE"),
    ],
}  # fmt: skip
_CASES = [(name, *case) for name, cases in BAD.items() for case in cases]


@pytest.mark.parametrize(("name", "content", "options", "message"), _CASES)
def test_refused_in_one_line(
    tmp_path: Path, name: str, content: str, options: dict[str, str], message: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(W2vnegError, match=message) as caught:
        fingerprint(path, **options)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_rows_are_dropped_and_counted(tmp_path: Path) -> None:
    table, text = tmp_path / "t.jsonl", tmp_path / "t.txt"
    table.write_text('{"t": "a b"}\nnonsense\n{"t": null}\n{"t": "b c"}\n')
    text.write_text("a b\nb c\n")
    reading = InputOptions(column="t", bad_rows="drop")
    with encode([table], input=reading, min_count=1) as corpus:
        assert corpus.fingerprint == fingerprint(text)
        (note,) = corpus.report.notes
    assert "dropped 2 rows" in note
    assert "line 2: not JSON" in note


def test_no_quotes_is_the_remedy_that_works(tmp_path: Path) -> None:
    table, text = tmp_path / "t.tsv", tmp_path / "t.txt"
    table.write_text('n\tt\n1\t"a b\n2\tb "c\n')
    text.write_text('"a b\nb "c\n')
    with pytest.raises(DataError, match="--no-quotes"):
        fingerprint(table, column="t")
    assert fingerprint(table, column="t", quotes=False) == fingerprint(text)


def test_tokens_that_are_not_utf8_are_dropped_as_in_text(tmp_path: Path) -> None:
    for name, head in (("t.csv", b"t\n"), ("t.txt", b"")):
        (tmp_path / name).write_bytes(head + b"a b\xff c\na c\n")
    _, of_table = count([tmp_path / "t.csv"], input=InputOptions(column="t"), min_count=1)
    _, of_text = count([tmp_path / "t.txt"], min_count=1)
    assert of_table.invalid_utf8 == of_text.invalid_utf8 == 1
    assert "t.csv, byte" in str(of_table.first_invalid)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "a"}, "--group"),
        ({"group": "a"}, "--column"),
        ({"column": "a", "format": "text"}, "--format text has no columns"),
        ({"format": "cvs"}, "'csv'"),
        ({"bad_rows": "skip"}, "fail, drop"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        InputOptions(**options)  # type: ignore[arg-type]


@compiled_only
def test_fit_reads_tables(tmp_path: Path) -> None:
    rows, sentences = sessions(2)
    path = tmp_path / "t.csv"
    path.write_text("g,t,i\n" + "".join(f"{s},{t},{i}\n" for s, t, i in rows))
    options = {
        "dim": 4,
        "epochs": 1,
        "threads": 1,
        "min_count": 1,
        "sample": 0,
        "preset": "word2vec",
    }
    of_table = SkipGram(**options).fit(path, column="i", group="g", order="t")
    of_lists = SkipGram(**options).fit(sentences)
    assert of_table.words == of_lists.words
    assert of_table.vectors.matrix.tobytes() == of_lists.vectors.matrix.tobytes()
    with pytest.raises(UsageError, match=r"groupby\(group\)"):
        SkipGram().fit([{"i": "a", "g": 1}], column="i", group="g")


# Parquet and Arrow
