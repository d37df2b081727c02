"""LINE's second order on directed edges: only the first node of an edge predicts the second."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, compiled_only
from helpers.naive_training import Rng
from helpers.naive_training import train as naive_train
from helpers.naive_walks import source_from
from scipy import sparse

from w2vneg import SkipGram, compare, walks
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.errors import UsageError
from w2vneg.graphs.encode import encode
from w2vneg.graphs.walk_corpus import walk_corpus
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.tiles import row_length
from w2vneg.samplers import configure
from w2vneg.samplers.proposals.unigram import unigram_cells
from w2vneg.training.cluster.cluster import Cluster
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.training.cluster.simulated import simulate
from w2vneg.training.matrices import first_vectors
from w2vneg.training.train import train

#: n9 has no outgoing edge, n1 no incoming one.
EDGES = [
    ("n1", "n2"), ("n2", "n3"), ("n3", "n2"), ("n1", "n9"), ("n3", "n9"), ("n2", "n4"), ("n4", "n3"),
]  # fmt: skip
WEIGHTS = [1.0, 2.0, 0.5, 3.0, 1.0, 2.5, 1.0]
SMALL = {"preset": "word2vec", "window": 1, "sample": 0, "min_count": 1, "threads": 1}
LINE2 = ("--walks", "line2", "--directed")


def corpus_of(pairs, weights=None, per_node=200):
    return walk_corpus(
        source_from(pairs, weights, walks="line2", directed=True, walks_per_node=per_node)
    )


def initial(corpus, config):
    size, length = len(corpus.vocabulary), row_length(config.dim)
    return first_vectors(size, config.dim, config.seed).reshape(size, length)[:, : config.dim]


# Interpreted generators overflow.
@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("form", ["block", "window"])
def test_each_edge_is_one_pair_of_its_first_node_and_its_second(form):
    corpus = corpus_of(EDGES, WEIGHTS, per_node=60)
    config = configure(**SMALL, dim=8, epochs=1, form=form, lr=0.05)
    result = train(corpus, config)
    edges = len(corpus.starts) - 1
    assert (result.tokens, result.pairs) == (2 * edges, edges)
    before, ids = initial(corpus, config), corpus.vocabulary.index
    moved = (result.w_in != before).any(axis=1)
    assert moved[[ids[n] for n in ("n1", "n2", "n3", "n4")]].all()
    assert not moved[ids["n9"]], "no edge leaves it"
    assert result.w_out.any(axis=1).all(), "that of n1 as a negative"


@pytest.mark.filterwarnings("ignore:overflow")
def test_the_window_form_is_a_plain_loop_over_the_drawn_edges():
    corpus = corpus_of(EDGES, WEIGHTS, per_node=60)
    config = configure(**SMALL, dim=8, epochs=1, form="window", lr=0.05, negatives=3, candidates=3)
    result = train(corpus, config)
    piece = corpus.read(0, len(corpus.starts) - 1)
    pairs = piece.tokens.reshape(-1, 2)
    w_in = initial(corpus, config).astype(float)
    w_out = np.zeros_like(w_in)
    cells = unigram_cells(corpus.vocabulary.counts, 0.75)
    rng = Rng(seed_states(config.seed, 1)[0])
    keep = np.full(len(w_in), 2**32 - 1, np.uint32)
    counts = naive_train(w_in, w_out, pairs, keep, cells, 1, 3, 0.05, rng, ahead=True)
    assert (result.kept, result.pairs, result.collisions) == counts
    np.testing.assert_allclose(result.w_in, w_in, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(result.w_out, w_out, rtol=1e-3, atol=1e-5)


@compiled_only
@pytest.mark.slow
@pytest.mark.parametrize("form", ["block", "window"])
def test_scores_are_the_shifted_information_of_directed_edges(form):
    """The optimum of LINE's equation 7 (as of Levy and Goldberg, NIPS 2014), on a complete graph."""
    names = [f"n{i}" for i in range(6)]
    pairs = [(u, v) for u in names for v in names if u != v]
    rng = np.random.default_rng(3)
    given = rng.integers(1, 9, len(pairs)).astype(float).tolist()
    corpus = corpus_of(pairs, given, per_node=20_000)
    negatives = 2
    result = train(
        corpus,
        configure(**SMALL, dim=8, epochs=6, lr=0.05, negatives=negatives, candidates=8, form=form),
    )
    ids = corpus.vocabulary.index
    weights = np.zeros((6, 6))
    for (u, v), w in zip(pairs, given, strict=True):
        weights[ids[u], ids[v]] = w / sum(given)
    # Degrees in both directions, as in LINE's program.
    degrees = weights.sum(0) + weights.sum(1)
    counts = corpus.vocabulary.counts
    np.testing.assert_allclose(counts / counts.sum(), degrees / degrees.sum(), atol=0.005)
    noise = counts**0.75 / (counts**0.75).sum()
    off = ~np.eye(6, dtype=bool)
    # Draws that equal the positive do not count.
    pushed = negatives * (np.outer(weights.sum(1), noise) - weights * noise)
    expected = np.log(weights[off] / pushed[off])
    scores = (result.w_in.astype(float) @ result.w_out.astype(float).T)[off]
    assert np.abs(scores - expected).max() < 0.25
    reverse = (result.w_in.astype(float) @ result.w_out.astype(float).T).T[off]
    assert np.abs(scores - reverse).max() > 0.5


