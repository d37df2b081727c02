"""The runs of a comparison: one at a time, each in a separate process, and never repeated."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from w2vneg.comparison.arms import Arm
from w2vneg.comparison.plan import EncodeOptions, EvaluationOptions, Plan
from w2vneg.comparison.run_result import RunResult
from w2vneg.config import TrainConfig
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import Interrupted, W2vnegError
from w2vneg.samplers import configure, settled
from w2vneg.system.atomic_files import write_bytes
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import either
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.version import __version__

_FORMAT = 1
_HOW_TO_RESUME = "finished runs are saved, and the same command resumes"


class RunFailed(W2vnegError):
    """A run ended without a result; its process printed the reason on stderr."""


@dataclass(frozen=True)
class Task:
    """The description of one run that its process receives.

    Attributes
    ----------
    key : str
        Hash of everything that the result depends on.
    version : str
        Of the w2vneg that starts the run.
    corpus : list of str
        Absolute paths.
    encode : EncodeOptions
    tool : {"w2vneg", "gensim"}
    config : TrainConfig
    seconds : float or None
        Train for this time instead of for ``config.epochs``.
    milestones : list of float
        See `Plan`.
    evaluation : EvaluationOptions
    vectors : str or None
        File to save the vectors to.
    result : str
        File to write the `RunResult` to.
    ranks : int
        On how many it trains; 1: without ranks.
    cluster : ClusterOptions or None
        How several ranks keep in step.
    """

    key: str
    version: str
    corpus: list[str]
    encode: EncodeOptions
    tool: str
    config: TrainConfig
    seconds: float | None
    milestones: list[float]
    evaluation: EvaluationOptions
    vectors: str | None
    result: str
    ranks: int = 1
    cluster: ClusterOptions | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the task as dicts, lists, strings and numbers."""
        return {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "encode": asdict(self.encode),
            "evaluation": asdict(self.evaluation),
            "config": self.config.to_dict(),
            "cluster": None if self.cluster is None else asdict(self.cluster),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Task:
        """Return the task that `to_json` wrote; TypeError if it has other fields."""
        parts = {
            "encode": EncodeOptions(
                **{**data["encode"], "input": InputOptions.from_dict(data["encode"]["input"])}
            ),
            "config": configure(**data["config"]),
            "evaluation": EvaluationOptions(**data["evaluation"]),
            "cluster": None if data["cluster"] is None else ClusterOptions(**data["cluster"]),
        }
        return cls(**{**data, **parts})


@dataclass(frozen=True)
class RunResults:
    """Results of all runs of a comparison.

    Attributes
    ----------
    by_arm : dict
        Name of an arm to its results, one per seed.
    budget : float or None
        Seconds of training for each other arm of w2vneg; None: equal epochs.
    """

    by_arm: dict[str, list[RunResult]]
    budget: float | None


def do_all_runs(
    plan: Plan,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    equal_time: bool,
    stop: StopFlag,
    note: Callable[[str], None],
    budget: float | None = None,
) -> RunResults:
    """Do the runs that have no result yet and return the results of all.

    Parameters
    ----------
    plan : Plan
    arms : sequence of Arm
        The baseline first.
    seeds : sequence of int
    equal_time : bool
        Train every other arm of w2vneg for the mean time that the baseline took.
    stop : StopFlag
    note : callable
        Called with a message for the user before each run.
    budget : float, optional
        Seconds of training for all arms of w2vneg, the baseline included.

    Raises
    ------
    RunFailed
        If the process of a run failed.
    Interrupted
        If `stop` was set.
    """
    by_arm: dict[str, list[RunResult]] = {}
    for arm_index, arm in enumerate(arms):
        results = by_arm[arm.name] = []
        for seed_index, seed in enumerate(seeds):
            number = arm_index * len(seeds) + seed_index + 1
            note(f"run {number} of {len(arms) * len(seeds)}: {arm.name}, seed {seed}")
            seconds = budget if arm.tool == "w2vneg" else None
            save = plan.keep_vectors or seed_index == 0
            results.append(do_run(plan, arm, seed, seconds, save, stop, note))
        if arm_index == 0 and equal_time and budget is None:
            times = [r.training.seconds + r.training.prepare_seconds for r in results]
            budget = sum(times) / len(times)
    return RunResults(by_arm, budget)


def file_stem(arm: str, seed: int) -> str:
    """Return the name, without suffix, of the files of a run."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", arm) + f"-{seed}"


def do_run(
    plan: Plan,
    arm: Arm,
    seed: int,
    seconds: float | None,
    save_vectors: bool,
    stop: StopFlag,
    note: Callable[[str], None],
) -> RunResult:
    """Return the result of one run; an earlier result is reused.

    Parameters
    ----------
    plan : Plan
    arm : Arm
    seed : int
    seconds : float or None
        Train for this time instead of for the configured epochs.
    save_vectors : bool
    stop : StopFlag
    note : callable
        Called with a message for the user if an earlier result is reused.

    Raises
    ------
    RunFailed
        If the process of the run failed.
    Interrupted
        If `stop` was set.
    """
    config = settled(arm.config(seed), plan.tokens)
    key = _key(plan, arm, config, seconds)
    stem = file_stem(arm.name, seed)
    result_file = plan.folder / "runs" / f"{stem}.json"
    vectors_file = plan.folder / "vectors" / f"{stem}.bin"
    result = read_result(result_file, key)
    if result is not None and (not save_vectors or vectors_file.is_file()):
        note(f"{arm.name}, seed {seed}: done earlier")
        return result
    task = Task(
        key=key,
        version=__version__,
        corpus=plan.corpus,
        encode=plan.encode,
        tool=arm.tool,
        config=config,
        seconds=seconds,
        milestones=plan.milestones,
        evaluation=plan.evaluation,
        vectors=str(vectors_file.absolute()) if save_vectors else None,
        result=str(result_file.absolute()),
        ranks=arm.ranks,
        cluster=arm.cluster,
    )
    for path in (result_file, vectors_file):
        path.parent.mkdir(parents=True, exist_ok=True)
    task_file = result_file.with_suffix(".task")
    write_bytes(task_file, json.dumps(task.to_json()).encode())
    stop.check("comparing", _HOW_TO_RESUME)
    with stop.hold():  # the process of the run reacts to the signal just as fast
        _run_process(task_file, stop)
    task_file.unlink(missing_ok=True)
    result = read_result(result_file, key)
    if result is None:
        raise RunFailed(
            f"{arm.name}, seed {seed}: the run ended without a result; repeat the comparison"
        )
    return result


def _key(plan: Plan, arm: Arm, config: TrainConfig, seconds: float | None) -> str:
    """Return a hash of everything that the result of a run depends on."""
    parts = {
        "format": _FORMAT,
        "tool": arm.tool,
        "corpus": plan.fingerprint,
        "config": config.to_dict(),
        "seconds": seconds,
        "milestones": plan.milestones,
        "evaluation": asdict(plan.evaluation),
        "sets": plan.evaluation.hashes(),
    }
    if arm.cluster is not None:
        parts["ranks"] = {"ranks": arm.ranks, **asdict(arm.cluster)}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def read_result(path: Path, key: str) -> RunResult | None:
    """Return the result in a file; None if it is missing, damaged, or of another key."""
    try:
        result = RunResult.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    return result if result.key == key else None


def worker_environment() -> dict[str, str]:
    """Return the environment of a run's process, with the same module search path as this one.

    Without ``PYTHONSAFEPATH``, ``python -m`` would search the current folder first, where a file
    such as ``gensim.py`` would shadow the module of that name.
    """
    paths = [path or os.getcwd() for path in sys.path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


def _run_process(task: Path, stop: StopFlag) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "w2vneg.comparison.worker", str(task), either("flags", "")],
        stdin=subprocess.PIPE,
        env=worker_environment(),
    )
    try:
        while True:
            try:
                code = process.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                # A terminal sends its signal to both processes; others send it only to this one.
                if stop.is_set and process.poll() is None:
                    process.terminate()
                    process.wait(timeout=10)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
    stop.check("comparing", _HOW_TO_RESUME)
    if code in (130, 143):
        raise Interrupted("stopped; the same command resumes the comparison", code - 128)
    if code != 0:
        raise RunFailed(f"a run failed with exit code {code}; its task is in {task}")
