"""A server of files on loopback that misbehaves in every way a server can, if told to."""

import hashlib
import http.server
import threading
from types import SimpleNamespace

import pytest

DATA = bytes(range(256)) * 4000
SUM = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files` or DATA as `server.mode` says, and records what was asked for."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        if server.mode == "missing":
            return self.send_error(404)
        if server.mode == "broken":
            return self.send_error(503)
        if server.mode == "elsewhere":
            self.send_response(302)
            self.send_header("Location", server.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if server.mode == "silent":
            server.released.wait(20)
            return None
        data = server.files.get(self.path.rpartition("/")[2], DATA)
        self.send_response(200)
        if server.mode != "no-length":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if server.cuts > 0:
            server.cuts -= 1
            self.wfile.write(data[: len(data) // 3])
            if server.mode == "stall":
                self.wfile.flush()
                server.released.wait(20)
            self.connection.close()
            return None
        self.wfile.write(data)
        return None

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    instance = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    instance.mode, instance.cuts, instance.asked, instance.files = "plain", 0, [], {}
    instance.location, instance.released = "", threading.Event()
    instance.handle_error = lambda *_: None
    thread = threading.Thread(target=instance.serve_forever, args=(0.02,))
    thread.start()
    instance.root = f"http://127.0.0.1:{instance.server_port}/"
    instance.address = f"{instance.root}data.bin"
    yield instance
    instance.released.set()
    instance.shutdown()
    thread.join()
    instance.server_close()


@pytest.fixture
def no_pauses(monkeypatch):
    """Let pooch try again at once."""
    import pooch.core

    monkeypatch.setattr(pooch.core, "time", SimpleNamespace(sleep=lambda seconds: None))