def ring_of_groups(size=20, groups=3, share=0.3, seed=0):
    """Edges from each group to the next, in a ring, so that no degree tells the direction."""
    rng = np.random.default_rng(seed)
    edges = [
        (f"{g}-{i}", f"{(g + 1) % groups}-{j}")
        for g in range(groups)
        for i in range(size)
        for j in range(size)
        if rng.random() < share
    ]
    held = rng.permutation(len(edges)) < len(edges) // 5
    return [e for e, h in zip(edges, held, strict=True) if not h], [
        e for e, h in zip(edges, held, strict=True) if h
    ]


def right_directions(model, edges):
    """The share of edges whose direction has a higher score than its reverse."""
    at = {word: i for i, word in enumerate(model.vectors.words)}
    u, v = np.array([[at[name] for name in edge] for edge in edges]).T
    w_in, w_out = model.vectors.matrix, model.vectors.w_out
    forth = (w_in[u] * w_out[v]).sum(axis=1)
    return float((forth > (w_in[v] * w_out[u]).sum(axis=1)).mean())


@compiled_only
@pytest.mark.parametrize("form", ["block", "window"])
def test_directions_of_held_out_edges_are_learned(form):
    known, held = ring_of_groups()
    names = sorted({name for edge in known for name in edge})
    at = {name: i for i, name in enumerate(names)}
    rows, columns = zip(*((at[u], at[v]) for u, v in known), strict=True)
    matrix = sparse.coo_array((np.ones(len(known)), (rows, columns)))
    found = {
        directed: right_directions(
            SkipGram(dim=4, epochs=5, threads=1, form=form, lr=0.05).fit(
                walks(matrix, "line2", names=names, directed=directed, walks_per_node=100)
            ),
            held,
        )
        for directed in (False, True)
    }
    assert found[True] > 0.95
    assert found[False] < 0.7


@compiled_only
def test_directed_graphs_of_networkx_are_trained_one_way():
    networkx = pytest.importorskip("networkx")
    graph = networkx.DiGraph(EDGES)
    assert walks(graph, "line2").corpus().one_way
    assert not walks(graph, "line2", directed=False).corpus().one_way
    assert not walks(graph, "line1").source.graph.directed
    assert not walks(graph).corpus().one_way


@compiled_only
def test_ranks_train_one_way_too():
    corpus = corpus_of(EDGES, WEIGHTS, per_node=2000)
    config = configure(**SMALL, dim=8, epochs=1)

    def work(ranks):
        team = Cluster(ranks, ClusterOptions(sync_every=1000))
        return train(team.share(corpus), team.check(config), team=team)

    for result in simulate(2, work):
        assert result.pairs == len(corpus.starts) - 1
        last = corpus.vocabulary.index["n9"]
        assert result.w_in[last].tobytes() == initial(corpus, config)[last].tobytes()


