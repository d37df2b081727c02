"""A growing table of words and their counts, filled by the compiled tokenizer."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.options import NO_LIMIT
from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES, SEPARATOR_MAX
from w2vneg.corpus.tokenizer import (
    CONTROLS,
    EDGES_SIZE,
    FIRST_CONTROL,
    FIRST_INVALID,
    KEYS_SIZE,
    OUT,
    PADDING,
    POSITION,
    STATE_SIZE,
    TABLE_FULL,
    TOKENS,
    TOO_LONG,
    WORDS,
    first_bytes,
    join_words,
    read_counts,
    rehash,
    tokenize,
)
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import ResourceError
from w2vneg.system.option_names import named

#: Most words that a table holds, however much memory there is.
MAX_WORDS = 1 << 27

#: Words for which a table has room at first, unless it is told another number.
INITIAL_CAPACITY = 1 << 14
_MAX_LOAD = 0.7
_PIECE_WORDS = 1 << 16
_LINE_FEED = ord("\n")

#: The same for all tables of the process, so that a word need not be rehashed to be moved.
_SEED = np.uint64(secrets.randbits(64))


_Number = TypeVar("_Number", bound=np.generic)


class Allowance:
    """The memory that the tables of all threads may take together.

    Memory is claimed here before it is allocated: a system with memory overcommit does not refuse
    an allocation but kills the process later, and sorting and choosing the words needs memory too.

    Parameters
    ----------
    size : int, optional
        Bytes; default: no limit.
    """

    def __init__(self, size: int | None = None) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Claim `size` bytes.

        Raises
        ------
        MemoryError
            If less is left.
        """
        if self._left is None:
            return
        with self._lock:
            if size > self._left:
                raise MemoryError
            self._left -= size

    def give_back(self, size: int) -> None:
        """Return `size` bytes."""
        if self._left is not None:
            with self._lock:
                self._left += size


class TableFull(MemoryError):
    """A table cannot grow.

    Attributes
    ----------
    words : int
        Words in the table.
    """

    def __init__(self, words: int) -> None:
        super().__init__(f"no room for more than {words} words")
        self.words = words


@contextlib.contextmanager
def word_limit_explained(name: str) -> Iterator[None]:
    """Turn running out of memory while words are collected into a `ResourceError` with a remedy.

    Parameters
    ----------
    name : str
        The name of the corpus for messages.
    """
    try:
        yield
    except MemoryError as error:
        limit = " for the memory that is free"
        if isinstance(error, TableFull):
            limit = f" (one thread met {error.words} and has no room for more)"
        raise ResourceError(
            f"too many different words in {name}{limit}; read less of it with {named('max_tokens')}, "
            f"lower {named('threads')} (each has a table of its own), or clean the text: are its words "
            "separated by blanks?"
        ) from None


@dataclass(frozen=True)
class Counters:
    """What tokenizing into a table met.

    Attributes
    ----------
    tokens : int
        All tokens.
    too_long : int
        Tokens of more than `MAX_TOKEN_BYTES`, which were dropped.
    control_bytes : int
        Separators that are not white space.
    first_invalid : int or None
        Offset of the first token that is not UTF-8, in the buffer that contained it.
    first_control : int or None
        The same of the first control byte.
    """

    tokens: int
    too_long: int
    control_bytes: int
    first_invalid: int | None
    first_control: int | None


