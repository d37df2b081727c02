"""The commands on vectors: eval, neighbors, analogy, convert."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers.small_vectors import MATRIX, WORDS

from w2vneg.cli import group, main
from w2vneg.vectors import read_vectors, write_vectors


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    write_vectors(tmp_path / "v.vec", WORDS, MATRIX)
    return tmp_path / "v.vec"


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    folder = tmp_path / "sets"
    (folder / "similarity").mkdir(parents=True)
    (folder / "q.txt").write_text(": s\nman king woman queen\nman king woman nobody\n")
    (folder / "similarity" / "one.csv").write_text("man,woman,1\nking,queen,2\nparis,rome,9\n")
    (folder / "similarity" / "two.tsv").write_text("man\tqueen\t1\nking\tnone\t2\n")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments], catch_exceptions=False)


def code_of(*arguments: object) -> int:
    with pytest.raises(SystemExit) as leaving:
        main([str(a) for a in arguments])
    return int(leaving.value.code or 0)


def test_eval_reports_counts_as_json(vectors: Path, sets: Path) -> None:
    result = run(
        "eval",
        vectors,
        "--analogies",
        sets / "q.txt",
        "--similarity",
        sets / "similarity",
        "--json",
    )
    assert result.exit_code == 0
    scores = json.loads(result.stdout)["vectors"][str(vectors)]
    total = scores["analogies"]["q"]["total"]
    assert (total["correct"], total["total"], total["skipped"]) == (1, 1, 1)
    assert scores["similarity"]["one"]["pairs"] == 3
    assert scores["similarity"]["two"]["missing"] == 1
    assert scores["similarity"]["two"]["spearman"] is None
    assert "NaN" not in result.stdout


def test_eval_table_has_a_column_per_file(vectors: Path, sets: Path, tmp_path: Path) -> None:
    write_vectors(tmp_path / "w.bin", WORDS, MATRIX[::-1].copy())
    result = run("eval", vectors, tmp_path / "w.bin", "--similarity", sets / "similarity")
    assert result.exit_code == 0
    assert "undefined" in result.stdout
    assert "3 of 3" in result.stdout
    heading = result.stdout.splitlines()[1]
    assert "v.vec" in heading
    assert "w.bin" in heading


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Vectors that know fewer words."""
    write_vectors(tmp_path / "few.vec", WORDS[:4], MATRIX[:4])
    return tmp_path / "few.vec"


def cells(output: str, row: str) -> list[str]:
    line = next(line for line in output.splitlines() if line.strip().startswith(row))
    return re.findall(r"\d+ of \d+|\d\.\d+ \[.*?\]|undefined|-$", line.strip().removeprefix(row))


@pytest.mark.parametrize("swapped", [False, True])
def test_used_is_shown_for_each_file(vectors: Path, few: Path, sets: Path, swapped: bool) -> None:
    # vecmap issue 29, GloVe issue 108, gensim issue 1934
    (sets / "q.txt").write_text(
        "man king woman queen\nman king woman nobody\nparis france rome italy\n"
    )
    files = (few, vectors) if swapped else (vectors, few)
    options = ["--analogies", sets / "q.txt", "--similarity", sets / "similarity" / "one.csv"]
    result = run("eval", *files, *options)
    used = ["2 of 3", "1 of 3"]
    assert cells(result.stdout, "q total")[::2] == used[:: -1 if swapped else 1]
    used = ["3 of 3", "2 of 3"]
    assert cells(result.stdout, "one (Spearman)")[::2] == used[:: -1 if swapped else 1]
    notes = result.stderr.splitlines()
    assert f"w2vneg: {few}: scored on less than half of q (1 of 3)" in notes
    assert f"w2vneg: {few}: 2 of 3 questions skipped: 2 with an unknown word" in notes
    assert any("not scored on the same items of q, one: --common" in note for note in notes)
    scores = json.loads(run("eval", *files, *options, "--json").stdout)["vectors"]
    assert scores[str(few)]["analogies"]["q"]["total"]["unknown"] == 2
    assert scores[str(vectors)]["similarity"]["one"]["pairs"] == 3


