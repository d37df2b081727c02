"""The compiled tokenizer: bytes to word numbers through an exact hash table.

A token is a run of bytes above 0x20; everything else separates tokens, and LF or CR ends a
sentence. A word of up to sixteen bytes *is* its own hash key (two integers, padded with NULs, which
no token contains), so that finding it takes one cache line and no comparison of strings. Longer
words store a 64-bit hash there and are compared in the arena, so no two words are ever confused.

Text is worked on in windows of about a kilobyte: first the edges of all tokens, then their keys and
hashes, last the table, whose cache lines have been asked for by then. No pass waits for memory, and
none has a branch that depends on the length of a short word.

Arrays of one table (see `w2vneg.corpus.word_table.WordTable`):

slots : (4 * capacity,) uint64, capacity a power of two
    Open addressing; a slot is key 0, key 1, ``length << 32 | number + 1`` (0: free), count.
arena : (A,) uint8, and `arena8`, the same memory as uint64
    The words' bytes, concatenated in the order of their numbers.
ends : (capacity + 1,) int64
    Word w is ``arena[ends[w]:ends[w + 1]]``.
invalid : (capacity,) uint8
    1 where a word is not valid UTF-8.

No kernel raises or allocates; a kernel that runs out of room returns, and the caller enlarges the
table and calls it again.
"""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES, SEPARATOR_MAX
from w2vneg.corpus.token_edges import WINDOW_TOKENS, WINDOW_WORDS, find_edges
from w2vneg.kernel.bits import load_bytes
from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.tiles import prefetch

#: Separators that must follow a block: tokens are looked for in 64 bytes at a time.
PADDING = 72

#: Marks the end of a line between word numbers.
LINE_END = -1

DONE, TABLE_FULL = 0, 1

# Fields of the state array.
POSITION, OUT, WORDS, TOKENS, TOO_LONG, CONTROLS, FIRST_INVALID, FIRST_CONTROL = range(8)
STATE_SIZE = 8

#: Elements of the scratch memory: begin and end of each token of a window; its keys and its hash.
EDGES_SIZE = 2 * WINDOW_TOKENS + 1
KEYS_SIZE = 3 * WINDOW_TOKENS

_0, _1, _2, _29, _32 = map(np.uint64, (0, 1, 2, 29, 32))
_NUMBER = np.uint64(0xFFFFFFFF)
#: For each length up to 16, masks of the bytes of a word that are in its first and in its second key.
_FIRST = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(17)], np.uint64)
_SECOND = np.array([(1 << 8 * max(n - 8, 0)) - 1 for n in range(17)], np.uint64)
_MULTIPLY_0 = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLY_1 = np.uint64(0xC2B2AE3D27D4EB4F)


@device
def _mix(key_0, key_1, seed):
    mixed = (key_0 ^ seed) * _MULTIPLY_0
    mixed = ((mixed ^ (mixed >> _32)) + key_1) * _MULTIPLY_1
    return mixed ^ (mixed >> _32)


@device
def _fold(hashed, chunk):
    hashed = (hashed ^ chunk) * _MULTIPLY_0
    return hashed ^ (hashed >> _29)


@device
def _valid_utf8(data, start, length):
    """Return whether ``data[start:start + length]`` is UTF-8 as Python's strict decoder sees it."""
    i = start
    end = start + length
    while i < end:
        lead = data[i]
        if lead < 0x80:
            i += 1
            continue
        low, high = 0x80, 0xBF
        if 0xC2 <= lead <= 0xDF:
            more = 1
        elif 0xE0 <= lead <= 0xEF:
            more = 2
            if lead == 0xE0:  # overlong
                low = 0xA0
            elif lead == 0xED:  # surrogates
                high = 0x9F
        elif 0xF0 <= lead <= 0xF4:
            more = 3
            if lead == 0xF0:  # overlong
                low = 0x90
            elif lead == 0xF4:  # beyond U+10FFFF
                high = 0x8F
        else:
            return False
        if i + more >= end:
            return False
        if data[i + 1] < low or data[i + 1] > high:
            return False
        for j in range(2, more + 1):
            if data[i + j] < 0x80 or data[i + j] > 0xBF:
                return False
        i += more + 1
    return True


