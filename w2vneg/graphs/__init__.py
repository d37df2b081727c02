"""Graphs in, walks out: sentences whose words are the nodes of a graph.

`edge_file` reads edges from files, `graph_objects` takes those of other libraries, `graph` sorts
them into rows of neighbors, and `walk_corpus` is a corpus that draws its sentences from these while
it is trained on. `walks` is what the library offers, `any_input` what commands read files with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.graphs.any_input import encode_input
    from w2vneg.graphs.graph import EdgeGraph, build_graph
    from w2vneg.graphs.walk_corpus import WalkCorpus, WalkSource, walk_corpus

__all__ = [
    "EdgeGraph",
    "WalkCorpus",
    "WalkSource",
    "build_graph",
    "encode_input",
    "walk_corpus",
]

__getattr__ = lazy_names(
    __name__,
    {
        "EdgeGraph": "graph",
        "WalkCorpus": "walk_corpus",
        "WalkSource": "walk_corpus",
        "build_graph": "graph",
        "encode_input": "any_input",
        "walk_corpus": "walk_corpus",
    },
)
