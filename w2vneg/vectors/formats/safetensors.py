"""safetensors: a JSON header and raw tensors, which PyTorch, NumPy and others map into memory.

The tensors are ``w_in`` (the vectors), ``counts`` where they are known, ``words`` (UTF-8, each word
followed by LF) and, in int8, ``scales`` (a factor for each row); a model (``.w2v``) has ``w_out``
and, in ``__metadata__``, its training as JSON. If that has a ``mix_out`` B, the vectors are
``w_in`` + B ``w_out``. Files of other programs are read
where a ``tokenizer.json`` in the same folder has the words.

Source of the format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from w2vneg.errors import DataError
from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.rows import check_end, read_exactly, read_matrix, skip_bytes, usable_rows
from w2vneg.vectors.tokenizer_file import tokens_by_row
from w2vneg.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAX_HEADER_BYTES = 100_000_000
#: Types of numbers: spelling in the file to spelling in NumPy. BF16 is read as its 16 bits.
_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "<i1", "U8": "<u1", "I64": "<i8",
}  # fmt: skip
_WRITTEN = {"float32": "F32", "float16": "F16", "int8": "I8"}
#: Names of the matrix, in our files and in those of sentence-transformers and Model2Vec.
_MATRICES = ("w_in", "embedding.weight", "embeddings", "vectors")
_LARGEST_INT8 = 127


class Tensor(NamedTuple):
    """Type, shape and place of a tensor; the place counts from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def recognize(head: bytes) -> bool:
    """Return whether the file starts with the size of a JSON object, and with that object."""
    if len(head) < 10 or head[8:9] != b"{":
        return False
    (size,) = struct.unpack_from("<Q", head)
    return 2 <= size <= _MAX_HEADER_BYTES


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    tensors, training = read_header(file)
    name = next((name for name in _MATRICES if name in tensors), "")
    matrix = tensors.get(name)
    if matrix is None or len(matrix.shape) != 2 or 0 in matrix.shape:
        raise DataError(
            f"{file.path}: looks like a safetensors file without vectors: no matrix is called"
            f" {' or '.join(_MATRICES)}"
        )
    rows = matrix.shape[0]
    wanted = rows if options.limit is None else min(rows, options.limit)
    _check_shapes(file.path, tensors, matrix.shape)
    start = file.position
    found: dict[str, Any] = {}
    used = {name, "words", "counts", "w_out", "scales"}
    for key, tensor in sorted(tensors.items(), key=lambda item: item[1].begin):
        if key not in used:
            continue
        skip_bytes(file, start + tensor.begin - file.position, "its tensors")
        found[key] = _read_tensor(file, key, tensor, wanted if key != "words" else None, options)
    unknown = None
    if "words" in found:
        words = found["words"].tobytes().split(b"\n")[:-1]
    else:
        words, unknown = tokens_by_row(file.path, rows)
    check_end(file, start + max(tensor.end for tensor in tensors.values()), options)
    if len(words) != rows:
        raise DataError(f"{file.path}: {len(words)} words for {rows} rows; the file is damaged")
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = _floats(found[name], matrix.dtype)
        if "scales" in found:
            numbers *= _floats(found["scales"], tensors["scales"].dtype)[: len(numbers), None]
    if wanted == rows == len(numbers) and words[-1] == unknown and not numbers[-1].any():
        words.pop()  # a row that was only needed there
    w_out = found.get("w_out")
    contents = Contents(
        [],
        numbers,
        found["counts"].astype(np.int64) if "counts" in found else None,
        None if w_out is None else _floats(w_out, tensors["w_out"].dtype),
        training=training,
    )
    return mixed(usable_rows(file.path, words[:wanted], contents, options))


def _check_shapes(path: str, tensors: dict[str, Tensor], shape: tuple[int, ...]) -> None:
    """Refuse tensors that do not have a row, or a number, for each row of the matrix."""
    for name, expected in (("counts", shape[:1]), ("scales", shape[:1]), ("w_out", shape)):
        if name in tensors and tensors[name].shape != expected:
            raise DataError(
                f"{path}: tensor {name} has shape {tensors[name].shape} beside a matrix of shape {shape}"
            )


def mixed(contents: Contents) -> Contents:
    """Return what a file holds with the vectors that its training was to export."""
    import numpy as np

    config = (contents.training or {}).get("config")
    share = config.get("mix_out", 0) if isinstance(config, dict) else 0
    if contents.w_out is None or type(share) not in (int, float) or share == 0:
        return contents
    with np.errstate(over="ignore", invalid="ignore"):
        matrix = contents.matrix + np.float32(share) * contents.w_out
    return replace(contents, matrix=matrix, w_in=contents.matrix)


