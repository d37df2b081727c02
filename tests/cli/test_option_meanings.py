"""An option that several commands have means the same in all of them."""

import click
import pytest
from helpers.command_options import every_command

from w2vneg.cli.options import Number
from w2vneg.cli.training_options import GroupedCommand

pytestmark = pytest.mark.once  # no compiled code


EVERY = dict(every_command())
USES = {}
for _name, _command in EVERY.items():
    for _parameter in _command.params:
        if isinstance(_parameter, click.Option):
            for _flag in _parameter.opts:
                USES.setdefault(_flag, {})[_name] = _parameter
SHARED = {flag: uses for flag, uses in USES.items() if len(uses) > 1}

#: Help texts differ where an option says what it is good for in its command; what it does is the
#: same.
SAME_BUT_WORDS = {
    "-n": "number of results",
    "--max-tokens": "tokens that are read",
    "--max-vocab": "words of the corpus",
    "--min-count": "words of the corpus",
    "--threads": "number of threads",
    "--time": "time of a training",
    "--set": "training options",
    "--bad-rows": "rows of a table or lines of an edge list that cannot be read",
    "--no-header": "the first line is no header",
    "--grid": "values of training options to try",
    "--seed": "seed of random numbers",
    "--seeds": "repetitions: trainings, or splits of labels",
    "--window": "maximum distance between two words",
    "--common": "items that all can answer: files of vectors or arms",
    "--restrict-vocab": "the first N words of the vectors",
}
#: Why an option takes other values in some commands.
OTHER_VALUES = {
    "-o": "a file or, where the result is several files, a folder",
    "--output": "a file or, where the result is several files, a folder",
    "--encoding-errors": "strict and drop mean the same everywhere; words of vector files can also be "
    "repaired",
    "--window": "a graph has a window of its own, up to 99",
    "--json": "one JSON object on stdout",
    "--method": "how vectors are trained, or how analogies are answered",
}


@pytest.mark.parametrize("flag", SHARED)
def test_shared_options_have_one_meaning(flag):
    uses = SHARED[flag]
    if flag not in OTHER_VALUES:
        kinds = {
            repr(vars(p.type)) if isinstance(p.type, Number) else p.type.name for p in uses.values()
        }
        assert len(kinds) == 1, kinds
    assert len({p.is_flag for p in uses.values()}) == 1
    assert len({p.multiple for p in uses.values()}) == 1
    if flag not in (*OTHER_VALUES, *SAME_BUT_WORDS):
        texts = {p.help.partition("  [default")[0] for p in uses.values()}
        assert len(texts) == 1, texts


def test_listed_reasons_are_needed():
    assert {*SAME_BUT_WORDS, *OTHER_VALUES} <= set(SHARED)


@pytest.mark.parametrize("flag", ["--min-count", "--max-vocab", "--threads", "--encoding-errors"])
def test_shared_options_have_one_default(flag):
    defaults = {
        name: parameter.default if isinstance(parameter.default, int | str) else None
        for name, parameter in SHARED[flag].items()
        if name != "convert"
    }
    assert len(set(defaults.values())) == 1, defaults


def test_encoding_errors_share_their_values():
    allowed = {
        name: set(getattr(p.type, "choices", ("drop", "strict")))
        for name, p in SHARED["--encoding-errors"].items()
    }
    assert set.intersection(*allowed.values()) == {"drop", "strict"}


def test_every_command_answers_unknown_options():
    from w2vneg.cli.commands import Command

    assert all(isinstance(command, Command) for command in EVERY.values())
    assert isinstance(EVERY["train"], GroupedCommand)
