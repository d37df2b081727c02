"""Every row of input, for whole comparisons, and for arguments that belong to no command.

As in `test_fuzz`, the short form is the same each time and the long form (stress) has a new seed each
time.
"""

import contextlib
import json
import os
import random
import time
from pathlib import Path

import click
import pytest
from helpers import damaged_inputs as make
from helpers.commands import INJECTED, answered, call, compiled_only, leftovers
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from w2vneg.cli import COMMANDS, group
from w2vneg.comparison import runs, worker
from w2vneg.comparison.report import plots
from w2vneg.errors import W2vnegError
from w2vneg.samplers.foreign_names import FOREIGN
from w2vneg.system.progress import Progress

pytestmark = [compiled_only, pytest.mark.slow]


def in_this_process(task, stop):
    """Do a run without a process of its own, which would take seconds to start."""
    try:
        one = runs.Task.from_json(json.loads(task.read_text(encoding="utf-8")))
        result = worker.run_task(one, Progress(), stop)
    except W2vnegError as error:
        raise runs.RunFailed(f"a run failed: {error}") from None
    Path(one.result).write_text(json.dumps(result.to_json()))


def compare(draw):
    Path("c.txt").write_bytes(b"the cat and a dog\n" * 20 + make.text(draw))
    questions = b"the cat dog and\ncat dog the a\n"
    Path("q.txt").write_bytes(make.questions(draw) if make.seldom(draw, 3) else questions)
    pairs = b"the\tcat\t1\ncat\tdog\t2\na\tdog\t7\nand\tnone\t3\n"
    Path("s.txt").write_bytes(make.ratings(draw) if make.seldom(draw, 3) else pairs)
    table = {
        "--analogies": ["q.txt", ".", "s.txt"], "--similarity": ["s.txt", ".", "q.txt"],
        "--seeds": ["2"], "--first-seed": ["0", "7"], "--eval-every": ["0.5", "2"],
        "--restrict-vocab": ["1", "4"], "--case-sensitive": [], "--common": [], "--equal-time": [],
        "--keep-vectors": [], "--grid": ["lr=0.1,0.2", "dim=x", "power=1"], "--json": [],
        "--set": ["lr=0.5", "uniform:lr=1", "size=3", "dim", "sample=0"],
        "--against": ["uniform", "nothing"],
    }  # fmt: skip
    options = make.options_of(draw, table)
    if not {"--analogies", "--similarity"} & set(options):
        options += ["--analogies", "q.txt", "--similarity", "s.txt"]
    samplers = draw(
        make.biased(["unigram", "unigram,uniform", "uniform", *[""] * make.seldom(draw, 5)])
    )
    tiny = "dim=3,epochs=1,threads=1,min-count=1"
    if "--seeds" not in options:
        options += ["--seeds", "1"]
    arguments = ["compare", "c.txt", "--samplers", samplers, "--set", tiny, *options]
    note(f"arguments: {arguments}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_run_process", in_this_process)
        patch.setattr(plots, "available", lambda: False)
        outcome = call(*arguments)
    note(f"{outcome.code} in {outcome.seconds:.1f} s: {outcome.err[-500:]}")
    answered(outcome)
    assert leftovers(".") == []
    if outcome.code == 0:
        page = Path("report/index.html").read_text(encoding="utf-8")
        assert page.endswith("</html>\n")
        told = json.loads(Path("report/results.json").read_text(encoding="utf-8"))
        for arm in told["arms"].values():
            for score in arm["scores"].values():
                assert 0 <= score["used"] <= score["items"]
        assert ">nan<" not in page
        assert call("vocab", "report").code == 1  # nothing in it is read as text


FLAGS = sorted(
    {
        flag
        for name in COMMANDS
        for parameter in group.get_command(None, name).params
        if isinstance(parameter, click.Option)
        for flag in parameter.opts
    }
)
VALUES = [*make.WILD, "missing.txt", "v.vec", "king", "--", "-", "-5", "-n5", "-o", "1", "lr=1"]


def arguments(draw):
    name = draw(make.biased(list(COMMANDS)))
    pieces = st.sampled_from([*FLAGS, *(f"-{foreign}" for foreign in FOREIGN), *VALUES])
    more = draw(st.lists(pieces, max_size=6))
    if name == "corpus":  # never one that downloads
        first = draw(make.biased(["list", "clean", "nothing", "--json"]))
        given_arguments = [name, first, *more]
    else:
        # Without a corpus, one would be made; with one that exists, it might take long.
        given_arguments = [name, "missing.txt", *more] if name != "samplers" else [name, *more]
    note(f"arguments: {given_arguments}")
    with contextlib.suppress(UnicodeEncodeError):
        outcome = call(*given_arguments)
        note(f"{outcome.code}: {outcome.err[-500:]}")
        answered(outcome)
        assert outcome.code or name in ("samplers", "corpus") or {"--help", "-h"} & set(more)


#: Name to (search, examples of the short form).
SEARCHES = {"compare": (compare, 20), "arguments": (arguments, 200)}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def look_for_failures(search, examples, chance=None):
    def one(data):
        INJECTED["inputs searched for failures"] += 1
        search(data.draw)

    profile = settings(
        max_examples=examples, derandomize=chance is None, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    run = profile(given(st.data())(one))
    (run if chance is None else seed(chance)(run))()


@pytest.mark.parametrize("name", SEARCHES)
def test_answers_any_arguments(name):
    look_for_failures(*SEARCHES[name])


@pytest.mark.stress
@pytest.mark.parametrize("name", SEARCHES)
def test_answers_any_arguments_for_minutes(name):
    first = int(os.environ.get("W2VNEG_FUZZ_SEED") or random.SystemRandom().getrandbits(32))
    until = time.monotonic() + float(os.environ.get("W2VNEG_FUZZ_SECONDS", "120"))
    for chance in range(first, first + 1000):
        print(f"{name}: W2VNEG_FUZZ_SEED={chance}")
        look_for_failures(SEARCHES[name][0], 200, chance)
        if time.monotonic() > until:
            break
