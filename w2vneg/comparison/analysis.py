"""Statistics of the runs: means, spreads, intervals, and significant differences.

Each test is a set of items (questions or word pairs) that every run answered. One bootstrap
resamples both the items (the same for all arms) and the seeds (independently per arm), so that its
intervals cover both sources of variation. A difference from the baseline is tested on the resampled
differences, two-sided, and the p-values of all differences of a comparison are corrected for their
number (Holm).
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import numpy as np
import numpy.typing as npt

from w2vneg.comparison.arms import Arm
from w2vneg.comparison.coverage import coverage, coverage_notes
from w2vneg.comparison.plan import Plan
from w2vneg.comparison.report.report import (
    ArmResult,
    CorpusIdentity,
    Cost,
    Difference,
    Machine,
    Report,
    RunSummary,
    Score,
)
from w2vneg.comparison.run_result import CurvePoint, RunResult
from w2vneg.comparison.runs import RunResults
from w2vneg.evaluation.statistics import holm, spearman
from w2vneg.samplers import settled
from w2vneg.version import __version__

RESAMPLES = 2000
LEVEL = 0.05
_BLOCK = 100

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ItemTest:
    """A test and the answers of the runs of one arm.

    Attributes
    ----------
    kind : {"share", "spearman"}
        How a score is made from answers.
    values : (seeds, items) float64 array
        Share: 1 correct, 0 wrong. Spearman: cosines. NaN where an item was skipped.
    ratings : (items,) float64 array
        Human ratings for Spearman; empty for shares.
    source : tuple of str
        Where its counts are in `RunResult.evaluation`.
    """

    kind: Literal["share", "spearman"]
    values: _Floats
    ratings: _Floats
    source: tuple[str, ...]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which items all runs can answer, (items,)."""
        return np.asarray((~np.isnan(self.values)).all(axis=0))

    @property
    def is_part(self) -> bool:
        """Whether its items are some of those of another test."""
        return self.source[0] == "analogies" and self.source[-1] != "total"

    @property
    def fewest(self) -> int:
        """The smallest number of items for which there is a score."""
        return 1 if self.kind == "share" else 3

    def score(self, values: _Floats) -> float:
        """Return the score of one run, given its (items,) values; NaN for too few items."""
        known = ~np.isnan(values)
        if known.sum() < self.fewest:
            return float("nan")
        if self.kind == "share":
            return float(values[known].mean())
        return float(spearman(self.ratings[known], values[known]))


def item_tests(runs: Sequence[RunResult]) -> dict[str, ItemTest]:
    """Return the tests of an arm's runs by name.

    Analogy files with questions of several kinds make one test for all questions, and one per kind.
    """
    tests: dict[str, ItemTest] = {}
    none = np.zeros(0)
    for name, sections in runs[0].items.analogies.items():
        kinds: dict[str, list[str]] = {"": list(sections)}
        for section, items in sections.items():
            kinds.setdefault(items.kind, []).append(section)
        for kind, chosen in kinds.items():
            if kind and len(kinds) == 2:
                continue  # all questions are of one kind
            values = [
                _outcomes(
                    "".join(run.items.analogies[name][section].outcomes for section in chosen)
                )
                for run in runs
            ]
            title = f"{name} {kind}" if kind else name
            source = ("analogies", name, kind or "total")
            tests[title] = ItemTest("share", np.array(values), none, source)
    for name, pairs in runs[0].items.similarity.items():
        cosines = [
            [np.nan if c is None else c for c in run.items.similarity[name].cosines] for run in runs
        ]
        # A file of questions may have the same name.
        title = f"{name} pairs" if name in tests else name
        tests[title] = ItemTest(
            "spearman",
            np.array(cosines, dtype=np.float64),
            np.array(pairs.ratings),
            ("similarity", name),
        )
    return tests


def _outcomes(text: str) -> _Floats:
    codes = np.frombuffer(text.encode(), np.uint8)
    return np.where(codes == ord("-"), np.nan, codes == ord("1")).astype(np.float64)


