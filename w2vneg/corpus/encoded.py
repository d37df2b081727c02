"""The encoded corpus: int32 tokens and sentence starts, memory-mapped, fingerprinted."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import mmap
import os
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.corpus import Corpus, Piece
from w2vneg.corpus.fingerprint import TokenHash, corpus_fingerprint
from w2vneg.corpus.remap import cut_sentences, hash_tokens
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError
from w2vneg.kernel.window import MAX_SENTENCE
from w2vneg.system.atomic_files import write_all

#: Version of the files in a corpus folder; folders of another version are not opened.
FORMAT = 3
_FILES = ("tokens", "starts", "words", "counts")
_PIECE = 1 << 20
_META = "meta.json"
_PAGE = mmap.PAGESIZE


class EncodedCorpus(Corpus):
    """An encoded corpus, as the training loop reads it.

    Parameters
    ----------
    vocabulary : Vocabulary
        Words by id, with their counts in this corpus.
    tokens : (N,) int32 array
        Ids in [0, V), sentence after sentence.
    starts : (S + 1,) int64 array
        Sentence s is ``tokens[starts[s] : starts[s + 1]]``.
    fingerprint : str
        Hash of tokens, sentences and vocabulary; independent of file names and times.
    report : IngestReport
        What was read and dropped.
    folder : Path, optional
        Deleted by `close`; None for a cached corpus.

    Attributes
    ----------
    is_part : bool
        Whether tokens and sentences are a part of the corpus that vocabulary, fingerprint and report
        describe: what one of several ranks has read.
    """

    starts: NDArray[np.int64]
    is_part = False

    def __init__(
        self,
        vocabulary: Vocabulary,
        tokens: NDArray[np.int32],
        starts: NDArray[np.int64],
        fingerprint: str,
        report: IngestReport,
        folder: Path | None = None,
    ) -> None:
        super().__init__(vocabulary, starts, fingerprint, report)
        self.tokens = tokens
        self._folder = folder

    def __enter__(self) -> EncodedCorpus:
        return self

    def lengths(self) -> NDArray[np.int64]:
        """Return the words of each sentence."""
        return np.diff(self.starts)

    def read(self, first: int, last: int, epoch: int = 0) -> Piece:
        """Return some sentences, the same in every epoch; nothing is copied."""
        return Piece(self.tokens, self.starts, first, last)

    def close(self) -> None:
        """Delete a corpus that is not cached. Its arrays remain readable while they are referenced."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def release(self, low: int, high: int) -> None:
        """Release the memory of ``tokens[low:high]``; a later access reads them from disk again.

        Mapped pages count as memory of the process. A corpus is read from end to end, so that
        releasing what was trained on bounds memory whatever the size of the corpus. The starts of
        these sentences are released with them.
        """
        if high <= low:
            return
        _release(self.tokens, low, high)
        first, last = np.searchsorted(self.starts, [low, high])
        _release(self.starts, int(first), int(last))


def _release(array: NDArray[Any], low: int, high: int) -> None:
    mapped = getattr(array, "base", None)
    if not isinstance(mapped, mmap.mmap) or not hasattr(mapped, "madvise"):
        return
    # The page of `low` is released too, since what precedes it has been read; that of `high` is not.
    first = low * array.itemsize // _PAGE * _PAGE
    last = high * array.itemsize
    if last < len(mapped):
        last = last // _PAGE * _PAGE
    if last > first:
        mapped.madvise(mmap.MADV_DONTNEED, first, last - first)


