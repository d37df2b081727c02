"""What the runs say: means, spreads, intervals, and differences that the data support.

Each test is a set of items (questions or pairs) answered by every run. One bootstrap resamples the
items, the same for all arms, and the seeds, each arm's own: its intervals cover both sources of
chance. A difference from the baseline is tested on the resampled differences, two-sided, and the
p-values of all differences of a comparison are corrected for their number (Holm).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from w2vneg.evaluation.statistics import holm, spearman

RESAMPLES = 2000
LEVEL = 0.05
_BLOCK = 100


def item_tests(runs: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the tests that the runs of an arm were put to.

    Returns
    -------
    dict
        Name to ``kind`` ("share" or "spearman"), ``values`` ((seeds, items) outcomes or cosines,
        NaN where an item was left out) and, for "spearman", ``ratings`` (items,).
    """
    tests: dict[str, dict[str, Any]] = {}
    items = [run["items"] for run in runs]
    for name, sections in items[0]["analogies"].items():
        kinds: dict[str, list[str]] = {"": list(sections)}
        for section, told in sections.items():
            kinds.setdefault(told["kind"], []).append(section)
        for kind, chosen in kinds.items():
            if kind and len(kinds) == 2:
                continue  # all questions are of one kind
            values = [
                _outcomes(
                    "".join(item["analogies"][name][section]["outcomes"] for section in chosen)
                )
                for item in items
            ]
            title = f"{name} {kind}" if kind else name
            tests[title] = {"kind": "share", "values": np.array(values)}
    for name, told in items[0]["similarity"].items():
        cosines = [
            [np.nan if c is None else c for c in item["similarity"][name]["cosines"]]
            for item in items
        ]
        tests[name] = {
            "kind": "spearman",
            "values": np.array(cosines, dtype=np.float64),
            "ratings": np.array(told["ratings"]),
        }
    return tests


def _outcomes(text: str) -> np.ndarray:
    codes = np.frombuffer(text.encode(), np.uint8)
    return np.where(codes == ord("-"), np.nan, codes == ord("1")).astype(np.float64)


def score_of(test: dict[str, Any], values: np.ndarray) -> float:
    """Return the score of one run: the share of right answers, or Spearman's correlation."""
    known = ~np.isnan(values)
    if test["kind"] == "share":
        return float(values[known].mean()) if known.any() else float("nan")
    if known.sum() < 3:
        return float("nan")
    return float(spearman(test["ratings"][known], values[known]))


def resampled(test: dict[str, Any], resamples: int, seed: int) -> np.ndarray:
    """Return the scores of each run on resampled items, (resamples, seeds).

    The same `seed` draws the same items, whatever the arm.
    """
    values = test["values"]
    seeds, count = values.shape
    rng = np.random.default_rng(seed)
    found = np.full((resamples, seeds), np.nan)
    known = ~np.isnan(values)
    if known.sum(axis=1).min() < (1 if test["kind"] == "share" else 3):
        return found
    filled = np.where(known, values, 0.0)
    for low in range(0, resamples, _BLOCK):
        height = min(_BLOCK, resamples - low)
        picks = rng.integers(0, count, (height, count))
        if test["kind"] == "share":
            weights = np.zeros((height, count), np.float32)
            np.add.at(weights, (np.arange(height)[:, None], picks), 1)
            right = weights @ filled.T.astype(np.float32)
            asked = weights @ known.T.astype(np.float32)
            found[low : low + height] = right / np.maximum(asked, 1)
            continue
        for run in range(seeds):
            if known[run].all():
                found[low : low + height, run] = spearman(
                    test["ratings"][picks], filled[run][picks]
                )
            else:
                for row, drawn in enumerate(picks):
                    kept = drawn[known[run][drawn]]
                    found[low + row, run] = spearman(test["ratings"][kept], filled[run][kept])
    return found


def _seed_means(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return, for each row, the mean of as many seeds drawn anew, (resamples,)."""
    resamples, seeds = scores.shape
    drawn = rng.integers(0, seeds, (resamples, seeds))
    return np.asarray(np.take_along_axis(scores, drawn, axis=1).mean(axis=1))


def analyse(
    runs: dict[str, list[dict[str, Any]]], baseline: str, resamples: int = RESAMPLES
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the scores of every arm on every test.

    Parameters
    ----------
    runs : dict
        Arm to its runs, as `w2vneg.comparison.worker` returns them.
    baseline : str
        The arm that others are compared with.
    resamples : int

    Returns
    -------
    dict
        Arm to test to ``mean``, ``spread`` (standard deviation over seeds, None for one), ``low``
        and ``high`` (95 % interval), ``seeds`` (the scores); for arms other than the baseline also
        ``difference``, ``difference_low``, ``difference_high``, ``p``, ``p_holm`` and ``supported``.
    """
    tests = {arm: item_tests(found) for arm, found in runs.items()}
    shared = [name for name in tests[baseline] if all(name in own for own in tests.values())]
    boots: dict[str, dict[str, np.ndarray]] = {arm: {} for arm in runs}
    told: dict[str, dict[str, dict[str, Any]]] = {arm: {} for arm in runs}
    for place, (arm, own) in enumerate(tests.items()):
        for number, name in enumerate(shared):
            test = own[name]
            scores = [score_of(test, row) for row in test["values"]]
            rng = np.random.default_rng([7, place, number])
            boots[arm][name] = _seed_means(resampled(test, resamples, number), rng)
            low, high = _interval(boots[arm][name])
            told[arm][name] = {
                "mean": float(np.mean(scores)),
                "spread": float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
                "low": low,
                "high": high,
                "seeds": scores,
            }
    compared = []
    for arm in runs:
        if arm == baseline:
            continue
        for name in shared:
            gap = boots[arm][name] - boots[baseline][name]
            entry = told[arm][name]
            entry["difference"] = entry["mean"] - told[baseline][name]["mean"]
            entry["difference_low"], entry["difference_high"] = _interval(gap)
            entry["p"] = two_sided(gap)
            compared.append(entry)
    for entry, adjusted in zip(compared, holm([e["p"] for e in compared]), strict=True):
        entry["p_holm"] = adjusted
        entry["supported"] = adjusted < LEVEL
    return told


def two_sided(gaps: np.ndarray) -> float:
    """Return the bootstrap p-value of differences against zero, never 0."""
    gaps = gaps[~np.isnan(gaps)]
    if len(gaps) == 0:
        return 1.0
    tail = min(np.sum(gaps <= 0), np.sum(gaps >= 0))
    return float(min(1.0, 2 * (tail + 1) / (len(gaps) + 1)))


def _interval(values: np.ndarray) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def cost(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return time, throughput and memory of an arm, means over its runs."""
    figures = [run["training"] for run in runs]
    seconds = [f["seconds"] for f in figures]
    return {
        "seconds": float(np.mean(seconds)),
        "seconds_spread": float(np.std(seconds, ddof=1)) if len(seconds) > 1 else None,
        "prepare_seconds": float(np.mean([f["prepare_seconds"] for f in figures])),
        "tokens": float(np.mean([f["tokens"] for f in figures])),
        "words_per_second": float(np.mean([f["tokens"] / f["seconds"] for f in figures])),
        "peak_memory": float(np.max([f["peak_memory"] for f in figures])),
    }
