"""Gzip output whose blocks are deflated independently, so that threads can share the work."""

from __future__ import annotations

import struct
import zlib

#: Level 6 takes three times as long to save a twentieth.
_LEVEL = 4


class GzipMember:
    """One gzip member, joined from blocks that `deflate` compressed.

    The same blocks give the same bytes: the header holds neither a file name nor a time.
    """

    #: The header; its last byte 255 stands for an unknown operating system.
    START = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

    def __init__(self) -> None:
        self._crc = 0
        self._size = 0

    @staticmethod
    def deflate(data: bytes | memoryview) -> bytes:
        """Compress one block up to a byte boundary; blocks can be concatenated."""
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)

    def add(self, data: bytes | memoryview) -> None:
        """Add one block, uncompressed, to the checksum; in the order of the file."""
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)

    def end(self) -> bytes:
        """Return the end of the member: an empty last block, checksum and size."""
        last = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
        return last + struct.pack("<LL", self._crc, self._size & 0xFFFFFFFF)
