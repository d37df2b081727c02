"""Models mapped into memory: opened at once, whatever their size, and shared between processes."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError
from w2vneg.vectors.format import Contents, ReadOptions
from w2vneg.vectors.formats import safetensors
from w2vneg.vectors.load import load_vectors
from w2vneg.vectors.rows import usable_rows
from w2vneg.vectors.vector_file import open_vector_file
from w2vneg.vectors.vectors import Vectors

#: The tensors of a model, with their types in the file and in NumPy.
_MODEL = {"w_in": ("F32", "<f4"), "w_out": ("F32", "<f4"), "counts": ("I64", "<i8"), "words": ("U8", "u1")}  # fmt: skip


def map_model(path: str | os.PathLike[str]) -> Vectors:
    """Open a model (``.w2v``) whose numbers are read from the file when they are used.

    The arrays are read-only. Unlike `w2vneg.vectors.load.load_vectors`, this does not look at the
    numbers. Files that cannot be mapped, because they are compressed or of another format, are read
    into memory.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Vectors

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        If it is damaged.
    """
    with open_vector_file(path) as file:
        if file.compressed or not safetensors.recognize(file.head):
            return load_vectors(path)
        tensors, training = safetensors.read_header(file)
        if set(tensors) != set(_MODEL) or not _shapes_fit(tensors):
            return load_vectors(path)
        start = file.position
        if start + max(tensor.end for tensor in tensors.values()) != file.max_bytes:
            raise DataError(f"{file.path}: its size contradicts its header; the file is damaged")
        arrays = {name: _mapped(path, tensors[name], start, _MODEL[name][1]) for name in _MODEL}
        raw = arrays["words"].tobytes().split(b"\n")[:-1]
        rows = len(arrays["w_in"])
        if len(raw) != rows:
            raise DataError(f"{file.path}: {len(raw)} words for {rows} rows; the file is damaged")
        found = Contents([], arrays["w_in"], arrays["counts"], arrays["w_out"], training=training)
        found = usable_rows(file.path, raw, found, ReadOptions(allow_nonfinite=True))
        if len(set(found.words)) < rows:
            raise DataError(f"{file.path}: a word occurs twice; the file is damaged")
        found = safetensors.mixed(found)
        return Vectors(
            found.words,
            found.matrix,
            counts=found.counts,
            w_out=found.w_out,
            w_in=found.w_in,
            training=found.training,
        )


def _shapes_fit(tensors: dict[str, safetensors.Tensor]) -> bool:
    shape = tensors["w_in"].shape
    return (
        all(tensors[name].dtype == dtype for name, (dtype, _) in _MODEL.items())
        and len(shape) == 2
        and 0 not in shape
        and tensors["w_out"].shape == shape
        and tensors["counts"].shape == shape[:1]
        and len(tensors["words"].shape) == 1
    )


def _mapped(
    path: str | os.PathLike[str], tensor: safetensors.Tensor, start: int, dtype: str
) -> npt.NDArray[Any]:
    if 0 in tensor.shape:
        return np.empty(tensor.shape, dtype)
    return np.asarray(np.memmap(path, dtype, "r", start + tensor.begin, tensor.shape))
