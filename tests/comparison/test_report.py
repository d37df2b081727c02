"""The report: its JSON, its sentences, and its page."""

import dataclasses

import pytest

from w2vneg.comparison import ArmResult, Cost, Difference, Report, Score
from w2vneg.comparison.coverage import coverage_notes
from w2vneg.comparison.report import page, plots
from w2vneg.comparison.report.report import CorpusIdentity, Coverage, Machine, RunSummary
from w2vneg.comparison.run_result import Training

COST = Cost(1.0, None, 0.0, 10.0, 10.0, 1e6)
MACHINE = Machine("x", "x", 1, "x", "x", "x", "x")
TRAINING = Training(10, 1.0, 0.0, 2.0, 0, {"report": 1}, 1000, 0.1)


def arm(tests, pace=10.0, used=2):
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
            Coverage(used, 5, 5 - used),
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
        "used": 2,
        "items": 5,
        "unknown": 3,
        "beyond": 0,
        "zero": 0,
        "not_common": 0,
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


def test_page_shows_how_much_is_used():
    html = page.render(TWO, {}, {})
    assert html.count("<td>used</td><td>2 of 5</td><td>2 of 5</td>") == 1
    unequal = report(a=arm({"t": (0.5, None)}), b=arm({"t": (0.5, 0.0)}, used=4))
    assert unequal.used() == [("used by a", ["2 of 5"]), ("used by b", ["4 of 5"])]
    html = page.render(dataclasses.replace(unequal, notes=["<left out>"]), {}, {})
    assert "<td>used by b</td><td>4 of 5</td>" in html
    assert "<li>&lt;left out&gt;</li>" in html


def test_memory_is_left_out_where_the_system_does_not_tell():
    unknown = arm({"t": (0.5, None)})
    unknown = dataclasses.replace(unknown, cost=dataclasses.replace(unknown.cost, peak_memory=None))
    one = report(a=unknown)
    assert "<td>0.0</td>\n<td>-</td></tr>" in page.render(one, {}, {})
    assert "<td>1</td></tr>" in page.render(report(a=arm({"t": (0.5, None)})), {}, {})
    if plots.available():
        assert "peak memory" not in plots.costs(one)
        assert "seconds of training" in plots.costs(one)


def test_a_test_without_scored_items_has_no_score():
    empty = report(a=arm({"t": (float("nan"), None), "u": (0.5, None)}, used=0))
    assert "<td>a</td><td>-</td><td>0.500" in page.render(empty, {}, {})
    assert empty.summary() == ["On u no other arm has a higher mean than a."]


def test_notes_say_what_is_left_out():
    one = {"q": Coverage(2, 5, unknown=2, beyond=1), "p": Coverage(4, 5, zero=1)}
    assert coverage_notes({"a": one, "b": one}) == [
        "q: 3 of 5 skipped: 2 with an unknown word, 1 with a word beyond restrict_vocab=",
        "scored on less than half of q (2 of 5)",
        "p: 1 of 5 skipped: 1 with a zero vector",
    ]
    other = {"q": Coverage(5, 5), "p": one["p"]}
    notes = coverage_notes({"a": one, "b": other})
    assert notes[1] == "a: scored on less than half of q (2 of 5)"
    assert notes[2:] == [
        "p: 1 of 5 skipped: 1 with a zero vector",
        "the arms are not scored on the same items of q: common=True scores those that all can answer",
    ]
    assert coverage_notes({"a": {"q": Coverage(5, 5)}}) == []
