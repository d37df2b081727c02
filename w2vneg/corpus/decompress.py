"""Streams of plain bytes out of compressed files, pipes and stdin, in bounded memory."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import select
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from w2vneg.corpus.sources import Source, changed, check_unchanged, detect_format, identity
from w2vneg.errors import DataError, UsageError, W2vnegError
from w2vneg.system.interrupt import StopFlag

# So much zstd stands for at most 8 MB of text: this bounds what a bomb takes.
_ZSTD_PIECE = 256
# The window of `xz -9` takes 64 MB, that of `zstd --long` 128 MB.
_WINDOW = 128 << 20
_XZ_MEMORY = _WINDOW + (1 << 20)
_REFUSED_MEMORY = ("Memory usage limit exceeded", "requires too much memory")
_LONGEST_WAIT_S = 0.25
_HEAD = 16


class CorpusStream:
    """The plain bytes of one source, decompressed if need be.

    Parameters
    ----------
    source : Source
        What to open.
    stop : StopFlag, optional
        Ends a wait for a pipe that has nothing to give.
    """

    def __init__(self, source: Source, stop: StopFlag | None = None) -> None:
        self.path = source.shown
        self._source = source
        self._close = contextlib.ExitStack()
        self._raw: Any = None
        try:
            raw = self._open(source, stop)
            self._raw = self._close.enter_context(raw)
            buffered = self._close.enter_context(io.BufferedReader(raw, 1 << 18))
            kind = source.format
            if source.is_stream:
                kind = detect_format(raw.head())
            #: Whether offsets count decompressed bytes.
            self.compressed = kind != "plain"
            self._plain = self._close.enter_context(_decompressor(kind, buffered))
        except BaseException:
            self._close.close()
            raise

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end.

        Raises
        ------
        DataError
            The compressed data are cut off or damaged, or were packed so that unpacking them
            would take much memory.
        """
        parts = []
        try:
            while size > 0:
                part = self._plain.read(size)
                if not part:
                    break
                parts.append(part)
                size -= len(part)
        except EOFError:
            check_unchanged(self._source)
            raise DataError(
                f"{self.path} is truncated: the compressed data end early; get it again"
            ) from None
        except Exception as error:
            if isinstance(error, W2vnegError | MemoryError):
                raise
            if isinstance(error, OSError) and error.errno is not None:
                raise DataError(f"cannot read {self.path}: {error.strerror}") from None
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            if any(mark in reason for mark in _REFUSED_MEMORY):
                raise DataError(
                    f"{self.path} was packed with a window of over {_WINDOW >> 20} MB; unpack it "
                    "first, with xz -d or zstd -d --long=31"
                ) from None
            check_unchanged(self._source)
            raise DataError(f"{self.path} is damaged: {reason}; get it again") from None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def position(self) -> int:
        """Return how many bytes of the file itself have been taken (0 for a pipe)."""
        try:
            return int(self._raw.tell())
        except (OSError, ValueError):
            return 0

    def close(self) -> None:
        """Close the file."""
        self._close.close()

    def _open(self, source: Source, stop: StopFlag | None) -> Any:
        try:
            if source.path == "-":
                return _Pipe(os.dup(sys.stdin.fileno()), stop)
            if source.is_stream:
                # Without O_NONBLOCK, opening a named pipe waits for its writer deaf to signals.
                flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
                return _Pipe(os.open(source.path, flags), stop)
            file = open(source.path, "rb", buffering=0)
            if identity(os.fstat(file.fileno())) != source.identity:
                file.close()
                raise changed(source.path)
            return file
        except (OSError, ValueError, AttributeError) as error:
            if source.identity:  # it could be read a moment ago
                raise changed(source.path) from None
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"cannot read {self.path}: {reason}") from None


