"""A growing table of words and their counts, filled by the compiled tokenizer."""

from __future__ import annotations

import secrets

import numpy as np

from w2vneg import table_export
from w2vneg import tokenizer as kernels
from w2vneg.errors import ResourceError

#: More different words than this are not text: identifiers, or a file without separators.
MAX_WORDS = 1 << 25

_FIRST_CAPACITY = 1 << 14
_MAX_LOAD = 0.7

#: Same for all tables of the process, so that a word need not be hashed anew to be moved.
_SEED = np.uint64(secrets.randbits(64))


class WordTable:
    """Words numbered in the order in which they were met, with counts.

    Attributes
    ----------
    state : (STATE_SIZE,) int64
        Counters of the tokenizer (see `w2vneg.tokenizer`).
    """

    def __init__(self, capacity: int = _FIRST_CAPACITY) -> None:
        slots = 1 << max(4, int(capacity / _MAX_LOAD).bit_length())
        self.slots = np.zeros(4 * slots, np.uint64)
        self.capacity = int(slots * _MAX_LOAD)
        self.ends = np.zeros(self.capacity + 1, np.int64)
        self.invalid = np.zeros(self.capacity, np.uint8)
        self._set_arena(np.zeros(2 * (kernels.MAX_TOKEN_BYTES + kernels.PADDING), np.uint8))
        self.state = np.zeros(kernels.STATE_SIZE, np.int64)
        self.state[kernels.FIRST_INVALID] = -1

    def __len__(self) -> int:
        return int(self.state[kernels.WORDS])

    def tokenize(
        self, data: np.ndarray, start: int, stop: int, end: int, limit: int, out: np.ndarray
    ) -> None:
        """Count the tokens that start in ``data[start:stop]`` and append their numbers to `out`.

        Parameters
        ----------
        data : (B,) uint8
            B a multiple of 8; ``data[end:]`` are at least `PADDING` separators.
        start, stop, end, limit, out
            See `w2vneg.tokenizer.tokenize`; ``state[OUT]`` says how much of `out` is filled.
        """
        self.state[kernels.POSITION] = start
        data8 = data.view(np.uint64)
        # The hash wraps around; plain Python would warn of it.
        with np.errstate(over="ignore"):
            while (
                kernels.tokenize(
                    data, data8, stop, end, limit, _SEED, self.slots, self.arena, self._arena8,
                    self.ends, self.invalid, self.capacity, out, self.state,
                )
                == kernels.TABLE_FULL
            ):  # fmt: skip
                self._grow(kernels.MAX_TOKEN_BYTES)

    def add(self, data: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Put words into the table without counting them.

        Parameters
        ----------
        data : (B,) uint8
            The words one behind the other and `PADDING` more bytes; B a multiple of 8.
        ends : (n + 1,) int64
            Word w is ``data[ends[w]:ends[w + 1]]``.

        Returns
        -------
        numbers : (n,) int32
            The words' numbers in this table.
        """
        numbers = np.empty(len(ends) - 1, np.int32)
        data8 = data.view(np.uint64)
        done = 0
        with np.errstate(over="ignore"):
            while True:
                done = kernels.add_words(
                    data, data8, ends, done, numbers, _SEED, self.slots, self.arena, self._arena8,
                    self.ends, self.invalid, self.capacity, self.state,
                )  # fmt: skip
                if done == len(numbers):
                    return numbers
                self._grow(int(ends[done + 1] - ends[done]))

    def merge(self, other: WordTable) -> np.ndarray:
        """Put the words of another table into this one, without their counts.

        Returns
        -------
        numbers : (len(other),) int32
            What the other table's numbers are here.
        """
        return self.add(other.arena, other.ends[: len(other) + 1])

    def counts(self) -> np.ndarray:
        """Return how often each word was met, (len(self),) int64."""
        counts = np.zeros(len(self), np.int64)
        table_export.read_counts(self.slots, counts)
        return counts

    def words_bytes(self, chosen: np.ndarray) -> bytes:
        """Return the chosen words ((n,) int64 numbers), each followed by LF."""
        lengths = self.ends[chosen + 1] - self.ends[chosen]
        joined = np.empty(int(lengths.sum()) + len(chosen), np.uint8)
        table_export.join_words(self.arena, self.ends, chosen, joined)
        return joined.tobytes()

    def order(self, chosen: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the chosen numbers by count, highest first, equal counts by the words' bytes.

        Parameters
        ----------
        chosen : (n,) int64
            Word numbers.
        counts : (n,) int64
            Their counts.
        """
        prefix_0 = np.empty(len(chosen), np.uint64)
        prefix_1 = np.empty(len(chosen), np.uint64)
        table_export.first_bytes(self._arena8, self.ends, chosen, prefix_0, prefix_1)
        # As numbers, big-endian prefixes compare as the bytes do.
        prefix_0.byteswap(inplace=True)
        prefix_1.byteswap(inplace=True)
        order = np.lexsort((prefix_1, prefix_0, -counts))
        tied = np.flatnonzero(
            (np.diff(counts[order]) == 0)
            & (prefix_0[order][1:] == prefix_0[order][:-1])
            & (prefix_1[order][1:] == prefix_1[order][:-1])
        )
        # Long words that share sixteen bytes and the count: few, compared in full.
        for run in np.split(tied, np.flatnonzero(np.diff(tied) > 1) + 1) if len(tied) else []:
            first, last = int(run[0]), int(run[-1]) + 2
            group = sorted(order[first:last], key=lambda i: self._word(int(chosen[i])))
            order[first:last] = group
        return chosen[order]

    def _word(self, number: int) -> bytes:
        return self.arena[self.ends[number] : self.ends[number + 1]].tobytes()

    def _set_arena(self, arena: np.ndarray) -> None:
        self.arena = arena
        self._arena8 = arena.view(np.uint64)

    def _grow(self, word_bytes: int) -> None:
        """Make room for at least one more word of `word_bytes` bytes."""
        words = len(self)
        used = int(self.ends[words])
        try:
            if words >= self.capacity:
                if words > MAX_WORDS:
                    raise ResourceError(
                        f"more than {MAX_WORDS} different words: is this text with words "
                        "separated by blanks?"
                    )
                slots = np.zeros(2 * self.slots.size, np.uint64)
                with np.errstate(over="ignore"):
                    kernels.rehash(self.slots, slots, _SEED)
                self.slots = slots
                self.capacity = int((slots.size >> 2) * _MAX_LOAD)
                self.ends = _enlarged(self.ends, self.capacity + 1)
                self.invalid = _enlarged(self.invalid, self.capacity)
            needed = used + word_bytes + kernels.PADDING
            if needed > self.arena.size:
                self._set_arena(_enlarged(self.arena, (2 * needed + 7) & ~7))
        except MemoryError:
            raise ResourceError(
                f"out of memory with {words} different words; read fewer files at once"
            ) from None


def _enlarged(array: np.ndarray, size: int) -> np.ndarray:
    larger = np.zeros(size, array.dtype)
    larger[: array.size] = array
    return larger
