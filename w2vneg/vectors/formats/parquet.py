"""Parquet tables of words and vectors, for pandas, polars, DuckDB and embedding-atlas.

Columns: ``word``, ``count`` where it is known, and ``vector``, a list of fixed length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from w2vneg.errors import DataError, UsageError
from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.rows import usable_rows
from w2vneg.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAGIC = b"PAR1"
_GROUP_ROWS = 1 << 16


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Read a file (see `w2vneg.vectors.format.Format`)."""
    import numpy as np

    arrow, parquet = _pyarrow(f"reading {file.path}")
    try:
        table = parquet.ParquetFile(file.seekable())
        names = table.schema_arrow.names
        word, vector = _columns(file.path, arrow, table.schema_arrow)
        columns = [word, vector, *(["count"] if "count" in names else [])]
        words: list[Any] = []
        counts: list[Any] = []
        blocks: list[npt.NDArray[np.float32]] = []
        for batch in table.iter_batches(_GROUP_ROWS, columns=columns):
            words += batch.column(word).cast(arrow.binary()).to_pylist()
            blocks.append(_matrix(file.path, arrow, batch.column(vector), len(words) - len(batch)))
            if "count" in names:
                counts += batch.column("count").to_pylist()
            if options.limit is not None and len(words) >= options.limit:
                break
    except (arrow.ArrowException, OSError) as error:
        why = " ".join(str(error).split())[:200]
        raise DataError(
            f"{file.path}: looks like a damaged Parquet file ({why}); replace it"
        ) from None
    if not blocks or len({block.shape[1] for block in blocks}) > 1:
        raise DataError(f"{file.path}: no rows, or vectors of several lengths")
    words = [b"" if item is None else item for item in words[: options.limit]]
    whole = bool(counts) and all(type(n) is int and n >= 0 for n in counts)
    found = Contents(
        [],
        np.concatenate(blocks)[: options.limit],
        np.array(counts[: options.limit], np.int64) if whole else None,
    )
    return usable_rows(file.path, words, found, options)


def write_file(table: Table, file: BinaryIO) -> None:
    """Write the whole file."""
    import numpy as np

    arrow, parquet = _pyarrow("writing Parquet")
    dim = table.matrix.shape[1]
    kind = arrow.float32() if table.dtype == "float32" else arrow.float16()
    fields = [arrow.field("word", arrow.string(), False)]
    if table.counts is not None:
        fields.append(arrow.field("count", arrow.int64(), False))
    fields.append(arrow.field("vector", arrow.list_(arrow.field("item", kind, False), dim), False))
    schema = arrow.schema(fields)
    # Vectors hardly compress, and a dictionary of different words only takes room.
    options = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    with parquet.ParquetWriter(file, schema, **options) as writer:
        for low in range(0, len(table), _GROUP_ROWS):
            part = table.rows(low, low + _GROUP_ROWS)
            numbers = np.ascontiguousarray(part.matrix, table.dtype).reshape(-1)
            arrays = [arrow.array([word.decode() for word in part.words], arrow.string())]
            if part.counts is not None:
                arrays.append(arrow.array(part.counts, arrow.int64()))
            flat = arrow.array(numbers, kind)
            arrays.append(
                arrow.FixedSizeListArray.from_arrays(flat, type=schema.field("vector").type)
            )
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def _pyarrow(what: str) -> tuple[Any, Any]:
    """Return the modules pyarrow and pyarrow.parquet."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            f"{what} takes pyarrow; install it: pip install 'w2vneg[tables]'"
        ) from None
    return pyarrow, pyarrow.parquet


def _columns(path: str, arrow: Any, schema: Any) -> tuple[str, str]:
    """Return the names of the columns of words and of vectors."""
    types = arrow.types
    texts = [f.name for f in schema if types.is_string(f.type) or types.is_large_string(f.type)]
    lists = [
        f.name
        for f in schema
        if (
            types.is_list(f.type) or types.is_fixed_size_list(f.type) or types.is_large_list(f.type)
        )
        and types.is_floating(f.type.value_type)
    ]
    word = "word" if "word" in texts else next(iter(texts), None)
    vector = "vector" if "vector" in lists else next(iter(lists), None)
    if word is None or vector is None:
        raise DataError(
            f"{path}: looks like a Parquet table without vectors; they need a column of words and a"
            " column of lists of floats"
        )
    return word, vector


def _matrix(path: str, arrow: Any, column: Any, row: int) -> npt.NDArray[np.float32]:
    """Return the vectors of a batch, whose first row has the number `row`."""
    import numpy as np

    if column.null_count:
        raise DataError(
            f"{path}: a vector is missing between rows {row + 1} and {row + len(column)}"
        )
    numbers = column.flatten()
    if numbers.null_count:
        raise DataError(
            f"{path}: a number is missing between rows {row + 1} and {row + len(column)}"
        )
    if arrow.types.is_fixed_size_list(column.type):
        dim = column.type.list_size
    else:
        lengths = set(column.value_lengths().to_pylist())
        if len(lengths) != 1:
            raise DataError(f"{path}: vectors of {len(lengths)} lengths after row {row + 1}")
        dim = lengths.pop()
    if not dim:
        raise DataError(f"{path}: vectors of length 0 after row {row + 1}")
    with np.errstate(over="ignore"):
        flat = np.asarray(numbers.to_numpy(zero_copy_only=False), np.float32)
    return flat.reshape(len(column), dim)


FORMAT = Format(
    name="Parquet",
    summary="for pandas, polars, DuckDB; uses pyarrow",
    suffixes=(".parquet",),
    recognize=lambda head, suffix: head.startswith(_MAGIC) and min(head) < 9,
    priority=1,
    read=read,
    write_rows=None,
    write_file=write_file,
    library=("pyarrow", "tables"),
    dtypes=("float32", "float16"),
    file_bytes=lambda word_bytes, rows, dim: 300 + word_bytes + rows * (3 + 4 * dim),
    compressed_share=0.9,
)
