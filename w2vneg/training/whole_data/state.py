"""The state of whole-data training: matrices, what is solved of them, and the work of the threads.

A sweep has two halves. In the first the rows of `w_out` are solved while `w_in` is fixed, in the
second the rows of `w_in`. Rows are solved in chunks; which thread solves a chunk changes nothing, and
sums over chunks are taken in their order, so that the result does not depend on the number of threads.
A half can be left after any chunk and continued later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.errors import DivergedError
from w2vneg.kernel.tiles import row_length
from w2vneg.samplers.trainers import whole_data as options
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.threads import run_threads
from w2vneg.training.checkpoint import Checkpointer, Snapshot, restore
from w2vneg.training.matrices import aligned_zeros, first_unsound
from w2vneg.training.state import TrainResult
from w2vneg.training.whole_data.cells import Observed, both_sides
from w2vneg.training.whole_data.rows import Cells, Scratch, add_gram, solve_rows

#: Steps of conjugate gradients for a row. They start from the row's last solution, and more sweeps
#: lower the loss further in the same time than more steps.
STEPS = 3
_CHUNK_CELLS = 20_000  # about 10 ms
_GRAM_ROWS = 1000  # rows whose products are summed up in one piece


def first_rows(size: int, dim: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Return random rows, uniform in [-0.5, 0.5) / sqrt(dim), flat and padded with zeros."""
    length = row_length(dim)
    flat = aligned_zeros(size * length)
    rows = flat.reshape(size, length)
    for low in range(0, size, 10_000):
        block = rows[low : low + 10_000]
        block[:, :dim] = (generator.random((len(block), dim), dtype=np.float32) - 0.5) / dim**0.5
    return flat


