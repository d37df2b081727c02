"""Bytes on disk to blocks for the tokenizer, in bounded memory.

Plain files are cut into byte ranges that threads read by themselves: a block owns the tokens that
*start* in it, so it needs no line ends (text8 has none). Compressed files, pipes and stdin are
read once, in order, and cut at separators.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from w2vneg.errors import DataError, UsageError
from w2vneg.tokenizer import MAX_TOKEN_BYTES, PADDING

BLOCK_BYTES = 1 << 21
_PROBE = 1024
_BOM = b"\xef\xbb\xbf"
_BREAKS = bytes(range(33))
_STREAM_ERRORS: tuple[type[Exception], ...] = (EOFError, OSError, lzma.LZMAError, zlib.error)


@dataclass(frozen=True)
class Block:
    """A piece of a file: the tokens that start in bytes ``[start, stop)`` of it."""

    name: str
    start: int
    stop: int
    size: int | None  # of the file where the worker reads it, None where `data` holds the bytes
    data: bytes | None
    ends_file: bool

    def load(self) -> tuple[np.ndarray, int, int, int]:
        """Return padded bytes and where the block's tokens start, stop and may end in them.

        Returns
        -------
        data : (B,) uint8 array, B a multiple of 8
        start, stop, end : int
            See `w2vneg.tokenizer.tokenize`.

        Raises
        ------
        DataError
            If the file cannot be read or is shorter than it was.
        """
        if self.data is not None:
            return _padded(self.data), 0, len(self.data), len(self.data)
        assert self.size is not None
        before = 1 if self.start > 0 else 0
        end = min(self.size, self.stop + MAX_TOKEN_BYTES + 1)
        low = self.start - before
        try:
            with open(self.name, "rb", buffering=0) as file:
                file.seek(low)
                data = _read_exactly(file, end - low)
        except OSError as error:
            raise DataError(f"cannot read {self.name}: {error.strerror}") from None
        if len(data) < end - low:
            raise DataError(f"{self.name} changed while it was read; run again when it is complete")
        array = _padded(data)
        start = before
        # A token that began in the block before belongs to that block.
        if before and array[0] > 32:
            limit = len(data)
            ends = np.flatnonzero(array[start:limit] <= 32)
            start = start + int(ends[0]) if len(ends) else limit
        if self.start == 0 and data.startswith(_BOM):
            start = len(_BOM)
        return array, start, self.stop - low, end - low


def text_files(paths: list[str | Path]) -> list[str]:
    """List the files that corpus arguments name: files, ``-``, and the files in folders.

    A folder stands for all files in it and its sub-folders, in the order of their names; hidden
    ones are left out.

    Raises
    ------
    UsageError
        If a path does not exist or cannot be read.
    DataError
        If a folder holds no file.
    """
    files: list[str] = []
    for path in paths:
        name = os.fspath(path)
        if name == "-":
            files.append(name)
            continue
        if not os.path.exists(name):
            raise UsageError(f"no such file: {name}; check the path")
        if os.path.isdir(name):
            found = sorted(
                str(p)
                for p in Path(name).rglob("*")
                if p.is_file()
                and not any(part.startswith(".") for part in p.relative_to(name).parts)
            )
            if not found:
                raise DataError(f"folder {name} holds no files; give a folder with text")
            files.extend(found)
            continue
        if not os.access(name, os.R_OK):
            raise UsageError(f"cannot read {name}: permission denied")
        files.append(name)
    if not files:
        raise UsageError("no corpus given; name a text file")
    return files


def is_stream(name: str) -> bool:
    """Whether a corpus file can be read only once: stdin, a pipe."""
    return name == "-" or not stat.S_ISREG(os.stat(name).st_mode)


def read_blocks(files: list[str], block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Cut files into blocks, in corpus order.

    Parameters
    ----------
    files : list of str
        As `text_files` lists them.
    block_bytes : int
        Size of a block.

    Raises
    ------
    DataError
        For what is not text, is damaged, or cannot be read: names the file and the remedy.
    """
    for name in files:
        opener = None
        if not is_stream(name):
            try:
                with open(name, "rb") as file:
                    head = file.read(_PROBE)
                    size = os.fstat(file.fileno()).st_size
            except OSError as error:
                raise DataError(f"cannot read {name}: {error.strerror}") from None
            opener = _decompressor(head)
            if opener is None:
                _check_text(name, head)
                for start in range(0, size, block_bytes):
                    stop = min(size, start + block_bytes)
                    yield Block(name, start, stop, size, None, stop == size)
                continue
        yield from _stream_blocks(name, opener, block_bytes)


