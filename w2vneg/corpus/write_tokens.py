"""Second half of the ingest: from the word numbers in spool files to the files of a corpus."""

from __future__ import annotations

import contextlib
import queue
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.build_vocabulary import ChosenWords
from w2vneg.corpus.encoded import CorpusWriter
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.remap import remap
from w2vneg.corpus.workers import Part, Reading
from w2vneg.system.threads import in_order


def write_tokens(
    reading: Reading, words: ChosenWords, options: IngestOptions, folder: Path
) -> CorpusWriter:
    """Write ``tokens`` and ``starts`` to `folder`.

    Parameters
    ----------
    reading : Reading
        Parts and spools; the tokens kept and the sentences are added to its report.
    words : ChosenWords
        Tokens of other words are dropped.
    options : IngestOptions
        Its `progress` and `stop`.
    folder : Path
        Receives the files.

    Returns
    -------
    CorpusWriter
        Knows the fingerprint, and the hashes it is made of.

    Raises
    ------
    Interrupted
        ``options.stop`` was set.
    """
    buffers: queue.SimpleQueue[_Buffers] = queue.SimpleQueue()
    largest = max((part.count for part in reading.parts), default=0)
    for _ in range(min(reading.threads + 1, len(reading.parts))):
        buffers.put(_Buffers(largest))

    def encode(part: Part) -> _Buffers:
        own = buffers.get()
        own.encode(reading, part, words.ids[part.worker])
        return own

    options.progress.start("encoding corpus", sum(part.count for part in reading.parts), "tokens")
    done = 0
    with (
        CorpusWriter(folder) as output,
        contextlib.closing(in_order(encode, reading.parts, reading.threads)) as encoded,
    ):
        for part, own in zip(reading.parts, encoded, strict=True):
            options.stop.check("encoding the corpus")
            output.add(own.tokens[: own.kept], own.lines[: own.ended], own.hashes)
            done += part.count
            options.progress.update(done)
            buffers.put(own)
    reading.report.sentences = output.sentences
    reading.report.tokens_kept = output.tokens
    options.progress.finish()
    return output


class _Buffers:
    """Arrays that one part is encoded in, to be used again for another.

    Attributes
    ----------
    tokens : (size,) int32 array
        The first `kept` elements are the tokens.
    lines : (size,) int64 array
        The first `ended` elements are the tokens before each line end.
    hashes : (2,) uint64 array
        Hash of the tokens (see `w2vneg.corpus.fingerprint.TokenHash`).
    """

    def __init__(self, size: int) -> None:
        self.tokens = np.empty(size, np.int32)
        self.lines = np.empty(size, np.int64)
        self.hashes = np.zeros(2, np.uint64)
        self.kept = 0
        self.ended = 0
        self._numbers = np.empty(size, np.int32)

    def encode(self, reading: Reading, part: Part, ids: NDArray[np.int32]) -> None:
        """Read the word numbers of a part and turn them into tokens."""
        numbers = self._numbers[: part.count]
        reading.spools[part.worker].read(part.begin, numbers)
        self.hashes[:] = 0
        with np.errstate(over="ignore"):
            self.kept, self.ended = remap(numbers, ids, self.tokens, self.lines, self.hashes)
