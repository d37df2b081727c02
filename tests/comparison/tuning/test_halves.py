"""Every test item is in exactly one half, and the halves are scored as the whole is."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from w2vneg.comparison.run_result import Items, PairItems, SectionItems
from w2vneg.comparison.tuning.halves import half_scores, objective


def items(*sections, pairs=0, unknown=()):
    rng = np.random.default_rng(4)
    ratings = rng.random(pairs).tolist()
    cosines = [None if i in unknown else x + 0.1 * rng.random() for i, x in enumerate(ratings)]
    named = {f"s{n}": SectionItems("other", text) for n, text in enumerate(sections)}
    return Items({"questions": named}, {"rated": PairItems(ratings, cosines)} if pairs else {})


def test_sections_are_cut_in_the_middle_by_turns():
    given = items("1100", "0001")
    assert half_scores(given, held_back=False) == {"questions": 3 / 4}
    assert half_scores(given, held_back=True) == {"questions": 0.0}


def test_skipped_questions_do_not_count():
    assert half_scores(items("1-00"), held_back=False) == {"questions": 1.0}
    assert half_scores(items("--11"), held_back=False) == {}


def test_pairs_are_dealt_once():
    given = items(pairs=40)
    both = [half_scores(given, held_back=held)["rated"] for held in (False, True)]
    assert all(0.5 < score < 1 for score in both)
    # The cosine of one pair changes one half only.
    for index in range(40):
        changed = items(pairs=40)
        changed.similarity["rated"].cosines[index] = -5.0
        now = [half_scores(changed, held_back=held)["rated"] for held in (False, True)]
        assert sum(a != b for a, b in zip(both, now, strict=True)) <= 1


def test_unknown_words_are_left_out():
    few = items(pairs=12, unknown=range(8))
    assert half_scores(few, held_back=False) == {}
    most = items(pairs=200, unknown=range(100))
    pairs = most.similarity["rated"]
    whole = spearmanr(pairs.ratings[100:], pairs.cosines[100:])[0]
    for held in (False, True):
        assert half_scores(most, held_back=held)["rated"] == pytest.approx(whole, abs=0.1)


def test_analogies_and_ratings_count_equally():
    given = items("10", pairs=40)
    rho = half_scores(given, held_back=False)["rated"]
    assert objective(given) == pytest.approx((1.0 + rho) / 2)
    assert np.isnan(objective(items("--")))
