"""The kernels of whole-data training against dense matrices and double loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.samplers import configure
from w2vneg.training.whole_data.cells import Observed, both_sides
from w2vneg.training.whole_data.rows import Scratch, add_gram, solve_rows
from w2vneg.training.whole_data.state import longest_row

WORDS, LENGTH, DIM = 12, 8, 6


def observed(seed=0, share=0.4):
    """A symmetric matrix of counts; the last word occurs with no other."""
    rng = np.random.default_rng(seed)
    counts = np.triu(rng.integers(1, 90, (WORDS, WORDS)) * (rng.random((WORDS, WORDS)) < share))
    counts = counts + counts.T
    counts[-1] = counts[:, -1] = 0
    rows, ids = np.nonzero(counts)
    indptr = np.searchsorted(rows, np.arange(WORDS + 1)).astype(np.int64)
    return Observed(indptr, ids.astype(np.int32), counts[rows, ids].astype(np.uint32), 2), counts


def options(**given):
    return configure(method="whole-data", full_count=20.0, **given)


def matrix(seed):
    flat = np.zeros((WORDS, LENGTH))
    flat[:, :DIM] = np.random.default_rng(seed).normal(size=(WORDS, DIM))
    return flat.reshape(-1)


def dense(counts, config):
    """Targets and weights of all cells, (WORDS, WORDS): the definition, one cell at a time."""
    sums = np.maximum(counts.sum(1), 1)
    smoothed = sums ** config.to_dict()["context_exponent"]
    smoothed = smoothed / smoothed.sum()
    values = config.to_dict()
    popular = (sums / sums.sum()) ** values["unobserved_exponent"]
    popular *= values["unobserved_weight"] / popular.sum()
    target, weight = np.empty((2, WORDS, WORDS))
    for i in range(WORDS):
        for j in range(WORDS):
            if counts[i, j]:
                mutual = np.log(counts[i, j] / sums[i] / smoothed[j])
                target[i, j] = max(values["target_floor"], mutual)
                weight[i, j] = (
                    min(1, counts[i, j] / 2 / values["full_count"]) ** values["count_exponent"]
                )
            else:
                target[i, j], weight[i, j] = values["unobserved_target"], popular[j]
    return target, weight


def double_loop(counts, config, w_in, w_out):
    """The loss, one cell at a time."""
    target, weight = dense(counts, config)
    w, c = w_in.reshape(WORDS, LENGTH), w_out.reshape(WORDS, LENGTH)
    loss = config.to_dict()["regularization"] / 2 * ((w**2).sum() + (c**2).sum())
    for i in range(WORDS):
        for j in range(WORDS):
            loss += weight[i, j] * (target[i, j] - w[i] @ c[j]) ** 2 / 2
    return loss


def solve(cells, other, own, steps):
    """Solve all rows in place; return the whole loss."""
    gram, total = np.zeros(LENGTH * LENGTH), np.zeros(LENGTH)
    add_gram(other, cells.column_factor, 0, WORDS, LENGTH, gram, total)
    most = longest_row(cells.indptr)
    scratch = Scratch(
        np.empty(most, np.int64), np.empty(most), np.empty(most), *np.zeros((3, LENGTH))
    )
    loss = solve_rows(cells, gram, total, other, own, LENGTH, 0, WORDS, steps, scratch)
    loss += cells.row_factor.sum() * cells.column_factor.sum() * cells.elsewhere**2 / 2
    return loss + cells.penalty / 2 * (other @ other)


SETTINGS = [
    {},
    {"unobserved_target": -2.0, "target_floor": -9.0},
    {"unobserved_weight": 0.5, "context_exponent": 0.75, "count_exponent": 0.0},
    {"unobserved_weight": 0.0, "regularization": 0.5},  # only observed cells, as in GloVe
    {"unobserved_exponent": 0.0, "unobserved_target": 0.0, "regularization": 0.0},
]


@pytest.mark.parametrize("given", SETTINGS)
def test_loss_by_gram_matrices_equals_the_double_loop(given):
    cells, counts = observed()
    config = options(**given)
    w_in, w_out = matrix(1), matrix(2)
    wanted = double_loop(counts, config, w_in, w_out)
    inputs, outputs = both_sides(cells, config, np.float64)
    assert solve(inputs, w_out, w_in, 0) == pytest.approx(wanted, rel=1e-12)
    assert solve(outputs, w_in, w_out, 0) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("given", SETTINGS)
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_rows_become_the_solutions_of_dense_least_squares(given, side):
    cells, counts = observed()
    config = options(**given)
    w_in, w_out = matrix(1), matrix(2)
    inputs, outputs = both_sides(cells, config, np.float64)
    target, weight = dense(counts, config)
    if side == "inputs":
        loss = solve(inputs, w_out, w_in, 40)
        own, other = w_in, w_out
    else:
        loss = solve(outputs, w_in, w_out, 40)
        own, other, target, weight = w_out, w_in, target.T, weight.T
    assert loss == pytest.approx(double_loop(counts, config, w_in, w_out), rel=1e-9)
    fixed = other.reshape(WORDS, LENGTH)[:, :DIM]
    penalty = config.to_dict()["regularization"]
    for i, row in enumerate(own.reshape(WORDS, LENGTH)):
        a = fixed.T @ (weight[i][:, None] * fixed) + penalty * np.eye(DIM)
        b = fixed.T @ (weight[i] * target[i])
        if given.get("unobserved_weight") == 0 and i == WORDS - 1:
            b[:] = 0  # a word without pairs
        np.testing.assert_allclose(row[:DIM], np.linalg.lstsq(a, b)[0], atol=1e-6)
        assert not row[DIM:].any()


@given(
    st.integers(0, 1000),
    st.floats(0.001, 1000),
    st.floats(-1, 2),
    st.floats(-5, 1),
    st.floats(-5, 5),
    st.floats(0.001, 10),
    st.integers(1, 4),
)
@settings(max_examples=30, deadline=None)
def test_no_half_of_a_sweep_raises_the_loss(
    seed, weight, exponent, elsewhere, floor, penalty, steps
):
    cells, counts = observed(seed)
    config = options(
        unobserved_weight=weight,
        unobserved_exponent=exponent,
        unobserved_target=elsewhere,
        target_floor=floor,
        regularization=penalty,
    )
    w_in, w_out = matrix(seed), matrix(seed + 1)
    inputs, outputs = both_sides(cells, config, np.float64)
    before = double_loop(counts, config, w_in, w_out)
    for _ in range(3):
        for cells_, other, own in ((outputs, w_in, w_out), (inputs, w_out, w_in)):
            now = solve(cells_, other, own, steps)
            assert now <= before * (1 + 1e-9) + 1e-9
            before = now


def test_a_chunk_of_rows_leaves_the_others_alone():
    cells, _ = observed()
    inputs, _ = both_sides(cells, options(), np.float64)
    w_in, w_out = matrix(1), matrix(2)
    whole, apart = w_in.copy(), w_in.copy()
    solve(inputs, w_out, whole, 3)
    gram, total = np.zeros(LENGTH * LENGTH), np.zeros(LENGTH)
    add_gram(w_out, inputs.column_factor, 0, WORDS, LENGTH, gram, total)
    most = longest_row(inputs.indptr)
    scratch = Scratch(
        np.empty(most, np.int64), np.empty(most), np.empty(most), *np.zeros((3, LENGTH))
    )
    solve_rows(inputs, gram, total, w_out, apart, LENGTH, 4, 9, 3, scratch)
    np.testing.assert_array_equal(apart[: 4 * LENGTH], w_in[: 4 * LENGTH])
    np.testing.assert_array_equal(apart[9 * LENGTH :], w_in[9 * LENGTH :])
    np.testing.assert_allclose(
        apart[4 * LENGTH : 9 * LENGTH], whole[4 * LENGTH : 9 * LENGTH], rtol=1e-12
    )
