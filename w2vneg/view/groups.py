"""Groups of similar words, which the map shows as colors."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2vneg.view.layouts import principal_components

_Floats = npt.NDArray[np.float32]

#: As many as there are colors that can be told apart.
GROUPS = 10
#: Fewer words than this are one group.
_FEWEST_WORDS = 200
#: Similar words share the first components; the others would only cost time.
_COMPONENTS = 30
_ROUNDS = 20
#: Typical words of a group, and the share of its words that are common enough to be typical.
_TYPICAL, _COMMON = 3, 0.05


@dataclass(frozen=True)
class Groups:
    """Which words belong together.

    Attributes
    ----------
    of_row : (n,) uint8 array
        The group of each word, the largest group being 0.
    typical : list of (k,) int64 arrays
        For each group, rows of common words near its center.
    """

    of_row: npt.NDArray[np.uint8]
    typical: list[npt.NDArray[np.int64]]


def find_groups(units: _Floats, weights: npt.NDArray[np.float64], seed: int) -> Groups:
    """Divide words into groups of similar ones, by k-means.

    Parameters
    ----------
    units : (n, d) float32 array
        Rows of unit length.
    weights : (n,) float64 array
        How common each word is, in any unit; decides which words are typical.
    seed : int
        Seed of the first centers.
    """
    if len(units) < _FEWEST_WORDS:
        return Groups(np.zeros(len(units), np.uint8), [])
    from scipy.cluster.vq import kmeans2

    rows = principal_components(units, min(_COMPONENTS, units.shape[1]))
    start = _first_centers(rows, np.random.default_rng(seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an empty group is no harm
        centers, labels = kmeans2(rows, start, _ROUNDS, minit="matrix")
    sizes = np.bincount(labels, minlength=GROUPS)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    number = np.zeros(GROUPS, np.uint8)
    number[order] = np.arange(len(order), dtype=np.uint8)
    of_row = number[labels]
    return Groups(
        of_row,
        [_typical(rows, of_row, weights, centers[old], new) for new, old in enumerate(order)],
    )


def _first_centers(rows: _Floats, rng: np.random.Generator) -> _Floats:
    """Return rows that are far from each other (k-means++: Arthur and Vassilvitskii, SODA 2007)."""
    chosen = [int(rng.integers(len(rows)))]
    squares = np.full(len(rows), np.inf)
    while len(chosen) < GROUPS:
        squares = np.minimum(squares, np.square(rows - rows[chosen[-1]]).sum(axis=1, dtype=float))
        total = squares.sum()
        # Where all rows are equal there is nothing to choose by.
        chosen.append(int(rng.choice(len(rows), p=squares / total if total else None)))
    return rows[chosen]


def _typical(
    rows: _Floats,
    of_row: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float64],
    center: _Floats,
    group: int,
) -> npt.NDArray[np.int64]:
    """Return those of the common words of a group that are nearest to its center."""
    members = np.flatnonzero(of_row == group)
    common = members[np.argsort(-weights[members], kind="stable")]
    common = common[: max(_TYPICAL, round(_COMMON * len(common)))]
    distances = np.linalg.norm(rows[common] - center, axis=1)
    return common[np.argsort(distances, kind="stable")[:_TYPICAL]].astype(np.int64)
