"""LINE: what its first and second order lead to, against closed forms."""

import numpy as np
import pytest
from helpers.commands import compiled_only
from helpers.naive_walks import source_from

from w2vneg.graphs.walk_corpus import walk_corpus
from w2vneg.samplers import configure
from w2vneg.training.train import train

pytestmark = compiled_only

NODES = 6
PAIRS = [(f"n{i}", f"n{j}") for i in range(NODES) for j in range(i)]
WEIGHTS = np.random.default_rng(3).integers(1, 6, len(PAIRS)).astype(float).tolist()
NEGATIVES = 2


def trained(kind, form):
    """Train on the complete graph; return the corpus, and its edge weights and degrees as shares."""
    source = source_from(PAIRS, WEIGHTS, walks=kind, walks_per_node=20_000)
    corpus = walk_corpus(source)
    ids = corpus.vocabulary.index
    weights = np.zeros((NODES, NODES))
    for (u, v), w in zip(PAIRS, WEIGHTS, strict=True):
        weights[ids[u], ids[v]] = weights[ids[v], ids[u]] = w
    config = configure(
        preset="word2vec", dim=NODES + 2, window=1, sample=0, min_count=1, epochs=3, threads=1, lr=0.05,
        negatives=NEGATIVES, candidates=8, form=form, ns_exponent=0.75,
    )  # fmt: skip
    return corpus, train(corpus, config), weights / weights.sum()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["block", "window"])
def test_second_order_is_the_shifted_information_of_edges(form):
    corpus, result, weights = trained("line2", form)
    noise = corpus.vocabulary.counts**0.75
    noise /= noise.sum()
    scores = result.w_in.astype(float) @ result.w_out.astype(float).T
    # Levy and Goldberg, NIPS 2014, with a draw that equals the positive left out.
    off = ~np.eye(NODES, dtype=bool)
    degree = weights.sum(0)
    expected = np.log(
        weights[off] / (NEGATIVES * np.outer(degree, noise) - NEGATIVES * weights * noise)[off]
    )
    assert np.abs(scores[off] - expected).max() < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("form", ["block", "window"])
def test_first_order_has_one_matrix_and_leads_where_gradient_descent_does(form):
    corpus, result, weights = trained("line1", form)
    assert corpus.one_matrix
    assert np.shares_memory(result.w_in, result.w_out)
    noise = corpus.vocabulary.counts**0.75
    noise /= noise.sum()
    found = result.w_in.astype(float) @ result.w_in.astype(float).T
    expected = naive_first_order(weights, noise)
    off = ~np.eye(NODES, dtype=bool)
    assert (found == found.T).all()
    assert np.abs(found - expected)[off].max() < 0.25


def naive_first_order(weights, noise, steps=20_000, lr=0.5):
    """Full-batch gradient descent on the expected loss of LINE's first order, one matrix.

    For each pair (i, j): ``-log s(u_i u_j) - K E_n log s(-u_i u_n)``, without draws n = j.
    """
    rng = np.random.default_rng(0)
    u = rng.normal(size=(NODES, NODES + 2)) * 0.1
    degree = weights.sum(1)
    negatives = NEGATIVES * (np.outer(degree, noise) - weights * noise)
    for _ in range(steps):
        scores = u @ u.T
        s = 1 / (1 + np.exp(-scores))
        gradient = negatives * s - weights * (1 - s)
        u -= lr * (gradient + gradient.T) @ u
    return u @ u.T
