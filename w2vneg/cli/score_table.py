"""The table of ``w2vneg eval``: a row a score, two columns a file of vectors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

from w2vneg.cli.output import print_table

_Results = dict[str, Any]
_Score = dict[str, Any]
_Row = list[str]


def print_scores(results: _Results, sections: bool) -> None:
    """Print all scores.

    Parameters
    ----------
    results : dict
        File of vectors to its scores, all of the same test sets.
    sections : bool
        Show each section of the analogies.
    """
    rows = [
        *_analogies(results, sections),
        *_similarity(results),
        *_items(results),
        *_labels(results),
        *_links(results),
    ]
    names = [os.path.basename(path) for path in results]
    short = names if len(set(names)) == len(names) else list(results)
    print_table(["test set", *(head for name in short for head in ("used", name))], rows)


def _names(results: _Results, kind: str) -> list[str]:
    """Return the names of the test sets of one kind."""
    return list(next(iter(results.values()))[kind])


def _scores(results: _Results, kind: str, name: str) -> list[_Score]:
    """Return the scores of all files of vectors on one test set."""
    return [result[kind][name] for result in results.values()]


def _analogies(results: _Results, sections: bool) -> Iterator[_Row]:
    for name in _names(results, "analogies"):
        scores = _scores(results, "analogies", name)
        for kind in ("total", "semantic", "syntactic"):
            shares = [score[kind] for score in scores]
            if kind == "total" or shares[0]["total"] + shares[0]["skipped"]:
                yield [f"{name} {kind}", *chain(*map(_share, shares))]
        for section in scores[0]["sections"] if sections else ():
            counts = [score["sections"][section] for score in scores]
            yield [f"  {section}", *chain(*map(_plain, counts))]


def _similarity(results: _Results) -> Iterator[_Row]:
    for name in _names(results, "similarity"):
        yield [f"{name} (Spearman)", *chain(*map(_rho, _scores(results, "similarity", name)))]


def _items(results: _Results) -> Iterator[_Row]:
    for name in _names(results, "items"):
        scores = _scores(results, "items", name)
        for key in ("hr@10", "mrr@10"):
            yield _row(f"{os.path.basename(name)} {key.upper()}", scores, "sessions", key)


def _labels(results: _Results) -> Iterator[_Row]:
    for name in _names(results, "labels"):
        scores = _scores(results, "labels", name)
        nearest = scores[0]["nearest"]
        for key, what in (
            ("nearest_share", f"same label, {nearest} nearest"),
            ("micro_f1", "micro F1"),
            ("macro_f1", "macro F1"),
        ):
            yield _row(f"{os.path.basename(name)} {what}", scores, "words", key)


def _links(results: _Results) -> Iterator[_Row]:
    for name in _names(results, "links"):
        for kind in ("cosine", "dot"):
            scores = [{**score, **score[kind]} for score in _scores(results, "links", name)]
            for key, what in (("auc", "AUC"), ("average_precision", "average precision")):
                title = f"{os.path.basename(name)} {what} ({kind})"
                yield _row(title, scores, "links", key)


def _row(title: str, scores: list[_Score], every: str, key: str) -> _Row:
    """Return a row of scores with intervals, each after its count."""
    row = [title]
    for score in scores:
        low, high = score[f"{key}_interval"]
        shown = f"{score[key]:.3f}"
        if low == low:  # not of one repetition
            shown += f" [{low:.3f}, {high:.3f}]"
        row += [f"{score['used']} of {score[every]}", shown]
    return row


def _share(score: _Score) -> tuple[str, str]:
    count = f"{score['total']} of {score['total'] + score['skipped']}"
    if score["accuracy"] is None:
        return count, "-"
    return count, f"{score['accuracy']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def _plain(score: _Score) -> tuple[str, str]:
    count = f"{score['total']} of {score['total'] + score['skipped']}"
    return count, f"{score['correct'] / score['total']:.3f}" if score["total"] else "-"


def _rho(score: _Score) -> tuple[str, str]:
    every = sum(score[key] for key in ("pairs", "missing", "beyond", "zero", "not_common"))
    count = f"{score['pairs']} of {every}"
    if not score["pairs"]:
        return count, "-"
    if score["spearman"] is None:
        return count, "undefined"
    if score["low"] != score["low"]:  # undefined in every resample
        return count, f"{score['spearman']:.3f}"
    return count, f"{score['spearman']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
