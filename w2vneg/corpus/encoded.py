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

from w2vneg.corpus.fingerprint import TokenHash, corpus_fingerprint
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError

#: Changes with the meaning of the files: other folders are not opened.
FORMAT = 2
_FILES = ("tokens", "starts", "words", "counts")
_PIECE = 1 << 20
_META = "meta.json"
_PAGE = mmap.PAGESIZE


class EncodedCorpus:
    """A corpus as the training loop reads it.

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
        Removed by `close` (a corpus that is not cached).

    Attributes
    ----------
    display_name : str
        The name for messages: the files it was read from.
    """

    display_name = "the corpus"

    def __init__(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        starts: np.ndarray,
        fingerprint: str,
        report: IngestReport,
        folder: Path | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.tokens = tokens
        self.starts = starts
        self.fingerprint = fingerprint
        self.report = report
        self._folder = folder

    def __enter__(self) -> EncodedCorpus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what is not meant to stay. The arrays remain readable while they are held."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def release(self, low: int, high: int) -> None:
        """Give back the memory of ``tokens[low:high]``; a later access reads them again.

        Mapped pages count as memory of the process. A corpus is read from end to end, so pages
        that were trained on are let go and memory stays bounded whatever the corpus size. The
        starts of these sentences go with them.
        """
        if high <= low:
            return
        _release(self.tokens, low, high)
        first, last = np.searchsorted(self.starts, [low, high])
        _release(self.starts, int(first), int(last))


def _release(array: np.ndarray, low: int, high: int) -> None:
    mapped = getattr(array, "base", None)
    if not isinstance(mapped, mmap.mmap) or not hasattr(mapped, "madvise"):
        return
    # The page of `low` goes too (others were done with what precedes it), that of `high` stays.
    first = low * array.itemsize // _PAGE * _PAGE
    last = high * array.itemsize
    if last < len(mapped):
        last = last // _PAGE * _PAGE
    if last > first:
        mapped.madvise(mmap.MADV_DONTNEED, first, last - first)


def map_array(path: Path, dtype: str) -> np.ndarray:
    """Map a file as a read-only array whose ``base`` is the map."""
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = len(mapped) // np.dtype(dtype).itemsize
    return np.ndarray((size,), dtype=dtype, buffer=mapped)


def write_folder(
    folder: Path, vocabulary: Vocabulary, fingerprint: str, report: IngestReport
) -> None:
    """Complete a corpus folder that holds ``tokens`` and ``starts``; the mark comes last."""
    (folder / "words").write_bytes(vocabulary.blob)
    (folder / "counts").write_bytes(vocabulary.counts.tobytes())
    meta = {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "vocabulary": vocabulary.fingerprint,
        "files": {name: _file_mark(folder / name) for name in _FILES},
        "boot": _boot(),
        "report": report.to_dict(),
    }
    _write_meta(folder, meta)


def open_folder(folder: Path, *, temporary: bool = False) -> EncodedCorpus:
    """Open a corpus folder.

    A folder that was written since the machine was started is trusted if its files have the size
    and time of change that they were written with. After a restart, which may have come before
    the data reached the disk, all of it is hashed once more.

    Parameters
    ----------
    folder : Path
        As `write_folder` completed it.
    temporary : bool
        Remove the folder when the corpus is closed; at once where mapped files may be deleted.

    Raises
    ------
    DataError
        If anything in the folder is missing or is not what was written.
    """
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        if meta["format"] != FORMAT:
            raise ValueError("another format")
        for name in _FILES:
            if _file_mark(folder / name) != meta["files"][name]:
                raise ValueError(f"{name} was changed or is incomplete")
        blob = (folder / "words").read_bytes()
        counts = np.frombuffer((folder / "counts").read_bytes(), dtype=np.int64)
        tokens = map_array(folder / "tokens", "<i4")
        starts = map_array(folder / "starts", "<i8")
        known = {field.name for field in fields(IngestReport)}
        report = IngestReport(**{k: v for k, v in meta["report"].items() if k in known})
        # The loop trusts ids and sentences blindly, so what cannot be right is not opened.
        if (
            blob.count(b"\n") != len(counts)
            or int(counts.sum()) != len(tokens)
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
        vocabulary, tokens, starts, fingerprint, report, folder if temporary else None
    )
    if temporary and os.name == "posix":
        corpus.close()
    return corpus


def _file_mark(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _write_meta(folder: Path, meta: dict[str, Any]) -> None:
    temp = folder / (_META + ".part")
    temp.write_text(json.dumps(meta), encoding="utf-8")
    os.replace(temp, folder / _META)


@functools.cache
def _boot() -> str | None:
    """Return what identifies this start of the machine; None where nothing does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _hash_all(vocabulary: Vocabulary, tokens: np.ndarray, starts: np.ndarray) -> str:
    """Return the fingerprint of what is there, reading all of it in bounded memory."""
    from w2vneg.corpus.remap import hash_tokens

    hashed = TokenHash()
    for low in range(0, len(tokens), _PIECE):
        piece = tokens[low : low + _PIECE]
        hashes = np.zeros(2, np.uint64)
        with np.errstate(over="ignore"):
            hash_tokens(piece, hashes)
        hashed.add(hashes, len(piece))
        _release(tokens, low, low + len(piece))
    borders = hashlib.sha256()
    for low in range(0, len(starts), _PIECE):
        borders.update(starts[low : low + _PIECE].data)
        _release(starts, low, min(len(starts), low + _PIECE))
    return corpus_fingerprint(hashed, borders.digest(), vocabulary.fingerprint)
