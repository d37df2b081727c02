"""Compiled conversion between float32 and decimal text, exact in both directions.

Writing follows Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020) for float32:
the shortest decimal that reads back as the same number, and of those the closest. The layout is
that of ``str(numpy.float32(x))``, so files equal those of tools that print numbers with NumPy.

Reading computes in float64 with an error bound. Where both ends of the bound round to the same
float32 that is the answer, else the row is left to the caller, who has ``float()``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from w2vneg.compiled import device, kernel

#: No float32 takes more bytes: ``-1.17549435e-38`` and a separator.
MAX_NUMBER_BYTES = 16

#: `parse_rows` left this row to the caller.
ROW_LEFT = 1

_SPACE, _NEWLINE, _RETURN, _MINUS, _PLUS, _DOT, _ZERO, _NINE = 32, 10, 13, 45, 43, 46, 48, 57
_LOWER_E, _UPPER_E = 101, 69

_MIN_POWER, _MAX_POWER = -31, 45


def _ceil_power(exponent: int) -> int:
    """Return 10^exponent scaled by a power of two into [2^63, 2^64), rounded up."""
    if exponent >= 0:
        value = 10**exponent
        excess = value.bit_length() - 64
        return value << -excess if excess <= 0 else -(-value >> excess)
    divisor = 10**-exponent
    shift = 63 + divisor.bit_length()
    scaled = -((-1 << shift) // divisor)
    if scaled.bit_length() > 64:
        scaled = -((-1 << (shift - 1)) // divisor)
    return scaled


_POWERS = [_ceil_power(n) for n in range(_MIN_POWER, _MAX_POWER + 1)]
_POWER_HIGH = np.array([p >> 32 for p in _POWERS], np.uint64)
_POWER_LOW = np.array([p & 0xFFFFFFFF for p in _POWERS], np.uint64)

_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)


@device
def _round_to_odd(high: Any, low: Any, factor: Any) -> Any:
    """Return bits 64 and up of ``(high * 2^32 + low) * factor``, the rest folded into bit 0."""
    total = high * factor + ((low * factor) >> _32)
    result = total >> _32
    if (total & _LOW) > _ONE:
        result |= _ONE
    return np.int64(result)


@device
def _shortest(bits: Any) -> Any:
    """Return (digits, exponent): the shortest decimal of a positive float32, as integers.

    Parameters
    ----------
    bits : int64
        The 31 low bits of the number; neither zero nor infinite nor NaN.
    """
    fraction = bits & 0x7FFFFF
    field = bits >> 23
    # The number is c 2^q; the interval that rounds to it is (left, right) / 4 in units of 2^q.
    if field != 0:
        c = fraction | 0x800000
        q = field - 150
    else:
        c = fraction
        q = np.int64(-149)
    lower_is_closer = fraction == 0 and field > 1
    if lower_is_closer:
        left = 4 * c - 1
        k = (q * 1262611 - 524031) >> 22  # floor(log10(3/4 2^q))
    else:
        left = 4 * c - 2
        k = (q * 1262611) >> 22  # floor(log10(2^q))
    shift = q + ((-k * 1741647) >> 19) + 1
    high = _POWER_HIGH[-k - _MIN_POWER]
    low = _POWER_LOW[-k - _MIN_POWER]
    bottom = _round_to_odd(high, low, np.uint64(left << shift))
    middle = _round_to_odd(high, low, np.uint64((4 * c) << shift))
    top = _round_to_odd(high, low, np.uint64((4 * c + 2) << shift))
    # The ends of the interval round to the number only if its last bit is even.
    odd = c & 1
    bottom += odd
    top -= odd
    s = middle >> 2
    if s >= 10:
        shorter = s // 10
        down = bottom <= 40 * shorter
        up = 40 * shorter + 40 <= top
        if down != up:
            digits = shorter if down else shorter + 1
            k += 1
            while digits % 10 == 0:
                digits //= 10
                k += 1
            return digits, k
    down = bottom <= 4 * s
    up = 4 * s + 4 <= top
    if down != up:
        return (s if down else s + 1), k
    half = 4 * s + 2
    if middle < half or (middle == half and s & 1 == 0):
        return s, k
    return s + 1, k


@device
def _put_digits(digits: Any, count: Any, out: Any, pos: Any) -> Any:
    for place in range(count - 1, -1, -1):
        rest = digits // 10
        out[pos + place] = _ZERO + (digits - 10 * rest)
        digits = rest


@device
def _put_number(value: Any, bits: Any, out: Any, pos: Any) -> Any:
    """Write a finite float32 as ``str(numpy.float32(value))`` does; return the next position."""
    if bits < 0:
        out[pos] = _MINUS
        pos += 1
        bits = bits & 0x7FFFFFFF
    if bits == 0:
        out[pos] = _ZERO
        out[pos + 1] = _DOT
        out[pos + 2] = _ZERO
        return pos + 3
    digits, k = _shortest(bits)
    count = 1
    bound = np.int64(10)
    while digits >= bound:
        count += 1
        bound *= 10
    point = count + k
    size = abs(np.float64(value))
    if 1e-4 <= size < 1e16:
        if point <= 0:
            out[pos] = _ZERO
            out[pos + 1] = _DOT
            pos += 2
            for _ in range(-point):
                out[pos] = _ZERO
                pos += 1
            _put_digits(digits, count, out, pos)
            return pos + count
        if point >= count:
            _put_digits(digits, count, out, pos)
            pos += count
            for _ in range(point - count):
                out[pos] = _ZERO
                pos += 1
            out[pos] = _DOT
            out[pos + 1] = _ZERO
            return pos + 2
        # Written one place to the right, then the whole part moves over to make room for the dot.
        _put_digits(digits, count, out, pos + 1)
        for place in range(point):
            out[pos + place] = out[pos + place + 1]
        out[pos + point] = _DOT
        return pos + count + 1
    if count == 1:
        out[pos] = _ZERO + digits
        pos += 1
    else:
        _put_digits(digits, count, out, pos + 1)
        out[pos] = out[pos + 1]
        out[pos + 1] = _DOT
        pos += count + 1
    exponent = point - 1
    out[pos] = _LOWER_E
    out[pos + 1] = _MINUS if exponent < 0 else _PLUS
    exponent = abs(exponent)
    out[pos + 2] = _ZERO + exponent // 10
    out[pos + 3] = _ZERO + exponent % 10
    return pos + 4


@kernel
def format_rows(matrix: Any, bits: Any, words: Any, ends: Any, out: Any) -> Any:
    """Write rows of word2vec text: word, numbers, newline.

    Parameters
    ----------
    matrix : (n, d) float32
        Finite numbers.
    bits : (n, d) int32
        The same memory seen as integers.
    words : (B,) uint8
        The words one behind the other.
    ends : (n + 1,) int64
        Word i is ``words[ends[i]:ends[i + 1]]``.
    out : (B + n * (16 d + 1),) uint8
        Modified in place: the text.

    Returns
    -------
    int
        How many bytes of `out` are text.
    """
    pos = np.int64(0)
    for row in range(matrix.shape[0]):
        for i in range(ends[row], ends[row + 1]):
            out[pos] = words[i]
            pos += 1
        for column in range(matrix.shape[1]):
            out[pos] = _SPACE
            pos = _put_number(matrix[row, column], np.int64(bits[row, column]), out, pos + 1)
        out[pos] = _NEWLINE
        pos += 1
    return pos


_LOWEST, _HIGHEST = -80, 40
_POWERS_F64 = np.array([float(f"1e{n}") for n in range(_LOWEST, _HIGHEST + 1)])
_MAX_DIGITS = 18
#: Three roundings to float64 make at most 1.5 * 2^-52; this is ten times more.
_BELOW, _ABOVE = 1.0 - 2.0**-48, 1.0 + 2.0**-48


@device
def _parse_number(data: Any, lo: Any, hi: Any) -> Any:
    """Return (known, value) of the decimal ``data[lo:hi]``; not known: look with other means."""
    unknown = (False, np.float32(0))
    negative = False
    pos = lo
    if pos < hi and (data[pos] == _MINUS or data[pos] == _PLUS):
        negative = data[pos] == _MINUS
        pos += 1
    mantissa = np.int64(0)
    exponent = np.int64(0)
    kept = 0  # significant digits in the mantissa
    seen = 0
    after_dot = False
    while pos < hi:
        byte = np.int64(data[pos])
        if _ZERO <= byte <= _NINE:
            seen += 1
            if kept < _MAX_DIGITS:
                mantissa = 10 * mantissa + (byte - _ZERO)
                if mantissa != 0:
                    kept += 1
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
    """Read rows of word2vec text.

    Parameters
    ----------
    data : (B,) uint8
        Text; ``data[begin:end]`` holds whole rows, each with its newline.
    out : (n, d) float32
        Modified in place: the numbers.
    word_lo, word_hi : (n,) int64
        Modified in place: row r is of the word ``data[word_lo[r]:word_hi[r]]``; in a row that is
        left to the caller this is the whole row without its newline.
    left : (n,) uint8
        Modified in place: `ROW_LEFT` where the row is malformed or cannot be read here.

    Returns
    -------
    int
        How many rows were met, at most n.
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
        if tail > start and data[tail - 1] == _SPACE:
            tail -= 1  # word2vec.c ends each row so
        good = True
        column = dim - 1
        while good and column >= 0:
            lo = tail
            while lo > start and data[lo - 1] != _SPACE:
                lo -= 1
            known, value = _parse_number(data, lo, tail)
            good = known and lo > start
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
