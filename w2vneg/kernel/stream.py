"""The words of a chunk as one stream: subsampled, each with the range of its context.

All knowledge about sentences ends here: the block form sees positions with bounds, so that its
blocks run across the ends of sentences.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.arena import Arena
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.rng import high_half, low_half, next_word
from w2vneg.kernel.sides import back

_32 = np.uint64(32)


class Stream(NamedTuple):
    """Positions of a chunk; position p's context is ``left[p]`` to ``right[p]``, p excluded."""

    words: np.ndarray  # (capacity,) int32 word ids
    at: np.ndarray  # (capacity + margin,) int64 offsets of their rows; the margin holds valid ones
    left: np.ndarray  # (capacity,) int32
    right: np.ndarray  # (capacity,) int32, one past the last


def stream_bytes(capacity: int, margin: int) -> int:
    """Return the bytes of a stream, the padding of its arrays included."""
    return 12 * capacity + 8 * (capacity + margin) + 4 * 128


def make_stream(arena: Arena, capacity: int, margin: int) -> Stream:
    """Allocate a stream for chunks of up to `capacity` tokens."""
    return Stream(
        words=arena.take(capacity, np.int32),
        at=arena.take(capacity + margin, np.int64),
        left=arena.take(capacity, np.int32),
        right=arena.take(capacity, np.int32),
    )


@kernel
def fill_stream(tokens, starts, first, last, keep, rng, sides, narrowest, window, length, stream):
    """Subsample a range of sentences into a stream and draw a radius for every position.

    The radius is uniform between `narrowest`, 1 in word2vec, and `window`, and belongs to the input:
    a word predicts the words within its own radius. The pairs have the same distribution as with a
    radius for the center.

    Parameters
    ----------
    tokens : (N,) int32 array
    starts : (S + 1,) int64 array
        Sentence s is ``tokens[starts[s] : starts[s + 1]]``.
    first, last : int
        Range of sentences, `last` excluded.
    keep : (V,) uint32 array
        A token is kept if 32 random bits are at most the threshold of its word.
    rng : (32,) uint64 array
        Advanced in place, once per token.
    sides : Around or Ahead
        Where the words lie that a word predicts.
    narrowest, window : int
    length : int
        Floats from one row of the matrices to the next.
    stream : Stream
        Modified in place.

    Returns
    -------
    count, kept : int
        Positions; tokens kept, words alone in their sentence included.
    """
    count = 0
    kept = 0
    radii = np.uint64(window - narrowest + 1)
    for sentence in range(first, last):
        begin = count
        for i in range(starts[sentence], starts[sentence + 1]):
            token = tokens[i]
            word = next_word(rng)
            # Always written, counted only if kept: a branch would be unpredictable.
            stream.words[count] = token
            stream.left[count] = narrowest + np.int64((low_half(word) * radii) >> _32)
            count += high_half(word) <= np.uint64(keep[token])
        kept += count - begin
        if count - begin < 2:
            count = begin
            continue
        for p in range(begin, count):
            radius = stream.left[p]
            stream.at[p] = np.int64(stream.words[p]) * length
            stream.left[p] = max(begin, p - back(sides, radius))
            stream.right[p] = min(count, p + radius + 1)
    return count, kept


@kernel
def reach(stream, start, inputs):
    """Return the largest distances from some positions back and ahead to their contexts.

    Parameters
    ----------
    stream : Stream
    start, inputs : int
        First position and number of positions.

    Returns
    -------
    back, ahead : int
    """
    back = 0
    ahead = 0
    for p in range(start, start + inputs):
        back = max(back, p - np.int64(stream.left[p]))
        ahead = max(ahead, np.int64(stream.right[p]) - 1 - p)
    return back, ahead
