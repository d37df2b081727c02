"""One exchange of rows: rules against plain NumPy, order, rounding, and what must not spread."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.training.cluster.exchange import Exchange, Rows
from w2vneg.training.cluster.rules import RULES
from w2vneg.training.cluster.simulated import simulate


def mean(changes, trained):
    total = changes[0].copy()
    for change in changes[1:]:
        total += change
    return np.float32(1 / np.float32(trained)) * total


def adaptive(changes, trained):
    total = sum(changes[1:], changes[0].copy())
    separate = sum((change.astype(np.float64) ** 2).sum(axis=1) for change in changes)
    together = (total.astype(np.float64) ** 2).sum(axis=1)
    factor = np.ones(len(total))
    moved = together > 0
    factor[moved] = np.clip(separate[moved] / together[moved], 1 / trained, 1)
    return factor[:, None] * total


ORACLES = {"mean": mean, "adaptive": adaptive}


def combined(changes, rule, count, *, bits=32, piece=1 << 20, trained=None, size=5, length=8):
    """Exchange the changes of ranks; return the rows of each rank and what was found unsound."""
    ranks, rows = len(changes), len(changes[0])
    base = np.random.default_rng(9).normal(size=(rows, length)).astype(np.float32)

    def work(own):
        flat = base.copy()
        flat[:, :size] += changes[own.rank]
        array = Rows("w_in", flat.reshape(-1), length, size, base.reshape(-1).copy())
        found = Exchange(own, [array], rule, bits, piece).rows(count, trained or ranks)
        return flat, found

    return base, simulate(ranks, work)


def some(ranks, rows, size=5, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(rows, size)).astype(np.float32) for _ in range(ranks)]


def test_every_rule_has_an_oracle():
    assert set(ORACLES) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
@given(
    ranks=st.integers(2, 5),
    rows=st.integers(1, 40),
    count=st.integers(1, 50),
    piece=st.sampled_from([1, 60, 10_000]),
    seed=st.integers(0, 99),
)
@settings(max_examples=20, deadline=None)
def test_ranks_agree_with_plain_numpy(rule, ranks, rows, count, piece, seed):
    changes = some(ranks, rows, seed=seed)
    base, results = combined(changes, rule, count, piece=piece)
    expected = base.copy()
    held = min(count, rows)
    expected[:held, :5] += ORACLES[rule](changes, ranks)[:held]
    for rank, (flat, found) in enumerate(results):
        assert found is None
        np.testing.assert_allclose(flat[:held], expected[:held], rtol=1e-5, atol=1e-6)
        assert flat[:held].tobytes() == results[0][0][:held].tobytes()
        # Rows that were not exchanged still hold what this rank has learned.
        np.testing.assert_allclose(flat[held:, :5], (base[:, :5] + changes[rank])[held:], rtol=1e-6)


def test_pieces_and_their_number_do_not_change_the_bytes():
    changes = some(3, 50)
    whole, parts = (combined(changes, "adaptive", 50, piece=p)[1][0][0] for p in (1 << 20, 100))
    assert whole.tobytes() == parts.tobytes()


def test_adaptive_adds_orthogonal_changes_and_averages_equal_ones():
    a, b = np.zeros((2, 1, 5), np.float32)
    a[0, 0], b[0, 1] = 3, 4
    base, results = combined([a, b], "adaptive", 1)
    np.testing.assert_allclose(results[0][0][0, :5] - base[0, :5], [3, 4, 0, 0, 0], atol=1e-5)
    base, results = combined([a, a], "adaptive", 1)
    np.testing.assert_allclose(results[0][0][0, :5] - base[0, :5], [3, 0, 0, 0, 0], atol=1e-5)


def test_the_mean_is_over_those_who_trained():
    change = np.ones((4, 5), np.float32)
    base, results = combined(
        [change, np.zeros_like(change), np.zeros_like(change)], "mean", 4, trained=1
    )
    np.testing.assert_allclose(results[2][0][:, :5] - base[:, :5], 1, atol=1e-6)


def test_eight_bits_keep_each_number_within_half_a_step():
    changes = some(4, 30, seed=3)
    base, results = combined(changes, "mean", 30, bits=8)
    step = np.mean([np.abs(c).max(axis=1) for c in changes], axis=0) / 127
    error = np.abs(results[0][0][:, :5] - base[:, :5] - np.mean(changes, axis=0))
    assert (error <= 0.51 * step[:, None] + 1e-6).all()
    assert error.max() > 1e-4  # numbers were rounded at all


@pytest.mark.parametrize("bits", [8, 32])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_what_is_unsound_is_named_and_does_not_spread(bad, bits):
    changes = some(3, 20)
    changes[1][13, 2] = bad
    _, results = combined(changes, "mean", 20, bits=bits)
    for rank, (flat, found) in enumerate(results):
        assert (found.rank, found.row, found.name) == (1, 13, "w_in")
        if rank != 1:
            assert np.isfinite(flat).all()
