"""GloVe text: a word and its numbers per line, without a first line that says how many there are."""

from __future__ import annotations

from w2vneg.corpus.text_bytes import BOM
from w2vneg.vectors.format import Contents, Format, ReadOptions
from w2vneg.vectors.formats import word2vec_text
from w2vneg.vectors.headerless_text import SAMPLE_LINES, dimensions, fields_of, shape_of_rows
from w2vneg.vectors.vector_file import VectorFile


def recognize(head: bytes) -> bool:
    """Return whether the first lines are a word and numbers, at least two of them."""
    if head.startswith(BOM):
        return False
    *lines, last = head.split(b"\n")[: SAMPLE_LINES + 1]
    if not lines:  # a long first line; its last field may be cut off
        fields = fields_of(last)[:-1]
        return len(fields) > 2 and dimensions(fields) == len(fields) - 1
    sample = [fields_of(line) for line in lines if line.strip()]
    is_header = bool(sample) and all(field.isdigit() for field in sample[0])
    return not is_header and min(map(dimensions, sample), default=0) >= 2


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    header = shape_of_rows(file, options)
    return word2vec_text.read_rows(file, options, header, announced=False)


FORMAT = Format(
    name="GloVe",
    summary="word2vec text without its first line",
    suffixes=(".glove.txt",),
    recognize=lambda head, suffix: recognize(head),
    priority=-1,
    read=read,
    write_rows=word2vec_text.write_rows,
    file_bytes=word2vec_text.FORMAT.file_bytes,
    compressed_share=word2vec_text.FORMAT.compressed_share,
)
