"""Rows 11 to 14: long lines, long tokens, many words, packed bombs: time, but no memory."""

import bz2
import gzip
import json
import lzma
import os
import resource
import subprocess
import sys
import threading

import pytest
import zstandard
from helpers.commands import HANG_S, call, compiled_only, environment, finish, refused

pytestmark = [
    compiled_only,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, limits memory"),
]

WORDS = b" ".join(b"word%d" % number for number in range(1000)) + b" "
#: What a text may take beyond a small one, whatever its size: buffers, windows, mapped pages.
SLACK_MB = 40

MEASURED = """
import sys
import w2vneg.corpus.workers
from w2vneg.cli import main
if "UNTOLD" in sys.argv[1]:  # a system that does not say how much memory is free
    w2vneg.corpus.workers.available_memory = lambda: None
try:
    main(sys.argv[3:])
finally:
    with open("/proc/self/status") as told, open(sys.argv[2], "w") as file:
        file.writelines(line for line in told if line.startswith(("VmHWM", "VmPeak")))
"""


def measured(place, *arguments, space=None, untold=False, timeout=HANG_S):
    """Run w2vneg in a process; return how it ended, and its most memory and address space in MB."""

    def limits():
        if space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (space << 20, space << 20))

    note = place / "status"
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURED, "UNTOLD" if untold else "", note, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), preexec_fn=limits,
    )  # fmt: skip
    outcome = finish(process, timeout=timeout)
    told = dict(line.split(":") for line in note.read_text().splitlines())
    return outcome, *(int(told[name].split()[0]) >> 10 for name in ("VmHWM", "VmPeak"))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Memory and address space in MB that a small text takes, everything being compiled."""
    folder = tmp_path_factory.mktemp("base")
    small = folder / "small.txt"
    small.write_bytes(WORDS * 300)
    commands = (vocab(small), train(small, folder / "v.vec"))
    for command in commands:
        assert call(*command).code == 0
    return [max(pair) for pair in zip(*(measured(folder, *c)[1:] for c in commands), strict=True)]


def vocab(corpus, *more):
    return ("vocab", corpus, "--threads", 2, "--min-count", 1, "--json", *more)


def train(corpus, output, *more):
    return ("train", corpus, "-o", output, "--threads", 2, "--dim", 3, "--epochs", 1, "--json",
            "--no-cache", *more)  # fmt: skip


LARGE = [
    pytest.param(50, id="50 MB"),
    pytest.param(100, id="100 MB", marks=pytest.mark.stress),
]


@pytest.mark.fault(11)
@pytest.mark.parametrize("megabytes", LARGE)
def test_splits_very_long_line_without_loss(tmp_path, base, megabytes):
    path, repeats = tmp_path / "line.txt", megabytes * 10**6 // len(WORDS)
    path.write_bytes(WORDS * repeats)
    outcome, memory, _ = measured(tmp_path, *train(path, tmp_path / "v.vec"))
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert told["corpus"]["tokens_kept"] == told["training"]["tokens"] == 1000 * repeats
    assert told["corpus"]["sentences"] == repeats
    assert memory < base[0] + SLACK_MB


def feed(path, pieces):
    """Write pieces of text to a pipe, in a thread of their own."""

    def write():
        with open(path, "wb") as file:
            for piece in pieces:
                file.write(piece)

    os.mkfifo(path)
    threading.Thread(target=write).start()


HUGE = [
    pytest.param(60, id="60 MB"),
    pytest.param(1000, id="1 GB", marks=pytest.mark.stress),
]


@pytest.mark.fault(12)
@pytest.mark.parametrize("form", ["plain", "gzip", "pipe"])
@pytest.mark.parametrize("megabytes", HUGE)
def test_drops_and_counts_very_long_token(tmp_path, base, megabytes, form):
    path = tmp_path / "token"
    pieces = [b"first ", *["é".encode() * 500_000] * megabytes, " last é last".encode()]
    if form == "pipe":
        feed(path, pieces)
    else:
        with (gzip.open if form == "gzip" else open)(path, "wb") as file:
            file.writelines(pieces)
    outcome, memory, _ = measured(tmp_path, *vocab(path), timeout=10 * HANG_S)
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert (told["tokens_read"], told["too_long"], told["invalid_utf8"]) == (5, 1, 0)
    assert told["top"] == [["last", 2], ["first", 1], ["é", 1]]
    assert outcome.err == "w2vneg: dropped 1 token of more than 1000 bytes\n"
    assert memory < base[0] + SLACK_MB


@pytest.mark.fault(12)
def test_keeps_tokens_of_up_to_1000_bytes(tmp_path):
    path = tmp_path / "tokens"
    kept = ["é" * 500, "y" * 1000]
    path.write_text(" ".join([*kept, "é" * 501, "y" * 1001, "y" * 999 + "é"]))
    outcome = call(*vocab(path))
    told = json.loads(outcome.out)
    assert [word for word, _ in told["top"]] == sorted(kept, key=str.encode)
    assert told["too_long"] == 3


@pytest.fixture
def many(tmp_path):
    """A text of 100,000 different words."""
    path = tmp_path / "many.txt"
    path.write_bytes(b"\n".join(b"w%d" % number for number in range(100_000)))
    return path


ADVICE = ("too many different words", "--max-tokens", "--threads", "separated by blanks")


@pytest.mark.fault(13)
@pytest.mark.parametrize("threads", [1, 3])
def test_counts_words_up_to_declared_limit(monkeypatch, old, many, threads):
    small = ("--min-count", 1, "--threads", threads)
    for cap, code in ((100_000, 0), (99_999, 1), (5_000, 1)):
        monkeypatch.setattr("w2vneg.corpus.word_table.MAX_WORDS", cap)
        outcome = call("vocab", many, *small)
        assert outcome.code == code, outcome.err
        if code:
            refused(outcome, 1, many, *ADVICE)
            refused(call("train", many, "-o", old, *small, "--no-cache"), 1, many, *ADVICE)


@pytest.mark.fault(13)
def test_fewer_threads_leave_each_more_memory(monkeypatch, many):
    path = many.with_name("many.gz")  # packed text is given to as many threads as are asked for
    path.write_bytes(gzip.compress(many.read_bytes(), 1))
    monkeypatch.setattr("w2vneg.corpus.workers.available_memory", lambda: 40 << 20)
    refused(call("vocab", path, "--min-count", 1, "--threads", 8), 1, path, *ADVICE)
    assert call("vocab", path, "--min-count", 1, "--threads", 1).code == 0


@pytest.mark.fault(13)
@pytest.mark.parametrize("untold", [False, True])
@pytest.mark.parametrize("command", ["vocab", "train"])
def test_advises_if_words_exceed_memory(tmp_path, old, base, command, untold):
    path = tmp_path / "many.txt"
    path.write_bytes(b"\n".join(b"w%d" % number for number in range(2_500_000)))
    more = ("--min-count", 1)
    arguments = vocab(path, *more) if command == "vocab" else train(path, old, *more)
    outcome, *_ = measured(tmp_path, *arguments, space=base[1] + 150, untold=untold)
    refused(outcome, 1, path, *ADVICE)


def packed(path, piece, repeats):
    """Write a text many times over to a file packed as its suffix says."""
    opened = {
        ".gz": gzip.open,
        ".bz2": bz2.open,
        ".xz": lambda name, mode: lzma.open(name, mode, preset=0),
        ".zst": zstandard.open,
    }[path.suffix]
    with opened(path, "wb") as file:
        for _ in range(repeats):
            file.write(piece)


BOMBS = [
    *(pytest.param(suffix, 80, id=f"80 MB {suffix}") for suffix in (".gz", ".xz", ".zst")),
    pytest.param(".bz2", 20, id="20 MB .bz2"),
    *(
        pytest.param(suffix, size, id=f"{size} MB {suffix}", marks=pytest.mark.stress)
        for suffix, size in ((".gz", 1000), (".bz2", 100), (".xz", 1000), (".zst", 1000))
    ),
]


@pytest.mark.fault(14)
@pytest.mark.parametrize(("suffix", "megabytes"), BOMBS)
def test_bounds_memory_for_archive_bomb(tmp_path, base, suffix, megabytes):
    path = tmp_path / f"bomb{suffix}"
    packed(path, b"a b " * 250_000, megabytes)
    assert path.stat().st_size < megabytes * 10_000
    outcome, memory, _ = measured(tmp_path, *vocab(path), timeout=10 * HANG_S)
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["tokens_read"] == 500_000 * megabytes
    assert memory < base[0] + SLACK_MB
    # Whoever wants none of it can say so.
    told = json.loads(call(*vocab(path, "--max-tokens", 1000)).out)
    assert told["tokens_read"] == 1000
    assert told["bytes_read"] <= 2 << 20
