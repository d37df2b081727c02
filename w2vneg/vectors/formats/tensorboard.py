"""The pair of files that TensorBoard's projector loads: numbers, and words as metadata.

``NAME.tsv`` has the numbers of a row per line, separated by tabs; ``NAME.metadata.tsv`` its word,
and its count where that is known, under column names.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator

from w2vneg.errors import DataError
from w2vneg.vectors.companions import beside, check_count, read_lines
from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.formats import word2vec_text
from w2vneg.vectors.headerless_text import NUMBER, SAMPLE_LINES, shape_of_rows
from w2vneg.vectors.rows import usable_rows
from w2vneg.vectors.vector_file import VectorFile

_NAMES = (b"word", b"words", b"label", b"title", b"name")
_MOST_DIGITS = 18


def metadata_files(path: str) -> list[str]:
    """Return the paths where the words that belong to a file of numbers may be."""
    own = beside(path, ".tsv", ".metadata.tsv")
    folder, name = os.path.split(own)
    # gensim's script writes PREFIX_tensor.tsv and PREFIX_metadata.tsv.
    gensim = name.replace("_tensor.metadata.tsv", "_metadata.tsv")
    return [own, os.path.join(folder, gensim), os.path.join(folder, "metadata.tsv")]


def recognize(head: bytes, suffix: str) -> bool:
    """Return whether the first lines are numbers only, as many in each, separated by tabs."""
    *lines, last = head.split(b"\n")[: SAMPLE_LINES + 1]
    if not lines:
        fields = last.split(b"\t")[:-1]
        return len(fields) > 2 and all(map(NUMBER.fullmatch, fields))
    rows = [line.rstrip(b"\r").split(b"\t") for line in lines if line.strip()]
    if not rows or not all(NUMBER.fullmatch(field) for row in rows for field in row):
        return False
    # The next line may be cut off, but must not be something else, such as binary numbers.
    if any(not NUMBER.fullmatch(field) for field in last.split(b"\t")[:-1]):
        return False
    if last.translate(None, b"0123456789+-.eE\t\r"):
        return False
    dim = len(rows[0])
    # The first line of word2vec text that is separated by tabs, of 1 dimension.
    is_header = dim == 2 and rows[0][1] == b"1" and rows[0][0].isdigit()
    return all(len(row) == dim for row in rows) and (dim > 1 or suffix == ".tsv") and not is_header


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    where, lines = read_lines(file.path, metadata_files(file.path), "a table of numbers")
    words, counts = _metadata(where, lines)
    # The rows as word2vec text, whose words are the numbers of the rows.
    text = b"".join(b"%d\t%b\n" % (row, line) for row, line in enumerate(_rows(file)))
    numbered = VectorFile(file.path, io.BytesIO(text), len(text), False)
    header = shape_of_rows(numbered, options)
    check_count(file.path, where, len(words), text.count(b"\n"))
    found = word2vec_text.read_rows(numbered, options, header, announced=False)
    rows = np.array([int(word.split(" ")[0]) for word in found.words], np.int64)
    return usable_rows(
        where,
        [words[row] for row in rows.tolist()],
        Contents([], found.matrix, None if counts is None else counts[rows]),
        options,
    )


def write_rows(part: Table) -> bytes:
    """Return the numbers of rows as text."""
    blank = Table([b""] * len(part), part.matrix)
    text = bytes(word2vec_text.write_rows(blank)).replace(b" ", b"\t")
    return text.replace(b"\n\t", b"\n")[1:]


def companions(path: str, table: Table | None) -> list[tuple[str, Iterable[bytes]]]:
    """Return the file of the words (see `w2vneg.vectors.format.Format`)."""
    return [(metadata_files(path)[0], [] if table is None else _metadata_lines(table))]


def _metadata_lines(table: Table) -> Iterator[bytes]:
    if table.counts is None:
        # TensorBoard takes the first line of a single column for a word, not for a name.
        yield from (word + b"\n" for word in table.words)
        return
    yield b"word\tcount\n"
    for word, count in zip(table.words, table.counts.tolist(), strict=True):
        yield b"%b\t%d\n" % (word, count)


def _metadata(path: str, lines: list[bytes]):  # type: ignore[no-untyped-def]
    """Return the words and, where there is such a column, the counts."""
    import numpy as np

    if b"\t" not in lines[0]:
        return lines, None
    names, *rows = [line.split(b"\t") for line in lines]
    lowered = [name.lower() for name in names]
    column = next((lowered.index(name) for name in _NAMES if name in lowered), 0)
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise DataError(
                f"{path}: line {number + 2}: {len(row)} columns instead of {len(names)}"
            )
    words = [row[column] for row in rows]
    if b"count" not in lowered:
        return words, None
    counts = [row[lowered.index(b"count")] for row in rows]
    for number, count in enumerate(counts):
        if not count.isdigit() or len(count) > _MOST_DIGITS:
            raise DataError(f"{path}: line {number + 2}: {count[:30]!r} is not a count")
    return words, np.array(counts).astype(np.int64)


def _rows(file: VectorFile) -> Iterator[bytes]:
    """Yield the lines without blank ones at the end."""
    blank = 0
    for line in file.lines():
        if not line.strip():
            blank += 1
            continue
        for _ in range(blank):
            yield b""
        blank = 0
        yield line


FORMAT = Format(
    name="TensorBoard",
    summary="its projector; NAME.metadata.tsv: words",
    suffixes=(".tsv",),
    recognize=recognize,
    priority=1,
    read=read,
    write_rows=write_rows,
    companions=companions,
    file_bytes=lambda word_bytes, rows, dim: 11 * rows * dim,
    compressed_share=0.42,
)
