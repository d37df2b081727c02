"""Which rows are exchanged how often, at which rate ranks learn, and what an exchange costs."""

import numpy as np
import pytest

from w2vneg.errors import UsageError
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.training.cluster.pace import (
    exchange_bytes,
    exchange_seconds,
    interval,
    local_rate,
    rows_of,
)
from w2vneg.training.cluster.rules import RULES


def test_hot_rows_are_exchanged_often_and_all_rows_seldom():
    held = [rows_of(number, 4, 20) for number in range(1, 17)]
    assert held == [4, 8, 4, 16, 4, 8, 4, 20, 4, 8, 4, 16, 4, 8, 4, 20]


@pytest.mark.parametrize("size", [5_000, 81_000, 1_000_000])
def test_the_estimate_of_bytes_is_that_of_the_rows(size):
    numbers = np.arange(1, 1 << 12)
    mean = np.mean([rows_of(int(n), 1024, size) for n in numbers])
    assert exchange_bytes(size, 100) / 2 / 404 == pytest.approx(mean, rel=0.2)
    assert exchange_bytes(size, 100, bits=8) < 0.65 * exchange_bytes(size, 100)


def test_costs_grow_with_ranks_and_shrink_with_the_network():
    held = exchange_bytes(1_000_000, 100)
    assert held == pytest.approx(4.9e6, rel=0.05)
    assert exchange_seconds(1, held) == 0
    assert exchange_seconds(4, held, 1e9) == pytest.approx(0.0735 + 0.0004 + 0.00245, rel=0.05)
    assert exchange_seconds(4, held, 1e9) < exchange_seconds(64, held, 1e9)
    assert exchange_seconds(4, held, 1e11) < exchange_seconds(4, held, 1e9)


def test_the_interval_follows_from_numbers_only_and_leaves_enough_exchanges():
    for ranks, words in ((2, 75e6), (8, 75e6), (4, 5e9), (64, 1e12)):
        every = interval(ranks, 81_000, 100, int(words))
        assert every == interval(ranks, 81_000, 100, int(words))
        assert every == 10_000 or words / ranks / every >= 190
    assert interval(2, 100, 10, 1000) == 10_000


@pytest.mark.parametrize(
    ("rule", "lr", "ranks", "bounds", "expected"),
    [
        ("mean", 0.025, 1, (), 0.025),
        ("mean", 0.025, 4, (), 0.1),
        ("mean", 0.05, 8, (), 0.2),
        ("mean", 0.05, 8, (0.15,), 0.15),
        ("mean", 0.3, 4, (0.1,), 0.3),
        ("adaptive", 0.025, 4, (), 0.05),
        ("adaptive", 0.025, 64, (), 0.1),
    ],
)
def test_ranks_learn_faster_the_more_changes_are_shortened(rule, lr, ranks, bounds, expected):
    assert local_rate(lr, ranks, RULES[rule], *bounds) == pytest.approx(expected)


def test_adaptive_is_for_many_ranks():
    assert [ClusterOptions().rule(n) for n in (2, 4, 5)] == ["mean", "mean", "adaptive"]
    assert ClusterOptions(sync_rule="mean").rule(16) == "mean"


@pytest.mark.parametrize(
    ("option", "value"),
    [("sync_every", "often"), ("sync_every", "0"), ("sync_rule", "sum"), ("sync_rows", 0),
     ("sync_bits", 16), ("local_lr", -1.0), ("sync_timeout", "soon")],
)  # fmt: skip
def test_bad_values_are_refused_by_name(option, value):
    with pytest.raises(UsageError, match=option):
        ClusterOptions(**{option: value})