class WordTable:
    """Words numbered in the order in which they were met, with counts.

    Parameters
    ----------
    capacity : int
        Words that fit before the table grows.
    allowance : Allowance, optional
        Memory of this table, shared with others.
    """

    def __init__(
        self, capacity: int = INITIAL_CAPACITY, allowance: Allowance | None = None
    ) -> None:
        self._allowance = allowance or Allowance()
        slots = 1 << max(4, int(capacity / _MAX_LOAD).bit_length())
        self.slots = self._zeros(4 * slots, np.uint64)
        self.capacity = min(MAX_WORDS, int(slots * _MAX_LOAD))
        self.ends = self._zeros(self.capacity + 1, np.int64)
        self.invalid = self._zeros(self.capacity, np.uint8)
        self._set_arena(self._zeros(2 * (MAX_TOKEN_BYTES + PADDING), np.uint8))
        self._state = np.zeros(STATE_SIZE, np.int64)
        self._state[[FIRST_INVALID, FIRST_CONTROL]] = -1
        self._scratch = np.empty(EDGES_SIZE, np.int64), np.empty(KEYS_SIZE, np.uint64)

    def __len__(self) -> int:
        return int(self._state[WORDS])

    def counters(self) -> Counters:
        """Return what `tokenize` met so far."""
        invalid, control = int(self._state[FIRST_INVALID]), int(self._state[FIRST_CONTROL])
        return Counters(
            tokens=int(self._state[TOKENS]),
            too_long=int(self._state[TOO_LONG]),
            control_bytes=int(self._state[CONTROLS]),
            first_invalid=None if invalid < 0 else invalid,
            first_control=None if control < 0 else control,
        )

    def tokenize(
        self,
        data: NDArray[np.uint8],
        start: int,
        stop: int,
        end: int,
        limit: int,
        numbers: NDArray[np.int32],
        count: int,
    ) -> int:
        """Count the tokens that start in ``data[start:stop]`` and write down their numbers.

        Parameters
        ----------
        data : (B,) uint8
            B a multiple of 8; ``data[end:]`` are at least `PADDING` separators.
        start, stop, end, limit : int
            See `w2vneg.corpus.tokenizer.tokenize`.
        numbers : int32 array
            Word numbers and `LINE_END`; set from element `count` on.
        count : int
            Elements of `numbers` that are set already.

        Returns
        -------
        int
            Elements of `numbers` that are set now.
        """
        self._state[POSITION] = start
        self._state[OUT] = count
        data8 = data.view(np.uint64)
        # The hash wraps around; plain Python would warn of it.
        with np.errstate(over="ignore"):
            while (
                tokenize(
                    data, data8, stop, end, limit, _SEED, self.slots, self.arena, self.ends,
                    self.invalid, self.capacity, numbers, self._state, *self._scratch,
                )
                == TABLE_FULL
            ):  # fmt: skip
                self._grow(MAX_TOKEN_BYTES)
        return int(self._state[OUT])

    def add(self, lines: bytes) -> NDArray[np.int32]:
        """Put words into the table; `counters` stay as they are, `counts` are wrong afterwards.

        Parameters
        ----------
        lines : bytes
            The words, each followed by LF. None is empty, contains a separator or is longer than
            `MAX_TOKEN_BYTES`.

        Returns
        -------
        numbers : (n,) int32
            The words' numbers in this table.
        """
        size = len(lines)
        data = np.full((size + PADDING + 7) & ~7, SEPARATOR_MAX, np.uint8)
        # Blanks are the fastest separators.
        data[:size] = np.frombuffer(lines.replace(b"\n", b" "), np.uint8)
        numbers = np.empty(lines.count(b"\n"), np.int32)
        counters = self._state.copy()
        self.tokenize(data, 0, size, size, NO_LIMIT, numbers, 0)
        counters[WORDS] = self._state[WORDS]
        self._state[:] = counters
        return numbers

    def add_vocabulary(self, vocabulary: Vocabulary) -> NDArray[np.int64]:
        """Put the words of a vocabulary into the table; return their numbers there. See `add`.

        Words that no text can contain are left out: those with separators or of too many bytes.
        """
        blob = vocabulary.blob
        lines = np.frombuffer(blob, np.uint8)
        ends = np.flatnonzero(lines == _LINE_FEED)
        lengths = np.diff(ends, prepend=-1) - 1
        unusable = (lengths == 0) | (lengths > MAX_TOKEN_BYTES)
        separators = np.flatnonzero((lines <= SEPARATOR_MAX) & (lines != _LINE_FEED))
        unusable[np.searchsorted(ends, separators)] = True
        if unusable.any():
            blob = lines[np.repeat(~unusable, lengths + 1)].tobytes()
        return self.add(blob).astype(np.int64)

    def merge(self, other: WordTable) -> NDArray[np.int32]:
        """Put the words of another table into this one; see `add`.

        Returns
        -------
        numbers : (len(other),) int32
            The numbers that the other table's words have in this one.
        """
        numbers = np.empty(len(other), np.int32)
        for low in range(0, len(other), _PIECE_WORDS):
            piece = np.arange(low, min(low + _PIECE_WORDS, len(other)))
            numbers[piece] = self.add(other.words_bytes(piece))
        return numbers

    def clear(self) -> None:
        """Remove all words and free their memory; `counters` stay as they are."""
        for array in (self.slots, self.ends, self.invalid, self.arena):
            self._allowance.give_back(array.nbytes)
        self.slots, self.ends = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self.invalid = np.zeros(0, np.uint8)
        self._set_arena(np.zeros(0, np.uint8))

    def counts(self) -> NDArray[np.int64]:
        """Return how often each word occurred, (len(self),) int64."""
        counts = np.zeros(len(self), np.int64)
        read_counts(self.slots, counts)
        return counts

    def words_bytes(self, chosen: NDArray[np.int64]) -> bytes:
        """Return the chosen words ((n,) int64 numbers), each followed by LF."""
        lengths = self.ends[chosen + 1] - self.ends[chosen]
        joined = np.empty(int(lengths.sum()) + len(chosen), np.uint8)
        join_words(self.arena, self.ends, chosen, joined)
        return joined.tobytes()

    def prefixes(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return the first eight bytes of the chosen words and the next eight, (n,) uint64 each."""
        prefix_0 = np.empty(len(chosen), np.uint64)
        prefix_1 = np.empty(len(chosen), np.uint64)
        first_bytes(self._arena8, self.ends, chosen, prefix_0, prefix_1)
        return prefix_0, prefix_1

    def order(self, chosen: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the chosen numbers by count, highest first, equal counts by the words' bytes.

        Parameters
        ----------
        chosen : (n,) int64
            Word numbers.
        counts : (n,) int64
            Their counts.
        """
        prefix_0, prefix_1 = self.prefixes(chosen)
        # As numbers, big-endian prefixes are ordered as the bytes are.
        prefix_0.byteswap(inplace=True)
        prefix_1.byteswap(inplace=True)
        order = np.lexsort((prefix_1, prefix_0, -counts))
        tied = np.flatnonzero(
            (np.diff(counts[order]) == 0)
            & (prefix_0[order][1:] == prefix_0[order][:-1])
            & (prefix_1[order][1:] == prefix_1[order][:-1])
        )
        # The few words that share their first sixteen bytes and the count are compared in full.
        for run in np.split(tied, np.flatnonzero(np.diff(tied) > 1) + 1) if len(tied) else []:
            first, last = int(run[0]), int(run[-1]) + 2
            group = sorted(order[first:last], key=lambda i: self._word(int(chosen[i])))
            order[first:last] = group
        return chosen[order]

    def _word(self, number: int) -> bytes:
        return self.arena[self.ends[number] : self.ends[number + 1]].tobytes()

    def _set_arena(self, arena: NDArray[np.uint8]) -> None:
        self.arena = arena
        self._arena8 = arena.view(np.uint64)

    def _grow(self, word_bytes: int) -> None:
        """Make room for at least one more word of `word_bytes` bytes."""
        words = len(self)
        try:
            if words >= self.capacity:
                self._add_slots(words)
            needed = int(self.ends[words]) + word_bytes + PADDING
            if needed > self.arena.size:
                self._set_arena(self._enlarged(self.arena, (2 * needed + 7) & ~7))
        except MemoryError:
            raise TableFull(words) from None

    def _add_slots(self, words: int) -> None:
        if words >= MAX_WORDS:
            raise MemoryError
        slots = self._zeros(2 * self.slots.size, np.uint64)
        with np.errstate(over="ignore"):
            rehash(self.slots, slots, _SEED)
        self._allowance.give_back(self.slots.nbytes)
        self.slots = slots
        self.capacity = min(MAX_WORDS, int((slots.size >> 2) * _MAX_LOAD))
        self.ends = self._enlarged(self.ends, self.capacity + 1)
        self.invalid = self._enlarged(self.invalid, self.capacity)

    def _zeros(self, size: int, kind: type[_Number]) -> NDArray[_Number]:
        self._allowance.take(size * np.dtype(kind).itemsize)
        return np.zeros(size, kind)

    def _enlarged(self, array: NDArray[_Number], size: int) -> NDArray[_Number]:
        larger = self._zeros(size, array.dtype.type)
        larger[: array.size] = array
        self._allowance.give_back(array.nbytes)
        return larger
