"""Compiled printing of float32 as shortest decimals.

Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020) for float32: the shortest
decimal that parses back to the same number, and of those the closest; the digits are those of
``str(numpy.float32(x))``. Numbers below 1e-4 and from 1e9 up are printed with an exponent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from w2vneg.kernel.jit import device, kernel

#: Maximum bytes per number, including the space before it: `` -1.17549435e-38``.
WIDTH = 16

_ZERO, _MINUS, _PLUS, _POINT, _SPACE, _E, _NEWLINE = 48, 45, 43, 46, 32, 101, 10

_MIN_POWER, _MAX_POWER = -31, 45


def _ceil_power(exponent: int) -> int:
    """Return 10^exponent scaled by a power of two into [2^63, 2^64), rounded up."""
    if exponent >= 0:
        value: int = 10**exponent
        excess = value.bit_length() - 64
        return value << -excess if excess <= 0 else -(-value >> excess)
    divisor: int = 10**-exponent
    shift = 63 + divisor.bit_length()
    scaled = -((-1 << shift) // divisor)
    if scaled.bit_length() > 64:
        scaled = -((-1 << (shift - 1)) // divisor)
    return scaled


_POWERS = [_ceil_power(n) for n in range(_MIN_POWER, _MAX_POWER + 1)]
_POWER_HIGH = np.array([p >> 32 for p in _POWERS], np.uint64)
_POWER_LOW = np.array([p & 0xFFFFFFFF for p in _POWERS], np.uint64)

# Bits of the float32 numbers that bound what is printed without an exponent.
_FIXED_FROM = int(np.float32(1e-4).view(np.int32))
_FIXED_TO = int(np.float32(1e9).view(np.int32))

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
    """Return the shortest decimal of a positive float32 as integers (digits, exponent).

    Parameters
    ----------
    bits : int64
        The low 31 bits of the number, which is neither zero nor infinite nor NaN.
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
    digits = s
    done = False
    if s >= 10:
        shorter = s // 10
        down = bottom <= 40 * shorter
        up = 40 * shorter + 40 <= top
        if down != up:
            digits = shorter if down else shorter + 1
            k += 1
            done = True
    if not done:
        down = bottom <= 4 * s
        up = 4 * s + 4 <= top
        half = 4 * s + 2
        nearer_up = middle > half or (middle == half and s & 1 == 1)
        if up if down != up else nearer_up:
            digits += 1
    while digits % 10 == 0:
        digits //= 10
        k += 1
    return digits, k


@device
def _put_digits(digits: Any, count: Any, out: Any, pos: Any) -> Any:
    """Print an integer of `count` digits at `pos`."""
    for i in range(count - 1, -1, -1):
        rest = digits // 10
        out[pos + i] = _ZERO + (digits - 10 * rest)
        digits = rest


@device
def _put_number(bits: Any, out: Any, pos: Any) -> Any:
    """Print a finite float32, given its bits, at `pos`; return the position after it."""
    if bits < 0:
        out[pos] = _MINUS
        pos += 1
        bits = bits & 0x7FFFFFFF
    if bits == 0:
        out[pos] = _ZERO
        out[pos + 1] = _POINT
        out[pos + 2] = _ZERO
        return pos + 3
    digits, k = _shortest(bits)
    count = 1
    bound = np.int64(10)
    while digits >= bound:
        count += 1
        bound *= 10
    point = count + k
    if _FIXED_FROM <= bits < _FIXED_TO:
        if point <= 0:
            out[pos] = _ZERO
            out[pos + 1] = _POINT
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
            out[pos] = _POINT
            out[pos + 1] = _ZERO
            return pos + 2
        # Written one byte to the right; then the integer part moves left to make room for the dot.
        _put_digits(digits, count, out, pos + 1)
        for i in range(point):
            out[pos + i] = out[pos + i + 1]
        out[pos + point] = _POINT
        return pos + count + 1
    if count == 1:
        out[pos] = _ZERO + digits
        pos += 1
    else:
        _put_digits(digits, count, out, pos + 1)
        out[pos] = out[pos + 1]
        out[pos + 1] = _POINT
        pos += count + 1
    exponent = point - 1
    out[pos] = _E
    out[pos + 1] = _MINUS if exponent < 0 else _PLUS
    exponent = abs(exponent)
    out[pos + 2] = _ZERO + exponent // 10
    out[pos + 3] = _ZERO + exponent % 10
    return pos + 4


@kernel
def format_rows(bits: Any, words: Any, ends: Any, out: Any) -> Any:
    """Print rows of word2vec text: word, numbers, newline.

    Parameters
    ----------
    bits : (n, d) int32 array
        Finite float32 numbers, viewed as integers.
    words : (B,) uint8 array
        The words, concatenated.
    ends : (n + 1,) int64 array
        Word i is ``words[ends[i]:ends[i + 1]]``.
    out : (B + n * (WIDTH d + 1),) uint8 array
        Modified in place: the text.

    Returns
    -------
    int
        Length of the text in `out`.
    """
    pos = 0
    for row in range(bits.shape[0]):
        for i in range(ends[row], ends[row + 1]):
            out[pos] = words[i]
            pos += 1
        for column in range(bits.shape[1]):
            out[pos] = _SPACE
            pos = _put_number(np.int64(bits[row, column]), out, pos + 1)
        out[pos] = _NEWLINE
        pos += 1
    return pos
