"""How well vectors tell the labels of words, such as the classes of the nodes of a graph.

Two questions: how often do the nearest words share a label, and how well does logistic regression
predict labels from vectors. The second follows Perozzi et al. (KDD 2014), as Grover and Leskovec
(KDD 2016) do: one model a class against the rest, trained on a random part of the words, and as
many labels predicted for a word as it has, those with the highest scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.errors import DataError, visible
from w2vneg.evaluation.items import LabelSet
from w2vneg.evaluation.logistic import fit_one_vs_rest
from w2vneg.evaluation.statistics import bootstrap_mean, mean_interval
from w2vneg.system.option_names import named
from w2vneg.vectors.vectors import Vectors

#: Neighbors that are looked at.
NEAREST = 10
#: More labels than this are refused: each needs a model and a byte for each word.
MOST_LABELS = 1000

_BATCH_BYTES = 1 << 26

_Floats = npt.NDArray[np.float64]
_Targets = npt.NDArray[np.bool_]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LabelScore:
    """How well vectors tell labels.

    Attributes
    ----------
    shares : (n,) float64 array
        For each word, the share of its nearest with which it has a label in common.
    chance : float
        The share that is expected of random neighbors.
    micro, macro : (seeds,) float64 arrays
        F1 of logistic regression for each random split. Macro: the mean over the labels that occur
        among the words that are tested, or are predicted.
    labels : int
        Different labels.
    nearest : int
        Neighbors that are looked at: `NEAREST`, or all others of fewer words.
    trained : int
        Words that each regression is trained on.
    unknown : int
        Words with a label but without a vector, or with a zero vector.
    several : int
        Scored words that have more than one label.
    """

    shares: _Floats
    chance: float
    micro: _Floats
    macro: _Floats
    labels: int
    nearest: int
    trained: int
    unknown: int
    several: int

    def to_dict(self, resamples: int, seed: int) -> dict[str, Any]:
        """Return scores, 95 % intervals and counts for JSON.

        Intervals of the share are from a bootstrap over words, those of F1 from Student's
        distribution over the splits.
        """
        return {
            "nearest_share": float(self.shares.mean()),
            "nearest_share_interval": bootstrap_mean(self.shares, resamples, seed),
            "chance": self.chance,
            "micro_f1": float(self.micro.mean()),
            "micro_f1_interval": mean_interval(self.micro),
            "macro_f1": float(self.macro.mean()),
            "macro_f1_interval": mean_interval(self.macro),
            "micro_f1_by_seed": self.micro.tolist(),
            "macro_f1_by_seed": self.macro.tolist(),
            "nearest": self.nearest,
            "labels": self.labels,
            "used": len(self.shares),
            "words": len(self.shares) + self.unknown,
            "trained": self.trained,
            "several": self.several,
            "unknown": self.unknown,
        }


def score_labels(
    vectors: Vectors,
    labels: LabelSet | Mapping[str, str],
    *,
    train_share: float = 0.5,
    seeds: int = 5,
    seed: int = 1,
    name: str = "the labels",
) -> LabelScore:
    """Return how well vectors tell labels.

    Parameters
    ----------
    vectors : Vectors
        Used as they are by the regression, without normalization.
    labels : LabelSet or mapping of str to str
        Words and their labels.
    train_share : float
        Share of the words, in (0, 1), that the regression is trained on.
    seeds : int
        Random splits into words for training and for testing.
    seed : int
        Seed of the splits.
    name : str
        For messages.

    Raises
    ------
    DataError
        There are too few words or labels with a vector, or too many different labels.
    """
    if isinstance(labels, LabelSet):
        given = labels.labels
    else:
        given = {word: (label,) for word, label in labels.items()}
    index = vectors.index
    every = np.array([index.get(word, -1) for word in given], np.int64)
    known = every >= 0
    known[known] = vectors.matrix[every[known]].any(axis=1)
    words = [word for word, is_known in zip(given, known, strict=True) if is_known]
    _check(vectors, given, words, name)
    rows = every[known]
    targets = _targets([given[word] for word in words])
    shares, nearest = _nearest_shares(vectors.unit[rows], targets)
    features = vectors.matrix[rows].astype(np.float64)
    trained = min(max(round(train_share * len(rows)), 1), len(rows) - 1)
    position = np.cumsum(known) - 1
    scores = []
    for number in range(seeds):
        # Drawn from all words, so that files of vectors are tested on nearly the same ones.
        order = np.random.default_rng([seed, number]).permutation(len(known))
        split = position[order[known[order]]]
        scores.append(_f1_of_split(features, targets, split[:trained], split[trained:]))
    micro, macro = np.array(scores).T
    return LabelScore(
        shares=shares,
        chance=_chance(targets),
        micro=micro,
        macro=macro,
        labels=targets.shape[1],
        nearest=nearest,
        trained=trained,
        unknown=len(given) - len(rows),
        several=int((targets.sum(axis=1) > 1).sum()),
    )


def _check(
    vectors: Vectors, given: Mapping[str, tuple[str, ...]], words: list[str], name: str
) -> None:
    """Refuse labels that cannot be scored."""
    if not words:
        swapped = any(label in vectors for own in given.values() for label in own)
        first = next(iter(given), "")
        raise DataError(
            f"{name}: "
            + (
                "the vectors have labels as words, but none of the nodes; put the node first on "
                "each line"
                if swapped
                else f"no node is a word of the vectors ({visible(first)!r} is not, "
                f"{visible(vectors.words[0])!r} would be); give the labels of these words"
            )
        )
    counts = Counter(label for word in words for label in given[word])
    if len(counts) < 2:
        raise DataError(
            f"{name}: all nodes with a vector have the label {visible(next(iter(counts)))!r}; give "
            "two labels or more"
        )
    everywhere = [label for label, count in counts.items() if count == len(words)]
    if everywhere:
        raise DataError(
            f"{name}: every node has the label {visible(everywhere[0])!r}, which tells none apart; "
            "remove it"
        )
    if 2 * len(counts) > len(words):
        raise DataError(
            f"{name}: {len(counts)} labels for {len(words)} nodes; labels must be shared by nodes, "
            f"and a list of links is given to {named('links')}"
        )
    if len(counts) > MOST_LABELS:
        raise DataError(
            f"{name}: {len(counts)} different labels; at most {MOST_LABELS} can be scored; remove "
            "the lines of the rarest"
        )


def _targets(own: list[tuple[str, ...]]) -> _Targets:
    """Return which words have which labels, (words, labels), labels in the order of their text."""
    numbers = {label: n for n, label in enumerate(sorted({one for every in own for one in every}))}
    targets = np.zeros((len(own), len(numbers)), bool)
    for row, every in enumerate(own):
        for label in every:
            targets[row, numbers[label]] = True
    return targets


def _nearest_shares(unit: npt.NDArray[np.float32], targets: _Targets) -> tuple[_Floats, int]:
    """Return for each word the share of its nearest that have a label in common with it."""
    count = len(unit)
    nearest = min(NEAREST, count - 1)
    shares = np.empty(count)
    step = max(1, _BATCH_BYTES // (4 * count))
    for low in range(0, count, step):
        cosines = unit[low : low + step] @ unit.T
        here = np.arange(len(cosines))
        cosines[here, low + here] = -np.inf
        near = np.argpartition(cosines, count - nearest, axis=1)[:, count - nearest :]
        common = np.empty(near.shape, bool)
        for place in range(nearest):
            common[:, place] = (targets[low + here] & targets[near[:, place]]).any(axis=1)
        shares[low : low + step] = common.mean(axis=1)
    return shares, nearest


def _chance(targets: _Targets) -> float:
    """Return the probability that two different random words have a label in common."""
    # Words with the same labels are alike: few combinations occur.
    kinds, counts = np.unique(np.packbits(targets, axis=1), axis=0, return_counts=True)
    if len(kinds) > MOST_LABELS:  # too many to compare all: a sample of pairs
        draw = np.random.default_rng(0)
        a, b = draw.integers(0, len(targets), (2, 1 << 16))
        return float((targets[a] & targets[b]).any(axis=1)[a != b].mean())
    total = 0
    for kind, count in zip(kinds, counts, strict=True):
        total += int(count) * (int(counts[(kinds & kind).any(axis=1)].sum()) - 1)
    return total / (len(targets) * (len(targets) - 1))


def _f1_of_split(
    features: _Floats, targets: _Targets, train: _Ints, test: _Ints
) -> tuple[float, float]:
    """Return micro and macro F1 on the words `test` of models trained on the words `train`."""
    weights, intercepts = fit_one_vs_rest(features[train], targets[train])
    scores = features[test] @ weights.T + intercepts
    truth = targets[test]
    # As many labels as the word has: those of the highest scores.
    order = np.argsort(-scores, axis=1, kind="stable")
    chosen = np.arange(order.shape[1]) < truth.sum(axis=1)[:, None]
    predicted = np.zeros_like(truth)
    np.put_along_axis(predicted, order, chosen, axis=1)
    return f1(truth, predicted)


def f1(truth: _Targets, predicted: _Targets) -> tuple[float, float]:
    """Return micro and macro F1 of predicted labels.

    Parameters
    ----------
    truth, predicted : (words, labels) bool arrays
        Which words have which labels.

    Returns
    -------
    micro, macro : float
        Macro: the mean over the labels that occur in either.
    """
    right = (truth & predicted).sum(axis=0)
    every = truth.sum(axis=0) + predicted.sum(axis=0)
    occurs = every > 0
    return float(2 * right.sum() / every.sum()), float((2 * right[occurs] / every[occurs]).mean())
