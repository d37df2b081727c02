"""Samplers against each other: the same corpus trained in several ways, scored and compared.

`compare` does it all and returns a `Report`. Each pair of an arm (a way to train) and a seed is a
run in a process of its own; results of finished runs are reused. Names other than `compare` are
imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# Imported now, which costs nothing: the module of the same name becomes an attribute of this
# package once it is loaded, and this line replaces it by the function for good.
from w2vneg.comparison.compare import compare

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

_HOMES = {
    "Arm": "arms",
    "ArmResult": "report.report",
    "Cost": "report.report",
    "Difference": "report.report",
    "Report": "report.report",
    "RunFailed": "runs",
    "RunResult": "run_result",
    "Score": "report.report",
    "make_arms": "arms",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
