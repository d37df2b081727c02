"""Float32 rows to shortest exact decimals, compiled.

A decimal of p digits stands for x if the float32 nearest to it is x. Six digits always name their
own float32, nine always suffice, so 6 to 9 are tried in turn. All numbers involved (x, powers of
ten up to 10^22, integers of nine digits) are exact in float64, so one multiplication and one
division decide; a quotient that falls on the border between two float32 is not trusted.
"""

from __future__ import annotations

import numpy as np

from w2vneg.compiled import kernel

#: Bytes that one number takes at most, with the blank before it.
WIDTH = 20

_POWERS = 10.0 ** np.arange(23)
_LEAST, _MOST = 1e-13, 1e9
_FIXED_LEAST = 1e-5
_BORDER_BITS = np.uint64((1 << 29) - 1)
_BORDER = np.uint64(1 << 28)
_MANTISSA = np.uint32((1 << 23) - 1)
_ZERO, _MINUS, _POINT, _BLANK, _E = 48, 45, 46, 32, 101


@kernel
def format_rows(
    matrix, first, last, powers, scratch32, bits32, scratch64, bits64, reversed_, out, ends
):
    """Write rows as text, a blank before each number.

    Parameters
    ----------
    matrix : (V, d) float32 array
        Finite.
    first, last : int
        Rows to write.
    powers : (23,) float64 array
        10^0 to 10^22.
    scratch32, bits32 : (1,) float32 array and the same memory as uint32
    scratch64, bits64 : (1,) float64 array and the same memory as uint64
    reversed_ : (20,) uint8 array
        Scratch for digits.
    out : ((last - first) * d * WIDTH,) uint8 array
        Modified in place.
    ends : (last - first,) int64 array
        Receives where each row ends in `out`; -1 for a row with a number outside the range that
        this function writes, which then takes no room.
    """
    at = 0
    for row in range(first, last):
        begin = at
        good = True
        for column in range(matrix.shape[1]):
            single = matrix[row, column]
            out[at] = _BLANK
            at += 1
            scratch32[0] = single
            if bits32[0] >> np.uint32(31):
                out[at] = _MINUS
                at += 1
            x = abs(np.float64(single))
            if x == 0.0:
                out[at] = _ZERO
                out[at + 1] = _POINT
                out[at + 2] = _ZERO
                at += 3
                continue
            if not (x >= _LEAST and x < _MOST):
                good = False
                break
            exponent = -13
            while exponent < 8 and (
                x >= powers[exponent + 1] if exponent >= -1 else x * powers[-exponent - 1] >= 1.0
            ):
                exponent += 1
            tries = 3 if bits32[0] & _MANTISSA == np.uint32(0) else 1
            digits = np.int64(-1)
            shift = 0
            for precision in range(6, 10):
                shift = precision - 1 - exponent
                scaled = x * powers[shift] if shift >= 0 else x / powers[-shift]
                nearest = np.int64(np.floor(scaled + 0.5))
                for attempt in range(tries):
                    candidate = nearest
                    if attempt == 1:
                        candidate += 1
                    elif attempt == 2:
                        candidate -= 1
                    if shift >= 0:
                        back = np.float64(candidate) / powers[shift]
                    else:
                        back = np.float64(candidate) * powers[-shift]
                    scratch64[0] = back
                    if shift > 0 and bits64[0] & _BORDER_BITS == _BORDER:
                        continue
                    if np.float64(np.float32(back)) == x:
                        digits = candidate
                        break
                if digits >= 0:
                    break
            if digits < 0:
                good = False
                break
            while digits % 10 == 0:
                digits //= 10
                shift -= 1
            count = 0
            rest = digits
            while rest > 0:
                reversed_[count] = _ZERO + rest % 10
                rest //= 10
                count += 1
            # The value is 0.DIGITS x 10^point.
            point = count - shift
            if x < _FIXED_LEAST:
                out[at] = reversed_[count - 1]
                at += 1
                if count > 1:
                    out[at] = _POINT
                    at += 1
                    for i in range(count - 1):
                        out[at] = reversed_[count - 2 - i]
                        at += 1
                power = 1 - point
                out[at] = _E
                out[at + 1] = _MINUS
                out[at + 2] = _ZERO + power // 10
                out[at + 3] = _ZERO + power % 10
                at += 4
                continue
            if point <= 0:
                out[at] = _ZERO
                out[at + 1] = _POINT
                at += 2
                for _ in range(-point):
                    out[at] = _ZERO
                    at += 1
                for i in range(count):
                    out[at] = reversed_[count - 1 - i]
                    at += 1
                continue
            for i in range(max(count, point)):
                if i == point:
                    out[at] = _POINT
                    at += 1
                out[at] = reversed_[count - 1 - i] if i < count else _ZERO
                at += 1
            if point >= count:
                out[at] = _POINT
                out[at + 1] = _ZERO
                at += 2
        if good:
            ends[row - first] = at
        else:
            at = begin
            ends[row - first] = -1
    return at


def rows_as_text(matrix: np.ndarray, first: int, last: int) -> list[bytes]:
    """Return rows `first` to `last` as blank-separated decimals, each with a blank in front.

    Parameters
    ----------
    matrix : (V, d) float32 array
        Finite. Every decimal is the shortest whose nearest float32 is the number itself.
    """
    single, double = np.zeros(1, np.float32), np.zeros(1, np.float64)
    out = np.empty((last - first) * matrix.shape[1] * WIDTH, np.uint8)
    ends = np.empty(last - first, np.int64)
    size = format_rows(
        matrix, first, last, _POWERS, single, single.view(np.uint32), double,
        double.view(np.uint64), np.empty(20, np.uint8), out, ends,
    )  # fmt: skip
    text = out[:size].tobytes()
    rows = []
    start = 0
    for row, end in enumerate(ends.tolist(), start=first):
        if end < 0:
            # Numbers below 1e-13 or from 1e9 on: rare, so Python may write the row.
            rows.append(b"".join(b" %s" % str(x).encode() for x in matrix[row]))
            continue
        rows.append(text[start:end])
        start = end
    return rows
