"""The pictures of a report as inline SVG, drawn with matplotlib where it is installed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

#: Told apart by most kinds of colour vision (Okabe and Ito); the baseline is black.
_COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
_MARKS = "osD^vP*X"
_MOST_SECTIONS = 16


def available() -> bool:
    """Whether matplotlib can be imported."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def _style(arms: list[str]) -> dict[str, dict[str, Any]]:
    return {
        arm: {"color": _COLOURS[i % len(_COLOURS)], "marker": _MARKS[i % len(_MARKS)]}
        for i, arm in enumerate(arms)
    }


def _svg(width: float, height: float, rows: int, columns: int, draw: Callable[[Any], None]) -> str:
    """Return a figure as SVG text; `draw` is given the array of axes."""
    import matplotlib
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "w2vneg",
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e4e4e4",
        "axes.axisbelow": True,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.subplots(rows, columns, squeeze=False))
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]


def curves(found: dict[str, Any]) -> str | None:
    """Draw scores over words and over seconds, or return None where no run was looked at."""
    arms = {name: arm for name, arm in found["arms"].items() if len(arm["curve"]) > 1}
    if not arms:
        return None
    style = _style(list(found["arms"]))
    kinds = [("analogies", name) for name in next(iter(arms.values()))["curve"][0]["analogies"]]
    kinds += [("similarity", name) for name in next(iter(arms.values()))["curve"][0]["similarity"]]

    def draw(axes: Any) -> None:
        for row, (kind, name) in zip(axes, kinds, strict=True):
            for axis, key, scale, label in (
                (row[0], "tokens", 1e6, "million words"),
                (row[1], "seconds", 1.0, "seconds of training"),
            ):
                for arm, told in arms.items():
                    points = [p for p in told["curve"] if name in p[kind]]
                    axis.plot(
                        [p[key] / scale for p in points], [p[kind][name] for p in points],
                        label=arm, markersize=4, linewidth=1.4, **style[arm],
                    )  # fmt: skip
                axis.set_xlabel(label)
                axis.set_ylabel(name)
                axis.set_xlim(left=0)
        axes[0][0].legend(frameon=False, fontsize=8)

    return _svg(8.4, 2.7 * len(kinds), len(kinds), 2, draw)


def sections(found: dict[str, Any]) -> str | None:
    """Draw the accuracy of each section of the first analogy file."""
    arms = found["arms"]
    first = next(iter(arms.values()))["sections"]
    if not first:
        return None
    name = next(iter(first))
    titles = list(first[name])[:_MOST_SECTIONS]
    style = _style(list(arms))
    height = 0.8 / len(arms)

    def draw(axes: Any) -> None:
        axis = axes[0][0]
        for number, (arm, told) in enumerate(arms.items()):
            values = [told["sections"][name].get(title, 0) for title in titles]
            places = [i + number * height for i in range(len(titles))]
            axis.barh(places, values, height, label=arm, color=style[arm]["color"])
        axis.set_yticks([i + 0.4 - height / 2 for i in range(len(titles))], titles)
        axis.invert_yaxis()
        axis.margins(y=0.01)
        axis.set_xlabel("share of right answers")
        axis.grid(axis="y", visible=False)
        axis.legend(frameon=False, fontsize=8, loc="lower right")

    return _svg(8.4, 0.6 + len(titles) * (0.14 * len(arms) + 0.12), 1, 1, draw)


def costs(found: dict[str, Any]) -> str:
    """Draw throughput, seconds and memory of each arm."""
    arms = found["arms"]
    style = _style(list(arms))

    def draw(axes: Any) -> None:
        for axis, key, scale, label in (
            (axes[0][0], "words_per_second", 1e6, "million words a second"),
            (axes[0][1], "seconds", 1.0, "seconds of training"),
            (axes[0][2], "peak_memory", 2**20, "peak memory, MB"),
        ):
            values = [told["cost"][key] / scale for told in arms.values()]
            bars = axis.barh(
                range(len(arms)), values, 0.7, color=[style[arm]["color"] for arm in arms]
            )
            axis.bar_label(bars, fmt="{:,.3g}", padding=2, fontsize=8)
            axis.set_xlim(0, 1.25 * max(values))
            axis.set_yticks(
                range(len(arms)), list(arms) if axis is axes[0][0] else [""] * len(arms)
            )
            axis.invert_yaxis()
            axis.set_xlabel(label)
            axis.grid(axis="y", visible=False)

    return _svg(8.4, 0.9 + 0.3 * len(arms), 1, 3, draw)


def word_map(vectors: dict[str, tuple[list[str], np.ndarray]]) -> str:
    """Draw the words of each arm on their first two principal components.

    Parameters
    ----------
    vectors : dict
        Arm to (words, (words, d) unit vectors), the same words for all.
    """
    columns = min(2, len(vectors))
    rows = -(-len(vectors) // columns)

    def draw(axes: Any) -> None:
        for axis in axes.ravel()[len(vectors) :]:
            axis.set_visible(False)
        for axis, (arm, (words, matrix)) in zip(axes.ravel(), vectors.items(), strict=False):
            places = principal_plane(matrix)
            axis.scatter(places[:, 0], places[:, 1], s=6, color="#0072b2")
            for word, at, (shift, side) in zip(words, places, _labels(places, words), strict=True):
                axis.annotate(
                    word, at, xytext=shift, textcoords="offset points", fontsize=6.5, va="center",
                    ha=side,
                )  # fmt: skip
            axis.set_title(arm, fontsize=9)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.margins(x=0.22, y=0.06)

    return _svg(8.4, 4.6 * rows, rows, columns, draw)


def principal_plane(matrix: np.ndarray) -> np.ndarray:
    """Return the coordinates of rows on their first two principal components, (n, 2)."""
    centred = matrix - matrix.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2, np.abs(axes[:2]).argmax(axis=1)].diagonal())[:, None]
    return np.asarray(centred @ axes.T)


def _labels(places: np.ndarray, words: list[str]) -> list[tuple[tuple[float, float], str]]:
    """Return, for each point, an offset in points and a side where its label covers nothing.

    Labels are placed one after the other, right or left of the point and then ever further up and
    down, at the first place that is free, or else at the one with the least in the way.
    """
    height, letter = 7.5, 3.7
    scale = np.array([225.0, 285.0]) / (np.ptp(places, axis=0) + 1e-12)
    points = (places - places.min(axis=0)) * scale
    taken = [(x - 2, y - 2, x + 2, y + 2) for x, y in points]
    chosen = []
    for (x, y), word in zip(points, words, strict=True):
        best = None
        for step in (0, 0.8, -0.8, 1.4, -1.4, 2, -2, 3, -3, 4, -4):
            for side, sign in (("left", 1), ("right", -1)):
                edge = x + 4 * sign
                far = edge + letter * len(word) * sign
                middle = y + step * height
                low, high = min(edge, far), max(edge, far)
                box = (low, middle - height / 2, high, middle + height / 2)
                covered = sum(_common(box, other) for other in taken)
                if best is None or covered < best[0] - 1e-9:
                    best = (covered, box, (4.0 * sign, step * height), side)
            if best is not None and best[0] == 0:
                break
        assert best is not None
        taken.append(best[1])
        chosen.append((best[2], best[3]))
    return chosen


def _common(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    """Return the area that two boxes (left, low, right, high) share."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    return max(0.0, width) * max(0.0, height)
