"""Every row of input, for whole comparisons, downloads, and arguments that belong to no command.

See `helpers.searches` for the short and the long form.
"""

import contextlib
import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import click
import pooch.core
import pytest
from helpers import damaged_inputs as make
from helpers.command_options import BY_HAND, OPTIONS, RANKS, READING, WALKS, every_command
from helpers.commands import answered, call, compiled_only, leftovers
from helpers.searches import is_answered, look_for_failures, put, search_for_minutes
from helpers.servers import any_answers, serving
from hypothesis import note
from hypothesis import strategies as st

from w2vneg.cli import COMMANDS
from w2vneg.comparison import runs, worker
from w2vneg.comparison.report import plots
from w2vneg.errors import W2vnegError
from w2vneg.samplers import all_options
from w2vneg.samplers.foreign_names import FOREIGN
from w2vneg.system.atomic_files import TEMP_MARK
from w2vneg.system.option_names import flag
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


def trainings(draw, command):
    """Write a corpus and test sets; return options of a command that trains several times."""
    Path("c.txt").write_bytes(b"the cat and a dog\n" * 20 + make.text(draw))
    questions = b"the cat dog and\ncat dog the a\n"
    Path("q.txt").write_bytes(make.questions(draw) if make.seldom(draw, 3) else questions)
    pairs = b"the\tcat\t1\ncat\tdog\t2\na\tdog\t7\nand\tnone\t3\n"
    Path("s.txt").write_bytes(make.ratings(draw) if make.seldom(draw, 3) else pairs)
    reading = {} if not make.seldom(draw, 6) else READING
    few = {name: values for name, values in OPTIONS[command].items() if name != "--time"}
    options = make.options_of(draw, {**few, **reading})
    if not {"--analogies", "--similarity"} & set(options):
        options += ["--analogies", "q.txt", "--similarity", "s.txt"]
    return options


def ran(*arguments):
    """Run a command that trains several times, each time in this process."""
    note(f"arguments: {arguments}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_run_process", in_this_process)
        patch.setattr(plots, "available", lambda: False)
        outcome = call(*arguments)
    note(f"{outcome.code} in {outcome.seconds:.1f} s: {outcome.err[-500:]}")
    answered(outcome)
    assert leftovers(".") == []
    return outcome


def tune(draw):
    options = trainings(draw, "tune")
    tiny = [x for one in ("dim=3", "threads=1", "min-count=1") for x in ("--set", one)]
    # A long time would be used.
    tiny += ["--time", draw(make.biased(["0.1s", "0.2s", "0s", "x"]))]
    if "--seeds" not in options:
        options += ["--seeds", "1"]
    if "--trials" not in options:
        options += ["--trials", "2"]
    if ran("tune", "c.txt", *tiny, *options).code == 0:
        found = json.loads(Path("tuning/tuning.json").read_text(encoding="utf-8"))
        assert found["command"].startswith("w2vneg train")
        assert call("vocab", "tuning").code == 1  # nothing in it is read as text


def compare(draw):
    options = trainings(draw, "compare")
    if "--samplers" not in options:
        options += ["--samplers", draw(make.biased(["unigram", "unigram,uniform"]))]
    tiny = "dim=3,epochs=1,threads=1,min-count=1"
    if "--seeds" not in options:
        options += ["--seeds", "1"]
    if ran("compare", "c.txt", "--set", tiny, *options).code == 0:
        page = Path("report/index.html").read_text(encoding="utf-8")
        assert page.endswith("</html>\n")
        told = json.loads(Path("report/results.json").read_text(encoding="utf-8"))
        for arm in told["arms"].values():
            for score in arm["scores"].values():
                assert 0 <= score["used"] <= score["items"]
        assert ">nan<" not in page
        assert call("vocab", "report").code == 1  # nothing in it is read as text


FLAGS = {
    name: [p.opts[0] for p in command.params if isinstance(p, click.Option)]
    for name, command in every_command()
}
EVERY_FLAG = sorted({one for flags in FLAGS.values() for one in flags})
VALUES = [*make.WILD, "missing.txt", "v.vec", "king", "--", "-", "-5", "-n5", "-o", "1", "lr=1"]


def arguments(draw):
    name = draw(make.biased(list(COMMANDS)))
    pieces = st.sampled_from([*EVERY_FLAG, *(f"-{foreign}" for foreign in FOREIGN), *VALUES])
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


def fetch(draw):
    """Downloads from a server that answers anything, over what an earlier call may have left."""
    answers, right = any_answers(draw)
    if make.seldom(draw, 3):
        folder = Path(f".f.bin{TEMP_MARK}download")
        folder.mkdir(exist_ok=True)
        (folder / "part").write_bytes(right[: draw(st.integers(0, len(right)))])
    elif make.seldom(draw, 12):
        put("f.bin", make.damage(draw, right))
    checked = draw(st.booleans())
    options = ["--sha256", hashlib.sha256(right).hexdigest()] if checked else []
    if "--timeout" not in (more := make.options_of(draw, {"--timeout": ["0.2", "0.5"]})):
        more = ["--timeout", "0.3"]
    with serving(answers) as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooch.core, "time", SimpleNamespace(sleep=lambda seconds: None))
        for _ in range(2):
            outcome = is_answered("corpus", "fetch", "--url", f"{address}/f.bin", *options, *more)
            if outcome.code == 0:
                assert not list(Path().glob(f"*{TEMP_MARK}*"))
                if checked:
                    assert Path("f.bin").read_bytes() == right
                break


#: Name to (search, examples of the short form).
SEARCHES = {
    "compare": (compare, 20),
    "tune": (tune, 10),
    "arguments": (arguments, 200),
    "fetch": (fetch, 60),
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", FLAGS)
def test_every_option_is_tried(name):
    given = {flag(option) for option in all_options()} if name == "train" else set()
    reads = ("vocab", "graph", "train", "eval", "compare", "tune", "phrases")
    reading = {*READING, *WALKS} if name in reads else set()
    if name == "train":
        given |= set(RANKS)
    assert set(FLAGS[name]) <= {*OPTIONS[name], *reading, *given, *BY_HAND}


@pytest.mark.parametrize("name", SEARCHES)
def test_answers_any_arguments(name):
    look_for_failures(*SEARCHES[name])


@pytest.mark.stress
@pytest.mark.parametrize("name", SEARCHES)
def test_answers_any_arguments_for_minutes(name):
    search_for_minutes(SEARCHES[name][0], 200)
