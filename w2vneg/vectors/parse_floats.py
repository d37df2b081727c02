"""Compiled parsing of decimal text, correctly rounded to float32.

A number is computed in float64 with an error bound. If both ends of the bound round to the same
float32, that is the result, equal to ``numpy.float32(float(text))``. Otherwise the row is left to
the caller, who uses ``float()``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from w2vneg.kernel.jit import device, kernel

#: Marks a row that `parse_rows` leaves to the caller.
ROW_LEFT = 1

_SPACE, _TAB, _NEWLINE, _RETURN = 32, 9, 10, 13
_MINUS, _PLUS, _DOT, _ZERO, _NINE = 45, 43, 46, 48, 57
_LOWER_E, _UPPER_E = 101, 69

_LOWEST, _HIGHEST = -80, 40
_POWERS_F64 = np.array([float(f"1e{n}") for n in range(_LOWEST, _HIGHEST + 1)])
_MAX_DIGITS = 18
#: Three roundings to float64 add up to at most 1.5 * 2^-52; this bound is ten times as wide.
_BELOW, _ABOVE = 1.0 - 2.0**-48, 1.0 + 2.0**-48


@device
def _parse_number(data: Any, lo: Any, hi: Any) -> Any:
    """Parse ``data[lo:hi]``; return (known, value). If not known, the caller uses ``float()``."""
    unknown = (False, np.float32(0))
    negative = False
    pos = lo
    if pos < hi and (data[pos] == _MINUS or data[pos] == _PLUS):
        negative = data[pos] == _MINUS
        pos += 1
    mantissa = np.int64(0)
    exponent = np.int64(0)
    significant = 0  # significant digits in the mantissa
    seen = 0
    after_dot = False
    while pos < hi:
        byte = np.int64(data[pos])
        if _ZERO <= byte <= _NINE:
            seen += 1
            if significant < _MAX_DIGITS:
                mantissa = 10 * mantissa + (byte - _ZERO)
                if mantissa != 0:
                    significant += 1
                if after_dot:
                    exponent -= 1
            elif not after_dot:
                exponent += 1
        elif byte == _DOT and not after_dot:
            after_dot = True
        else:
            break
        pos += 1
    if seen == 0:
        return unknown
    if pos < hi:
        if data[pos] != _LOWER_E and data[pos] != _UPPER_E:
            return unknown
        pos += 1
        down = False
        if pos < hi and (data[pos] == _MINUS or data[pos] == _PLUS):
            down = data[pos] == _MINUS
            pos += 1
        if pos >= hi or hi - pos > 4:
            return unknown
        scale = np.int64(0)
        while pos < hi:
            byte = np.int64(data[pos])
            if byte < _ZERO or byte > _NINE:
                return unknown
            scale = 10 * scale + (byte - _ZERO)
            pos += 1
        exponent += -scale if down else scale
    if mantissa == 0:
        return True, np.float32(-0.0) if negative else np.float32(0.0)
    if exponent < _LOWEST or exponent > _HIGHEST:
        return unknown
    value = np.float64(mantissa) * _POWERS_F64[exponent - _LOWEST]
    if value > 3e38:
        return unknown
    low = np.float32(value * _BELOW)
    high = np.float32(value * _ABOVE)
    if low != high:
        return unknown
    return True, -low if negative else low


@kernel
def parse_rows(
    data: Any, begin: Any, end: Any, out: Any, word_lo: Any, word_hi: Any, left: Any
) -> Any:
    """Parse rows of word2vec text.

    Parameters
    ----------
    data : (B,) uint8 array
        Text; ``data[begin:end]`` holds whole rows, each with its newline.
    begin, end : int
        Offsets in `data`.
    out : (n, d) float32 array
        Modified in place: the numbers.
    word_lo, word_hi : (n,) int64 arrays
        Modified in place: ``data[word_lo[r]:word_hi[r]]`` is the word of row r; for a row that is
        left to the caller it is the whole row without its newline.
    left : (n,) uint8 array
        Modified in place: `ROW_LEFT` if the row is malformed or needs ``float()``, else 0.

    Returns
    -------
    int
        Number of rows, at most n.
    """
    dim = out.shape[1]
    row = 0
    start = begin
    while start < end and row < out.shape[0]:
        stop = start
        while data[stop] != _NEWLINE:
            stop += 1
        tail = stop
        if tail > start and data[tail - 1] == _RETURN:
            tail -= 1
        while tail > start and (data[tail - 1] == _SPACE or data[tail - 1] == _TAB):
            tail -= 1  # word2vec.c ends each row with a space
        good = True
        column = dim - 1
        while good and column >= 0:
            lo = tail
            while lo > start and data[lo - 1] > _SPACE:
                lo -= 1
            known, value = _parse_number(data, lo, tail)
            good = known and lo > start and (data[lo - 1] == _SPACE or data[lo - 1] == _TAB)
            out[row, column] = value
            tail = lo - 1
            column -= 1
        good = good and tail > start
        if good:
            for i in range(start, tail):
                if data[i] <= _SPACE:
                    good = False
        word_lo[row] = start
        word_hi[row] = tail if good else stop
        left[row] = 0 if good else ROW_LEFT
        row += 1
        start = stop + 1
    return row
