"""Decompress gzip, bzip2, xz and zstandard files as streams, in bounded memory."""

from __future__ import annotations

import functools
import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

#: Suffix of a compressed file -> format.
COMPRESSED_SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}

#: Largest window that is accepted, in bytes: `xz -9` uses 64 MB, `zstd --long` 128 MB.
MAX_WINDOW = 128 << 20
_XZ_MEMORY = MAX_WINDOW + (1 << 20)

# 256 compressed bytes of zstandard expand to 8 MB at most. This bounds the memory that a
# decompression bomb can take.
_ZSTD_PIECE = 256
_PIECE = 1 << 17

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")


def detect_format(head: bytes) -> str:
    """Return the compression format of a file, judged by its first bytes.

    Returns
    -------
    str
        ``"gzip"``, ``"bzip2"``, ``"xz"`` or ``"zstd"``; ``"plain"`` if it is none of them.
    """
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    # "BZh9" could begin a text; the magic number of the first block could not.
    if head.startswith(b"BZh") and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if len(head) >= 8 and 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18":
        return "zstd"  # skippable frame
    return "plain"


def decompressor(kind: str, file: Any) -> Any:
    """Return a context manager with ``read(size)`` that yields the decompressed bytes.

    Parameters
    ----------
    kind : str
        A format that `detect_format` returns.
    file : binary file
        Positioned at the first compressed byte.

    Notes
    -----
    ``read`` raises EOFError where the compressed data are truncated, and what the library of the
    format raises where they are damaged or need a window of more than `MAX_WINDOW`.
    """
    if kind == "gzip":
        return _Gzip(file, functools.partial(zlib.decompressobj, wbits=31))
    if kind == "bzip2":
        import bz2

        return _Bzip2OrXz(file, bz2.BZ2Decompressor)
    if kind == "xz":
        import lzma

        return _Bzip2OrXz(file, functools.partial(lzma.LZMADecompressor, memlimit=_XZ_MEMORY))
    if kind == "zstd":
        return io.BufferedReader(_Zstd(file), _PIECE)
    return file


class _Members:
    """Concatenated compressed streams, as parallel compressors write them.

    Parameters
    ----------
    file : binary file
        Compressed data.
    new : callable
        Returns a decompressor for one stream.
    """

    def __init__(self, file: Any, new: Callable[[], Any]) -> None:
        self._file = file
        self._new = new
        self._member: Any = None
        self._input = b""
        self._is_first = True

    def __enter__(self) -> _Members:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, size: int) -> bytes:
        """Return at most `size` decompressed bytes; none at the end."""
        while self._member is not None or self._next_member():
            plain = self._decompress(size)
            if self._member.eof:
                self._input = self._member.unused_data
                self._member = None
            if plain:
                return plain
        return b""

    def _decompress(self, size: int) -> bytes:
        raise NotImplementedError

    def _next_member(self) -> bool:
        """Begin the next stream; return False at the end of the file."""
        if not self._is_first:
            # Zero bytes may pad the file after a stream. Anything else must be another one: to
            # stop there, as the standard library does, would lose text unnoticed.
            self._input = self._input.lstrip(b"\0")
            while not self._input:
                self._input = self._file.read(_PIECE)
                if not self._input:
                    return False
                self._input = self._input.lstrip(b"\0")
        self._member = self._new()
        self._is_first = False
        return True


class _Bzip2OrXz(_Members):
    def _decompress(self, size: int) -> bytes:
        if not self._input and self._member.needs_input:
            self._input = self._file.read(_PIECE)
            if not self._input:
                raise EOFError
        plain: bytes = self._member.decompress(self._input, size)
        self._input = b""
        return plain


class _Gzip(_Members):
    def _decompress(self, size: int) -> bytes:
        if not self._input:
            self._input = self._file.read(_PIECE)
        at_end = not self._input
        # Even without more input the decompressor may hold bytes back.
        plain: bytes = self._member.decompress(self._input, size)
        if at_end and not plain and not self._member.eof:
            raise EOFError
        self._input = self._member.unconsumed_tail
        return plain


class _Zstd(io.RawIOBase):
    """Concatenated zstandard frames; unlike the library's stream, it notices truncation."""

    def __init__(self, file: BinaryIO) -> None:
        import zstandard

        self._file = file
        self._context = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
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
