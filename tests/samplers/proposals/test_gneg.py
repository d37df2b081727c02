"""GNEG's distributions against their dense definition."""

import numpy as np
import pytest
from helpers.toys import ROUNDS, corpus_of, draw, random_corpus, sampler_for

from w2vneg.corpus.cooccurrence.graph import build_graph
from w2vneg.errors import UsageError
from w2vneg.samplers.proposals.gneg.gneg import row_probabilities

SIZE = 50
CORPUS = random_corpus(SIZE, sentences=400)
FAMILIES = ("adjacency", "smoothed", "difference", "walk")


def counts_of(corpus, window):
    graph = build_graph(corpus, window=window, vocab=len(corpus.vocabulary))
    matrix = np.zeros((len(graph), len(graph)))
    for word in range(len(graph)):
        ids, weights = graph.row(word)
        matrix[word, ids] = weights
    return matrix


def dense(corpus, family, power, window=3, steps=1, loops=False):
    """The definition, with full matrices (authors' code, as methods and docstrings tell)."""
    near = counts_of(corpus, window)
    if family == "walk" and not loops:
        np.fill_diagonal(near, 0)
    if family == "smoothed":
        for row in near:
            row[row == 0] = row[row > 0].min()
    rows = near / near.sum(axis=1, keepdims=True)
    if family == "difference":
        frequency = corpus.vocabulary.counts / corpus.vocabulary.counts.sum()
        rows = frequency - rows
        for row in rows:
            row[row < 0] = row[row >= 0].min()
    if family == "walk":
        rows = np.linalg.matrix_power(rows, steps)
    powered = np.where(rows > 0, rows, 0) ** power * (rows > 0)
    return powered / powered.sum(axis=1, keepdims=True)


def make(corpus=CORPUS, **options):
    named = {f"gneg_{name}": value for name, value in options.items()}
    return sampler_for(corpus, sampler="gneg", **{"gneg_window": 3, **named})


def probabilities(proposal, word):
    return row_probabilities(proposal.rows, proposal.steps, word)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("power", [0.01, 0.25, 1.0])
@pytest.mark.parametrize("window", [2, 5])
def test_rows_are_exact(family, power, window):
    steps = 3 if family == "walk" else 1
    sampler = make(family=family, power=power, window=window, steps=steps)
    expected = dense(CORPUS, family, power, window, steps)
    for word in range(SIZE):
        actual = probabilities(sampler.states.proposal, word)
        np.testing.assert_allclose(actual, expected[word], atol=2e-8)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("power", [0.25, 1.0])
@pytest.mark.parametrize("word", [0, 17, SIZE - 1])
def test_draws_follow_the_rows_by_chi_square(family, power, word):
    from scipy.stats import chisquare

    steps = 4 if family == "walk" else 1
    sampler = make(family=family, power=power, steps=steps)
    expected = dense(CORPUS, family, power, 3, steps)[word]
    counts, fallbacks = draw(sampler, SIZE, center=word)
    assert fallbacks == 0
    assert counts[expected == 0].sum() == 0
    likely = expected * counts.sum() >= 5
    rest = counts[~likely].sum(), expected[~likely].sum() * counts.sum()
    actual, wanted = [*counts[likely], rest[0]], [*expected[likely] * counts.sum(), rest[1]]
    if rest[1] == 0:
        actual, wanted = actual[:-1], wanted[:-1]
    assert chisquare(actual, np.array(wanted) * sum(actual) / sum(wanted)).pvalue > 1e-6


@pytest.mark.parametrize("loops", [False, True])
def test_walks_with_and_without_staying(loops):
    sampler = make(family="walk", power=1.0, steps=2, self_loops=loops)
    expected = dense(CORPUS, "walk", 1.0, 3, 2, loops)
    actual = np.array([probabilities(sampler.states.proposal, word) for word in range(SIZE)])
    np.testing.assert_allclose(actual, expected, atol=3e-8)


@pytest.mark.slow
def test_walks_are_reversible_and_mix():
    near = counts_of(CORPUS, 3)
    np.fill_diagonal(near, 0)
    stationary = near.sum(axis=1) / near.sum()
    distances = []
    for steps in (1, 2, 4, 8, 16):
        proposal = make(family="walk", power=1.0, steps=steps).states.proposal
        rows = np.array([probabilities(proposal, word) for word in range(SIZE)])
        flow = stationary[:, None] * rows
        np.testing.assert_allclose(flow, flow.T, atol=1e-8)
        distances.append(np.abs(rows - stationary).sum(axis=1).max() / 2)
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.05


