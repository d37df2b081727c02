"""A noise distribution for each center word, from the co-occurrence graph of the corpus.

GNEG: Graph-Based Negative Sampling for word2vec (Zhang and Zweigenbaum, ACL 2018). Negatives
depend on the center word, which is the one predicted; the distributions are described in
`w2vneg.samplers.proposals.gneg.rows`. Words outside the graph, or without a neighbor in it, draw
from the unigram noise; these draws are counted as fallbacks, unlike the intended share of unigram
draws (`mix`).

Two differences from the authors' code: words outside the graph stay in the vocabulary (theirs is
limited to the 10,000 words of the graph), and a walk with power 1 is simulated step by step instead
of tabulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.corpus.cooccurrence.graph import Graph, build_graph
from w2vneg.corpus.cooccurrence.ranks import sum_of_parts
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities, build_alias, draw_alias
from w2vneg.kernel.hooks import expect, implement, propose
from w2vneg.kernel.rng import chance, high_half, next_word
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.gneg.ahead import (
    MOST_STEPS,
    Ahead,
    expect_draws,
    make_ahead,
    propose_draws,
    start_draw,
)
from w2vneg.samplers.proposals.gneg.members import with_members
from w2vneg.samplers.proposals.gneg.rows import (
    Rows,
    adjacency_rows,
    difference_rows,
    smoothed_rows,
    walk_power_rows,
    without_loops,
)
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells, unigram_weights
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress

FAMILY = Option(
    "gneg_family",
    "smoothed",
    "adjacency: neighbors by edge weight; smoothed: the same, with all other words weighted like the "
    "weakest neighbor; difference: frequent words that rarely occur near the word; walk: end "
    "points of random walks.",
    choices=("adjacency", "smoothed", "difference", "walk"),
)
WINDOW = Option(
    "gneg_window",
    5,
    "Link words less than this many positions apart, as in the paper (2: adjacent words).",
    2,
    100,
)
POWER = Option(
    "gneg_power", 0.25, "Exponent applied to every entry before a row is normalized.", 0, 100
)
STEPS = Option("gneg_steps", 2, "Steps per random walk.", 1, MOST_STEPS)
SELF_LOOPS = Option(
    "gneg_self_loops",
    False,
    "Let a walk stay at a word, in proportion to how often the word occurs near itself.",
)
KEEP = Option(
    "gneg_keep",
    1000,
    "Exact entries kept per word for a walk with a power other than 1; the rest of the mass is "
    "spread in proportion to degree^power.",
    1,
    1_000_000,
)
OUTSIDE = Option(
    "gneg_outside",
    "none",
    "Words outside the graph as negatives of words inside: never (none), or as often as the unigram "
    "noise draws them (unigram).",
    choices=("none", "unigram"),
)
LAMBDA = Option("gneg_lambda", 0.0, "Share of draws from the unigram noise.", 0, 1)
VOCAB = Option(
    "gneg_vocab",
    10_000,
    "Build the graph of the N most frequent words; others draw from the unigram noise.",
    2,
    2**31 - 1,
)
MIN_WEIGHT = Option("gneg_min_weight", 1, "Ignore edges with fewer co-occurrences.", 1, 2**31 - 1)
GRAPH: Option[str | None] = Option(
    "gneg_graph",
    None,
    "Read the graph from this file (written by w2vneg graph -o) instead of building it.",
    kind=str,
    is_path=True,
)


class Gneg(NamedTuple):
    """State of the proposal."""

    rows: Rows
    steps: int  # consecutive alias draws
    mix: np.uint64  # share of the unigram noise times 2^32
    unigram: np.ndarray  # (V, 2) uint32 alias table
    beyond: np.uint64  # share of words outside the graph times 2^32
    outside: np.ndarray  # (V - n, 2) uint32 alias table of these, by unigram noise
    ahead: Ahead  # this thread's


def build(context: SamplerContext) -> Gneg:
    """Return the state of the proposal; the graph is built, or read from ``--gneg-graph``.

    Raises
    ------
    UsageError
        If the graph in the file has another vocabulary or was built with other options.
    DataError
        If the file is damaged.
    ResourceError
        If the graph or the tables do not fit into memory.
    Interrupted
        If ``context.stop`` was set.
    """
    rows, steps = noise_rows(graph_for(context), context.config, context.progress, context.stop)
    mix = chance(context[LAMBDA])
    weights = unigram_weights(context.counts, context[NS_EXPONENT])
    left = weights[len(rows.share) :]
    share, outside = 0.0, np.zeros((1, 2), np.uint32)
    if context[OUTSIDE] == "unigram" and left.any():
        share, outside = float(left.sum() / weights.sum()), build_alias(left)
    return Gneg(
        with_members(rows),
        steps,
        mix,
        unigram_cells(context.counts, context[NS_EXPONENT]),
        chance(share),
        outside,
        make_ahead(0),
    )


def graph_for(context: SamplerContext) -> Graph:
    """Return the graph of a training: counted, or read from ``--gneg-graph``.

    Raises
    ------
    UsageError
        If the graph in the file has another vocabulary or was built with other options.
    DataError
        If the file is damaged.
    ResourceError
        If the graph does not fit into memory.
    Interrupted
        If ``context.stop`` was set.
    """
    path = context[GRAPH]
    if path is None:
        assert context.corpus is not None, "the corpus is counted"
        divided = context.ranks.size > 1
        counted = build_graph(
            context.corpus,
            window=context[WINDOW],
            vocab=context[VOCAB],
            min_weight=1 if divided else context[MIN_WEIGHT],
            threads=context.config.threads,
            progress=context.progress,
            stop=context.stop,
        )
        return sum_of_parts(counted, context.ranks, context[MIN_WEIGHT]) if divided else counted
    graph = Graph.load(path)
    if context.corpus is not None:
        graph.check_vocabulary(context.corpus.vocabulary)
    for option, value in ((WINDOW, graph.window), (MIN_WEIGHT, graph.min_weight)):
        requested = context[option]
        if requested not in (value, option.default):
            raise UsageError(
                f"{named(option.name, requested)}: {path} was counted with {value}; leave the option out "
                "or build another graph"
            )
    return graph


def noise_rows(
    graph: Graph, config: TrainConfig, progress: Progress, stop: StopFlag
) -> tuple[Rows, int]:
    """Return the tables of the chosen family, and the number of draws from them per candidate.

    Raises
    ------
    ResourceError
        If the tables do not fit into memory.
    Interrupted
        If `stop` was set.
    """
    power, family = config[POWER], config[FAMILY]
    if family == "adjacency":
        return adjacency_rows(graph, power), 1
    if family == "smoothed":
        return smoothed_rows(graph, power), 1
    if family == "difference":
        return difference_rows(graph, power), 1
    steps, threads = config[STEPS], config.threads or processors()
    if not config[SELF_LOOPS]:
        graph = without_loops(graph)
    if steps == 1 or power == 1:
        return adjacency_rows(graph, power), steps
    return walk_power_rows(graph, power, steps, config[KEEP], threads, progress, stop), 1


def row_probabilities(rows: Rows, steps: int, word: int) -> np.ndarray:
    """Return the exact distribution of a word's draws, (n,) float64; all zeros without a row.

    Parameters
    ----------
    rows : Rows
    steps : int
        As returned by `noise_rows`.
    word : int
        Id of the word.
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


