"""Walks on a graph, as the library offers them: to iterate, to write, and to train on.

Kernels are imported where walks are drawn, so that `SkipGram` knows the class for nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from w2vneg.config import COMMON
from w2vneg.corpus.input_options import EDGES, InputOptions
from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.errors import UsageError
from w2vneg.graphs.graph_objects import is_networkx, is_sparse
from w2vneg.system.atomic_files import atomic_write
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.system.threads import in_order

if TYPE_CHECKING:
    from w2vneg.graphs.walk_corpus import WalkCorpus, WalkSource

_PIECE_NODES = 1 << 18


class Walks:
    """The walks of one epoch on a graph, drawn anew whenever they are read; see `walks`.

    Iterating gives each walk as a list of the names of its nodes. `SkipGram.fit` takes the object
    itself and draws the walks where it trains, new ones in each epoch.

    Parameters
    ----------
    source : WalkSource

    Attributes
    ----------
    source : WalkSource
    """

    def __init__(self, source: WalkSource) -> None:
        self.source = source

    def __len__(self) -> int:
        return self.source.count

    def __iter__(self) -> Iterator[list[str]]:
        names = self.source.graph.name_list()
        for first in range(0, len(self), 1000):
            piece = self._piece(first, min(first + 1000, len(self)))
            starts = piece.starts.tolist()
            for low, high in zip(starts[:-1], starts[1:], strict=True):
                yield [names[node] for node in piece.tokens[low:high].tolist()]

    def corpus(self, **options: Any) -> WalkCorpus:
        """Return the walks as a corpus to train on; see `w2vneg.graphs.walk_corpus.walk_corpus`."""
        from w2vneg.graphs.walk_corpus import WalkSource, walk_corpus

        source = self.source
        return walk_corpus(WalkSource(source.graph, source.options, source.seed), **options)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> int:
        """Write the walks as text, a line for each, and return the number of nodes in them.

        Parameters
        ----------
        path : str or path
            Replaced atomically.
        threads : int, optional
            Default: all processors, at most 8. The file does not depend on it.
        progress, stop
            Progress reporter and stop flag; a stopped write leaves an existing file as it is.

        Raises
        ------
        OutputError
            The file cannot be written.
        Interrupted
            `stop` was set.
        """
        from w2vneg.graphs.draw import write_walks

        progress, stop = progress or Progress(), stop or StopFlag()
        names = np.frombuffer(self.source.graph.names, np.uint8)
        ends = np.flatnonzero(names == ord("\n"))
        longest = int(np.diff(ends, prepend=-1).max())
        step = max(1, _PIECE_NODES // self.source.length)

        def lines(first: int) -> tuple[bytes, int]:
            piece = self._piece(first, min(first + step, len(self)))
            text = np.empty(piece.size * longest + len(piece.starts), np.uint8)
            size = write_walks(piece.tokens, piece.starts, piece.last, names, ends, text)
            return text[:size].tobytes(), piece.size

        nodes = 0
        progress.start("writing walks", len(self) * self.source.length, "nodes")
        try:
            with (
                atomic_write(path) as file,
                contextlib.closing(in_order(lines, range(0, len(self), step), threads)) as pieces,
            ):
                for text, count in pieces:
                    stop.check("writing walks")
                    file.write(text)
                    nodes += count
                    progress.update(nodes)
        finally:
            progress.finish()
        return nodes

    def _piece(self, first: int, last: int) -> Any:
        return self.source.draw(first, last)


def walks(
    graph: Any,
    walks: str = "deepwalk",
    *,
    walk_length: int | None = None,
    walks_per_node: int | None = None,
    p: float | None = None,
    q: float | None = None,
    directed: bool | None = None,
    unweighted: bool = False,
    weight: str = "weight",
    names: Any = None,
    seed: int = 1,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Walks:
    """Return random walks on a graph: sentences whose words are nodes.

    Parameters
    ----------
    graph : path, networkx.Graph, or sparse matrix of SciPy
        The path of a file of edges (see ``docs/graphs.md``), a graph, or an adjacency matrix.
    walks : {"deepwalk", "node2vec", "line1", "line2"}
        Steps to a random neighbor, in proportion to the weights if there are any; steps biased by
        `p` and `q`; or single edges (LINE, of first and of second order).
    walk_length : int, optional
        Nodes of a walk. Default: 80.
    walks_per_node : int, optional
        Walks from each node. Default: 10; for LINE, edges drawn per node: 400.
    p, q : float, optional
        Return and in-out parameters of node2vec. Default: 1.
    directed : bool, optional
        Follow edges from their first node to their second only; with ``line2``, only the first predicts
        the second. Default: what the graph of networkx says, else False; False with ``line1``.
    unweighted : bool
        All edges count alike.
    weight : str
        The attribute of edges that is their weight, in networkx. Edges without it count as 1.
    names : sequence of str, optional
        Names of the rows of a matrix. Default: their numbers.
    seed : int
        The same seed gives the same walks, whatever the number of threads.
    progress, stop
        Progress reporter and stop flag.

    Returns
    -------
    Walks
        An iterable of lists of names, which can be iterated any number of times, written with
        ``save``, and given to ``SkipGram.fit``.

    Raises
    ------
    UsageError
        The graph is none of these, or an option is not allowed.
    DataError
        A file, a weight or a name cannot be used.

    Examples
    --------
    >>> import networkx
    >>> graph = networkx.karate_club_graph()
    >>> model = SkipGram().fit(walks(graph, "node2vec", q=0.5))
    >>> len(model.words)
    34
    """
    if directed is None:
        directed = walks != "line1" and is_networkx(graph) and graph.is_directed()
    options = WalkOptions(
        walks=walks,
        walk_length=walk_length,
        walks_per_node=walks_per_node,
        p=p,
        q=q,
        directed=directed,
        unweighted=unweighted,
    )
    seed = COMMON["seed"].check(seed)
    if isinstance(graph, str | os.PathLike):
        if names is not None:
            raise UsageError("names= is for matrices; a file names its nodes")
        from w2vneg.graphs.walk_files import walk_source

        reading = InputOptions(format=EDGES, walks=options)
        return Walks(walk_source([graph], reading, seed, progress, stop))
    if not (is_networkx(graph) or is_sparse(graph)):
        raise UsageError(
            f"a {type(graph).__name__} is no graph that is known here; give the path of a file of "
            "edges, a graph of networkx, or a sparse matrix of SciPy"
        )
    from w2vneg.graphs.graph import build_graph
    from w2vneg.graphs.graph_objects import edges_of
    from w2vneg.graphs.walk_corpus import WalkSource

    edges = edges_of(graph, weight=weight, names=names, unweighted=unweighted)
    return Walks(WalkSource(build_graph(edges, options.directed), options, seed))
