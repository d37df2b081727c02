"""The register tiles of the block form against NumPy, for every width of a register."""

import numpy as np
import pytest

from w2vneg.kernel.block_products import LANES, Strips, strips_of
from w2vneg.kernel.block_tiles import (
    INPUTS,
    combine_both,
    combine_rows,
    pack_eight,
    row_dots,
    spread_dots,
)
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.ranks import weigh_highest
from w2vneg.kernel.tiles import row_length

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
WIDTHS = pytest.mark.parametrize("lanes", [4, 8, 16])


@kernel
def _spread(lanes, rows, u, width, v, v_at, first, out):
    # The tiles need literals.
    if lanes == 4:
        spread_dots(4, 3, u, width, v, v_at, first, out)
    elif lanes == 8:
        spread_dots(8, 3, u, width, v, v_at, first, out)
    else:
        spread_dots(16, 3, u, width, v, v_at, first, out)


@kernel
def _dots(lanes, u, u_at, width, v, v_at, first, out, to):
    if lanes == 4:
        row_dots(4, u, u_at, width, v, v_at, first, out, to)
    elif lanes == 8:
        row_dots(8, u, u_at, width, v, v_at, first, out, to)
    else:
        row_dots(16, u, u_at, width, v, v_at, first, out, to)


@kernel
def _combine(lanes, g, b, b_at, skip, count, column, out, out_at, first):
    if lanes == 4:
        combine_rows(4, 2, 3, g, 1, 2, 5, b, b_at, skip, count, column, out, out_at, first)
    elif lanes == 8:
        combine_rows(8, 2, 3, g, 1, 2, 5, b, b_at, skip, count, column, out, out_at, first)
    else:
        combine_rows(16, 2, 3, g, 1, 2, 5, b, b_at, skip, count, column, out, out_at, first)


@kernel
def _both(g, b, b_at, count, h, c_at, skip, extra, column, out, out_at, first):
    combine_both(
        8, 2, 2, g, 1, 2, 5, b, b_at, count, h, 3, 1, 4, c_at, skip, extra, column, out, out_at,
        first,
    )  # fmt: skip


@kernel
def _pack(source, at, first, column, packed, pitch, transposed):
    pack_eight(source, at, first, column, packed, pitch, transposed)


@kernel
def _highest(scores, rows, lanes, limit, chosen, total, counts, weights):
    weigh_highest(scores, rows, lanes, limit, chosen, total, counts, weights)


def rows_of(rng, count, width, dtype):
    """A flat matrix and offsets of rows in it, some of them the same."""
    matrix = rng.normal(size=(count, width)).astype(dtype)
    return matrix, rng.integers(0, count, 12), matrix.ravel().copy()


@DTYPES
@WIDTHS
def test_scores_of_transposed_inputs(lanes, dtype):
    rng, width = np.random.default_rng(lanes), 48
    v, which, flat = rows_of(rng, 9, width, dtype)
    u = rng.normal(size=(width, INPUTS)).astype(dtype)
    out = np.zeros(12 * INPUTS, dtype)
    _spread(lanes, 3, u.ravel(), width, flat, which * width, 5, out)
    expected = np.zeros((12, INPUTS))
    expected[5:8] = v[which[5:8]].astype(float) @ u
    np.testing.assert_allclose(out.reshape(12, INPUTS), expected, rtol=1e-5, atol=1e-5)


@DTYPES
@WIDTHS
def test_scores_of_one_row(lanes, dtype):
    rng, width = np.random.default_rng(lanes), 32
    v, which, flat = rows_of(rng, 9, width, dtype)
    u = rng.normal(size=3 * width).astype(dtype)
    out = np.zeros(10, dtype)
    _dots(lanes, u, width, width, flat, which * width, 4, out, 3)
    expected = np.zeros(10)
    expected[3:7] = v[which[4:8]].astype(float) @ u[width : 2 * width]
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


@DTYPES
@WIDTHS
def test_combinations_of_rows(lanes, dtype):
    rng, width = np.random.default_rng(lanes), 64
    b, which, flat = rows_of(rng, 9, width, dtype)
    g = rng.normal(size=40).astype(dtype)
    out = rng.normal(size=(4, width)).astype(dtype)
    result = out.ravel().copy()
    # Both output rows are the same one: it receives both updates.
    out_at = np.array([0, 2, 2, 1]) * width
    _combine(lanes, g, flat, which * width, 3, 4, lanes, result, out_at, 1)
    expected = out.astype(float)
    for r in range(2):
        for j in range(4):
            columns = slice(lanes, lanes + 3 * lanes)
            expected[2, columns] += g[1 + 2 * r + 5 * j] * b[which[3 + j], columns].astype(float)
    np.testing.assert_allclose(result.reshape(4, width), expected, rtol=1e-5, atol=1e-5)


