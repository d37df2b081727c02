"""Every option of the commands that train several times reaches the comparison or the search."""

import importlib
from pathlib import Path

import click
import pytest
from helpers.command_options import OPTIONS, READING, WALKS
from helpers.commands import call

from w2vneg.cli import group
from w2vneg.errors import W2vnegError

pytestmark = pytest.mark.once  # no compiled code

#: Command, and the function of its name, to the module of the function.
FUNCTIONS = {
    "compare": "w2vneg.cli.compare",
    "tune": "w2vneg.comparison.tuning.tune",
}
#: Values that go together or are read by the command itself, instead of those of the fuzz tests.
VALUES = {
    "-o": ["elsewhere"], "--time": ["9s"], "--tune": ["--equal-time"], "--format": ["text"],
    "--group": ["1", "--column", "2"], "--order": ["3", "--group", "1", "--column", "2"],
    "--walks": ["node2vec", "--format", "edges"], "--p": ["0.5", "--walks", "node2vec", "--format", "edges"],
    "--q": ["0.5", "--walks", "node2vec", "--format", "edges"],
    "--tokenizer": ["unicode"], "--eval-every": ["0.25"],
}  # fmt: skip
#: How the result is printed.
FORM = {"--json", "--help"}


def options():
    """Yield command, option, and a value that is not the default."""
    for name in FUNCTIONS:
        for parameter in group.get_command(None, name).params:
            option = parameter.opts[0]
            if not isinstance(parameter, click.Option) or option in FORM:
                continue
            known = {**READING, **WALKS, **OPTIONS[name], **VALUES}[option]
            if parameter.is_flag:
                value = [option, *VALUES.get(option, [])]
            else:
                value = [option, *(known if option in VALUES else known[:1])]
            if option in WALKS and option not in VALUES:
                value += ["--format", "edges"]
            yield pytest.param(name, value, id=f"{name} {option}")


@pytest.fixture
def received(tmp_path, monkeypatch):
    """Return a function that runs a command and returns what the function behind it was given."""
    monkeypatch.chdir(tmp_path)
    Path("c.csv").write_text("a b,c d,1\n" * 9)
    Path("q.txt").write_text("a b c d\n")
    Path("s.txt").write_text("a b 1\n")
    told = []

    def record(*arguments, progress, stop, **given):
        told.append({"corpus": arguments, **given})
        raise W2vnegError("recorded")

    for name, module in FUNCTIONS.items():
        monkeypatch.setattr(importlib.import_module(module), name, record)

    def run(*arguments):
        outcome = call(*arguments)
        assert "recorded" in outcome.err, outcome
        given = told.pop()
        given.pop("command", None)  # the line that is shown in the report
        return given

    return run


@pytest.mark.parametrize(("command", "option"), list(options()))
def test_every_option_reaches_the_function(received, command, option):
    without = [word for word in option[1:] if word != option[0]] if option[0] not in VALUES else []
    edges = ["--format", "edges"] if "edges" in without else []
    given = received(command, "c.csv", *option)
    assert given != received(command, "c.csv", *edges)
