"""Vectors as values against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.kernel import lanes
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.lanes.functions import LIMIT
from w2vneg.kernel.lanes.uniform import _plain_uniform
from w2vneg.kernel.sigmoid import log_sigmoids, sigmoids
from w2vneg.kernel.tiles import LANES

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@kernel
def _arithmetic(a, b, out):
    x, y = lanes.load(a, 3), lanes.load(b, 0)
    lanes.store((x + y) * 2 - x / y, out, 0)
    lanes.store(-x, out, LANES)
    lanes.store(lanes.where((x < y) & (y >= 0.5), x, 7), out, 2 * LANES)
    lanes.store(lanes.maximum(x, y), out, 3 * LANES)
    lanes.store(lanes.minimum(x, y), out, 4 * LANES)
    lanes.store(lanes.running(x), out, 5 * LANES)
    return lanes.total(x), lanes.highest(x)


@kernel
def _functions(a, out):
    x = lanes.load(a, 0)
    lanes.store(lanes.exponential(x), out, 0)
    lanes.store(lanes.logarithm(x), out, LANES)
    lanes.store(lanes.root(x), out, 2 * LANES)
    lanes.store(lanes.floor(x), out, 3 * LANES)
    lanes.store(sigmoids(x), out, 4 * LANES)
    lanes.store(log_sigmoids(x), out, 5 * LANES)


@kernel
def _masks(a, first, last, out):
    inside = lanes.between(first, last)
    lanes.store(lanes.where(inside, lanes.load(a, 0), lanes.spread(a[0] - a[0])), out, 0)
    bits = lanes.bits(inside)
    return bits, lanes.lowest(bits), lanes.some(inside)


@kernel
def _find(numbers, at, number):
    return lanes.find(numbers, at, number)


@kernel
def _convert(single, double, out_single, out_double):
    lanes.store(lanes.convert(lanes.load(single, 0), out_double), out_double, 0)
    lanes.store(lanes.convert(lanes.load(double, 0), out_single), out_single, 0)
    lanes.store(lanes.convert(lanes.load(single, 0), out_single), out_single, LANES)


@kernel
def _uniform(word, count, out):
    for index in range(count):
        lanes.store(lanes.uniform(word, index, out), out, index * LANES)


@kernel
def _moves(table, count, index, first, last, out):
    mask = lanes.between(first, last) | lanes.between(1, 2)
    numbers = lanes.load(table, 0)
    lanes.store(lanes.pick(table, 0, count, lanes.load(index, 0)), out, 0)
    lanes.store(lanes.pack(numbers, mask), out, LANES)
    lanes.store(lanes.unpack(numbers, mask), out, 2 * LANES)
    lanes.store(lanes.repeat(table, count - 1), out, 3 * LANES)


def apply(x, dtype):
    out = np.zeros(6 * LANES, dtype)
    with np.errstate(all="ignore"):
        _functions(np.asarray(x, dtype), out)
    return out.reshape(6, LANES)


@DTYPES
def test_arithmetic_and_comparisons(dtype):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=24).astype(dtype), rng.uniform(0.1, 1, LANES).astype(dtype)
    out = np.zeros(6 * LANES, dtype)
    total, highest = _arithmetic(a, b, out)
    x = a[3 : 3 + LANES]
    expected = [
        (x + b) * 2 - x / b,
        -x,
        np.where((x < b) & (b >= 0.5), x, 7),
        np.maximum(x, b),
        np.minimum(x, b),
        np.cumsum(x),
    ]
    np.testing.assert_allclose(out.reshape(6, LANES), expected, rtol=1e-6, atol=1e-6)
    assert total == pytest.approx(x.sum(), rel=1e-5)
    assert highest == x.max()


@DTYPES
@pytest.mark.parametrize("start", range(-80, 80, 7))
def test_functions(start, dtype):
    accuracy = 4e-7 if dtype == np.float32 else 1e-13
    x = np.linspace(start + 0.01, start + 7, LANES).astype(dtype)
    exponential, logarithm, root, floor, sigmoid, log_sigmoid = apply(x, dtype)
    exact = x.astype(np.float64)
    # The rounding of x / log(2) is what limits the accuracy for large numbers.
    allowed = accuracy + np.abs(exact) * np.finfo(dtype).eps * 1.5
    inside = np.abs(exact) < LIMIT
    assert (np.abs(exponential / np.exp(exact) - 1) <= allowed)[inside].all()
    positive = exact > 0
    np.testing.assert_allclose(
        logarithm[positive], np.log(exact[positive]), rtol=accuracy, atol=accuracy
    )
    assert np.isnan(logarithm[~positive]).all()
    np.testing.assert_allclose(root[positive], np.sqrt(exact[positive]), rtol=accuracy)
    np.testing.assert_array_equal(floor, np.floor(exact))
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(-exact)), atol=3e-7)  # as `sigmoid`
    exact_log = -np.logaddexp(0, -exact)
    np.testing.assert_allclose(log_sigmoid, exact_log, rtol=accuracy, atol=accuracy)


@DTYPES
def test_logarithms_of_all_sizes(dtype):
    x = np.exp(np.linspace(-80, 80, 50 * LANES)).astype(dtype)
    for part in x.reshape(-1, LANES):
        _, logarithm, *_ = apply(part, dtype)
        np.testing.assert_allclose(logarithm, np.log(part), rtol=3e-7, atol=3e-7)


def test_what_is_no_number_stays_so():
    x = np.zeros(LANES)
    x[:4] = [np.nan, np.inf, -np.inf, 1e30]
    exponential, logarithm, _, _, sigmoid, log_sigmoid = apply(x, np.float32)
    for result in (exponential, logarithm, sigmoid, log_sigmoid):
        assert np.isnan(result[0])
    assert exponential[1] == pytest.approx(np.exp(LIMIT), rel=1e-4)
    assert exponential[2] == pytest.approx(np.exp(-LIMIT), rel=1e-4)
    assert exponential[3] == exponential[1]
    assert (exponential[4:] == 1).all()
    assert np.isnan(logarithm[1:3]).all()
    np.testing.assert_allclose(sigmoid[1:4], [1, 0, 1], atol=1e-7)


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_masks_of_a_range_of_lanes(first, last):
    a, out = np.arange(1.0, 1 + LANES, dtype=np.float32), np.zeros(LANES, np.float32)
    bits, lowest, some = _masks(a, first, last, out)
    inside = [n for n in range(LANES) if first <= n < last]
    assert np.flatnonzero(out).tolist() == inside
    assert bits == sum(1 << n for n in inside)
    assert lowest == (inside[0] if inside else 64)
    assert some == bool(inside)


def test_finding_a_number():
    numbers = np.arange(100, 100 + 2 * LANES, dtype=np.int32)
    numbers[5 + 3] = numbers[5 + 9] = -7
    assert _find(numbers, 5, np.int32(-7)) == 9  # the last
    assert _find(numbers, 5, np.int32(105)) == 0
    assert _find(numbers, 5, np.int32(5 + 100 + LANES - 1)) == LANES - 1
    assert _find(numbers, 5, np.int32(99)) == -1


def test_conversions():
    single = np.linspace(0, 1, LANES, dtype=np.float32)
    double = np.linspace(1, 2, LANES)
    out_single, out_double = np.zeros(2 * LANES, np.float32), np.zeros(LANES)
    _convert(single, double, out_single, out_double)
    np.testing.assert_array_equal(out_double, single.astype(np.float64))
    np.testing.assert_array_equal(out_single, [*double.astype(np.float32), *single])


@DTYPES
def test_uniform_numbers_by_hashing(dtype):
    rng = np.random.default_rng(3)
    out = np.zeros((400, 20 * LANES), dtype)
    for row in out:
        _uniform(np.uint64(rng.integers(0, 2**64, dtype=np.uint64)), 20, row)
    assert out.min() >= 0
    assert out.max() < 1
    assert (out * 2**24 == np.floor(out * 2**24)).all()
    # Uniform, both over all and in each place; neighbors are independent.
    counts = np.histogram(out, 64, (0, 1))[0]
    expected = out.size / 64
    assert ((counts - expected) ** 2 / expected).sum() < 63 + 5 * np.sqrt(2 * 63)
    assert np.abs(out.mean(axis=0) - 0.5).max() < 5 * np.sqrt(1 / 12 / 400)
    pairs = np.histogram2d(out[:, :-1].ravel(), out[:, 1:].ravel(), 8, ((0, 1), (0, 1)))[0]
    expected = pairs.sum() / 64
    assert ((pairs - expected) ** 2 / expected).sum() < 63 + 5 * np.sqrt(2 * 63)


def test_uniform_numbers_are_the_same_without_compilation():
    # What NumPy computes, whatever runs here.
    word, out = np.uint64(0x0123456789ABCDEF), np.zeros(LANES, np.float32)
    _uniform(word, 1, out)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(out, _plain_uniform(word, 0, out))


@DTYPES
@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 3 * LANES), st.integers(-3, LANES), st.integers(-1, 20), st.integers(0, 99))
def test_lanes_in_another_order(dtype, count, first, last, seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=3 * LANES).astype(dtype)
    index, out = rng.integers(0, count, LANES), np.zeros(4 * LANES, dtype)
    _moves(table, count, index.astype(dtype), first, last, out)
    picked, packed, unpacked, repeated = out.reshape(4, LANES)
    np.testing.assert_array_equal(picked, table[index])
    mask = np.array([first <= n < last or n == 1 for n in range(LANES)])
    chosen = table[:LANES][mask]
    np.testing.assert_array_equal(packed, np.append(chosen, np.zeros(LANES - mask.sum())))
    expected = np.zeros(LANES, dtype)
    expected[mask] = table[: mask.sum()]
    np.testing.assert_array_equal(unpacked, expected)
    assert (repeated == table[count - 1]).all()