@DTYPES
@pytest.mark.parametrize(("count", "extra"), [(0, 0), (3, 0), (0, 2), (4, 5)])
def test_combinations_of_two_lists(count, extra, dtype):
    rng, width = np.random.default_rng(count), 32
    b, which, flat = rows_of(rng, 9, width, dtype)
    others = rng.integers(0, 9, 12)
    g, h = rng.normal(size=(2, 40)).astype(dtype)
    out = rng.normal(size=(4, width)).astype(dtype)
    result = out.ravel().copy()
    _both(
        g, flat, which * width, count, h, others * width, 2, extra, 8, result,
        np.arange(4) * width, 1,
    )  # fmt: skip
    expected, columns = out.astype(float), slice(8, 24)
    for r in range(2):
        for j in range(count):
            expected[1 + r, columns] += g[1 + 2 * r + 5 * j] * b[which[j], columns].astype(float)
        for j in range(extra):
            row = b[others[2 + j], columns].astype(float)
            expected[1 + r, columns] += h[3 + r + 4 * j] * row
    np.testing.assert_allclose(result.reshape(4, width), expected, rtol=1e-5, atol=1e-5)


@DTYPES
def test_rows_are_packed_and_transposed(dtype):
    rng, width, pitch = np.random.default_rng(0), 24, 32
    source, _, flat = rows_of(rng, 20, width, dtype)
    which = rng.integers(0, 20, INPUTS)
    packed, transposed = np.zeros(INPUTS * pitch, dtype), np.zeros(width * INPUTS, dtype)
    for half in (0, 8):
        for column in range(0, width, 8):
            _pack(flat, which * width, half, column, packed, pitch, transposed)
    np.testing.assert_array_equal(packed.reshape(INPUTS, pitch)[:, :width], source[which])
    np.testing.assert_array_equal(transposed.reshape(width, INPUTS), source[which].T)


@pytest.mark.parametrize("dim", [*range(1, 130), 200, 300, 768, 1000, 3001])
def test_strips_cover_a_row(dim):
    strips = strips_of(dim)
    assert isinstance(strips, Strips)
    assert dim <= strips.width <= row_length(dim)
    assert strips.width % LANES == 0
    assert strips.wide + strips.narrow > 0


@DTYPES
@pytest.mark.parametrize(("rows", "chosen"), [(1, 1), (2, 1), (5, 5), (33, 8), (48, 32)])
def test_highest_of_each_column_share_the_weight(rows, chosen, dtype):
    rng = np.random.default_rng(rows)
    scores = rng.permuted(np.tile(np.arange(rows), (INPUTS, 1)), axis=1).T.astype(dtype)
    limits = np.full(INPUTS, np.inf)
    limits[1], limits[2] = rows // 2, -1
    scores[:, 3] = 7  # a tie, of which all count
    scores[: max(1, rows // 2), 4] = rows  # as many as the first half tie above the rest
    lanes = np.concatenate([np.zeros(INPUTS), limits, np.zeros(INPUTS)]).astype(dtype)
    weights = np.full((rows, INPUTS), 9, dtype)
    _highest(scores.ravel(), rows, lanes, INPUTS, dtype(chosen), dtype(6), 0, weights.ravel())
    for q in range(INPUTS):
        allowed = scores[:, q] <= limits[q]
        ranks = (scores[:, [q]] < scores[allowed, q]).sum(axis=1)  # scores that beat it
        ties = (scores[:, [q]] <= scores[allowed, q]).sum(axis=1)  # and those that equal it
        expected = allowed & (ties <= chosen)
        if not expected.any():
            expected = allowed & (ranks == 0)
        assert lanes[q] == expected.sum()
        share = 6 / max(1, expected.sum())
        np.testing.assert_allclose(weights[:, q], np.where(expected, share, 0), rtol=1e-6)
    np.testing.assert_array_equal(lanes[INPUTS : 2 * INPUTS], limits.astype(dtype))
