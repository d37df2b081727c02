"""Second half of the ingest: word numbers of the spool files to the files of a corpus."""

from __future__ import annotations

import contextlib
import hashlib
import queue
from pathlib import Path
from typing import BinaryIO

import numpy as np

from w2vneg.corpus.encoded import IngestReport
from w2vneg.corpus.fingerprint import TokenHash, corpus_fingerprint
from w2vneg.corpus.remap import cut_sentences, remap
from w2vneg.corpus.tokenizer import MAX_SENTENCE
from w2vneg.corpus.workers import Part, Reading
from w2vneg.system.atomic_files import write_all
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.system.threads import in_order


class _Desk:
    """Buffers for one part."""

    def __init__(self, size: int) -> None:
        self.numbers = np.empty(size, np.int32)
        self.tokens = np.empty(size, np.int32)
        self.lines = np.empty(size, np.int64)
        self.hashes = np.zeros(2, np.uint64)
        self.kept = 0
        self.ended = 0


def translate(
    reading: Reading,
    ids: list[np.ndarray],
    folder: Path,
    vocabulary_fingerprint: str,
    report: IngestReport,
    progress: Progress,
    stop: StopFlag | None,
) -> str:
    """Write ``tokens`` and ``starts`` to `folder`.

    Parameters
    ----------
    reading : Reading
        Parts and spools.
    ids : list of (W_t,) int32 arrays
        For each spool, the id of each word number; negative: dropped.
    folder : Path
        Receives the files.
    vocabulary_fingerprint : str
        Goes into the fingerprint of the corpus.
    report : IngestReport
        Kept tokens, those outside the vocabulary and sentences are filled in.
    progress, stop
        Reports, and the wish to end.

    Returns
    -------
    fingerprint : str
        Of tokens, sentences and vocabulary.
    """
    desks: queue.SimpleQueue[_Desk] = queue.SimpleQueue()
    largest = max(part.count for part in reading.parts)
    for _ in range(min(reading.threads + 1, len(reading.parts))):
        desks.put(_Desk(largest))

    def work(part: Part) -> tuple[Part, _Desk]:
        desk = desks.get()
        numbers = desk.numbers[: part.count]
        reading.spools[part.worker].read(part.at, numbers)
        desk.hashes[:] = 0
        with np.errstate(over="ignore"):
            desk.kept, desk.ended = remap(
                numbers, ids[part.worker], desk.tokens, desk.lines, desk.hashes
            )
        return part, desk

    hashed = TokenHash()
    position = last = done = 0
    starts = np.empty(0, np.int64)
    total = sum(part.count for part in reading.parts)
    progress.start("encoding corpus", total, "tokens")
    with (
        open(folder / "tokens", "wb", buffering=0) as token_file,
        open(folder / "starts", "wb") as start_file,
        contextlib.closing(in_order(work, reading.parts, reading.threads)) as results,
    ):
        borders = _Borders(start_file)
        for part, desk in results:
            if stop is not None:
                stop.check("encoding the corpus")
            needed = desk.ended + desk.kept // MAX_SENTENCE + 2
            if starts.size < needed:
                starts = np.empty(needed, np.int64)
            lines = desk.lines[: desk.ended]
            written, last = cut_sentences(
                lines, position, position + desk.kept, last, MAX_SENTENCE, starts
            )
            position += desk.kept
            hashed.add(desk.hashes, desk.kept)
            write_all(token_file, desk.tokens[: desk.kept].data)
            borders.add(starts[:written])
            done += part.count
            progress.update(done)
            desks.put(desk)
        if position > last:  # reading ended before the line did
            borders.add(np.array([position], np.int64))
    report.sentences = borders.count - 1
    report.tokens_kept = position
    progress.finish()
    return corpus_fingerprint(hashed, borders.digest(), vocabulary_fingerprint)


class _Borders:
    """The file of sentence starts and its hash."""

    def __init__(self, file: BinaryIO) -> None:
        self.count = 0
        self._file = file
        self._hash = hashlib.sha256()
        self.add(np.zeros(1, np.int64))

    def add(self, starts: np.ndarray) -> None:
        if len(starts):
            self._file.write(starts.data)
            self._hash.update(starts.data)
            self.count += len(starts)

    def digest(self) -> bytes:
        return self._hash.digest()
