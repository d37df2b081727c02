"""How much of each test the arms of a comparison are scored on, and notes on what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.comparison.report.report import Coverage
from w2vneg.comparison.run_result import RunResult
from w2vneg.evaluation.coverage import listed
from w2vneg.system.option_names import named


def coverage(
    runs: Sequence[RunResult], source: Sequence[str], known: npt.NDArray[np.bool_]
) -> Coverage:
    """Return the coverage of a test.

    Parameters
    ----------
    runs : sequence of RunResult
        Of one arm.
    source : sequence of str
        Where the counts of the test are in `RunResult.evaluation`: ``("similarity", name)`` or
        ``("analogies", name, kind)``.
    known : (items,) bool array
        Which items all runs can answer.
    """
    counts: Any = runs[0].evaluation
    for name in source:
        counts = counts.get(name, {}) if isinstance(counts, dict) else {}

    def count(name: str) -> int:
        found = counts.get(name, 0)
        return found if isinstance(found, int) else 0

    return Coverage(
        used=int(known.sum()),
        items=len(known),
        unknown=count("unknown") + count("missing"),
        beyond=count("beyond"),
        zero=count("zero"),
    )


def coverage_notes(by_arm: Mapping[str, Mapping[str, Coverage]]) -> list[str]:
    """Return one line for each test of which items are left out.

    Parameters
    ----------
    by_arm : mapping
        Name of an arm to test to coverage. Arms of equal coverage share their lines.
    """
    lines: dict[str, list[str]] = {}
    for arm, tests in by_arm.items():
        for test, own in tests.items():
            for line in _lines(test, own):
                lines.setdefault(line, []).append(arm)
    found = [
        line if len(arms) == len(by_arm) else f"{listed(arms)}: {line}"
        for line, arms in lines.items()
    ]
    one, *others = by_arm.values()
    differ = [test for test in one if any(other.get(test) != one[test] for other in others)]
    if differ:
        found.append(
            f"the arms are not scored on the same items of {listed(differ)}: "
            f"{named('common', True)} scores those that all can answer"
        )
    return found


def _lines(test: str, own: Coverage) -> list[str]:
    reasons = {
        "with an unknown word": own.unknown,
        f"with a word beyond {named('restrict_vocab')}": own.beyond,
        "with a zero vector": own.zero,
        "that another arm cannot answer": own.not_common,
    }
    given = ", ".join(f"{count} {why}" for why, count in reasons.items() if count)
    lines = [f"{test}: {own.items - own.used} of {own.items} skipped: {given}"] if given else []
    if 2 * own.used < own.items:
        lines.append(f"scored on less than half of {test} ({own})")
    return lines
