"""Kernels that solve the rows of one matrix while the other one is fixed.

With the other matrix C fixed, the loss of a row w is a quadratic function. Its matrix

    A = f_i G + sum_j (a_ij - f_i g_j) c_j c_j' + lambda I,    G = sum_j g_j c_j c_j'

runs over all words j through G, which all rows share, and over the row's observed cells one by one;
``f_i g_j`` is the weight of an unobserved cell. A few steps of conjugate gradients lower the loss
from the current row; none can raise it.

Rows are padded with zeros, as in the training loop, and stay so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.jit import device, kernel


class Cells(NamedTuple):
    """The observed cells, seen from the rows that are solved."""

    indptr: np.ndarray  # (V + 1,) int64, cells of row i are indptr[i] to indptr[i + 1]
    ids: np.ndarray  # (cells,) int32, the words of the columns
    counts: np.ndarray  # (cells,) uint32, how often the pair occurs, in units of 1 / `unit`
    log_count: np.ndarray  # (n,) float, logarithm of a count; larger ones are computed
    weight: np.ndarray  # (m,) float, weight of a count; larger ones have the last
    row_bias: np.ndarray  # (V,) float, subtracted from the logarithm, by row
    column_bias: np.ndarray  # (V,) float, the same by column
    row_factor: np.ndarray  # (V,) float, weight of an unobserved cell: its row's times its column's
    column_factor: np.ndarray  # (V,) float
    least: float  # lowest target of an observed cell
    elsewhere: float  # target of an unobserved cell
    penalty: float  # lambda


class Scratch(NamedTuple):
    """Working memory of a thread."""

    offsets: np.ndarray  # (cells of the longest row, rounded up to 4,) int64
    weights: np.ndarray  # the same size, float
    targets: np.ndarray  # the same size, float
    residual: np.ndarray  # (length,) float
    step: np.ndarray  # (length,) float
    image: np.ndarray  # (length,) float


@kernel
def add_gram(matrix, factors, first, last, length, gram, total):
    """Add ``sum_i f_i m_i m_i'`` and ``sum_i f_i m_i`` over some rows of a matrix.

    Parameters
    ----------
    matrix : (V * length,) float array
    factors : (V,) float array
    first, last : int
        Range of rows, `last` excluded.
    length : int
        Numbers in a row.
    gram : (length * length,) float array
        Modified in place.
    total : (length,) float array
        Modified in place.
    """
    for i in range(first, last):
        row = matrix[i * length : (i + 1) * length]
        factor = factors[i]
        for k in range(length):
            scaled = factor * row[k]
            total[k] += scaled
            for other in range(length):
                gram[k * length + other] += scaled * row[other]


@device
def _multiply_gram(gram, factor, penalty, vector, length, out):
    """Set ``out = (factor * gram + penalty I) vector``; the Gram matrix is symmetric."""
    for k in range(length):
        out[k] = penalty * vector[k]
    for first in range(0, length, 4):
        v0, v1 = factor * vector[first], factor * vector[first + 1]
        v2, v3 = factor * vector[first + 2], factor * vector[first + 3]
        g0 = gram[first * length : (first + 1) * length]
        g1 = gram[(first + 1) * length : (first + 2) * length]
        g2 = gram[(first + 2) * length : (first + 3) * length]
        g3 = gram[(first + 3) * length : (first + 4) * length]
        for k in range(length):
            out[k] += v0 * g0[k] + v1 * g1[k] + v2 * g2[k] + v3 * g3[k]


@device
def _add_cells(other, scratch, count, vector, length, out):
    """Add ``sum_j w_j (c_j . vector) c_j`` to `out`, four cells at a time."""
    offsets, weights = scratch.offsets, scratch.weights
    for e in range(0, count, 4):
        c0 = other[offsets[e] : offsets[e] + length]
        c1 = other[offsets[e + 1] : offsets[e + 1] + length]
        c2 = other[offsets[e + 2] : offsets[e + 2] + length]
        c3 = other[offsets[e + 3] : offsets[e + 3] + length]
        s0 = s1 = s2 = s3 = vector.dtype.type(0)
        for k in range(length):
            s0 += c0[k] * vector[k]
            s1 += c1[k] * vector[k]
            s2 += c2[k] * vector[k]
            s3 += c3[k] * vector[k]
        s0 *= weights[e]
        s1 *= weights[e + 1]
        s2 *= weights[e + 2]
        s3 *= weights[e + 3]
        for k in range(length):
            out[k] += s0 * c0[k] + s1 * c1[k] + s2 * c2[k] + s3 * c3[k]


@device
def _subtract_cells(other, scratch, count, row, length, out):
    """Add ``sum_j (t_j - w_j (c_j . row)) c_j`` to `out`; return ``sum_j t_j (c_j . row)``."""
    offsets, weights, targets = scratch.offsets, scratch.weights, scratch.targets
    value = 0.0
    for e in range(0, count, 4):
        c0 = other[offsets[e] : offsets[e] + length]
        c1 = other[offsets[e + 1] : offsets[e + 1] + length]
        c2 = other[offsets[e + 2] : offsets[e + 2] + length]
        c3 = other[offsets[e + 3] : offsets[e + 3] + length]
        s0 = s1 = s2 = s3 = row.dtype.type(0)
        for k in range(length):
            s0 += c0[k] * row[k]
            s1 += c1[k] * row[k]
            s2 += c2[k] * row[k]
            s3 += c3[k] * row[k]
        value += targets[e] * s0 + targets[e + 1] * s1 + targets[e + 2] * s2 + targets[e + 3] * s3
        s0 = targets[e] - weights[e] * s0
        s1 = targets[e + 1] - weights[e + 1] * s1
        s2 = targets[e + 2] - weights[e + 2] * s2
        s3 = targets[e + 3] - weights[e + 3] * s3
        for k in range(length):
            out[k] += s0 * c0[k] + s1 * c1[k] + s2 * c2[k] + s3 * c3[k]
    return value


@device
def _gather_cells(cells, i, length, scratch):
    """Write offset, weight and target of the cells of row i, filled up to a multiple of four.

    Weights are less that of an unobserved cell, which the Gram matrix holds.

    Returns
    -------
    count : int
        Cells written.
    constant : float
        What the cells add to the loss of a row of zeros.
    """
    one = cells.row_bias.dtype.type(1)
    most, logs = cells.weight.size - 1, cells.log_count.size
    count = 0
    constant = 0.0
    for at in range(cells.indptr[i], cells.indptr[i + 1]):
        j = np.int64(cells.ids[at])
        times = np.int64(cells.counts[at])
        logarithm = cells.log_count[times] if times < logs else one * np.log(one * times)
        target = max(cells.least, logarithm - cells.row_bias[i] - cells.column_bias[j])
        weight = cells.weight[min(times, most)]
        elsewhere = cells.row_factor[i] * cells.column_factor[j]
        scratch.offsets[count] = j * length
        scratch.weights[count] = weight - elsewhere
        scratch.targets[count] = weight * target - elsewhere * cells.elsewhere
        constant += weight * target * target - elsewhere * cells.elsewhere * cells.elsewhere
        count += 1
    while count % 4:
        scratch.offsets[count] = scratch.offsets[count - 1]
        scratch.weights[count] = scratch.targets[count] = 0
        count += 1
    return count, constant / 2


@device
def _dot(a, b, length):
    total = a.dtype.type(0)
    for k in range(length):
        total += a[k] * b[k]
    return total


@kernel
def solve_rows(cells, gram, total, other, own, length, first, last, steps, scratch):
    """Lower the loss of a range of rows by conjugate gradients.

    Parameters
    ----------
    cells : Cells
    gram : (length * length,) float array
        Sum of the other matrix's ``g_j c_j c_j'``.
    total : (length,) float array
        Sum of its ``g_j c_j``.
    other, own : (V * length,) float arrays
        The fixed matrix, and that of the rows, modified in place.
    length : int
        Numbers in a row, a multiple of 4.
    first, last : int
        Range of rows, `last` excluded.
    steps : int
        Steps of conjugate gradients.
    scratch : Scratch
        Working memory.

    Returns
    -------
    float
        Loss of the rows afterwards, without the unobserved cells' loss for rows of zeros.
    """
    residual, step, image = scratch.residual, scratch.step, scratch.image
    loss = 0.0
    for i in range(first, last):
        row = own[i * length : (i + 1) * length]
        factor = cells.row_factor[i]
        pull = factor * cells.elsewhere
        count, constant = _gather_cells(cells, i, length, scratch)
        _multiply_gram(gram, factor, cells.penalty, row, length, image)
        for k in range(length):
            residual[k] = pull * total[k] - image[k]
        value = _subtract_cells(other, scratch, count, row, length, residual)
        value += pull * _dot(row, total, length)  # b'w
        # w'A w / 2 - b'w with A w = b - residual.
        loss += constant - (value + _dot(row, residual, length)) / 2
        size = _dot(residual, residual, length)
        for k in range(length):
            step[k] = residual[k]
        for _ in range(steps):
            if not size > 0:
                break
            _multiply_gram(gram, factor, cells.penalty, step, length, image)
            _add_cells(other, scratch, count, step, length, image)
            curvature = _dot(step, image, length)
            if not curvature > 0:
                break
            ahead = size / curvature
            loss -= ahead * size / 2
            for k in range(length):
                row[k] += ahead * step[k]
                residual[k] -= ahead * image[k]
            now = _dot(residual, residual, length)
            back = now / size
            size = now
            for k in range(length):
                step[k] = residual[k] + back * step[k]
    return loss
