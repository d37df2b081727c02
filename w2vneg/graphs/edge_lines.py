"""Compiled reading of edge lists: fields of lines checked, weights parsed, names left in place.

A block of text is modified so that each line is just the names of two nodes, which the tokenizer of
corpora then numbers: separators become blanks, and comments, weights and what else is not read are
overwritten with blanks.
"""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES
from w2vneg.kernel.jit import device, kernel

# What is wrong with a line.
GOOD, TOO_FEW, TOO_MANY, NO_WEIGHT, NO_NUMBER, NOT_POSITIVE, TOO_LONG, CONTROL, EMPTY = range(9)

# Fields of the state array.
POSITION, LINE, EDGES, BAD, FIRST_BAD, FIRST_STATUS = range(6)
STATE_SIZE = 6

#: Columns of a line: two names, also a weight, or any number of which the first two are read.
NAMES, WEIGHTED, ANY = 2, 3, 0

_BLANK, _TAB, _COMMA, _LF, _CR = 32, 9, 44, 10, 13
_HASH, _PERCENT = 35, 37
_ZERO, _NINE, _DOT, _MINUS, _PLUS, _E = 48, 57, 46, 45, 43, 69
_MOST_DIGITS = 18
_FAR = 400  # an exponent beyond that of any double


@device
def _weight(data, start, stop):
    """Return the number in ``data[start:stop]``, and whether it is one.

    It is within a few units in the last place of a double; NaN and infinity are no numbers.
    """
    i = start
    negative = data[i] == _MINUS
    if data[i] == _MINUS or data[i] == _PLUS:
        i += 1
    mantissa = np.uint64(0)
    digits = 0
    seen = 0
    exponent = 0
    fraction = False
    while i < stop:
        byte = data[i]
        if _ZERO <= byte <= _NINE:
            seen += 1
            if digits < _MOST_DIGITS:
                mantissa = mantissa * np.uint64(10) + np.uint64(byte - _ZERO)
                digits += mantissa != np.uint64(0)
                exponent -= fraction
            else:
                exponent += not fraction
        elif byte == _DOT and not fraction:
            fraction = True
        else:
            break
        i += 1
    if seen == 0:
        return 0.0, False
    if i < stop and (data[i] & 0xDF) == _E:
        i += 1
        minus = i < stop and data[i] == _MINUS
        if i < stop and (data[i] == _MINUS or data[i] == _PLUS):
            i += 1
        if i == stop:
            return 0.0, False
        power = 0
        while i < stop and _ZERO <= data[i] <= _NINE:
            power = min(power * 10 + np.int64(data[i]) - _ZERO, 1 << 20)
            i += 1
        exponent += -power if minus else power
    if i < stop:
        return 0.0, False
    value = np.float64(mantissa)
    # In two steps, so that neither power overflows where the product does not.
    exponent = min(max(exponent, -_FAR), _FAR)
    half = exponent // 2
    value = value * 10.0**half * 10.0 ** (exponent - half)
    return -value if negative else value, True


@device
def _read_line(data, start, stop, columns, weights, edge):
    """Check the line ``data[start:stop]``, leave its two names in it; return what is wrong with it."""
    i = start
    field = 0
    while True:
        begin = i
        while i < stop and data[i] != _BLANK and data[i] != _TAB and data[i] != _COMMA:
            if data[i] < _BLANK:
                return CONTROL
            i += 1
        if i == begin:
            return EMPTY
        if field < 2 and i - begin > MAX_TOKEN_BYTES:
            return TOO_LONG
        if field == 2 and columns == WEIGHTED:
            weight, is_number = _weight(data, begin, i)
            if not is_number:
                return NO_NUMBER
            single = np.float32(weight)
            if not (single > 0 and single < np.inf):
                return NOT_POSITIVE
            weights[edge] = single
        if field >= 2:
            for k in range(begin, i):
                data[k] = _BLANK
        field += 1
        comma = False
        while i < stop and (
            data[i] == _BLANK or data[i] == _TAB or (data[i] == _COMMA and not comma)
        ):
            comma = comma or data[i] == _COMMA
            data[i] = _BLANK
            i += 1
        if i == stop:
            if comma:
                return EMPTY
            break
        if field == columns:
            return TOO_MANY
    if field < 2:
        return TOO_FEW
    return NO_WEIGHT if field < columns else GOOD


@kernel
def read_lines(data, stop, columns, drop, weights, state):
    """Read the lines in ``data[state[POSITION]:stop]``, the last of which is complete.

    Parameters
    ----------
    data : uint8 array
        Modified in place: of each edge the two names are left, of all other lines nothing.
    stop : int
    columns : int
        `NAMES`, `WEIGHTED` or `ANY`.
    drop : bool
        Leave out lines that are wrong; otherwise stop at the first.
    weights : float32 array
        Set where `columns` is `WEIGHTED`, from element 0 on, one for each edge.
    state : (STATE_SIZE,) int64 array
        Modified in place: next position; lines, edges and wrong lines so far; the first wrong line,
        from 1 on, and what is wrong with it.

    Returns
    -------
    int
        Edges in these lines.
    """
    position = state[POSITION]
    edges = 0
    while position < stop:
        end = position
        while end < stop and data[end] != _LF and data[end] != _CR:
            end += 1
        following = end + 1
        if end + 1 < stop and data[end] == _CR and data[end + 1] == _LF:
            following = end + 2
        state[LINE] += 1
        first = position
        while first < end and (data[first] == _BLANK or data[first] == _TAB):
            first += 1
        status = GOOD
        is_edge = False
        if first < end and data[first] != _HASH and data[first] != _PERCENT:
            status = _read_line(data, first, end, columns, weights, edges)
            is_edge = status == GOOD
        if is_edge:
            edges += 1
        else:
            for k in range(position, end):
                data[k] = _BLANK
        position = following
        if status != GOOD:
            state[BAD] += 1
            if state[BAD] == 1:
                state[FIRST_BAD] = state[LINE]
                state[FIRST_STATUS] = status
            if not drop:
                break
    state[POSITION] = position
    state[EDGES] += edges
    return edges


@kernel
def pair_up(numbers, count, source, target):
    """Turn node numbers and line ends into edges; return their number.

    Parameters
    ----------
    numbers : int32 array
        The first `count` are the numbers of two nodes and a negative one, again and again.
    count : int
    source, target : int32 arrays
        Modified in place.
    """
    edges = 0
    i = 0
    while i + 1 < count:
        if numbers[i] < 0:
            i += 1
            continue
        source[edges] = numbers[i]
        target[edges] = numbers[i + 1]
        edges += 1
        i += 2
    return edges