@implement(start_draw, Gneg)
def _start(state, rng, center):
    if state.beyond > np.uint64(0) and high_half(next_word(rng)) < state.beyond:
        return state.rows.share.size + draw_alias(state.outside, rng), 0
    return np.int64(center), state.steps


@implement(expect, Gneg)
def _expect(state, rng, center, count):
    waiting = state.steps > 1 or state.rows.reject
    expect_draws(state, rng, center, count, 1 if waiting else 0)


@implement(propose, Gneg)
def _propose(state, rng, center, out, count):
    return propose_draws(state, rng, center, out, count)


def per_thread(state: Gneg, candidates: int) -> Gneg:
    """Return the state with its own working memory for one thread and M candidates."""
    return state._replace(ahead=make_ahead(candidates))


def report(states: Sequence[Gneg]) -> dict[str, Any]:
    """Return the size of the tables."""
    rows = states[0].rows
    return {"graph_words": len(rows.share), "table_cells": len(rows.cells)}


PROPOSAL = Proposal(
    name="gneg",
    summary="a distribution for each center word, from the co-occurrence graph",
    paper="Zhang and Zweigenbaum, ACL 2018",
    options=(
        NS_EXPONENT,
        FAMILY,
        WINDOW,
        POWER,
        STEPS,
        SELF_LOOPS,
        KEEP,
        LAMBDA,
        OUTSIDE,
        VOCAB,
        MIN_WEIGHT,
        GRAPH,
    ),
    samplers=(NamedSampler("gneg", "from the co-occurrence graph of the corpus", proposal="gneg"),),
    build=build,
    per_thread=per_thread,
    report=report,
)
