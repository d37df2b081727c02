"""The commands on vectors: eval, neighbors, analogy, convert."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers.small_vectors import MATRIX, WORDS

from w2vneg.cli import group, main
from w2vneg.vectors.vectors import read_vectors, write_vectors


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
    import re

    (tmp_path / "bad.vec").write_bytes(b"not a header\n")
    places = {"v": vectors, "d": tmp_path, "bad": tmp_path / "bad.vec"}
    before = sorted(p.name for p in tmp_path.iterdir())
    assert code_of(*(a.format(**places) for a in arguments)) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert re.search(message, said.err)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


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
