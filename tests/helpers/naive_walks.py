"""Graphs and walks as plain dicts and loops: what the compiled code is compared with."""

from collections import Counter, defaultdict

import numpy as np

from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.graphs.edge_file import Edges
from w2vneg.graphs.graph import build_graph
from w2vneg.graphs.walk_corpus import WalkSource


def edges_from(pairs, weights=None):
    """`Edges` of (u, v) pairs of names, in pieces of three."""
    edges = Edges(weighted=weights is not None)
    for low in range(0, len(pairs), 3):
        part = pairs[low : low + 3]
        lines = "".join(f"{name}\n" for pair in part for name in pair).encode()
        numbers = edges.table.add(lines).reshape(-1, 2)
        given = [] if weights is None else weights[low : low + 3]
        edges.pieces.append(
            (numbers[:, 0].copy(), numbers[:, 1].copy(), np.array(given, np.float32))
        )
    return edges


def source_from(pairs, weights=None, seed=1, **options):
    """The walks on a graph of (u, v) pairs."""
    chosen = WalkOptions(**options)
    return WalkSource(build_graph(edges_from(pairs, weights), chosen.directed), chosen, seed)


def naive_rows(pairs, weights=None, directed=False):
    """A dict of node to a dict of neighbor to weight; loops are left out, duplicates add up."""
    rows = defaultdict(Counter)
    for (u, v), w in zip(pairs, [1.0] * len(pairs) if weights is None else weights, strict=True):
        if u != v:
            rows[u][v] += w
            if not directed:
                rows[v][u] += w
    if weights is None:
        rows = {u: dict.fromkeys(row, 1.0) for u, row in rows.items()}
    return rows


def step_probabilities(rows, previous, node, p=1.0, q=1.0):
    """The distribution of node2vec's next node; `previous` None: of the first step."""
    weights = {}
    for other, weight in rows[node].items():
        bias = 1.0
        if previous is not None:
            if other == previous:
                bias = 1 / p
            elif other not in rows.get(previous, {}):
                bias = 1 / q
        weights[other] = weight * bias
    total = sum(weights.values())
    return {other: weight / total for other, weight in weights.items()}


def named_walks(source, first=0, last=None, epoch=0):
    """Walks as lists of names."""
    piece = source.draw(first, source.count if last is None else last, epoch)
    names = source.graph.name_list()
    starts = piece.starts.tolist()
    return [
        [names[i] for i in piece.tokens[a:b].tolist()]
        for a, b in zip(starts[:-1], starts[1:], strict=True)
    ]
