"""The reading threads: each tokenizes blocks into a table and a spool file of its own."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from w2vneg.corpus import tokenizer as kernels
from w2vneg.corpus.blocks import Block, BlockReader, buffer_bytes
from w2vneg.corpus.sources import Source
from w2vneg.corpus.word_table import Allowance, WordTable, word_limit_explained
from w2vneg.errors import DataError
from w2vneg.system.atomic_files import write_all
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import available_memory
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.system.threads import run_threads

#: More tokens than any corpus has.
NO_LIMIT = 1 << 62
_REPORT_S = 0.1
#: Of the free memory, for the tables of words; the rest is for choosing and sorting them.
_SHARE_FOR_TABLES = 2


class Spool:
    """A nameless temporary file of word numbers; any thread may read what was written.

    Parameters
    ----------
    folder : Path
        Where the file lies.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)
        self._size = 0
        self._lock = threading.Lock()

    def append(self, numbers: np.ndarray) -> int:
        """Write an int32 array; return where it begins."""
        at = self._size
        write_all(self._file, numbers.data)
        self._size += numbers.nbytes
        return at

    def read(self, at: int, numbers: np.ndarray) -> None:
        """Fill an int32 array with what was written at `at`."""
        view = numbers.data.cast("B")
        while view:
            if hasattr(os, "preadv"):
                count = os.preadv(self._file.fileno(), [view], at)
            else:
                with self._lock:
                    self._file.seek(at)
                    count = self._file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise OSError("temporary file is shorter than what was written")
            view = view[count:]
            at += count

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


@dataclass(frozen=True)
class Part:
    """The word numbers of some consecutive blocks."""

    place: int  # in the corpus
    worker: int
    at: int  # byte in the worker's spool
    count: int


@dataclass
class Reading:
    """What the threads found.

    Attributes
    ----------
    tables : list of WordTable
        One a worker.
    spools : list of Spool
        One a worker; empty where nothing but counts was asked for.
    parts : list of Part
        In corpus order.
    size : int
        Bytes of text.
    first_invalid : str or None
        Place of the first token that is not UTF-8.
    shown : str
        The corpus' name for messages.
    threads : int
        How many worked.
    """

    tables: list[WordTable]
    spools: list[Spool]
    parts: list[Part]
    size: int
    first_invalid: str | None
    shown: str
    threads: int

    def close(self) -> None:
        """Delete the spool files."""
        for spool in self.spools:
            spool.close()


class _Worker:
    """One thread's table, buffers and spool."""

    def __init__(
        self,
        number: int,
        reader: BlockReader,
        folder: Path | None,
        block_bytes: int,
        limit: int,
        allowance: Allowance,
    ) -> None:
        self.number = number
        self.table = WordTable(allowance=allowance)
        self.spool = Spool(folder) if folder is not None else None
        self.parts: list[Part] = []
        self.size = 0
        #: Place in the corpus, source and offset of the first token that is not UTF-8.
        self.invalid: tuple[int, Source, int] | None = None
        self._reader = reader
        self._limit = limit
        self._buffer = np.empty(buffer_bytes(block_bytes), np.uint8)
        self._out = np.empty(block_bytes + 2, np.int32)

    def run(self, strict: bool) -> None:
        """Tokenize until there is nothing left."""
        try:
            while (taken := self._reader.take()) is not None:
                place, blocks = taken
                self._tokenize(place, blocks)
                if strict and self.invalid is not None:
                    # Blocks before this one are with other threads, which finish them.
                    self._reader.end()
                if self.table.state[kernels.TOKENS] >= self._limit:
                    self._reader.end()
        except BaseException:
            self._reader.end()
            raise

    def _tokenize(self, place: int, blocks: list[Block]) -> None:
        state = self.table.state
        state[kernels.OUT] = 0
        needed = sum(block.stop - block.start for block in blocks) + len(blocks) + 1
        if self._out.size < needed:
            self._out = np.empty(needed, np.int32)
        for block in blocks:
            start, stop, end, origin = block.load(self._buffer)
            self.table.tokenize(self._buffer, start, stop, end, self._limit, self._out)
            self.size += block.stop - block.start
            if self.invalid is None and state[kernels.FIRST_INVALID] >= 0:
                offset = origin + int(state[kernels.FIRST_INVALID])
                self.invalid = (place, block.source, offset)
            if block.last:
                filled = int(state[kernels.OUT])
                self._out[filled] = kernels.LINE_END
                state[kernels.OUT] = filled + 1
        filled = int(state[kernels.OUT])
        if self.spool is not None and filled:
            at = self.spool.append(self._out[:filled])
            self.parts.append(Part(place, self.number, at, filled))


def shown(sources: list[Source]) -> str:
    """Return what messages call a corpus."""
    name = sources[0].shown
    return name if len(sources) == 1 else f"{name} and {len(sources) - 1} more"


def read_corpus(
    reader: BlockReader,
    sources: list[Source],
    folder: Path | None,
    *,
    threads: int | None,
    strict: bool,
    max_tokens: int | None,
    block_bytes: int,
    progress: Progress,
    stop: StopFlag,
) -> Reading:
    """Tokenize a corpus with all threads.

    Parameters
    ----------
    reader : BlockReader
        Hands out the text.
    sources : list of Source
        What it reads.
    folder : Path or None
        Where the spool files go; None: only count.
    threads, strict, max_tokens, block_bytes, progress, stop
        See `w2vneg.corpus.encode.encode`.

    Raises
    ------
    DataError
        With `strict`, naming the first token of the corpus that is not UTF-8; and what reading
        raises.
    ResourceError
        More different words than memory has room for.
    """
    name = shown(sources)
    total = None
    count = threads or processors()
    if not any(source.is_stream or source.format == "sentences" for source in sources):
        total = sum(source.size for source in sources)
        if all(source.is_plain for source in sources):
            count = max(1, min(count, -(-total // block_bytes)))
    limit = max_tokens or NO_LIMIT
    free = available_memory()
    allowance = Allowance(free and free // _SHARE_FOR_TABLES)
    workers: list[_Worker] = []
    progress.start("reading corpus", total, "bytes")
    try:
        with word_limit_explained(name):
            for number in range(count):
                workers.append(_Worker(number, reader, folder, block_bytes, limit, allowance))
            run_threads(
                [lambda worker=worker: worker.run(strict) for worker in workers],  # type: ignore[misc]
                lambda: progress.update(reader.done),
            )
        stop.check("reading the corpus")
        first_invalid = _first_invalid(workers)
        if strict and first_invalid is not None:
            raise DataError(
                f"{first_invalid}: not UTF-8; convert the file with iconv, or let such tokens be "
                "dropped with --encoding-errors drop"
            )
    except BaseException:
        for worker in workers:
            if worker.spool is not None:
                worker.spool.close()
        raise
    finally:
        progress.finish()
    return Reading(
        [worker.table for worker in workers],
        [worker.spool for worker in workers if worker.spool is not None],
        sorted((part for worker in workers for part in worker.parts), key=lambda p: p.place),
        sum(worker.size for worker in workers),
        first_invalid,
        name,
        count,
    )


def _first_invalid(workers: list[_Worker]) -> str | None:
    """Return the place of the first token of the corpus that is not UTF-8."""
    found = [worker.invalid for worker in workers if worker.invalid is not None]
    if not found:
        return None
    _, source, offset = min(found, key=lambda invalid: invalid[0])
    unpacked = "" if source.is_plain or source.is_stream else " of the unpacked text"
    return f"{source.shown}, byte {offset}{unpacked}"
