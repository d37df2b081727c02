"""Two coordinates for each word: by principal components, or by UMAP."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from w2vneg.errors import UsageError
from w2vneg.system.option_names import choice, named
from w2vneg.view.umap_process import run_umap

if TYPE_CHECKING:
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

_Floats = npt.NDArray[np.float32]

LAYOUTS = ("pca", "umap")
#: UMAP looks at 15 neighbors of each word; of fewer words than this there is nothing to find.
_UMAP_WORDS = 50
#: Share of the coordinates that are scaled into [-1, 1]; far islands of words must not squeeze the rest.
_INSIDE = 0.985


def choose_layout(name: str | None, words: int) -> str:
    """Return which layout to use.

    Parameters
    ----------
    name : {"pca", "umap"} or None
        None: UMAP where it is installed and there are words enough.
    words : int
        Number of words on the map.

    Raises
    ------
    UsageError
        If there is no such layout, umap-learn is missing, or there are too few words for it.
    """
    installed = importlib.util.find_spec("umap") is not None
    if name is None:
        return "umap" if installed and words >= _UMAP_WORDS else "pca"
    if name not in LAYOUTS:
        raise UsageError(f"{named('layout', name)}: choose from {', '.join(LAYOUTS)}")
    if name == "umap" and not installed:
        raise UsageError(
            f"{choice('layout', 'umap')} takes umap-learn; install it: pip install 'w2vneg[view]', or "
            f"give {choice('layout', 'pca')}"
        )
    if name == "umap" and words < _UMAP_WORDS:
        raise UsageError(f"{words} words are too few for UMAP; give {choice('layout', 'pca')}")
    return name


def lay_out(
    units: _Floats,
    layout: str,
    seed: int,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> _Floats:
    """Return two coordinates for each row, (n, 2) float32, most of them in [-1, 1].

    Parameters
    ----------
    units : (n, d) float32 array
        Rows of unit length, or zero.
    layout : {"pca", "umap"}
    seed : int
        Seed of UMAP.
    progress : Progress, optional
    stop : StopFlag, optional
    """
    if layout == "umap":
        return fit_into_square(run_umap(units, seed, progress, stop))
    return fit_into_square(principal_components(units))


def principal_components(rows: _Floats, count: int = 2) -> _Floats:
    """Return the projection of rows on their first principal components, (n, `count`) float32.

    The sign of a component is such that its largest loading is positive. Components beyond the
    dimensions of the rows are 0.
    """
    mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    centered = rows - mean
    covariance = (centered.T @ centered).astype(np.float64)
    _, loadings = np.linalg.eigh(covariance)
    loadings = loadings[:, ::-1][:, :count]
    largest = np.abs(loadings).argmax(axis=0)
    loadings = loadings * np.where(loadings[largest, np.arange(loadings.shape[1])] < 0, -1, 1)
    found = np.zeros((len(rows), count), np.float32)
    found[:, : loadings.shape[1]] = centered @ loadings.astype(np.float32)
    return found


def fit_into_square(points: _Floats) -> _Floats:
    """Return points moved and scaled, with one factor for both axes, so that most lie in [-1, 1]."""
    low, high = np.quantile(points, [1 - _INSIDE, _INSIDE], axis=0)
    half = float((high - low).max()) / 2
    return np.asarray((points - (low + high) / 2) / (half or 1.0), np.float32)
