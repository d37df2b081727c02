"""Downloads from a server on loopback that misbehaves in every way a server can."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from helpers.file_server import DATA, SUM

from w2vneg.datasets import entries, entry, fetch
from w2vneg.errors import DataError, Interrupted, OutputError, UsageError
from w2vneg.system import download as module
from w2vneg.system.atomic_files import TEMP_MARK
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

ROOT = Path(__file__).resolve().parent.parent.parent


pytestmark = pytest.mark.usefixtures("no_pauses")


def load(server, tmp_path, **options):
    return fetch(server.address, tmp_path / "data.bin", **{"timeout": 0.5, **options})


def names(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir())


class Recorder(Progress):
    """Checks that phases do not overlap, and records what was reported."""

    def __init__(self):
        self.running, self.totals, self.done, self.notes = False, [], [], []

    def start(self, phase, total, unit):
        assert not self.running
        self.running = True
        self.totals.append(total)

    def update(self, done, **figures):
        self.done.append(done)

    def finish(self):
        self.running = False

    def note(self, message):
        self.notes.append(message)


def test_complete_file_is_downloaded_once(server, tmp_path):
    path = load(server, tmp_path, size=len(DATA), sha256=SUM.upper())
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["data.bin"]
    load(server, tmp_path, sha256=SUM)  # the existing file is used
    assert len(server.asked) == 1


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["plain", "stall"])
def test_dropped_connections_are_tried_again(server, tmp_path, mode):
    server.mode, server.cuts = mode, 2
    progress = Recorder()
    assert load(server, tmp_path, sha256=SUM, progress=progress).read_bytes() == DATA
    assert len(server.asked) == 3
    assert len(progress.notes) == 2
    assert all(note.endswith("trying again") for note in progress.notes)
    assert set(progress.totals) <= {len(DATA)}
    assert not progress.running
    assert names(tmp_path) == ["data.bin"]


def test_tries_are_bounded(server, tmp_path):
    server.cuts = 10**9
    progress = Recorder()
    with pytest.raises(DataError, match="the connection dropped"):
        load(server, tmp_path, progress=progress)
    assert len(progress.notes) == module._MORE_TRIES
    assert len(server.asked) == 1 + module._MORE_TRIES
    assert names(tmp_path) == []


def test_what_a_killed_process_left_is_replaced(server, tmp_path):
    left = tmp_path / f".data.bin{TEMP_MARK}download"
    left.mkdir()
    (left / "tmpabc").write_bytes(DATA[:100])
    assert load(server, tmp_path).read_bytes() == DATA
    assert names(tmp_path) == ["data.bin"]


def test_file_has_the_access_rights_of_others(server, tmp_path):
    (tmp_path / "other").touch()
    assert load(server, tmp_path).stat().st_mode == (tmp_path / "other").stat().st_mode


def test_file_of_unknown_length_is_downloaded(server, tmp_path):
    server.mode = "no-length"
    assert load(server, tmp_path, sha256=SUM).read_bytes() == DATA


def test_server_errors_are_one_line(server, tmp_path):
    server.mode = "missing"
    with pytest.raises(DataError, match="404"):
        load(server, tmp_path)
    server.mode = "broken"
    with pytest.raises(DataError, match="503"):
        load(server, tmp_path)
    assert len(server.asked) == 1 + 1 + module._MORE_TRIES  # no answer 404 is asked for again
    with pytest.raises(DataError, match="Connection refused; check the connection and try again"):
        fetch("http://127.0.0.1:9/x", tmp_path / "x", timeout=0.5)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://host/x",
        "http://",
        "x",
        "",
        "http://h/a b",
        "http://[",
        "http://h/\n",
    ],
)
def test_invalid_address_is_refused(tmp_path, address):
    with pytest.raises(UsageError, match="http://HOST"):
        fetch(address, tmp_path / "x")
    assert names(tmp_path) == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_redirect_to_another_scheme_is_refused(server, tmp_path, location):
    server.mode, server.location = "elsewhere", location
    with pytest.raises(DataError):
        load(server, tmp_path)
    assert not (tmp_path / "data.bin").exists()


def test_wrong_content_never_gets_the_final_name(server, tmp_path):
    with pytest.raises(DataError, match=f"SHA-256 is {SUM} instead of 000"):
        load(server, tmp_path, sha256="0" * 64)
    assert names(tmp_path) == []
    server.mode = "no-length"
    with pytest.raises(DataError, match="instead of 5;"):
        load(server, tmp_path, size=5)
    assert names(tmp_path) == []
    (tmp_path / "data.bin").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists"):
        load(server, tmp_path, sha256=SUM)
    assert (tmp_path / "data.bin").read_bytes() == b"mine"


def test_wrong_size_is_refused_before_the_download(server, tmp_path):
    progress = Recorder()
    with pytest.raises(DataError, match="the file has changed"):
        load(server, tmp_path, size=5, progress=progress)
    assert progress.totals == []


def test_stopped_download_leaves_nothing(server, tmp_path):
    class StopsSoon(Recorder):
        def update(self, done, **figures):
            stop.set()

    stop = StopFlag()
    server.mode, server.cuts = "stall", 1
    with pytest.raises(Interrupted, match="stopped by SIGINT while downloading") as caught:
        load(server, tmp_path, stop=stop, timeout=15.0, progress=StopsSoon())
    assert caught.value.exit_code == 130
    assert names(tmp_path) == []
    server.mode = "plain"
    assert load(server, tmp_path, sha256=SUM).read_bytes() == DATA


@pytest.mark.parametrize("mode", ["stall", "silent"])
def test_silent_server_does_not_delay_a_stop(server, tmp_path, mode):
    server.mode, server.cuts = mode, 1
    stop = StopFlag()
    threading.Timer(0.4, stop.set).start()
    begin = time.monotonic()
    with pytest.raises(Interrupted):
        load(server, tmp_path, stop=stop, timeout=15.0)
    assert time.monotonic() - begin < 2


def test_silent_server_times_out(server, tmp_path):
    server.mode = "silent"
    with pytest.raises(DataError, match=r"no data for 0\.2 s"):
        load(server, tmp_path, timeout=0.2)
    assert len(server.asked) == 1 + module._MORE_TRIES


def test_full_disk_is_refused_before_the_download(server, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 10))
    with pytest.raises(OutputError, match="10 are free"):
        load(server, tmp_path)
    assert not (tmp_path / "data.bin").exists()


def test_unwritable_target_is_refused(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another folder"):
        fetch(server.address, tmp_path / "file" / "data.bin")
    (tmp_path / "data.bin").mkdir()
    with pytest.raises(OutputError, match="it is a directory"):
        load(server, tmp_path)
    assert server.asked == []


def test_concurrent_download_is_refused(server, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    folder = tmp_path / f".data.bin{TEMP_MARK}download"
    folder.mkdir()
    with open(folder / "lock", "wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another process"):
            load(server, tmp_path)
        assert folder.exists()
    assert load(server, tmp_path).read_bytes() == DATA


def command(server, folder, *options, limit=None):
    """Run ``w2vneg corpus fetch`` in a process of its own."""

    def limit_files():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(
        [sys.executable, "-m", "w2vneg", "corpus", "fetch", "--url", server.address, "-o", str(folder), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=60, env=environment,
        preexec_fn=limit_files if limit else None,
    )  # fmt: skip


def test_full_disk_leaves_nothing(server, tmp_path):
    result = command(server, tmp_path, limit=300_000)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "data.bin: File too large; free some disk space" in result.stderr
    assert names(tmp_path) == []
    result = command(server, tmp_path, "--sha256", SUM)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "data.bin").read_bytes() == DATA
    assert "1,024,000 bytes" in result.stdout


def test_command_refuses_invalid_arguments(server, tmp_path):
    assert command(server, tmp_path / "missing").returncode == 2
    assert command(server, tmp_path, "text8").returncode == 2
    assert command(server, tmp_path, "--timeout", "nan").returncode == 2
    assert command(server, tmp_path, "--sha256", "123").returncode == 2
    assert server.asked == []
    assert names(tmp_path) == []


def test_manifest_entries_are_complete():
    assert {"text8", "enwik9", "1-billion-word", "enwiki"} <= {e.name for e in entries()}
    for item in entries():
        assert item.address.startswith(("http://", "https://"))
        assert "/" not in item.file
        assert item.sha256 is None or len(bytes.fromhex(item.sha256)) == 32
        assert item.bytes is None or item.bytes > 10**6
        assert item.license
        assert item.clean
    with pytest.raises(UsageError, match="did you mean 'text8'"):
        entry("text9")
