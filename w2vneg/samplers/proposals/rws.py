"""Negatives at the end of random walks with restart over the co-occurrence graph.

A walk starts at the center word and goes along edges in proportion to their weights; after each step
it ends with probability r. The word where it ends is drawn with the personalized PageRank
``sum_t r (1 - r)^(t - 1) S^t``, t from 1, S being the co-occurrence matrix with rows of sum 1: near
words are likely, and far ones possible. Random walks with restart propose collaborators in ACRec
(Xia et al., WWW 2014 companion), which a survey of negative sampling lists as RWS; no details of a
sampler in it were available. The graph is that of GNEG (`w2vneg.samplers.proposals.gneg`).

With r = 1 these are gneg's neighbors with power 1 and without self-loops, bit for bit. Center words
outside the graph, or without a neighbor, draw from the unigram noise; these are fallbacks. A walk
has at most 64 steps, which more than one in 10^6 reach only where r is below 0.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option
from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.hooks import implement, propose
from w2vneg.kernel.jit import device
from w2vneg.kernel.rng import below, chance, high_half, low_half, next_word
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.gneg.gneg import (
    GRAPH,
    LAMBDA,
    MIN_WEIGHT,
    SELF_LOOPS,
    VOCAB,
    WINDOW,
    graph_for,
)
from w2vneg.samplers.proposals.gneg.rows import Rows, adjacency_rows, without_loops
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells

RESTART = Option(
    "restart",
    0.5,
    "Probability that a walk ends after a step (r); a walk has 1 / r steps on average.",
    0.01,
    1,
)
_MOST_STEPS = 64


class Rws(NamedTuple):
    """State of the proposal."""

    rows: Rows  # the neighbors of each word of the graph
    stop: np.uint64  # r times 2^32
    mix: np.uint64  # share of the unigram noise times 2^32
    unigram: np.ndarray  # (V, 2) uint32 alias table


def build(context: SamplerContext) -> Rws:
    """Return the state of the proposal; raises what `graph_for` does."""
    return Rws(
        neighbor_rows(context),
        chance(context[RESTART]),
        chance(context[LAMBDA]),
        unigram_cells(context.counts, context[NS_EXPONENT]),
    )


def neighbor_rows(context: SamplerContext) -> Rows:
    """Return the distributions of a step; raises what `graph_for` does."""
    graph = graph_for(context)
    return adjacency_rows(graph if context[SELF_LOOPS] else without_loops(graph), 1.0)


@device
def step(rows, word, rng):
    """Return the word after a step from `word`; -1 if it has no neighbor."""
    begin, end = rows.first[word], rows.first[word + 1]
    if begin == end:
        return np.int64(-1)
    bits = next_word(rng)
    cell = begin + below(bits, end - begin)
    # A selection, because a branch would be unpredictable.
    own, other = np.int64(rows.cells[cell, 1]), np.int64(rows.cells[cell, 2])
    return own if low_half(bits) < np.uint64(rows.cells[cell, 0]) else other


@implement(propose, Rws)
def _propose(state, rng, center, out, count):
    fallbacks = 0
    known = center < state.rows.share.size
    for n in range(count):
        word = np.int64(-1)
        mixed = state.mix > np.uint64(0) and high_half(next_word(rng)) < state.mix
        if known and not mixed:
            word = np.int64(center)
            for _ in range(_MOST_STEPS):
                word = step(state.rows, word, rng)
                if word < 0 or state.stop >> np.uint64(32):
                    break
                if high_half(next_word(rng)) < state.stop:
                    break
        if word < 0:
            word = draw_alias(state.unigram, rng)
            fallbacks += not mixed
        out[n] = word
    return fallbacks


PROPOSAL = Proposal(
    name="rws",
    summary="the ends of random walks with restart over the co-occurrence graph",
    paper="after ACRec: Xia et al., WWW 2014 companion",
    options=(NS_EXPONENT, RESTART, WINDOW, SELF_LOOPS, LAMBDA, VOCAB, MIN_WEIGHT, GRAPH),
    samplers=(
        NamedSampler(
            "rws", "from random walks with restart over the co-occurrence graph", proposal="rws"
        ),
    ),
    build=build,
)
