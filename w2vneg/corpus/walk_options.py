"""Options of the walks that make sentences of a graph."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from w2vneg.config import Option
from w2vneg.errors import UsageError
from w2vneg.system.option_names import choice, named

#: Kinds of walks, with what they are.
KINDS = {
    "deepwalk": "each step to a random neighbor (Perozzi et al., KDD 2014)",
    "node2vec": "steps biased by p and q (Grover and Leskovec, KDD 2016)",
    "line1": "single edges, with one vector for both ends (LINE, first order; Tang et al., WWW 2015)",
    "line2": "single edges, with two vectors for a node (LINE, second order); of directed edges only the "
    "first node predicts the second",
}
_LINES = ("line1", "line2")

KIND: Option[str] = Option(
    "walks",
    "deepwalk",
    "How sentences are made of a graph. "
    + "; ".join(f"{name}: {what}" for name, what in KINDS.items())
    + ".",
    choices=tuple(KINDS),
)
LENGTH: Option[int] = Option("walk_length", 80, "Nodes of a walk.", 2, 1000)
PER_NODE: Option[int] = Option(
    "walks_per_node",
    10,
    "Walks from each node in an epoch; every epoch draws new ones. For line1 and line2: edges drawn, "
    "per node of the graph (default: 400).",
    1,
    1_000_000,
)
P: Option[float] = Option(
    "p",
    1.0,
    "Return parameter of node2vec: the larger, the rarer a walk goes back to where it came from.",
    1e-6,
    1e6,
)
Q: Option[float] = Option(
    "q",
    1.0,
    "In-out parameter of node2vec: above 1 walks stay near, below 1 they move away.",
    1e-6,
    1e6,
)
OPTIONS = (KIND, LENGTH, PER_NODE, P, Q)

#: As many words in an epoch as 10 walks of 80 nodes have.
_EDGES_PER_NODE = 400


@dataclass(frozen=True)
class WalkOptions:
    """How walks are drawn on a graph.

    Parameters
    ----------
    walks : str
        A key of `KINDS`.
    walk_length : int, optional
        Nodes of a walk. Default: 80.
    walks_per_node : int, optional
        Walks from each node. Default: 10; 400 edges for LINE.
    p, q : float, optional
        Of node2vec. Default: 1.
    directed : bool
        Edges are followed from their first node to their second only; with ``line2``, only the first
        predicts the second.
    unweighted : bool
        All edges count alike, whatever follows the two nodes on a line.

    Raises
    ------
    UsageError
        A value is not allowed, or has no effect.
    """

    walks: str = KIND.default
    walk_length: int | None = None
    walks_per_node: int | None = None
    p: float | None = None
    q: float | None = None
    directed: bool = False
    unweighted: bool = False

    def __post_init__(self) -> None:
        for option in OPTIONS:
            value = getattr(self, option.name)
            if value is not None:
                object.__setattr__(self, option.name, option.check(value))
        for name in ("p", "q"):
            if getattr(self, name) is not None and self.walks != "node2vec":
                raise UsageError(
                    f"{named(name)} has no effect on {self.walks}; add {choice('walks', 'node2vec')}"
                )
        if self.is_line and self.walk_length is not None:
            raise UsageError(
                f"{named('walk_length')} has no effect on {self.walks}, which draws single edges; "
                "leave it out"
            )
        if self.one_vector and self.directed:
            raise UsageError(
                f"{named('directed', True)} has no effect on line1: first order is that of undirected "
                f"edges, whose ends are alike; leave it out, or choose {choice('walks', 'line2')}"
            )

    @property
    def is_line(self) -> bool:
        """Whether single edges are drawn."""
        return self.walks in _LINES

    @property
    def one_vector(self) -> bool:
        """Whether a node has one vector for both ends of an edge."""
        return self.walks == "line1"

    @property
    def one_way(self) -> bool:
        """Whether the first node of an edge predicts the second, but not the other way around."""
        return self.walks == "line2" and self.directed

    @property
    def same_as_text(self) -> bool:
        """Whether training on the walks as text is the same."""
        return not (self.one_vector or self.one_way)

    @property
    def length(self) -> int:
        """Nodes of a walk that meets no dead end."""
        return 2 if self.is_line else self.walk_length or LENGTH.default

    @property
    def per_node(self) -> int:
        """Walks in an epoch, per node."""
        return self.walks_per_node or (_EDGES_PER_NODE if self.is_line else PER_NODE.default)

    def to_dict(self) -> dict[str, Any]:
        """Return the options that are used, for JSON."""
        values = {"walks": self.walks, "walk_length": self.length, "walks_per_node": self.per_node}
        if self.walks == "node2vec":
            values |= {"p": self.p or 1.0, "q": self.q or 1.0}
        return {**values, "directed": self.directed, "unweighted": self.unweighted}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the options."""
        return tuple(field.name for field in fields(cls))
