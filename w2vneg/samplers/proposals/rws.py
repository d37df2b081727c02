"""Negatives at the end of random walks with restart over the co-occurrence graph.

A walk starts at the center word and goes along edges in proportion to their weights; after each step
it ends with probability r. The word where it ends is drawn with the personalized PageRank
``sum_t r (1 - r)^(t - 1) S^t``, t from 1, S being the co-occurrence matrix with rows of sum 1: near
words are likely, and far ones possible. Random walks with restart propose collaborators in ACRec
(Xia et al., WWW 2014 companion), which a survey of negative sampling lists as RWS; no details of a
sampler in it were available. The graph is that of GNEG (`w2vneg.samplers.proposals.gneg`).

With r = 1 these are gneg's neighbors with power 1 and without self-loops, bit for bit. Center words
outside the graph, or without a neighbor, draw from the unigram noise; these are fallbacks. A walk
has at most 100 steps, which more than one in 10^6 reach only where r is below 0.13.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option
from w2vneg.kernel.hooks import expect, implement, propose
from w2vneg.kernel.jit import device
from w2vneg.kernel.rng import below, chance, high_half, low_half, next_word
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.gneg.ahead import (
    MOST_STEPS,
    Ahead,
    chosen_in,
    expect_draws,
    make_ahead,
    propose_draws,
    start_draw,
)
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


class Rws(NamedTuple):
    """State of the proposal."""

    rows: Rows  # the neighbors of each word of the graph
    stop: np.uint64  # r times 2^32
    mix: np.uint64  # share of the unigram noise times 2^32
    unigram: np.ndarray  # (V, 2) uint32 alias table
    ahead: Ahead  # this thread's


def build(context: SamplerContext) -> Rws:
    """Return the state of the proposal; raises what `graph_for` does."""
    return Rws(
        neighbor_rows(context),
        chance(context[RESTART]),
        chance(context[LAMBDA]),
        unigram_cells(context.counts, context[NS_EXPONENT]),
        make_ahead(0),
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
    return chosen_in(rows, begin + below(bits, end - begin), low_half(bits))


@implement(start_draw, Rws)
def _start(state, rng, center):
    steps = 1
    while steps < MOST_STEPS and not state.stop >> np.uint64(32):
        if high_half(next_word(rng)) < state.stop:
            break
        steps += 1
    return np.int64(center), steps


@implement(expect, Rws)
def _expect(state, rng, center, count):
    expect_draws(state, rng, center, count, 2)


@implement(propose, Rws)
def _propose(state, rng, center, out, count):
    return propose_draws(state, rng, center, out, count)


def per_thread(state: Rws, candidates: int) -> Rws:
    """Return the state with its own working memory for one thread and M candidates."""
    return state._replace(ahead=make_ahead(candidates))


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
    per_thread=per_thread,
)
