"""The plots of a report as inline SVG, drawn with matplotlib if it is installed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from w2vneg.comparison.report.report import Report

_Floats = npt.NDArray[np.floating[Any]]

#: Distinguishable with most kinds of color vision (Okabe and Ito); the baseline is black.
_COLORS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
_MARKS = "osD^vP*X"
_MAX_SECTIONS = 16
#: Tests that the first picture shows.
MAX_TESTS = 4
#: Times that differ more than so many times are drawn on a logarithmic axis.
_WIDE = 6


def available() -> bool:
    """Return whether matplotlib can be imported."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def style_of(arms: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return color and marker of each arm."""
    return {
        arm: {"color": _COLORS[i % len(_COLORS)], "marker": _MARKS[i % len(_MARKS)]}
        for i, arm in enumerate(arms)
    }


def draw_svg(
    width: float, height: float, rows: int, columns: int, draw: Callable[[Any], None]
) -> str:
    """Return a figure as SVG text; `draw` is called with the (rows, columns) array of axes."""
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


def whole_tests(report: Report) -> list[str]:
    """Return the tests that are not parts of others."""
    parts = {
        test for test in report.tests for whole in report.tests if test.startswith(f"{whole} ")
    }
    return [test for test in report.tests if test not in parts]


def curves(report: Report) -> str | None:
    """Draw scores over words and over seconds; None if no training was scored at milestones."""
    arms = {name: arm for name, arm in report.arms.items() if len(arm.curve) > 1}
    if not arms:
        return None
    style = style_of(report.arms)
    first = next(iter(arms.values())).curve[0]
    tests = [(kind, test) for kind in ("analogies", "similarity") for test in getattr(first, kind)]

    def draw(axes: Any) -> None:
        for row, (kind, test) in zip(axes, tests, strict=True):
            for name, arm in arms.items():
                points = [p for p in arm.curve if test in getattr(p, kind)]
                scores = [getattr(p, kind)[test] for p in points]
                line: dict[str, Any] = {"markersize": 4, "linewidth": 1.4, **style[name]}
                row[0].plot([p.tokens / 1e6 for p in points], scores, label=name, **line)
                row[1].plot([p.seconds for p in points], scores, label=name, **line)
            for axis, label in zip(row, ("million words", "seconds of training"), strict=True):
                axis.set_xlabel(label)
                axis.set_ylabel(test)
                axis.set_xlim(left=0)
        axes[0][0].legend(frameon=False, fontsize=8)

    return draw_svg(8.4, 2.7 * len(tests), len(tests), 2, draw)


