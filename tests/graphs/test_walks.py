"""Walks in the library and on the command line: the same walks, however they are used."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, compiled_only
from helpers.naive_walks import named_walks, source_from
from helpers.toys import random_corpus
from scipy import sparse

from w2vneg import SkipGram, Vocabulary, walks
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.graphs.walk_corpus import walk_corpus
from w2vneg.samplers import configure, named_samplers
from w2vneg.system.interrupt import StopFlag
from w2vneg.training.checkpoint import Checkpointer, newest
from w2vneg.training.train import train

pytestmark = compiled_only

#: Two rings of ten with chords, and one edge between them.
RINGS = [
    (f"{ring}{i}", f"{ring}{(i + step) % 10}")
    for ring in "ab"
    for i in range(10)
    for step in (1, 3)
] + [("a0", "b0")]
SMALL = {
    "dim": 8,
    "window": 5,
    "sample": 0,
    "min_count": 1,
    "threads": 1,
    "epochs": 1,
    "preset": "word2vec",
}
FLAGS = ("--dim", 8, "--window", 5, "--threads", 1, "--epochs", 1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r.edges").write_text("".join(f"{u} {v}\n" for u, v in RINGS))
    Path("w.edges").write_text("".join(f"{u},{v},{1 + i % 3}\n" for i, (u, v) in enumerate(RINGS)))
    return tmp_path


@pytest.mark.parametrize(
    "options", [[], ["--walks", "node2vec", "--p", ".25", "--q", "4"], ["--walks", "line2"]]
)
def test_training_on_a_graph_is_training_on_its_walks(place, options):
    window = ["--window", 1] if "line2" in options else []
    assert call("walks", "w.edges", "-o", "w.txt", "--seed", 4, *options).code == 0
    text = call(
        "train", "w.txt", "-o", "text.vec", *FLAGS, "--sample", 0, "--min-count", 1, "--seed", 4,
        "--preset", "word2vec", *window,
    )  # fmt: skip
    graph = call("train", "w.edges", "-o", "graph.vec", *FLAGS, "--seed", 4, *options, *window)
    assert (text.code, graph.code) == (0, 0), text.err + graph.err
    assert Path("text.vec").read_bytes() == Path("graph.vec").read_bytes()
    given = walks("w.edges", **{"seed": 4, **library(options)})
    model = SkipGram(**{**SMALL, "seed": 4, **({"window": 1} if window else {})}).fit(given)
    model.save("library.vec")
    assert Path("library.vec").read_bytes() == Path("graph.vec").read_bytes()


def library(options):
    values = dict(zip(options[::2], options[1::2], strict=True))
    return {
        name.lstrip("-"): value if name == "--walks" else float(value)
        for name, value in values.items()
    }


def test_walks_are_iterated_as_they_are_written(place):
    found = walks("r.edges", walks_per_node=3, walk_length=7, seed=9)
    assert len(found) == 60
    assert list(found) == list(found)
    for threads in (1, 3):
        assert found.save("w.txt", threads=threads) == 420
        assert [line.split() for line in Path("w.txt").read_text().splitlines()] == list(found)


def test_every_epoch_has_new_walks_and_the_same_from_any_thread(place):
    corpus = walks("r.edges").corpus(threads=3)
    first, again, second = corpus.read(0, 9), corpus.read(0, 9, 0), corpus.read(0, 9, 1)
    assert first.tokens.tolist() == again.tokens.tolist()
    assert first.tokens.tolist() != second.tokens.tolist()
    assert corpus.read(0, 0).size == 0
    alone = walks("r.edges").corpus(threads=1)
    assert alone.vocabulary.words == corpus.vocabulary.words
    assert alone.fingerprint == corpus.fingerprint
    assert walks("r.edges", seed=2).corpus().fingerprint != corpus.fingerprint
    assert walks("w.edges").corpus().fingerprint != corpus.fingerprint


def test_the_vocabulary_counts_the_first_epoch():
    source = source_from(RINGS, walks_per_node=2, walk_length=6)
    visits = np.unique([n for walk in named_walks(source) for n in walk], return_counts=True)
    expected = Vocabulary.from_counts(
        dict(zip(visits[0].tolist(), visits[1].tolist(), strict=True))
    )
    corpus = walk_corpus(source)
    assert corpus.vocabulary.words == expected.words
    assert corpus.vocabulary.counts.tolist() == expected.counts.tolist()
    assert corpus.vocabulary.total == corpus.read(0, source.count).size == corpus.report.tokens_kept


def test_walks_leave_out_nodes_that_are_not_kept():
    source = source_from(RINGS, walks_per_node=2, walk_length=6)
    kept = Vocabulary.from_counts({"a1": 1, "b7": 1, "a2": 3, "z": 1})
    corpus = walk_corpus(source, vocabulary=kept)
    assert sorted(corpus.vocabulary.words) == ["a1", "a2", "b7"]
    assert corpus.read(0, source.count).size == corpus.vocabulary.total
    few = walk_corpus(source_from(RINGS), max_vocab=3)
    assert len(few.vocabulary) == 3
    with pytest.raises(DataError, match="only 0 of 20 nodes are left.*lower min_count="):
        walk_corpus(source_from(RINGS), min_count=10**9)
    with pytest.raises(DataError, match="names of its nodes"):
        walk_corpus(source_from(RINGS), vocabulary=Vocabulary.from_counts({"x": 1, "y": 1}))


@pytest.mark.slow
@pytest.mark.parametrize("sampler", sorted(named_samplers()))
@pytest.mark.parametrize("kind", ["deepwalk", "line1"])
def test_every_sampler_trains_on_graphs(place, sampler, kind):
    window = 1 if kind == "line1" else 5
    more = {"walks_per_node": 20} if kind == "line1" else {"walk_length": 20, "walks_per_node": 2}
    model = SkipGram(**{**SMALL, "window": window, "sampler": sampler}).fit(
        walks("r.edges", kind, **more)
    )
    assert sorted(model.words) == sorted({name for edge in RINGS for name in edge})
    assert np.isfinite(model.vectors).all()


def test_nodes_of_a_ring_are_near_each_other(place):
    outcome = call(
        "train", "r.edges", "-o", "r.vec", "--dim", 16, "--epochs", 3, "--threads", 1, "--lr", 0.05
    )
    assert outcome.code == 0
    model = walks("r.edges")
    assert len(model) == 200
    from w2vneg import load_vectors

    vectors = load_vectors("r.vec")
    own = [n[0] == w[0] for w in vectors.words for n, _ in vectors.neighbors(w, 5)]
    assert np.mean(own) > 0.9


def test_sparse_matrices_are_graphs(place):
    names = sorted({name for edge in RINGS for name in edge})
    number = {name: i for i, name in enumerate(names)}
    rows, columns = zip(*((number[u], number[v]) for u, v in RINGS), strict=True)
    weights = [1 + i % 3 for i in range(len(RINGS))]
    upper = sparse.coo_array((weights, (rows, columns)), shape=(20, 20))
    file = walks("w.edges").source.graph
    for matrix in (upper, upper.tocsr(), sparse.csc_matrix(upper)):
        graph = walks(matrix, names=names).source.graph
        assert sorted(graph.name_list()) == names
        assert graph.edges == file.edges == len(RINGS)
        assert graph.weighted
        assert sorted(graph.strengths) == sorted(file.strengths)
    both = walks(upper + upper.T, names=names).source.graph
    assert both.edges == file.edges
    assert sorted(both.strengths) == sorted(2 * file.strengths)
    plain = walks(upper != 0, directed=True).source.graph
    assert (plain.weighted, plain.directed, plain.edges) == (False, True, len(RINGS))
    assert plain.name_list() == [str(i) for i in range(20)]
    assert not walks(upper, unweighted=True).source.graph.weighted


def test_graphs_of_networkx_are_graphs(place):
    networkx = pytest.importorskip("networkx")
    graph = networkx.Graph(RINGS)
    assert list(walks(graph)) == list(walks("r.edges")) or len(walks(graph)) == 200
    found = walks(graph).source.graph
    assert (found.edges, found.weighted, found.directed) == (len(RINGS), False, False)
    graph.add_node("alone")
    graph.add_edge("a0", "a5", weight=2.5)
    found = walks(graph).source.graph
    assert found.weighted
    assert "alone" not in found.name_list()
    assert walks(networkx.DiGraph(RINGS)).source.graph.directed
    model = SkipGram(**SMALL).fit(walks(graph, "node2vec", q=0.5, walks_per_node=1))
    assert len(model.words) == 20
    with pytest.raises(UsageError, match=r"w2vneg\.walks\(graph\)"):
        SkipGram(**SMALL).fit(graph)
    with pytest.raises(UsageError, match="relabel_nodes"):
        walks(networkx.Graph([((1, 2), (3, 4))]))


@pytest.mark.parametrize(
    ("graph", "options", "error", "message"),
    [
        (sparse.coo_array(np.ones((2, 3))), {}, DataError, "block_array"),
        (sparse.coo_array(np.array([[0, -1], [2, 0]])), {}, DataError, "between '0' and '1' has the weight -1"),
        (sparse.coo_array(np.array([[0, np.nan], [2, 0]])), {}, DataError, "has the weight nan"),
        (sparse.coo_array(np.eye(3)), {}, DataError, "no edges between two different nodes"),
        (sparse.coo_array(np.ones((2, 2))), {"names": ["a"]}, UsageError, "1 names, the matrix 2 rows"),
        (sparse.coo_array(np.ones((2, 2))), {"names": ["a", "a"]}, UsageError, "two nodes have the same name"),
        (sparse.coo_array(np.ones((2, 2))), {"names": ["a b", "c"]}, UsageError, "rename it"),
        (sparse.coo_array(np.ones((2, 2))), {"names": [1.5, 2]}, UsageError, "neither a string nor a whole number"),
        ([("a", "b")], {}, UsageError, "no graph that is known here"),
        ("r.edges", {"names": ["a"]}, UsageError, "names= is for matrices"),
        ("r.edges", {"p": 2}, UsageError, "p= has no effect on deepwalk; add walks='node2vec'"),
        ("r.edges", {"walks": "line1", "walk_length": 9}, UsageError, "walk_length= has no effect"),
        ("r.edges", {"walks": "line1", "directed": True}, UsageError, "directed=True has no effect"),
        ("r.edges", {"walks": "node2vec", "q": 0}, UsageError, "q=0 is out of range"),
        ("r.edges", {"walks": "deep"}, UsageError, "did you mean 'deepwalk'"),
        ("r.edges", {"walk_length": 1}, UsageError, "walk_length=1 is out of range"),
        ("none.edges", {}, UsageError, "no such file"),
    ],
)  # fmt: skip
def test_what_is_no_graph_is_refused(place, graph, options, error, message):
    with pytest.raises(error, match=message):
        walks(graph, **options)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("train r.edges --p 2", 2, "--p has no effect on deepwalk; add --walks node2vec"),
        ("train r.edges --walks line1 --walk-length 9", 2, "--walk-length has no effect"),
        ("train r.edges --walks line1 --directed", 2, "--directed has no effect"),
        ("train r.edges --walks wander", 2, "choose from deepwalk"),
        ("train r.edges --max-tokens 9", 2, "--max-tokens has no effect on the edges of a graph"),
        ("train r.edges --no-cache", 2, "--no-cache has no effect"),
        ("train r.edges --encoding-errors strict", 2, "--encoding-errors has no effect"),
        ("train r.edges --lower", 2, "--lower has no effect on the edges of a graph"),
        ("train r.edges --tokenizer unicode", 2, "--tokenizer has no effect"),
        ("train r.edges --group a", 2, "--group"),
        ("train r.edges --no-quotes", 2, "--no-quotes has no effect"),
        ("train t.txt --q 2 --walks node2vec", 2, "add --format edges"),
        ("train t.txt --format csv --walks line2", 2, "add --format edges"),
        ("train r.edges t.txt", 2, "t.txt does not; if both do, add --format edges"),
        ("train bad.edges", 1, "bad.edges, line 2 ('3'): an edge has two nodes"),
        ("train r.edges --walks line1 --mix-out 0.5", 2, "--mix-out has no effect"),
        ("walks bad.edges -o o.txt", 1, "leave such lines out: --bad-rows drop"),
        ("walks r.edges", 2, "'-o'"),
        ("walks r.edges -o r.edges", 2, "choose another output"),
        ("walks none -o o.txt", 2, "no such file: none"),
        ("eval --items r.edges v.vec --format edges", 2, "w2vneg walks EDGES -o FILE"),
        ("vocab r.edges --max-tokens 9", 2, "--max-tokens has no effect"),
        ("train one.edges", 1, "no edges between two different nodes"),
    ],
)
def test_wrong_calls_name_their_remedy(place, arguments, code, words):
    Path("t.txt").write_text("a b c\n" * 9)
    Path("bad.edges").write_text("1 2\n3\n2 4\n")
    Path("one.edges").write_text("1 1\n")
    Path("v.vec").write_text("2 2\na0 1 2\na1 0 1\n")
    outcome = call(*arguments.split())
    *notes, line = outcome.err.splitlines()
    assert (outcome.code, outcome.out) == (code, "")
    assert words in line
    assert all("the default is" in note or "the graph has" in note for note in notes)
    assert not list(place.glob("o.txt*")) + list(place.glob("*.json"))


def test_what_the_graph_is_is_said(place):
    Path("n.csv").write_text("source,target,weight\na,b,1\na,a,1\nb,a,2\nz,z,1\nb,c,1\n")
    outcome = call("walks", "n.csv", "-o", "o.txt", "--json", "--walks-per-node", 2)
    assert outcome.code == 0
    result = json.loads(outcome.out)
    assert (result["nodes"], result["edges"], result["walks"]) == (3, 2, 6)
    for words in (
        "3 nodes and 2 edges (undirected, weighted; --unweighted ignores the weights)",
        "read as a header", "left out 1 self loop", "1 edge was given again",
        "left out 1 node without edges to others",
    ):  # fmt: skip
        assert words in outcome.err
    outcome = call("vocab", "r.edges", "--json")
    assert json.loads(outcome.out)["words"] == 20
    outcome = call("graph", "r.edges", "--node", "a0", "--json")
    assert json.loads(outcome.out)["words"] == 20
    assert call("graph", "--help").out.split("\n\n")[1].split() == (
        [
            "Build",
            "the",
            "co-occurrence",
            "graph",
            "of",
            "a",
            "text,",
            "CORPUS;",
            "for",
            "walks",
            "on",
            "a",
            "graph:",
            "w2vneg",
            "walks.",
        ]
    )


def test_each_option_of_walks_changes_them(place):
    def written(*options):
        assert call("walks", "w.edges", "-o", "o.txt", *options).code == 0
        return Path("o.txt").read_bytes()

    base = written()
    assert base == written("--threads", 1)
    for options in (
        ["--seed", 2], ["--walks", "line1"], ["--walk-length", 9], ["--walks-per-node", 2],
        ["--directed"], ["--unweighted"], ["--walks", "node2vec", "--p", 9],
    ):  # fmt: skip
        assert written(*options) != base
    biased = ["--walks", "node2vec", "--q"]
    assert written(*biased, 9) != written(*biased, 0.1)
    Path("h.edges").write_text("source target\n1 2\n2 3\n")
    for option in ("--no-header", None):
        assert call("walks", "h.edges", "-o", "o.txt", *filter(None, [option])).code == 0
        assert ("source" in Path("o.txt").read_text()) == (option is not None)
    Path("b.edges").write_text("1 2\n3\n2 4\n")
    assert call("walks", "b.edges", "-o", "o.txt", "--bad-rows", "drop").code == 0


class StopAt(Checkpointer):
    """Stops a training at its first checkpoint."""

    def __init__(self, folder, stop):
        super().__init__(folder, 1e-9)
        self.stop, self.count = stop, 0

    def save(self, snapshot):
        super().save(snapshot)
        self.count += 1
        if self.count == 1:
            self.stop.set(15)


def test_an_interrupted_training_on_a_graph_is_resumed_to_the_same_bytes(place):
    corpus = walks("r.edges").corpus()
    config = configure(**{**SMALL, "epochs": 200})
    whole = train(corpus, config)
    stop = StopFlag()
    with pytest.raises(Interrupted):
        train(corpus, config, stop=stop, checkpointer=StopAt(place / "state", stop))
    snapshot = newest(place / "state")
    assert 0 < snapshot.meta["tokens"] < whole.tokens
    resumed = train(walks("r.edges").corpus(), config, resume=snapshot)
    assert resumed.w_in.tobytes() == whole.w_in.tobytes()
    with pytest.raises(UsageError, match="another"):
        train(walks("w.edges").corpus(), config, resume=snapshot)


def test_standard_input_and_compressed_edges_are_read(place):
    import gzip

    data = Path("r.edges").read_bytes()
    Path("r.edges.gz").write_bytes(gzip.compress(data))
    for name, stdin in (("r.edges.gz", b""), ("r.edges", b"")):
        assert call("walks", name, "-o", "o.txt", stdin=stdin).code == 0
        found = Path("o.txt").read_bytes()
        assert found.count(b"\n") == 200
    assert call("train", "r.edges.gz", *FLAGS).code == 0
    assert Path("r.vec").exists()


def test_the_library_has_the_defaults_of_the_command(place):
    assert (
        call("train", "r.edges", "-o", "a.vec", "--dim", 8, "--threads", 1, "--epochs", 1).code == 0
    )
    for number, graph in enumerate(["r.edges", walks("r.edges")]):
        model = SkipGram(dim=8, threads=1, epochs=1).fit(graph)
        assert model.manifest["config"]["window"] == 10
        model.save(f"{number}.vec")
        assert Path(f"{number}.vec").read_bytes() == Path("a.vec").read_bytes()
    reading = InputOptions(format="edges")
    with pytest.raises(UsageError, match="format= is for files"):
        SkipGram(dim=8).fit([["a", "b"]], input=reading)


def test_options_of_walks_survive_json():
    from dataclasses import asdict

    options = InputOptions(format="edges", walks=WalkOptions("node2vec", p=2))
    assert InputOptions.from_dict(json.loads(json.dumps(asdict(options)))) == options
    assert InputOptions.from_dict(asdict(InputOptions())) == InputOptions()


def test_an_encoded_corpus_is_read_without_a_copy():
    corpus = random_corpus(5)
    piece = corpus.read(2, 4, epoch=3)
    assert piece.tokens is corpus.tokens
    assert piece.size == corpus.starts[4] - corpus.starts[2]
    assert corpus.lengths().sum() == len(corpus.tokens)
