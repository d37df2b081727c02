r"""RecBole's item embeddings (``.itememb``): column names, then an item, a tab and its numbers a line.

The suffix is the one that RecBole's option ``additional_feat_suffix`` names in its documentation.
"""

from __future__ import annotations

import re

from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.formats import word2vec_text
from w2vneg.vectors.headerless_text import shape_of_rows
from w2vneg.vectors.vector_file import VectorFile

_HEADER = re.compile(rb"[^\t\n]+:token\t[^\t\n]+:float_seq\r?\n")


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    header = shape_of_rows(file, options, skipped=1)
    return word2vec_text.read_rows(file, options, header, announced=False)


def write_rows(part: Table) -> bytes:
    """Return rows as text: the item, a tab, the numbers with spaces between, a newline."""
    import numpy as np

    text = np.array(np.frombuffer(word2vec_text.write_rows(part), np.uint8))
    ends = np.flatnonzero(text == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])
    text[starts + np.array([len(word) for word in part.words])] = ord("\t")
    return text.tobytes()


FORMAT = Format(
    name="RecBole",
    summary="item embeddings for recommenders",
    suffixes=(".itememb",),
    recognize=lambda head, suffix: _HEADER.match(head) is not None,
    priority=1,
    read=read,
    write_start=lambda table: b"iid:token\titem_emb:float_seq\n",
    write_rows=write_rows,
    file_bytes=lambda word_bytes, rows, dim: (
        28 + word2vec_text.FORMAT.file_bytes(word_bytes, rows, dim)
    ),
    compressed_share=word2vec_text.FORMAT.compressed_share,
)