def quality_over_time(report: Report) -> str | None:
    """Draw the score of each arm over its seconds, preparation included.

    None without tests, or if fewer than two of several arms have times.

    Bars show the standard deviation over seeds. Where trainings were scored at milestones, a line
    leads to the point.
    """
    tests = whole_tests(report)[:MAX_TESTS]
    timed = {
        name: seconds
        for name, arm in report.arms.items()
        if (seconds := arm.cost.total_seconds) is not None
    }
    if not tests or len(timed) < min(2, len(report.arms)):
        return None
    style = style_of(report.arms)
    columns = min(2, len(tests))
    rows = -(-len(tests) // columns)

    def draw(axes: Any) -> None:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        for axis in axes.ravel()[len(tests) :]:
            axis.set_visible(False)
        for axis, test in zip(axes.ravel(), tests, strict=False):
            for name, at in timed.items():
                arm = report.arms[name]
                score = arm.scores[test]
                spread = 0.0 if score.spread is None else score.spread
                axis.errorbar(
                    at, score.mean, spread, label=name, markersize=6, linewidth=1.4, capsize=2,
                    **style[name],
                )  # fmt: skip
                axis.annotate(
                    name, (at, score.mean), xytext=(6, 4), textcoords="offset points", fontsize=7.5
                )
                points = [p for p in arm.curve if test in {**p.analogies, **p.similarity}]
                axis.plot(
                    [p.seconds + (arm.cost.prepare_seconds or 0) for p in points],
                    [{**p.analogies, **p.similarity}[test] for p in points],
                    linewidth=1.0, color=style[name]["color"],
                )  # fmt: skip
            axis.set_xlabel("seconds")
            axis.set_ylabel(test)
            if max(timed.values()) > _WIDE * min(timed.values()):
                axis.set_xscale("log")
                axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
                axis.xaxis.set_minor_formatter(NullFormatter())
            else:
                axis.set_xlim(left=0)
            axis.margins(x=0.15, y=0.12)

    return draw_svg(9.6, 3.4 * rows, rows, columns, draw)


def sections(report: Report) -> str | None:
    """Draw the accuracy on each section of the first analogy file; None if there is none."""
    accuracies = {name: arm.sections for name, arm in report.arms.items()}
    first = accuracies[report.baseline]
    if not first:
        return None
    file = next(iter(first))
    titles = list(first[file])[:_MAX_SECTIONS]
    style = style_of(report.arms)
    height = 0.8 / len(accuracies)

    def draw(axes: Any) -> None:
        axis = axes[0][0]
        for index, (name, own) in enumerate(accuracies.items()):
            values = [own[file].get(title, 0) for title in titles]
            positions = [i + index * height for i in range(len(titles))]
            axis.barh(positions, values, height, label=name, color=style[name]["color"])
        axis.set_yticks([i + 0.4 - height / 2 for i in range(len(titles))], titles)
        axis.invert_yaxis()
        axis.margins(y=0.01)
        axis.set_xlabel("share of correct answers")
        axis.grid(axis="y", visible=False)
        axis.legend(frameon=False, fontsize=8, loc="lower right")

    return draw_svg(8.4, 0.6 + len(titles) * (0.14 * len(accuracies) + 0.12), 1, 1, draw)


def costs(report: Report) -> str | None:
    """Draw throughput, seconds and memory of each arm; None if fewer than two of several have times."""
    style = style_of(report.arms)
    names, figures, speeds, seconds = [], [], [], []
    for name, arm in report.arms.items():
        cost = arm.cost
        if cost.words_per_second is None or cost.seconds is None:
            continue
        names.append(name)
        figures.append(cost)
        speeds.append(cost.words_per_second / 1e6)
        seconds.append(cost.seconds)
    if len(names) < min(2, len(report.arms)):
        return None
    colors = [style[name]["color"] for name in names]
    panels = [("million words per second", speeds), ("seconds of training", seconds)]
    memory = [cost.peak_memory for cost in figures if cost.peak_memory is not None]
    if len(memory) == len(figures):
        panels.append(("peak memory, MB", [size / 2**20 for size in memory]))

    def draw(axes: Any) -> None:
        for axis, (label, values) in zip(axes[0], panels, strict=True):
            bars = axis.barh(range(len(names)), values, 0.7, color=colors)
            axis.bar_label(bars, fmt="{:,.3g}", padding=2, fontsize=8)
            axis.set_xlim(0, 1.25 * max(values))
            axis.set_yticks(range(len(names)), names if axis is axes[0][0] else [""] * len(names))
            axis.invert_yaxis()
            axis.set_xlabel(label)
            axis.grid(axis="y", visible=False)

    return draw_svg(8.4, 0.9 + 0.3 * len(names), 1, len(panels), draw)


def word_map(vectors: Mapping[str, tuple[list[str], npt.NDArray[np.float32]]]) -> str:
    """Draw the words of each arm on their first two principal components.

    Parameters
    ----------
    vectors : mapping
        Arm to words and their (words, d) float32 array of unit vectors, the same words for all.
    """
    columns = min(2, len(vectors))
    rows = -(-len(vectors) // columns)

    def draw(axes: Any) -> None:
        for axis in axes.ravel()[len(vectors) :]:
            axis.set_visible(False)
        for axis, (arm, (words, matrix)) in zip(axes.ravel(), vectors.items(), strict=False):
            points = principal_plane(matrix)
            axis.scatter(points[:, 0], points[:, 1], s=6, color="#0072b2")
            labels = _labels(points, words)
            for word, at, (offset, side) in zip(words, points, labels, strict=True):
                axis.annotate(
                    word,
                    at,
                    xytext=offset,
                    textcoords="offset points",
                    fontsize=6.5,
                    va="center",
                    ha=side,
                )
            axis.set_title(arm, fontsize=9)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.margins(x=0.22, y=0.06)

    return draw_svg(8.4, 4.6 * rows, rows, columns, draw)


def principal_plane(matrix: _Floats) -> _Floats:
    """Return the (n, 2) coordinates of (n, d) rows on their first two principal components.

    The sign of a component is chosen so that its largest coefficient is positive.
    """
    centered = matrix - matrix.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2, np.abs(axes[:2]).argmax(axis=1)].diagonal())[:, None]
    return np.asarray(centered @ axes.T)


def _labels(
    coordinates: _Floats, words: Sequence[str]
) -> list[tuple[tuple[float, float], Literal["left", "right"]]]:
    """Return for each word the offset of its label in points, and its horizontal alignment.

    Labels are positioned one by one, right or left of the point and then in growing steps up and
    down: at the first free position, or else where they overlap least.
    """
    sides: tuple[tuple[Literal["left", "right"], int], ...] = (("left", 1), ("right", -1))
    height, letter = 7.5, 3.7
    scale = np.array([225.0, 285.0]) / (np.ptp(coordinates, axis=0) + 1e-12)
    points = (coordinates - coordinates.min(axis=0)) * scale
    taken = [(x - 2, y - 2, x + 2, y + 2) for x, y in points]
    chosen = []
    for (x, y), word in zip(points, words, strict=True):
        best = None
        for step in (0, 0.8, -0.8, 1.4, -1.4, 2, -2, 3, -3, 4, -4):
            for side, sign in sides:
                edge = x + 4 * sign
                far = edge + letter * len(word) * sign
                middle = y + step * height
                low, high = min(edge, far), max(edge, far)
                box = (low, middle - height / 2, high, middle + height / 2)
                covered = sum(_overlap(box, other) for other in taken)
                if best is None or covered < best[0] - 1e-9:
                    best = (covered, box, (4.0 * sign, step * height), side)
            if best is not None and best[0] == 0:
                break
        assert best is not None
        taken.append(best[1])
        chosen.append((best[2], best[3]))
    return chosen


def _overlap(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    """Return the area of the intersection of two boxes (left, low, right, high)."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    return max(0.0, width) * max(0.0, height)
