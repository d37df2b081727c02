"""Random numbers for kernels: xoshiro256++ with the state in an array, one per thread.

The generator is Blackman and Vigna's xoshiro256++ (ACM Trans. Math. Softw. 47, 2021): period
2^256 - 1, four words of state, no multiplication.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import device

_23, _41, _17, _45, _19 = (np.uint64(n) for n in (23, 41, 17, 45, 19))
_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_TO_UNIT = 2.0**-53
_11 = np.uint64(11)


def seed_states(seed: int, threads: int, first: int = 0) -> np.ndarray:
    """Return independent generator states for the threads of a run.

    Parameters
    ----------
    seed : int
        The user's seed, at least 0.
    threads : int
        Number of states.
    first : int
        Number of the first thread, where others of the run are in other processes.

    Returns
    -------
    (threads, 32) uint64 array
        Row t is the state of thread `first` + t: four words, then padding so that no two threads share a
        cache line. Row t does not depend on `threads`.
    """
    states = np.zeros((threads, 32), dtype=np.uint64)
    for thread, row in enumerate(states, first):
        # What `SeedSequence.spawn` gives the child of this number.
        child = np.random.SeedSequence(seed, spawn_key=(thread,))
        row[:4] = child.generate_state(4, np.uint64)
        if not row[:4].any():
            row[0] = 1  # the all-zero state would stay zero forever
    return states


def chance(share: float) -> np.uint64:
    """Return the number that the `high_half` of a random word is below in a share of all cases.

    Parameters
    ----------
    share : float
        0 to 1; for 1 it is 2^32, which every half is below.
    """
    return np.uint64(round(share * 2**32))


@device
def advance(s0, s1, s2, s3):
    """Return the next 64 random bits and the four words of the state after them.

    For loops that draw much: in local variables the state does not go through memory.
    """
    total = s0 + s3
    result = ((total << _23) | (total >> _41)) + s0
    shifted = s1 << _17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    return result, s0, s1, s2, (s3 << _45) | (s3 >> _19)


@device
def next_word(state):
    """Return the next 64 random bits and advance `state`."""
    word, state[0], state[1], state[2], state[3] = advance(state[0], state[1], state[2], state[3])
    return word


@device
def high_half(word):
    """Return the upper 32 bits of a 64-bit word."""
    return word >> _32


@device
def low_half(word):
    """Return the lower 32 bits of a 64-bit word."""
    return word & _LOW


@device
def below(word, bound):
    """Map the upper 32 bits of `word` to 0..bound-1 by multiplication (bias under bound / 2^32).

    Parameters
    ----------
    word : uint64
        Random bits; the lower 32 are not used.
    bound : int
        1 to 2^31.
    """
    return np.int64((high_half(word) * np.uint64(bound)) >> _32)


@device
def uniform(state):
    """Return a float64 uniform in [0, 1) and advance `state`."""
    return np.float64(next_word(state) >> _11) * _TO_UNIT
