"""Remedies for too little memory, disk space or threads are carried out under the same limit."""

import gzip
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, compiled_only, refused

from w2vneg.system import limits
from w2vneg.vectors.vectors import write_vectors

pytestmark = [compiled_only, pytest.mark.slow]

TRAIN = (
    "train",
    "t.txt",
    "-o",
    "v.vec",
    "--min-count",
    1,
    "--epochs",
    1,
    "--threads",
    2,
    "--preset",
    "word2vec",
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"w{i} w{(7 * i) % 3000} w{(i * i) % 3000} the of" for i in range(3000)]
    Path("t.txt").write_text("\n".join(lines))
    return tmp_path


def fails_then_works(arguments, message, *remedies):
    """Check that a command is refused with a message, and works with each of some more options."""
    refused(call(*arguments), 1, message)
    for more in remedies:
        outcome = call(*arguments, *more)
        assert outcome.code == 0, (more, outcome.err)


@pytest.mark.parametrize(
    ("megabytes", "options", "message", "remedies"),
    [
        (
            40, ("--dim", 100_000), "lower --dim or --max-vocab, or raise --min-count",
            [("--dim", 4), ("--max-vocab", 4), ("--min-count", 1000)],
        ),
        (20, ("--dim", 4, "--sampler", "ace", "--ace-dim", 1000), "lower --ace-dim", [("--ace-dim", 4)]),
        (
            1, ("--dim", 4, "--sampler", "gneg", "--gneg-window", 50), "lower --gneg-vocab",
            [("--gneg-vocab", 50)],
        ),
    ],
    ids=["vectors", "generator", "graph"],
)  # fmt: skip
def test_less_memory(monkeypatch, megabytes, options, message, remedies):
    monkeypatch.setattr(limits, "available_memory", lambda: megabytes * 1_000_000)
    fails_then_works((*TRAIN, *options), message, *remedies)


def test_less_memory_of_the_system(monkeypatch):
    from w2vneg.training import train as training

    real = training.TrainingState

    def state(corpus, config, *others, **more):
        if config.dim * len(corpus.vocabulary) > 1000:
            raise MemoryError
        return real(corpus, config, *others, **more)

    monkeypatch.setattr(training, "TrainingState", state)
    fails_then_works(
        (*TRAIN, "--dim", 100), "out of memory; lower --dim or --max-vocab, or raise --min-count",
        ("--max-vocab", 4), ("--min-count", 1000), ("--max-vocab", 100, "--dim", 8),
    )  # fmt: skip


def test_less_memory_for_words(monkeypatch):
    Path("many.txt.gz").write_bytes(gzip.compress(b"\n".join(b"w%d" % n for n in range(100_000))))
    monkeypatch.setattr("w2vneg.corpus.workers.available_memory", lambda: 40 << 20)
    fails_then_works(
        ("vocab", "many.txt.gz", "--min-count", 1, "--threads", 8),
        "read less of it with --max-tokens, lower --threads",
        ("--max-tokens", 1000), ("--threads", 1),
    )  # fmt: skip


def test_fewer_rows(monkeypatch):
    write_vectors("large.vec", [f"w{i}" for i in range(100)], np.ones((100, 4), np.float32))
    real = np.empty

    def empty(shape, *others, **more):
        if shape == (100, 4):
            raise MemoryError
        return real(shape, *others, **more)

    monkeypatch.setattr(np, "empty", empty)
    message = "w2vneg convert --limit N reads only the first N words"
    refused(call("neighbors", "large.vec", "w1"), 1, message)
    assert call("convert", "large.vec", "small.vec", "--limit", 10).code == 0
    assert call("neighbors", "small.vec", "w1").code == 0


def test_another_disk(monkeypatch, tmp_path):
    Path("large").mkdir()
    monkeypatch.setattr(limits, "_free_disk", lambda f: 9_000 if Path(f) == tmp_path else 10**9)
    fails_then_works(
        (*TRAIN, "--no-cache", "--dim", 4), "free some space or choose another disk",
        ("-o", "large/v.vec"),
    )  # fmt: skip


def test_another_disk_for_the_cache(monkeypatch, tmp_path):
    from w2vneg.corpus import cache

    places = [tmp_path / "full", tmp_path / "large"]
    for folder in places:
        folder.mkdir()
    monkeypatch.setattr(cache, "cache_folder", lambda name: places[0])
    monkeypatch.setattr(limits, "_free_disk", lambda f: 10**9 if "large" in str(f) else 9_000)
    message = "make room or set W2VNEG_CACHE_DIR to a folder with more"
    refused(call(*TRAIN, "--dim", 4, "-o", "large/v.vec"), 1, message)
    monkeypatch.setattr(cache, "cache_folder", lambda name: places[1])  # as the variable does
    assert call(*TRAIN, "--dim", 4, "-o", "large/v.vec").code == 0


def test_fewer_threads(monkeypatch):
    start = threading.Thread.start
    before = threading.active_count()

    def refuse(self):
        if threading.active_count() - before >= 2:
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    wanted = (*TRAIN, "--dim", 4, "--threads")
    refused(call(*wanted, 8), 1, "cannot start", "lower --threads")
    assert call(*wanted, 1).code == 0