class WholeDataState:
    """Matrices and progress of a whole-data training.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
    observed : Observed
    threads : int
    stop : StopFlag

    Attributes
    ----------
    w_in, w_out : (V * length,) float32 arrays
        The matrices, flat, with padded rows.
    half : int
        Halves of sweeps that are complete.
    chunk_losses : (chunks,) float64 array
        Loss of each chunk in the current half; NaN where it has not been solved yet.
    losses : list of float
        Loss after each complete half.
    result : TrainResult
        Its matrices are views of `w_in` and `w_out`.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: TrainConfig,
        observed: Observed,
        threads: int,
        stop: StopFlag,
    ) -> None:
        self.corpus, self.config, self.stop, self.threads = corpus, config, stop, threads
        self.observed = observed
        size, self.length = len(corpus.vocabulary), row_length(config.dim)
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([config.seed, 0])))
        self.w_in = first_rows(size, config.dim, generator)
        self.w_out = first_rows(size, config.dim, generator)
        self.inputs, self.outputs = both_sides(observed, config)
        self.half, self.halves = 0, 2 * config[options.SWEEPS]
        self.borders = _chunk_borders(observed.indptr)
        self.chunk_losses = np.full(len(self.borders) - 1, np.nan)
        self.losses: list[float] = []
        self.result = TrainResult(config, self._matrix(self.w_in), self._matrix(self.w_out))
        self._scratches = [self._scratch() for _ in range(threads)]
        self._lock = threading.Lock()
        self._pausing = self._failed = False

    def _matrix(self, flat: np.ndarray) -> np.ndarray:
        return flat.reshape(-1, self.length)[:, : self.config.dim]

    def _scratch(self) -> Scratch:
        most = longest_row(self.observed.indptr)
        return Scratch(
            np.empty(most, np.int64),
            np.empty(most, np.float32),
            np.empty(most, np.float32),
            *(aligned_zeros(self.length) for _ in range(3)),
        )

    @property
    def cells(self) -> int:
        """The number of observed cells."""
        return len(self.observed.ids)

    @property
    def done(self) -> int:
        """Cells solved so far, over all halves."""
        solved = np.diff(self.observed.indptr[self.borders])[~np.isnan(self.chunk_losses)]
        return self.half * self.cells + int(solved.sum())

    @property
    def is_complete(self) -> bool:
        """Whether all sweeps are done."""
        return self.half >= self.halves

    def pause(self) -> None:
        """Let the threads end after the chunks they are at; each solves one at least."""
        self._pausing = True

    def _cancel(self) -> None:
        self._failed = self._pausing = True

    def run(self, report: Callable[[], None]) -> None:
        """Solve rows until all sweeps are complete, `stop` is set or `pause` is called.

        Parameters
        ----------
        report : callable
            Called ten times a second.

        Raises
        ------
        DivergedError
            If a vector is not finite or implausibly long.
        """
        self._pausing = False
        while not (self.is_complete or self._pausing or self.stop.is_set):
            first = self.half % 2 == 0
            cells = self.outputs if first else self.inputs
            other, own = (self.w_in, self.w_out) if first else (self.w_out, self.w_in)
            gram, total = self._gram(cells, other, report)
            self._pausing = False
            todo = iter(np.flatnonzero(np.isnan(self.chunk_losses)).tolist())

            def work(scratch: Scratch) -> None:
                while not (self._failed or self.stop.is_set):
                    with self._lock:
                        chunk = next(todo, None)  # noqa: B023
                    if chunk is None:
                        return
                    low, high = self.borders[chunk : chunk + 2].tolist()
                    self.chunk_losses[chunk] = solve_rows(
                        cells, gram, total, other, own, self.length, low, high, STEPS, scratch  # noqa: B023
                    )  # fmt: skip
                    if self._pausing:
                        return

            self._in_threads(work, report)
            if not np.isnan(self.chunk_losses).any():
                self._end_half(cells, other)

    def _in_threads(self, work: Callable[[Scratch], None], report: Callable[[], None]) -> None:
        tasks = [lambda scratch=scratch: work(scratch) for scratch in self._scratches]
        run_threads(tasks, report, cancel=self._cancel)

    def _gram(
        self, cells: Cells, other: np.ndarray, report: Callable[[], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the Gram matrix of the fixed matrix, and the sum of its rows, both weighted."""
        size, length = len(self.corpus.vocabulary), self.length
        firsts = range(0, size, _GRAM_ROWS)
        parts: list[tuple[np.ndarray, np.ndarray]] = [None] * len(firsts)  # type: ignore[list-item]
        todo = iter(enumerate(firsts))

        def work(_: Scratch) -> None:
            while not (self._failed or self.stop.is_set):
                with self._lock:
                    number, low = next(todo, (-1, 0))
                if number < 0:
                    return
                gram, total = aligned_zeros(length * length), aligned_zeros(length)
                high = min(low + _GRAM_ROWS, size)
                add_gram(other, cells.column_factor, low, high, length, gram, total)
                parts[number] = gram, total

        self._in_threads(work, report)
        gram, total = np.zeros(length * length), np.zeros(length)
        for part in parts:
            if part is not None:  # None: the training stops
                gram += part[0]
                total += part[1]
        return gram.astype(np.float32), total.astype(np.float32)

    def _end_half(self, cells: Cells, other: np.ndarray) -> None:
        """Take the loss, check the vectors and go on to the next half."""
        constant = float(cells.row_factor.sum(dtype=float) * cells.column_factor.sum(dtype=float))
        constant *= float(cells.elsewhere) ** 2 / 2
        fixed = float(cells.penalty) / 2 * float(np.dot(other, other))
        self.losses.append(float(self.chunk_losses.sum()) + constant + fixed)
        self.result.loss = self.losses[-1] / max(1, self.cells)
        self.check_divergence()
        self.half += 1
        self.chunk_losses[:] = np.nan

    def check_divergence(self) -> None:
        """Raise `DivergedError` if a vector is not finite or implausibly long."""
        for flat in (self.w_in, self.w_out):
            row = first_unsound(flat, self.length)
            if row is not None:
                raise DivergedError(
                    f"the vector of {self.corpus.vocabulary.words[row]!r} is not finite or very long; "
                    f"raise {named(options.PENALTY.name)} ({self.config[options.PENALTY]:g}). "
                    "Nothing was saved"
                )

    def snapshot(self, seconds: float) -> Snapshot:
        """Return the state; the threads must have ended."""
        meta = {
            "config": self.config.to_dict(),
            "corpus": self.corpus.fingerprint,
            "vocabulary": self.corpus.vocabulary.fingerprint,
            "half": self.half,
            "halves": self.halves,
            "seconds": seconds,
            "threads": self.threads,
            "losses": self.losses,
        }
        arrays = {"w_in": self.w_in, "w_out": self.w_out, "chunk_losses": self.chunk_losses}
        return Snapshot(meta, arrays)  # type: ignore[arg-type]

    def save(self, checkpointer: Checkpointer, seconds: float) -> None:
        """Write a checkpoint, but never one of a diverged training."""
        self.check_divergence()
        checkpointer.save(self.snapshot(seconds))

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot.

        Raises
        ------
        DataError
            If an array is missing, has another shape or dtype, or is damaged.
        """
        restore(
            snapshot,
            {"w_in": self.w_in, "w_out": self.w_out, "chunk_losses": self.chunk_losses},
        )
        self.half, self.losses = snapshot.meta["half"], list(snapshot.meta["losses"])
        if self.losses:
            self.result.loss = self.losses[-1] / max(1, self.cells)


def longest_row(indptr: NDArray[np.int64]) -> int:
    """Return the cells of the longest row, rounded up to a multiple of four."""
    return max(4, (int(np.diff(indptr).max(initial=0)) + 3) // 4 * 4)


def _chunk_borders(indptr: NDArray[np.int64]) -> NDArray[np.int64]:
    """Split rows into chunks of about `_CHUNK_CELLS` cells, a thousand rows at most."""
    size = len(indptr) - 1
    cost = indptr + np.arange(size + 1) * (_CHUNK_CELLS // 1000)
    cuts = np.searchsorted(cost, np.arange(0, cost[-1], _CHUNK_CELLS), side="left")
    return np.unique(np.append(cuts, size)).astype(np.int64)
