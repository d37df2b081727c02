"""Search for the best options of a training by successive halving, in equal time."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from w2vneg.comparison.arms import Arm, make_arms
from w2vneg.comparison.material import take_material
from w2vneg.comparison.plan import EvaluationOptions, Plan, make_plan
from w2vneg.comparison.run_result import RunResult
from w2vneg.comparison.runs import RunFailed, do_run
from w2vneg.comparison.tuning.halves import half_scores, objective
from w2vneg.comparison.tuning.space import draw_candidates, search_space, worth
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Corpus
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.errors import UsageError
from w2vneg.graphs.walks import Walks
from w2vneg.samplers.presets import DEFAULT
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import flag, named
from w2vneg.system.progress import Progress

#: Of the candidates of a round, one in so many goes on, to a part of the corpus so much larger.
_FACTOR = 3
#: The smallest part of a corpus that still ranks candidates.
_FEWEST_TOKENS = 500_000
_ROUNDS = 3


@dataclass(frozen=True)
class Round:
    """One round of the search.

    Attributes
    ----------
    share : float
        Of the corpus that was trained on, from its beginning; of a graph, of the time.
    seconds : float
        Time of each training.
    scores : dict
        Candidate to its score on the half of the test items to choose by, the best first; NaN
        where the training failed.
    """

    share: float
    seconds: float
    scores: dict[str, float]


@dataclass(frozen=True)
class Final:
    """Scores on the held-back half of the test items, over several seeds.

    Attributes
    ----------
    options : dict
        What differs from the defaults.
    epochs : int
        That fit into the time.
    seconds : float
        Mean time of a training.
    scores : dict
        Test set to its score with each seed.
    """

    options: dict[str, Any]
    epochs: int
    seconds: float
    scores: dict[str, list[float]]


@dataclass(frozen=True)
class Tuning:
    """The result of a search.

    Attributes
    ----------
    seconds : float
        Time of a training on the whole corpus.
    rounds : list of Round
    worth : dict
        Option to value to how much better than the mean it did in the first round.
    default, best : Final
        The default preset and the best candidate; the same where nothing was better.
    is_better : bool
        Whether the best candidate has the higher mean over the test sets of the held-back half.
    command : str
        Trains with the better of the two.
    """

    seconds: float
    rounds: list[Round]
    worth: dict[str, dict[str, float]]
    default: Final
    best: Final
    is_better: bool
    command: str

    def to_json(self) -> dict[str, Any]:
        """Return the result as dicts, lists, strings and numbers."""
        return asdict(self)


def tune(
    corpus: Corpus | Walks | None,
    *,
    output: str | os.PathLike[str],
    seconds: float | None = None,
    trials: int = 27,
    settings: Sequence[str] = (),
    grids: Sequence[str] = (),
    seeds: int = 3,
    search_seed: int = 1,
    analogies: Sequence[str | os.PathLike[str]] = (),
    similarity: Sequence[str | os.PathLike[str]] = (),
    restrict_vocab: int = 30_000,
    case_sensitive: bool = False,
    tokenizer: Tokenizer | str | None = None,
    column: Any = None,
    group: str | None = None,
    order: str | None = None,
    input: InputOptions | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Tuning:
    """Search for the best options for a corpus and a time.

    Candidates are drawn at random. All of them, and the default preset, are trained on the first
    part of the corpus for the same time; the best third goes on to a part three times as large,
    for three times as long. Of a graph, every part is the whole, walked on for that time. They are chosen by one half of the test items. The best one and the
    default are then trained with several seeds and scored on the other half.

    Parameters
    ----------
    corpus : path, list of paths, iterable of sentences, Walks, or None
        As for `w2vneg.comparison.compare`. None or no paths: the sample of Wikipedia.
    output : path
        Folder of the results of all trainings: the same call resumes an interrupted search.
    seconds : float, optional
        Time of a training on the whole corpus. Default: what the default preset takes.
    trials : int
        How many candidates are drawn.
    settings : sequence of str
        ``option=value`` for all candidates and the default.
    grids : sequence of str
        ``option=value,value...``: what is searched instead of `w2vneg.comparison.tuning.space.SPACE`.
    seeds : int
        Trainings of the best candidate and of the default at the end.
    search_seed : int
        Seed of the choice of candidates.
    analogies, similarity, restrict_vocab, case_sensitive, tokenizer, column, group, order, input
        See `w2vneg.comparison.compare`.
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    UsageError
        If an option or a path is not valid.
    DataError
        If a file cannot be used.
    RunFailed
        If the training with the default options failed, or all candidates did.
    Interrupted
        If `stop` was set.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    if seeds < 1 or trials < 1:
        raise UsageError(f"{named('seeds')} and {named('trials')} must be at least 1")
    material = take_material(
        corpus, input, tokenizer=tokenizer, column=column, group=group, order=order
    )
    default = make_arms([DEFAULT], [*material.settings(), *settings])[0]
    fixed = default.options
    space = search_space(grids, fixed)
    arms = draw_candidates(space, fixed, trials, search_seed)
    material.check(stop)
    evaluation, notes = EvaluationOptions.choose(
        analogies, similarity, restrict_vocab, case_sensitive, progress=progress, stop=stop
    )
    for note in [*material.notes(), *notes]:
        progress.note(note)
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    paths, reading = material.files(folder, stop)
    try:
        plan = make_plan(
            paths,
            [default],
            folder,
            evaluation,
            input=reading,
            progress=progress,
            stop=stop,
        )
    finally:
        progress.finish()  # each run shows a bar of its own
    search = Search(plan, progress, stop)
    if seconds is None:
        progress.note(f"{default.name}: how long it takes on the whole corpus")
        training = search.run(plan, default, 1, None).training
        seconds = training.seconds + training.prepare_seconds
    rounds = search.halve([default, *arms], seconds)
    best = winner(rounds, [default, *arms])
    finals = {
        arm.name: search.final(arm, seconds, seeds)
        for arm in {a.name: a for a in (default, best)}.values()
    }
    first = rounds[0].scores
    usual, found = finals[default.name], finals[best.name]
    is_better = _mean(found) > _mean(usual)
    return Tuning(
        seconds,
        rounds,
        worth(space, first, arms),
        usual,
        found,
        is_better,
        _command(plan, found if is_better else usual),
    )


