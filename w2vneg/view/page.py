"""A map as one HTML file that needs no network.

The template, the style and the scripts are in ``page/``, the library that draws the points in
``vendor/`` (``bin/build-view`` rebuilds it). All of it and the data go into the file.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from w2vneg.errors import visible
from w2vneg.system.atomic_files import atomic_write
from w2vneg.version import __version__
from w2vneg.view.quantize import Quantized, quantize_well
from w2vneg.view.word_map import WordMap

if TYPE_CHECKING:
    from w2vneg.system.interrupt import StopFlag

#: Scripts of the page, in this order.
SCRIPTS = (
    "vectors.js", "labels.js", "camera.js", "pace.js", "plot.js", "search.js", "results.js", "axes.js",
    "main.js",
)  # fmt: skip
#: Words that moved most, as many as the page lists.
MOVED = 100
_HOW = {
    "pca": "the first two principal components of the vectors",
    "umap": "UMAP, which keeps similar words together",
}


@dataclass(frozen=True)
class PageReport:
    """What was written.

    Attributes
    ----------
    bits : list of int
        Bits of the numbers of each model in the page: 8 or 16.
    agreement : list of float
        Share of the ten nearest words that are the same as with float32, for each model, measured
        on a sample.
    size : int
        Size of the file in bytes.
    """

    bits: list[int]
    agreement: list[float]
    size: int


def write_page(
    path: str | os.PathLike[str],
    word_map: WordMap,
    *,
    seed: int = 1,
    stop: StopFlag | None = None,
) -> PageReport:
    """Write a map as an HTML file.

    Parameters
    ----------
    path : str or path
    word_map : WordMap
    seed : int
        Seed of the sample on which the neighbors shown are compared with those of float32.
    stop : StopFlag, optional

    Raises
    ------
    OutputError
        If the file cannot be written.
    Interrupted
        If `stop` is set; nothing is written.
    """
    models = []
    for panel in word_map.panels:
        models.append(quantize_well(panel.vectors.unit, seed))
        if stop is not None:
            stop.check("drawing the map")
    size = 0
    with atomic_write(path) as file:
        for piece in render(word_map, models):
            data = piece.encode()
            file.write(data)
            size += len(data)
    return PageReport([m.bits for m in models], [m.agreement for m in models], size)


def render(word_map: WordMap, models: list[Quantized]) -> Iterator[str]:
    """Yield the HTML in pieces.

    Parameters
    ----------
    word_map : WordMap
    models : list of Quantized
        The vectors of each model.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files(__package__)
    page = folder / "page"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {
        "ensure_ascii": False, "allow_nan": False, "separators": (",", ":"),
    }  # fmt: skip
    template = environment.from_string((page / "page.html").read_text(encoding="utf-8"))
    names = [visible(panel.name) for panel in word_map.panels]
    arrays = [
        {
            "vectors": Markup(_base64(model.integers)),
            "points": Markup(_base64(panel.points)),
            "groups": Markup(_base64(panel.groups)),
        }
        for panel, model in zip(word_map.panels, models, strict=True)
    ]
    yield from template.generate(
        title=" and ".join(names),
        names=names,
        version=__version__,
        how=_HOW[word_map.layout],
        models=models,
        word_map=word_map,
        data=_data(word_map, models, names),
        arrays=arrays,
        style=Markup((page / "page.css").read_text(encoding="utf-8")),
        library=Markup((folder / "vendor/regl-scatterplot.js").read_text(encoding="utf-8")),
        scripts=[Markup((page / name).read_text(encoding="utf-8")) for name in SCRIPTS],
    )


def _data(word_map: WordMap, models: list[Quantized], names: list[str]) -> dict[str, Any]:
    """Return what the scripts read: all but the large arrays."""
    return {
        "models": [
            {
                "name": name,
                "words": panel.vectors.words,
                "counts": None if panel.vectors.counts is None else panel.vectors.counts.tolist(),
                "bits": model.bits,
                "dim": panel.vectors.dim,
            }
            for name, panel, model in zip(names, word_map.panels, models, strict=True)
        ],
        "groups": word_map.group_names,
        "moved": [[word, round(cosine, 4)] for word, cosine in word_map.moved[:MOVED]],
    }


def _base64(array: npt.NDArray[Any]) -> str:
    """Return an array as little-endian bytes in base64."""
    ordered = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return base64.b64encode(ordered.tobytes()).decode("ascii")
