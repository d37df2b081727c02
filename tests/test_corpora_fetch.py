"""Downloads against a server on loopback that misbehaves in every way a server does."""

import hashlib
import http.server
import threading
import time

import pytest

from w2vneg.corpora import fetch as module
from w2vneg.corpora.fetch import fetch
from w2vneg.corpora.manifest import entries, entry
from w2vneg.errors import DataError, Interrupted, OutputError, UsageError
from w2vneg.interrupt import StopFlag

DATA = bytes(range(256)) * 4000
SUM = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA as `server.mode` says and keeps the requests' Range headers."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if server.mode == "missing":
            return self.send_error(404)
        if server.mode == "broken":
            return self.send_error(503)
        start = 0
        wanted = self.headers.get("Range")
        fresh = self.headers.get("If-Range") == server.etag
        if wanted and fresh and server.mode != "no-range":
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(DATA):
                return self.send_error(416)
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.send_header("ETag", server.etag)
        self.end_headers()
        body = DATA[start:]
        if server.cuts > 0:
            server.cuts -= 1
            self.wfile.write(body[: len(body) // 3])
            if server.mode == "stall":
                self.wfile.flush()
                time.sleep(1.5)
            self.connection.close()
            return None
        self.wfile.write(body)
        return None

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    instance = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    instance.mode, instance.cuts, instance.etag, instance.asked = "plain", 0, '"v1"', []
    instance.handle_error = lambda *_: None
    thread = threading.Thread(target=instance.serve_forever, args=(0.02,))
    thread.start()
    instance.address = f"http://127.0.0.1:{instance.server_port}/data.bin"
    yield instance
    instance.shutdown()
    thread.join()
    instance.server_close()


def load(server, tmp_path, **options):
    options = {"timeout": 0.5, "pause": 0.01, **options}
    return fetch(server.address, tmp_path / "data.bin", **options)


def test_full_download(server, tmp_path):
    path = load(server, tmp_path, size=len(DATA), sha256=SUM)
    assert path.read_bytes() == DATA
    assert [p.name for p in tmp_path.iterdir()] == ["data.bin"]
    load(server, tmp_path, sha256=SUM)  # what is there is kept
    assert len(server.asked) == 1


@pytest.mark.parametrize("mode", ["plain", "no-range", "stall"])
def test_broken_connections_are_taken_up_again(server, tmp_path, mode):
    server.mode, server.cuts = mode, 2
    assert load(server, tmp_path, sha256=SUM).read_bytes() == DATA
    resumed = [wanted for wanted in server.asked[1:] if wanted]
    assert len(resumed) == 2
    assert len(server.asked) == 3


def test_a_later_call_goes_on(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TRIES", 0)
    server.cuts = 1
    with pytest.raises(DataError, match="go on from byte"):
        load(server, tmp_path)
    have = (tmp_path / "data.bin.part").stat().st_size
    assert 0 < have < len(DATA)
    assert not (tmp_path / "data.bin").exists()
    assert load(server, tmp_path, sha256=SUM).read_bytes() == DATA
    assert server.asked[-1] == f"bytes={have}-"


def test_another_version_is_loaded_from_the_start(server, tmp_path):
    (tmp_path / "data.bin.part").write_bytes(b"old old old")
    (tmp_path / "data.bin.part.json").write_text('"\\"v0\\""')
    assert load(server, tmp_path, sha256=SUM).read_bytes() == DATA


def test_refusals_are_one_line(server, tmp_path):
    server.mode = "missing"
    with pytest.raises(DataError, match="404"):
        load(server, tmp_path)
    server.mode = "broken"
    with pytest.raises(DataError, match="503"):
        load(server, tmp_path)
    assert len(server.asked) == 1 + module._TRIES
    with pytest.raises(UsageError, match="http://"):
        fetch("file:///etc/passwd", tmp_path / "x")
    with pytest.raises(DataError, match="go on"):
        fetch("http://127.0.0.1:9/x", tmp_path / "x", timeout=0.5, pause=0.01)


def test_wrong_content_never_gets_the_name(server, tmp_path):
    with pytest.raises(DataError, match="not the expected file"):
        load(server, tmp_path, sha256="0" * 64)
    with pytest.raises(DataError, match="not the expected file"):
        load(server, tmp_path, size=5)
    assert not (tmp_path / "data.bin").exists()
    (tmp_path / "data.bin").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists"):
        load(server, tmp_path, sha256=SUM)
    assert (tmp_path / "data.bin").read_bytes() == b"mine"


def test_stop_keeps_what_was_loaded(server, tmp_path):
    stop = StopFlag()
    stop.set()
    with pytest.raises(Interrupted, match="call again"):
        load(server, tmp_path, stop=stop)
    assert not (tmp_path / "data.bin").exists()


def test_manifest_is_complete():
    assert {"text8", "enwik9", "1-billion-word", "enwiki"} <= {e.name for e in entries()}
    for item in entries():
        assert item.address.startswith(("http://", "https://"))
        assert item.sha256 is None or len(item.sha256) == 64
        assert item.licence
        assert item.clean
    with pytest.raises(UsageError, match="did you mean 'text8'"):
        entry("text9")
