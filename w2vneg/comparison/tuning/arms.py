"""The best options of each arm of a comparison, for the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from w2vneg.comparison.arms import GENSIM, Arm
from w2vneg.comparison.plan import Plan
from w2vneg.comparison.tuning.space import draw_candidates
from w2vneg.comparison.tuning.tune import Search, winner
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import flag
from w2vneg.system.progress import Progress

#: What every arm has; that which was set by hand is not searched.
_SPACE: dict[str, tuple[Any, ...]] = {
    "lr": (0.025, 0.05, 0.075),
    "negatives": (5, 10, 15),
    "sample": (1e-3, 2e-4),
}
_SEED = 1


def tuned(
    plan: Plan,
    arms: Sequence[Arm],
    candidates: int,
    progress: Progress,
    stop: StopFlag,
) -> tuple[list[Arm], float]:
    """Return the arms with the options that are best in the time the first takes by itself.

    Parameters
    ----------
    plan : Plan
    arms : sequence of Arm
        The baseline first. Arms of gensim and of presets stay as they are.
    candidates : int
        How many combinations are tried for each arm, besides its own options.
    progress, stop
        Progress reporter and stop flag.

    Returns
    -------
    arms : list of Arm
    seconds : float
        The time of a training.

    Raises
    ------
    RunFailed
        If an arm cannot be trained with its own options.
    Interrupted
        If `stop` was set.
    """
    search = Search(plan, progress, stop)
    progress.note(f"{arms[0].name}: how long it takes")
    training = search.run(plan, arms[0], 1, None).training
    seconds = training.seconds + training.prepare_seconds
    result = []
    for arm in arms:
        if arm.tool == GENSIM or "preset" in arm.options:
            result.append(arm)
            continue
        space = {name: values for name, values in _SPACE.items() if name not in arm.options}
        tried = draw_candidates(space, arm.options, candidates, _SEED, name=arm.name)
        best = winner(search.halve([arm, *tried], seconds), [arm, *tried])
        result.append(Arm(arm.name, arm.tool, best.options))
        chosen = {n: v for n, v in best.options.items() if arm.options.get(n) != v}
        text = " ".join(f"{flag(name)} {value}" for name, value in chosen.items())
        progress.note(f"{arm.name}: best with {text or 'its own options'}")
    return result, seconds
