"""The default learning rate is sound where one word is nearly all of a corpus."""

import numpy as np
import pytest
from helpers.commands import compiled_only

from w2vneg import SkipGram
from w2vneg.samplers import configure
from w2vneg.training.loops import safe_lr
from w2vneg.training.state import keep_thresholds


def limit(counts, sample=0.0, **options):
    counts = np.array(counts)
    noise = float(counts.max() ** 0.75 / (counts**0.75).sum())
    return safe_lr(
        configure(sample=sample, **options), counts, keep_thresholds(counts, sample), noise
    )


def test_ordinary_text_is_not_slowed_down():
    zipf = (1e7 / np.arange(1, 50_000)).astype(int)
    for sample in (0.0, 1e-4, 1e-3):
        assert limit(zipf, sample) > 0.05


def test_the_limit_falls_with_the_share_of_a_word_and_with_the_weight_of_negatives():
    assert limit([900, 50, 50]) < limit([500, 250, 250]) < limit([10] * 100)
    assert limit([900, 100], negatives=20) < limit([900, 100], negatives=2)
    assert limit([900, 100], window=10) < limit([900, 100])


@compiled_only
@pytest.mark.parametrize("words", [["x"] * 18 + ["y", "z"], ["x", "y"]])
def test_a_corpus_of_nearly_one_word_trains(words):
    draw = np.random.default_rng(5)
    sentences = [list(draw.choice(words, 30)) for _ in range(500)]
    model = SkipGram(dim=16, min_count=1, sample=0, epochs=5, threads=1).fit(sentences)
    assert np.isfinite(model.vectors).all()
    assert model.manifest["config"]["lr"] < 0.02
