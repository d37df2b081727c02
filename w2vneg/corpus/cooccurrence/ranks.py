"""The co-occurrence graph of a corpus of which each of several ranks has counted a part."""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.cooccurrence.graph import Graph
from w2vneg.system.ranks import Ranks

_MOST = np.int64(2**32 - 1)


def sum_of_parts(part: Graph, ranks: Ranks, min_weight: int) -> Graph:
    """Return the graph of the whole corpus; collective.

    Each rank adds up the edges of some rows, which all then receive.

    Parameters
    ----------
    part : Graph
        Of this rank's part, with edges of any weight; no pair of words is in two parts.
    ranks : Ranks
    min_weight : int
        Edges of less weight in the whole are left out.
    """
    size = len(part)
    ranks.meet({})
    rows = np.repeat(np.arange(size), np.diff(part.indptr))
    keys = rows * size + part.ids
    cuts = part.indptr[[size * rank // ranks.size for rank in range(ranks.size + 1)]]
    counts = np.diff(cuts).tolist()
    keys = np.array(ranks.exchange(keys, counts)[0])
    weights = np.array(ranks.exchange(part.weights, counts)[0])
    keys, inverse = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, inverse, weights)
    kept = sums >= min_weight
    keys = np.array(ranks.spread(keys[kept])[0])
    sums = np.array(ranks.spread(sums[kept])[0])
    indptr = np.searchsorted(keys, np.arange(size + 1) * size).astype(np.int64)
    return Graph(
        indptr,
        (keys % size).astype(np.int32),
        np.minimum(sums, _MOST).astype(np.uint32),
        part.window,
        min_weight,
        part.words,
        part.counts,
    )
