"""Statistics of runs with known chances of correct answers."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import spearmanr

from w2vneg.comparison import analysis
from w2vneg.comparison.run_result import (
    CurvePoint,
    Items,
    PairItems,
    RunResult,
    SectionItems,
    Training,
)


def make_run(items=None, curve=(), seconds=2.0, tokens=100):
    training = Training(tokens, seconds, 0.5, 1.0, 0, {}, 1000 * tokens, 0.1)
    return RunResult("", training, {}, items or Items({}, {}), list(curve))


def make_runs(shares, items=400, seed=0, missing=0, rated=True):
    """Runs with these chances of correct answers, and cosines that follow ratings as closely."""
    rng = np.random.default_rng(seed)
    ease = np.random.default_rng(99).normal(0, 0.2, items)
    ratings = np.random.default_rng(98).normal(size=60)
    runs = []
    for share in shares:
        correct = (rng.random(items) < share + ease).astype(int)
        outcomes = "".join(map(str, correct))
        outcomes = "-" * missing + outcomes[missing:]
        cosines = (ratings * share + rng.normal(0, 0.6, 60)).tolist()
        sections = {
            "capitals": SectionItems("semantic", outcomes[:200]),
            "gram1": SectionItems("syntactic", outcomes[200:]),
        }
        pairs = PairItems(ratings.tolist(), [None, *cosines[1:]])
        runs.append(make_run(Items({"questions": sections}, {"pairs": pairs} if rated else {})))
    return runs


def test_means_and_spreads_skip_unknown_items():
    runs = make_runs([0.5, 0.5, 0.5], missing=7)
    scores = analysis.analyze({"a": runs}, "a", resamples=400)["a"]
    assert list(scores) == ["questions", "questions semantic", "questions syntactic", "pairs"]
    texts = ["".join(s.outcomes for s in r.items.analogies["questions"].values()) for r in runs]
    shares = [text.count("1") / (400 - 7) for text in texts]
    score = scores["questions"]
    assert score.seeds == pytest.approx(shares)
    assert score.mean == pytest.approx(np.mean(shares))
    assert score.spread == pytest.approx(np.std(shares, ddof=1))
    assert score.low < score.mean < score.high
    pairs = runs[0].items.similarity["pairs"]
    expected = spearmanr(pairs.ratings[1:], pairs.cosines[1:])[0]
    assert scores["pairs"].seeds[0] == pytest.approx(expected)


def test_resamples_without_known_pairs_have_no_score():
    cosines = np.array([[0.1, 0.5, 0.9, *[np.nan] * 9]])
    test = analysis.ItemTest("spearman", cosines, np.arange(12.0), ("similarity", "s"))
    scores = analysis.resampled(test, 300, 0)
    assert np.isnan(scores).any()
    assert np.nanmax(scores) == pytest.approx(1)


def test_common_scores_what_all_arms_can_answer():
    def arm(text, *cosines):
        sections = {"x": SectionItems("other", text)}
        return [
            make_run(Items({"q": sections}, {"p": PairItems([1.0, 2.0, 3.0, 4.0], list(cosines))}))
        ]

    runs = {"a": arm("1100", 0.1, 0.2, 0.3, 0.4), "b": arm("-101", 0.4, None, 0.2, 0.1)}
    apart = analysis.analyze(runs, "a", 50)
    assert (apart["a"]["q"].mean, apart["b"]["q"].mean) == (0.5, pytest.approx(2 / 3))
    assert (apart["a"]["q"].coverage.used, apart["b"]["q"].coverage.used) == (4, 3)
    same = analysis.analyze(runs, "a", 50, common=True)
    assert (same["a"]["q"].mean, same["b"]["q"].mean) == (
        pytest.approx(1 / 3),
        pytest.approx(2 / 3),
    )
    for name in ("q", "p"):
        assert same["a"][name].coverage.used == same["b"][name].coverage.used == 3
        assert same["a"][name].coverage.not_common == 1
        assert same["b"][name].coverage.not_common == 0
    assert same["a"]["p"].mean == pytest.approx(1)


def test_questions_and_pairs_of_one_name_are_two_tests():
    items = Items(
        {"a": {"x": SectionItems("other", "10")}},
        {"a": PairItems([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])},
    )
    assert list(analysis.item_tests([make_run(items)])) == ["a", "a pairs"]


@pytest.mark.slow
def test_only_a_clear_difference_is_supported():
    runs = {
        "base": make_runs([0.5] * 3),
        "same": make_runs([0.5] * 3, seed=1),
        "better": make_runs([0.75] * 3, seed=2),
    }
    scores = analysis.analyze(runs, "base", resamples=1000)
    assert scores["base"]["questions"].difference is None
    better, same = (scores[arm]["questions"].difference for arm in ("better", "same"))
    assert better.supported
    assert better.low > 0.1
    assert better.value == pytest.approx(
        scores["better"]["questions"].mean - scores["base"]["questions"].mean
    )
    assert not same.supported
    assert same.low < 0 < same.high
    for arm in ("same", "better"):
        for score in scores[arm].values():
            assert score.difference.p_holm >= score.difference.p > 0


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_declared():
    """Forty comparisons of equals: the two-sided test at .05, before correction."""
    alarms = 0
    for seed in range(40):
        runs = {
            "a": make_runs([0.5] * 4, seed=2 * seed, rated=False),
            "b": make_runs([0.5] * 4, seed=2 * seed + 1, rated=False),
        }
        scores = analysis.analyze(runs, "a", resamples=300)
        alarms += scores["b"]["questions"].difference.p < 0.05
    assert alarms <= 7  # the binomial law allows more with probability 0.001


def test_costs_are_means_and_peak_memory_a_maximum():
    cost = analysis.cost([make_run(), make_run(seconds=4.0, tokens=300)])
    assert (cost.seconds, cost.tokens) == (3.0, 200)
    assert cost.seconds_spread == pytest.approx(2**0.5)
    assert cost.words_per_second == pytest.approx((100 / 2 + 300 / 4) / 2)
    assert cost.peak_memory == 300_000
    assert analysis.cost([make_run()]).seconds_spread is None
    unknown = dataclasses.replace(
        make_run(), training=dataclasses.replace(make_run().training, peak_memory=None)
    )
    assert analysis.cost([unknown]).peak_memory is None
    assert analysis.cost([unknown, make_run()]).peak_memory == 100_000


def test_section_means_omit_unanswered_sections():
    def run(outcomes):
        sections = {
            "known": SectionItems("semantic", outcomes),
            "unknown": SectionItems("semantic", "--"),
        }
        return make_run(Items({"questions": sections}, {}))

    assert analysis.section_means([run("1-00"), run("1-11")]) == {
        "questions": {"known": pytest.approx((1 / 3 + 1) / 2)}
    }


def test_curves_are_means_over_runs():
    one = CurvePoint(0.5, 1.0, 10, {"questions": 0.2}, {"pairs": None})
    two = CurvePoint(0.5, 3.0, 10, {"questions": 0.4}, {"pairs": 0.1})
    (point,) = analysis.mean_curve([make_run(curve=[one]), make_run(curve=[two])])
    assert (point.share, point.seconds, point.tokens) == (0.5, 2.0, 10)
    assert point.analogies == {"questions": pytest.approx(0.3)}
    assert point.similarity == {}, "a test without a score in some run has no mean"
