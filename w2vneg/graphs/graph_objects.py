"""Graphs of other libraries: networkx and scipy.sparse, recognized without importing them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2vneg.corpus.foreign_objects import class_of, quoted
from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES, is_separator
from w2vneg.errors import DataError, UsageError

if TYPE_CHECKING:
    from w2vneg.graphs.edge_file import Edges

_PIECE = 1 << 20


def is_networkx(graph: Any) -> bool:
    """Return whether an object is a graph of networkx."""
    return "Graph" in class_of(graph, "networkx").split()


def is_sparse(graph: Any) -> bool:
    """Return whether an object is a sparse matrix or array of SciPy."""
    return bool(class_of(graph, "scipy")) and hasattr(graph, "tocoo")


def edges_of(
    graph: Any,
    *,
    weight: str = "weight",
    names: Sequence[Any] | None = None,
    unweighted: bool = False,
) -> Edges:
    """Return the edges of a graph of networkx or of a sparse matrix.

    Parameters
    ----------
    graph : networkx.Graph or sparse matrix
        An undirected graph as a matrix has its edges in one triangle or in both.
    weight : str
        The attribute of an edge that is its weight, in networkx. Edges without it count as 1.
    names : sequence, optional
        The names of the rows of a matrix. Default: their numbers.
    unweighted : bool
        All edges count alike.

    Raises
    ------
    UsageError
        `names` does not fit, or a name cannot be one.
    DataError
        A weight is not positive and finite, or the matrix is not square.
    """
    from w2vneg.graphs.edge_file import Edges

    edges = Edges()
    if is_networkx(graph):
        if names is not None:
            raise UsageError("names= is for matrices; the nodes of networkx are named already")
        _add_networkx(edges, graph, weight, unweighted)
    else:
        _add_matrix(edges, graph, names, unweighted)
    return edges


def _add_networkx(edges: Edges, graph: Any, weight: str, unweighted: bool) -> None:
    nodes = list(graph.nodes)
    _add_names(edges, nodes)
    numbers = {node: number for number, node in enumerate(nodes)}
    sources, targets, values = [], [], []
    found = False
    for u, v, given in graph.edges(data=weight):
        sources.append(numbers[u])
        targets.append(numbers[v])
        found = found or given is not None
        values.append(1.0 if given is None else given)
    edges.weighted = found and not unweighted
    _add(edges, np.array(sources, np.int32), np.array(targets, np.int32), values)


def _add_matrix(edges: Edges, matrix: Any, names: Sequence[Any] | None, unweighted: bool) -> None:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise DataError(
            f"a matrix of shape {matrix.shape} is no graph: it has a row and a column for each node; "
            "for two kinds of nodes give scipy.sparse.block_array([[None, m], [m.T, None]])"
        )
    size = matrix.shape[0]
    if names is not None and len(names) != size:
        raise UsageError(
            f"names= has {len(names):,} names, the matrix {size:,} rows; give one each"
        )
    _add_names(edges, range(size) if names is None else names)
    cells = matrix.tocoo()
    values = np.asarray(cells.data)
    row, column = np.asarray(cells.row), np.asarray(cells.col)
    stored = values != 0
    row, column, values = row[stored], column[stored], values[stored]
    edges.weighted = not unweighted and len(values) > 0 and not bool((values == values[0]).all())
    _add(edges, row.astype(np.int32), column.astype(np.int32), values)


def _add(edges: Edges, source: Any, target: Any, values: Any) -> None:
    """Append edges; check their weights if there are any."""
    weights = np.empty(0, np.float32)
    if edges.weighted:
        try:
            with np.errstate(over="ignore"):
                weights = np.array(values, np.float64).astype(np.float32)
        except (TypeError, ValueError):
            raise DataError(
                "the weight of an edge is not a number; correct it, or give unweighted=True"
            ) from None
        wrong = np.flatnonzero(~((weights > 0) & (weights < np.inf)))
        if len(wrong):
            first = wrong[0]
            ends = edges.table.words_bytes(np.array([source[first], target[first]]))
            u, v = ends.decode().split("\n")[:2]
            raise DataError(
                f"the edge between {u!r} and {v!r} has the weight {values[first]}; a weight must be "
                "positive and finite: leave out such edges, or give unweighted=True"
            )
    if len(source):
        edges.pieces.append((source, target, weights))


def _add_names(edges: Edges, nodes: Iterable[Any]) -> None:
    """Number the names of nodes in their order."""
    lines: list[bytes] = []
    count = 0
    for node in nodes:
        lines.append(_name(node) + b"\n")
        count += 1
        if len(lines) == _PIECE:
            edges.table.add(b"".join(lines))
            lines.clear()
    if lines:
        edges.table.add(b"".join(lines))
    if len(edges.table) < count:
        raise UsageError("two nodes have the same name as text; rename one of them")


def _name(node: Any) -> bytes:
    """Return the name of a node as text."""
    if isinstance(node, bool) or not isinstance(node, str | int | np.integer):
        raise UsageError(
            f"the node {quoted(node)} is neither a string nor a whole number; name nodes by those, "
            "in networkx with networkx.relabel_nodes"
        )
    try:
        name = str(node).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"the name {quoted(node)} cannot be written as UTF-8; rename it") from None
    if not name or len(name) > MAX_TOKEN_BYTES or any(map(is_separator, name)):
        raise UsageError(
            f"the name {quoted(node)} is empty, longer than {MAX_TOKEN_BYTES} bytes or holds white "
            "space; rename it, with _ for a blank say"
        )
    return name
