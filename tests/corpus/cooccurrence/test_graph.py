"""The co-occurrence graph against a slow count, and its file."""

import numpy as np
import pytest
from helpers.toys import corpus_of, random_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.corpus.cooccurrence.graph import Graph, build_graph
from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.system.interrupt import StopFlag


def dense(graph):
    matrix = np.zeros((len(graph), len(graph)), np.int64)
    for word in range(len(graph)):
        ids, weights = graph.row(word)
        matrix[word, ids] = weights
    return matrix


def counted(corpus, window, size):
    """The definition: ordered pairs, symmetrised, the diagonal once."""
    pairs = np.zeros((size, size), np.int64)
    for begin, end in zip(corpus.starts[:-1], corpus.starts[1:], strict=True):
        line = corpus.tokens[begin:end].tolist()
        for i, left in enumerate(line):
            for right in line[i + 1 : i + window]:
                if left < size and right < size:
                    pairs[left, right] += 1
    return pairs + pairs.T - np.diag(np.diag(pairs))


def test_the_example_of_the_paper():
    corpus = corpus_of("a b a c")
    a, b, c = (corpus.vocabulary.words.index(w) for w in "abc")
    near = dense(build_graph(corpus, window=2))
    assert (near[a, b], near[a, c], near.sum()) == (2, 1, 6)
    wider = dense(build_graph(corpus, window=3))
    assert (wider[a, b], wider[a, c], wider[a, a], wider[b, c]) == (2, 1, 1, 1)


def test_words_beyond_the_graph_keep_positions():
    corpus = corpus_of("a x a c", "a c", "a", "c")  # by count: a, c, x
    graph = dense(build_graph(corpus, window=2, vocab=2))
    assert graph.tolist() == [[0, 2], [2, 0]]


@pytest.mark.parametrize("block_bytes", [1, 1500, 1 << 20])
@pytest.mark.parametrize("window", [2, 3, 7])
@pytest.mark.parametrize("threads", [1, 3])
def test_equals_the_slow_count(block_bytes, window, threads):
    corpus = random_corpus(30, sentences=300)
    graph = build_graph(corpus, window=window, vocab=25, threads=threads, block_bytes=block_bytes)
    np.testing.assert_array_equal(dense(graph), counted(corpus, window, 25))


def test_rare_words_are_counted_by_sorting():
    from w2vneg.corpus.cooccurrence.graph import plan_blocks

    corpus = random_corpus(300, sentences=200)
    plan = plan_blocks(corpus.vocabulary.counts, 2, 4000)
    assert {dense for _, _, dense in plan} == {True, False}
    assert [low for low, _, _ in plan[1:]] == [high for _, high, _ in plan[:-1]]
    graph = build_graph(corpus, window=2, vocab=300, block_bytes=4000)
    np.testing.assert_array_equal(dense(graph), counted(corpus, 2, 300))


def test_light_edges_are_left_out():
    corpus = random_corpus(20)
    full = counted(corpus, 5, 20)
    counts = dense(build_graph(corpus, min_weight=3))
    np.testing.assert_array_equal(counts, np.where(full >= 3, full, 0))


def test_file_round_trip(tmp_path):
    graph = build_graph(random_corpus(30), window=4, min_weight=2)
    graph.save(tmp_path / "g.npz")
    again = Graph.load(tmp_path / "g.npz")
    for name in ("indptr", "ids", "weights", "counts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(graph, name))
    assert (again.window, again.min_weight, again.words) == (4, 2, graph.words)


def test_truncated_file_is_refused_at_every_length(tmp_path):
    graph = build_graph(corpus_of("a b a c"))
    graph.save(tmp_path / "g.npz")
    whole = (tmp_path / "g.npz").read_bytes()
    cut = tmp_path / "cut.npz"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(DataError, match="cut.npz"):
            Graph.load(cut)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(tmp_path_factory, position, bit):
    folder = tmp_path_factory.mktemp("flip")
    graph = build_graph(corpus_of("a b a c"))
    graph.save(folder / "g.npz")
    data = bytearray((folder / "g.npz").read_bytes())
    data[position % len(data)] ^= 1 << bit
    (folder / "g.npz").write_bytes(data)
    try:
        again = Graph.load(folder / "g.npz")
    except DataError as error:
        assert "\n" not in str(error)
        return
    np.testing.assert_array_equal(dense(again), dense(graph))


@pytest.mark.parametrize(
    "change",
    [
        {"indptr": np.array([0, 1, 1, 1])},
        {"ids": np.array([0, 9, 0, 0], np.int32)},
        {"ids": np.array([2, 1, 0, 0], np.int32)},
        {"weights": np.array([2, 1, 2, 0], np.uint32)},
        {"words": b"a\nb\n"},
        {"counts": np.array([2, 1])},
    ],
)
def test_inconsistent_graph_is_refused(tmp_path, change):
    from dataclasses import replace

    graph = build_graph(corpus_of("a b a c"), window=2)
    replace(graph, **change).save(tmp_path / "g.npz")
    with pytest.raises(DataError, match="damaged"):
        Graph.load(tmp_path / "g.npz")


def test_another_vocabulary_is_refused():
    graph = build_graph(corpus_of("a b a c"))
    with pytest.raises(UsageError, match="word 0 is 'a' there and 'b' here"):
        graph.check_vocabulary(corpus_of("b b b a c").vocabulary)
    with pytest.raises(UsageError, match="3 words, the vocabulary 2"):
        graph.check_vocabulary(corpus_of("a b").vocabulary)


def test_stop_flag_ends_the_count():
    stop = StopFlag()
    stop.set(2)
    with pytest.raises(Interrupted):
        build_graph(random_corpus(30), stop=stop)
