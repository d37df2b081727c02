"""The observed cells: co-occurrences as targets and weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vneg.config import TrainConfig
from w2vneg.corpus.cooccurrence.graph import build_graph
from w2vneg.corpus.cooccurrence.subsample import Subsample
from w2vneg.corpus.corpus import Corpus
from w2vneg.samplers.trainers import whole_data as options
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress
from w2vneg.training.state import keep_thresholds
from w2vneg.training.whole_data.rows import Cells

_LOGARITHMS = 1 << 16  # counts whose logarithm is looked up


class Observed(NamedTuple):
    """How often words occur near each other, as symmetric rows.

    `counts` are in units of 1 / `unit` pairs: a pair at distance d counts ``window + 1 - d`` units
    of `window`, which is how often the training loop draws a radius that reaches it.
    """

    indptr: NDArray[np.int64]  # (V + 1,) cells of row i are indptr[i] to indptr[i + 1]
    ids: NDArray[np.int32]  # (cells,)
    counts: NDArray[np.uint32]  # (cells,)
    unit: int

    def sums(self) -> NDArray[np.float64]:
        """Return the sum of each row, (V,), in units."""
        total = np.concatenate([[0.0], np.cumsum(self.counts, dtype=np.float64)])
        rows: NDArray[np.float64] = total[self.indptr[1:]] - total[self.indptr[:-1]]
        return rows


def count_cells(
    corpus: Corpus, config: TrainConfig, threads: int, progress: Progress, stop: StopFlag
) -> Observed:
    """Count co-occurrences with the window and the subsampling of the training loop.

    Frequent words are subsampled before windows are cut, once, with the seed of the training.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
        Its window is a number.
    threads : int
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    Interrupted
        If `stop` was set.
    ResourceError
        If the cells do not fit in memory.
    """
    keep = keep_thresholds(corpus.vocabulary.counts, config.sample)
    graph = build_graph(
        corpus,
        window=config.window + 1,
        vocab=len(corpus.vocabulary),
        decay=not config.fixed_window,
        subsample=Subsample(keep, config.seed) if config.sample else None,
        threads=threads,
        remedy=f"lower {named('window')} or {named('max_vocab')}, or raise {named('min_count')}",
        progress=progress,
        stop=stop,
    )
    # The graph counts the pairs of a word with itself once, the training loop from both ends.
    for word in range(len(graph)):
        ids, weights = graph.row(word)
        at = np.searchsorted(ids, word)
        if at < len(ids) and ids[at] == word:
            weights[at] = min(2 * int(weights[at]), 2**32 - 1)
    return Observed(
        graph.indptr, graph.ids, graph.weights, 1 if config.fixed_window else config.window
    )


def both_sides(
    observed: Observed, config: TrainConfig, dtype: Any = np.float32
) -> tuple[Cells, Cells]:
    """Return the cells as the rows of `w_in` and as those of `w_out` see them.

    Parameters
    ----------
    observed : Observed
    config : TrainConfig
        With the options of whole-data training.
    dtype : type
        Of all numbers.
    """
    sums = np.maximum(observed.sums(), 1)
    total = sums.sum()
    smoothed = sums ** config[options.SMOOTHING]
    smoothed *= total / smoothed.sum()
    inputs = np.log(sums).astype(dtype)
    outputs = (np.log(smoothed) - np.log(total)).astype(dtype)
    popular = (sums / total) ** config[options.EXPONENT]
    unobserved = (config[options.WEIGHT] * popular / popular.sum()).astype(dtype)
    ones = np.ones(len(sums), dtype)
    full = config[options.FULL] * observed.unit
    counts = np.arange(int(np.ceil(full)) + 1)
    weight = np.minimum(1.0, counts / full) ** config[options.COUNT_EXPONENT]
    logarithms = np.log(np.maximum(np.arange(_LOGARITHMS), 1))
    shared = (observed.indptr, observed.ids, observed.counts, logarithms.astype(dtype))
    numbers = tuple(
        dtype(config[option]) for option in (options.FLOOR, options.TARGET, options.PENALTY)
    )
    weights = weight.astype(dtype)
    return (
        Cells(*shared, weights, inputs, outputs, ones, unobserved, *numbers),
        Cells(*shared, weights, outputs, inputs, unobserved, ones, *numbers),
    )
