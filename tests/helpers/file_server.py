"""A server of files on loopback that misbehaves in every way a server can, if told to."""

import hashlib
import http.server
import threading

import pytest

DATA = bytes(range(256)) * 4000
SUM = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA as `server.mode` says and records the Range headers of the requests."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
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
        start = 0
        wanted = self.headers.get("Range")
        fresh = self.headers.get("If-Range") == server.etag
        if wanted and fresh and server.mode != "no-range":
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(DATA):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(DATA)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
            if server.mode == "wrong-range":
                server.mode, start = "plain", start + 1
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        else:
            self.send_response(200)
        if server.mode != "no-length":
            self.send_header("Content-Length", str(len(DATA) - start))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        body = DATA[start:]
        if server.cuts > 0:
            server.cuts -= 1
            self.wfile.write(body[: len(body) // 3])
            if server.mode == "stall":
                self.wfile.flush()
                server.released.wait(20)
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
    instance.location, instance.released = "", threading.Event()
    instance.handle_error = lambda *_: None
    thread = threading.Thread(target=instance.serve_forever, args=(0.02,))
    thread.start()
    instance.address = f"http://127.0.0.1:{instance.server_port}/data.bin"
    yield instance
    instance.released.set()
    instance.shutdown()
    thread.join()
    instance.server_close()