@compiled_only
@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler", ["gneg", "ace", "nscaching", "dynamic", "rankmbpr", "sampled-softmax"]
)
def test_samplers_train_one_way(sampler):
    corpus = corpus_of(ring_of_groups()[0], per_node=100)
    result = train(corpus, configure(**SMALL, dim=8, epochs=1, sampler=sampler))
    assert result.pairs == len(corpus.starts) - 1
    assert np.isfinite(result.w_in).all()


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d.edges").write_text("".join(f"{u} {v}\n" for u, v in EDGES))
    return tmp_path


@compiled_only
def test_nodes_without_outgoing_edges_are_counted_and_mixed_in(place):
    flags = ["--dim", 4, "--threads", 1, "--epochs", 1, *LINE2]
    outcome = call("train", "d.edges", "-o", "d.vec", *flags, "--json")
    assert outcome.code == 0
    assert "1 node has no outgoing edge" in outcome.err
    assert "--mix-out 1 adds" in outcome.err
    training = json.loads(outcome.out)["training"]
    assert training["tokens"] == 2 * training["pairs"]
    assert "has no outgoing" not in call("train", "d.edges", "-o", "u.vec", *flags[:-1]).err
    assert call("train", "d.edges", "-o", "m.vec", *flags, "--mix-out", 1).code == 0
    from w2vneg import load_vectors

    pure, mixed = load_vectors("d.vec"), load_vectors("m.vec")
    assert np.linalg.norm(pure["n9"]) < 0.25, "its random initial vector"
    assert np.linalg.norm(mixed["n9"] - pure["n9"]) > 0.25


@compiled_only
def test_the_same_edges_are_trained_wherever_they_are_read(place):
    flags = ["--dim", 8, "--threads", 1, "--epochs", 1]
    assert call("train", "d.edges", "-o", "f.vec", *flags, *LINE2).code == 0
    assert call("train", "d.edges", "-o", "b.vec", *flags, *LINE2[:2]).code == 0
    assert call("walks", "d.edges", "-o", "w.txt", *LINE2).code == 0
    written = {tuple(line.split()) for line in Path("w.txt").read_text().splitlines()}
    assert written == set(EDGES)
    model = SkipGram(dim=8, threads=1, epochs=1).fit(walks("d.edges", "line2", directed=True))
    model.save("m.vec")
    assert Path("m.vec").read_bytes() == Path("f.vec").read_bytes()
    reading = InputOptions(format="edges", walks=WalkOptions("line2", directed=True))
    with encode("d.edges", input=reading) as corpus:
        result = train(corpus, configure(**SMALL, dim=8, epochs=1))
    assert result.w_in.tobytes() == np.asarray(model.vectors).tobytes()
    assert Path("b.vec").read_bytes() != Path("f.vec").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("train d.edges --walks line1 --directed", "first order is that of undirected edges"),
        ("walks d.edges -o o.txt --walks line1 --directed", "or choose --walks line2"),
        ("train d.edges --walks line2 --directed --method whole-data", "leave out --directed or --method"),
        ("compare d.edges --walks line2 --directed --against gensim -o o", "leave out --against"),
        ("compare d.edges --walks line1 --against gensim -o o", "gensim has two vectors"),
    ],
)  # fmt: skip
@compiled_only
def test_what_has_no_direction_is_refused(place, arguments, words):
    outcome = call(*arguments.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err.splitlines()[-1]
    assert not Path("o").exists()
    assert not Path("o.txt").exists()


@pytest.mark.parametrize("kind", [("line1", False), ("line2", True)])
def test_walks_that_text_cannot_hold_are_not_compared_as_text(place, kind):
    given = walks("d.edges", kind[0], directed=kind[1])
    with pytest.raises(UsageError, match="give the path of the file of edges"):
        compare(given, samplers=["unigram"], seeds=1)
