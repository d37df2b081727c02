"""fastText models (``.bin`` of fastText): the vectors of their words, subwords included.

Written without subwords: fastText then knows the words of the file and no others. The suffix
``.bin`` is that of word2vec, so ``--to fasttext`` selects this format.

Source of the format: ``FastText::saveModel``, ``Args::save`` and ``Dictionary::save`` of fastText,
version 12.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from w2vneg.errors import DataError
from w2vneg.vectors.format import Contents, Format, ReadOptions, RowError, Table
from w2vneg.vectors.rows import drain, read_exactly, read_matrix, usable_rows
from w2vneg.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAGIC = 793712314
_VERSIONS = (11, 12)
_ARGUMENTS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<3i2q")
_ENTRY = struct.Struct("<qb")
#: Values of the arguments "loss" and "model", and of a dictionary that is not pruned.
_NS, _SKIPGRAM, _SUPERVISED, _NOT_PRUNED = 2, 2, 3, -1
_EOS = b"</s>"
_PIECE_BYTES = 1 << 20
_MAX_WORD_BYTES = 1 << 16


class _Model(NamedTuple):
    dim: int
    bucket: int
    minn: int
    maxn: int
    words: list[bytes]
    counts: list[int]
    entries: int


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    model = _read_model(file)
    (is_quantized,) = read_exactly(file, 1, "its vectors")
    if is_quantized:
        raise DataError(
            f"{file.path}: looks like a quantized fastText model, which is not read; give the .bin"
            " file that it was made from"
        )
    rows, dim = struct.unpack("<qq", read_exactly(file, 16, "its vectors"))
    known, subwords = len(model.words), model.maxn > 0 and model.bucket > 0
    least = model.entries + (model.bucket if subwords else 0)
    if dim != model.dim or dim < 1 or rows < least:
        raise DataError(
            f"{file.path}: {rows} rows of {dim} numbers instead of {least} of {model.dim}; the file"
            " is damaged"
        )
    if 4 * rows * dim + 17 > file.max_bytes - file.position and not options.skip_bad_rows:
        raise DataError(f"{file.path}: {rows} rows do not fit into the file; it is truncated")
    wanted = known if options.limit is None else min(known, options.limit)
    if subwords:
        matrix = _composed(read_matrix(file, rows, dim, "<f4", options), model, wanted)
    else:
        matrix = read_matrix(file, wanted, dim, "<f4", options).astype(np.float32, copy=False)
    if file.compressed and options.limit is None:
        drain(file)
    counts = np.array(model.counts[:wanted], np.int64)
    return usable_rows(file.path, model.words[:wanted], Contents([], matrix, counts), options)


def write_start(table: Table) -> bytes:
    """Return all that precedes the vectors: arguments, words and counts."""
    rows, dim = table.matrix.shape
    # fastText takes the square roots of the counts as a distribution: none may be 0.
    counts = [1] * rows if table.counts is None else [max(1, n) for n in table.counts.tolist()]
    for row, word in enumerate(table.words):
        if b"\0" in word:
            raise DataError(
                f"row {row + 1}: fastText cannot hold the word {word.decode()!r}: zero bytes end its"
                " words"
            )
    parts = [
        struct.pack("<ii", _MAGIC, _VERSIONS[-1]),
        # dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn,
        # lrUpdateRate, t
        _ARGUMENTS.pack(dim, 5, 5, 1, 5, 1, _NS, _SKIPGRAM, 0, 0, 0, 100, 1e-4),
        _DICTIONARY.pack(rows, rows, 0, sum(counts), _NOT_PRUNED),
        *(word + b"\0" + _ENTRY.pack(n, 0) for word, n in zip(table.words, counts, strict=True)),
        struct.pack("<?qq", False, rows, dim),
    ]
    return b"".join(parts)


def write_rows(part: Table) -> memoryview:
    """Return the numbers of rows."""
    import numpy as np

    return np.ascontiguousarray(part.matrix, "<f4").data.cast("B")


def write_end(table: Table) -> bytes:
    """Return the other matrix, zero where it is not known."""
    import numpy as np

    rows, dim = table.matrix.shape
    start = struct.pack("<?qq", False, rows, dim)
    if table.w_out is None:
        return start + bytes(4 * rows * dim)
    return start + np.ascontiguousarray(table.w_out, "<f4").tobytes()


def _read_model(file: VectorFile) -> _Model:
    """Read all that precedes the vectors."""
    _, version = struct.unpack("<ii", read_exactly(file, 8, "its header"))
    if version not in _VERSIONS:
        raise DataError(
            f"{file.path}: looks like a fastText or floret model of version {version}; 11 and 12 are"
            " read"
        )
    arguments = _ARGUMENTS.unpack(read_exactly(file, _ARGUMENTS.size, "its header"))
    dim, kind, bucket, minn, maxn = arguments[0], *arguments[7:11]
    damaged = f"{file.path}: looks like a fastText model with a damaged header"
    if dim < 1:
        raise DataError(damaged)
    if version == _VERSIONS[0] and kind == _SUPERVISED:
        maxn = 0
    size, words, labels, _, pruned = _DICTIONARY.unpack(
        read_exactly(file, _DICTIONARY.size, "its words")
    )
    if not (words >= 0 and labels >= 0 and words + labels == size and bucket >= 0):
        raise DataError(damaged)
    if pruned >= 0:
        raise DataError(f"{file.path}: looks like a pruned fastText model, which is not read")
    if not words:
        raise DataError(f"{file.path}: looks like a fastText model without words")
    found: list[bytes] = []
    counts: list[int] = []
    entry = _Entries(file)
    for row in range(size):
        word, count, is_label = entry.next(row)
        if (row >= words) != is_label:
            raise DataError(f"{file.path}: words and labels are mixed; the file is damaged")
        if not is_label:
            found.append(word)
            counts.append(max(0, count))
    entry.done()
    return _Model(dim, bucket, max(1, minn), maxn, found, counts, words)


class _Entries:
    """The entries of a dictionary: word, zero byte, count, type."""

    def __init__(self, file: VectorFile) -> None:
        self._file = file
        self._data = b""
        self._at = 0

    def next(self, row: int) -> tuple[bytes, int, bool]:
        """Return the next word, its count, and whether it is a label."""
        if len(self._data) - self._at < _MAX_WORD_BYTES + _ENTRY.size + 1:
            self._data = self._data[self._at :] + self._file.read(_PIECE_BYTES)
            self._at = 0
        end = self._data.find(b"\0", self._at, self._at + _MAX_WORD_BYTES)
        if end < 0 or end + 1 + _ENTRY.size > len(self._data):
            raise RowError(self._file.path, row, "no end of the word; the file is truncated")
        word = self._data[self._at : end]
        count, kind = _ENTRY.unpack_from(self._data, end + 1)
        self._at = end + 1 + _ENTRY.size
        return word, count, kind == 1

    def done(self) -> None:
        """Give back what was read beyond the last entry."""
        self._file.unread(self._data[self._at :])


def _composed(
    matrix: npt.NDArray[np.float32], model: _Model, wanted: int
) -> npt.NDArray[np.float32]:
    """Return the vectors of the first words, of their own rows and those of their n-grams."""
    import numpy as np

    from w2vneg.vectors.subwords import compose

    words = model.words[:wanted]
    # The end of a sentence has no n-grams.
    marked = [b"" if word == _EOS else b"<" + word + b">" for word in words]
    ends = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in marked], out=ends[1:])
    blob = np.frombuffer(b"".join(marked) or b"\0", np.uint8)
    out = np.empty((len(words), model.dim), np.float32)
    numbers = np.ascontiguousarray(matrix, np.float32)
    compose(blob, ends, numbers, model.entries, model.bucket, model.minn, model.maxn, out)
    return out


FORMAT = Format(
    name="fastText",
    summary="models; written without subwords",
    suffixes=(),
    recognize=lambda head, suffix: head.startswith(struct.pack("<i", _MAGIC)),
    priority=1,
    read=read,
    write_start=write_start,
    write_rows=write_rows,
    write_end=write_end,
    file_bytes=lambda word_bytes, rows, dim: 120 + word_bytes + rows * (9 + 8 * dim),
    compressed_share=0.5,
)
