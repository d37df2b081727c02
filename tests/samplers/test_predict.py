"""Negatives that belong to the word that predicts: the center predicts its contexts."""

import numpy as np
import pytest
from helpers.toys import corpus_of, random_corpus, sampler_for, train_once, train_rounds

from w2vneg.errors import UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.samplers import configure, form_of
from w2vneg.samplers.proposals.gneg.gneg import row_probabilities

SIZE = 6
CORPUS = random_corpus(40, sentences=10 if INTERPRETED else 80)
ROUNDS, LAST = 800, 300
#: Methods whose hooks look at cells in ways of their own.
SAMPLERS = ["unigram", "dynamic", "ace", "nscaching", "srns", "aobpr", "mixgcf", "mixed-noise"]


@pytest.mark.parametrize("sampler", SAMPLERS[:1] if INTERPRETED else SAMPLERS)
def test_samplers_train_in_either_direction(sampler):
    built = sampler_for(CORPUS, sampler=sampler)
    w_in, w_out, _, tally = train_once(CORPUS, built, outward=True)
    again = train_once(CORPUS, sampler_for(CORPUS, sampler=sampler), outward=True)
    assert np.isfinite(w_in).all()
    assert np.isfinite(w_out).all()
    assert w_in.tobytes() == again[0].tobytes()
    assert w_out.tobytes() == again[1].tobytes()
    assert tally.pairs > 0
    assert not w_in[:, 8:].any(), "the padding must stay zero"


def test_the_window_form_is_taken():
    assert form_of(configure()) == "block"
    assert form_of(configure(predict="contexts")) == "window"


def test_what_has_one_positive_a_window_is_refused():
    for options in (
        {"form": "block"},
        {"sampler": "kgpolicy"},
        {"sampler": "ifnd"},
        {"sampler": "sampled-softmax"},
        {"method": "whole-data"},
    ):
        with pytest.raises(UsageError, match="predict="):
            configure(predict="contexts", **options)
    configure(predict="contexts", weighting="nearest", toward="anchor")


def pairs_corpus():
    rng = np.random.default_rng(5)
    counts = rng.integers(20, 200, (SIZE, SIZE))
    lines = [f"w{i} w{j}" for (i, j), n in np.ndenumerate(counts) for _ in range(n)]
    rng.shuffle(lines)
    return corpus_of(*lines)


def settled(corpus, **options):
    """The mean scores of the last rounds, and p(v | u)."""
    sampler = sampler_for(corpus, **options)
    total = np.zeros((SIZE, SIZE))
    rounds = train_rounds(
        corpus, sampler, ROUNDS, window=1, dim=16, lr=0.02, anneal=True, outward=True
    )
    for number, (w_in, w_out, _, _) in enumerate(rounds):
        if number >= ROUNDS - LAST:
            total += w_in.astype(float) @ w_out.astype(float).T
    pairs, joint = corpus.tokens.reshape(-1, 2), np.zeros((SIZE, SIZE))
    np.add.at(joint, (pairs[:, 0], pairs[:, 1]), 1)
    joint += joint.T
    return total / LAST, joint / joint.sum(axis=1, keepdims=True), sampler


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("negatives", [1, 5])
def test_a_flat_noise_leads_where_it_leads_in_the_other_direction(negatives):
    corpus = pairs_corpus()
    scores, given, _ = settled(corpus, negatives=negatives)
    noise = corpus.vocabulary.counts**0.75
    expected = np.log(given / (negatives * noise / noise.sum() * (1 - given)))
    np.testing.assert_allclose(scores, expected, atol=0.12)


@pytest.mark.slow
@pytest.mark.once
def test_noise_is_that_of_the_word_that_predicts():
    """Not a mean over the words that it occurs with: log p(v|u) - log(K h(v|u))."""
    corpus = pairs_corpus()
    scores, given, sampler = settled(
        corpus, sampler="gneg", gneg_family="difference", gneg_power=1.0, gneg_window=2, negatives=3
    )
    rows = np.array([row_probabilities(sampler.states.proposal.rows, 1, c) for c in range(SIZE)])
    expected = np.log(given / (3 * rows * (1 - given)))
    error = np.abs(scores - expected)  # words that are drawn rarely remain a little too high
    assert error.mean() < 0.08
    assert error.max() < 0.25
    mean = np.log(given / (3 * given @ rows))
    assert np.abs(scores - mean).mean() > 0.5
