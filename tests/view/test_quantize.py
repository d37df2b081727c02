"""Vectors as integers keep their neighbors."""

import numpy as np
import pytest
from helpers.planted_vectors import planted
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from w2vneg.view.nearest import nearest_rows
from w2vneg.view.quantize import agreement, quantize, quantize_well, unit_integers

pytestmark = pytest.mark.once  # no compiled code


@settings(deadline=None, max_examples=60)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 8), st.integers(1, 20)),
        elements=st.floats(-1e3, 1e3, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3),
    ),
    st.sampled_from([8, 16]),
)
def test_cosines_of_integers_are_those_of_the_numbers(rows, bits):
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.where(lengths == 0, 1, lengths)
    integers = quantize(rows, bits)
    assert integers.dtype == (np.int8 if bits == 8 else np.int16)
    assert (
        np.abs(integers).max(axis=1) == np.where(lengths[:, 0] == 0, 0, 2 ** (bits - 1) - 1)
    ).all()
    # Each number is off by half a step at most, a step being the largest number / highest integer.
    bound = 1.5 * np.sqrt(rows.shape[1]) / 2 ** (bits - 1) + 1e-5
    assert np.abs(unit_integers(integers) - unit).max() <= bound


def test_neighbors_are_those_of_vectors():
    vectors = planted(400)
    rows = np.arange(0, 400, 7)
    nearest, cosines = nearest_rows(vectors.unit, rows, 10)
    for row, near, values in zip(rows, nearest, cosines, strict=True):
        expected = vectors.neighbors(f"w{row}")
        assert [f"w{i}" for i in near] == [word for word, _ in expected]
        np.testing.assert_allclose(values, [cosine for _, cosine in expected], atol=1e-6)


def test_neighbors_in_blocks_are_the_same(monkeypatch):
    vectors = planted(300)
    whole = nearest_rows(vectors.unit, np.arange(300), 5)
    monkeypatch.setattr("w2vneg.view.nearest._BLOCK", 300 * 7)
    np.testing.assert_array_equal(nearest_rows(vectors.unit, np.arange(300), 5)[0], whole[0])


@pytest.mark.parametrize("words", [1, 2, 5])
def test_few_words_have_few_neighbors(words):
    vectors = planted(words)
    nearest, cosines = nearest_rows(vectors.unit, np.arange(words), 10)
    assert nearest.shape == cosines.shape == (words, words - 1)
    assert quantize_well(vectors.unit, 1).agreement == 1


def test_int8_is_enough_for_usual_vectors():
    found = quantize_well(planted(3000, dim=50, groups=100).unit, 1)
    assert found.bits == 8
    assert found.agreement >= 0.98


def test_vectors_that_are_all_alike_take_int16():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=30) + 0.02 * rng.normal(size=(3000, 30))
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    truth, _ = nearest_rows(unit, np.arange(200), 10)
    coarse, _ = nearest_rows(unit_integers(quantize(unit, 8)), np.arange(200), 10)
    assert agreement(truth, coarse) < 0.9
    found = quantize_well(unit, 1)
    assert found.bits == 16
    assert found.agreement >= 0.97


def test_agreement_is_the_share_of_common_entries():
    a = np.array([[1, 2], [3, 4]])
    assert agreement(a, np.array([[2, 1], [3, 5]])) == 0.75