@device
def _insert(slots, at, key_0, key_1, data, start, length, arena, ends, invalid, number):
    """Write a new word into slot `at`, its bytes into the arena; the caller has made sure there is room."""
    slots[at] = key_0
    slots[at + 1] = key_1
    slots[at + 2] = (np.uint64(length) << _32) | np.uint64(number + 1)
    slots[at + 3] = _0
    to = ends[number]
    high = 0
    for i in range(length):
        byte = data[start + i]
        arena[to + i] = byte
        high |= byte
    ends[number + 1] = to + length
    invalid[number] = 0
    if high >= 0x80 and not _valid_utf8(data, start, length):
        invalid[number] = 1


@device
def _hash_tokens(data8, edges, count, seed, slots, mask, keys):
    """Write two keys and a hash of the first `count` tokens to `keys`, and ask for their slots."""
    for i in range(count):
        start = edges[2 * i]
        length = edges[2 * i + 1] - start
        at = 3 * i
        key_0 = load_bytes(data8, start)
        key_1 = load_bytes(data8, start + 8)
        short = min(length, 16)
        key_0 &= _FIRST[short]
        key_1 &= _SECOND[short]
        hashed = _mix(key_0, key_1, seed)
        if 16 < length <= MAX_TOKEN_BYTES:
            for j in range(16, length, 8):
                hashed = _fold(hashed, load_bytes(data8, start + j) & _FIRST[min(8, length - j)])
            key_1 = key_0
            key_0 = hashed
        keys[at] = key_0
        keys[at + 1] = key_1
        keys[at + 2] = hashed
        prefetch(slots, np.int64(hashed & mask) << 2)


@device
def _skip_separators(data, position, stop, out, filled, state):
    """Write `LINE_END` for line ends among ``data[position:stop]``; return the elements in `out`."""
    while position < stop:
        byte = data[position]
        if byte == 10 or byte == 13:
            if filled == 0 or out[filled - 1] != LINE_END:
                out[filled] = LINE_END
                filled += 1
        elif byte < SEPARATOR_MAX and (byte < 9 or byte > 13):
            state[CONTROLS] += 1
            if state[FIRST_CONTROL] < 0:
                state[FIRST_CONTROL] = position
        position += 1
    return filled


@device
def _end_of_token(data, position, end):
    """Return the first byte from `position` on that is a separator, or `end`."""
    while position < end and data[position] > SEPARATOR_MAX:
        position += 1
    return position


