"""Rows 21 and 25: more than memory or disk hold, refused with the figures before either is used."""

import re
import resource
import sys

import pytest
from helpers.commands import call, compiled_only, refused, run
from helpers.toys import random_corpus

from w2vneg.errors import ResourceError
from w2vneg.samplers import configure
from w2vneg.system import limits as room
from w2vneg.system.limits import File, available_memory, check_disk, check_memory
from w2vneg.training.train import train
from w2vneg.vectors import file_bytes, write_vectors

GB = 1 << 30


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    ("megabytes", "options", "what"),
    [
        (20, ("--dim", 100_000), "vectors of 100000 numbers"),
        (20, ("--dim", 1000, "--negatives", 10_000, "--window", 1000), "threads"),
        (20, ("--sampler", "ace", "--ace-dim", 1000), "generator vectors"),
        (1, ("--sampler", "gneg", "--gneg-window", 50), "co-occurrences"),
    ],
)
@compiled_only
def test_names_memory_needed_and_free(old, tmp_path, monkeypatch, megabytes, options, what):
    lines = [f"w{i} w{(7 * i) % 3000} w{(i * i) % 3000}" for i in range(3000)]
    (tmp_path / "t.txt").write_text("\n".join(lines))
    monkeypatch.setattr(room, "available_memory", lambda: megabytes * 1_000_000)
    outcome = call(
        "train",
        tmp_path / "t.txt",
        "--min-count",
        1,
        "--dim",
        4,
        "--threads",
        2,
        "-o",
        old,
        *options,
    )
    refused(outcome, 1, what, f"of memory, {megabytes}.0 MB are free; ", "lower --")
    assert re.search(r"need [0-9.]+ [MG]B of memory", outcome.err)


@pytest.mark.slow
@pytest.mark.fault(21)
@pytest.mark.skipif(sys.platform != "linux", reason="address space as Linux counts it")
@compiled_only
def test_knows_real_memory_limit_beforehand(old, corpus):
    """Under a limit of 6 GB matrices of 8 GB are refused, without a try."""

    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (6 * GB, 6 * GB))

    # 11 words of 100,000 numbers are nothing, 10,000 of them are 8 GB.
    corpus.write_text("\n".join(f"w{i} w{i + 1} w{i}" for i in range(10_000)))
    outcome = run("train", corpus, "--min-count", 1, "--dim", 100_000, "-o", old, limits=limits)
    refused(outcome, 1, "need 8.0 GB of memory", "are free; lower --dim or --max-vocab")
    free = float(re.search(r"memory, ([0-9.]+) GB", outcome.err)[1])
    assert 1 < free < 6


@pytest.mark.fault(21)
@compiled_only
def test_answers_memory_error_in_one_line(old, corpus, monkeypatch):
    from w2vneg.training import train as training

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(training, "TrainingState", full)
    refused(call("train", corpus, "--min-count", 1, "-o", old), 1, "out of memory", "--dim")


@pytest.mark.fault(21)
def test_uses_tightest_memory_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_machine", lambda: 5000)
    monkeypatch.setattr(room, "_address_space", lambda: 7000)
    monkeypatch.setattr(room, "_control_groups", lambda: [6000, 4000])
    assert available_memory() == 4000
    check_memory(4000, "things", "none")
    with pytest.raises(ResourceError, match=r"things need 4\.0 kB of memory, 4\.0 kB are free; r"):
        check_memory(4001, "things", "r")
    monkeypatch.setattr(room, "_control_groups", lambda: [-50])
    assert available_memory() == 0
    monkeypatch.setattr(room, "_machine", lambda: None)
    monkeypatch.setattr(room, "_address_space", lambda: None)
    monkeypatch.setattr(room, "_control_groups", lambda: [])
    assert available_memory() is None
    check_memory(10**18, "things", "nothing tells")


