"""The co-occurrence graph of a corpus: how often words occur near each other.

`graph` plans the work, builds the graph and reads and writes its file; `count` is the compiled
counting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.corpus.cooccurrence.graph import Graph, build_graph

__all__ = ["Graph", "build_graph"]

__getattr__ = lazy_names(__name__, {"Graph": "graph", "build_graph": "graph"})
