"""Places the words of one or two models on a plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from w2vneg.errors import UsageError
from w2vneg.system.option_names import named
from w2vneg.vectors.align import align
from w2vneg.vectors.vectors import Vectors
from w2vneg.view.groups import Groups, find_groups
from w2vneg.view.layouts import choose_layout, lay_out

if TYPE_CHECKING:
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

#: Words of each model that are shown.
WORDS = 20_000


@dataclass(frozen=True)
class Panel:
    """One model on the map.

    Attributes
    ----------
    name : str
        What it is called, such as the name of its file.
    vectors : Vectors
        The n words that are shown, most frequent first where that is known.
    points : (n, 2) float32 array
        Where they are; most coordinates lie in [-1, 1].
    groups : (n,) uint8 array
        The group of each.
    """

    name: str
    vectors: Vectors
    points: npt.NDArray[np.float32]
    groups: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class WordMap:
    """Words on a plane, of one model or of two models side by side.

    Attributes
    ----------
    panels : list of Panel
        The models. The vectors of the first of two are rotated onto those of the second.
    layout : str
        How the words were placed: ``"pca"`` or ``"umap"``.
    group_names : list of str
        Each group by its most typical words.
    moved : list of (str, float)
        Words that both of two models have, with the cosine of their vectors, those that moved most
        first.
    """

    panels: list[Panel]
    layout: str
    group_names: list[str]
    moved: list[tuple[str, float]] = field(default_factory=list)


def make_map(
    vectors: Vectors,
    other: Vectors | None = None,
    *,
    names: tuple[str, str] = ("first model", "second model"),
    words: int = WORDS,
    layout: str | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> WordMap:
    """Place the words of one or two models on a plane.

    Two models are aligned by the words that both have (see `w2vneg.vectors.align`) and placed
    together: a word whose vectors are alike has nearly the same place in both.

    Parameters
    ----------
    vectors : Vectors
    other : Vectors, optional
        A second model of as many dimensions.
    names : (str, str)
        What the models are called on the map.
    words : int
        Show the first `words` words of each model.
    layout : {"pca", "umap"}, optional
        Principal components, or UMAP (McInnes, Healy and Melville, 2018). Default: UMAP where
        umap-learn is installed.
    seed : int
        Seed of UMAP and of the groups.
    progress : Progress, optional
    stop : StopFlag, optional

    Returns
    -------
    WordMap

    Raises
    ------
    UsageError
        If an option is not valid, umap-learn is missing, or the dimensions of two models differ.
    DataError
        If two models have too few words in common.
    Interrupted
        If `stop` is set.
    """
    if words < 1:
        raise UsageError(f"{named('words')} must be at least 1, not {words}")
    layout = choose_layout(layout, len(vectors) + (0 if other is None else len(other)))
    models = [first_words(vectors, words)]
    moved: list[tuple[str, float]] = []
    if other is not None:
        aligned = align(models[0], first_words(other, words))
        models = [aligned.rotated, aligned.target]
        moved = aligned.moved
    units = np.concatenate([model.unit for model in models])
    points = lay_out(units, layout, seed, progress, stop)
    if stop is not None:
        stop.check("drawing the map")
    groups = find_groups(units, np.concatenate([_weights(model) for model in models]), seed)
    labels = [word for model in models for word in model.words]
    bounds = np.cumsum([0, *map(len, models)])
    panels = [
        Panel(name, model, points[low:high], groups.of_row[low:high])
        for name, model, low, high in zip(names, models, bounds[:-1], bounds[1:], strict=False)
    ]
    return WordMap(panels, layout, _group_names(groups, labels), moved)


def first_words(vectors: Vectors, count: int) -> Vectors:
    """Return the first `count` words, by falling counts where these are known."""
    rows = np.arange(min(count, len(vectors)))
    if vectors.counts is not None:
        rows = np.argsort(-vectors.counts, kind="stable")[:count]
    return Vectors(
        [vectors.words[row] for row in rows.tolist()],
        np.ascontiguousarray(vectors.matrix[rows]),
        vectors.notes,
        None if vectors.counts is None else vectors.counts[rows],
    )


def _weights(vectors: Vectors) -> npt.NDArray[np.float64]:
    """Return how common each word is: its count, or what Zipf's law expects of its rank."""
    if vectors.counts is not None:
        return vectors.counts.astype(np.float64)
    return 1 / np.arange(1.0, len(vectors) + 1)


def _group_names(groups: Groups, labels: list[str]) -> list[str]:
    """Return the typical words of each group, without repetitions."""
    return [
        ", ".join(dict.fromkeys(labels[row] for row in rows.tolist())) for rows in groups.typical
    ]
