"""Comparison of samplers: train on the same corpus in several ways, score, and test differences.

`compare` does all of it and returns a `Report`. Each pair of an arm (a way to train) and a seed is
a run in a separate process; results of finished runs are reused. Names other than `compare` are
imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# Imported eagerly, which is cheap. Loading the submodule `compare` makes it an attribute of this
# package; this import then rebinds the name to the function.
from w2vneg.comparison.compare import compare
from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.comparison.arms import Arm, make_arms
    from w2vneg.comparison.report.report import ArmResult, Cost, Difference, Report, Score
    from w2vneg.comparison.run_result import RunResult
    from w2vneg.comparison.runs import RunFailed

__all__ = [
    "Arm",
    "ArmResult",
    "Cost",
    "Difference",
    "Report",
    "RunFailed",
    "RunResult",
    "Score",
    "compare",
    "make_arms",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Arm": "arms",
        "ArmResult": "report.report",
        "Cost": "report.report",
        "Difference": "report.report",
        "Report": "report.report",
        "RunFailed": "runs",
        "RunResult": "run_result",
        "Score": "report.report",
        "make_arms": "arms",
    },
)