class _Pipe(io.RawIOBase):
    """A pipe whose reader waits a little at a time, so that a signal ends the wait."""

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
        """Return the first bytes, enough to tell a format, without taking them."""
        while len(self._ahead) < _HEAD:
            data = self._read(_HEAD)
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
            if self._poll is not None and not self._poll.poll(1000 * _LONGEST_WAIT_S):
                continue
            with contextlib.suppress(BlockingIOError):
                return os.read(self._descriptor, size)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class _Zstd(io.RawIOBase):
    """Zstandard frames one after the other; unlike the library's stream, it notices truncation."""

    def __init__(self, file: BinaryIO) -> None:
        import zstandard

        self._file = file
        self._context = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._parts = self._decompress()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        filled = 0
        while filled < len(buffer):
            if not self._ready:
                self._ready = memoryview(next(self._parts, b""))
                if not self._ready:
                    break
            count = min(len(self._ready), len(buffer) - filled)
            buffer[filled : filled + count] = self._ready[:count]
            self._ready = self._ready[count:]
            filled += count
        return filled

    def _decompress(self) -> Iterator[bytes]:
        frame: Any = None
        while piece := self._file.read(_ZSTD_PIECE):
            while piece:
                if frame is None:
                    frame = self._context.decompressobj()
                plain = frame.decompress(piece)
                if plain:
                    yield plain
                piece = b""
                if frame.eof:
                    piece = frame.unused_data
                    frame = None
        if frame is not None:
            raise EOFError


def _decompressor(kind: str, file: Any) -> Any:
    if kind == "gzip":
        return _Gzip(file)
    if kind == "bzip2":
        import bz2

        return _Streams(file, bz2.BZ2Decompressor)
    if kind == "xz":
        import lzma

        return _Streams(file, functools.partial(lzma.LZMADecompressor, memlimit=_XZ_MEMORY))
    if kind == "zstd":
        return io.BufferedReader(_Zstd(file), 1 << 17)
    return file


class _Streams:
    """Bzip2 or xz streams one after the other.

    The standard library takes whatever cannot be read after a whole stream for the end of the
    file; files of many streams (parallel compressors write them) would lose text unnoticed.
    """

    def __init__(self, file: Any, make: Callable[[], Any]) -> None:
        self._file = file
        self._make = make
        self._stream: Any = make()
        self._input = b""

    def __enter__(self) -> _Streams:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, size: int) -> bytes:
        while True:
            if self._stream is None:
                # Zero bytes may pad the file after a stream.
                self._input = self._input.lstrip(b"\0")
                while not self._input:
                    self._input = self._file.read(1 << 17)
                    if not self._input:
                        return b""
                    self._input = self._input.lstrip(b"\0")
                self._stream = self._make()
            if not self._input and self._stream.needs_input:
                self._input = self._file.read(1 << 17)
                if not self._input:
                    raise EOFError
            plain: bytes = self._stream.decompress(self._input, size)
            self._input = b""
            if self._stream.eof:
                self._input = self._stream.unused_data
                self._stream = None
            if plain:
                return plain


class _Gzip:
    """Gzip members one after the other; reads in larger pieces than the standard library does."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._member: Any = None
        self._input = b""
        self._begun = False

    def __enter__(self) -> _Gzip:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, size: int) -> bytes:
        while True:
            if not self._input:
                self._input = self._file.read(1 << 17)
            if self._member is None:
                if self._begun:
                    # Zero bytes may pad the file after a member.
                    self._input = self._input.lstrip(b"\0")
                    while not self._input:
                        self._input = self._file.read(1 << 17)
                        if not self._input:
                            return b""
                        self._input = self._input.lstrip(b"\0")
                self._member = zlib.decompressobj(wbits=31)
                self._begun = True
            at_end = not self._input
            # Even without more input the decompressor may hold bytes back.
            plain: bytes = self._member.decompress(self._input, size)
            if at_end and not plain and not self._member.eof:
                raise EOFError
            self._input = self._member.unconsumed_tail
            if self._member.eof:
                self._input = self._member.unused_data
                self._member = None
            if plain:
                return plain
