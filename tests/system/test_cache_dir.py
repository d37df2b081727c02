"""The cache folder: where it is, and which of its entries go first."""

import os
import sys
from pathlib import Path

import pytest

from w2vneg.system.cache_dir import cache_folder, cache_root, folder_bytes, keep_newest


@pytest.fixture
def entries(tmp_path):
    """Four sub-folders of 10 bytes each, `a` the least recently used."""
    for age, name in enumerate("dcba"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").write_bytes(b"0123456789")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    return tmp_path


def left(folder):
    return "".join(sorted(path.name for path in folder.iterdir()))


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"count": 2}, "cd"),
        ({"count": 9}, "abcd"),
        ({"count": 0}, ""),
        ({"max_bytes": 25}, "cd"),
        ({"max_bytes": 40}, "abcd"),
        ({"count": 3, "max_bytes": 10}, "d"),
    ],
)
def test_least_recently_used_go_first(entries, bounds, expected):
    keep_newest(entries, **bounds)
    assert left(entries) == expected


def test_entry_to_keep_is_never_deleted(entries):
    keep_newest(entries, 1, keep=entries / "a")
    assert left(entries) == "a"


def test_ignored_entries_are_not_counted_or_deleted(entries):
    keep_newest(entries, 2, ignore="d")
    assert left(entries) == "bcd"


def test_files_and_missing_folders_are_left_alone(entries):
    (entries / "lock").touch()
    keep_newest(entries, 0)
    assert left(entries) == "lock"
    keep_newest(entries / "missing", 0)
    assert folder_bytes(entries / "missing") == 0


def test_variable_names_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "own"))
    assert cache_root() == tmp_path / "own"
    assert cache_folder("kernels") == tmp_path / "own" / "kernels"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG folders")
def test_cache_folder_follows_the_xdg_rules(monkeypatch, tmp_path):
    monkeypatch.delenv("W2VNEG_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "w2vneg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "w2vneg"


def test_no_folder_is_given_where_none_can_be_made(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "file"))
    assert cache_folder("kernels") is None
