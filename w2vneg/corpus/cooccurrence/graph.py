"""The weighted co-occurrence graph of a corpus, as a sparse symmetric matrix.

The weight of an edge is how often two words occur less than `window` apart in a sentence (GNEG:
Zhang and Zweigenbaum, ACL 2018): window 2 links adjacent words. Nothing is subsampled. Words
beyond the graph's vocabulary keep their positions in the text; words that the corpus itself left
out (below ``--min-count``) do not, so that their neighbors are closer than in the original.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.cooccurrence.count import (
    MOST_ROWS,
    collect_keys,
    count_dense,
    dense_rows,
    sorted_rows,
)
from w2vneg.corpus.cooccurrence.subsample import Subsample
from w2vneg.corpus.corpus import Corpus, Piece
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import check_memory
from w2vneg.system.npz import damage_named, open_archive, write_archive
from w2vneg.system.option_names import named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.system.threads import run_threads

_BLOCK_BYTES = 64 << 20
_PIECE_SENTENCES = 20_000
_FORMAT = 1
_NO_IDS, _NO_WEIGHTS = np.empty(0, np.int32), np.empty(0, np.uint32)


def _smaller() -> str:
    return f"lower {named('gneg_vocab')} or {named('gneg_window')}"


@dataclass(frozen=True)
class Graph:
    """A co-occurrence graph.

    Attributes
    ----------
    indptr : (n + 1,) int64 array
        Edges of word i are ``indptr[i]`` to ``indptr[i + 1]``.
    ids : (edges,) int32 array
        Neighbors, ascending in each row.
    weights : (edges,) uint32 array
        Co-occurrences, the same in both directions; pairs of a word with itself count once.
    window, min_weight : int
        The options it was counted with.
    words : bytes
        The n words, each followed by LF.
    counts : (n,) int64 array
        How often each occurs in the corpus.
    """

    indptr: NDArray[np.int64]
    ids: NDArray[np.int32]
    weights: NDArray[np.uint32]
    window: int
    min_weight: int
    words: bytes
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def row(self, word: int) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
        """Return the ids and the weights of a word's neighbors."""
        part = slice(self.indptr[word], self.indptr[word + 1])
        return self.ids[part], self.weights[part]

    def degrees(self) -> NDArray[np.float64]:
        """Return the sum of each row, (n,) float64."""
        total = np.concatenate([[0.0], np.cumsum(self.weights, dtype=np.float64)])
        sums: NDArray[np.float64] = total[self.indptr[1:]] - total[self.indptr[:-1]]
        return sums

    def word_list(self) -> list[str]:
        """Return the words by id."""
        return self.words.decode().split("\n")[:-1]

    def check_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Check that the words of the graph are the first of a vocabulary.

        Raises
        ------
        UsageError
            Naming the first difference.
        """
        own, theirs = self.word_list(), vocabulary.words
        if len(own) > len(theirs):
            raise UsageError(
                f"the graph has {len(own)} words, the vocabulary {len(theirs)}; build the graph "
                f"from the same corpus with the same {named('min_count')} and {named('max_vocab')}"
            )
        for number, (mine, other) in enumerate(zip(own, theirs, strict=False)):
            if mine != other:
                raise UsageError(
                    f"the graph is of another vocabulary: word {number} is {mine!r} there and "
                    f"{other!r} here; build it from the same corpus with the same "
                    f"{named('min_count')}"
                )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph to an .npz file that `load` reads, atomically."""
        write_archive(
            path,
            {
                "format": np.array([_FORMAT, self.window, self.min_weight], np.int64),
                "indptr": self.indptr,
                "ids": self.ids,
                "weights": self.weights,
                "words": np.frombuffer(self.words, np.uint8),
                "counts": self.counts,
            },
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Graph:
        """Read a graph.

        Raises
        ------
        DataError
            The file is missing, damaged or of another kind.
        """
        with damage_named(
            path, "no graph, or damaged ({}); make one with w2vneg graph CORPUS -o FILE.npz"
        ):
            arrays = open_archive(path)
            form, window, least = (int(n) for n in np.asarray(arrays["format"]))
            if form != _FORMAT:
                raise ValueError("another format")
            kinds = {"indptr": "<i8", "ids": "<i4", "weights": "<u4", "counts": "<i8"}
            indptr, ids, weights, counts = (
                np.asarray(arrays[key]).astype(kind, copy=False) for key, kind in kinds.items()
            )
            words = np.asarray(arrays["words"]).astype(np.uint8).tobytes()
            graph = cls(indptr, ids, weights, window, least, words, counts)
            graph._check()
        return graph

    def _check(self) -> None:
        """Refuse arrays that are unsafe for a kernel, which does not check bounds."""
        size = len(self)
        order = np.diff(self.indptr)
        if (
            size < 1
            or self.indptr[0] != 0
            or (order < 0).any()
            or self.indptr[-1] != len(self.ids)
            or len(self.weights) != len(self.ids)
            or self.words.count(b"\n") != size
            or len(self.counts) != size
            or self.counts.min() < 1
        ):
            raise ValueError("its parts contradict each other")
        if len(self.ids):
            inside = np.ones(len(self.ids), bool)
            inside[self.indptr[:-1][order > 0]] = False
            if (
                self.ids.min() < 0
                or self.ids.max() >= size
                or (np.diff(self.ids, prepend=-1)[inside] <= 0).any()
                or not self.weights.all()
            ):
                raise ValueError("its edges are out of order")
        self.words.decode()


@dataclass
class _Block:
    """Rows that are counted together."""

    low: int
    high: int
    dense: bool
    lengths: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    ids: NDArray[np.int32] = field(default_factory=lambda: _NO_IDS)
    weights: NDArray[np.uint32] = field(default_factory=lambda: _NO_WEIGHTS)


def plan_blocks(counts: NDArray[np.int64], window: int, budget: int) -> list[tuple[int, int, bool]]:
    """Divide rows into blocks of at most `budget` bytes (or one row).

    Returns
    -------
    list of (low, high, dense)
        Rows are counted densely where a dense table is smaller than the list of keys.
    """
    size = len(counts)
    # A key of 8 bytes per neighbor; sorting takes as much again.
    sparse = np.minimum(counts.astype(np.float64) * (2 * (window - 1)) * 8 * 2, 2.0**60)
    is_dense = 4.0 * size < sparse
    cost = np.where(is_dense, 4.0 * size, sparse)
    blocks: list[tuple[int, int, bool]] = []
    low, used = 0, 0.0
    for row in range(size):
        full = used + cost[row] > budget or row - low == MOST_ROWS
        if row > low and (full or is_dense[row] != is_dense[low]):
            blocks.append((low, row, bool(is_dense[low])))
            low, used = row, 0.0
        used += cost[row]
    blocks.append((low, size, bool(is_dense[low])))
    return blocks


def build_graph(
    corpus: Corpus,
    *,
    window: int = 5,
    vocab: int = 10_000,
    min_weight: int = 1,
    decay: bool = False,
    subsample: Subsample | None = None,
    threads: int | None = None,
    block_bytes: int = _BLOCK_BYTES,
    remedy: str | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Graph:
    """Count the co-occurrence graph of a corpus.

    In addition to the graph itself (8 bytes per edge), a thread uses at most `block_bytes`.

    Parameters
    ----------
    corpus : Corpus
    window : int
        Words less than this apart are linked; at least 2.
    vocab : int
        Words in the graph, the most frequent of the corpus.
    min_weight : int
        Edges of less weight are left out.
    decay : bool
        Whether a pair weighs `window` less its distance instead of 1.
    subsample : Subsample, optional
        Leaves out tokens before distances are counted.
    threads : int, optional
        Default: all processors that the process may use.
    block_bytes : int
        Working memory of a thread, in bytes.
    remedy : str, optional
        What to do if memory is short; default: lower the options of gneg.
    progress : Progress, optional
        Progress reporter.
    stop : StopFlag, optional
        Stop flag.

    Returns
    -------
    Graph

    Raises
    ------
    Interrupted
        `stop` was set.
    ResourceError
        The graph does not fit in memory.
    """
    progress, stop, remedy = progress or Progress(), stop or StopFlag(), remedy or _smaller()
    counts = corpus.vocabulary.counts[:vocab]
    size = len(counts)
    plan = [_Block(*rows) for rows in plan_blocks(counts, window, block_bytes)]
    counter = _Counter(corpus, (window, decay), size, min_weight, plan, subsample, remedy, stop)
    progress.start("building the graph", len(plan) * corpus.vocabulary.total, "words")
    try:
        workers = min(threads or processors(), len(plan))
        run_threads(
            [counter.work] * workers, lambda: progress.update(counter.done), cancel=counter.cancel
        )
    finally:
        progress.finish()
    stop.check("building the graph")
    lengths = np.concatenate([block.lengths for block in plan])
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    check_memory(8 * int(indptr[-1]), f"{indptr[-1]} edges of the graph", remedy)
    ids, weights = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.uint32)
    for block in plan:
        part = slice(indptr[block.low], indptr[block.high])
        ids[part], weights[part] = block.ids, block.weights
        block.ids, block.weights = _NO_IDS, _NO_WEIGHTS  # free them
    words = corpus.vocabulary.blob.split(b"\n", size)
    blob = b"".join(word + b"\n" for word in words[:size])
    return Graph(indptr, ids, weights, window, min_weight, blob, counts.copy())


class _Counter:
    """The work queue: threads take blocks until none is left."""

    def __init__(
        self,
        corpus: Corpus,
        window: tuple[int, bool],
        size: int,
        min_weight: int,
        plan: list[_Block],
        subsample: Subsample | None,
        remedy: str,
        stop: StopFlag,
    ) -> None:
        self.corpus, self.window, self.size, self.least = corpus, window, size, min_weight
        self.plan, self.subsample, self.remedy, self.stop = plan, subsample, remedy, stop
        self.lock = threading.Lock()
        self.next = self.done = 0
        self.failed = False

    def cancel(self) -> None:
        """Let all threads end soon."""
        self.failed = True

    def work(self) -> None:
        try:
            while not self.failed:
                with self.lock:
                    if self.next == len(self.plan):
                        return
                    block = self.plan[self.next]
                    self.next += 1
                if not (self._dense(block) if block.dense else self._sparse(block)):
                    return
        except BaseException:
            self.failed = True
            raise

    def _pieces(self) -> Iterator[Piece]:
        """Yield the sentences until all are done or the work must stop."""
        sentences = len(self.corpus.starts) - 1
        for first in range(0, sentences, _PIECE_SENTENCES):
            if self.stop.is_set or self.failed:
                return
            last = min(first + _PIECE_SENTENCES, sentences)
            piece = self.corpus.read(first, last)
            yield piece if self.subsample is None else self.subsample.thin(piece, first)
            with self.lock:
                self.done += piece.size

    def _dense(self, block: _Block) -> bool:
        rows = block.high - block.low
        check_memory(4 * rows * self.size, "counts of co-occurrences", self.remedy)
        table = np.zeros(rows * self.size, np.uint32)
        for piece in self._pieces():
            count_dense(*piece, *self.window, block.low, block.high, self.size, table)
        if self.stop.is_set or self.failed:
            return False
        lengths = np.zeros(rows, np.int64)
        least = np.uint32(min(self.least, 2**32 - 1))
        ids, weights = np.empty(0, np.int32), np.empty(0, np.uint32)
        edges = dense_rows(table, block.low, self.size, least, lengths, ids, weights)
        ids, weights = np.empty(edges, np.int32), np.empty(edges, np.uint32)
        if edges:
            dense_rows(table, block.low, self.size, least, lengths, ids, weights)
        block.lengths, block.ids, block.weights = lengths, ids, weights
        return True

    def _sparse(self, block: _Block) -> bool:
        corpus, rows = self.corpus, block.high - block.low
        visits = int(corpus.vocabulary.counts[block.low : block.high].sum())
        check_memory(8 * visits * (2 * self.window[0] - 1), "lists of co-occurrences", self.remedy)
        keys = np.empty(visits * (2 * self.window[0] - 1), np.uint64)
        count = 0
        for piece in self._pieces():
            count = collect_keys(
                *piece, *self.window, block.low, block.high, self.size, keys, count
            )
            if count < 0:
                raise DataError("a word occurs more often than its count; clear the cache")
        if self.stop.is_set or self.failed:
            return False
        keys = keys[:count]
        keys.sort()
        lengths = np.zeros(rows, np.int64)
        distinct = 1 + int(np.count_nonzero(keys[1:] != keys[:-1])) if count else 0
        ids, weights = np.empty(distinct, np.int32), np.empty(distinct, np.uint32)
        edges = sorted_rows(keys, count, block.low, self.least, lengths, ids, weights)
        block.lengths, block.ids, block.weights = (
            lengths,
            ids[:edges].copy(),
            weights[:edges].copy(),
        )
        return True