def resampled(test: ItemTest, resamples: int, seed: int) -> _Floats:
    """Return the score of each run on resampled items.

    Parameters
    ----------
    test : ItemTest
    resamples : int
    seed : int
        The same seed draws the same items, whatever the arm.

    Returns
    -------
    (resamples, seeds) float64 array
        NaN if a run has too few items for a score.
    """
    values, ratings = test.values, test.ratings
    seeds, count = values.shape
    rng = np.random.default_rng(seed)
    scores = np.full((resamples, seeds), np.nan)
    known = ~np.isnan(values)
    if known.sum(axis=1).min() < test.fewest:
        return scores
    filled = np.where(known, values, 0.0)
    for low in range(0, resamples, _BLOCK):
        height = min(_BLOCK, resamples - low)
        picks = rng.integers(0, count, (height, count))
        if test.kind == "share":
            weights = np.zeros((height, count), np.float32)
            np.add.at(weights, (np.arange(height)[:, None], picks), 1)
            correct = weights @ filled.T.astype(np.float32)
            answered = weights @ known.T.astype(np.float32)
            scores[low : low + height] = correct / np.maximum(answered, 1)
            continue
        for run in range(seeds):
            if known[run].all():
                scores[low : low + height, run] = spearman(ratings[picks], filled[run][picks])
            else:
                for row, drawn in enumerate(picks):
                    usable = drawn[known[run][drawn]]
                    if len(usable) > 1:
                        scores[low + row, run] = spearman(ratings[usable], filled[run][usable])
    return scores


def _seed_means(scores: _Floats, rng: np.random.Generator) -> _Floats:
    """Return the (resamples,) means of resampled seeds, given (resamples, seeds) scores."""
    resamples, seeds = scores.shape
    drawn = rng.integers(0, seeds, (resamples, seeds))
    return np.asarray(np.take_along_axis(scores, drawn, axis=1).mean(axis=1))


def analyze(
    runs: Mapping[str, Sequence[RunResult]],
    baseline: str,
    resamples: int = RESAMPLES,
    *,
    common: bool = False,
) -> dict[str, dict[str, Score]]:
    """Return the scores of every arm on every test, and the differences from the baseline.

    Parameters
    ----------
    runs : mapping
        Name of an arm to its runs, one per seed.
    baseline : str
        The arm that the others are compared with.
    resamples : int
        Bootstrap samples.
    common : bool
        Score only the items that all runs of all arms can answer.

    Returns
    -------
    dict
        Arm to test to `Score`; tests that not all arms have are left out.
    """
    tests = {arm: item_tests(own) for arm, own in runs.items()}
    shared = [name for name in tests[baseline] if all(name in own for own in tests.values())]
    known = {name: np.all([own[name].known for own in tests.values()], axis=0) for name in shared}
    samples: dict[str, dict[str, _Floats]] = {arm: {} for arm in runs}
    scores: dict[str, dict[str, Score]] = {arm: {} for arm in runs}
    for arm_index, (arm, own) in enumerate(tests.items()):
        for test_index, name in enumerate(shared):
            test = own[name]
            covered = coverage(runs[arm], test.source, test.known)
            if common:
                lost = int((test.known & ~known[name]).sum())
                covered = replace(covered, used=covered.used - lost, not_common=lost)
                test = replace(test, values=np.where(known[name], test.values, np.nan))
            values = [test.score(row) for row in test.values]
            rng = np.random.default_rng([7, arm_index, test_index])
            samples[arm][name] = _seed_means(resampled(test, resamples, test_index), rng)
            low, high = _interval(samples[arm][name])
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
            scores[arm][name] = Score(
                float(np.mean(values)),
                spread,
                low,
                high,
                values,
                coverage=covered,
            )
    compared = [(arm, name) for arm in runs if arm != baseline for name in shared]
    gaps = [samples[arm][name] - samples[baseline][name] for arm, name in compared]
    p_values = [two_sided(gap) for gap in gaps]
    for (arm, name), gap, p, p_holm in zip(compared, gaps, p_values, holm(p_values), strict=True):
        value = scores[arm][name].mean - scores[baseline][name].mean
        difference = Difference(value, *_interval(gap), p, p_holm, p_holm < LEVEL)
        scores[arm][name] = replace(scores[arm][name], difference=difference)
    return scores


def two_sided(gaps: _Floats) -> float:
    """Return the two-sided bootstrap p-value of (resamples,) differences from zero, never 0."""
    gaps = gaps[~np.isnan(gaps)]
    if len(gaps) == 0:
        return 1.0
    tail = min(np.sum(gaps <= 0), np.sum(gaps >= 0))
    return float(min(1.0, 2 * (tail + 1) / (len(gaps) + 1)))


