"""The options that are searched, and the candidates drawn from them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from w2vneg.comparison.arms import Arm, parse_grid
from w2vneg.errors import UsageError
from w2vneg.system.option_names import flag, named

#: The options that matter most, with values between which the best ones have been found.
SPACE: dict[str, tuple[Any, ...]] = {
    "lr": (0.025, 0.05, 0.075),
    "negatives": (5, 10, 15, 25),
    "sample": (1e-3, 3e-4, 1e-4, 3e-5),
    "window": (4, 5, 8),
    "ns_exponent": (0.75, 0.5),
}


def search_space(grids: Sequence[str], fixed: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return option to values: those of `grids` where there are any, else `SPACE`.

    Parameters
    ----------
    grids : sequence of str
        ``option=value,value...``
    fixed : mapping
        Options that are set for all candidates; they are not searched.

    Raises
    ------
    UsageError
        If a grid is not valid.
    """
    space = dict(parse_grid(text) for text in grids) or SPACE
    for name in space:
        if grids and name in fixed:
            raise UsageError(f"{named(name)} is both set and searched; leave one out")
    return {name: values for name, values in space.items() if name not in fixed}


def draw_candidates(
    space: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    number: int,
    seed: int,
    name: str = "",
) -> list[Arm]:
    """Return at most `number` different combinations of options, drawn at random.

    Parameters
    ----------
    space : mapping
        Option to values.
    fixed : mapping
        Options of all candidates.
    number : int
    seed : int
    name : str
        What the names of the candidates begin with.

    Raises
    ------
    UsageError
        If a combination makes no sense.
    """
    grid = list(itertools.product(*space.values()))
    order = np.random.default_rng(seed).permutation(len(grid))
    arms = []
    for index in order[:number]:
        options = dict(zip(space, grid[index], strict=True))
        label = " ".join([name, *(f"{flag(n)[2:]}={value}" for n, value in options.items())])
        arms.append(Arm(label.strip(), "w2vneg", {**fixed, **options}))
        arms[-1].config(1)  # so that a bad value is refused before anything is trained
    return arms


def worth(
    space: Mapping[str, Sequence[Any]], scores: Mapping[str, float], arms: Sequence[Arm]
) -> dict[str, dict[str, float]]:
    """Return for each option how much better than the mean each of its values did.

    Parameters
    ----------
    space : mapping
        Option to values.
    scores : mapping
        Name of an arm to its score on the smallest part of the corpus.
    arms : sequence of Arm
        The arms of the scores.

    Returns
    -------
    dict
        Option to value, as text, to the mean score with it less the mean of all.
    """
    known = [arm for arm in arms if scores[arm.name] == scores[arm.name]]
    if not known:
        return {}
    mean = float(np.mean([scores[arm.name] for arm in known]))
    result: dict[str, dict[str, float]] = {}
    for name, values in space.items():
        result[name] = {}
        for value in values:
            mine = [scores[arm.name] for arm in known if arm.options.get(name) == value]
            if mine:
                result[name][str(value)] = float(np.mean(mine)) - mean
    return result
