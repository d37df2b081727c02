"""Compiled drawing of walks: a walk is a function of the graph, the options, a key and its number.

Each walk has a random generator of its own, seeded from its number, so that the same walks come out
whatever thread draws them and however many at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.graphs.rows import Rows
from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.rng import below, low_half, next_word, uniform

DEEPWALK, NODE2VEC, EDGES = 0, 1, 2

#: Rejected candidates after which a step is drawn from its distribution computed in full.
_TRIES = 64
_FULL = 4294967296.0
_27, _30, _31 = (np.uint64(n) for n in (27, 30, 31))
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Walking(NamedTuple):
    """How walks are drawn.

    Attributes
    ----------
    rows : Rows
    kind : int
        `DEEPWALK`, `NODE2VEC` or `EDGES`.
    length : int
        Nodes of a walk.
    stride : int
        Walks start at every node in turn, this far apart, without a common divisor with N.
    back, far : float
        1 / p and 1 / q: weights of a step back, and of one away from the node before.
    ends : (N, 2) uint32 array
        Alias table of the nodes by degree for `EDGES`; (0, 2) otherwise.
    ids : (N,) int32 array
        What a node is called in the walks; -1: it is left out of them.
    """

    rows: Rows
    kind: int
    length: int
    stride: int
    back: float
    far: float
    ends: np.ndarray
    ids: np.ndarray


@device
def _mixed(word):
    """Return 64 bits that look random (the finalizer of SplitMix64)."""
    word = (word ^ (word >> _30)) * _MIX_1
    word = (word ^ (word >> _27)) * _MIX_2
    return word ^ (word >> _31)


@device
def seed_walk(rng, key, number):
    """Set the four words of a generator for a walk."""
    word = _mixed(key ^ _mixed(np.uint64(number) + _GOLDEN))
    for i in range(4):
        word += _GOLDEN
        rng[i] = _mixed(word)


@device
def neighbor(rows, node, rng):
    """Return a random neighbor of a node that has some."""
    begin = rows.begin[node]
    word = next_word(rng)
    at = begin + below(word, rows.begin[node + 1] - begin)
    if rows.cells.shape[0] > 0 and low_half(word) >= np.uint64(rows.cells[at, 0]):
        at = begin + np.int64(rows.cells[at, 1])
    return np.int64(rows.ids[at])


@device
def is_edge(rows, source, target):
    """Return whether there is an edge, by binary search."""
    low = rows.begin[source]
    high = rows.begin[source + 1]
    while low < high:
        middle = (low + high) >> 1
        if rows.ids[middle] < target:
            low = middle + 1
        else:
            high = middle
    return low < rows.begin[source + 1] and rows.ids[low] == target


@device
def _bias(walking, previous, other):
    """Return the weight that node2vec gives a step to `other` after `previous`."""
    if other == previous:
        return walking.back
    return 1.0 if is_edge(walking.rows, previous, other) else walking.far


@device
def _biased_exactly(walking, previous, node, rng):
    """Draw a step by the weights of all neighbors."""
    rows = walking.rows
    begin = rows.begin[node]
    end = rows.begin[node + 1]
    weighted = rows.cells.shape[0] > 0
    total = 0.0
    left = 0.0
    # The first round adds up the weights, the second finds where a share of the sum is reached. A
    # row of an alias table stands for two outcomes.
    for search in range(2):
        for at in range(begin, end):
            share = 1.0
            if weighted:
                share = np.float64(rows.cells[at, 0]) / _FULL
            first = share * _bias(walking, previous, np.int64(rows.ids[at]))
            second = 0.0
            other = at
            if weighted:
                other = begin + np.int64(rows.cells[at, 1])
                second = (1.0 - share) * _bias(walking, previous, np.int64(rows.ids[other]))
            if search == 0:
                total += first + second
            else:
                left -= first
                if left < 0:
                    return np.int64(rows.ids[at])
                left -= second
                if left < 0:
                    return np.int64(rows.ids[other])
        left = uniform(rng) * total
    return np.int64(rows.ids[end - 1])


@device
def biased_neighbor(walking, previous, node, rng):
    """Draw a step of node2vec from `node`, where the walk came from `previous`.

    Candidates are drawn as if unbiased and accepted in proportion to their bias, which gives the
    exact distribution (KnightKing: Yang et al., SOSP 2019). Where many are rejected in a row, the
    rest of the distribution is the same, so that it may be computed in full.
    """
    rows = walking.rows
    if rows.begin[node + 1] - rows.begin[node] == 1:
        return np.int64(rows.ids[rows.begin[node]])
    most = max(1.0, walking.back, walking.far)
    least = min(1.0, walking.far)
    greatest = max(1.0, walking.far)
    for _ in range(_TRIES):
        other = neighbor(rows, node, rng)
        mark = uniform(rng) * most
        if other == previous:
            if mark < walking.back:
                return other
        elif mark < least:
            return other
        elif mark < greatest and is_edge(rows, previous, other) == (walking.far < 1.0):
            # Between both weights: only the heavier kind is accepted.
            return other
    return _biased_exactly(walking, previous, node, rng)


@kernel
def draw_walks(walking, key, first, last, rng, tokens, starts):
    """Draw walks.

    Parameters
    ----------
    walking : Walking
    key : uint64
        Of an epoch.
    first, last : int
        Their numbers, `last` excluded.
    rng : (4,) uint64 array
        Scratch.
    tokens : int32 array
        Modified in place: the walks, one after the other; room for ``length`` nodes each.
    starts : (last - first + 1,) int64 array
        Modified in place: where they begin.

    Returns
    -------
    int
        Nodes in all walks.
    """
    rows = walking.rows
    nodes = rows.begin.size - 1
    count = 0
    for number in range(first, last):
        starts[number - first] = count
        seed_walk(rng, key, number)
        if walking.kind == EDGES:
            node = draw_alias(walking.ends, rng)
        else:
            turn = number // nodes
            offset = below(_mixed(key ^ np.uint64(turn)), nodes)
            node = ((number % nodes) * walking.stride + offset) % nodes
        previous = np.int64(-1)
        for step in range(walking.length):
            if walking.ids[node] >= 0:
                tokens[count] = walking.ids[node]
                count += 1
            if step + 1 == walking.length or rows.begin[node] == rows.begin[node + 1]:
                break
            if walking.kind == NODE2VEC and previous >= 0:
                following = biased_neighbor(walking, previous, node, rng)
            else:
                following = neighbor(rows, node, rng)
            previous = node
            node = following
    starts[last - first] = count
    return count


@kernel
def count_nodes(tokens, count, counts):
    """Add the occurrences of nodes in ``tokens[:count]`` to `counts`, (N,) int64."""
    for i in range(count):
        counts[tokens[i]] += 1


@kernel
def write_walks(tokens, starts, walks, names, ends, text):
    """Write walks as lines of names with blanks between them; return the number of bytes.

    Parameters
    ----------
    tokens, starts
        As `draw_walks` sets them.
    walks : int
    names : uint8 array
        The names by id, each followed by one byte.
    ends : (V,) int64 array
        Where each name ends.
    text : uint8 array
        Modified in place.
    """
    to = 0
    for walk in range(walks):
        for i in range(starts[walk], starts[walk + 1]):
            name = tokens[i]
            begin = 0
            if name > 0:
                begin = ends[name - 1] + 1
            if i > starts[walk]:
                text[to] = 32
                to += 1
            for k in range(begin, ends[name]):
                text[to] = names[k]
                to += 1
        text[to] = 10
        to += 1
    return to
