"""One HTTP answer, received in a thread of its own.

Name look-up, connecting and reading all block, and a signal does not end them. So a thread does
them and the caller waits with short looks at the stop flag; a connection that is given up is left
to the thread, which ends at its next time-out.
"""

from __future__ import annotations

import http.client
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from w2vneg.version import __version__

#: What a connection raises when it breaks or does not come about: worth another try.
DROPPED = (http.client.HTTPException, OSError)

_CHUNK = 1 << 18
_BLOCKS_AHEAD = 8
_LOOK_S = 0.1
_CONTENT_RANGE = re.compile(r"bytes (\d+)-")


@dataclass(frozen=True)
class Reply:
    """The head of an answer.

    Attributes
    ----------
    status : int
        200 for a whole file, 206 for a part.
    length : int or None
        Bytes that follow.
    first_byte : int or None
        Where the part begins.
    version : str or None
        Mark that promises the same bytes: a strong ETag, else Last-Modified.
    """

    status: int
    length: int | None
    first_byte: int | None
    version: str | None


class Connection:
    """A GET request; iterate over the blocks of its answer after `open`.

    Parameters
    ----------
    address : str
        http or https; redirects are followed to these alone.
    headers : dict
        Added to the request.
    timeout : float
        Seconds of silence after which `TimeoutError` is raised.
    check : function
        Called ten times a second while waiting; raises to give up.
    """

    def __init__(
        self, address: str, headers: dict[str, str], timeout: float, check: Callable[[], None]
    ) -> None:
        always = {"User-Agent": f"w2vneg/{__version__}", "Accept-Encoding": "identity"}
        self._request = urllib.request.Request(address, headers={**always, **headers})
        self._timeout, self._check = timeout, check
        self._items: queue.Queue[Reply | bytes | Exception] = queue.Queue(_BLOCKS_AHEAD)
        self._given_up = threading.Event()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._given_up.set()

    def open(self) -> Reply:
        """Send the request and return the head of the answer.

        Raises
        ------
        urllib.error.HTTPError
            If the server refuses.
        """
        threading.Thread(target=self._run, daemon=True).start()
        reply = self._next()
        assert isinstance(reply, Reply)
        return reply

    def __iter__(self) -> Iterator[bytes]:
        while block := self._next():
            assert isinstance(block, bytes)
            yield block

    def _next(self) -> Reply | bytes:
        # A little later than the thread's own time-out, which has the better message.
        deadline = time.monotonic() + self._timeout + 1
        while True:
            self._check()
            try:
                item = self._items.get(timeout=_LOOK_S)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no answer for {self._timeout:g} s") from None
                continue
            if isinstance(item, Exception):
                raise item
            return item

    def _run(self) -> None:
        try:
            with _opener().open(self._request, timeout=self._timeout) as response:
                self._put(_reply(response))
                while block := response.read1(_CHUNK):
                    if not self._put(block):
                        return
                self._put(b"")
        except TimeoutError:
            self._put(TimeoutError(f"no data for {self._timeout:g} s"))
        except urllib.error.HTTPError as error:
            error.close()
            self._put(error)
        except Exception as error:
            self._put(error)

    def _put(self, item: Reply | bytes | Exception) -> bool:
        """Hand an item over; False once nobody wants it any more."""
        while not self._given_up.is_set():
            try:
                self._items.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
            return True
        return False


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener without the handlers of other schemes, to which a redirect could lead."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _reply(response: http.client.HTTPResponse) -> Reply:
    length = response.headers.get("Content-Length", "")
    tag = response.headers.get("ETag", "")
    # A weak mark does not promise the same bytes.
    version = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    part = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return Reply(
        status=response.status,
        length=int(length) if length.isascii() and length.isdigit() else None,
        first_byte=int(part[1]) if part and response.status == 206 else None,
        version=version or None,
    )