def _stream_blocks(name: str, opener: Any, block_bytes: int) -> Iterator[Block]:
    """Read a stream once; cut it after the last separator of each read."""
    at = 0  # offset of `rest` in the stream
    rest = b""
    overlong = False  # `rest` is the head of a token that is too long: what follows is dropped
    first = True
    try:
        with _open_stream(name, opener) as file:
            while chunk := file.read(block_bytes):
                if first:
                    if name == "-" or opener is None:
                        nested = _decompressor(chunk[:8])
                        if nested is not None:
                            raise DataError(
                                f"{_shown(name)} is compressed; give it as a file, or unpack it"
                            )
                    _check_text(_shown(name), chunk[:_PROBE])
                    first = False
                    if chunk.startswith(_BOM):
                        chunk, at = chunk[len(_BOM) :], len(_BOM)
                if overlong:
                    tail = chunk.lstrip(bytes(range(33, 256)))
                    at += len(chunk) - len(tail)
                    chunk = tail
                    if not chunk:
                        continue
                    overlong = False
                data = rest + chunk
                whole = len(data.rstrip(bytes(range(33, 256))))
                rest = data[whole:]
                if len(rest) > MAX_TOKEN_BYTES:
                    at += len(rest) - MAX_TOKEN_BYTES - 1
                    rest = rest[: MAX_TOKEN_BYTES + 1]
                    overlong = True
                if whole:
                    yield Block(name, at, at + whole, None, data[:whole], False)
                    at += whole
    except DataError:
        raise
    except _STREAM_ERRORS as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"cannot read {_shown(name)}: {reason} (after {at + len(rest)} bytes of text); "
            "the file is truncated or damaged"
        ) from None
    yield Block(name, at, at + len(rest), None, rest, True)


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name


def _open_stream(name: str, opener: Any) -> Any:
    if opener is not None:
        return opener(name)
    if name == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    return open(name, "rb")


def _decompressor(head: bytes) -> Any:
    """Return a function that opens a file for reading, by the first bytes; None for plain text."""
    if head.startswith(b"\x1f\x8b"):
        return gzip.open
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return bz2.open
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.open
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return _open_zstd
    return None


def _open_zstd(name: str) -> BinaryIO:
    global _STREAM_ERRORS
    import zstandard

    _STREAM_ERRORS = (*_STREAM_ERRORS, zstandard.ZstdError)
    return zstandard.open(name, "rb")  # type: ignore[no-any-return]


def _check_text(name: str, head: bytes) -> None:
    if b"\x00" not in head:
        return
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\x00") * 3 >= len(head):
        raise DataError(f"{name} looks like UTF-16; convert it: iconv -f UTF-16 -t UTF-8")
    raise DataError(f"{name} looks like a binary file (NUL at byte {head.index(0)}); give text")


def _read_exactly(file: Any, count: int) -> bytes:
    parts = []
    while count > 0:
        part = file.read(count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _padded(data: bytes) -> np.ndarray:
    size = (len(data) + PADDING + 7) & ~7
    array = np.full(size, 32, dtype=np.uint8)
    array[: len(data)] = np.frombuffer(data, dtype=np.uint8)
    return array
