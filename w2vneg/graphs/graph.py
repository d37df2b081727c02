"""A graph as rows of neighbors, made of edges."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vneg.errors import DataError
from w2vneg.graphs.edge_file import Edges
from w2vneg.graphs.rows import (
    Rows,
    count_ends,
    fill_cells,
    merge_duplicates,
    sort_by_source,
    sort_by_target,
)
from w2vneg.system.limits import check_memory

_NO_VALUES = np.empty(0, np.float32)
_MOST_NODES = 2**31 - 1


@dataclass(frozen=True)
class EdgeGraph:
    """A graph that walks can be drawn on.

    Self loops are left out, and so are nodes without other edges. Edges that were given more than
    once are one edge; their weights add up.

    Attributes
    ----------
    names : bytes
        The N names of the nodes as UTF-8, each followed by LF.
    rows : Rows
        Neighbors; an undirected edge is in the rows of both of its nodes.
    strengths : (N,) float64 array
        Sum of the weights of the edges of each node (that leave it); their number if they have none.
    directed : bool
    bytes_read : int
    notes : list of str
        What was left out, one line each.
    """

    names: bytes
    rows: Rows
    strengths: NDArray[np.float64]
    directed: bool
    bytes_read: int = 0
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.strengths)

    @property
    def weighted(self) -> bool:
        """Whether edges have weights."""
        return len(self.rows.cells) > 0

    @property
    def edges(self) -> int:
        """Number of edges; undirected ones count once."""
        return len(self.rows.ids) // (1 if self.directed else 2)

    def name_list(self) -> list[str]:
        """Return the names by node."""
        return self.names.decode("utf-8").split("\n")[:-1]

    def digest(self) -> bytes:
        """Return a hash of nodes, edges and weights."""
        digest = hashlib.sha256(self.names)
        for array in self.rows:
            digest.update(np.ascontiguousarray(array).data)
        return digest.digest()


def build_graph(edges: Edges, directed: bool = False) -> EdgeGraph:
    """Sort edges into rows.

    Takes 8 bytes for each edge, 12 with weights, and as much for each entry of a row twice; an
    undirected edge has two. After that, 4 bytes an entry are left, 12 with weights.

    Parameters
    ----------
    edges : Edges
        Its pieces are removed as they are used.
    directed : bool

    Raises
    ------
    DataError
        No edges between different nodes.
    ResourceError
        Not enough memory.
    """
    names, size = _drop_lonely(edges)
    both = not directed
    leaving, entering = np.zeros(size, np.int64), np.zeros(size, np.int64)
    loops = sum(
        int(count_ends(source, target, both, leaving, entering))
        for source, target, _ in edges.pieces
    )
    begin, by_target = _begins(leaving), _begins(entering)
    entries = int(begin[-1])
    per_entry = 12 if edges.weighted else 4
    check_memory(2 * per_entry * entries, f"{len(edges):,} edges", "give a smaller graph")
    sources = np.empty(entries, np.int32)
    values = np.empty(entries if edges.weighted else 0, np.float32)
    next_at = by_target[:-1].copy()
    while edges.pieces:
        source, target, weights = edges.pieces.pop(0)
        sort_by_target(source, target, weights, both, next_at, sources, values)
    ids, sorted_values = np.empty_like(sources), np.empty_like(values)
    next_at = begin[:-1].copy()
    sort_by_source(by_target, sources, values, next_at, ids, sorted_values)
    del sources, values
    left = int(merge_duplicates(begin, ids, sorted_values))
    ids, sorted_values = _cut(ids, left), _cut(sorted_values, left)
    notes = list(edges.notes)
    if loops:
        notes.append(f"left out {loops:,} self loop{'s' * (loops > 1)}")
    if left < entries:
        merged = (entries - left) // (1 if directed else 2)
        sums = ", whose weights were added" if edges.weighted else ""
        notes.append(f"{merged:,} {'edges were' if merged > 1 else 'edge was'} given again{sums}")
    strengths = np.diff(begin).astype(np.float64)
    cells = np.empty((0, 2), np.uint32)
    if edges.weighted:
        total = np.concatenate([[0.0], np.cumsum(sorted_values, dtype=np.float64)])
        strengths = total[begin[1:]] - total[begin[:-1]]
        cells = np.empty((left, 2), np.uint32)
        longest = int(np.diff(begin).max())
        fill_cells(begin, sorted_values, np.empty(longest), np.empty(longest, np.int64), cells)
    return EdgeGraph(names, Rows(begin, ids, cells), strengths, directed, edges.bytes_read, notes)


def _begins(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _cut(array: NDArray[Any], size: int) -> NDArray[Any]:
    return array if len(array) <= size else array[:size].copy()


def _drop_lonely(edges: Edges) -> tuple[bytes, int]:
    """Renumber the nodes without those that have no edge to another one; return names and number."""
    table = edges.table
    known = np.zeros(len(table), bool)
    for source, target, _ in edges.pieces:
        different = source != target
        known[source[different]] = True
        known[target[different]] = True
    kept = np.flatnonzero(known)
    if not len(kept):
        raise DataError("no edges between two different nodes; give lines of two nodes each")
    if len(kept) > _MOST_NODES:
        raise DataError(f"{len(kept):,} nodes are more than {_MOST_NODES:,}; give a smaller graph")
    lonely = len(table) - len(kept)
    if lonely:
        edges.notes.append(f"left out {lonely:,} node{'s' * (lonely > 1)} without edges to others")
        numbers = np.cumsum(known, dtype=np.int64).astype(np.int32) - np.int32(1)
        for number, (source, target, weights) in enumerate(edges.pieces):
            if not known.all():
                inside = known[source] & known[target]
                source, target = numbers[source[inside]], numbers[target[inside]]
                weights = weights[inside] if len(weights) else weights
                edges.pieces[number] = (source, target, weights)
    names = table.words_bytes(kept)
    table.clear()
    return names, len(kept)
