"""The plot of quality over ranks: what the division of a training does to the vectors."""

from __future__ import annotations

from typing import Any

from w2vneg.comparison.ranks import series_of
from w2vneg.comparison.report.plots import MAX_TESTS, draw_svg, style_of, whole_tests
from w2vneg.comparison.report.report import Report


def quality_over_ranks(report: Report) -> str | None:
    """Draw the score of each arm over its ranks, a line for arms that differ in nothing else.

    Bars show the standard deviation over seeds. None where no line has two points.
    """
    lines: dict[str, list[tuple[int, str]]] = {}
    for name in report.arms:
        found = series_of(name)
        if found is not None:
            lines.setdefault(found[0], []).append((found[1], name))
    tests = whole_tests(report)[:MAX_TESTS]
    if not tests or not any(len(points) > 1 for points in lines.values()):
        return None
    style = style_of(lines)
    columns = min(2, len(tests))
    rows = -(-len(tests) // columns)
    numbers = sorted({ranks for points in lines.values() for ranks, _ in points})

    def draw(axes: Any) -> None:
        for axis in axes.ravel()[len(tests) :]:
            axis.set_visible(False)
        for axis, test in zip(axes.ravel(), tests, strict=False):
            for label, points in lines.items():
                scores = [report.arms[name].scores[test] for _, name in sorted(points)]
                axis.errorbar(
                    [ranks for ranks, _ in sorted(points)],
                    [score.mean for score in scores],
                    [score.spread or 0.0 for score in scores],
                    label=label, markersize=5, linewidth=1.4, capsize=2, **style[label],
                )  # fmt: skip
            axis.set_xscale("log", base=2)
            axis.set_xticks(numbers, [str(number) for number in numbers])
            axis.minorticks_off()
            axis.set_xlabel("ranks")
            axis.set_ylabel(test)
            axis.margins(x=0.08, y=0.12)
        if len(lines) > 1:
            axes[0][0].legend(frameon=False, fontsize=8)

    return draw_svg(9.6, 3.0 * rows, rows, columns, draw)
