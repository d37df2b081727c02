"""The walks on a graph whose edges are in files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from w2vneg.corpus.input_options import InputOptions
from w2vneg.graphs.edge_file import read_edges
from w2vneg.graphs.graph import build_graph
from w2vneg.graphs.walk_corpus import WalkSource
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress


def walk_source(
    paths: Sequence[str | os.PathLike[str]],
    options: InputOptions,
    seed: int,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> WalkSource:
    """Read the edges of files and return the walks on their graph.

    Raises
    ------
    UsageError, DataError, Interrupted
        See `w2vneg.graphs.edge_file.read_edges`.
    """
    assert options.walks is not None
    edges = read_edges(paths, options, progress, stop)
    return WalkSource(build_graph(edges, options.walks.directed), options.walks, seed)
