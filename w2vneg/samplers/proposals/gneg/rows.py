"""A noise distribution for each word of a graph, as alias tables with a shared base distribution.

The families are those of GNEG (Zhang and Zweigenbaum, ACL 2018) as its authors' code computes
them, with A the co-occurrence matrix, S = A with rows normalized to sum 1, P the words' relative
frequencies and p the power:

adjacency
    A_ij^p over the neighbors of i.
smoothed
    The same, with the smallest positive entry of row A_i for all words that are not neighbors.
difference
    (P_j - S_ij)^p over all words; negative entries become the smallest non-negative value of the
    row.
walk
    ((S^t)_ij)^p: the end points of walks of t steps.

A full table for each of n words has n^2 cells. Here a row holds only its neighbors; all other
words share one table, the base, from which words that are not neighbors are drawn by rejection.
The resulting distribution is the same. Only a walk of two or more steps with a power other than 1
is approximated: beyond the `keep` most likely end points of a row, the remaining mass (itself
exact) is spread in proportion to degree^p, to which long walks converge.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from w2vneg.corpus.cooccurrence.graph import Graph
from w2vneg.kernel.alias import build_alias, fill_alias
from w2vneg.kernel.jit import device, kernel
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import check_memory
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress
from w2vneg.system.threads import run_threads

#: Rows whose draws from the base would be accepted less often than this get a full table.
_LEAST_ACCEPTANCE = 0.25
_BLOCK_EDGES = 1 << 21
#: Up to this power, no weight (below 2^32) or sum of weights leaves the range of float64.
_SAFE_POWER = 8.0


class Rows(NamedTuple):
    """The noise distributions of the n words of a graph.

    A draw for word i comes from its table with probability ``share[i] / 2^32``, else from the base;
    with `reject` the base gives only words that are not in the table.
    """

    first: np.ndarray  # (n + 1,) int64, cells of word i are first[i] to first[i + 1]
    cells: np.ndarray  # (cells, 3) uint32: threshold, word, other word; words ascend in a row
    share: np.ndarray  # (n,) uint64; 2^32: always
    base: np.ndarray  # (n, 2) uint32 alias table
    reject: int
    members: np.ndarray = np.empty(0, np.uint8)  # bits by row and word (`members`); empty: none


@kernel
def alias_rows(first, ids, values, cells, pairs, queue):
    """Build the alias table of each row.

    Parameters
    ----------
    first : (rows + 1,) int64 array
        Row r is elements ``first[r]`` to ``first[r + 1]`` of the other arrays.
    ids : int array
        Outcomes.
    values : float64 array
        Non-negative weights; modified in place. A row whose weights are all 0 gets a table that
        must not be drawn from.
    cells : (n, 3) uint32 array
        Modified in place: the tables (see `Rows`).
    pairs, queue : (longest, 2) uint32, (longest,) int64 arrays
        Scratch.
    """
    for row in range(first.size - 1):
        begin, end = first[row], first[row + 1]
        count = end - begin
        total = 0.0
        for i in range(begin, end):
            total += values[i]
        if total > 0:
            for i in range(begin, end):
                values[i] *= count / total
        fill_alias(values[begin:end], pairs[:count], queue[:count])
        for i in range(count):
            cells[begin + i, 0] = pairs[i, 0]
            cells[begin + i, 1] = ids[begin + i]
            cells[begin + i, 2] = ids[begin + np.int64(pairs[i, 1])]


@device
def is_in_row(ids, low, high, word):
    """Return whether `word` is among the ascending ``ids[low:high]``."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if ids[middle] < word:
            low = middle + 1
        else:
            high = middle
    return low < end and ids[low] == word


@kernel
def first_outside(first, ids, order, out):
    """For each row, set `out` to the first word of `order` that is not in the row, or -1."""
    for row in range(first.size - 1):
        out[row] = -1
        # A row of d words can hold at most the first d of the order.
        for i in range(min(order.size, first[row + 1] - first[row] + 1)):
            if not is_in_row(ids, first[row], first[row + 1], order[i]):
                out[row] = order[i]
                break


@kernel
def walk_rows(first, ids, probabilities, low, high, steps, ends, other):
    """Compute rows of a power of the transition matrix.

    Parameters
    ----------
    first, ids, probabilities : (n + 1,) int64, (edges,) int32, (edges,) float64 arrays
        The transition matrix in CSR form.
    low, high : int
        Range of rows, `high` excluded.
    steps : int
        The power, at least 1.
    ends : (at least high - low, n) float64 array
        Modified in place: the probabilities of the end points.
    other : (n,) float64 array
        Scratch.
    """
    for row in range(low, high):
        here = ends[row - low]
        for word in range(other.size):
            here[word] = 0
        for edge in range(first[row], first[row + 1]):
            here[ids[edge]] = probabilities[edge]
        for _ in range(steps - 1):
            for word in range(other.size):
                other[word] = here[word]
                here[word] = 0
            for word in range(other.size):
                mass = other[word]
                if mass > 0:
                    for edge in range(first[word], first[word + 1]):
                        here[ids[edge]] += mass * probabilities[edge]


