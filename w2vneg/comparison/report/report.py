"""The result of a comparison: scores with intervals, differences, costs, and how they were made."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from w2vneg.comparison.run_result import CurvePoint, Training


@dataclass(frozen=True)
class Difference:
    """Difference between the mean scores of an arm and of the baseline.

    Attributes
    ----------
    value : float
        Mean of the arm minus mean of the baseline.
    low, high : float
        95 % interval, bootstrapped over items and seeds.
    p, p_holm : float
        Two-sided p-value, uncorrected and corrected for all differences of the report (Holm).
    supported : bool
        Whether the difference is significant: `p_holm` is less than 0.05.
    """

    value: float
    low: float
    high: float
    p: float
    p_holm: float
    supported: bool


@dataclass(frozen=True)
class Coverage:
    """How much of a test an arm is scored on.

    Attributes
    ----------
    used, items : int
        Questions or pairs that are scored in every run, and all of the test.
    unknown, beyond, zero : int
        Items left out because of an unknown word, a word beyond the restricted vocabulary, or a zero
        vector (in the first run).
    not_common : int
        Items left out because another arm cannot answer them.
    """

    used: int = 0
    items: int = 0
    unknown: int = 0
    beyond: int = 0
    zero: int = 0
    not_common: int = 0

    def __str__(self) -> str:
        return f"{self.used} of {self.items}"


@dataclass(frozen=True)
class Score:
    """Score of an arm on one test.

    Attributes
    ----------
    mean : float
        Over seeds: accuracy, or Spearman's correlation.
    spread : float or None
        Standard deviation over seeds; None for a single seed.
    low, high : float
        95 % interval of the mean, bootstrapped over items and seeds.
    seeds : list of float
        The score of each seed.
    difference : Difference or None
        From the baseline; None for the baseline itself.
    coverage : Coverage
    """

    mean: float
    spread: float | None
    low: float
    high: float
    seeds: list[float]
    difference: Difference | None = None
    coverage: Coverage = Coverage()

    def to_json(self) -> dict[str, Any]:
        """Return the score, the coverage and the difference if there is one, as one flat dict."""
        values = asdict(self)
        values |= values.pop("coverage")
        gap = values.pop("difference")
        if gap is not None:
            values["difference"] = gap.pop("value")
            values |= {"difference_low": gap.pop("low"), "difference_high": gap.pop("high"), **gap}
        return values


@dataclass(frozen=True)
class Cost:
    """Time and memory of an arm: means over its runs; for memory, the maximum.

    All but `tokens` is None for simulated ranks, whose times and memory are not those of machines.

    Attributes
    ----------
    seconds, seconds_spread : float or None
        Training time, and its standard deviation over seeds (None for a single seed).
    prepare_seconds : float or None
        Time to prepare the sampler.
    tokens : float
        Words read.
    words_per_second : float or None
        Words read per second of training.
    peak_memory : float or None
        In bytes; None where the system does not tell.
    """

    seconds: float | None
    seconds_spread: float | None
    prepare_seconds: float | None
    tokens: float
    words_per_second: float | None
    peak_memory: float | None

    @property
    def total_seconds(self) -> float | None:
        """Seconds of training and preparation."""
        if self.seconds is None or self.prepare_seconds is None:
            return None
        return self.seconds + self.prepare_seconds

    def times_as_long(self, other: Cost) -> float | None:
        """Return the time per word over that of another arm; None if either is not known."""
        if self.words_per_second is None or other.words_per_second is None:
            return None
        return other.words_per_second / self.words_per_second


@dataclass(frozen=True)
class ArmResult:
    """All results of one arm.

    Attributes
    ----------
    tool : {"w2vneg", "gensim"}
    options : dict
        All training options, with the first seed (gensim: those that were given).
    changed : dict
        The options that differ from their defaults.
    cost : Cost
    scores : dict
        Test to `Score`.
    sections : dict
        Analogy file to section to mean accuracy.
    curve : list of CurvePoint
        Means over the runs; empty unless the trainings were scored at milestones.
    sampler : list of dict
        What the sampler reports about its draws, for each run.
    ranks : dict or None
        Where ranks were simulated: how many, by which rule and rate they kept in step, and the
        bytes that they would have sent in all. None without ranks.
    """

    tool: str
    options: dict[str, Any]
    changed: dict[str, Any]
    cost: Cost
    scores: dict[str, Score]
    sections: dict[str, dict[str, float]]
    curve: list[CurvePoint]
    sampler: list[dict[str, Any]]
    ranks: dict[str, Any] | None = None

    @property
    def words_each(self) -> float:
        """Words that each rank read, over all epochs."""
        return self.cost.tokens / (self.ranks["ranks"] if self.ranks else 1)

    def to_json(self) -> dict[str, Any]:
        """Return the results as dicts, lists, strings and numbers."""
        return {
            **asdict(self),
            "scores": {test: score.to_json() for test, score in self.scores.items()},
        }


@dataclass(frozen=True)
class RunSummary:
    """One run: its arm, its seed, the figures of its training, and its score on each test."""

    arm: str
    seed: int
    training: Training
    scores: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return the run as one flat dict, without the sampler's report."""
        figures = self.training.to_json()
        del figures["sampler"]
        if self.training.ranks is not None:  # times and memory are not those of machines
            timed = ("seconds", "prepare_seconds", "encode_seconds", "peak_memory")
            figures |= dict.fromkeys(timed)
        return {"arm": self.arm, "seed": self.seed, **figures, "scores": self.scores}


