"""From the co-occurrence graph of the corpus, a distribution for each center word.

GNEG: Graph-Based Negative Sampling for word2vec (Zhang and Zweigenbaum, ACL 2018). Negatives
depend on the center word, the one that is predicted: see `w2vneg.samplers.proposals.gneg.rows` for the
distributions. Words beyond the graph, or without any neighbour in it, draw from the unigram noise;
these draws are counted as fallbacks. `mix` is the share of unigram draws that are wanted.

Two differences from the authors' code: words outside the graph stay in the vocabulary (there it
was cut to the 10,000 words of the graph), and a walk with power 1 is walked instead of tabulated.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.cooccurrence.graph import Graph, build_graph
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities, draw_alias
from w2vneg.kernel.hooks import implement, learn, propose
from w2vneg.kernel.jit import device
from w2vneg.kernel.rng import below, high_half, low_half, next_word
from w2vneg.samplers.context import Material
from w2vneg.samplers.proposals.gneg.rows import (
    Rows,
    adjacency_rows,
    difference_rows,
    smoothed_rows,
    walk_power_rows,
    without_loops,
)
from w2vneg.samplers.proposals.unigram import unigram_cells
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress

SOURCE = "Zhang and Zweigenbaum, ACL 2018"
#: Draws from the base before a word is given up; at the least acceptance, 1/4, one in 10^8 is.
_TRIES = 64


class Gneg(NamedTuple):
    """State of the proposal."""

    rows: Rows
    steps: int  # alias draws one after the other
    mix: np.uint64  # share of the unigram noise times 2^32
    unigram: np.ndarray  # (V, 2) uint32 alias table


def build(material: Material) -> Gneg:
    """Make the proposal, building the graph or reading it from ``--gneg-graph``.

    Raises
    ------
    UsageError
        If the graph in the file is of other words or was counted with other options.
    DataError
        If the file is damaged.
    Interrupted
        If asked to stop.
    """
    config = material.config
    rows, steps = noise_rows(_graph_for(material), config, material.progress, material.stop)
    mix = np.uint64(round(config.gneg_lambda * 2**32))
    return Gneg(rows, steps, mix, unigram_cells(material.counts, config.alpha))


def _graph_for(material: Material) -> Graph:
    config = material.config
    if config.gneg_graph is None:
        assert material.corpus is not None, "gneg counts the corpus"
        return build_graph(
            material.corpus,
            window=config.gneg_window,
            vocab=config.gneg_vocab,
            min_weight=config.gneg_min_weight,
            threads=config.threads,
            progress=material.progress,
            stop=material.stop,
        )
    graph = Graph.load(config.gneg_graph)
    if material.corpus is not None:
        graph.check_vocabulary(material.corpus.vocabulary)
    defaults = TrainConfig()
    for name, value in (("gneg_window", graph.window), ("gneg_min_weight", graph.min_weight)):
        asked = getattr(config, name)
        if asked not in (value, getattr(defaults, name)):
            raise UsageError(
                f"--{name.replace('_', '-')} {asked}: {config.gneg_graph} was counted with {value}; "
                "leave the option out or build another graph"
            )
    return graph


def noise_rows(
    graph: Graph, config: TrainConfig, progress: Progress, stop: StopFlag
) -> tuple[Rows, int]:
    """Return the tables of the family that `config` names and how many draws a walk takes."""
    power = config.gneg_power
    if config.gneg_family == "adjacency":
        return adjacency_rows(graph, power), 1
    if config.gneg_family == "smoothed":
        return smoothed_rows(graph, power), 1
    if config.gneg_family == "difference":
        return difference_rows(graph, power), 1
    steps, threads = config.gneg_steps, config.threads or processors()
    if not config.gneg_self_loops:
        graph = without_loops(graph)
    if steps == 1 or power == 1:
        return adjacency_rows(graph, power), steps
    return walk_power_rows(graph, power, steps, config.gneg_keep, threads, progress, stop), 1


def row_probabilities(rows: Rows, steps: int, word: int) -> np.ndarray:
    """Return the exact distribution of a word's draws, (n,) float64, as `noise_rows` made it.

    All zero for a word that has no row.
    """
    result = np.zeros(len(rows.share))
    if word >= len(result):
        return result
    result[word] = 1.0
    for _ in range(steps):
        ended = result
        result = np.zeros(len(result))
        for start in np.flatnonzero(ended):
            result += ended[start] * _one_step(rows, int(start))
    return result


def _one_step(rows: Rows, word: int) -> np.ndarray:
    cells = rows.cells[rows.first[word] : rows.first[word + 1]]
    table = np.zeros(len(rows.share))
    if not len(cells):
        return table
    keep = cells[:, 0] / 2.0**32
    np.add.at(table, cells[:, 1], keep / len(cells))
    np.add.at(table, cells[:, 2], (1 - keep) / len(cells))
    share = float(rows.share[word]) / 2.0**32
    if share == 1:
        return table
    base = alias_probabilities(rows.base)
    if rows.reject:
        base[cells[:, 1]] = 0
        base /= base.sum()
    return share * table + (1 - share) * base


@device
def _in_row(cells, low, high, word):
    """Is `word` among the ascending words of the cells `low` to `high`?"""
    end = high
    while low < high:
        middle = (low + high) // 2
        if np.int64(cells[middle, 1]) < word:
            low = middle + 1
        else:
            high = middle
    return low < end and np.int64(cells[low, 1]) == word


@device
def _draw_row(rows, word, rng):
    """Draw from a word's row; -1 where it has none or the base gave only words of the table."""
    begin, end = rows.first[word], rows.first[word + 1]
    if begin == end:
        return np.int64(-1)
    share = rows.share[word]
    if share >> np.uint64(32) or high_half(next_word(rng)) < share:
        bits = next_word(rng)
        cell = begin + below(bits, end - begin)
        # Selected, not branched on: the comparison is a coin toss.
        own, other = np.int64(rows.cells[cell, 1]), np.int64(rows.cells[cell, 2])
        return own if low_half(bits) < np.uint64(rows.cells[cell, 0]) else other
    for _ in range(_TRIES):
        drawn = draw_alias(rows.base, rng)
        if not rows.reject or not _in_row(rows.cells, begin, end, drawn):
            return drawn
    return np.int64(-1)


@implement(propose, Gneg)
def _propose(state, rng, center, out, count):
    fallbacks = 0
    known = center < state.rows.share.size
    for n in range(count):
        word = np.int64(-1)
        mixed = state.mix > np.uint64(0) and high_half(next_word(rng)) < state.mix
        if known and not mixed:
            word = np.int64(center)
            for _ in range(state.steps):
                word = _draw_row(state.rows, word, rng)
                if word < 0:
                    break
        if word < 0:
            word = draw_alias(state.unigram, rng)
            fallbacks += not mixed
        out[n] = word
    return fallbacks


@implement(learn, Gneg)
def _learn(state, rng, scratch, contexts, candidates, lr, progress):
    pass


def report(forks: list[Any]) -> dict[str, Any]:
    """Return the size of the tables."""
    rows = forks[0].rows
    return {"graph_words": len(rows.share), "table_cells": len(rows.cells)}
