"""A server on loopback that answers with whatever bytes it was given, for the fuzz tests."""

import contextlib
import socket
import threading
import time

from hypothesis import note
from hypothesis import strategies as st

from helpers.damaged_inputs import biased, damage, seldom

STATUS = [
    "200 OK", "206 Partial Content", "301 Moved", "302 Found", "400 Bad", "404 Not Found", "408 Time",
    "416 Range", "429 Slow", "500 No", "503 Busy", "100 Continue", "204 None", "304 Same", "999 X",
]  # fmt: skip
HEADERS = [
    "Content-Length: 10", "Content-Length: -1", "Content-Length: x", "Content-Length: " + "9" * 30,
    "Content-Range: bytes 0-9/10", "Content-Range: bytes 3-9/10", "Content-Range: bytes */10",
    "Content-Range: x", 'ETag: "v1"', 'ETag: W/"v1"', "ETag: é", "Last-Modified: never",
    "Transfer-Encoding: chunked", "Content-Encoding: gzip", "Location: /f.bin", "Location: file:///etc/hostname",
    "Location: http://", "Location: ftp://x/", "Location: //[", "Connection: close", "X: " + "y" * 70_000, "no colon", "",
]  # fmt: skip
#: Seconds of silence of a slow answer: more than the timeout of the searches.
SILENCE = 0.6


def any_answers(draw):
    """Return what the server sends to one request after the other, and the right content.

    An answer is the bytes to send, or None for silence; the last one is repeated.
    """
    right = draw(st.binary(max_size=50)) * draw(biased([1, 40, 3000]))
    answers = [_answer(draw, right) for _ in range(draw(st.integers(1, 4)))]
    note(f"answers: {[a and a[:300] for a in answers]}")
    return answers, right


def _answer(draw, right):
    if seldom(draw, 15):
        return None
    if seldom(draw, 12):
        return draw(st.binary(max_size=200))
    size = f"Content-Length: {len(right)}"
    good = f'HTTP/1.1 200 OK\r\n{size}\r\nETag: "v1"\r\n\r\n'.encode("latin-1") + right
    if draw(st.booleans()):
        return good if draw(st.booleans()) else good[: draw(st.integers(0, len(good)))]
    if draw(st.booleans()):
        return damage(draw, good)
    headers = draw(st.lists(biased([*HEADERS, size]), max_size=4))
    head = "\r\n".join([f"HTTP/1.1 {draw(biased(STATUS))}", *headers, "", ""])
    body = right if draw(st.booleans()) else draw(st.binary(max_size=100))
    return head.encode("latin-1") + body


@contextlib.contextmanager
def serving(answers):
    """Serve `answers`; yield the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        for number in range(10_000):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if over.is_set():
                connection.close()
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(2)
                connection.recv(1 << 16)
                answer = answers[min(number, len(answers) - 1)]
                if answer is None:
                    over.wait(SILENCE)
                else:
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        over.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            time.sleep(0)
        listener.close()
        thread.join(5)
