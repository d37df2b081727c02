"""Two halves of every test set: one to choose by, one to report."""

from __future__ import annotations

from statistics import fmean

import numpy as np

from w2vneg.comparison.run_result import Items
from w2vneg.evaluation.statistics import spearman

#: Of the order in which word pairs are dealt to the halves.
_SEED = 17
#: Halves with fewer pairs say nothing.
_FEWEST_PAIRS = 5


def half_scores(items: Items, held_back: bool) -> dict[str, float]:
    """Return the score of each test set on one half of its items.

    The questions of a section are cut in the middle, because neighboring questions share words.
    Pairs are dealt at random, the same for all results.

    Parameters
    ----------
    items : Items
        The outcomes of one run.
    held_back : bool
        Which half: that to choose by, or the other.

    Returns
    -------
    dict
        Test set to accuracy or Spearman's correlation; without those of which too little is known.
    """
    scores: dict[str, float] = {}
    for name, sections in items.analogies.items():
        outcomes = ""
        for number, section in enumerate(sections.values()):
            middle = len(section.outcomes) // 2
            first = (number % 2 == 0) != held_back
            outcomes += section.outcomes[:middle] if first else section.outcomes[middle:]
        answered = len(outcomes) - outcomes.count("-")
        if answered:
            scores[name] = outcomes.count("1") / answered
    for name, pairs in items.similarity.items():
        order = np.random.default_rng(_SEED).permutation(len(pairs.ratings))
        mine = np.sort(order[1::2] if held_back else order[::2])
        known = [i for i in mine if pairs.cosines[i] is not None]
        if len(known) >= _FEWEST_PAIRS:
            ratings = np.array([pairs.ratings[i] for i in known])
            cosines = np.array([pairs.cosines[i] for i in known], dtype=float)
            rho = spearman(ratings, cosines)
            if rho == rho:
                scores[name] = float(rho)
    return scores


def objective(items: Items) -> float:
    """Return the number that the search maximizes, on the half to choose by.

    It is the mean of two means: of the accuracies on analogies and of the correlations with
    ratings; NaN if there is neither.
    """
    scores = half_scores(items, held_back=False)
    kinds = [
        [scores[name] for name in kind if name in scores]
        for kind in (items.analogies, items.similarity)
    ]
    means = [fmean(values) for values in kinds if values]
    return fmean(means) if means else float("nan")
