"""Hard negatives separate what unigram noise leaves mixed, on a corpus whose answer is known.

Forty classes of words, in twenty pairs. A sentence holds words of one class, and, in three of ten
places, words of the class's twin: topics (pairs) are easy to tell apart, twins are hard. A unigram
negative is a word of the twin class in one of forty draws; a hard sampler finds it more often.
Measured: the share of a word's seven nearest neighbours that are of its own class, its seven
companions being the right answer.
"""

import numpy as np
import pytest
from helpers.toys import sampler_for, train_rounds

from w2vneg.corpus.encode import encode_sentences

pytestmark = pytest.mark.once  # trains whole corpora

TOPICS, WORDS, DIM, SEEDS = 20, 8, 10, 8


def planted(seed):
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(4000):
        topic, side = rng.integers(TOPICS), rng.integers(2)
        sides = np.where(rng.random(6) < 0.3, 1 - side, side)
        lines.append([f"{topic}/{s}/{rng.integers(WORDS)}" for s in sides])
    return encode_sentences(lines, min_count=1)


def purity(corpus, w_in):
    """Return the shares of nearest words that are of the same class, and of the same topic."""
    names = [word.split("/") for word in corpus.vocabulary.words]
    topic = np.array([name[0] for name in names])
    kind = np.array([name[0] + name[1] for name in names])
    rows = w_in[:, :DIM] / np.linalg.norm(w_in[:, :DIM], axis=1, keepdims=True)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, : WORDS - 1]
    return (kind[nearest] == kind[:, None]).mean(), (topic[nearest] == topic[:, None]).mean()


def purities(**options):
    actual = []
    for seed in range(SEEDS):
        corpus = planted(seed)
        sampler = sampler_for(corpus, **options)
        rounds = train_rounds(corpus, sampler, 6, window=5, dim=DIM, seed=seed, anneal=True)
        for w_in, _, _, _ in rounds:
            last = w_in
        actual.append(purity(corpus, last))
    return np.array(actual)


@pytest.fixture(scope="module")
def unigram():
    return purities()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "least_gain"),
    [
        ({"sampler": "dynamic", "candidates": 40}, 0.08),
        ({"weighting": "self-adversarial", "candidates": 20}, 0.08),
    ],
    ids=["dynamic", "self-adversarial"],
)
def test_hard_negatives_separate_twins(unigram, options, least_gain):
    hard = purities(**options)
    assert (unigram[:, 1] > 0.98).all(), "topics are easy for both"
    assert (hard[:, 1] > 0.98).all()
    assert unigram[:, 0].mean() < 0.8, "unigram noise leaves twins mixed"
    gain = hard[:, 0] - unigram[:, 0]
    # 99 % interval of the paired difference over the seeds; t of 7 degrees of freedom.
    reach = 3.5 * gain.std(ddof=1) / SEEDS**0.5
    assert gain.mean() - reach > least_gain, (gain.mean(), reach)


@pytest.mark.slow
def test_substitutes_of_the_positive_are_weaker_negatives(unigram):
    """Hard candidates near the context word separate twins better than those near the positive."""
    gains = {
        toward: purities(sampler="kgpolicy", toward=toward, candidates=40)[:, 0] - unigram[:, 0]
        for toward in ("anchor", "positive")
    }
    gap = gains["anchor"] - gains["positive"]
    assert gap.mean() - 3.5 * gap.std(ddof=1) / SEEDS**0.5 > 0.04, gap.mean()


@pytest.mark.slow
def test_the_generator_of_ace_finds_twins_too(unigram):
    # The generator needs a larger rate than the vectors to follow six rounds of them, and none so
    # large (30 and more here) that it runs into a corner.
    learned = purities(sampler="ace", ace_lr=10.0)
    gain = learned[:, 0] - unigram[:, 0]
    reach = 3.5 * gain.std(ddof=1) / SEEDS**0.5
    assert gain.mean() - reach > 0.04, (gain.mean(), reach)


@pytest.mark.slow
def test_neighbours_as_negatives_tear_topics_apart(unigram):
    """Adjacency noise with power 1 draws a word's own companions: they repel each other."""
    torn = purities(sampler="gneg", gneg_family="adjacency", gneg_power=1.0)
    assert torn[:, 1].max() < 0.9
