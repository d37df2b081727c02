"""Compiled building of a graph's rows: the neighbors of each node, ascending, duplicates merged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.alias import fill_alias
from w2vneg.kernel.jit import kernel


class Rows(NamedTuple):
    """The neighbors of each node, as the kernels read them.

    Attributes
    ----------
    begin : (N + 1,) int64 array
        The neighbors of node v are ``ids[begin[v] : begin[v + 1]]``.
    ids : (E,) int32 array
        Ascending in each row.
    cells : (E, 2) uint32 array
        An alias table for each row; (0, 2) where all neighbors are alike.
    """

    begin: np.ndarray
    ids: np.ndarray
    cells: np.ndarray


@kernel
def count_ends(source, target, both, leaving, entering):
    """Add the edges of each node to `leaving` and `entering`, (N,) int64; loops do not count.

    Parameters
    ----------
    source, target : (E,) int32 arrays
    both : bool
        Each edge counts in both directions.
    leaving, entering : (N,) int64 arrays
        Modified in place.

    Returns
    -------
    int
        Number of loops.
    """
    loops = 0
    for e in range(source.size):
        u, v = source[e], target[e]
        if u == v:
            loops += 1
            continue
        leaving[u] += 1
        entering[v] += 1
        if both:
            leaving[v] += 1
            entering[u] += 1
    return loops


@kernel
def sort_by_target(source, target, weights, both, next_at, ids, values):
    """Write the sources of edges where `next_at` says, which is advanced.

    Parameters
    ----------
    source, target : (E,) int32 arrays
    weights : (E,) float32 array, or empty
    both : bool
        Also the other way around.
    next_at : (N,) int64 array
        Where the next source of each target goes; advanced in place.
    ids : int32 array
        Modified in place: the sources.
    values : float32 array, or empty
        Modified in place: the weights.
    """
    for e in range(source.size):
        u, v = source[e], target[e]
        if u == v:
            continue
        at = next_at[v]
        next_at[v] = at + 1
        ids[at] = u
        if weights.size > 0:
            values[at] = weights[e]
        if both:
            at = next_at[u]
            next_at[u] = at + 1
            ids[at] = v
            if weights.size > 0:
                values[at] = weights[e]


@kernel
def sort_by_source(begin, sources, values_by_target, next_at, ids, values):
    """Write the targets of edges, given by target, in ascending order to the row of their source.

    Parameters
    ----------
    begin : (N + 1,) int64 array
        The sources of target v are ``sources[begin[v] : begin[v + 1]]``.
    sources : (E,) int32 array
    values_by_target : (E,) float32 array, or empty
    next_at, ids, values
        As for `sort_by_target`, by source.
    """
    for v in range(begin.size - 1):
        for e in range(begin[v], begin[v + 1]):
            u = sources[e]
            at = next_at[u]
            next_at[u] = at + 1
            ids[at] = v
            if values_by_target.size > 0:
                values[at] = values_by_target[e]


@kernel
def merge_duplicates(begin, ids, values):
    """Merge equal neighbors in each row, whose weights add up; return how many entries are left.

    Parameters
    ----------
    begin : (N + 1,) int64 array
        Modified in place.
    ids : (E,) int32 array
        Ascending in each row; modified in place.
    values : (E,) float32 array, or empty
        Modified in place.
    """
    to = 0
    at = 0
    for v in range(begin.size - 1):
        first = to
        end = begin[v + 1]
        while at < end:
            same = to > first and ids[to - 1] == ids[at]
            if same:
                if values.size > 0:
                    values[to - 1] += values[at]
            else:
                ids[to] = ids[at]
                if values.size > 0:
                    values[to] = values[at]
                to += 1
            at += 1
        begin[v + 1] = to
    return to


@kernel
def fill_cells(begin, values, shares, queue, cells):
    """Fill the alias table of each row from its weights.

    Parameters
    ----------
    begin : (N + 1,) int64 array
    values : (E,) float32 array
        Weights, positive and finite.
    shares : float64 array
        Scratch, as long as the longest row.
    queue : int64 array
        Scratch, as long as the longest row.
    cells : (E, 2) uint32 array
        Modified in place.
    """
    for v in range(begin.size - 1):
        first = begin[v]
        size = begin[v + 1] - first
        total = 0.0
        for i in range(size):
            total += np.float64(values[first + i])
        for i in range(size):
            shares[i] = np.float64(values[first + i]) * size / total
        fill_alias(shares[:size], cells[first : first + size], queue[:size])
