"""What a training says of itself: the curve of its loss, and what to try next."""

import numpy as np
import pytest

from w2vneg.cli.train import _curve
from w2vneg.samplers import configure, settled
from w2vneg.samplers.presets import PRESETS
from w2vneg.training.advice import advice
from w2vneg.training.loss_curve import POINTS, LossCurve

FALLING = [4.0, 3.0, 2.5]


def lines(tokens, curve=FALLING, **options):
    config = settled(configure(**options), tokens)
    return advice(config, tokens, tokens * config.epochs, curve)


def test_a_good_training_needs_no_advice():
    assert lines(20_000_000, preset="best") == []
    assert lines(2_000_000_000) == []


def test_advice_on_epochs_is_what_the_preset_best_does():
    (line,) = lines(20_000_000, epochs=2)
    best = PRESETS["best"].by_size(20_000_000, 100)["epochs"]
    assert f"epochs={best}" in line
    assert lines(20_000_000, epochs=best) == []


def test_small_corpora_are_named_small():
    (few,) = lines(3_000_000, preset="best")
    assert "min_count=10" in few
    (very_few,) = lines(300_000, preset="best")
    assert "300,000 words are too few" in very_few
    assert "dim=50" in very_few
    assert "dim=" not in lines(300_000, preset="best", dim=50)[0]


def test_a_loss_that_does_not_fall_is_noticed():
    assert "hardly fallen, from 4.000 to 3.990" in lines(20_000_000, [4.0, 3.99], preset="best")[0]
    assert lines(20_000_000, [], preset="best") == []


def test_the_curve_has_the_means_of_equal_parts():
    curve, rng = LossCurve(), np.random.default_rng(1)
    progress, losses = np.sort(rng.random(500)), rng.random(500)
    for at, loss in zip(progress, losses, strict=True):
        curve.add(at, 3 * loss, 3)
    curve.add(1.0, 0.0, 0)
    parts = [losses[(progress * POINTS).astype(int) == part] for part in range(POINTS)]
    assert curve.means() == pytest.approx([part.mean() for part in parts if len(part)])
    again = LossCurve()
    again.restore(curve.sums.tolist())
    assert again.means() == curve.means()
    again.restore([])
    assert again.means() == curve.means()


def test_the_curve_is_shown_as_bars():
    assert _curve([4.0, 3.0, 2.0]) == "4.000 █▄▁ 2.000"
    assert _curve([1.0, 1.0]) == "1.000 ▁▁ 1.000"
