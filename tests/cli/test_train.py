"""``w2vneg train`` as a user meets it; in a process of its own where the process matters."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import Outcome, call, refused

from w2vneg import load_vectors
from w2vneg.cli.train import default_output
from w2vneg.kernel.jit import INTERPRETED

pytestmark = pytest.mark.skipif(INTERPRETED, reason="runs whole trainings")
ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = "the cat sat on the mat\nthe dog sat on the log\n" * 40
#: A preset that does not depend on the corpus, and so has no line on what it sets.
CLASSIC = ("--preset", "word2vec")


def run(*arguments, cwd=None, text=None, limits=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "w2vneg", *map(str, arguments)],
        cwd=cwd,
        input=text,
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        preexec_fn=limits,
    )


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT)
    return path


@pytest.mark.slow
def test_a_first_session(corpus, tmp_path):
    result = run("train", corpus, "--min-count", 1, "--dim", 10, "--threads", 1, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count(b"\n") == 1
    assert b"the preset balanced sets --epochs 30 --lr " in result.stderr
    assert b"7 words x 10" in result.stdout
    vectors = load_vectors(tmp_path / "corpus.vec")
    assert vectors.words[0] == "the"
    shown = run("neighbors", tmp_path / "corpus.vec", "cat", "-n", 3)
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) >= 5
    again = run(
        "train", corpus, "--min-count", 1, "--dim", 10, "--threads", 1, "-o", "b.bin", "--json",
        "--save-vocab", "words.tsv", cwd=tmp_path,
    )  # fmt: skip
    told = json.loads(again.stdout)
    assert told["corpus"]["from_cache"] is True
    assert load_vectors(tmp_path / "b.bin").matrix.tobytes() == vectors.matrix.tobytes()
    assert (tmp_path / "words.tsv").read_text().startswith("the\t160\n")
    beside = json.loads((tmp_path / "b.bin.json").read_text())
    assert beside["config"] == told["config"]


@pytest.mark.slow
def test_standard_input_and_several_files(corpus, tmp_path):
    options = ["--min-count", 1, "--dim", 5, "--threads", 1]
    piped = run("train", "-", *options, "-o", "in.bin", cwd=tmp_path, text=TEXT.encode())
    assert piped.returncode == 0, piped.stderr
    assert run("train", corpus, corpus, *options, "-o", "two.bin", cwd=tmp_path).returncode == 0
    once, twice = (json.loads((tmp_path / f"{n}.bin.json").read_text()) for n in ("in", "two"))
    assert twice["corpus"]["tokens_kept"] == 2 * once["corpus"]["tokens_kept"]


@pytest.mark.parametrize(
    ("name", "content", "code", "part"),
    [
        ("missing.txt", None, 2, "no such file"),
        ("empty.txt", b"", 1, "no tokens"),
        ("blank.txt", b"\n \n\t\n", 1, "no tokens"),
        ("rare.txt", b"a b c\n", 1, "--min-count"),
        ("one.txt", b"a a a a a a a a\n", 1, "at least 2"),
        ("wide.txt", "a b c".encode("utf-16"), 1, "UTF-16"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(200)), 1, "binary"),
        ("cut.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03KT(I", 1, "cut.gz"),
    ],
)
def test_bad_corpora_are_refused_in_one_line(tmp_path, name, content, code, part):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    output = tmp_path / "old.vec"
    output.write_bytes(b"old")
    before = sorted(p.name for p in tmp_path.iterdir())
    refused(call("train", tmp_path / name, "-o", output), code, name, part)
    assert output.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_folder_without_text(tmp_path):
    (tmp_path / "empty").mkdir()
    refused(call("train", tmp_path / "empty"), 1, "empty")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--dim", "0"], "--dim"),
        (["--lr", "nan"], "--lr"),
        (["--lr", "-1"], "--lr"),
        (["--sample", "inf"], "--sample"),
        (["--threads", "0"], "--threads"),
        (["--epochs", "two"], "--epochs"),
        (["--sampler", "unigrm"], "did you mean 'unigram'"),
        (["--negativs", "3"], "--negatives"),
        (["-o", "x.docx"], ".vec"),
        (["-o", "corpus.txt"], "corpus.txt"),
        (["-o", "nowhere/x.vec"], "nowhere"),
        (["-o", "n" * 300 + ".vec"], "too long"),
    ],
)
def test_bad_options_are_refused_before_anything_is_read(
    corpus, tmp_path, monkeypatch, options, part
):
    monkeypatch.chdir(tmp_path)
    refused(
        call("train", corpus, *options),
        1 if options[0] == "-o" and part in ("nowhere", "too long") else 2,
        part,
    )
    assert [p.name for p in tmp_path.iterdir()] == ["corpus.txt"]


def test_unknown_command_is_answered_with_near_ones():
    refused(call("trian"), 2, "'train'")


def test_divergence_saves_nothing(corpus, tmp_path):
    output = tmp_path / "old.vec"
    output.write_bytes(b"old")
    train = ("train", corpus, "--min-count", 1, "--preset", "word2vec", "--lr", "1e9")
    refused(call(*train, "-o", output), 1, "lower --lr")
    assert output.read_bytes() == b"old"


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_file(corpus, tmp_path):
    output = tmp_path / "old.vec"
    output.write_bytes(b"old")
    options = ["train", corpus, "--min-count", 1, "--dim", 2000, "-o", output, *CLASSIC]
    assert run(*options, "--epochs", 1, "-o", tmp_path / "warm.bin").returncode == 0

    def limits():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    result = run(*options, "--epochs", 1, limits=limits)
    answer = Outcome(result.returncode, result.stdout.decode(), result.stderr.decode())
    refused(answer, 1, "old.vec", "File too large")
    assert output.read_bytes() == b"old"
    assert not [p for p in tmp_path.iterdir() if "tmp" in p.name]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("delay", [0.8, 3.0])
def test_signals_end_within_a_second_and_lose_nothing(corpus, tmp_path, number, code, delay):
    output = tmp_path / "old.vec"
    output.write_bytes(b"old")
    process = subprocess.Popen(
        [sys.executable, "-m", "w2vneg", "train", str(corpus), "--min-count", "1", "--epochs",
         "1000000", "-o", str(output)],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    time.sleep(delay)
    began = time.monotonic()
    process.send_signal(number)
    _, message = process.communicate(timeout=30)
    # While Python still imports, the signal itself ends the process: the same code to a shell.
    assert process.returncode in (code, -number), message
    assert b"Traceback" not in message
    assert time.monotonic() - began < 3  # a second, and slack for a busy machine
    assert output.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["corpus.txt", "old.vec"]


@pytest.mark.slow
def test_devices_are_written_through(corpus):
    result = run("train", corpus, "--min-count", 1, "--dim", 3, "-o", "/dev/null")
    assert result.returncode == 0, result.stderr
    full = call("train", corpus, "--min-count", 1, "-o", "/dev/full", *CLASSIC)
    refused(full, 1, "/dev/full")


@pytest.mark.stress  # compiles everything; tests/faults/test_while_training.py has another such case
def test_read_only_home_still_works(corpus, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = run(
        "train", corpus, "--min-count", 1, "--dim", 3, "-o", tmp_path / "v.vec",
        W2VNEG_CACHE_DIR=str(blocked / "cache"),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert np.isfinite(load_vectors(tmp_path / "v.vec").matrix).all()


@pytest.mark.parametrize(
    ("command", "light"),
    [
        ("--help", {"numpy", "numba", "gensim", "scipy", "rich"}),
        ("eval", {"numpy", "numba", "gensim", "scipy", "rich"}),
        ("convert", {"numpy", "numba", "gensim", "scipy", "rich"}),
        # The options of the samplers stand beside their compiled hooks.
        ("train", {"gensim", "scipy.stats", "rich"}),
    ],
)
@pytest.mark.slow
def test_help_is_light(command, light):
    code = (
        "import sys, w2vneg.cli\n"
        f"try: w2vneg.cli.main(['{command}', '--help'])\n"
        "except SystemExit: pass\n"
        f"heavy = {light} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("corpus", "output"),
    [
        ("a/b.txt", "a/b.vec"),
        ("b.txt.gz", "b.vec"),
        ("b", "b.vec"),
        ("folder/", "folder.vec"),
        ("-", "vectors.vec"),
        ("b.vec", "b.vec.vec"),
        ("news.en", "news.en.vec"),
        ("news.de", "news.de.vec"),
        ("wiki.part1", "wiki.part1.vec"),
        ("wiki.part2.bz2", "wiki.part2.vec"),
        ("v1.2/corpus", "v1.2/corpus.vec"),
        ("B.TXT.XZ", "B.vec"),
        ("a.text.zst", "a.vec"),
        (".txt", ".txt.vec"),
        ("..", None),
    ],
)
def test_default_output(corpus, output):
    output = output or f"../{Path('..').resolve().name}.vec"
    assert default_output(corpus) == output


def test_default_output_of_folder_with_dot(tmp_path):
    (tmp_path / "news.txt").mkdir()
    assert default_output(f"{tmp_path}/news.txt/") == f"{tmp_path}/news.txt.vec"
