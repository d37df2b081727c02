"""Gzip output whose blocks are deflated independently, so that threads can share the work."""

from __future__ import annotations

import struct
import zlib

#: Level 6 takes three times as long and saves only 5 %.
_LEVEL = 4


class GzipMember:
    """One gzip member, assembled from blocks that `deflate` compressed.

    Its bytes depend on the blocks alone: the header holds no file name and no time.
    """

    #: The header; its last byte, 255, means an unknown operating system.
    START = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

    def __init__(self) -> None:
        self._crc = 0
        self._size = 0

    @staticmethod
    def deflate(data: bytes | memoryview) -> bytes:
        """Compress one block, ending at a byte boundary, so that blocks can be concatenated."""
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)

    def add(self, data: bytes | memoryview) -> None:
        """Add one uncompressed block to checksum and size; blocks are added in file order."""
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)

    def end(self) -> bytes:
        """Return the end of the member: an empty last block, checksum and size."""
        last = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
        return last + struct.pack("<LL", self._crc, self._size & 0xFFFFFFFF)
