"""Where rank-bpr leads: the scores at which its exact expected gradient is zero.

Its steps vanish for a positive above all draws, so that no score can stay alone on top: the highest
two are equal in the end, and change places all the time. With scores chosen so, the expected gradient
is linear in the probabilities of the positives, which follow from it; a corpus with these must lead
to the scores.
"""

from math import comb

import numpy as np
import pytest
from helpers.toys import corpus_of, sampler_for, train_rounds

from w2vneg.samplers.losses.rank_bpr import scales_of

pytestmark = [pytest.mark.slow, pytest.mark.once]

WORDS, DRAWS = 6, 5
SCORES = np.array([-0.2, 0.6, -1.0, 0.6, 0.2, -0.6])
NOISE = 1 / (WORDS + 1)  # uniform; one more word, the context, which is never a positive
SCALES = scales_of(np.arange(DRAWS + 1), DRAWS, WORDS + 1).astype(float)


def pulls(scores):
    """(WORDS, WORDS): the expected pull between positive a and a draw of b, by enumeration.

    How many of the other draws score as high as a is binomial; draws of a itself are dropped.
    """
    result = np.zeros((WORDS, WORDS))
    for a in range(WORDS):
        higher = NOISE * sum(scores[b] >= scores[a] for b in range(WORDS) if b != a)
        for b in range(WORDS):
            if a != b:
                own = int(scores[b] >= scores[a])
                scale = sum(
                    comb(DRAWS - 1, k)
                    * higher**k
                    * (1 - higher) ** (DRAWS - 1 - k)
                    * SCALES[own + k]
                    for k in range(DRAWS)
                )
                result[a, b] = scale * NOISE / (1 + np.exp(scores[a] - scores[b]))
    return result


def positives():
    """The probabilities of the positives for which SCORES is the fixed point."""
    top = np.flatnonzero(np.equal(SCORES, SCORES.max()))
    assert len(top) == 2
    nudge = 1e-9 * (np.arange(WORDS) == top[0])
    mean = (pulls(SCORES + nudge) + pulls(SCORES - nudge)) / 2  # either is on top half of the time
    balance = mean.T - np.diag(mean.sum(axis=1))
    balance[-1] = 1
    return np.linalg.solve(balance, np.arange(WORDS) == WORDS - 1)


def test_scores_settle_where_the_expected_gradient_is_zero():
    shares = positives()
    assert shares.min() > 0.005
    numbers = np.round(4000 * shares).astype(int)
    lines = [f"hub w{i}" for i, number in enumerate(numbers) for _ in range(number)]
    np.random.default_rng(1).shuffle(lines)
    corpus = corpus_of(*lines)
    sampler = sampler_for(corpus, sampler="rankmbpr", proposal="uniform", negatives=DRAWS)
    words = corpus.vocabulary.words
    hub, others = words.index("hub"), [words.index(f"w{i}") for i in range(WORDS)]
    total, rounds, last = np.zeros(WORDS), 300, 100
    steps = train_rounds(corpus, sampler, rounds, window=1, dim=16, lr=0.02, anneal=True)
    for number, (w_in, w_out, _, _) in enumerate(steps):
        if number >= rounds - last:
            total += w_out[others].astype(float) @ w_in[hub].astype(float) / last
    np.testing.assert_allclose(total - total.mean(), SCORES - SCORES.mean(), atol=0.12)
    plain = np.log(shares / shares.sum())  # what bpr with the same noise leads to
    assert np.abs(plain - plain.mean() - (SCORES - SCORES.mean())).max() > 0.5
