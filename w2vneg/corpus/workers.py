"""Tokenize a corpus with all threads, each into a table and a spool file of its own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from w2vneg.corpus.block_feed import BlockFeed
from w2vneg.corpus.blocks import Block, BlockReader, buffer_bytes
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.sources import CorpusFile
from w2vneg.corpus.spool import Spool
from w2vneg.corpus.text_bytes import HEAD_BYTES, TO_UTF8, find_binary
from w2vneg.corpus.tokenizer import LINE_END
from w2vneg.corpus.word_table import INITIAL_CAPACITY, Allowance, WordTable, word_limit_explained
from w2vneg.errors import DataError
from w2vneg.system.limits import available_memory
from w2vneg.system.option_names import choice
from w2vneg.system.processors import processors
from w2vneg.system.threads import run_threads

#: The tables of words may take free memory divided by this; the rest is needed to choose and sort
#: the words.
_SHARE_FOR_TABLES = 2

#: Room for words in a thread's table at first: bytes of text for one of them, and the most.
_BYTES_A_WORD, _MOST_EXPECTED = 128, 1 << 18

#: No block with fewer control bytes than `HEAD_BYTES` divided by this is searched for binary data.
_CONTROL_SHARE = 20


@dataclass(frozen=True)
class Part:
    """The word numbers of some consecutive blocks."""

    index: int  # in the corpus
    worker: int
    begin: int  # byte in the worker's spool
    count: int


@dataclass
class Reading:
    """What the threads read.

    Attributes
    ----------
    name : str
        The name of the corpus for messages.
    tables : list of WordTable
        One a worker.
    spools : list of Spool
        One a worker; empty where the words were only counted.
    parts : list of Part
        In corpus order.
    report : IngestReport
        Complete but for what depends on the vocabulary.
    threads : int
        Number of workers.
    lines : int
        Lines that are not blank.
    is_text : bool
        Whether files were read, and not words from Python.
    """

    name: str
    tables: list[WordTable]
    spools: list[Spool]
    parts: list[Part]
    report: IngestReport
    threads: int
    lines: int
    is_text: bool = True

    def close(self) -> None:
        """Delete the spool files."""
        for spool in self.spools:
            spool.close()


def read_corpus(
    sources: list[CorpusFile], options: IngestOptions, name: str, folder: Path | None = None
) -> Reading:
    """Tokenize a corpus with all threads.

    Parameters
    ----------
    sources : list of CorpusFile
        What to read.
    options : IngestOptions
        Those of the vocabulary are not used here.
    name : str
        The name of the corpus for messages.
    folder : Path, optional
        Where the spool files go; without it, words are only counted.

    Raises
    ------
    DataError
        With ``options.strict``, naming the first token of the corpus that is not UTF-8; what
        reading raises.
    ResourceError
        More different words than fit in memory.
    Interrupted
        ``options.stop`` was set.
    CallerError
        Code of the caller failed.
    """
    total = None
    threads = options.threads or processors()
    if options.max_tokens is not None:
        threads = 1
    if all(source.has_size for source in sources):
        total = sum(source.length for source in sources)
        if all(source.is_plain for source in sources):
            threads = max(1, min(threads, -(-total // options.block_bytes)))
    from_caller = any(source.is_of_caller for source in sources)
    free = available_memory()
    allowance = Allowance(free and free // _SHARE_FOR_TABLES)
    workers: list[_Worker] = []
    options.progress.start("reading corpus", total, "bytes")
    try:
        with (
            word_limit_explained(name),
            contextlib.closing(BlockReader(sources, options)) as reader,
        ):
            feed = BlockFeed(reader, ahead=threads) if from_caller else None
            for number in range(threads):
                table = WordTable(_expected_words(total, threads), allowance)
                workers.append(_Worker(number, feed or reader, options, folder, table))

            def report_progress() -> None:
                options.progress.update(reader.done)

            run_threads(
                [worker.run for worker in workers],
                report_progress,
                cancel=(feed or reader).cancel,
                meanwhile=partial(feed.read_all, report_progress) if feed else None,
            )
        options.stop.check("reading the corpus")
        report = _report(workers, name, options.strict)
        report.notes = [note for source in sources for note in source.notes]
        for source in sources:
            source.check_unchanged(options.stop)
    except BaseException:
        for worker in workers:
            if worker.spool is not None:
                worker.spool.close()
        raise
    finally:
        options.progress.finish()
    return Reading(
        name,
        [worker.table for worker in workers],
        [worker.spool for worker in workers if worker.spool is not None],
        sorted((part for worker in workers for part in worker.parts), key=lambda p: p.index),
        report,
        threads,
        sum(worker.entries for worker in workers) - report.tokens_read + report.too_long,
        not from_caller,
    )


def _expected_words(total: int | None, threads: int) -> int:
    """Return for how many words a thread's table has room at first; growing it later costs time."""
    return min(_MOST_EXPECTED, max(INITIAL_CAPACITY, (total or 0) // threads // _BYTES_A_WORD))


class _Worker:
    """One thread's table, buffers and spool."""

    def __init__(
        self,
        number: int,
        reader: BlockReader | BlockFeed,
        options: IngestOptions,
        folder: Path | None,
        table: WordTable,
    ) -> None:
        self.number = number
        self.table = table
        self.spool = Spool(folder) if folder is not None else None
        self.parts: list[Part] = []
        self.bytes_read = 0
        #: Batch, file and offset of the first token that is not UTF-8.
        self.invalid: tuple[int, CorpusFile, int] | None = None
        #: The same of the first control byte.
        self.control: tuple[int, CorpusFile, int] | None = None
        self.marks = 0
        #: Tokens that are not too long, and line ends.
        self.entries = 0
        self._reader = reader
        self._strict = options.strict
        self._limit = options.token_limit
        self._buffer = np.empty(buffer_bytes(options.block_bytes), np.uint8)
        self._numbers = np.empty(options.block_bytes + 2, np.int32)

    def run(self) -> None:
        """Tokenize until there are no more blocks."""
        try:
            while (batch := self._reader.take()) is not None:
                index, blocks = batch
                self._tokenize(index, blocks)
                if self._strict and self.invalid is not None:
                    # Other threads still finish the blocks before this one.
                    self._reader.end()
                if self.table.counters().tokens >= self._limit:
                    self._reader.end()
        except BaseException:
            self._reader.end()
            raise

    def _tokenize(self, index: int, blocks: list[Block]) -> None:
        count = 0
        needed = sum(block.stop - block.start for block in blocks) + len(blocks) + 1
        if self._numbers.size < needed:
            self._numbers = np.empty(needed, np.int32)
        for block in blocks:
            start, stop, end, origin, marks = block.load(self._buffer)
            self.marks += marks
            controls = self.table.counters().control_bytes
            count = self.table.tokenize(
                self._buffer, start, stop, end, self._limit, self._numbers, count
            )
            self.bytes_read += block.stop - block.start
            counters = self.table.counters()
            if self.invalid is None and counters.first_invalid is not None:
                self.invalid = (index, block.source, origin + counters.first_invalid)
            if self.control is None and counters.first_control is not None:
                self.control = (index, block.source, origin + counters.first_control)
            many = counters.control_bytes - controls > HEAD_BYTES // _CONTROL_SHARE
            if many and block.source.is_raw:
                _check_binary(self._buffer[start:stop].tobytes(), block.source, origin + start)
            if block.last:
                self._numbers[count] = LINE_END
                count += 1
        self.entries += count
        if self.spool is not None and count:
            begin = self.spool.append(self._numbers[:count])
            self.parts.append(Part(index, self.number, begin, count))


def _check_binary(data: bytes, source: CorpusFile, offset: int) -> None:
    """Refuse a block of a corpus that holds binary data, and name where they begin.

    Parameters
    ----------
    data : bytes
        A block with many control bytes.
    source : CorpusFile
    offset : int
        Of the block in the text.

    Raises
    ------
    DataError
        Many of the control bytes are close together.
    """
    part = find_binary(data)
    if part is None:
        return
    place = _place(source, offset + part.start)
    if part.encoding is not None:
        raise DataError(
            f"{place}: from here on it looks like {part.encoding}; {part.remedy(offset)}"
        )
    raise DataError(f"{place}: here begin binary data, not text; {part.remedy()}")


def _place(source: CorpusFile, offset: int) -> str:
    return f"{source.display_name}, byte {offset}{source.text_name}"


def _first(places: list[tuple[int, CorpusFile, int] | None]) -> str | None:
    """Return the first place in corpus order, as messages name it."""
    known = [place for place in places if place is not None]
    if not known:
        return None
    _, source, offset = min(known, key=lambda place: place[0])
    return _place(source, offset)


def _report(workers: list[_Worker], name: str, strict: bool) -> IngestReport:
    """Add up what the workers counted."""
    report = IngestReport(bytes_read=sum(worker.bytes_read for worker in workers))
    for worker in workers:
        report.byte_order_marks += worker.marks
        counters = worker.table.counters()
        report.tokens_read += counters.tokens
        report.too_long += counters.too_long
        report.control_bytes += counters.control_bytes
    report.first_control = _first([worker.control for worker in workers])
    report.first_invalid = _first([worker.invalid for worker in workers])
    if report.first_invalid is not None and strict:
        raise DataError(
            f"{report.first_invalid}: not UTF-8; convert the file ({TO_UTF8}), or let such "
            f"tokens be dropped with {choice('encoding_errors', 'drop')}"
        )
    return report
