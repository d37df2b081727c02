"""What scores leave out: notes on skipped items, lines and files, and on scores that say little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.evaluation.items import AnalogySet, SimilaritySet
from w2vneg.evaluation.score import Evaluation
from w2vneg.system.option_names import either, named

#: More names than this are not listed.
_LISTED = 5


def notes_on_sets(
    sets: Sequence[AnalogySet | SimilaritySet], skipped_files: Mapping[Path, str]
) -> list[str]:
    """Return one line for each file and each kind of line that is not part of a test set.

    Parameters
    ----------
    sets : sequence of AnalogySet or SimilaritySet
        The test sets.
    skipped_files : mapping
        Files of folders that are no test sets, and why.
    """
    found = [f"skipped: {why}" for why in list(skipped_files.values())[:_LISTED]]
    if len(skipped_files) > _LISTED:
        found.append(f"skipped: {len(skipped_files) - _LISTED} more files")
    for one in sets:
        if one.skipped_lines:
            what = "four words" if isinstance(one, AnalogySet) else "word, word, rating"
            plural = "line" if one.skipped_lines == 1 else "lines"
            found.append(
                f"{one.name}: {one.skipped_lines} {plural} skipped: not {what} "
                f"(first: line {one.first_skipped})"
            )
    return found


def notes_on_scores(scores: Mapping[str, Evaluation]) -> list[str]:
    """Return one line for each thing that scores of the same test sets leave out.

    Parameters
    ----------
    scores : mapping
        File of vectors to its scores.
    """
    found: list[str] = []
    for path, evaluation in scores.items():
        found += _reasons(path, evaluation)
        low = [
            f"{name} ({int(mask.sum())} of {len(mask)})"
            for name, mask in _used(evaluation).items()
            if 2 * mask.sum() < len(mask)
        ]
        if low:
            found.append(f"{path}: scored on less than half of {listed(low)}")
    used = [_used(evaluation) for evaluation in scores.values()]
    differ = [
        name for name, mask in used[0].items() if any((u[name] != mask).any() for u in used[1:])
    ]
    if differ:
        found.append(
            f"the files are not scored on the same items of {listed(differ)}: "
            + either("--common scores", "common_items() returns the scores of")
            + " those that all files know"
        )
    return found


def notes_on_nodes(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one line for each thing that scores of labels and of links leave out.

    Parameters
    ----------
    results : mapping
        File of vectors to its scores: those of ``"labels"`` and ``"links"``, for JSON.
    """
    found = []
    for path, result in results.items():
        for name, score in result["labels"].items():
            if score["unknown"]:
                found.append(
                    f"{path}: {score['unknown']} of {score['words']} nodes of {name} have no vector"
                )
        for name, score in result["links"].items():
            given = [
                f"{score[key]} {why}"
                for key, why in (
                    ("unknown", "with a node without a vector"),
                    ("loops", "of a node with itself"),
                    ("repeated", "that occur before"),
                    ("known", f"that are also {named('known_links')}"),
                )
                if score[key]
            ]
            if given:
                left_out = score["links"] - score["used"]
                found.append(
                    f"{path}: {left_out} of {score['links']} links of {name} skipped: "
                    + ", ".join(given)
                )
    every = [one for result in results.values() for one in result["links"].values()]
    if every and not any(one["known_links"] for one in every):
        found.append(
            f"without {named('known_links')}, links that the vectors were trained on may be drawn as "
            "pairs without a link"
        )
    return found


def _used(evaluation: Evaluation) -> dict[str, npt.NDArray[np.bool_]]:
    return {key.split(" ", 1)[1]: mask for key, mask in evaluation.used().items()}


def _reasons(path: str, evaluation: Evaluation) -> list[str]:
    """Return a line for the questions and a line for the pairs of a file that are skipped."""
    sections = [s for score in evaluation.analogies for s in score.sections]
    pairs = evaluation.similarity
    lines = []
    for what, every, reasons in (
        (
            "questions",
            sum(len(s.outcomes) for s in sections),
            {
                "with an unknown word": sum(s.unknown for s in sections),
                f"with a word beyond {named('restrict_vocab')}": sum(s.beyond for s in sections),
                "that another file does not know": sum(s.not_common for s in sections),
            },
        ),
        (
            "pairs",
            sum(len(score.cosines) for score in pairs),
            {
                "with an unknown word": sum(score.missing for score in pairs),
                f"with a word beyond {named('restrict_vocab')}": sum(
                    score.beyond for score in pairs
                ),
                "with a zero vector": sum(score.zero for score in pairs),
                "that another file does not know": sum(score.not_common for score in pairs),
            },
        ),
    ):
        given = [f"{count} {why}" for why, count in reasons.items() if count]
        if given:
            lines.append(
                f"{path}: {sum(reasons.values())} of {every} {what} skipped: {', '.join(given)}"
            )
    return lines


def listed(names: Iterable[str]) -> str:
    """Return the first names, and how many more there are."""
    every = list(names)
    more = len(every) - _LISTED
    return ", ".join(every[:_LISTED]) + (f" and {more} more" if more > 0 else "")
