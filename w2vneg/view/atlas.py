"""A map as the Parquet table that embedding-atlas reads.

Columns: ``text`` (the word), ``count`` where it is known, ``x``, ``y``, ``group``, and
``neighbors``, a struct of ``ids`` (row numbers, the nearest first) and ``distances`` (1 - cosine),
as documented in ``embedding-atlas --help``. The columns are named in its call: ``embedding-atlas
map.parquet --text text --x x --y y --neighbors neighbors``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from w2vneg.errors import UsageError
from w2vneg.system.atomic_files import atomic_write
from w2vneg.view.nearest import nearest_rows
from w2vneg.view.word_map import WordMap

if TYPE_CHECKING:
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

#: Neighbors of each word.
NEIGHBORS = 15


def write_atlas(
    path: str | os.PathLike[str],
    word_map: WordMap,
    *,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> None:
    """Write the map of one model.

    Parameters
    ----------
    path : str or path
    word_map : WordMap
    progress : Progress, optional
    stop : StopFlag, optional

    Raises
    ------
    UsageError
        If the map has two models, or pyarrow is missing.
    OutputError
        If the file cannot be written.
    Interrupted
        If `stop` is set; nothing is written.
    """
    if len(word_map.panels) > 1:
        raise UsageError("a Parquet table holds the map of one model; give one file of vectors")
    arrow, parquet = require_pyarrow()
    [panel] = word_map.panels
    vectors = panel.vectors
    ids, cosines = nearest_rows(vectors.unit, np.arange(len(vectors)), NEIGHBORS, progress, stop)
    columns: dict[str, Any] = {"text": arrow.array(vectors.words, arrow.string())}
    if vectors.counts is not None:
        columns["count"] = arrow.array(vectors.counts, arrow.int64())
    columns["x"], columns["y"] = (arrow.array(axis, arrow.float32()) for axis in panel.points.T)
    if word_map.group_names:
        names = [word_map.group_names[group] for group in panel.groups.tolist()]
        columns["group"] = arrow.array(names, arrow.string())
    width = ids.shape[1]
    offsets = arrow.array(np.arange(len(vectors) + 1) * width, arrow.int32())
    lists = [
        arrow.ListArray.from_arrays(offsets, arrow.array(values.reshape(-1), kind))
        for values, kind in ((ids, arrow.int64()), (1 - cosines, arrow.float32()))
    ]
    columns["neighbors"] = arrow.StructArray.from_arrays(lists, ["ids", "distances"])
    with atomic_write(path) as file:
        parquet.write_table(arrow.table(columns), file)


def require_pyarrow() -> tuple[Any, Any]:
    """Return the modules pyarrow and pyarrow.parquet.

    Raises
    ------
    UsageError
        If pyarrow is missing.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            "writing Parquet takes pyarrow; install it: pip install 'w2vneg[tables]'"
        ) from None
    return pyarrow, pyarrow.parquet