def test_common_scores_what_all_files_know(vectors: Path, few: Path, sets: Path) -> None:
    (sets / "q.txt").write_text(": family\nman king woman queen\nparis france rome italy\n")
    (sets / "s.csv").write_text("man,woman,1\nking,queen,2\nparis,rome,9\nman,king,4\n")
    options = ["--analogies", sets / "q.txt", "--similarity", sets / "s.csv"]
    result = run("eval", vectors, few, *options, "--common", "--sections")
    assert cells(result.stdout, "q total") == ["1 of 2", "1.000 [1.000, 1.000]"] * 2
    assert cells(result.stdout, "s (Spearman)")[::2] == ["3 of 4"] * 2
    assert "1 that another file does not know" in result.stderr
    assert "--common" not in result.stderr
    scores = json.loads(run("eval", vectors, few, *options, "--common", "--json").stdout)
    assert scores["common"] is True
    one, other = (scores["vectors"][str(path)] for path in (vectors, few))
    assert one["analogies"]["q"]["total"]["not_common"] == 1
    assert one["similarity"]["s"]["not_common"] == 1
    # The vectors of the common words are the same, so all scores are.
    for key in ("spearman", "pearson", "low", "high", "pairs"):
        assert one["similarity"]["s"][key] == other["similarity"]["s"][key]
    alone = json.loads(run("eval", few, *options, "--json").stdout)["vectors"][str(few)]
    assert alone == other


def test_common_needs_files_with_common_items(vectors: Path, sets: Path, tmp_path: Path) -> None:
    write_vectors(tmp_path / "w.vec", WORDS[4:], MATRIX[4:])
    options = ["--similarity", sets / "similarity" / "one.csv", "--common"]
    assert code_of("eval", vectors, *options) == 2
    assert code_of("eval", vectors, vectors, *options) == 2
    assert code_of("eval", vectors, tmp_path / "w.vec", *options) == 0
    write_vectors(tmp_path / "u.vec", WORDS[:4], MATRIX[:4])
    assert code_of("eval", tmp_path / "u.vec", tmp_path / "w.vec", *options) == 1


@pytest.mark.slow
def test_words_beyond_the_restriction_are_not_unknown(tmp_path: Path) -> None:
    # word-embeddings-benchmarks issue 73, GloVe issue 108
    words = [f"w{i}" for i in range(300_010)]
    matrix = np.random.default_rng(1).standard_normal((len(words), 2)).astype(np.float32)
    write_vectors(tmp_path / "v.bin", words, matrix)
    (tmp_path / "s.tsv").write_text(
        "w1\tw2\t1\nw3\tw4\t5\nw5\tw6\t2\nw300001\tw2\t3\nw300002\tw300003\t4\nw1\tzz\t1\n"
    )
    (tmp_path / "q.txt").write_text("w1 w2 w3 w4\nw1 w2 w3 w30001\nw1 w2 w3 zz\n")
    options = ["--analogies", tmp_path / "q.txt", "--similarity", tmp_path / "s.tsv"]
    for more, pairs, beyond, asked in (
        ([], 3, 2, 1),
        (["--restrict-vocab", 1000], 3, 2, 1),
        (["--restrict-vocab", 300_003], 4, 1, 2),
        (["--restrict-vocab", 1_000_000], 5, 0, 2),
    ):
        result = run("eval", tmp_path / "v.bin", *options, *more, "--bootstrap", 10, "--json")
        found = json.loads(result.stdout)["vectors"][str(tmp_path / "v.bin")]
        one = found["similarity"]["s"]
        assert (one["pairs"], one["beyond"], one["missing"]) == (pairs, beyond, 1)
        total = found["analogies"]["q"]["total"]
        assert (total["total"], total["beyond"], total["unknown"]) == (asked, 2 - asked, 1)
    shown = run("eval", tmp_path / "v.bin", *options, "--bootstrap", 10)
    assert "1 with an unknown word, 2 with a word beyond --restrict-vocab" in shown.stderr
    assert cells(shown.stdout, "s (Spearman)")[0] == "3 of 6"


