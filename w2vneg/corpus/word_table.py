"""A growing table of words and their counts, filled by the compiled tokenizer."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator

import numpy as np

from w2vneg.corpus import table_export
from w2vneg.corpus import tokenizer as kernels
from w2vneg.errors import ResourceError

#: A table holds at most so many words, however much memory there is.
MAX_WORDS = 1 << 27

_FIRST_CAPACITY = 1 << 14
_MAX_LOAD = 0.7

#: Same for all tables of the process, so that a word need not be hashed anew to be moved.
_SEED = np.uint64(secrets.randbits(64))


class Allowance:
    """The memory that the tables of all threads may take together.

    It is asked for before it is taken: a system that has promised more than it has kills the
    process instead of refusing, and what is left over is needed to sort and choose the words.

    Parameters
    ----------
    size : int, optional
        Bytes; default: whatever the system gives.
    """

    def __init__(self, size: int | None = None) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Count `size` bytes more.

        Raises
        ------
        MemoryError
            If that is more than is allowed.
        """
        if self._left is None:
            return
        with self._lock:
            if size > self._left:
                raise MemoryError
            self._left -= size

    def give_back(self, size: int) -> None:
        """Count `size` bytes less."""
        if self._left is not None:
            with self._lock:
                self._left += size


class TableFull(MemoryError):
    """A table of so many words cannot grow."""

    def __init__(self, words: int) -> None:
        super().__init__(f"{words} words and no room for more")
        self.words = words


@contextlib.contextmanager
def word_limit_explained(shown: str) -> Iterator[None]:
    """Turn the end of memory while words are collected into a `ResourceError` with a remedy.

    Parameters
    ----------
    shown : str
        The corpus' name.
    """
    try:
        yield
    except MemoryError as error:
        limit = " for the memory that is free"
        if isinstance(error, TableFull):
            limit = f" (one thread met {error.words} and has no room for more)"
        raise ResourceError(
            f"too many different words in {shown}{limit}; read less of it with --max-tokens, "
            "lower --threads (each has a table of its own), or clean the text: are its words "
            "separated by blanks?"
        ) from None


class WordTable:
    """Words numbered in the order in which they were met, with counts.

    Parameters
    ----------
    capacity : int
        So many words at first.
    allowance : Allowance, optional
        What this table may take, together with others.

    Attributes
    ----------
    state : (STATE_SIZE,) int64
        Counters of the tokenizer (see `w2vneg.corpus.tokenizer`).
    """

    def __init__(self, capacity: int = _FIRST_CAPACITY, allowance: Allowance | None = None) -> None:
        self._allowance = allowance or Allowance()
        slots = 1 << max(4, int(capacity / _MAX_LOAD).bit_length())
        self.slots = self._zeros(4 * slots, np.uint64)
        self.capacity = min(MAX_WORDS, int(slots * _MAX_LOAD))
        self.ends = self._zeros(self.capacity + 1, np.int64)
        self.invalid = self._zeros(self.capacity, np.uint8)
        self._set_arena(self._zeros(2 * (kernels.MAX_TOKEN_BYTES + kernels.PADDING), np.uint8))
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
            See `w2vneg.corpus.tokenizer.tokenize`; ``state[OUT]`` says how much of `out` is filled.
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

    def clear(self) -> None:
        """Forget all words and give their memory back; the counters of the state stay."""
        for array in (self.slots, self.ends, self.invalid, self.arena):
            self._allowance.give_back(array.nbytes)
        self.slots, self.ends = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self.invalid = np.zeros(0, np.uint8)
        self._set_arena(np.zeros(0, np.uint8))

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
                if words >= MAX_WORDS:
                    raise MemoryError
                slots = self._zeros(2 * self.slots.size, np.uint64)
                with np.errstate(over="ignore"):
                    kernels.rehash(self.slots, slots, _SEED)
                self._allowance.give_back(self.slots.nbytes)
                self.slots = slots
                self.capacity = min(MAX_WORDS, int((slots.size >> 2) * _MAX_LOAD))
                self.ends = self._enlarged(self.ends, self.capacity + 1)
                self.invalid = self._enlarged(self.invalid, self.capacity)
            needed = used + word_bytes + kernels.PADDING
            if needed > self.arena.size:
                self._set_arena(self._enlarged(self.arena, (2 * needed + 7) & ~7))
        except MemoryError:
            raise TableFull(words) from None

    def _zeros(self, size: int, kind: type) -> np.ndarray:
        self._allowance.take(size * np.dtype(kind).itemsize)
        return np.zeros(size, kind)

    def _enlarged(self, array: np.ndarray, size: int) -> np.ndarray:
        larger = self._zeros(size, array.dtype.type)
        larger[: array.size] = array
        self._allowance.give_back(array.nbytes)
        return larger