@pytest.mark.parametrize("names", [("max", "current"), ("limit_in_bytes", "usage_in_bytes")])
def test_reads_limits_of_control_groups(tmp_path, names):
    for name, value in zip(names, (1000, 400), strict=True):
        (tmp_path / f"memory.{name}").write_text(f"{value}\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 150\nfile 9\n")
    files = [f"memory.{name}" for name in names]
    assert room._left_in(tmp_path, *files) == [750]
    (tmp_path / files[0]).write_text("max\n")
    assert room._left_in(tmp_path, *files) == []
    (tmp_path / files[0]).write_text(f"{2**63 - 4096}\n")
    assert room._left_in(tmp_path, *files) == []
    assert room._left_in(tmp_path / "none", *files) == []


def test_free_memory_of_this_machine_is_plausible():
    free = available_memory()
    assert free is None or 50_000_000 < free < 1 << 50


@pytest.mark.slow
@pytest.mark.fault(25)
@pytest.mark.parametrize("suffix", ["vec", "bin", "vec.gz", "bin.gz"])
@compiled_only
def test_estimates_size_of_vector_file(tmp_path, suffix):
    corpus = random_corpus(2000, sentences=4000)
    result = train(corpus, configure(dim=64, min_count=1, threads=1, epochs=10, sample=0))
    path = tmp_path / f"v.{suffix}"
    write_vectors(path, corpus.vocabulary.words, result.w_in)
    guess = file_bytes(path, len(corpus.vocabulary.blob), 2000, 64)
    assert 0.8 < guess / path.stat().st_size <= 1.01


@pytest.mark.fault(25)
@compiled_only
def test_names_full_disk_before_training(old, corpus, monkeypatch):
    monkeypatch.setattr(room, "_free_disk", lambda place: 50_000)
    arguments = ("train", corpus, "--min-count", 1, "--dim", 5000, "--epochs", 1_000_000, "-o", old)
    outcome = call(*arguments)
    refused(
        outcome,
        1,
        "vectors: 385.0 kB needed",
        str(old.parent),
        "50.0 kB are free",
        "free some space",
    )
    assert outcome.seconds < 30


@pytest.mark.fault(25)
@compiled_only
def test_names_full_disk_before_reading_corpus(old, tmp_path, monkeypatch):
    text = tmp_path / "t.txt"
    text.write_text("several words on a line\n" * 100_000)
    monkeypatch.setattr(room, "_free_disk", lambda place: 3_000_000)
    monkeypatch.setattr(
        "w2vneg.corpus.encode.read_corpus", lambda *_, **__: pytest.fail("it was read")
    )
    outcome = call("train", text, "-o", old)
    refused(outcome, 1, "the encoded corpus: 4.2 MB needed", "3.0 MB are free", "W2VNEG_CACHE_DIR")


@pytest.mark.fault(25)
@compiled_only
def test_estimates_size_of_encoded_corpus(tmp_path, monkeypatch):
    from w2vneg.corpus import cache, encode

    text, asked, written = tmp_path / "t.txt", [], []
    text.write_text("some words and a few more of them\nshort line\n" * 20_000)
    store = cache.store

    def weigh(folder, key):
        # What is written before it is let go: word numbers, and the corpus itself.
        tokens, starts = (folder / "tokens").stat().st_size, (folder / "starts").stat().st_size
        written.append(2 * tokens + starts + 4 * 40_000)
        return store(folder, key)

    monkeypatch.setattr(cache, "check_disk", lambda files, _: asked.extend(files))
    monkeypatch.setattr(cache, "store", weigh)
    with encode.encode([text], min_count=1):
        pass
    assert 0.7 < asked[0].size / written[0] <= 1.0


@pytest.mark.fault(25)
def test_adds_up_files_of_one_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_free_disk", lambda place: 1000)
    check_disk([File(tmp_path / "a", 500, "a"), File(tmp_path, 500, "b")], "")
    with pytest.raises(ResourceError, match=r"a and b: 1\.1 kB needed .* 1\.0 kB are free; go"):
        check_disk([File(tmp_path / "a", 550, "a"), File(tmp_path, 550, "b")], "go")
    check_disk([File("/dev/null", 10**12, "nothing")], "")
    check_disk([File(tmp_path / "no" / "such" / "place", 10**12, "x")], "")
    monkeypatch.setattr(room, "_free_disk", lambda place: None)
    check_disk([File(tmp_path / "a", 10**15, "a")], "")
