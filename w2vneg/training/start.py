"""Where a training starts: vectors that exist already, some of which stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2vneg.config import TrainConfig
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import UsageError
from w2vneg.system.option_names import either, named
from w2vneg.vectors.load import load_vectors
from w2vneg.vectors.vectors import Vectors

_ROWS = 10_000  # copied at a time


@dataclass(frozen=True)
class Start:
    """Vectors to start from, and which words of a vocabulary they have.

    Attributes
    ----------
    vectors : Vectors
    rows : (n,) int64 array
        Ids of the words that the vectors have.
    taken : (n,) int64 array
        Their rows in `vectors`.
    frozen : (V,) bool array or None
        Which rows of `w_in` the training must not change. None: none.
    """

    vectors: Vectors
    rows: npt.NDArray[np.int64]
    taken: npt.NDArray[np.int64]
    frozen: npt.NDArray[np.bool_] | None

    def fill(self, w_in: np.ndarray, w_out: np.ndarray | None) -> None:
        """Copy the vectors into the (V, dim) matrices of a training, modified in place."""
        pairs = [(w_in, self.vectors.unmixed), (w_out, self.vectors.w_out)]
        for to, source in pairs:
            if to is None or source is None:
                continue
            for low in range(0, len(self.rows), _ROWS):
                part = slice(low, low + _ROWS)
                to[self.rows[part]] = source[self.taken[part]]


def check_freezing(config: TrainConfig, provided: bool) -> None:
    """Refuse to freeze vectors that nothing provides.

    Parameters
    ----------
    config : TrainConfig
    provided : bool
        Whether vectors to start from come from elsewhere than ``config.init``.

    Raises
    ------
    UsageError
        If they do not, or all and a part of them are to be frozen.
    """
    if not config.freeze and config.freeze_first is None:
        return
    name = "freeze" if config.freeze else "freeze_first"
    if config.init is None and not provided:
        raise UsageError(
            f"{named(name)} has no effect without vectors to start from; give {named('init')}"
        )
    if config.freeze and config.freeze_first is not None:
        raise UsageError(
            f"{named('freeze')} freezes all words that {named('freeze_first')} chooses from; leave "
            "one of them out"
        )


def initial_vectors(
    config: TrainConfig, vocabulary: Vocabulary, note: Callable[[str], None]
) -> Start | None:
    """Return the vectors that ``config.init`` names; None if it names none.

    Parameters
    ----------
    config : TrainConfig
    vocabulary : Vocabulary
    note : callable
        Receives a line that says how many words were found, and what the file's reader reports.

    Raises
    ------
    UsageError
        As `start_from`.
    DataError
        If the file cannot be read.
    """
    if config.init is None:
        return None
    vectors = load_vectors(config.init)
    for line in vectors.notes:
        note(line)
    return start_from(vectors, vocabulary, config, note, config.init)


def start_from(
    vectors: Vectors,
    vocabulary: Vocabulary,
    config: TrainConfig,
    note: Callable[[str], None],
    name: str,
) -> Start:
    """Return where a training of a vocabulary starts, given vectors of any words.

    Parameters
    ----------
    vectors : Vectors
    vocabulary : Vocabulary
    config : TrainConfig
        Its `dim`, `freeze` and `freeze_first`.
    note : callable
        Receives a line that says how many words were found.
    name : str
        What messages call the vectors.

    Raises
    ------
    UsageError
        If the vectors have other dimensions, or no word of the vocabulary.
    """
    check_dimensions(vectors, config.dim, name)
    pairs = [
        (row, taken)
        for row, word in enumerate(vocabulary.words)
        if (taken := vectors.index.get(word)) is not None
    ]
    rows, taken = np.array(pairs, np.int64).reshape(-1, 2).T
    if not len(rows):
        raise UsageError(
            f"{name} has none of the {len(vocabulary):,} words of the corpus, the most frequent of which "
            f"is {vocabulary.first(1)[0]!r}; are case and language the same?"
        )
    frozen = None
    if config.freeze or config.freeze_first is not None:
        frozen = np.zeros(len(vocabulary), bool)
        frozen[rows[: np.searchsorted(rows, config.freeze_first or len(vocabulary))]] = True
    more = "" if vectors.w_out is None else ", with w_out"
    held = "" if frozen is None else f"; {int(frozen.sum()):,} of them are frozen"
    note(f"{len(rows):,} of {len(vocabulary):,} words start from {name}{more}{held}")
    return Start(vectors, rows, taken, frozen)


def check_dimensions(vectors: Vectors, dim: int, name: str) -> None:
    """Raise `UsageError` if vectors have other dimensions than a training."""
    if vectors.dim != dim:
        remedy = either(f"--dim {vectors.dim}", f"dim={vectors.dim}")
        raise UsageError(
            f"{name} has {vectors.dim} dimensions, the training {dim}; train with {remedy}"
        )
