"""Second half of the ingest: from the word numbers in spool files to the files of a corpus."""

from __future__ import annotations

import contextlib
import hashlib
import queue
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.build_vocabulary import ChosenWords
from w2vneg.corpus.fingerprint import TokenHash, corpus_fingerprint
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.remap import cut_sentences, remap
from w2vneg.corpus.workers import Part, Reading
from w2vneg.kernel.window import MAX_SENTENCE
from w2vneg.system.atomic_files import write_all
from w2vneg.system.threads import in_order


def write_tokens(reading: Reading, words: ChosenWords, options: IngestOptions, folder: Path) -> str:
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
    fingerprint : str
        Of tokens, sentences and vocabulary.

    Raises
    ------
    Interrupted
        ``options.stop`` was set.
    """
    buffers: queue.SimpleQueue[_Buffers] = queue.SimpleQueue()
    largest = max(part.count for part in reading.parts)
    for _ in range(min(reading.threads + 1, len(reading.parts))):
        buffers.put(_Buffers(largest))

    def encode(part: Part) -> _Buffers:
        own = buffers.get()
        own.encode(reading, part, words.ids[part.worker])
        return own

    options.progress.start("encoding corpus", sum(part.count for part in reading.parts), "tokens")
    done = 0
    with (
        open(folder / "tokens", "wb", buffering=0) as token_file,
        open(folder / "starts", "wb") as start_file,
        contextlib.closing(in_order(encode, reading.parts, reading.threads)) as encoded,
    ):
        output = _Output(token_file, start_file)
        for part, own in zip(reading.parts, encoded, strict=True):
            options.stop.check("encoding the corpus")
            output.add(own)
            done += part.count
            options.progress.update(done)
            buffers.put(own)
        output.finish()
    reading.report.sentences = output.sentences
    reading.report.tokens_kept = output.position
    options.progress.finish()
    return output.fingerprint(words.vocabulary.fingerprint)


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


class _Output:
    """The two files of a corpus and the hashes of what is written to them."""

    def __init__(self, token_file: FileIO, start_file: BinaryIO) -> None:
        self.position = 0
        self.sentences = -1
        self._token_file = token_file
        self._start_file = start_file
        self._tokens_hash = TokenHash()
        self._starts_hash = hashlib.sha256()
        self._last = 0  # start of the sentence that is being continued
        self._starts = np.empty(0, np.int64)
        self._add_starts(np.zeros(1, np.int64))

    def add(self, part: _Buffers) -> None:
        """Append an encoded part."""
        needed = part.ended + part.kept // MAX_SENTENCE + 2
        if self._starts.size < needed:
            self._starts = np.empty(needed, np.int64)
        written, self._last = cut_sentences(
            part.lines[: part.ended], self.position, self.position + part.kept, self._last,
            MAX_SENTENCE, self._starts,
        )  # fmt: skip
        self.position += part.kept
        self._tokens_hash.add(part.hashes, part.kept)
        write_all(self._token_file, part.tokens[: part.kept].data)
        self._add_starts(self._starts[:written])

    def finish(self) -> None:
        """End the last sentence, if the text ended without a line end."""
        if self.position > self._last:
            self._add_starts(np.array([self.position], np.int64))

    def fingerprint(self, vocabulary: str) -> str:
        """Return the fingerprint of the corpus."""
        return corpus_fingerprint(self._tokens_hash, self._starts_hash.digest(), vocabulary)

    def _add_starts(self, starts: NDArray[np.int64]) -> None:
        if len(starts):
            self._start_file.write(starts.data)
            self._starts_hash.update(starts.data)
            self.sentences += len(starts)
