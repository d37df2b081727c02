"""``w2vneg neighbors``: words, sums of words, standard input and the prompt."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused

from w2vneg import Vectors

WORDS = ["king", "man", "woman", "queen", "new york", "-man", "+woman", "-1", "river"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(9, 6)).astype(np.float32)
    matrix[3] = matrix[0] - matrix[1] + matrix[2]
    lines = [f"{w} " + " ".join(map(str, row)) for w, row in zip(WORDS, matrix, strict=True)]
    (tmp_path / "v.vec").write_text("9 6\n" + "\n".join(lines) + "\n")
    return tmp_path / "v.vec"


def vectors(path: Path) -> Vectors:
    from w2vneg import load_vectors

    return load_vectors(path)


def test_sums_of_words(path: Path) -> None:
    found = json.loads(call("neighbors", path, "king", "+woman", "-man", "-n", 2, "--json").out)
    near = found["neighbors"]["king +woman -man"]
    assert near[0][0] == "queen"
    assert near == [list(p) for p in vectors(path).most_similar(["king", "woman"], ["man"], 2)]
    both = call("neighbors", path, "king", "-man", "woman", "river", "+king", "--json")
    assert list(json.loads(both.out)["neighbors"]) == ["king -man", "woman", "river +king"]


def test_after_two_hyphens_signs_are_part_of_words(path: Path) -> None:
    found = json.loads(call("neighbors", path, "--json", "--", "king", "+woman", "-man").out)
    assert list(found["neighbors"]) == ["king", "+woman", "-man"]


@pytest.mark.parametrize("wrong", ["-topn", "-k", "-json", "--foo", "-5"])
def test_options_of_other_tools_are_still_answered(path: Path, wrong: str) -> None:
    words = [wrong] if wrong == "-5" else ["king", wrong]
    refused(call("neighbors", path, *words), 2, wrong)


def test_unknown_terms_are_named(path: Path) -> None:
    refused(call("neighbors", path, "king", "-mann"), 1, "unknown word 'mann'; did you mean 'man'")


def test_lines_of_standard_input(path: Path) -> None:
    lines = b"king +woman -man\n\nnew york\nnobody\n  river  \n"
    outcome = call("neighbors", path, "-", "-n", 1, stdin=lines)
    assert outcome.code == 1
    assert "queen" in outcome.out
    assert outcome.out.count("cosine") == 3
    assert "unknown word 'nobody'" in outcome.err
    assert "1 line could not be answered" in outcome.err
    outcome = call("neighbors", path, "-", "--json", stdin=b"king -man\nriver\n")
    assert list(json.loads(outcome.out)["neighbors"]) == ["king -man", "river"]
    refused(call("neighbors", path, "-", stdin=b"\xff\xfe"), 1, "not UTF-8")


def test_no_words_and_no_terminal(path: Path) -> None:
    refused(call("neighbors", path), 2, "- to read them from standard input")


@pytest.mark.slow
def test_a_prompt_loads_the_file_once(path: Path) -> None:
    ours, theirs = pty.openpty()

    def start(*more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "w2vneg", "neighbors", str(path), "-n", "1", *more]
        return subprocess.Popen(
            command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    with start("--json") as process:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "--json needs words" in err
    with start() as process:
        os.write(ours, b"king +woman -man\nnobody\nriver\n\x04")
        out, err = process.communicate(timeout=60)
    os.close(theirs)
    os.close(ours)
    assert process.returncode == 0
    assert out.count("cosine") == 2
    assert "queen" in out
    assert "unknown word 'nobody'" in err
