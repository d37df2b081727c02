"""A folder that sentence-transformers loads as a model whose sentences are means of words.

Its ``StaticEmbedding`` takes a tokenizer and a matrix. Read as a safetensors file whose words are in
``tokenizer.json``; `w2vneg.vectors.load.load_vectors` takes the folder.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable

from w2vneg.vectors.format import Format, Table
from w2vneg.vectors.formats import safetensors
from w2vneg.vectors.tokenizer_file import tokenizer_json

_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}
]


def write_start(table: Table) -> bytes:
    """Return the header: one matrix, with a row for unknown words at its end."""
    rows, dim = table.matrix.shape
    letter, width = {"float32": ("F32", 4), "float16": ("F16", 2)}[table.dtype]
    size = (rows + 1) * dim * width
    described = {"dtype": letter, "shape": [rows + 1, dim], "data_offsets": [0, size]}
    text = json.dumps({"embedding.weight": described}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def write_end(table: Table) -> bytes:
    """Return the row of unknown words, which is zero."""
    return bytes(table.matrix.shape[1] * (4 if table.dtype == "float32" else 2))


def companions(path: str, table: Table | None) -> list[tuple[str, Iterable[bytes]]]:
    """Return the other files of the folder (see `w2vneg.vectors.format.Format`)."""
    words = [] if table is None else [tokenizer_json([word.decode() for word in table.words])]
    folder = os.path.dirname(path)
    return [
        (os.path.join(folder, "tokenizer.json"), words),
        (os.path.join(folder, "modules.json"), [json.dumps(_MODULES, indent=2).encode()]),
    ]


FORMAT = Format(
    name="StaticEmbedding",
    summary="a folder for sentence-transformers",
    suffixes=(),
    recognize=lambda head, suffix: False,
    read=None,
    write_start=write_start,
    write_rows=safetensors.write_rows,
    write_end=write_end,
    companions=companions,
    main_file=lambda path: os.path.join(path, "model.safetensors"),
    dtypes=("float32", "float16"),
    file_bytes=lambda word_bytes, rows, dim: 100 + 4 * rows * dim,
)
