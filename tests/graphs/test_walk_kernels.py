"""Walks against their exact transition probabilities, and rows of neighbors against plain dicts."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from helpers.naive_walks import (
    edges_from,
    naive_rows,
    named_walks,
    source_from,
    step_probabilities,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from w2vneg.graphs.graph import build_graph
from w2vneg.kernel.alias import alias_probabilities
from w2vneg.kernel.jit import INTERPRETED

PER_NODE = 20 if INTERPRETED else 2000
#: Two triangles that share a node, a square, and a tail.
PAIRS = [
    ("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "c"),
    ("e", "f"), ("f", "g"), ("g", "d"), ("g", "h"),
]  # fmt: skip
WEIGHTS = [1, 2.5, 0.25, 3, 1, 7, 0.5, 2, 1, 4]
#: No triangles, so that every step but the one back goes away from the node before.
TREE = [
    ("r", "a"),
    ("r", "b"),
    ("r", "c"),
    ("a", "d"),
    ("a", "e"),
    ("b", "f"),
    ("b", "g"),
    ("c", "h"),
]


def transitions(walks, second_order):
    """Count the nodes that follow a node, or a node and the one before it."""
    counts = defaultdict(Counter)
    for walk in walks:
        for i in range(len(walk) - 1):
            before = walk[i - 1] if second_order and i else None
            counts[before, walk[i]][walk[i + 1]] += 1
    return counts


def check_steps(walks, rows, p=1.0, q=1.0, second_order=False):
    """Chi-square of the steps from every node, and from every pair of nodes, Bonferroni-corrected."""
    counts = transitions(walks, second_order)
    tests = []
    for (before, node), found in counts.items():
        expected = step_probabilities(rows, before, node, p, q)
        assert set(found) <= set(expected)
        total = sum(found.values())
        if len(expected) > 1 and total * min(expected.values()) > 3:
            others = sorted(expected)
            tests.append(
                chisquare([found[o] for o in others], [total * expected[o] for o in others]).pvalue
            )
    assert len(tests) >= 3
    assert min(tests) > 1e-4 / len(tests)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize("directed", [False, True], ids=["undirected", "directed"])
def test_steps_are_drawn_in_proportion_to_the_weights(weights, directed):
    source = source_from(PAIRS, weights, walks_per_node=PER_NODE, walk_length=12, directed=directed)
    check_steps(named_walks(source), naive_rows(PAIRS, weights, directed))


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.25), (0.5, 0.5), (100, 50)])
def test_steps_of_node2vec_have_its_second_order_probabilities(weights, p, q):
    source = source_from(
        PAIRS, weights, walks="node2vec", p=p, q=q, walks_per_node=PER_NODE, walk_length=12
    )
    rows = naive_rows(PAIRS, weights)
    check_steps(named_walks(source), rows, p, q, second_order=True)


@pytest.mark.parametrize("weights", [None, WEIGHTS[: len(TREE)]], ids=["uniform", "weighted"])
def test_steps_whose_candidates_are_nearly_all_rejected_are_exact_too(weights):
    # Every candidate is rejected with 99.9 %, so that most steps are computed in full.
    source = source_from(
        TREE, weights, walks="node2vec", p=2000, q=1000, walks_per_node=PER_NODE, walk_length=8
    )
    check_steps(named_walks(source), naive_rows(TREE, weights), 2000, 1000, second_order=True)


@pytest.mark.parametrize("directed", [False, True], ids=["undirected", "directed"])
def test_single_edges_are_drawn_in_proportion_to_their_weights(directed):
    source = source_from(PAIRS, WEIGHTS, walks="line2", walks_per_node=PER_NODE, directed=directed)
    counts = Counter(map(tuple, named_walks(source)))
    expected = {
        edge: weight / ((1 if directed else 2) * sum(WEIGHTS))
        for (u, v), weight in zip(PAIRS, WEIGHTS, strict=True)
        for edge in [(u, v), (v, u)][: 1 if directed else 2]
    }
    edges = sorted(expected)
    total = sum(counts.values())
    assert set(counts) <= set(expected)
    assert total == source.count
    p = chisquare([counts[e] for e in edges], [total * expected[e] for e in edges]).pvalue
    assert p > 1e-4


def test_every_node_starts_as_many_walks_in_every_epoch():
    source = source_from(PAIRS, walks_per_node=3, walk_length=2)
    for epoch in (0, 1):
        starts = Counter(walk[0] for walk in named_walks(source, epoch=epoch))
        assert set(starts.values()) == {3}
        assert len(starts) == 8


def test_walks_depend_on_number_seed_and_epoch_only():
    source = source_from(PAIRS, walks_per_node=4, walk_length=9, walks="node2vec", q=0.5)
    whole = named_walks(source)
    parts = [
        walk
        for n in range(0, source.count, 5)
        for walk in named_walks(source, n, min(n + 5, source.count))
    ]
    assert whole == parts
    assert whole != named_walks(source, epoch=1)
    assert named_walks(source, epoch=1) == named_walks(source, epoch=1)
    other = source_from(PAIRS, walks_per_node=4, walk_length=9, walks="node2vec", q=0.5, seed=2)
    assert whole != named_walks(other)


def test_walks_end_where_no_edge_leaves():
    source = source_from([("a", "b"), ("b", "c")], directed=True, walk_length=10, walks_per_node=1)
    assert sorted(named_walks(source)) == [["a", "b", "c"], ["b", "c"], ["c"]]


nodes = st.sampled_from([f"n{i}" for i in range(7)])
weights = st.sampled_from([0.5, 1.0, 2.0, 1e-3, 1e6])


@settings(deadline=None, max_examples=25 if INTERPRETED else 200)
@given(
    st.lists(st.tuples(nodes, nodes, weights), min_size=1, max_size=25),
    st.booleans(),
    st.booleans(),
)
def test_rows_are_those_of_plain_dicts(edges, weighted, directed):
    pairs = [(u, v) for u, v, _ in edges]
    given_weights = [w for *_, w in edges] if weighted else None
    expected = naive_rows(pairs, given_weights, directed)
    if all(u == v for u, v in pairs):
        return
    graph = build_graph(edges_from(pairs, given_weights), directed)
    names = graph.name_list()
    assert set(names) == {name for u, v in pairs if u != v for name in (u, v)}
    begin, ids, cells = graph.rows
    assert graph.weighted == weighted
    for node, name in enumerate(names):
        part = slice(begin[node], begin[node + 1])
        found = [names[i] for i in ids[part]]
        assert ids[part].tolist() == sorted(set(ids[part].tolist()))
        row = expected.get(name, {})
        assert set(found) == set(row)
        total = sum(row.values())
        assert graph.strengths[node] == pytest.approx(total, rel=1e-6, abs=1e-9)
        if weighted and row:
            drawn = alias_probabilities(cells[part])
            shares = [row[other] / total for other in found]
            assert drawn == pytest.approx(shares, rel=1e-5, abs=1e-6)


def test_starts_that_are_computed_are_those_of_an_array():
    from w2vneg.corpus.corpus import EvenStarts

    starts = EvenStarts(7, 4)
    array = 4 * np.arange(8)
    assert len(starts) == len(array)
    assert starts[-1] == array[-1]
    assert starts[3] == array[3]
    assert starts[np.array([0, 7, -2])].tolist() == array[[0, 7, -2]].tolist()
    for side in ("left", "right"):
        values = np.arange(-3, 35)
        assert (
            starts.searchsorted(values, side=side).tolist()
            == np.searchsorted(array, values, side=side).tolist()
        )
