"""Cut a corpus into blocks for the threads that tokenize it.

A plain file is cut at fixed bytes. A block owns the tokens that *start* in it and is read a little
beyond its end to complete the last one, so it needs no line ends (text8 has none) and threads read
their blocks independently. What can only be read in order, compressed files and pipes, is read by
whichever thread asks next. Small files are handed out several at a time.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.file_identity import changed, identity
from w2vneg.corpus.file_kinds import check_head
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.sources import CorpusFile
from w2vneg.corpus.text_bytes import (
    BOM,
    HEAD_BYTES,
    MAX_TOKEN_BYTES,
    SEPARATOR_MAX,
    is_separator,
)
from w2vneg.corpus.tokenizer import PADDING
from w2vneg.errors import DataError, reason
from w2vneg.system.interrupt import StopFlag

#: Bytes that are read beyond a block. A token that is still not complete then is too long.
_BEYOND = MAX_TOKEN_BYTES + 8
#: Bytes that are read before a block, if there are any: they tell whether it starts inside a token
#: or inside a byte order mark at the start of a line.
_BEFORE = 1 + len(BOM)
_SKIP_BYTES = 4096


@dataclass(frozen=True)
class Block:
    """The tokens that start in the bytes ``[start, stop)`` of one file.

    Attributes
    ----------
    source : CorpusFile
    start, stop : int
        Offsets in the (decompressed) text.
    last : bool
        Whether the file ends with this block.
    data : bytes or None
        The bytes from ``max(0, start - 4)`` on, and some beyond `stop`; None: to be read from the
        file.
    """

    source: CorpusFile
    start: int
    stop: int
    last: bool
    data: bytes | None = None

    def load(self, buffer: NDArray[np.uint8]) -> tuple[int, int, int, int, int]:
        """Copy the bytes of the block, followed by separators, into `buffer`.

        Byte order marks at the starts of lines become separators.

        Parameters
        ----------
        buffer : uint8 array
            Of `buffer_bytes` elements or more; overwritten.

        Returns
        -------
        start, stop, end : int
            See `w2vneg.corpus.tokenizer.tokenize`.
        origin : int
            Offset in the text of ``buffer[0]``.
        marks : int
            Byte order marks at the starts of lines, that of the file left out.
        """
        origin = max(0, self.start - _BEFORE)
        if self.data is None:
            end = min(self.source.size, self.stop + _BEYOND) - origin
            self._read_file(buffer[:end], origin)
        else:
            end = len(self.data)
            buffer[:end] = np.frombuffer(self.data, np.uint8)
        buffer[end : end + PADDING] = SEPARATOR_MAX
        start, stop = self.start - origin, self.stop - origin
        marks = _remove_marks(buffer, start, stop, end) if self.source.is_text else 0
        if self.start == 0 and buffer[: len(BOM)].tobytes() == BOM:
            start = min(len(BOM), stop)
        elif start > 0 and not is_separator(int(buffer[start - 1])):
            # A token that began before this block belongs to that block.
            start = _skip_token(buffer, start, stop)
        return start, stop, end, origin, marks

    def _read_file(self, buffer: NDArray[np.uint8], origin: int) -> None:
        path = self.source.path
        try:
            with open(path, "rb", buffering=0) as file:
                if identity(os.fstat(file.fileno())) != self.source.identity:
                    raise changed(path)
                file.seek(origin)
                view = buffer.data
                while view:
                    count = file.readinto(view)
                    if not count:
                        raise changed(path)
                    view = view[count:]
        except FileNotFoundError:
            raise changed(path) from None
        except OSError as error:
            raise DataError(f"cannot read {path}: {reason(error)}; copy it first") from None


def buffer_bytes(block_bytes: int) -> int:
    """Return the size of the buffer that `Block.load` needs: a multiple of 8."""
    return (_BEFORE + block_bytes + _BEYOND + PADDING + 16) & ~7


class BlockReader:
    """Gives each thread that asks the next blocks of a corpus.

    Parameters
    ----------
    sources : list of CorpusFile
        What to read, in order.
    options : IngestOptions
        Its `block_bytes` is the size of a block; its `stop` ends the reading.

    Attributes
    ----------
    done : int
        Bytes handed out, as progress counts them (of the files, not of the text in them).
    """

    def __init__(self, sources: list[CorpusFile], options: IngestOptions) -> None:
        self.done = 0
        self._block_bytes = options.block_bytes
        self._stop = StopFlag(options.stop)
        self._lock = threading.Lock()
        self._batches = self._cut(sources)
        self._ended = False
        self._count = 0

    def take(self) -> tuple[int, list[Block]] | None:
        """Return the next batch of blocks and its number; None at the end.

        Together the blocks are no larger than one block, or there is only one.
        """
        with self._lock:
            if self._ended or self._stop.is_set:
                return None
            try:
                batch = next(self._batches, None)
            except BaseException:
                self._ended = True
                raise
            if batch is None:
                self._ended = True
                return None
            self._count += 1
            return self._count - 1, batch

    def end(self) -> None:
        """Hand out no more blocks."""
        self._ended = True

    def cancel(self) -> None:
        """Hand out no more blocks, and end the wait for a pipe that delivers nothing."""
        self._ended = True
        self._stop.set()

    def close(self) -> None:
        """Close what is open, unless a thread is still reading."""
        with contextlib.suppress(ValueError):  # the generator is running
            self._batches.close()

    def _cut(self, sources: list[CorpusFile]) -> Generator[list[Block], None, None]:
        batch: list[Block] = []
        size = 0
        for source in sources:
            blocks = self._plain(source) if source.is_plain else self._stream(source)
            for block in blocks:
                length = block.stop - block.start
                if batch and size + length > self._block_bytes:
                    yield batch
                    batch, size = [], 0
                batch.append(block)
                size += length
                if block.data is not None:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch

    def _plain(self, source: CorpusFile) -> Iterator[Block]:
        for start in range(source.begin, source.stop, self._block_bytes):
            stop = min(source.stop, start + self._block_bytes)
            self.done += stop - start
            yield Block(source, start, stop, stop == source.stop)

    def _stream(self, source: CorpusFile) -> Iterator[Block]:
        stream = source.open(self._stop)
        done = self.done
        try:
            data = stream.read(self._block_bytes + _BEYOND)
            before = b""
            if source.is_raw:
                check_head(data[:HEAD_BYTES], stream.path)
            start = 0
            while len(data) > self._block_bytes:
                stop = start + self._block_bytes
                self.done = done + stream.position()
                yield Block(source, start, stop, False, before + data)
                before = (before + data[: self._block_bytes])[-_BEFORE:]
                rest = data[self._block_bytes :]
                data = rest + stream.read(self._block_bytes + _BEYOND - len(rest))
                start = stop
            self.done = done + stream.position()
            yield Block(source, start, start + len(data), True, before + data)
        finally:
            stream.close()


def _remove_marks(buffer: NDArray[np.uint8], start: int, stop: int, end: int) -> int:
    """Replace byte order marks after line ends by blanks; count those in ``[start, stop)``."""
    data = buffer[:end].tobytes()
    count = 0
    if BOM[:1] not in data:  # one byte is found far faster than three
        return 0
    at = data.find(BOM, 1)
    while at > 0:
        if data[at - 1] in b"\n\r":
            buffer[at : at + len(BOM)] = SEPARATOR_MAX
            count += start <= at < stop
        at = data.find(BOM, at + len(BOM))
    return count


def _skip_token(buffer: NDArray[np.uint8], start: int, stop: int) -> int:
    """Return where the token at `start` ends, at most `stop`."""
    while start < stop:
        ends = np.flatnonzero(buffer[start : min(stop, start + _SKIP_BYTES)] <= SEPARATOR_MAX)
        if len(ends):
            return start + int(ends[0])
        start = min(stop, start + _SKIP_BYTES)
    return stop