def _interval(values: _Floats) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def cost(runs: Sequence[RunResult]) -> Cost:
    """Return the time, throughput and memory of an arm, given its runs."""
    figures = [run.training for run in runs]
    if figures[0].ranks is not None:
        return Cost(None, None, None, float(np.mean([f.tokens for f in figures])), None, None)
    seconds = [f.seconds for f in figures]
    memory = [f.peak_memory for f in figures if f.peak_memory is not None]
    return Cost(
        seconds=float(np.mean(seconds)),
        seconds_spread=float(np.std(seconds, ddof=1)) if len(seconds) > 1 else None,
        prepare_seconds=float(np.mean([f.prepare_seconds for f in figures])),
        tokens=float(np.mean([f.tokens for f in figures])),
        words_per_second=float(np.mean([f.tokens / f.seconds for f in figures])),
        peak_memory=float(max(memory)) if memory else None,
    )


def section_means(runs: Sequence[RunResult]) -> dict[str, dict[str, float]]:
    """Return the mean accuracy on each section of each analogy file, unanswered ones excluded."""
    means: dict[str, dict[str, float]] = {}
    for name, sections in runs[0].items.analogies.items():
        means[name] = {}
        for section, items in sections.items():
            if items.total:
                shares = [run.items.analogies[name][section].correct / items.total for run in runs]
                means[name][section] = sum(shares) / len(shares)
    return means


def mean_curve(runs: Sequence[RunResult]) -> list[CurvePoint]:
    """Return the learning curve of an arm: means over its runs."""

    def mean_scores(parts: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
        means: dict[str, float | None] = {}
        for name in parts[0]:
            values = [v for part in parts if (v := part.get(name)) is not None]
            if len(values) == len(parts):
                means[name] = sum(values) / len(values)
        return means

    return [
        CurvePoint(
            sum(p.share for p in points) / len(points),
            sum(p.seconds for p in points) / len(points),
            sum(p.tokens for p in points) / len(points),
            mean_scores([p.analogies for p in points]),
            mean_scores([p.similarity for p in points]),
        )
        for points in zip(*(run.curve for run in runs), strict=False)
    ]


def make_report(
    plan: Plan,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    results: RunResults,
    command: str = "",
    notes: Sequence[str] = (),
    *,
    common: bool = False,
) -> Report:
    """Return the report of a comparison.

    Parameters
    ----------
    plan : Plan
    arms : sequence of Arm
        The baseline first.
    seeds : sequence of int
    results : RunResults
    command : str
        The command line.
    notes : sequence of str
        What is left out of the test sets.
    common : bool
        Score only the items that all runs of all arms can answer.
    """
    scores = analyze(results.by_arm, arms[0].name, common=common)
    tests = item_tests(results.by_arm[arms[0].name])
    whole = [name for name in scores[arms[0].name] if not tests[name].is_part]
    covered = {arm: {test: own[test].coverage for test in whole} for arm, own in scores.items()}
    arm_results = {}
    run_summaries = []
    for arm in arms:
        runs = results.by_arm[arm.name]
        options = arm.options
        if arm.tool == "w2vneg":
            options = settled(arm.config(seeds[0]), plan.tokens).to_dict()
        arm_results[arm.name] = ArmResult(
            tool=arm.tool,
            options=options,
            changed=arm.options,
            cost=cost(runs),
            scores=scores[arm.name],
            sections=section_means(runs),
            curve=mean_curve(runs),
            sampler=[run.training.sampler for run in runs],
            ranks=runs[0].training.ranks,
        )
        for index, (seed, run) in enumerate(zip(seeds, runs, strict=True)):
            own = {test: score.seeds[index] for test, score in scores[arm.name].items()}
            run_summaries.append(RunSummary(arm.name, seed, run.training, own))
    return Report(
        tool=f"w2vneg {__version__}",
        command=command,
        baseline=arms[0].name,
        equal_time=results.budget,
        seeds=list(seeds),
        corpus=CorpusIdentity(plan.corpus, plan.fingerprint),
        machine=_machine(),
        arms=arm_results,
        runs=run_summaries,
        notes=[*notes, *coverage_notes(covered)],
    )


def _machine() -> Machine:
    return Machine(
        system=platform.platform(),
        processor=platform.processor() or platform.machine(),
        cpus=os.cpu_count(),
        python=sys.version.split()[0],
        numpy=version("numpy"),
        numba=version("numba"),
        gensim=_version_or_none("gensim"),
    )


def _version_or_none(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
