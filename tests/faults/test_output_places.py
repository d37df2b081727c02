"""Rows 41 and 43: outputs that are links, pipes and devices; words that the C tools cannot read."""

import os
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import HANG_S, OLD, call, compiled_only, leftovers, refused, run
from helpers.odd_words import TRAIN, WORDS, save_odd_words, shell

from w2vneg.vectors import read_vectors, write_vectors


@pytest.fixture
def vectors(tmp_path):
    return save_odd_words(tmp_path / "v.vec")


def writers(vectors, corpus):
    """Commands that write a file: their arguments up to the output."""
    return {
        "convert": ["convert", vectors],
        "vocab": ["vocab", corpus, "--min-count", 1, "-o"],
        "train": ["train", corpus, *TRAIN, "-o"],
        "graph": ["graph", corpus, "--min-count", 1, "-o"],
    }


writes = pytest.mark.parametrize(
    "command",
    ["convert", "vocab"] + [pytest.param(name, marks=compiled_only) for name in ("train", "graph")],
)


@pytest.mark.fault(41)
@writes
def test_replaces_target_of_symbolic_link(command, vectors, corpus, tmp_path):
    arguments = writers(vectors, corpus)[command]
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "target.vec"
    target.write_bytes(OLD)
    target.chmod(0o640)
    link = tmp_path / "link.vec"
    link.symlink_to(target)
    assert call(*arguments, link).code == 0
    assert link.is_symlink()
    assert target.read_bytes() != OLD
    assert target.stat().st_mode & 0o777 == 0o640
    plain = tmp_path / "plain.vec"
    assert call(*arguments, plain).code == 0
    assert target.read_bytes() == plain.read_bytes()
    assert leftovers(tmp_path) == []


@pytest.mark.fault(41)
def test_writes_through_link_to_other_file_system(vectors, tmp_path):
    if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(tmp_path).st_dev:
        pytest.skip("no second file system")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        target = Path(folder, "target.bin")
        link = tmp_path / "link.bin"
        link.symlink_to(target)
        for _ in range(2):  # a dangling link, then one to a file
            assert call("convert", vectors, link).code == 0
            assert link.is_symlink()
            assert read_vectors(target).words == WORDS
        target.write_bytes(OLD)
        (tmp_path / "bad.vec").write_bytes(b"1 2\na 1 x\n")
        refused(call("convert", tmp_path / "bad.vec", link), 1, "row 1")
        assert target.read_bytes() == OLD
        assert os.listdir(folder) == ["target.bin"]
    assert leftovers(tmp_path) == []


@pytest.mark.fault(41)
def test_refuses_broken_or_circular_link(vectors, corpus, tmp_path):
    loop = tmp_path / "loop.vec"
    loop.symlink_to(loop)
    dangling = tmp_path / "dangling.vec"
    dangling.symlink_to(tmp_path / "no-folder" / "v.vec")
    for link in (loop, dangling):
        for arguments in writers(vectors, corpus).values():
            outcome = call(*arguments, link)
            refused(outcome, outcome.code, link)
            assert outcome.code in (1, 2)
            assert link.is_symlink()


@pytest.mark.fault(41)
@writes
def test_writes_to_null_device(command, vectors, corpus):
    before = os.stat(os.devnull)
    outcome = call(*writers(vectors, corpus)[command], os.devnull)
    assert outcome.code == 0, outcome
    after = os.stat(os.devnull)
    assert (before.st_rdev, before.st_mode, before.st_ino) == (
        after.st_rdev, after.st_mode, after.st_ino,
    )  # fmt: skip
    assert not os.path.exists("/dev/null.json")


@pytest.mark.fault(41)
@writes
def test_names_full_device(command, vectors, corpus):
    outcome = call(*writers(vectors, corpus)[command], "/dev/full")
    refused(outcome, 1, "cannot write /dev/full: No space left on device")


@pytest.mark.fault(41)
@writes
def test_writes_to_named_pipe(command, vectors, corpus, tmp_path):
    arguments = writers(vectors, corpus)[command]
    pipe = tmp_path / "pipe.vec"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    outcome = call(*arguments, pipe)
    reader.join(HANG_S)
    assert outcome.code == 0, outcome
    assert pipe.is_fifo()
    assert call(*arguments, tmp_path / "plain.vec").code == 0
    if command != "graph":  # an archive holds the time it was made
        assert got == [(tmp_path / "plain.vec").read_bytes()]
    assert not (tmp_path / "pipe.vec.json").exists()


@pytest.mark.slow
@pytest.mark.fault(41)
@pytest.mark.parametrize(
    "command",
    [
        "convert",
        pytest.param("train", marks=compiled_only),
        pytest.param("vocab", marks=pytest.mark.stress),
    ],
)
def test_stdout_as_output_holds_only_data(command, vectors, corpus, tmp_path):
    arguments = writers(vectors, corpus)[command]
    plain = tmp_path / "plain.vec"
    assert call(*arguments, plain).code == 0
    outcome = run(*arguments, "/dev/stdout")
    assert outcome.code == 0, outcome
    assert outcome.out.encode() == plain.read_bytes()
    assert "Traceback" not in outcome.err
    assert outcome.err.strip()  # what is said besides


@pytest.mark.slow
@pytest.mark.fault(41)
def test_appends_to_redirected_stdout(vectors, tmp_path):
    output = tmp_path / "all.vec"
    output.write_bytes(OLD)
    code, _, err = shell(f"w2vneg convert {vectors} /dev/stdout >> {output}")
    assert code == 0, err
    assert output.read_bytes() == OLD + vectors.read_bytes()
    assert not os.path.exists("/dev/stdout.json")


@pytest.mark.fault(43)
@compiled_only
def test_writes_and_counts_words_of_50_bytes(tmp_path):
    edges = ["a" * 49, "b" * 50, "é" * 25, "c" * 51, "x" * 900]
    corpus = tmp_path / "corpus.txt"
    corpus.write_text(" ".join(edges) + "\n" + " ".join(edges[::-1]) + "\n", encoding="utf-8")
    warning = "4 words have 50 bytes or more: the C tools cannot read those\n"
    for name in ("o.vec", "o.bin"):
        outcome = call("train", corpus, *TRAIN, "-o", tmp_path / name)
        assert outcome.code == 0, outcome
        assert outcome.err.endswith(warning)
        assert sorted(read_vectors(tmp_path / name).words) == sorted(edges)
    outcome = call("convert", tmp_path / "o.vec", tmp_path / "p.bin")
    assert outcome.code == 0
    assert outcome.err == "w2vneg: " + warning
    corpus.write_text(" ".join(edges[:1] * 2 + ["short"]) + "\n")
    outcome = call("train", corpus, *TRAIN, "-o", tmp_path / "o.vec")
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.fault(43)
def test_prints_long_words_whole_to_pipe(tmp_path):
    words = ["a" * 49, "b" * 300, "c" * 5000]
    write_vectors(tmp_path / "v.vec", words, np.eye(3, dtype=np.float32))
    outcome = call("neighbors", tmp_path / "v.vec", words[0])
    assert outcome.code == 0
    assert words[1] in outcome.out
    assert words[2] in outcome.out