def test_remedy_of_a_small_restriction_works(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "q.txt").write_text("paris france rome italy\n")
    options = ["eval", vectors, "--analogies", tmp_path / "q.txt", "--restrict-vocab"]
    assert code_of(*options, 4) == 1
    assert "raise --restrict-vocab" in capsys.readouterr().err
    assert code_of(*options, 8) == 0


def test_case_sensitive_tells_words_apart(tmp_path: Path) -> None:
    # gensim issues 2999 and 714
    words = ["stra\u00dfe", "haus", "h\u00e4user", "strasse", "stra\u00dfen"]
    matrix = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 1], [9, 9, 1], [1, 0, 1]], np.float32)
    write_vectors(tmp_path / "v.vec", words, matrix)
    (tmp_path / "q.txt").write_text("haus h\u00e4user stra\u00dfe stra\u00dfen\nHaus a b c\n")
    (tmp_path / "s.tsv").write_text(
        "strasse\tstra\u00dfe\t1\nhaus\th\u00e4user\t5\nHAUS\thaus\t9\n"
    )
    options = ["--analogies", tmp_path / "q.txt", "--similarity", tmp_path / "s.tsv", "--json"]
    for more, pairs in ((), 3), (("--case-sensitive",), 2):
        result = json.loads(run("eval", tmp_path / "v.vec", *options, *more).stdout)
        assert result["case_sensitive"] is bool(more)
        found = result["vectors"][str(tmp_path / "v.vec")]
        assert found["similarity"]["s"]["pairs"] == pairs
        assert found["analogies"]["q"]["total"]["correct"] == 1


def test_bad_rows_are_skipped_where_asked(vectors: Path, sets: Path, tmp_path: Path) -> None:
    rows = vectors.read_text().splitlines()
    (tmp_path / "twice.vec").write_text(
        "\n".join([f"{len(rows)} 4", *rows[1:], rows[1]]) + "\n", encoding="utf-8"
    )
    options = ["--analogies", sets / "q.txt", "--json"]
    assert code_of("eval", tmp_path / "twice.vec", *options) == 1
    result = run("eval", tmp_path / "twice.vec", *options, "--skip-bad-rows")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["vectors"][str(tmp_path / "twice.vec")]["words"] == 8
    assert "twice.vec" in result.stderr


def test_kinds_are_shown_only_where_claimed(vectors: Path, sets: Path) -> None:
    for text, shown in (
        ("man king woman queen\n", ["total"]),
        (": family\nman king woman queen\n", ["total", "semantic"]),
        (": gram1\nman king woman queen\n", ["total", "syntactic"]),
    ):
        (sets / "q.txt").write_text(text)
        result = run("eval", vectors, "--analogies", sets / "q.txt")
        assert re.findall(r"^ q (\w+)", result.stdout, re.MULTILINE) == shown


def test_one_folder_serves_both_options(vectors: Path, sets: Path) -> None:
    (sets / "README").write_text("this folder holds tests\n")
    result = run("eval", vectors, "--analogies", sets, "--similarity", sets)
    assert result.exit_code == 0
    skipped = [line for line in result.stderr.splitlines() if "skipped: " in line]
    assert cells(result.stdout, "q total")[0] == "1 of 2"
    assert cells(result.stdout, "one (Spearman)")[0] == "3 of 3"
    assert sum(line.startswith("w2vneg: skipped: ") for line in skipped) == 1
    assert str(sets / "README") in result.stderr


def test_bats_folder_is_scored(vectors: Path, tmp_path: Path) -> None:
    folder = tmp_path / "BATS_3.0" / "4_Encyclopedic_semantics"
    folder.mkdir(parents=True)
    (folder / "E01 [country - capital].txt").write_text("france\tparis\nitaly\tmilan/rome\n")
    (folder / "E10 [male - female].txt").write_text("man\twoman\nking\tqueen/empress\n")
    (tmp_path / "BATS_3.0" / "metadata.json").write_text("{}")
    result = run("eval", vectors, "--analogies", tmp_path / "BATS_3.0")
    assert cells(result.stdout, "E01 [country - capital] total")[0] == "1 of 2"
    assert cells(result.stdout, "E10 [male - female] total")[0] == "2 of 2"
    assert "skipped: " in result.stderr
    assert "metadata.json" in result.stderr
    scores = json.loads(run("eval", vectors, "--analogies", tmp_path / "BATS_3.0", "--json").stdout)
    assert list(scores["skipped_files"]) == [str(tmp_path / "BATS_3.0" / "metadata.json")]
    found = scores["vectors"][str(vectors)]["analogies"]["E10 [male - female]"]
    assert found["total"]["correct"] == 2


