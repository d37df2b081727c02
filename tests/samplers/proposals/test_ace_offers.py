"""Candidates of ACE's generator that are drawn ahead."""

import numpy as np
import pytest
from helpers.toys import random_corpus, sampler_for
from scipy.stats import chisquare

from w2vneg.kernel.hooks import expect, propose
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states

SIZE = 12
CORPUS = random_corpus(SIZE, sentences=200)
WINDOWS = 20_000 if not INTERPRETED else 400


@kernel
def _tally(proposal, rng, twice, ahead, out, offered, drawn):
    """Announce and propose as the training loop does; count what is offered and what is drawn."""
    pool = proposal.candidates
    for _ in range(min(ahead, twice.size)):
        expect(proposal, rng, 3, out.size)
    slot, wrong = 0, 0
    for position in range(twice.size):
        if position + ahead < twice.size:
            expect(proposal, rng, 3, out.size)
        for _ in range(1 + twice[position]):  # windows of two pieces
            propose(proposal, rng, 3, out, out.size)
            for m in range(pool):
                word = proposal.offered[slot * pool + m]
                wrong += proposal.offered_at[slot * pool + m] != word * proposal.length
                offered[word] += 1
            for n in range(out.size):
                drawn[out[n]] += 1
            slot = 1 - slot
    return wrong


@pytest.mark.parametrize("ahead", [0, 1, 3])
@pytest.mark.parametrize("pieces", [False, True])
def test_offers_are_draws_from_the_noise_and_none_is_left_over(ahead, pieces):
    sampler = sampler_for(CORPUS, sampler="ace", ace_candidates=5, ace_warmup=0.0)
    proposal = sampler.per_thread(1)[0].proposal
    twice = np.random.default_rng(0).integers(0, 2, WINDOWS) * pieces
    offered, drawn = np.zeros((2, SIZE), np.int64)
    with np.errstate(all="ignore"):
        wrong = _tally(
            proposal, seed_states(1, 1)[0], twice, ahead, np.zeros(3, np.int64), offered, drawn
        )
    assert wrong == 0
    noise = CORPUS.vocabulary.counts**0.75 / (CORPUS.vocabulary.counts**0.75).sum()
    for counts, each in ((offered, 5), (drawn, 3)):
        assert counts.sum() == each * (WINDOWS + twice.sum())
        # The vectors b are zero: the generator draws evenly.
        assert chisquare(counts, noise * counts.sum()).pvalue > 1e-6
    begun, _, taken = proposal.offers.queue
    assert begun == taken == WINDOWS


@kernel
def _expect(proposal, rng, times):
    for _ in range(times):
        expect(proposal, rng, 3, 3)


def test_windows_that_never_come_do_not_stay():
    """As after an error: what was announced and not proposed makes room."""
    sampler = sampler_for(CORPUS, sampler="ace", ace_candidates=5, ace_warmup=0.0)
    proposal, rng = sampler.per_thread(1)[0].proposal, seed_states(1, 1)[0]
    offered, drawn = np.zeros((2, SIZE), np.int64)
    with np.errstate(all="ignore"):
        _expect(proposal, rng, 11)
        assert proposal.offers.queue[0] - proposal.offers.queue[2] == 4
        _tally(proposal, rng, np.zeros(9, np.int64), 3, np.zeros(3, np.int64), offered, drawn)
    assert offered.sum() == 9 * 5
    assert offered.max() < 9 * 5
