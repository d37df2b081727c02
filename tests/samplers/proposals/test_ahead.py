"""Draws that begin windows ahead: the same distributions, each for its own center word."""

import numpy as np
import pytest
from helpers.toys import random_corpus, sampler_for
from scipy.stats import chisquare

from w2vneg.kernel.hooks import expect, propose
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.samplers.proposals.gneg import members
from w2vneg.samplers.proposals.gneg.gneg import row_probabilities

SIZE = 12
CORPUS = random_corpus(SIZE, sentences=200)
CENTERS = 40_000 if not INTERPRETED else 600


@kernel
def _tally(proposal, rng, centers, twice, ahead, out, counts):
    """Announce and propose as the training loop does; count the draws for each center word."""
    fallbacks = 0
    for later in range(min(ahead, centers.size)):
        expect(proposal, rng, centers[later], out.size)
    for position in range(centers.size):
        if position + ahead < centers.size:
            expect(proposal, rng, centers[position + ahead], out.size)
        for _ in range(1 + twice[position]):  # windows of two pieces
            fallbacks += propose(proposal, rng, centers[position], out, out.size)
            for n in range(out.size):
                counts[centers[position], out[n]] += 1
    return fallbacks


def tally(sampler, ahead, seed=1, pieces=True):
    rng = np.random.default_rng(0)
    # Runs of the same word, which a window of several pieces must not be confused by.
    centers = np.repeat(rng.integers(0, SIZE, CENTERS), rng.integers(1, 4, CENTERS))
    twice = rng.integers(0, 2, len(centers)) * pieces
    counts = np.zeros((SIZE, SIZE), np.int64)
    proposal = sampler.per_thread(1)[0].proposal
    with np.errstate(over="ignore"):
        fallbacks = _tally(
            proposal, seed_states(seed, 1)[0], centers, twice, ahead, np.zeros(3, np.int64), counts
        )
    assert counts.sum() == 3 * (len(centers) + twice.sum())
    return counts, fallbacks, proposal


@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize(
    "options",
    [
        {"gneg_family": "adjacency"},
        {"gneg_family": "smoothed"},
        {"gneg_family": "difference"},
        {"gneg_family": "walk", "gneg_steps": 4, "gneg_power": 1.0},
        {"gneg_family": "walk", "gneg_keep": 2},
        {"gneg_family": "difference", "gneg_lambda": 0.5},
    ],
    ids=lambda options: "-".join(str(value) for value in options.values()),
)
def test_each_center_word_keeps_its_distribution(options, ahead):
    sampler = sampler_for(CORPUS, sampler="gneg", gneg_window=3, **options)
    counts, fallbacks, proposal = tally(sampler, ahead)
    assert fallbacks == 0
    assert proposal.ahead.queue[0] == proposal.ahead.queue[1], "nothing is left over"
    mix = options.get("gneg_lambda", 0.0)
    noise = CORPUS.vocabulary.counts**0.75 / (CORPUS.vocabulary.counts**0.75).sum()
    for word in range(SIZE):
        row = row_probabilities(proposal.rows, proposal.steps, word)
        expected = mix * noise + (1 - mix) * row
        assert not counts[word][expected == 0].any()
        likely = expected * counts[word].sum() >= 5
        actual, wanted = counts[word][likely], expected[likely]
        assert chisquare(actual, wanted * (actual.sum() / wanted.sum())).pvalue > 1e-6


@pytest.mark.parametrize("restart", [0.3, 1.0])
def test_walks_with_restart_are_the_same_begun_ahead_or_not(restart):
    sampler = sampler_for(CORPUS, sampler="rws", restart=restart, gneg_window=3)
    ahead, _, _ = tally(sampler, 3)
    alone, _, _ = tally(sampler, 0, seed=2)
    for one, other in zip(ahead, alone, strict=True):
        likely = one + other >= 20
        actual, wanted = one[likely], ((one + other) / 2)[likely]
        # Both are samples, so that their differences have twice the variance of one.
        statistic = ((actual - wanted) ** 2 / wanted).sum() * 2
        assert statistic < likely.sum() + 6 * np.sqrt(2 * likely.sum())


def test_windows_that_never_come_do_not_stay():
    """As after an error: what was announced and not proposed makes room."""
    sampler = sampler_for(CORPUS, sampler="gneg", gneg_window=3, gneg_family="difference")
    proposal, rng = sampler.per_thread(1)[0].proposal, seed_states(1, 1)[0]
    out, centers = np.zeros(3, np.int64), np.arange(SIZE) % SIZE
    with np.errstate(over="ignore"):
        for center in centers:
            _tally(proposal, rng, centers[:0], centers[:0], 0, out, np.zeros((1, 1), np.int64))
            _expect(proposal, rng, center, 3)
        queue = proposal.ahead.queue
        assert queue[0] - queue[1] <= 4
        counts = np.zeros((SIZE, SIZE), np.int64)
        _tally(proposal, rng, centers, 0 * centers, 3, out, counts)
    assert (counts.sum(axis=1) == 3).all()


@kernel
def _expect(proposal, rng, center, count):
    expect(proposal, rng, center, count)


@pytest.mark.parametrize("family", ["difference", "walk"])
def test_rows_are_searched_where_bits_would_be_too_many(family, monkeypatch):
    options = {"sampler": "gneg", "gneg_window": 3, "gneg_family": family, "gneg_keep": 2}
    bits, _, proposal = tally(sampler_for(CORPUS, **options), 3)
    assert proposal.rows.members.size == SIZE * 2
    monkeypatch.setattr(members, "_MOST_BYTES", 0)
    searched, _, proposal = tally(sampler_for(CORPUS, **options), 3)
    assert proposal.rows.members.size == 0
    np.testing.assert_array_equal(bits, searched)
