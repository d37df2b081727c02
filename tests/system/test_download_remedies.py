"""Remedies that messages of downloads name are carried out, and work."""

import shutil
from pathlib import Path

import pytest
from helpers.commands import call, refused
from helpers.file_server import DATA, SUM

from w2vneg import datasets
from w2vneg.datasets.manifest import Entry
from w2vneg.system.atomic_files import TEMP_MARK

# No compiled code.
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("no_pauses")]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fetch(address, *options):
    return call("corpus", "fetch", "--url", address, "--timeout", 0.3, *options)


def works(outcome, path="data.bin"):
    assert outcome.code == 0, outcome.err
    assert Path(path).read_bytes() == DATA
    assert not list(Path(path).parent.glob(f"*{TEMP_MARK}*"))


def test_check_the_address(server):
    server.mode = "missing"
    refused(fetch(server.address), 1, "404", "; check the address")
    server.mode = "plain"
    works(fetch(server.address))


def test_check_the_connection(server):
    server.cuts = 4
    outcome = fetch(server.address)
    assert outcome.code == 1
    *tries, last = outcome.err.splitlines()
    assert all(line.endswith("; trying again") for line in tries)
    assert last.endswith(
        "the connection dropped before byte 1,024,000; check the connection and try again"
    )
    works(fetch(server.address, "--sha256", SUM))


def test_try_again_after_a_wrong_checksum(server):
    Path("wrong").write_bytes(b"x")
    outcome = fetch(server.address, "--sha256", "0" * 64)
    refused(outcome, 1, "the download was deleted: check the address or try again")
    works(fetch(server.address, "--sha256", SUM))


def test_move_away_what_has_another_checksum(server):
    Path("data.bin").write_bytes(b"mine")
    refused(fetch(server.address, "--sha256", SUM), 1, "; move it away and try again")
    shutil.move("data.bin", "mine.bin")
    works(fetch(server.address, "--sha256", SUM))


def test_choose_another_folder(server):
    Path("data.bin").mkdir()
    Path("other").mkdir()
    refused(fetch(server.address), 1, "it is a directory; choose another folder")
    works(fetch(server.address, "-o", "other"), "other/data.bin")


def test_create_the_folder(server):
    refused(fetch(server.address, "-o", "new"), 2, "no folder new; create it first")
    Path("new").mkdir()
    works(fetch(server.address, "-o", "new"), "new/data.bin")


def test_more_disk_space(server, monkeypatch):
    Path("large").mkdir()

    def usage(folder):
        free = 10**9 if Path(folder).name == "large" else 10
        return shutil._ntuple_diskusage(10**9, 0, free)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", usage)
        outcome = fetch(server.address)
        refused(outcome, 1, "10 are free; free some disk space or choose another folder")
        works(fetch(server.address, "-o", "large"), "large/data.bin")
    works(fetch(server.address))  # space was freed


def test_wait_for_the_other_process(server):
    fcntl = pytest.importorskip("fcntl")
    folder = Path(f".data.bin{TEMP_MARK}download")
    folder.mkdir()
    with open(folder / "lock", "wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        refused(fetch(server.address), 1, "another process; wait for it")
    works(fetch(server.address))


def test_new_version_of_a_listed_corpus(server, monkeypatch):
    known = datasets.entries()[0]
    changed = Entry(**{**vars(known), "address": server.address, "file": "data.bin", "bytes": 5})
    monkeypatch.setattr(datasets, "entry", lambda name: changed)
    refused(
        call("corpus", "fetch", known.name), 1, "has changed; to get the new version, use --url"
    )
    works(fetch(server.address))


def test_arguments(server):
    refused(call("corpus", "fetch"), 2, "see w2vneg corpus list")
    assert call("corpus", "list").code == 0
    refused(call("corpus", "fetch", "--url", "data.bin"), 2, "must be like http://HOST/FILE")
    refused(call("corpus", "fetch", "text8", "--sha256", SUM), 2, "--sha256 requires --url")
    works(fetch(server.address, "--sha256", SUM))