@dataclass(frozen=True)
class Machine:
    """Where a comparison ran: system, processor, number of processors, versions.

    `gensim` is None where it is not installed.
    """

    system: str
    processor: str
    cpus: int | None
    python: str
    numpy: str
    numba: str
    gensim: str | None


@dataclass(frozen=True)
class CorpusIdentity:
    """The corpus of a comparison: its files, and the fingerprint of the encoded text."""

    files: list[str]
    fingerprint: str


@dataclass(frozen=True)
class Report:
    """Result of `w2vneg.comparison.compare`.

    Attributes
    ----------
    tool : str
        Name and version.
    command : str
        The command line; empty if there is none.
    baseline : str
        Name of the arm that the others are compared with.
    equal_time : float or None
        Seconds that each other arm of w2vneg was trained for; None: equal epochs.
    seeds : list of int
    corpus : CorpusIdentity
    machine : Machine
    arms : dict
        Name to `ArmResult`, the baseline first.
    runs : list of RunSummary
    notes : list of str
        What is left out: files, lines, questions and pairs.
    """

    tool: str
    command: str
    baseline: str
    equal_time: float | None
    seeds: list[int]
    corpus: CorpusIdentity
    machine: Machine
    arms: dict[str, ArmResult]
    runs: list[RunSummary]
    notes: list[str] = field(default_factory=list)

    @property
    def tests(self) -> list[str]:
        """Names of the tests that all arms have a score on."""
        return list(self.arms[self.baseline].scores)

    def to_json(self) -> dict[str, Any]:
        """Return the report as dicts, lists, strings and numbers, which may be NaN."""
        return {
            **asdict(self),
            "arms": {name: arm.to_json() for name, arm in self.arms.items()},
            "runs": [run.to_json() for run in self.runs],
        }

    def used(self) -> list[tuple[str, list[str]]]:
        """Return how much of each test is scored: one row for all arms if it is the same."""
        rows = {
            f"used by {name}": [str(arm.scores[test].coverage) for test in self.tests]
            for name, arm in self.arms.items()
        }
        one, *others = rows.values()
        return list(rows.items()) if any(row != one for row in others) else [("used", one)]

    def summary(self) -> list[str]:
        """Return the conclusions, one sentence each."""
        base = self.arms[self.baseline].cost
        lines = []
        # The first test of which all arms have a score.
        for main in self.tests:
            means = {name: arm.scores[main].mean for name, arm in self.arms.items()}
            if any(math.isnan(mean) for mean in means.values()):
                continue
            best = max(means, key=means.__getitem__)
            lines.append(
                f"On {main} no other arm has a higher mean than {self.baseline}."
                if best == self.baseline
                else f"On {main} {best} has the highest mean, {means[best]:.3f}; "
                f"{self.baseline} has {means[self.baseline]:.3f}."
            )
            break
        for name, arm in self.arms.items():
            if name == self.baseline:
                continue
            gaps = {test: s.difference for test, s in arm.scores.items() if s.difference}
            supported = {test: gap.value for test, gap in gaps.items() if gap.supported}
            better = ", ".join(test for test, value in supported.items() if value > 0)
            worse = ", ".join(test for test, value in supported.items() if value < 0)
            parts = [f"better on {better}"] if better else []
            parts += [f"worse on {worse}"] if worse else []
            verdict = "; ".join(parts) or "no significant difference"
            pace = arm.cost.times_as_long(base)
            if arm.ranks is not None:
                verdict += f"; {arm.words_each / 1e6:.1f} million words a rank"
            elif pace is not None:
                verdict += f"; {pace:.2f} times as long per word"
            lines.append(f"{name} against {self.baseline}: {verdict}.")
        return lines
