"""The runs of a comparison: done one after the other, kept, and never done twice."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2vneg.comparison.arms import Arm
from w2vneg.errors import Interrupted, W2vnegError
from w2vneg.system.atomic_files import write_bytes
from w2vneg.system.interrupt import StopFlag
from w2vneg.version import __version__

_FORMAT = 1


class RunFailed(W2vnegError):
    """A run ended without a result; its own line on stderr says why."""


@dataclass(frozen=True)
class Plan:
    """What all runs of a comparison have in common.

    Attributes
    ----------
    corpus : list of str
        Files.
    fingerprint : str
        Of the encoded corpus.
    encode, evaluation : dict
        Options of `w2vneg.corpus.encode.encode` and of `w2vneg.evaluation.score.evaluate`.
    looks : list of float
        Shares of a training at which it is scored.
    threads : int or None
    folder : Path
        Of the report; runs lie in ``runs``, vectors in ``vectors``.
    keep_vectors : bool
        Save the vectors of every run, not only of each arm's first.
    """

    corpus: list[str]
    fingerprint: str
    encode: dict[str, Any]
    evaluation: dict[str, Any]
    looks: list[float]
    folder: Path
    keep_vectors: bool = False


def test_set_marks(evaluation: dict[str, Any]) -> dict[str, str]:
    """Return a hash for each test file, so that a changed file is scored anew."""
    paths = [*(evaluation.get("analogies") or []), *(evaluation.get("similarity") or [])]
    return {str(p): hashlib.sha256(Path(p).read_bytes()).hexdigest()[:16] for p in paths}


def slug(name: str) -> str:
    """Return a name for files."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", name)


def do_run(
    plan: Plan,
    arm: Arm,
    seed: int,
    seconds: float | None,
    first_seed: bool,
    stop: StopFlag,
    note: Callable[[str], None],
) -> dict[str, Any]:
    """Return the result of one run, of an earlier call where there is one.

    Raises
    ------
    RunFailed
        If the process of the run failed.
    Interrupted
        If asked to stop.
    """
    config = arm.config(seed).to_dict()
    asked = {
        "format": _FORMAT,
        "tool": arm.tool,
        "corpus": plan.fingerprint,
        "config": config,
        "seconds": seconds,
        "looks": plan.looks,
        "evaluation": plan.evaluation,
        "sets": test_set_marks(plan.evaluation),
    }
    key = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    stem = f"{slug(arm.name)}-{seed}"
    result = plan.folder / "runs" / f"{stem}.json"
    vectors = plan.folder / "vectors" / f"{stem}.bin"
    wanted = vectors if plan.keep_vectors or first_seed else None
    found = read_result(result, key)
    if found is not None and (wanted is None or wanted.is_file()):
        note(f"{arm.name}, seed {seed}: done earlier")
        return found
    task = {
        "key": key,
        "version": __version__,
        "corpus": plan.corpus,
        "encode": plan.encode,
        "tool": arm.tool,
        "config": config,
        "seconds": seconds,
        "looks": plan.looks,
        "evaluation": plan.evaluation,
        "vectors": None if wanted is None else str(wanted),
        "result": str(result),
    }
    for path in (result, vectors):
        path.parent.mkdir(parents=True, exist_ok=True)
    task_file = result.with_suffix(".task")
    write_bytes(task_file, json.dumps(task).encode())
    stop.check("comparing")
    with stop.hold():  # the process of the run heeds the signal as soon as this one could
        _run_process(task_file, stop)
    task_file.unlink(missing_ok=True)
    found = read_result(result, key)
    if found is None:
        raise RunFailed(f"{arm.name}, seed {seed}: the run ended without a result")
    return found


def read_result(path: Path, key: str) -> dict[str, Any] | None:
    """Return a finished run if it is the one asked for."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == key else None


def _run_process(task: Path, stop: StopFlag) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "w2vneg.comparison.worker", str(task)],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        while True:
            try:
                code = process.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                # A signal from the terminal reaches the run as well; one to us alone does not.
                if stop.is_set and process.poll() is None:
                    process.terminate()
                    process.wait(timeout=10)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
    stop.check("comparing; finished runs are kept, the same command goes on from there")
    if code in (130, 143):
        raise Interrupted("stopped; the same command goes on from here", code - 128)
    if code != 0:
        raise RunFailed(f"a run failed with exit code {code}; its task is in {task}")
