"""The encoded corpus: int32 tokens and sentence starts, memory-mapped, fingerprinted."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from w2vneg.errors import DataError
from w2vneg.vocabulary import Vocabulary

FORMAT = 1
_META = "meta.json"
_PAGE = mmap.PAGESIZE


@dataclass
class IngestReport:
    """What reading a corpus met."""

    tokens_read: int = 0
    tokens_kept: int = 0
    out_of_vocabulary: int = 0
    invalid_utf8: int = 0
    first_invalid: str | None = None
    too_long: int = 0
    control_bytes: int = 0
    sentences: int = 0
    bytes_read: int = 0
    distinct_words: int = 0
    seconds: float = 0.0
    from_cache: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict for JSON."""
        return asdict(self)

    def warnings(self) -> list[str]:
        """Return one line for each kind of input that was dropped."""
        lines = []
        if self.invalid_utf8:
            lines.append(
                f"dropped {self.invalid_utf8} tokens that are not UTF-8, the first at "
                f"{self.first_invalid}; convert the file with iconv to keep them"
            )
        if self.too_long:
            lines.append(f"dropped {self.too_long} tokens of more than 1000 bytes")
        if self.control_bytes:
            lines.append(f"took {self.control_bytes} control bytes for blanks")
        return lines


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
    """

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
        """Remove what is not meant to stay."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def release(self, low: int, high: int) -> None:
        """Give back the memory of ``tokens[low:high]``; a later access reads them again.

        Mapped pages count as memory of the process. A corpus is read from end to end, so pages
        that were trained on are let go and memory stays bounded whatever the corpus size.
        """
        mapped = getattr(self.tokens, "base", None)
        if not isinstance(mapped, mmap.mmap) or not hasattr(mapped, "madvise"):
            return
        first = low * 4 // _PAGE * _PAGE
        last = high * 4 // _PAGE * _PAGE
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
    sizes = {name: (folder / name).stat().st_size for name in ("tokens", "starts", "words", "counts")}
    meta = {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "sizes": sizes,
        "words_sha256": hashlib.sha256(vocabulary.blob).hexdigest(),
        "report": report.to_dict(),
    }
    temp = folder / (_META + ".part")
    temp.write_text(json.dumps(meta), encoding="utf-8")
    os.replace(temp, folder / _META)


def open_folder(folder: Path, *, temporary: bool = False) -> EncodedCorpus:
    """Open a corpus folder.

    Parameters
    ----------
    folder : Path
        As `write_folder` completed it.
    temporary : bool
        Remove the folder when the corpus is closed.

    Raises
    ------
    DataError
        If anything in the folder is missing or has another size than it was written with.
    """
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        if meta["format"] != FORMAT:
            raise ValueError("another format")
        for name, size in meta["sizes"].items():
            if (folder / name).stat().st_size != size:
                raise ValueError(f"{name} is incomplete")
        blob = (folder / "words").read_bytes()
        if hashlib.sha256(blob).hexdigest() != meta["words_sha256"]:
            raise ValueError("words are damaged")
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
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"unusable encoded corpus in {folder}: {error}") from None
    return EncodedCorpus(
        Vocabulary(blob, counts),
        tokens,
        starts,
        str(meta["fingerprint"]),
        report,
        folder if temporary else None,
    )
