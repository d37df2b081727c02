"""Rows 41 and 42: readers that leave; stdout and stderr that are closed, full or not UTF-8."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.commands import call, compiled_only, environment, finish, refused, run, start
from helpers.odd_words import TRAIN, WORDS, save_odd_words, shell

from w2vneg.cli import main
from w2vneg.vectors import read_vectors


@pytest.fixture
def vectors(tmp_path):
    return save_odd_words(tmp_path / "v.vec")


@pytest.fixture
def long_corpus(tmp_path):
    """A corpus whose vocabulary does not fit into the buffer of a pipe."""
    path = tmp_path / "long.txt"
    path.write_text("".join(f"one of them word-number-{i}\n" for i in range(30_000)))
    return path


@pytest.fixture
def odd_corpus(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text("plain 日本 é [/b]\n" * 20, encoding="utf-8")
    return path


@pytest.fixture
def sets(tmp_path):
    path = tmp_path / "é.tsv"
    path.write_text("plain\t日本\t1\né\tplain\t2\n日本\té\t3\n", encoding="utf-8")
    return path


def call_onto(stdout, *arguments, encoding="utf-8"):
    """Run the command line in this process on a stdout that is a real file; return code, stderr."""
    err = io.StringIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(stdout, encoding=encoding)) as stream:
        with contextlib.redirect_stderr(err), pytest.raises(SystemExit) as leaving:
            main([str(a) for a in arguments])
        stream.close()
    return leaving.value.code, err.getvalue()


LEFT = [
    "vocab {long} --min-count 1 --top 3000",
    "vocab {long} --min-count 1 --top 3000 --json",
    "vocab {long}",
    "neighbors {v} plain",
    "eval {v} --similarity {sets}",
    "samplers",
    "samplers unigram",
    "train --help",
    "--help",
]


@pytest.mark.slow
@pytest.mark.fault(41)
@pytest.mark.parametrize("command", LEFT)
def test_ends_quietly_if_reader_closes_pipe(command, vectors, long_corpus, sets):
    arguments = command.format(long=long_corpus, v=vectors, sets=sets).split()
    reading, writing = os.pipe()
    os.close(reading)
    assert call_onto(open(writing, "wb"), *arguments) == (0, "")


@pytest.mark.slow
@pytest.mark.fault(41)
@pytest.mark.parametrize(
    "command",
    [
        "vocab {long} --min-count 1 -o /dev/stdout | head -n 1",
        "convert {v} /dev/stdout | true",
        "train --help | true",
    ]
    + [
        pytest.param(f"{command} | {reader}", marks=pytest.mark.stress)
        for command in LEFT
        for reader in ("true", "head -c 1", "sleep 0.1")
    ],
)
def test_shell_sees_success_if_reader_closes_pipe(command, vectors, long_corpus, sets):
    command = command.format(long=long_corpus, v=vectors, sets=sets)
    code, _, err = shell(f"w2vneg {command}; exit ${{PIPESTATUS[0]}}")
    assert (code, err) == (0, b""), (code, err)


@pytest.mark.slow
@pytest.mark.fault(41)
@compiled_only
def test_trains_on_if_reader_of_stderr_closes_pipe(corpus, tmp_path):
    corpus.write_bytes(corpus.read_bytes() + b"caf\xe9\n")  # something to warn of
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [sys.executable, "-m", "w2vneg", "train", str(corpus), "-o", str(tmp_path / "o.vec"),
         *map(str, TRAIN)],
        stdout=subprocess.PIPE, stderr=writing, env=environment(),
    )  # fmt: skip
    os.close(writing)
    assert finish(process).code == 0
    assert len(read_vectors(tmp_path / "o.vec")) == 7


def commands_that_speak(vectors, corpus, sets, tmp_path):
    return {
        "neighbors": ["neighbors", vectors, "plain"],
        "neighbors --json": ["neighbors", vectors, "plain", "--json"],
        "analogy": ["analogy", vectors, "plain", "é", "日本"],
        "vocab": ["vocab", corpus],
        "vocab --json": ["vocab", corpus, "--json"],
        "eval": ["eval", vectors, "--similarity", sets],
        "eval --json": ["eval", vectors, "--similarity", sets, "--json"],
        "train": ["train", corpus, *TRAIN, "-o", tmp_path / "日本.vec"],
        "train --json": ["train", corpus, *TRAIN, "-o", tmp_path / "日本.vec", "--json"],
    }


speaks = pytest.mark.parametrize(
    "command",
    ["neighbors", "neighbors --json", "analogy", "vocab", "vocab --json", "eval", "eval --json"]
    + [pytest.param(name, marks=compiled_only) for name in ("train", "train --json")],
)
#: In processes of their own: all of them would take long.
speaks_alone = pytest.mark.parametrize(
    "command",
    [
        pytest.param(name, marks=[compiled_only, *([] if name == "train" else [pytest.mark.stress])])
        for name in ("train", "train --json", "neighbors", "neighbors --json", "analogy", "vocab",
                     "vocab --json", "eval", "eval --json")
    ],
)  # fmt: skip


@pytest.fixture
def spoken(vectors, odd_corpus, sets, tmp_path):
    return commands_that_speak(vectors, odd_corpus, sets, tmp_path)


def close(*numbers):
    """Return what starts a child without some of its standard streams."""
    return lambda: [os.close(number) for number in numbers]


@pytest.mark.fault(42)
@speaks
def test_escapes_words_that_ascii_lacks(command, spoken):
    for encoding in ("ascii", "latin-1"):
        shown = io.BytesIO()
        shown.close = lambda: None
        code, err = call_onto(shown, *spoken[command], encoding=encoding)
        assert code == 0, err
        assert_escaped(command, shown.getvalue().decode(encoding))


@pytest.mark.slow
@pytest.mark.fault(42)
@speaks_alone
def test_escapes_words_in_ascii_locale(command, spoken):
    outcome = run(*spoken[command], LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (outcome.code, outcome.err) == (0, ""), outcome
    assert_escaped(command, outcome.out)
    if command in ("neighbors", "neighbors --json", "vocab", "vocab --json", "eval"):
        # The words of the arguments are bytes of the locale, too: here there are none but ASCII.
        outcome = run(*spoken[command], LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert (outcome.code, outcome.err) == (0, ""), outcome
        assert_escaped(command, outcome.out)


def assert_escaped(command, out):
    """Check that no word was lost, and that JSON is JSON still."""
    assert "日" not in out
    if command.endswith("--json"):
        said = json.loads(out)
        if command == "neighbors --json":
            assert {word for word, _ in said["neighbors"]["plain"]} == set(WORDS[1:])
    elif command in ("neighbors", "vocab"):
        assert "\\u65e5\\u672c" in out


@pytest.mark.slow
@pytest.mark.fault(42)
@speaks_alone
def test_result_is_complete_if_stdout_is_closed(command, spoken, tmp_path):
    outcome = finish(start(*spoken[command], stdout=None, limits=close(1)))
    assert (outcome.code, outcome.err) == (0, ""), outcome
    if command.startswith("train"):
        # No file of the result has become the process's stdout.
        assert len(read_vectors(tmp_path / "日本.vec")) == 4
        json.loads((tmp_path / "日本.vec.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.fault(42)
@speaks_alone
def test_result_is_complete_if_stderr_is_closed(command, spoken, tmp_path):
    outcome = run(*spoken[command], limits=close(2))
    assert outcome.code == 0, outcome
    assert outcome.out.strip()
    if command.startswith("train"):
        assert len(read_vectors(tmp_path / "日本.vec")) == 4


@pytest.mark.slow
@pytest.mark.fault(42)
def test_exit_codes_hold_if_all_streams_are_closed(tmp_path, vectors):
    none = close(0, 1, 2)
    assert run("convert", vectors, tmp_path / "o.bin", limits=none).code == 0
    assert run("convert", tmp_path / "none.vec", tmp_path / "o.bin", limits=none).code == 2
    assert read_vectors(tmp_path / "o.bin").words == WORDS


@pytest.mark.fault(42)
@pytest.mark.parametrize(
    "command",
    ["neighbors {v} plain", "neighbors {v} plain --json", "convert {v} {v}.bin", "--help",
     "samplers gneg"],
)  # fmt: skip
def test_names_full_disk_behind_stdout(command, vectors):
    code, err = call_onto(open("/dev/full", "wb"), *command.format(v=vectors).split())
    assert code == 1
    assert err.count("\n") == 1
    assert "standard output: No space left on device" in err


@pytest.mark.slow
@pytest.mark.fault(42)
def test_process_names_full_disk_behind_stdout(vectors):
    code, _, err = shell(f"w2vneg neighbors {vectors} plain --json > /dev/full")
    assert (code, err.count(b"\n")) == (1, 1), err


@pytest.mark.slow
@pytest.mark.fault(42)
def test_ignores_full_disk_behind_stderr(vectors):
    code, out, _ = shell(f"w2vneg neighbors {vectors} plain 2> /dev/full")
    assert code == 0
    assert out.strip()


@pytest.mark.fault(42)
def test_escapes_terminal_codes_and_rich_markup(vectors):
    outcome = call("neighbors", vectors, *WORDS)
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert "\\x1b[2J" in outcome.out
    assert "[/b]" in outcome.out
    assert "a\\u2028b" in outcome.out
    # Nothing is cut off where no terminal sets a width.
    assert outcome.out.count("plain") == len(WORDS)
    outcome = call("neighbors", vectors, "\x1b[2K", "plain")
    refused(outcome, 1)
    assert "\x1b" not in outcome.err


@pytest.mark.fault(42)
def test_prints_path_with_line_end_on_one_line(tmp_path):
    for command in ("neighbors", "vocab", "eval"):
        outcome = call(command, tmp_path / "a\nb\x1b[2J.vec", *(["x"] * (command == "neighbors")))
        refused(outcome, 2, "a\\x0ab\\x1b[2J")


@pytest.mark.fault(42)
@compiled_only
def test_accepts_path_that_is_not_utf8(tmp_path, corpus):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.vec")
    outcome = call("train", corpus, *TRAIN, "-o", odd, "--json")
    assert outcome.code == 0, outcome
    assert len(read_vectors(odd)) == 7
    said = json.loads(outcome.out)
    assert os.path.basename(said["output"]) == "caf\udce9.vec"
    renamed = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    os.rename(corpus, renamed)
    assert call("train", renamed, *TRAIN).code == 0
    assert isinstance(json.loads(Path(odd + ".json").read_bytes()), dict)
