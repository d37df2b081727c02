"""A model to go on with: both matrices, words, counts and the training, in one safetensors file."""

from __future__ import annotations

from dataclasses import replace

from w2vneg.vectors.format import Table
from w2vneg.vectors.formats import safetensors


def write_start(table: Table) -> bytes:
    """Return what precedes the numbers."""
    return safetensors.write_start(table, is_model=True)


def write_rows(part: Table) -> memoryview:
    """Return the numbers of rows, as they were trained."""
    matrix = part.matrix if part.w_in is None else part.w_in
    return safetensors.write_rows(replace(part, matrix=matrix))


def write_end(table: Table) -> bytes:
    """Return the other matrix, if it is known, and the words."""
    import numpy as np

    words = safetensors.write_end(table)
    if table.w_out is None:
        return words
    return np.ascontiguousarray(table.w_out, "<f4").tobytes() + words


#: Read as a safetensors file.
FORMAT = replace(
    safetensors.FORMAT,
    name="w2v",
    summary="a whole model; a safetensors file",
    suffixes=(".w2v",),
    read=None,
    write_start=write_start,
    write_rows=write_rows,
    write_end=write_end,
    dtypes=("float32",),
    has_w_out=True,
)
