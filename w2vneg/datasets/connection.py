"""One HTTP request whose blocking calls leave the caller free to stop.

Name lookup, connecting and reading block, and signals do not interrupt them. So each runs in a
thread of its own while the caller polls the stop flag. A call that is given up is left to its
thread, which ends at the socket's timeout.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from w2vneg.version import __version__

#: What a failing connection raises: worth another try.
DROPPED = (http.client.HTTPException, OSError)

_T = TypeVar("_T")

_CHUNK = 1 << 18
_POLL_S = 0.1
_CONTENT_RANGE = re.compile(r"bytes (\d+)-")


@dataclass(frozen=True)
class Reply:
    """The head of a response.

    Attributes
    ----------
    status : int
        200 for a whole file, 206 for a part.
    length : int or None
        Bytes that follow.
    first_byte : int or None
        Offset of the part in the file.
    version : str or None
        Identifies the exact bytes of the file: a strong ETag, else Last-Modified.
    """

    status: int
    length: int | None
    first_byte: int | None
    version: str | None


class Connection:
    """A GET request; after `open`, iterating yields the blocks of the response.

    Parameters
    ----------
    address : str
        http or https; redirects to other schemes are refused.
    headers : dict
        Added to the request.
    timeout : float
        Seconds of silence after which `TimeoutError` is raised.
    check : callable
        Called ten times a second while waiting; raises to give up.
    """

    def __init__(
        self, address: str, headers: dict[str, str], timeout: float, check: Callable[[], None]
    ) -> None:
        always = {"User-Agent": f"w2vneg/{__version__}", "Accept-Encoding": "identity"}
        self._request = urllib.request.Request(address, headers={**always, **headers})
        self._timeout, self._check = timeout, check
        self._response: http.client.HTTPResponse | None = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._response is not None:
            self._response.close()

    def open(self) -> Reply:
        """Send the request and return the head of the response.

        Raises
        ------
        urllib.error.HTTPError
            If the server answers with an error.
        """
        self._response = self._wait_for(lambda: _open(self._request, self._timeout))
        return _reply(self._response)

    def __iter__(self) -> Iterator[bytes]:
        response = self._response
        assert response is not None, "open it first"
        while block := self._wait_for(lambda: response.read1(_CHUNK)):
            yield block

    def _wait_for(self, call: Callable[[], _T]) -> _T:
        """Run a blocking call in a thread and return its result, or give up on it."""
        results: list[_T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(call())
            except TimeoutError:
                errors.append(TimeoutError(f"no data for {self._timeout:g} s"))
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        # The socket times out first, with the better message.
        deadline = time.monotonic() + self._timeout + 1
        self._check()
        thread.start()
        try:
            while thread.is_alive():
                self._check()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no answer for {self._timeout:g} s")
                thread.join(_POLL_S)
        except BaseException:
            self._response = None  # closing it would wait for the thread that reads it
            raise
        if errors:
            raise errors[0]
        return results[0]


def _open(request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = _opener().open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        raise
    return response


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener without handlers of other schemes, to which a redirect could lead."""
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
    # A weak ETag does not guarantee the same bytes.
    version = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    part = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return Reply(
        status=response.status,
        length=int(length) if length.isascii() and length.isdigit() else None,
        first_byte=int(part[1]) if part and response.status == 206 else None,
        version=version or None,
    )
