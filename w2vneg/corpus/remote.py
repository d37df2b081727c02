"""Files at addresses, read with fsspec: what they are, which are in a folder, their bytes.

What fsspec and the libraries under it raise becomes one line that names the address. Their calls
wait for a network, so they are made in a thread of their own: a stop flag ends the wait.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from w2vneg.corpus.addresses import file_name
from w2vneg.corpus.file_identity import Identity
from w2vneg.errors import DataError, UsageError, W2vnegError, reason
from w2vneg.system.interrupt import StopFlag

_Result = TypeVar("_Result")

_POLL_S = 0.25
_HEAD_BYTES = 16
#: Codes of HTTP: no access; no such file.
_REFUSED, _ABSENT = (401, 403), (404, 410)
#: What file systems tell of a file that changes with its content.
_VERSIONS = (
    "ETag", "etag", "generation", "md5Hash", "content_md5", "Content-MD5", "blob_id", "sha256",
    "Last-Modified", "LastModified", "last_modified", "mtime", "modified", "created",
)  # fmt: skip


def inspect(address: str, stop: StopFlag) -> tuple[int, Identity]:
    """Return the size of a file in bytes, 0 if it is not known, and its identity.

    The identity is empty where nothing tells whether the file has changed.

    Raises
    ------
    UsageError
        There is no such file, it is a folder, or a package is not installed.
    DataError
        It cannot be reached.
    """
    info = _call(address, stop, lambda: _info(address))
    if info.get("type") == "directory":
        raise UsageError(f"{address} is a folder; end its address with /, or give its files")
    size = int(info.get("size") or 0)
    versions = {name: str(info[name]) for name in _VERSIONS if info.get(name)}
    if not versions:
        return size, ()
    digest = hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).digest()
    # The second number of a local file is the time of its last change.
    return size, (size, 0, int.from_bytes(digest[:8], "big"))


def files_in(address: str, stop: StopFlag) -> list[str]:
    """Return the addresses of the files in a folder and below it, or that a pattern matches.

    Names that begin with a dot are left out.

    Raises
    ------
    UsageError
        There are none.
    DataError
        The folder cannot be reached.
    """

    def find() -> list[str]:
        system, path = _system(address)
        found = system.glob(path) if "*" in path else system.find(path)
        kept = (one for one in found if not system.isdir(one)) if "*" in path else found
        return sorted(system.unstrip_protocol(one) for one in kept)

    found = _call(address, stop, find)
    named = [one for one in found if not file_name(one).startswith(".")]
    if not named:
        raise UsageError(f"no files at {address}; check the address")
    return named


class RemoteFile(io.RawIOBase):
    """An open file at an address; `stop` ends the wait for its bytes.

    Parameters
    ----------
    address : str
    stop : StopFlag

    Raises
    ------
    UsageError, DataError
        As `inspect`.
    """

    def __init__(self, address: str, stop: StopFlag) -> None:
        self._address, self._stop = address, stop
        self._ahead = b""
        self._at = 0
        self._abandoned = False
        self._file: Any = None
        self._file = self._do(lambda: _open(address))

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return whether the file can be read in any order."""
        return bool(self._file.seekable())

    def head(self) -> bytes:
        """Return the first bytes, enough to tell a format, without consuming them."""
        self._ahead = self._do(lambda: self._file.read(_HEAD_BYTES))
        return self._ahead

    def readinto(self, buffer: Any) -> int:
        """Read up to ``len(buffer)`` bytes."""
        data = self._ahead[: len(buffer)]
        self._ahead = self._ahead[len(data) :]
        if not data:
            data = self._do(lambda: self._file.read(len(buffer)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        self._ahead = b""
        self._at = int(self._do(lambda: self._file.seek(offset, whence)))
        return self._at

    def tell(self) -> int:
        """Return how many bytes of the file have been consumed."""
        return self._at

    def close(self) -> None:
        """Close the file, unless it still waits for bytes."""
        if not self.closed and self._file is not None and not self._abandoned:
            with contextlib.suppress(Exception):
                self._file.close()
        super().close()

    def _do(self, function: Callable[[], _Result]) -> _Result:
        try:
            return _call(self._address, self._stop, function)
        except BaseException:
            self._abandoned = True
            raise


def _system(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UsageError(
            f"reading {address} takes fsspec; install it: pip install 'w2vneg[remote]'"
        ) from None
    try:
        system, path = url_to_fs(address)
    except ImportError as error:  # it names the package of the protocol
        raise UsageError(
            f"reading {address} takes a package that is not installed: {reason(error)}"
        ) from None
    except ValueError as error:
        raise UsageError(f"cannot read {address}: {reason(error)}; check the address") from None
    return system, path


def _info(address: str) -> dict[str, Any]:
    system, path = _system(address)
    system.invalidate_cache()  # the file may have changed since it was listed
    return dict(system.info(path))


def _open(address: str) -> Any:
    system, path = _system(address)
    return system.open(path, "rb")


def _call(address: str, stop: StopFlag, function: Callable[[], _Result]) -> _Result:
    """Return what a function returns that waits for a network.

    Raises
    ------
    UsageError
        There is no such file.
    DataError
        Anything else goes wrong.
    Interrupted
        `stop` was set; the function is left alone.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_POLL_S)
        stop.check("reading the corpus")
    if not errors:
        return results[0]
    raise _explained(address, errors[0]) from None


def _explained(address: str, error: BaseException) -> BaseException:
    """Return what to raise for an error of fsspec or of a library under it."""
    if isinstance(error, W2vnegError | MemoryError):
        return error
    # Of HTTP, everything that keeps the size from being known is a FileNotFoundError.
    cause = error.__cause__ if isinstance(error, FileNotFoundError) else None
    status = getattr(cause or error, "status", None)
    if isinstance(error, PermissionError) or status in _REFUSED:
        return UsageError(f"access to {address} is refused; check the credentials")
    if isinstance(error, FileNotFoundError):
        if cause is None or isinstance(cause, FileNotFoundError) or status in _ABSENT:
            return UsageError(f"no such file: {address}; check the address")
        error = cause
    why = reason(error) if str(error) else type(error).__name__
    return DataError(f"cannot read {address}: {why}; check the address and the connection")
