"""The co-occurrence graph of a corpus: how often words occur near each other.

`graph` plans the work, builds the graph and reads and writes its file; `count` is the compiled
counting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2vneg.corpus.cooccurrence.graph import Graph, build_graph

__all__ = ["Graph", "build_graph"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from w2vneg.corpus.cooccurrence import graph

    return getattr(graph, name)