def test_neighbors_and_analogies_are_answered(vectors: Path) -> None:
    found = json.loads(run("neighbors", vectors, "paris", "rome", "-n", 2, "--json").stdout)
    assert found["neighbors"]["paris"][0][0] == "rome"
    assert [len(near) for near in found["neighbors"].values()] == [2, 2]
    for method in ("3cosadd", "3cosmul"):
        answers = json.loads(
            run("analogy", vectors, "man", "king", "woman", "--method", method, "--json").stdout
        )
        assert answers["answers"][0][0] == "queen"
    assert "queen" in run("analogy", vectors, "man", "king", "woman").stdout
    assert "rome" in run("neighbors", vectors, "paris").stdout


def test_convert_preserves_every_bit(vectors: Path, tmp_path: Path) -> None:
    previous = vectors
    for name in ("a.bin", "b.vec.gz", "c.bin.gz", "d.txt"):
        assert run("convert", previous, tmp_path / name).exit_code == 0
        previous = tmp_path / name
        read = read_vectors(previous)
        assert read.words == WORDS
        assert read.matrix.tobytes() == MATRIX.tobytes()
    assert run("convert", vectors, tmp_path / "few.bin", "--limit", 3).exit_code == 0
    assert read_vectors(tmp_path / "few.bin").words == WORDS[:3]


def test_convert_replaces_invalid_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.vec").write_bytes(b"1 1\ncaf\xe9 1\n")
    assert code_of("convert", tmp_path / "latin.vec", tmp_path / "o.vec") == 1
    options = ["--encoding-errors", "replace"]
    assert run("convert", tmp_path / "latin.vec", tmp_path / "o.vec", *options).exit_code == 0
    assert read_vectors(tmp_path / "o.vec").words == ["caf\ufffd"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["neighbors", "{v}", "pariss"], 1, "paris"),
        (["analogy", "{v}", "man", "kinng", "woman"], 1, "king"),
        (["neighbors", "{v}", "paris", "-n", "0"], 2, "at least 1"),
        (["analogy", "{v}", "a", "b", "c", "--method", "3cosmull"], 2, "3cosmul"),
        (["eval", "{v}", "--restrict-vocab", "0"], 2, "restrict-vocab"),
        (["eval", "{v}", "--bootstrap", "0"], 2, "bootstrap"),
        (["eval", "{v}", "--analogies", "{d}/none.txt"], 2, "none.txt"),
        (["eval", "{d}/none.vec"], 2, "none.vec"),
        (["eval", "{bad}"], 1, "header"),
        (["convert", "{v}", "{d}/o.pkl"], 2, "unknown file format"),
        (["convert", "{v}", "{v}"], 2, "input"),
        (["convert", "{bad}", "{d}/o.bin"], 1, "header"),
        (["convert", "{v}", "{d}/none/o.bin"], 1, "none"),
        (["convert", "{v}", "{d}/o.bin", "--limit", "0"], 2, "limit"),
    ],
)
def test_failures_are_one_line(
    vectors: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    (tmp_path / "bad.vec").write_bytes(b"not a header\n")
    places = {"v": vectors, "d": tmp_path, "bad": tmp_path / "bad.vec"}
    before = sorted(p.name for p in tmp_path.iterdir())
    assert code_of(*(a.format(**places) for a in arguments)) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert re.search(message, said.err)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.slow
def test_json_is_escaped_where_stdout_is_ascii(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    write_vectors(tmp_path / "v.vec", ["plain", "日本"], np.eye(2, dtype=np.float32))
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "w2vneg", "neighbors", str(tmp_path / "v.vec"), "plain", "--json"],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"\\u65e5" in done.stdout
