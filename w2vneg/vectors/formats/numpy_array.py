"""A NumPy array (``NAME.npy``) and its words, one a line, in ``NAME.words.txt``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from w2vneg.errors import DataError
from w2vneg.vectors.companions import beside, check_count, read_lines
from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.rows import read_matrix, usable_rows
from w2vneg.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    import numpy as np

_MAGIC = b"\x93NUMPY"
_TYPES = {"float32": "<f4", "float16": "<f2"}
_READ = ("f2", "f4", "f8")
#: Headers of simple arrays have 128 bytes.
_MAX_HEADER_BYTES = 10_000


def words_file(path: str) -> str:
    """Return the path of the words that belong to an array."""
    return beside(path, ".npy", ".words.txt")


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    shape, is_fortran, dtype = _header(file)
    if len(shape) != 2 or 0 in shape or dtype.str[1:] not in _READ:
        raise DataError(
            f"{file.path}: looks like a NumPy array of shape {shape} and type {dtype}; vectors are a"
            " matrix of floats"
        )
    rows, dim = shape
    companion, words = read_lines(file.path, [words_file(file.path)], "a NumPy array (.npy)")
    check_count(file.path, companion, len(words), rows)
    wanted = rows if options.limit is None else min(rows, options.limit)
    if is_fortran:
        matrix = read_matrix(file, dim, rows, dtype.str, options).T[:wanted]
    else:
        matrix = read_matrix(file, wanted, dim, dtype.str, options)
    if dtype.itemsize > 4:
        options.report.remarks.append("its numbers are rounded from float64 to float32")
    if wanted == rows and len(matrix) == rows and file.read(1):
        raise DataError(f"{file.path}: more data after its {rows} rows; the file is damaged")
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(matrix, np.float32)
    return usable_rows(companion, words[:wanted], Contents([], numbers), options)


def write_start(table: Table) -> bytes:
    """Return the header of the array."""
    import io

    import numpy as np

    header = io.BytesIO()
    shape = {"descr": _TYPES[table.dtype], "fortran_order": False, "shape": table.matrix.shape}
    np.lib.format.write_array_header_1_0(header, cast(Any, shape))
    return header.getvalue()


def write_rows(part: Table) -> memoryview:
    """Return the numbers of rows."""
    import numpy as np

    return np.ascontiguousarray(part.matrix, _TYPES[part.dtype]).data.cast("B")


def companions(path: str, table: Table | None) -> list[tuple[str, Iterable[bytes]]]:
    """Return the file of the words (see `w2vneg.vectors.format.Format`)."""
    words = [] if table is None else (word + b"\n" for word in table.words)
    return [(words_file(path), words)]


def _header(file: VectorFile) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type of the array that follows.

    Raises
    ------
    DataError
        If the header is damaged, or the array holds Python objects, which only a pickle could hold.
    """
    import numpy as np

    stream = cast(BinaryIO, file)
    try:
        version = np.lib.format.read_magic(stream)
        reader = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = reader(stream, max_header_size=_MAX_HEADER_BYTES)
    except DataError:
        raise
    except Exception as error:  # NumPy parses it as Python source: tokenizer and syntax errors
        why = " ".join(str(error).split())[:100]
        raise DataError(f"{file.path}: damaged header of a NumPy array ({why})") from None
    if dtype.hasobject:
        raise DataError(
            f"{file.path}: looks like a NumPy array of Python objects, a pickle, which is never opened because it"
            " can run code; save it with dtype float32"
        )
    return shape, is_fortran, dtype


FORMAT = Format(
    name="NumPy",
    summary="and the words in NAME.words.txt",
    suffixes=(".npy",),
    recognize=lambda head, suffix: head.startswith(_MAGIC),
    priority=1,
    read=read,
    write_start=write_start,
    write_rows=write_rows,
    companions=companions,
    dtypes=("float32", "float16"),
    file_bytes=lambda word_bytes, rows, dim: 128 + 4 * rows * dim,
    compressed_share=0.9,
)
