"""The nearest neighbors of many words at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

_Floats = npt.NDArray[np.float32]

#: Numbers in a block of cosines: 64 MB.
_BLOCK = 1 << 24


def nearest_rows(
    units: _Floats,
    rows: npt.NDArray[np.integer],
    count: int,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> tuple[npt.NDArray[np.int64], _Floats]:
    """Return the rows of highest cosine with each of some rows, which are not among their own.

    Parameters
    ----------
    units : (n, d) float32 array
        Rows of unit length, or zero.
    rows : (m,) array of int
        The rows to find the nearest of.
    count : int
        How many; at most n - 1 are found.
    progress : Progress, optional
    stop : StopFlag, optional

    Returns
    -------
    nearest : (m, k) int64 array
        The nearest first.
    cosines : (m, k) float32 array
        In [-1, 1].
    """
    k = min(count, len(units) - 1)
    nearest = np.zeros((len(rows), k), np.int64)
    cosines = np.zeros((len(rows), k), np.float32)
    if not k:
        return nearest, cosines
    step = max(1, _BLOCK // len(units))
    if progress is not None:
        progress.start("finding neighbors", len(rows), "words")
    for low in range(0, len(rows), step):
        if stop is not None:
            stop.check("finding neighbors")
        part = rows[low : low + step]
        own = np.arange(len(part))
        scores = units[part] @ units.T
        scores[own, part] = -np.inf
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(scores, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        nearest[low : low + step] = np.take_along_axis(best, order, axis=1)
        cosines[low : low + step] = np.take_along_axis(values, order, axis=1)
        if progress is not None:
            progress.update(low + len(part))
    if progress is not None:
        progress.finish()
    return nearest, np.clip(cosines, -1, 1)
