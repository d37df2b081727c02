"""Ranks that read parts of a corpus have the corpus, and the vocabulary, of one that reads it all."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.corpus.cooccurrence.graph import build_graph
from w2vneg.corpus.cooccurrence.ranks import sum_of_parts
from w2vneg.corpus.encode import encode
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError
from w2vneg.training.cluster.shard import joined, shard_of
from w2vneg.training.cluster.simulated import simulate

WORDS = [*(f"w{n}" for n in range(40)), "é" * 5, "x" * 16 + "y", "x" * 16 + "z", "a" * 40]


def text(seed, lines, ending="\n"):
    rng = np.random.default_rng(seed)
    return ending.join(
        " ".join(rng.choice(WORDS, rng.integers(0, 12))) for _ in range(lines)
    ).encode()


def check_parts(paths, size, **options):
    """Assert that the parts of ranks, one after the other, are what one process reads."""
    whole = encode(paths, cache=False, **options)
    parts = simulate(size, lambda ranks: _part(paths, ranks, options))
    assert np.concatenate([part.tokens for part, _ in parts]).tolist() == whole.tokens.tolist()
    starts = np.concatenate([[0], *(part.starts[1:] + shard.begin for part, shard in parts)])
    assert starts.tolist() == whole.starts.tolist()
    for part, shard in parts:
        assert part.is_part
        assert part.vocabulary.blob == whole.vocabulary.blob
        assert part.vocabulary.counts.tolist() == whole.vocabulary.counts.tolist()
        assert part.fingerprint == whole.fingerprint
        own, theirs = part.report.to_dict(), whole.report.to_dict()
        assert {**own, "seconds": 0} == {**theirs, "seconds": 0}
        assert np.bincount(shard.lengths()).tolist() == np.bincount(whole.lengths()).tolist()
        assert shard.total == len(whole.tokens)


def _part(paths, ranks, options):
    part = encode(paths, cache=False, ranks=ranks, **options)
    return part, joined(part, ranks)


@given(
    seed=st.integers(0, 999),
    lines=st.integers(5, 300),
    size=st.integers(2, 6),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    options=st.sampled_from([{}, {"max_vocab": 5}, {"min_count": 1}]),
)
@settings(max_examples=12, deadline=None)
def test_parts_are_the_whole(tmp_path_factory, seed, lines, size, ending, options):
    path = tmp_path_factory.mktemp("c") / "c.txt"
    path.write_bytes(text(seed, lines, ending) + b" w1 w2 w1 w2" * 5)
    check_parts([path], size, **{"min_count": 2, **options})


def test_several_files_compressed_ones_whole(tmp_path):
    paths = [tmp_path / name for name in ("a.txt", "b.gz", "empty.txt", "c.txt")]
    paths[0].write_bytes(text(1, 400))
    paths[1].write_bytes(gzip.compress(text(2, 600)))
    paths[2].write_bytes(b"")
    paths[3].write_bytes(text(3, 900))
    check_parts(paths, 2, min_count=2)


def test_a_given_vocabulary(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(text(4, 500))
    words = Vocabulary(["w3", "w1", "nowhere"], np.array([3, 2, 1]))
    check_parts([path], 3, vocabulary=words)


def test_what_cannot_be_divided_is_read_by_all(tmp_path):
    path = tmp_path / "c.gz"
    path.write_bytes(gzip.compress(text(5, 3000)))
    for options in ({}, {"max_tokens": 700}):
        whole = encode([path], cache=False, **options)

        def work(ranks, options=options):
            corpus = encode([path], cache=False, ranks=ranks, **options)
            assert not corpus.is_part
            return shard_of(corpus, ranks)

        shards = simulate(3, work)
        tokens = np.concatenate([shard.tokens for shard in shards])
        assert tokens.tolist() == whole.tokens.tolist()


def test_own_files_of_each_rank_are_one_corpus(tmp_path):
    paths = [tmp_path / f"{n}.txt" for n in range(3)]
    for n, path in enumerate(paths):
        path.write_bytes(text(n, 300 + n) + b"\n")
    whole = encode(paths, cache=False)
    parts = simulate(
        3, lambda ranks: encode([paths[ranks.rank]], cache=False, ranks=ranks, own_files=True)
    )
    assert np.concatenate([part.tokens for part in parts]).tolist() == whole.tokens.tolist()
    assert {part.fingerprint for part in parts} == {whole.fingerprint}


def test_parts_are_cached_for_their_rank(tmp_path, monkeypatch):
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "c.txt"
    path.write_bytes(text(6, 500))

    def work(ranks):
        part = encode([path], ranks=ranks)
        return part.report.from_cache, part.fingerprint, len(part.tokens)

    first, again = simulate(2, work), simulate(2, work)
    assert [each[0] for each in first] == [False, False]
    assert [each[0] for each in again] == [True, True]
    assert [each[1:] for each in first] == [each[1:] for each in again]
    assert encode([path]).report.from_cache is False


def test_a_word_too_rare_in_each_part_is_found(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(b"\n".join([b"a b c rare d"] + [b"a b c d e f g h i j k"] * 200 + [b"rare x"]))
    parts = simulate(2, lambda ranks: encode([path], min_count=2, cache=False, ranks=ranks))
    assert "rare" in parts[0].vocabulary.words


def test_errors_name_the_remedy(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(b"a b c d e f g\n" * 3)
    with pytest.raises(DataError, match="the most frequent 3 times"):
        simulate(2, lambda ranks: encode([path], min_count=9, cache=False, ranks=ranks))
    with pytest.raises(UsageError, match="stdin can be read by one of several ranks only"):
        simulate(2, lambda ranks: encode("-", ranks=ranks))


def test_the_graph_of_parts_is_the_graph_of_the_whole(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(text(7, 600))
    whole = build_graph(encode([path], cache=False), window=4, min_weight=3)

    def work(ranks):
        part = shard_of(encode([path], cache=False), ranks)
        return sum_of_parts(build_graph(part, window=4), ranks, 3)

    for graph in simulate(3, work):
        for name in ("indptr", "ids", "weights", "counts"):
            assert getattr(graph, name).tolist() == getattr(whole, name).tolist()
        assert graph.words == whole.words
