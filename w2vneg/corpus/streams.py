"""Open a file or pipe of the corpus as a stream of decompressed bytes."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from typing import Any, Protocol

from w2vneg.corpus.decompress import MAX_WINDOW, decompressor, detect_format
from w2vneg.corpus.file_identity import Identity, changed, check_unchanged, identity
from w2vneg.errors import DataError, UsageError, W2vnegError, reason
from w2vneg.system.interrupt import StopFlag

#: How the libraries say that a window is larger than allowed.
_REFUSED_MEMORY = ("Memory usage limit exceeded", "requires too much memory")
_POLL_S = 0.25
_HEAD_BYTES = 16


class ByteStream(Protocol):
    """A stream of text that is read in order."""

    path: str

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""

    def position(self) -> int:
        """Return how much has been consumed, in the bytes that progress counts."""

    def close(self) -> None:
        """Release what is held."""


class CorpusStream:
    """The bytes of one file or pipe, decompressed if need be.

    Parameters
    ----------
    path : str
        What to open; ``"-"`` is stdin.
    kind : str
        The format of a regular file (see `w2vneg.corpus.decompress.detect_format`), or
        ``"stream"`` for a pipe and ``"remote"`` for an address, whose first bytes tell the format.
    expected : tuple of int
        Identity of a regular file (see `w2vneg.corpus.file_identity.identity`).
    stop : StopFlag, optional
        Ends the wait for a pipe that delivers nothing.

    Attributes
    ----------
    path : str
        The name for messages.
    """

    def __init__(
        self, path: str, kind: str, expected: Identity = (), stop: StopFlag | None = None
    ) -> None:
        self.path = "stdin" if path == "-" else path
        self._expected = expected
        self._close = contextlib.ExitStack()
        self._raw: Any = None
        try:
            if kind == "stream":
                self._raw = self._close.enter_context(_open_pipe(path, self.path, stop))
                kind = detect_format(self._raw.head())
            elif kind == "remote":
                from w2vneg.corpus.remote import RemoteFile

                self._raw = self._close.enter_context(RemoteFile(path, stop or StopFlag()))
                kind = detect_format(self._raw.head())
                self._expected = ()  # checked at the end, by the caller
            else:
                self._raw = self._close.enter_context(_open_file(path, expected))
            buffered = self._close.enter_context(io.BufferedReader(self._raw, 1 << 18))
            self._plain = self._close.enter_context(decompressor(kind, buffered))
        except BaseException:
            self._close.close()
            raise

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end.

        Raises
        ------
        DataError
            The compressed data are truncated or damaged, or decompressing them takes a window of
            more than 128 MB.
        """
        parts = []
        try:
            while size > 0:
                part = self._plain.read(size)
                if not part:
                    break
                parts.append(part)
                size -= len(part)
        except (W2vnegError, MemoryError):
            raise
        except Exception as error:
            raise self._explained(error) from None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def position(self) -> int:
        """Return how many bytes of the file itself have been consumed (0 for a pipe)."""
        try:
            return int(self._raw.tell())
        except (OSError, ValueError):
            return 0

    def close(self) -> None:
        """Close the file."""
        self._close.close()

    def _explained(self, error: Exception) -> DataError:
        """Return the error for a user, after checking that the file itself did not change."""
        if isinstance(error, OSError) and error.errno is not None:
            return DataError(f"cannot read {self.path}: {reason(error)}; copy it to another disk")
        if any(phrase in reason(error) for phrase in _REFUSED_MEMORY):
            return DataError(
                f"{self.path} was compressed with a window of over {MAX_WINDOW >> 20} MB; "
                "unpack it first, with xz -d or zstd -d --long=31"
            )
        check_unchanged(self.path, self._expected)
        if isinstance(error, EOFError):
            return DataError(
                f"{self.path} is truncated: the compressed data end early; get it again"
            )
        return DataError(f"{self.path} is damaged: {reason(error)}; get it again")


def _open_pipe(path: str, name: str, stop: StopFlag | None) -> _Pipe:
    try:
        if path == "-":
            return _Pipe(os.dup(sys.stdin.fileno()), stop)
        # Without O_NONBLOCK, opening a named pipe blocks until a writer comes, and no signal
        # could end that.
        return _Pipe(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), stop)
    except (OSError, ValueError, AttributeError) as error:
        remedy = "give a file instead" if path == "-" else "check its permissions"
        raise UsageError(f"cannot read {name}: {reason(error)}; {remedy}") from None


def _open_file(path: str, expected: Identity) -> io.FileIO:
    try:
        file = open(path, "rb", buffering=0)
        unchanged = identity(os.fstat(file.fileno())) == expected
    except (OSError, ValueError):  # it was readable when the corpus was listed
        raise changed(path) from None
    if not unchanged:
        file.close()
        raise changed(path)
    return file


class _Pipe(io.RawIOBase):
    """A pipe whose reader polls, so that a signal ends the wait for data."""

    def __init__(self, descriptor: int, stop: StopFlag | None) -> None:
        self._descriptor = descriptor
        self._stop = stop
        self._ahead = b""
        self._poll: Any = None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(descriptor, select.POLLIN | select.POLLHUP)

    def readable(self) -> bool:
        return True

    def head(self) -> bytes:
        """Return the first bytes, enough to tell a format, without consuming them."""
        while len(self._ahead) < _HEAD_BYTES:
            data = self._read(_HEAD_BYTES)
            if not data:
                break
            self._ahead += data
        return self._ahead

    def readinto(self, buffer: Any) -> int:
        data = self._ahead[: len(buffer)] or self._read(len(buffer))
        self._ahead = self._ahead[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        while True:
            if self._stop is not None:
                self._stop.check("reading the corpus")
            if self._poll is not None and not self._poll.poll(1000 * _POLL_S):
                continue
            with contextlib.suppress(BlockingIOError):
                return os.read(self._descriptor, size)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