def test_words_outside_the_graph_keep_their_unigram_share():
    from scipy.stats import chisquare

    options = {"family": "smoothed", "power": 0.25, "vocab": 20}
    rows = make(**options).states.proposal.rows
    counts, _ = draw(make(**options, outside="unigram"), SIZE, center=3)
    noise = CORPUS.vocabulary.counts**0.75
    noise /= noise.sum()
    expected = noise.copy()
    expected[:20] = row_probabilities(rows, 1, 3) * noise[:20].sum()
    assert chisquare(counts, expected * counts.sum()).pvalue > 1e-6
    plain, _ = draw(make(**options), SIZE, center=3)
    assert plain[20:].sum() == 0
    every, _ = draw(make(family="smoothed", outside="unigram"), SIZE, center=3)
    np.testing.assert_array_equal(every, draw(make(family="smoothed"), SIZE, center=3)[0])


def test_walk_power_keeps_likely_ends_and_mass():
    exact = dense(CORPUS, "walk", 0.25, 3, 2)
    proposal = make(family="walk", power=0.25, steps=2, keep=10).states.proposal
    for word in range(SIZE):
        actual = probabilities(proposal, word)
        cells = proposal.rows.cells[proposal.rows.first[word] : proposal.rows.first[word + 1], 1]
        np.testing.assert_allclose(actual[cells], exact[word, cells], atol=2e-8)
        assert actual.sum() == pytest.approx(1)
        # The rest follows degree^power: near the truth, not equal to it.
        assert np.abs(actual - exact[word]).sum() / 2 < 0.12


def test_power_zero_is_uniform_over_the_neighbours():
    proposal = make(family="adjacency", power=0.0).states.proposal
    near = counts_of(CORPUS, 3) > 0
    for word in range(SIZE):
        np.testing.assert_allclose(
            probabilities(proposal, word), near[word] / near[word].sum(), atol=2e-8
        )


def test_draws_stay_in_the_block_of_the_center():
    corpus = corpus_of(*["a b c a", "b c", "x y z x", "y z"] * 5)
    proposal = make(corpus, family="walk", power=1.0, steps=3).states.proposal
    words = corpus.vocabulary.words
    block = np.array([word in "abc" for word in words])
    for word in range(6):
        actual = probabilities(proposal, word)
        assert actual[block == block[word]].sum() == pytest.approx(1)


def test_words_outside_the_graph_fall_back():
    sampler = make(vocab=20)
    inside, none = draw(sampler, SIZE, center=3)
    outside, all_of_them = draw(sampler, SIZE, center=30)
    assert none == 0
    assert inside[20:].sum() == 0
    assert all_of_them == outside.sum() == 5 * ROUNDS
    assert outside[20:].sum() > 0


@pytest.mark.parametrize("mix", [0.0, 0.3, 1.0])
def test_the_unigram_share_is_lambda(mix):
    corpus = corpus_of(*["a b"] * 50, *["c d"] * 50)
    sampler = make(corpus, family="adjacency", **{"lambda": mix})
    a, b = (corpus.vocabulary.words.index(w) for w in "ab")
    counts, fallbacks = draw(sampler, 4, center=a)
    assert fallbacks == 0, "a wanted unigram draw is no fallback"
    total = counts.sum()
    expected = (1 - mix) + mix / 4
    spread = 5 * (expected * (1 - expected) / total) ** 0.5 + 1e-9
    assert counts[b] / total == pytest.approx(expected, abs=spread)


def test_the_graph_may_come_from_a_file(tmp_path):
    path = tmp_path / "g.npz"
    build_graph(CORPUS, window=3).save(path)
    read, built = make(graph=str(path)), make()
    for left, right in zip(read.states.proposal.rows, built.states.proposal.rows, strict=True):
        np.testing.assert_array_equal(left, right)
    with pytest.raises(UsageError, match="gneg_window=7"):
        make(graph=str(path), window=7)
    with pytest.raises(UsageError, match="another vocabulary|words, the vocabulary"):
        make(corpus_of("b b a"), graph=str(path))