@kernel
def tokenize(
    data,
    data8,
    stop,
    end,
    limit,
    seed,
    slots,
    arena,
    ends,
    invalid,
    capacity,
    out,
    state,
    edges,
    keys,
):
    """Number the tokens that start in ``data[state[POSITION]:stop]``.

    Parameters
    ----------
    data, data8 : (B,) uint8 and the same memory as (B / 8,) uint64
        The block, more bytes up to `end` to finish its last token, and `PADDING` separators.
        A token that reaches `end` before the end of the file must be longer than `MAX_TOKEN_BYTES`.
    stop, end : int
        Tokens that start at `stop` or later belong to the next block; no byte counts from `end`.
    limit : int
        Stop when ``state[TOKENS]`` reaches this.
    seed : uint64
        Makes the hash unpredictable; the numbers do not depend on it.
    slots, arena, ends, invalid
        The table (see the module), modified in place.
    capacity : int
        How many words the table may hold.
    out : int32 array
        Receives the numbers from ``state[OUT]`` on, `LINE_END` at line ends; one element per byte
        of the block and one more is always enough.
    state : (STATE_SIZE,) int64
        Modified in place: next position, elements in `out`, words in the table, tokens, tokens
        too long, control bytes, position of the first token that is not UTF-8 (-1: none), and of
        the first control byte (-1: none).
    edges : (EDGES_SIZE,) int64
        Scratch memory.
    keys : (KEYS_SIZE,) uint64
        Scratch memory.

    Returns
    -------
    int
        `DONE`, or `TABLE_FULL`: enlarge the table and call again to resume.
    """
    mask = np.uint64((slots.size >> 2) - 1)
    position = state[POSITION]
    filled = state[OUT]
    words = state[WORDS]
    tokens = state[TOKENS]
    too_long = state[TOO_LONG]
    status = DONE
    while position < stop and tokens < limit and status == DONE:
        last = min((position >> 3) + (WINDOW_WORDS - 1), end >> 3)
        count = find_edges(data8, position, last, edges)
        behind = min(stop, (last + 1) << 3)
        if count == 1:  # a token that is longer than what is left of the window
            edges[1] = _end_of_token(data, (last + 1) << 3, end)
            count = 2
        count = min(count >> 1, limit - tokens)
        while count > 0 and edges[2 * count - 2] >= stop:
            count -= 1
        if count == 0:
            filled = _skip_separators(data, position, behind, out, filled, state)
            position = behind
            continue
        _hash_tokens(data8, edges, count, seed, slots, mask, keys)
        for i in range(count):
            start = edges[2 * i]
            # Most words follow one blank.
            if start - position != 1 or data[position] != SEPARATOR_MAX:
                filled = _skip_separators(data, position, start, out, filled, state)
            position = start
            length = edges[2 * i + 1] - start
            key_0 = keys[3 * i]
            key_1 = keys[3 * i + 1]
            wide = np.uint64(length)
            slot = keys[3 * i + 2] & mask
            while True:
                at = np.int64(slot << _2)
                entry = slots[at + 2]
                if ((slots[at] ^ key_0) | (slots[at + 1] ^ key_1) | ((entry >> _32) ^ wide)) == _0:
                    if length <= 16:
                        break
                    left = ends[np.int64(entry & _NUMBER) - 1]
                    same = 0
                    while same < length and arena[left + same] == data[start + same]:
                        same += 1
                    if same == length:
                        break
                elif entry == _0:
                    break
                slot = (slot + _1) & mask
            if entry == _0:
                if length > MAX_TOKEN_BYTES:
                    too_long += 1
                    tokens += 1
                    position += length
                    continue
                if words >= capacity or ends[words] + MAX_TOKEN_BYTES + PADDING > arena.size:
                    status = TABLE_FULL
                    break
                _insert(slots, at, key_0, key_1, data, start, length, arena, ends, invalid, words)
                if invalid[words] != 0 and state[FIRST_INVALID] < 0:
                    state[FIRST_INVALID] = start
                words += 1
                entry = slots[at + 2]
            slots[at + 3] += _1
            out[filled] = np.int32(np.int64(entry & _NUMBER) - 1)
            filled += 1
            tokens += 1
            position += length
    state[POSITION] = position
    state[OUT] = filled
    state[WORDS] = words
    state[TOKENS] = tokens
    state[TOO_LONG] = too_long
    return status


@kernel
def rehash(old, new, seed):
    """Move all words of the slots `old` into the larger, empty slots `new`."""
    mask = np.uint64((new.size >> 2) - 1)
    for at in range(0, old.size, 4):
        if old[at + 2] == _0:
            continue
        if (old[at + 2] >> _32) <= np.uint64(16):
            hashed = _mix(old[at], old[at + 1], seed)
        else:
            hashed = old[at]
        slot = hashed & mask
        to = np.int64(slot) << 2
        while new[to + 2] != _0:
            slot = (slot + _1) & mask
            to = np.int64(slot) << 2
        for i in range(4):
            new[to + i] = old[at + i]


@kernel
def read_counts(slots, counts):
    """Write each word's count to ``counts[number]`` ((W,) int64)."""
    for at in range(0, slots.size, 4):
        if slots[at + 2] != _0:
            counts[np.int64(slots[at + 2] & _NUMBER) - 1] = np.int64(slots[at + 3])


@kernel
def first_bytes(arena8, ends, chosen, prefix_0, prefix_1):
    """Write the first sixteen bytes of the chosen words, NUL-padded, in memory order."""
    for i in range(chosen.size):
        start = ends[chosen[i]]
        length = ends[chosen[i] + 1] - start
        prefix_0[i] = load_bytes(arena8, start)
        prefix_1[i] = _0
        if length < 8:
            prefix_0[i] &= (_1 << np.uint64(8 * length)) - _1
        else:
            prefix_1[i] = load_bytes(arena8, start + 8)
            if length < 16:
                prefix_1[i] &= (_1 << np.uint64(8 * (length - 8))) - _1


@kernel
def join_words(arena, ends, chosen, joined):
    """Copy the chosen words to `joined`, each followed by LF; return the bytes written."""
    to = 0
    for i in range(chosen.size):
        for j in range(ends[chosen[i]], ends[chosen[i] + 1]):
            joined[to] = arena[j]
            to += 1
        joined[to] = 10
        to += 1
    return to