def header(table: Table, is_model: bool = False) -> bytes:
    """Return size and JSON header of a file with the tensors of a table.

    Parameters
    ----------
    table : Table
    is_model : bool
        Whether the file holds `w_out` and the training as well.
    """
    rows, dim = table.matrix.shape
    letter = _WRITTEN[table.dtype]
    sizes: list[tuple[str, str, list[int], int]] = []
    if table.counts is not None:
        sizes.append(("counts", "I64", [rows], 8 * rows))
    if table.dtype == "int8":
        sizes.append(("scales", "F32", [rows], 4 * rows))
    width = {"F32": 4, "F16": 2, "I8": 1}[letter]
    sizes.append(("w_in", letter, [rows, dim], width * rows * dim))
    if is_model and table.w_out is not None:
        sizes.append(("w_out", "F32", [rows, dim], 4 * rows * dim))
    length = sum(len(word) + 1 for word in table.words)
    sizes.append(("words", "U8", [length], length))
    metadata = {"format": "w2vneg"}
    if is_model and table.training is not None:
        metadata["training"] = json.dumps(
            table.training, allow_nan=False, default=lambda number: number.item()
        )
    described: dict[str, Any] = {"__metadata__": metadata}
    position = 0
    for name, dtype, shape, size in sizes:
        place = [position, position + size]
        described[name] = {"dtype": dtype, "shape": shape, "data_offsets": place}
        position += size
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def write_start(table: Table, is_model: bool = False) -> bytes:
    """Return what precedes the numbers: header, counts, scales."""
    parts = [header(table, is_model)]
    if table.counts is not None:
        parts.append(table.counts.astype("<i8").tobytes())
    if table.dtype == "int8":
        parts.append(_scales(table.matrix).astype("<f4").tobytes())
    return b"".join(parts)


def write_rows(part: Table) -> memoryview:
    """Return the numbers of rows."""
    import numpy as np

    if part.dtype == "int8":
        scaled = np.rint(part.matrix / _scales(part.matrix)[:, None])
        block = np.clip(scaled, -_LARGEST_INT8, _LARGEST_INT8).astype(np.int8)
        return block.data.cast("B")
    dtype = _TYPES[_WRITTEN[part.dtype]]
    return np.ascontiguousarray(part.matrix, dtype).data.cast("B")


def write_end(table: Table) -> bytes:
    """Return what follows the numbers: the words."""
    return b"".join(word + b"\n" for word in table.words)


def _scales(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the factor of each row, such that its largest number is 127; 1 for a row of zeros."""
    import numpy as np

    largest = np.abs(matrix).max(axis=1)
    scales = np.asarray(largest / np.float32(_LARGEST_INT8), np.float32)
    return np.where(scales == 0, np.float32(1), scales)


def read_header(file: VectorFile) -> tuple[dict[str, Tensor], dict[str, Any] | None]:
    """Read the header; return its tensors, whose places lie within the file, and the training."""
    (size,) = struct.unpack("<Q", read_exactly(file, 8, "its header"))
    data = read_exactly(file, size, "its header")
    try:
        described = json.loads(data)
        tensors = {
            str(name): Tensor(
                str(item["dtype"]),
                tuple(_whole_numbers(item["shape"])),
                *_whole_numbers(item["data_offsets"]),
            )
            for name, item in described.items()
            if name != "__metadata__"
        }
        training = json.loads(dict(described.get("__metadata__", {})).get("training", "null"))
        if not isinstance(training, dict | None):
            raise ValueError("not an object")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(f"{file.path}: damaged header of a safetensors file") from None
    room = file.max_bytes - file.position
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        width = int(_TYPES[tensor.dtype][2:]) if tensor.dtype in _TYPES else None
        fits = width is None or width * math.prod(tensor.shape) == tensor.end - tensor.begin
        if not (end <= tensor.begin <= tensor.end and fits):
            raise DataError(
                f"{file.path}: the place of tensor {name[:40]!r} contradicts its shape or another"
                " tensor; the file is damaged"
            )
        end = tensor.end
    if end > room:
        raise DataError(f"{file.path}: its tensors need {end} bytes of {room}; it is truncated")
    return tensors, training


def _whole_numbers(values: Iterable[Any]) -> list[int]:
    numbers = list(values)
    if not all(type(value) is int and 0 <= value < 1 << 62 for value in numbers):
        raise ValueError("not whole numbers")
    return numbers


def _read_tensor(
    file: VectorFile, name: str, tensor: Tensor, limit: int | None, options: ReadOptions
) -> Any:
    """Return the first rows of a tensor."""
    if tensor.dtype not in _TYPES or not 1 <= len(tensor.shape) <= 2:
        raise DataError(
            f"{file.path}: tensor {name} has type {tensor.dtype[:20]} and shape {tensor.shape}, which"
            " is not expected"
        )
    rows = tensor.shape[0] if limit is None else min(limit, tensor.shape[0])
    dim = tensor.shape[1] if len(tensor.shape) == 2 else 1
    matrix = read_matrix(file, rows, dim, _TYPES[tensor.dtype], options)
    return matrix if len(tensor.shape) == 2 else matrix[:, 0]


def _floats(numbers: Any, dtype: str) -> npt.NDArray[np.float32]:
    import numpy as np

    if dtype == "BF16":
        return np.asarray((numbers.astype(np.uint32) << 16).view(np.float32))
    return np.asarray(numbers, np.float32)


FORMAT = Format(
    name="safetensors",
    summary="for PyTorch, NumPy; memory-mapped there",
    suffixes=(".safetensors",),
    recognize=lambda head, suffix: recognize(head),
    priority=1,
    read=read,
    write_start=write_start,
    write_rows=write_rows,
    write_end=write_end,
    dtypes=("float32", "float16", "int8"),
    file_bytes=lambda word_bytes, rows, dim: 200 + word_bytes + 4 * rows * dim,
    compressed_share=0.9,
)