def _blocks(first: np.ndarray) -> list[tuple[int, int]]:
    """Split rows into ranges of about `_BLOCK_EDGES` cells."""
    cuts = np.searchsorted(first, np.arange(0, first[-1] + 1, _BLOCK_EDGES), side="left")
    cuts = np.unique(np.concatenate([[0], cuts, [len(first) - 1]]))
    return list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))


def _fill_tables(
    lengths: np.ndarray, block: Callable[[int, int], tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Build alias rows of given lengths from ``block(low, high) -> (ids, values)``.

    Returns (first, cells, mass of each row).
    """
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    check_memory(
        12 * int(first[-1]), f"{first[-1]:,} cells of noise tables", f"lower {named('gneg_vocab')}"
    )
    cells = np.empty((int(first[-1]), 3), np.uint32)
    mass = np.zeros(len(lengths))
    longest = int(lengths.max(initial=0))
    pairs, queue = np.empty((longest, 2), np.uint32), np.empty(longest, np.int64)
    for low, high in _blocks(first):
        ids, values = block(low, high)
        own = first[low : high + 1] - first[low]
        row = np.repeat(np.arange(high - low), np.diff(own))
        mass[low:high] = np.bincount(row, values, high - low)
        alias_rows(own, ids, values, cells[first[low] : first[high]], pairs, queue)
    return first, cells, mass


def _edges(graph: Graph, low: int, high: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (row within the block, id, weight) of the edges of the rows `low` to `high`."""
    part = slice(graph.indptr[low], graph.indptr[high])
    row = np.repeat(np.arange(high - low), np.diff(graph.indptr[low : high + 1]))
    return row, graph.ids[part], graph.weights[part].astype(np.float64)


def _full_share(mass: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return the probability of the table, mass / (mass + rest), times 2^32."""
    total = mass + rest
    share = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
    return np.round(share * 2.0**32).astype(np.uint64)


def _row_scales(graph: Graph, power: float) -> np.ndarray:
    """Return the divisor of each row before exponentiation: its largest weight, or 1 if safe.

    Rows are normalized afterwards, so their scale does not matter as long as nothing overflows.
    """
    scales = np.ones(len(graph))
    filled = np.diff(graph.indptr) > 0
    if power > _SAFE_POWER and filled.any():
        scales[filled] = np.maximum.reduceat(graph.weights, graph.indptr[:-1][filled])
    return scales


def without_loops(graph: Graph) -> Graph:
    """Return the graph without self-loops."""
    row = np.repeat(np.arange(len(graph)), np.diff(graph.indptr))
    keep = graph.ids != row
    lengths = np.bincount(row[keep], minlength=len(graph))
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return replace(graph, indptr=indptr, ids=graph.ids[keep], weights=graph.weights[keep])


def adjacency_rows(graph: Graph, power: float) -> Rows:
    """Return the adjacency distributions: A_ij^p over the neighbors."""
    scales = _row_scales(graph, power)

    def block(low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        row, ids, weights = _edges(graph, low, high)
        return ids, (weights / scales[low:high][row]) ** power

    first, cells, mass = _fill_tables(np.diff(graph.indptr), block)
    share = _full_share(mass, np.zeros(len(mass)))
    return Rows(first, cells, share, np.zeros((0, 2), np.uint32), 0)


def smoothed_rows(graph: Graph, power: float) -> Rows:
    """Return the smoothed distributions: a uniform base, plus the excess of the neighbors."""
    size = len(graph)
    lengths = np.diff(graph.indptr)
    filled = lengths > 0
    least = np.zeros(size)
    least[filled] = np.minimum.reduceat(graph.weights, graph.indptr[:-1][filled])
    scales = _row_scales(graph, power)
    floor = np.where(filled, (least / scales) ** power, 0.0)

    def block(low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        row, ids, weights = _edges(graph, low, high)
        powered = (weights / scales[low:high][row]) ** power
        return ids, np.maximum(powered - floor[low:high][row], 0)

    first, cells, mass = _fill_tables(lengths, block)
    return Rows(first, cells, _full_share(mass, size * floor), build_alias(np.ones(size)), 0)


def difference_rows(graph: Graph, power: float) -> Rows:
    """Return the difference distributions."""
    size = len(graph)
    frequency = graph.counts / graph.counts.sum()
    powered = frequency**power
    degrees = graph.degrees()
    lengths = np.diff(graph.indptr)
    outside = np.empty(size, np.int64)
    order = np.argsort(frequency, kind="stable")
    first_outside(graph.indptr, graph.ids, order, outside)
    # The row's smallest non-negative value: that of a word outside, or of a neighbor.
    floor = np.where(outside >= 0, frequency[outside], np.inf)
    rest = np.full(size, powered.sum())
    for low, high in _blocks(graph.indptr):
        row, ids, weights = _edges(graph, low, high)
        gap = frequency[ids] - weights / degrees[low:high][row]
        np.minimum.at(floor[low:high], row, np.where(gap >= 0, gap, np.inf))
        rest[low:high] -= np.bincount(row, powered[ids], high - low)
    floor[np.isinf(floor)] = 0
    rest[lengths == size] = 0
    rest = np.maximum(rest, 0)
    full = (rest < _LEAST_ACCEPTANCE * powered.sum()) | (lengths > size // 2)
    full &= lengths > 0
    all_ids = np.arange(size)

    def block(low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        ids_of, values_of = [], []
        row, ids, weights = _edges(graph, low, high)
        gap = frequency[ids] - weights / degrees[low:high][row]
        own = graph.indptr[low : high + 1] - graph.indptr[low]
        for r in range(high - low):
            part = slice(own[r], own[r + 1])
            if full[low + r]:
                values = frequency.copy()
                values[ids[part]] = gap[part]
                ids_of.append(all_ids)
            else:
                values = gap[part]
                ids_of.append(ids[part])
            values_of.append(np.maximum(values, floor[low + r]) ** power)
        return np.concatenate(ids_of), np.concatenate(values_of)

    first, cells, mass = _fill_tables(np.where(full, size, lengths), block)
    share = _full_share(mass, np.where(full, 0, rest))
    return Rows(first, cells, share, build_alias(powered), 1)


def walk_power_rows(
    graph: Graph,
    power: float,
    steps: int,
    keep: int,
    threads: int,
    progress: Progress,
    stop: StopFlag,
) -> Rows:
    """Return the distributions of the end points of walks, raised to a power.

    Parameters
    ----------
    graph : Graph
    power : float
    steps : int
        Steps per walk.
    keep : int
        Exact entries kept per word; the rest of the mass goes to the base.
    threads : int
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    ResourceError
        If the tables do not fit into memory.
    Interrupted
        If `stop` was set.
    """
    if not graph.ids.size:
        # Without edges there are no walks, and degrees of zero do not define a base.
        return adjacency_rows(graph, power)
    size = len(graph)
    degrees = graph.degrees()
    lengths = np.diff(graph.indptr)
    steps_of = graph.weights / np.repeat(degrees, lengths)
    scaled = power > _SAFE_POWER
    base = (degrees / degrees.max() if scaled else degrees) ** power * (degrees > 0)
    entries: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0), np.empty(0))] * size
    rest = np.zeros(size)
    height = max(1, min(64, _BLOCK_EDGES // size))
    pending = list(range(0, size, height))[::-1]
    lock = threading.Lock()
    failed = threading.Event()
    done = [0]

    def row_of(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        if scaled:
            ends = ends / (ends.max() or 1.0)
        powered = np.where(ends > 0, ends**power, 0.0)
        support = np.flatnonzero(powered)
        if len(support) <= keep:
            return support, powered[support], 0.0
        chosen = support[np.argpartition(powered[support], len(support) - keep)[-keep:]]
        if base[chosen].sum() > (1 - _LEAST_ACCEPTANCE) * base.sum():
            return support, powered[support], 0.0
        chosen.sort()
        return chosen, powered[chosen], float(powered.sum() - powered[chosen].sum())

    def work() -> None:
        ends, other = np.empty((height, size)), np.empty(size)
        try:
            while not (stop.is_set or failed.is_set()):
                with lock:
                    if not pending:
                        return
                    low = pending.pop()
                high = min(low + height, size)
                walk_rows(graph.indptr, graph.ids, steps_of, low, high, steps, ends, other)
                for row in range(low, high):
                    ids, values, rest[row] = row_of(ends[row - low])
                    entries[row] = ids.astype(np.int32), values
                with lock:
                    done[0] += high - low
        except BaseException:
            failed.set()
            raise

    progress.start("computing walks on the graph", size, "words")
    try:
        run_threads([work] * threads, lambda: progress.update(done[0]), cancel=failed.set)
    finally:
        progress.finish()
    stop.check("computing walks on the graph")

    def block(low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        ids, values = zip(*entries[low:high], strict=True)
        return np.concatenate(ids), np.concatenate(values)

    lengths = np.array([len(ids) for ids, _ in entries])
    first, cells, mass = _fill_tables(lengths, block)
    return Rows(first, cells, _full_share(mass, rest), build_alias(base), 1)
