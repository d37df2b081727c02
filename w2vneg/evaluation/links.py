"""How well vectors tell the links of a graph from other pairs of nodes.

As many pairs of words that are not linked as there are links are drawn uniformly at random. Both
are scored by cosine and by dot product. AUC and average precision say how far links come before the
other pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, visible
from w2vneg.evaluation.ranking import Ranking
from w2vneg.system.option_names import named
from w2vneg.vectors.vectors import Vectors

#: Up to this many pairs of words, those without a link are listed instead of found by trial.
_LISTED_PAIRS = 1 << 22
_BATCH = 1 << 16

_Ints = npt.NDArray[np.int64]
_Pairs = tuple[_Ints, _Ints]


@dataclass(frozen=True)
class LinkScore:
    """How well vectors tell links from other pairs.

    Attributes
    ----------
    cosine, dot : Ranking
        Links and other pairs ordered by the cosine and by the dot product of their vectors.
    links : int
        Different links that are scored, and as many other pairs.
    unknown : int
        Links left out because a word has no vector, or a zero vector.
    loops : int
        Links of a word with itself, left out.
    repeated : int
        Links that occur more than once, in either direction, counted without the first.
    known : int
        Links left out because they are among the known ones.
    known_links : int
        Different links between two words that are known and so never drawn.
    """

    cosine: Ranking
    dot: Ranking
    links: int
    unknown: int
    loops: int
    repeated: int
    known: int
    known_links: int

    def to_dict(self, resamples: int, seed: int) -> dict[str, Any]:
        """Return scores, 95 % bootstrap intervals and counts for JSON."""
        return {
            "cosine": self.cosine.to_dict(resamples, seed),
            "dot": self.dot.to_dict(resamples, seed),
            "used": self.links,
            "links": self.links + self.unknown + self.loops + self.repeated + self.known,
            "unknown": self.unknown,
            "loops": self.loops,
            "repeated": self.repeated,
            "known": self.known,
            "known_links": self.known_links,
        }


def score_links(
    vectors: Vectors,
    links: Iterable[tuple[str, str]],
    *,
    known: Iterable[tuple[str, str]] = (),
    seed: int = 1,
    name: str = "the links",
) -> LinkScore:
    """Return how well vectors tell links from other pairs.

    Parameters
    ----------
    vectors : Vectors
        All words whose vector is not zero are nodes.
    links : iterable of (str, str)
        Held-out links, read once. Their direction does not matter.
    known : iterable of (str, str)
        Links that the vectors were trained on: they are neither scored nor drawn.
    seed : int
        Seed of the pairs that are drawn.
    name : str
        For messages.

    Raises
    ------
    DataError
        No link can be scored, or fewer pairs than links are not linked.
    """
    nodes = np.flatnonzero(vectors.matrix.any(axis=1))
    position = np.full(len(vectors) + 1, -1, np.int64)  # the last one stands for unknown words
    position[nodes] = np.arange(len(nodes))
    given, unknown, loops = _numbered(vectors, position, links)
    trained, *_ = _numbered(vectors, position, known)
    keys, others = (np.unique(_keys(pairs, len(nodes))) for pairs in (given, trained))
    repeated = len(given[0]) - len(keys)
    linked = np.union1d(keys, others)
    held_out = np.setdiff1d(keys, others, assume_unique=True)
    if not len(held_out):
        raise DataError(f"{name}: {_why_none(vectors, len(keys), unknown, loops)}")
    free = len(nodes) * (len(nodes) - 1) // 2 - len(linked)
    if free < len(held_out):
        raise DataError(
            f"{name}: only {free} pairs of words are not linked, fewer than the {len(held_out)} "
            "links; give fewer links"
        )
    drawn = _draw_pairs(len(nodes), linked, len(held_out), np.random.default_rng(seed))
    rankings = []
    for matrix in (vectors.unit, vectors.matrix):
        scores = [
            _dots(matrix, nodes[keys // len(nodes)], nodes[keys % len(nodes)])
            for keys in (held_out, drawn)
        ]
        rankings.append(Ranking.of(*scores))
    return LinkScore(
        cosine=rankings[0],
        dot=rankings[1],
        links=len(held_out),
        unknown=unknown,
        loops=loops,
        repeated=repeated,
        known=len(keys) - len(held_out),
        known_links=len(others),
    )


def _numbered(
    vectors: Vectors, position: _Ints, links: Iterable[tuple[str, str]]
) -> tuple[_Pairs, int, int]:
    """Return the links between two nodes, by number, and how many are unknown and loops."""
    index = vectors.index
    rows = np.fromiter((index.get(word, -1) for link in links for word in link), np.int64)
    a, b = position[rows[0::2]], position[rows[1::2]]
    is_known = (a >= 0) & (b >= 0)
    is_loop = is_known & (a == b)
    kept = is_known & ~is_loop
    return (a[kept], b[kept]), int((~is_known).sum()), int(is_loop.sum())


def _keys(pairs: _Pairs, nodes: int) -> _Ints:
    """Return one number for each pair, whatever its direction."""
    return np.minimum(*pairs) * nodes + np.maximum(*pairs)


def _why_none(vectors: Vectors, known: int, unknown: int, loops: int) -> str:
    if known:
        return (
            f"all links are among those of {named('known_links')}; hold some out, and train on the "
            "others"
        )
    return (
        f"no link can be scored: {unknown} have a node that is no word of the vectors, {loops} join "
        f"a node to itself; give links between words of the vectors, such as "
        f"{visible(vectors.words[0])!r}"
    )


def _draw_pairs(nodes: int, linked: _Ints, count: int, rng: np.random.Generator) -> _Ints:
    """Return the keys of `count` different pairs without a link, uniformly at random.

    Parameters
    ----------
    nodes : int
    linked : (n,) int64 array
        Keys of the links, ascending, at least one.
    count : int
        At most the number of pairs without a link.
    rng : Generator
    """
    if nodes * (nodes - 1) // 2 <= _LISTED_PAIRS:
        a, b = np.triu_indices(nodes, 1)
        free = np.setdiff1d(a.astype(np.int64) * nodes + b, linked, assume_unique=True)
        return rng.choice(free, count, replace=False)
    found = np.empty(0, np.int64)
    while len(found) < count:
        a, b = rng.integers(0, nodes, (2, max(_BATCH, 2 * (count - len(found)))))
        keys = _keys((a, b), nodes)[a != b]
        # In the order of the draws: the first `count` of them are uniform.
        place = np.minimum(np.searchsorted(linked, keys), len(linked) - 1)
        keys = keys[linked[place] != keys]
        every = np.concatenate([found, keys])
        found = every[np.sort(np.unique(every, return_index=True)[1])]
    return found[:count]


def _dots(matrix: npt.NDArray[np.float32], a: _Ints, b: _Ints) -> npt.NDArray[np.float64]:
    """Return the dot products of pairs of rows, computed in float64."""
    result = np.empty(len(a))
    for low in range(0, len(a), _BATCH):
        left, right = (matrix[rows[low : low + _BATCH]].astype(np.float64) for rows in (a, b))
        result[low : low + _BATCH] = np.einsum("ij,ij->i", left, right)
    return result
