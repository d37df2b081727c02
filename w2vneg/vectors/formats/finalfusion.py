"""finalfusion (``.fifu``): chunks of words, unit vectors and their lengths.

Programs that use the format expect unit vectors; their product with the lengths differs from the
original numbers in the last bit. Words of subword models are read, their subwords are not.

Source of the format: https://finalfusion.github.io/spec
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from w2vneg.errors import DataError
from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.rows import check_end, read_exactly, read_matrix, skip_bytes, usable_rows
from w2vneg.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAGIC = b"FiFu"
_WORDS, _MATRIX, _SUBWORDS, _QUANTIZED, _LENGTHS = 1, 2, 3, 4, 6
#: Vocabularies that begin with the words as a simple one does, after these bytes.
_VOCABULARIES = {_WORDS: 0, _SUBWORDS: 12, 7: 12, 9: 12, 8: 8}
_MOST_CHUNKS = 16
#: The type float32.
_F32 = 10
_MAX_WORD_BYTES = 1 << 16


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    version, count = struct.unpack("<II", read_exactly(file, 12, "its header")[4:])
    if version != 0 or not 1 <= count <= _MOST_CHUNKS:
        raise DataError(f"{file.path}: finalfusion version {version}, {count} chunks; 0 is read")
    skip_bytes(file, 4 * count, "its header")
    words: list[bytes] = []
    matrix: npt.NDArray[np.float32] | None = None
    lengths: npt.NDArray[np.float32] | None = None
    for _ in range(count):
        chunk, size = struct.unpack("<IQ", read_exactly(file, 12, "its chunks"))
        end = file.position + size
        if end > file.max_bytes and not options.skip_bad_rows:
            raise DataError(f"{file.path}: a chunk of {size} bytes; the file is truncated")
        if chunk in _VOCABULARIES and not words:
            words = _read_words(file, chunk, end)
        elif chunk == _QUANTIZED:
            raise DataError(
                f"{file.path}: looks like a finalfusion file of quantized vectors, which are not"
                " read; convert it to word2vec text: finalfusion convert -t textdims FILE NEW"
            )
        elif chunk == _MATRIX and matrix is None:
            matrix = _read_matrix(file, len(words), options)
        elif chunk == _LENGTHS and lengths is None:
            lengths = _read_lengths(file, len(words))
        skip_bytes(file, end - file.position, "its chunks")
    if matrix is None or not words:
        raise DataError(f"{file.path}: looks like a finalfusion file without words or vectors")
    check_end(file, file.position, options)
    if lengths is not None:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
            matrix *= lengths[: len(matrix), None]
    return usable_rows(file.path, words[: options.limit], Contents([], matrix), options)


def write_start(table: Table) -> bytes:
    """Return the header, the chunk of the words, and the start of that of the vectors."""
    rows, dim = table.matrix.shape
    words = b"".join(struct.pack("<I", len(word)) + word for word in table.words)
    start = _MAGIC + struct.pack("<IIIII", 0, 3, _WORDS, _MATRIX, _LENGTHS)
    start += struct.pack("<IQQ", _WORDS, len(words) + 8, rows) + words
    padding = _padding(len(start) + 12 + 16)
    size = 16 + padding + 4 * rows * dim
    return start + struct.pack("<IQQII", _MATRIX, size, rows, dim, _F32) + bytes(padding)


def write_rows(part: Table) -> memoryview:
    """Return the rows scaled to unit length."""
    import numpy as np

    from w2vneg.vectors.queries import unit_rows

    return np.ascontiguousarray(unit_rows(part.matrix), "<f4").data.cast("B")


def write_end(table: Table) -> bytes:
    """Return the chunk of the lengths."""
    import numpy as np

    wide = table.matrix.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1).astype("<f4")
    # Where a length is not finite in float32, the rows cannot be restored.
    if not np.isfinite(lengths).all():
        word = table.words[int(np.argmin(np.isfinite(lengths)))].decode()
        raise DataError(f"the vector of {word!r} is too long for this format")
    position = len(write_start(table)) + 4 * table.matrix.size + 12 + 12
    padding = _padding(position)
    size = 12 + padding + 4 * len(lengths)
    return (
        struct.pack("<IQQI", _LENGTHS, size, len(lengths), _F32)
        + bytes(padding)
        + lengths.tobytes()
    )


def _padding(position: int) -> int:
    """Return the bytes before numbers: 1 to 4, as the reference implementation writes them."""
    return 4 - position % 4


def _read_words(file: VectorFile, chunk: int, end: int) -> list[bytes]:
    """Return the words of a vocabulary."""
    (count,) = struct.unpack("<Q", read_exactly(file, 8, "its words"))
    read_exactly(file, _VOCABULARIES[chunk], "its words")
    if 4 * count > end - file.position:
        raise DataError(f"{file.path}: {count} words do not fit their chunk; the file is damaged")
    words = []
    for _ in range(count):
        (size,) = struct.unpack("<I", read_exactly(file, 4, "its words"))
        if size >= _MAX_WORD_BYTES or file.position + size > end:
            raise DataError(f"{file.path}: a word of {size} bytes; the file is damaged")
        words.append(read_exactly(file, size, "its words"))
    return words


def _read_matrix(file: VectorFile, words: int, options: ReadOptions) -> npt.NDArray[np.float32]:
    """Return the rows of the words."""
    import numpy as np

    rows, dim, kind = struct.unpack("<QII", read_exactly(file, 16, "its vectors"))
    if kind != _F32 or rows < words or not dim:
        raise DataError(
            f"{file.path}: {rows} rows of {dim} numbers of type {kind} for {words} words; the file is"
            " damaged"
        )
    read_exactly(file, _padding(file.position), "its vectors")
    wanted = words if options.limit is None else min(words, options.limit)
    return read_matrix(file, wanted, dim, "<f4", options).astype(np.float32, copy=False)


def _read_lengths(file: VectorFile, words: int) -> npt.NDArray[np.float32]:
    """Return the lengths of the vectors of the words."""
    import numpy as np

    count, kind = struct.unpack("<QI", read_exactly(file, 12, "its lengths"))
    if kind != _F32 or count < words:
        raise DataError(f"{file.path}: {count} lengths for {words} words; the file is damaged")
    read_exactly(file, _padding(file.position), "its lengths")
    return np.frombuffer(read_exactly(file, 4 * words, "its lengths"), "<f4").astype(np.float32)


FORMAT = Format(
    name="finalfusion",
    summary="unit vectors and their lengths",
    suffixes=(".fifu",),
    recognize=lambda head, suffix: head.startswith(_MAGIC) and min(head) < 9,
    priority=1,
    read=read,
    write_start=write_start,
    write_rows=write_rows,
    write_end=write_end,
    is_exact=False,
    file_bytes=lambda word_bytes, rows, dim: 90 + word_bytes + rows * (7 + 4 * dim),
    compressed_share=0.9,
)