class Search:
    """Trains and scores candidates.

    Parameters
    ----------
    plan : Plan
        Of the whole corpus.
    progress, stop
        Progress reporter and stop flag.
    """

    def __init__(self, plan: Plan, progress: Progress, stop: StopFlag) -> None:
        self._plan, self._progress, self._stop = plan, progress, stop

    def run(self, plan: Plan, arm: Arm, seed: int, seconds: float | None) -> RunResult:
        """Return the result of one training; None: for its epochs, else for this time."""
        return do_run(plan, arm, seed, seconds, False, self._stop, lambda note: None)

    def halve(self, arms: Sequence[Arm], seconds: float) -> list[Round]:
        """Return the rounds of the search; the first of `arms` stays to the end."""
        rounds: list[Round] = []
        left, shares = list(arms), _shares(self._plan.tokens)
        for number, share in enumerate(shares, 1):
            plan, time = _part(self._plan, share), seconds * share
            scores = {}
            for index, arm in enumerate(left, 1):
                self._progress.note(
                    f"round {number} of {len(shares)}, {share:.0%} of the corpus, {time:.3g} s, "
                    f"{index} of {len(left)}: {arm.name}"
                )
                scores[arm.name] = self._score(plan, arm, time, needed=arm is arms[0])
            ranked = sorted(left, key=lambda arm: -_or_lowest(scores[arm.name]))
            rounds.append(Round(share, time, {arm.name: scores[arm.name] for arm in ranked}))
            kept = ranked[: max(1, math.ceil(len(left) / _FACTOR))]
            left = kept if arms[0] in kept else [*kept, arms[0]]
        return rounds

    def _score(self, plan: Plan, arm: Arm, seconds: float, needed: bool) -> float:
        try:
            return objective(self.run(plan, arm, 1, seconds).items)
        except RunFailed as error:
            if needed:
                raise
            self._progress.note(f"{arm.name}: left out, because {error}")
            return float("nan")

    def final(self, arm: Arm, seconds: float, seeds: int) -> Final:
        """Train on the whole corpus with several seeds, scored on the held-back half."""
        results = []
        for seed in range(1, seeds + 1):
            self._progress.note(f"whole corpus, {arm.name}, seed {seed} of {seeds}")
            results.append(self.run(self._plan, arm, seed, seconds))
        scores: dict[str, list[float]] = {}
        for result in results:
            for name, score in half_scores(result.items, held_back=True).items():
                scores.setdefault(name, []).append(score)
        trained = fmean(result.training.tokens for result in results)
        return Final(
            arm.options,
            max(1, round(trained / self._plan.tokens)),
            fmean(result.training.seconds for result in results),
            scores,
        )


def winner(rounds: Sequence[Round], arms: Sequence[Arm]) -> Arm:
    """Return the best arm of the last round."""
    name = next(iter(rounds[-1].scores))
    return next(arm for arm in arms if arm.name == name)


def _or_lowest(score: float) -> float:
    return score if score == score else -math.inf


def _shares(tokens: int) -> list[float]:
    """Return the parts of the corpus, the whole last; small corpora have fewer rounds."""
    shares = [_FACTOR**-power for power in range(_ROUNDS - 1, 0, -1)]
    return [share for share in shares if share * tokens >= _FEWEST_TOKENS] + [1.0]


def _part(plan: Plan, share: float) -> Plan:
    """Return the plan for the beginning of the corpus; graphs are never read in part."""
    if share == 1 or plan.encode.input.walks is not None:
        return plan
    tokens = int(share * plan.tokens_read)
    return replace(
        plan,
        fingerprint=f"{plan.fingerprint} {tokens}",
        tokens=int(share * plan.tokens),
        encode=replace(plan.encode, max_tokens=tokens),
    )


def _mean(final: Final) -> float:
    """Return the mean over all test sets and seeds."""
    return fmean(fmean(scores) for scores in final.scores.values()) if final.scores else 0.0


def _command(plan: Plan, best: Final) -> str:
    options: Mapping[str, Any] = {**best.options, "epochs": best.epochs}
    reading = plan.encode.input
    words = ["w2vneg", "train", *plan.corpus, *_as_flags(reading.given())]
    for name, value in options.items():
        # Sessions and graphs have another default.
        if (name, value) == ("preset", DEFAULT) and not reading.training_defaults():
            continue
        words += [flag(name)] if value is True else [flag(name), str(value)]
    return shlex.join(words)


def _as_flags(given: Mapping[str, Any]) -> list[str]:
    """Return options of reading as on the command line."""
    words = []
    for name, value in given.items():
        if isinstance(value, bool):
            words.append(flag(name if value else f"no_{name}"))
        else:
            words += [flag(name), str(value)]
    return words


def spread(scores: Sequence[float]) -> str:
    """Return a mean, and the standard deviation where there are several scores."""
    more = f" ± {stdev(scores):.3f}" if len(scores) > 1 else ""
    return f"{fmean(scores):.3f}{more}"