def map_array(path: Path, dtype: str) -> NDArray[Any]:
    """Map a file as a read-only array, whose ``base`` is the memory map."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:  # a part of a corpus may be empty
            return np.zeros(0, dtype)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = len(mapped) // np.dtype(dtype).itemsize
    array: NDArray[Any] = np.ndarray((size,), dtype=dtype, buffer=mapped)
    return array


class CorpusWriter:
    """Writes the files ``tokens`` and ``starts`` of a corpus folder and computes its fingerprint.

    A context manager; leave it before the results are used.

    Parameters
    ----------
    folder : Path
        Receives the files.

    Attributes
    ----------
    tokens, sentences : int
        How many were written.
    tokens_hash : TokenHash
        The hash of the tokens.
    """

    def __init__(self, folder: Path) -> None:
        self.tokens = 0
        self.sentences = -1
        with contextlib.ExitStack() as files:
            self._token_file = files.enter_context(open(folder / "tokens", "wb", buffering=0))
            self._start_file = files.enter_context(open(folder / "starts", "wb"))
            self._files = files.pop_all()
        self.tokens_hash = TokenHash()
        self._starts_hash = hashlib.sha256()
        self._last = 0  # start of the sentence that is being continued
        self._starts = np.empty(0, np.int64)
        self._add_starts(np.zeros(1, np.int64))

    def __enter__(self) -> CorpusWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._files:
            if kind is None and self.tokens > self._last:  # the text ended without a line end
                self._add_starts(np.array([self.tokens], np.int64))

    def add(
        self, tokens: NDArray[np.int32], lines: NDArray[np.int64], hashes: NDArray[np.uint64]
    ) -> None:
        """Append some tokens.

        Parameters
        ----------
        tokens : (n,) int32 array
            Ids of words.
        lines : int64 array
            Line ends in these tokens, ascending, as the number of tokens before each.
        hashes : (2,) uint64 array
            The hash of the tokens, computed by `w2vneg.corpus.remap.remap`.
        """
        needed = len(lines) + len(tokens) // MAX_SENTENCE + 2
        if self._starts.size < needed:
            self._starts = np.empty(needed, np.int64)
        after = self.tokens + len(tokens)
        written, self._last = cut_sentences(
            lines, self.tokens, after, self._last, MAX_SENTENCE, self._starts
        )
        self.tokens = after
        self.tokens_hash.add(hashes, len(tokens))
        write_all(self._token_file, tokens.data)
        self._add_starts(self._starts[:written])

    def fingerprint(self, vocabulary: str) -> str:
        """Return the fingerprint of the corpus, given that of its vocabulary."""
        return corpus_fingerprint(self.tokens_hash, self._starts_hash.digest(), vocabulary)

    def _add_starts(self, starts: NDArray[np.int64]) -> None:
        if len(starts):
            self._start_file.write(starts.data)
            self._starts_hash.update(starts.data)
            self.sentences += len(starts)


def write_folder(
    folder: Path,
    vocabulary: Vocabulary,
    fingerprint: str,
    report: IngestReport,
    whole: str | None = None,
) -> None:
    """Complete a corpus folder that contains ``tokens`` and ``starts``.

    If they are a part of a corpus, vocabulary and report are those of the whole corpus, and `whole`
    is its fingerprint.

    ``meta.json`` is written last: a folder without it is incomplete.
    """
    (folder / "words").write_bytes(vocabulary.blob)
    (folder / "counts").write_bytes(vocabulary.counts.tobytes())
    meta = {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "vocabulary": vocabulary.fingerprint,
        "files": {name: _file_state(folder / name) for name in _FILES},
        "boot": _boot(),
        "report": report.to_dict(),
        "whole": whole,
    }
    _write_meta(folder, meta)


def open_folder(folder: Path, *, temporary: bool = False) -> EncodedCorpus:
    """Open a corpus folder.

    A folder written since the last boot is trusted if its files still have the size and
    modification time that they were written with. After a reboot, before which the data may not
    have reached the disk, all of it is hashed again.

    Parameters
    ----------
    folder : Path
        As `write_folder` completed it.
    temporary : bool
        Delete the folder when the corpus is closed, or at once where mapped files can be deleted.

    Raises
    ------
    DataError
        Something in the folder is missing or differs from what was written.
    """
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        if meta["format"] != FORMAT:
            raise ValueError("another format")
        for name in _FILES:
            if _file_state(folder / name) != meta["files"][name]:
                raise ValueError(f"{name} was changed or is incomplete")
        blob = (folder / "words").read_bytes()
        counts = np.frombuffer((folder / "counts").read_bytes(), dtype=np.int64)
        tokens = map_array(folder / "tokens", "<i4")
        starts = map_array(folder / "starts", "<i8")
        known = {field.name for field in fields(IngestReport)}
        report = IngestReport(**{k: v for k, v in meta["report"].items() if k in known})
        # The training loop does not check ids and sentences, so inconsistent files are refused here.
        whole = meta.get("whole")
        of_words = int(counts.sum())
        if (
            blob.count(b"\n") != len(counts)
            or (of_words < len(tokens) if whole else of_words != len(tokens))
            or int(starts[0]) != 0
            or int(starts[-1]) != len(tokens)
        ):
            raise ValueError("its parts contradict each other")
        vocabulary = Vocabulary(blob, counts, fingerprint=str(meta["vocabulary"]))
        fingerprint = str(meta["fingerprint"])
        if meta["boot"] is None or meta["boot"] != _boot():
            if fingerprint != _hash_all(Vocabulary(blob, counts), tokens, starts):
                raise ValueError("its content is not what was written")
            with contextlib.suppress(OSError):
                _write_meta(folder, {**meta, "boot": _boot()})
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"unusable encoded corpus in {folder}: {error}") from None
    corpus = EncodedCorpus(
        vocabulary, tokens, starts, whole or fingerprint, report, folder if temporary else None
    )
    corpus.is_part = bool(whole)
    if temporary and os.name == "posix":
        corpus.close()
    return corpus


def _file_state(path: Path) -> list[int]:
    """Return size and modification time."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _write_meta(folder: Path, meta: dict[str, Any]) -> None:
    temp = folder / (_META + ".part")
    temp.write_text(json.dumps(meta), encoding="utf-8")
    os.replace(temp, folder / _META)


@functools.cache
def _boot() -> str | None:
    """Return the id of this boot of the machine; None where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _hash_all(vocabulary: Vocabulary, tokens: NDArray[np.int32], starts: NDArray[np.int64]) -> str:
    """Return the fingerprint of the arrays, reading them in bounded memory."""
    hashed = TokenHash()
    for low in range(0, len(tokens), _PIECE):
        piece = tokens[low : low + _PIECE]
        hashes = np.zeros(2, np.uint64)
        with np.errstate(over="ignore"):
            hash_tokens(piece, hashes)
        hashed.add(hashes, len(piece))
        _release(tokens, low, low + len(piece))
    starts_hash = hashlib.sha256()
    for low in range(0, len(starts), _PIECE):
        starts_hash.update(starts[low : low + _PIECE].data)
        _release(starts, low, min(len(starts), low + _PIECE))
    return corpus_fingerprint(hashed, starts_hash.digest(), vocabulary.fingerprint)
