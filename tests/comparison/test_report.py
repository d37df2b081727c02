"""The report: its JSON, its sentences, and its page."""

import dataclasses

import pytest

from w2vneg.comparison import ArmResult, Cost, Difference, Report, Score
from w2vneg.comparison.report import page
from w2vneg.comparison.report.report import CorpusIdentity, Machine, RunSummary
from w2vneg.comparison.run_result import Training

COST = Cost(1.0, None, 0.0, 10.0, 10.0, 1e6)
MACHINE = Machine("x", "x", 1, "x", "x", "x", "x")
TRAINING = Training(10, 1.0, 0.0, 2.0, 0, {"report": 1}, 1000, 0.1)


def arm(tests, pace=10.0):
    """An arm with a mean and a difference from the baseline on each test."""
    scores = {
        test: Score(
            mean,
            None,
            mean - 0.1,
            mean + 0.1,
            [mean],
            None
            if gap is None
            else Difference(gap, gap - 0.1, gap + 0.1, 0.01, 0.02, abs(gap) > 0.1),
        )
        for test, (mean, gap) in tests.items()
    }
    cost = dataclasses.replace(COST, words_per_second=pace)
    return ArmResult("w2vneg", {}, {"epochs": 2}, cost, scores, {}, [], [{}])


def report(**arms):
    base = next(iter(arms))
    runs = [RunSummary(base, 1, TRAINING, {"t": 0.5})]
    identity = CorpusIdentity(["/folder/<b>.txt"], "0123456789abcdef0123")
    return Report("w2vneg", "<script>", base, None, [1], identity, MACHINE, arms, runs)


TWO = report(
    base=arm({"t": (0.5, None), "u": (0.5, None), "v": (0.5, None)}),
    other=arm({"t": (0.7, 0.2), "u": (0.3, -0.2), "v": (0.55, 0.05)}, pace=5.0),
)


def test_json_is_flat_where_it_was_nested():
    data = TWO.to_json()
    assert data["arms"]["other"]["scores"]["t"] == {
        "mean": 0.7,
        "spread": None,
        "low": pytest.approx(0.6),
        "high": pytest.approx(0.8),
        "seeds": [0.7],
        "difference": 0.2,
        "difference_low": 0.1,
        "difference_high": pytest.approx(0.3),
        "p": 0.01,
        "p_holm": 0.02,
        "supported": True,
    }
    assert "difference" not in data["arms"]["base"]["scores"]["t"]
    (run,) = data["runs"]
    assert run["tokens"] == 10
    assert "sampler" not in run


def test_summary_names_supported_differences_only():
    assert TWO.summary() == [
        "On t other has the highest mean, 0.700; base has 0.500.",
        "other against base: better on t; worse on u; 2.00 times as long per word.",
    ]
    equal = report(a=arm({"t": (0.5, None)}), b=arm({"t": (0.45, -0.05)}))
    assert equal.summary() == [
        "On t no other arm has a higher mean than a.",
        "b against a: no significant difference; 1.00 times as long per word.",
    ]


def test_page_shows_the_numbers_of_the_report():
    html = page.render(TWO, {}, {})
    for text in ("0.700", "+0.200 [+0.100, +0.300]", "-0.200 [", 'class="range up"', "--epochs 2"):
        assert text in html
    assert html.count('class="range down"') == html.count('class="range even"') == 1
    assert "0123456789abcdef<" not in html
    assert "(fingerprint 0123456789abcdef)" in html
    assert "$" not in html


def test_page_omits_sections_without_content():
    bare = page.render(TWO, {"curves": None}, {})
    full = page.render(
        TWO,
        {name: f"<svg>{name}</svg>" for name in ("curves", "sections", "costs", "map")},
        {"word": {"base": ["near"], "other": ["far"]}},
    )
    for heading in ("Learning curves", "Analogies by section", "Maps", "Nearest words"):
        assert heading not in bare
        assert heading in full
    assert "need matplotlib" in bare
    assert "need matplotlib" not in full
    assert full.count("<section") == full.count("</section>") == 7
    assert bare.count("<section") == bare.count("</section>") == 3


def test_page_escapes_names_and_words():
    html = page.render(report(a=arm({"<u>": (0.5, None)})), {}, {"<i>": {"<a>": ["&"]}})
    for markup in ("<script>", "<b>.txt", "<u>", "<i>", "<a>"):
        assert markup not in html
    assert "&lt;i&gt;" in html
    assert "&amp;" in html
