"""The counts of whole-data training: the window and subsampling of the training loop."""

import numpy as np
import pytest
from helpers.commands import compiled_only
from helpers.toys import corpus_of, random_corpus

from w2vneg.corpus.cooccurrence.subsample import Subsample
from w2vneg.samplers import configure
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.training.loops import with_sentences
from w2vneg.training.state import keep_thresholds
from w2vneg.training.whole_data.cells import count_cells


def count(corpus, threads=1, **options):
    config = configure(**{"method": "whole-data", "sample": 0, "min_count": 1, **options})
    config = with_sentences(config, np.diff(corpus.starts))
    return count_cells(corpus, config, threads, Progress(), StopFlag())


def dense(observed):
    size = len(observed.indptr) - 1
    matrix = np.zeros((size, size), np.int64)
    for i in range(size):
        part = slice(observed.indptr[i], observed.indptr[i + 1])
        matrix[i, observed.ids[part]] = observed.counts[part]
    return matrix


def slow(corpus, window, fixed):
    """Ordered pairs, by the radii that reach them."""
    size = len(corpus.vocabulary)
    pairs = np.zeros((size, size), np.int64)
    for begin, end in zip(corpus.starts[:-1], corpus.starts[1:], strict=True):
        line = corpus.tokens[begin:end].tolist()
        for i, left in enumerate(line):
            for j, right in enumerate(line):
                for radius in range(window if fixed else 1, window + 1):
                    pairs[left, right] += 0 < abs(i - j) <= radius
    return pairs


@pytest.mark.parametrize("window", [1, 3, 8])
@pytest.mark.parametrize("fixed", [False, True])
def test_a_pair_counts_as_often_as_a_radius_reaches_it(window, fixed):
    corpus = random_corpus(25, sentences=120)
    observed = count(corpus, window=window, fixed_window=fixed)
    assert observed.unit == (1 if fixed else window)
    np.testing.assert_array_equal(dense(observed), slow(corpus, window, fixed))
    np.testing.assert_array_equal(observed.sums(), dense(observed).sum(1))


def test_a_window_of_whole_sentences():
    corpus = corpus_of("a b c d", "a d")
    a, d = (corpus.vocabulary.words.index(w) for w in "ad")
    assert dense(count(corpus, window=0))[a, d] == 2


@compiled_only
@pytest.mark.parametrize("threads", [2, 3])
def test_counts_do_not_depend_on_threads(threads):
    corpus = random_corpus(25, sentences=120)
    alone, together = (count(corpus, n, sample=0.01) for n in (1, threads))
    np.testing.assert_array_equal(alone.counts, together.counts)
    np.testing.assert_array_equal(alone.ids, together.ids)


@compiled_only
def test_subsampling_keeps_each_word_as_often_as_the_training_loop():
    corpus = random_corpus(25, sentences=1500)
    keep = keep_thresholds(corpus.vocabulary.counts, 0.01)
    kept = np.zeros(25, np.int64)
    rounds = 40
    for seed in range(rounds):
        tokens, starts, _, _ = Subsample(keep, seed).thin(corpus.read(0, len(corpus.starts) - 1), 0)
        kept += np.bincount(tokens[: starts[-1]], minlength=25)
    chance = (keep + 1.0) / 2**32
    expected = rounds * corpus.vocabulary.counts * chance
    spread = expected * (1 - chance)
    free = spread > 5
    assert free.sum() >= 10
    deviation = ((kept - expected)[free] ** 2 / spread[free]).sum()
    assert deviation < free.sum() + 5 * np.sqrt(2 * free.sum())
    np.testing.assert_array_equal(kept[chance == 1], expected[chance == 1])


def test_subsampling_leaves_sentences_apart_and_words_in_order():
    corpus = random_corpus(25, sentences=200)
    keep = keep_thresholds(corpus.vocabulary.counts, 0.01)
    subsample = Subsample(keep, 3)
    with np.errstate(over="ignore"):  # of the generator, where it is not compiled
        tokens, starts, first, last = subsample.thin(corpus.read(10, 90), 10)
        again = subsample.thin(corpus.read(10, 90), 10).tokens
    np.testing.assert_array_equal(tokens[: starts[-1]], again[: starts[-1]])
    assert (first, last) == (0, 80)
    assert 0 < starts[-1] < corpus.starts[90] - corpus.starts[10]
    for number in range(80):
        line = corpus.tokens[corpus.starts[10 + number] : corpus.starts[11 + number]].tolist()
        rest = iter(line)
        assert all(word in rest for word in tokens[starts[number] : starts[number + 1]].tolist())
