"""What the fault tests share: w2vneg run in this process or in one of its own, and judged.

A fault is survived when the answer is a result or one line, an exit code that says which, no
traceback, no hang, the old output intact and no temporary file left by a live exit.
"""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from w2vneg.cli import main
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.system.atomic_files import TEMP_MARK

ROOT = Path(__file__).resolve().parent.parent.parent
OLD = b"what stood here before\n"
#: No fault may take longer to be answered, the start of a process included.
HANG_S = 60
#: How many faults of which kind were injected so far; printed at the end of the run.
INJECTED = Counter()

#: Marks modules that run whole trainings: too slow where kernels are plain Python.
compiled_only = pytest.mark.skipif(INTERPRETED, reason="runs whole trainings")


@dataclass
class Outcome:
    """How a call of w2vneg ended."""

    code: int
    out: str
    err: str
    seconds: float = 0.0


def call(*arguments, stdin=b""):
    """Run the command line in this process: fast, for faults that it cannot be killed by."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    began = time.monotonic()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main([str(a) for a in arguments])
            except SystemExit as leaving:
                code = leaving.code
    finally:
        sys.stdin = before
    seconds = time.monotonic() - began
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))
    return Outcome(code, *texts, seconds)


class Process(subprocess.Popen):
    """A process that counts the signals it is sent."""

    def send_signal(self, number):
        if self.poll() is None:
            INJECTED[f"{signal.Signals(number).name} sent"] += 1
        super().send_signal(number)


def environment(**more):
    """Return the environment of a process that runs w2vneg from this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **{k: str(v) for k, v in more.items()}}


def start(*arguments, cwd=None, limits=None, stdin=None, stdout=subprocess.PIPE, **variables):
    """Start w2vneg in a process of its own."""
    INJECTED["processes under a limit of the system"] += limits is not None
    return Process(
        [sys.executable, "-m", "w2vneg", *map(str, arguments)],
        cwd=cwd, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, preexec_fn=limits,
        env=environment(**variables),
    )  # fmt: skip


def finish(process, data=None, timeout=HANG_S):
    """Wait for a process and return how it ended; a hang is a failure."""
    try:
        out, err = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"no answer within {timeout} s") from None
    texts = [(text or b"").decode("utf-8", "backslashreplace") for text in (out, err)]
    return Outcome(process.returncode, *texts)


def run(*arguments, data=None, timeout=HANG_S, **how):
    """Run w2vneg in a process of its own to its end."""
    if data is not None:
        how["stdin"] = subprocess.PIPE
    return finish(start(*arguments, **how), data, timeout)


#: Notes at the start of a training, before anything can go wrong in it.
_NOTES = re.compile(r"w2vneg: .*(so the preset \w+ sets|may diverge: their product is).*\n")


def refused(outcome, code, *parts):
    """Check for one line on stderr that holds `parts`, the exit code, and nothing on stdout."""
    assert outcome.code == code, outcome
    error = _NOTES.sub("", outcome.err)
    assert error.count("\n") == 1, outcome.err
    assert error.startswith("w2vneg: "), outcome.err
    assert outcome.out == "", outcome.out
    for part in parts:
        assert str(part) in error, outcome.err


def answered(outcome):
    """Check for a result or one line, as any input whatever must be answered."""
    assert outcome.code in (0, 1, 2), outcome
    assert "Traceback" not in outcome.err, outcome.err
    if outcome.code:
        assert outcome.err.splitlines()[-1].startswith("w2vneg: "), outcome.err
        assert outcome.out == "", outcome.out


def leftovers(folder):
    """Return the temporary files of w2vneg in a folder."""
    return [path.name for path in Path(folder).rglob("*") if TEMP_MARK in path.name]
