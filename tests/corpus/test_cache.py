"""The cache of encoded corpora: hits, misses, damage, size bound."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from w2vneg.corpus import cache as corpus_cache
from w2vneg.corpus.encode import encode
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError

DATA = b"the quick brown fox\nthe lazy dog the end\n" * 20


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora"


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_bytes(DATA)
    return path


def hit(*paths: Path, **options: object) -> bool:
    with encode(list(paths), **{"min_count": 1, **options}) as corpus:  # type: ignore[arg-type]
        assert corpus.tokens.min() >= 0
        return corpus.report.from_cache


def test_second_run_hits(cache: Path, corpus_file: Path) -> None:
    with encode([corpus_file], min_count=1) as first:
        assert not first.report.from_cache
    with encode([corpus_file], min_count=1) as second:
        assert second.report.from_cache
        assert second.fingerprint == first.fingerprint
        assert second.vocabulary.words == first.vocabulary.words
        assert second.vocabulary.fingerprint == first.vocabulary.fingerprint
        assert second.tokens.tolist() == first.tokens.tolist()
        assert second.starts.tolist() == first.starts.tolist()
        assert second.report.tokens_read == first.report.tokens_read
    assert len(list(cache.iterdir())) == 1


def test_options_and_files_select_the_entry(
    cache: Path, corpus_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not hit(corpus_file)
    assert not hit(corpus_file, min_count=2)
    assert not hit(corpus_file, max_vocab=3)
    assert not hit(corpus_file, max_tokens=20)
    assert not hit(corpus_file, encoding_errors="strict")
    assert not hit(corpus_file, vocabulary=Vocabulary.from_counts({"the": 1, "fox": 2}))
    assert not hit(corpus_file, vocabulary=Vocabulary.from_counts({"the": 1, "fox": 1}))
    assert not hit(corpus_file, corpus_file)
    assert hit(corpus_file)
    assert hit(corpus_file, threads=1, block_bytes=10), "how it is made does not matter"
    monkeypatch.chdir(tmp_path)
    assert hit(Path("corpus.txt")), "the same file by another name"


def test_no_cache(cache: Path, corpus_file: Path) -> None:
    assert not hit(corpus_file, cache=False)
    assert not hit(corpus_file)
    assert not hit(corpus_file, cache=False)
    assert len(list(cache.iterdir())) == 1


def test_folder_with_a_new_file_misses(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a").write_bytes(DATA)
    assert not hit(folder)
    assert hit(folder)
    (folder / "b").write_bytes(DATA)
    assert not hit(folder)


@pytest.mark.slow
def test_any_change_misses(cache: Path, corpus_file: Path) -> None:
    # Same size, and at once after the corpus was read: only the time of change can tell.
    for i in range(30):
        corpus_file.write_bytes(DATA.replace(b"fox", b"f%02d" % i))
        with encode([corpus_file], min_count=1) as corpus:
            assert not corpus.report.from_cache
            assert f"f{i:02d}" in corpus.vocabulary.index


def test_restored_time_of_change_misses(cache: Path, corpus_file: Path) -> None:
    status = corpus_file.stat()
    assert not hit(corpus_file)
    with open(corpus_file, "r+b") as file:
        file.write(b"THE")
    os.utime(corpus_file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not hit(corpus_file)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tokens", "starts", "words", "counts", "meta.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "short", "long", "flipped", "folder"])
def test_damage_is_rebuilt(cache: Path, corpus_file: Path, name: str, damage: str) -> None:
    with encode([corpus_file], min_count=1) as corpus:
        fingerprint = corpus.fingerprint
    (entry,) = cache.iterdir()
    file = entry / name
    content = file.read_bytes()
    file.unlink()
    if damage == "folder":
        file.mkdir()
    elif damage != "gone":
        file.write_bytes(
            {
                "empty": b"",
                "short": content[:-4],
                "long": content + b"1234",
                "flipped": bytes([content[0] ^ 1]) + content[1:],
            }[damage]
        )
    with encode([corpus_file], min_count=1) as corpus:
        assert not corpus.report.from_cache
        assert corpus.fingerprint == fingerprint
    assert hit(corpus_file)


@pytest.mark.parametrize("name", ["tokens", "starts", "words", "counts"])
def test_reboot_causes_a_full_check(cache: Path, corpus_file: Path, name: str) -> None:
    assert not hit(corpus_file)
    (entry,) = cache.iterdir()

    def pretend_restart() -> None:
        meta = json.loads((entry / "meta.json").read_text())
        meta["boot"] = "another"
        (entry / "meta.json").write_text(json.dumps(meta))

    pretend_restart()
    assert hit(corpus_file), "sound content survives a restart"
    # What a power failure leaves: right names and sizes, but blocks of zeros.
    file = entry / name
    status = file.stat()
    content = file.read_bytes()
    file.write_bytes(content[:-16] + bytes(16))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    pretend_restart()
    assert not hit(corpus_file)
    assert hit(corpus_file)


def test_least_recently_used_goes_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = []
    for i in range(4):
        path = tmp_path / f"{i}.txt"
        path.write_bytes(DATA.replace(b"fox", b"%03d" % i))
        paths.append(path)
    for i, path in enumerate(paths[:3]):
        assert not hit(path)
        (newest,) = [e for e in cache.iterdir() if time.time() - e.stat().st_mtime < 1000]
        os.utime(newest, (10**9 + i, 10**9 + i))
    assert hit(paths[0]), "now the most recently used"
    size = max(sum(f.stat().st_size for f in e.iterdir()) for e in cache.iterdir())
    monkeypatch.setenv("W2VNEG_CACHE_MAX_BYTES", str(3 * size + size // 2))
    assert not hit(paths[3])
    assert len(list(cache.iterdir())) == 3
    assert hit(paths[0])
    assert hit(paths[2])
    assert hit(paths[3])
    assert not hit(paths[1])


def test_open_corpus_survives_its_eviction(
    cache: Path, corpus_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = encode([corpus_file], min_count=1)
    before = corpus.tokens.tolist()
    corpus.release(0, len(corpus.tokens))
    other = tmp_path / "other"
    other.write_bytes(DATA * 2)
    monkeypatch.setenv("W2VNEG_CACHE_MAX_BYTES", "0")
    with encode([other], min_count=1) as second:
        assert len(second.tokens) == 2 * len(before), "works though there is no room to keep it"
    monkeypatch.setenv("W2VNEG_CACHE_MAX_BYTES", "8000")
    assert not hit(other)
    assert corpus.tokens.tolist() == before


def test_bound_follows_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    from types import SimpleNamespace

    monkeypatch.delenv("W2VNEG_CACHE_MAX_BYTES", raising=False)
    for free, bound in ((10**12, 10**10), (4 * 10**6, 10**6), (0, 0)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, f=free: SimpleNamespace(free=f))
        assert corpus_cache.max_bytes(tmp_path) == bound
    monkeypatch.setenv("W2VNEG_CACHE_MAX_BYTES", "nonsense")
    assert corpus_cache.max_bytes(tmp_path) == 0


@pytest.mark.slow
def test_two_runs_at_once(cache: Path, corpus_file: Path) -> None:
    code = (
        "import sys; from w2vneg.corpus.encode import encode\n"
        "c = encode([sys.argv[1]], min_count=1); print(c.fingerprint)"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(corpus_file)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    results = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert results[0] == results[1]
    assert len(list(cache.iterdir())) == 1
    assert hit(corpus_file)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_folder_of_a_killed_run_is_removed(cache: Path, corpus_file: Path) -> None:
    code = (
        "import os, sys; from w2vneg.corpus import encode as ingest\n"
        "ingest.write_folder = lambda *_: os.kill(os.getpid(), 9)\n"
        "ingest.encode([sys.argv[1]], min_count=1)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(corpus_file)], timeout=120)
    assert killed.returncode == -9
    assert len(list(cache.iterdir())) == 1
    assert not hit(corpus_file)
    (entry,) = cache.iterdir()
    assert not entry.name.startswith("new-")


def test_old_folders_of_other_hosts_are_removed(cache: Path, corpus_file: Path) -> None:
    cache.mkdir(parents=True)
    for name, age in (("new-0000-1-old", 2 * 24 * 3600), ("new-0000-1-young", 60)):
        (cache / name).mkdir()
        os.utime(cache / name, (time.time() - age,) * 2)
    hit(corpus_file)
    names = {entry.name for entry in cache.iterdir()}
    assert "new-0000-1-old" not in names
    assert "new-0000-1-young" in names


def test_unusable_folder_says_why(tmp_path: Path) -> None:
    from w2vneg.corpus.encoded import open_folder

    with pytest.raises(DataError, match="unusable encoded corpus"):
        open_folder(tmp_path)
