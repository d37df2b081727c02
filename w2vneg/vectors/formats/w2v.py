"""All that is known of a model: both matrices, words and counts, in one safetensors file."""

from __future__ import annotations

from dataclasses import replace

from w2vneg.vectors.format import Table
from w2vneg.vectors.formats import safetensors


def write_start(table: Table) -> bytes:
    """Return what precedes the numbers."""
    return safetensors.write_start(table, with_w_out=table.w_out is not None)


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
    summary="safetensors with w_out as well",
    suffixes=(".w2v",),
    read=None,
    write_start=write_start,
    write_end=write_end,
    dtypes=("float32",),
)
