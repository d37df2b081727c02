"""Rows 19 and 20: values that no option can have, and options that do not belong together."""

import math

import click
import numpy as np
import pytest
from helpers.command_options import every_command
from helpers.commands import answered, call, compiled_only, refused

from w2vneg import load_vectors
from w2vneg.cli.options import Number, Place
from w2vneg.errors import UsageError
from w2vneg.samplers import all_options, configure, method_options, methods, named_samplers
from w2vneg.system.option_names import flag

#: What is no number of any kind, for a whole number also what is one.
NO_NUMBER = ("text", "", "0x10", "1,5", "five")
NO_WHOLE = ("nan", "inf", "-inf", "1e400", "1.5", "1e3")
EXTREME = ("-1", "0", "1" + 22 * "0", "-1" + 22 * "0", "1e400", "-1e400", "nan", "inf", "-inf")
DECLARED = all_options()
NUMBERS = [name for name, option in DECLARED.items() if option.kind in (int, float)]
CHOICES = [name for name, option in DECLARED.items() if option.choices]
FLAGS = [name for name, option in DECLARED.items() if option.kind is bool]


#: What an option needs besides the method that reads it.
COMPANIONS = {
    "category_lambda": {"category_file": "categories.txt"},
    "given_lambda": {"negatives_file": "words.txt"},
    "variance_warmup": {"proposal": "nscaching"},
    "variance_weight": {"proposal": "nscaching"},
    "band_low": {"band_high": 1.0},
    "band_high": {"band_low": 0.0},
}
#: Where one option must be below another, they cannot both be at an end.
ORDERED = {"band_low", "band_high"}


def companions(name):
    """Return the options of `COMPANIONS` as arguments."""
    given = COMPANIONS.get(name, {}).items()
    return [part for option, value in given for part in (flag(option), value)]


def readers(name):
    """Return the methods that read an option; none for a common one."""
    return method_options()[name][1] if name in method_options() else ()


def owner(name):
    """Return the options without which an option is refused for another reason."""
    return next(([f"--{method.kind}", method.name] for method in readers(name)), [])


def outside(name):
    """Return numbers outside the declared range of an option: beside its ends, and extreme ones."""
    option = DECLARED[name]
    whole, low, high = option.kind is int, option.low, option.high
    if whole:
        beside = [str(low - 1), str(high + 1)]
    else:
        below = low if option.low_open else math.nextafter(low, -math.inf)
        beside = [repr(below), repr(math.nextafter(high, math.inf))]
    extreme = [t for t in EXTREME if not whole or t.lstrip("-").isdigit()]

    def inside(text):
        value = int(text) if whole else float(text)
        return low <= value <= high and not (option.low_open and value == low)

    return [text for text in [*beside, *extreme] if not inside(text)]


@pytest.mark.fault(19)
@pytest.mark.parametrize("name", NUMBERS)
def test_names_range_if_number_is_outside(corpus, old, name):
    allowed = DECLARED[name].bounds
    values = outside(name)
    assert len(values) >= 4
    for text in values:
        outcome = call("train", corpus, "-o", old, *owner(name), flag(name), text)
        refused(outcome, 2, f"{flag(name)} {text} is out of range", allowed)


@pytest.mark.fault(19)
@pytest.mark.parametrize("name", NUMBERS)
def test_names_option_if_value_is_no_number(corpus, old, name):
    whole, allowed = DECLARED[name].kind is int, DECLARED[name].bounds
    for text in (*NO_NUMBER, *(NO_WHOLE if whole else ())):
        outcome = call("train", corpus, "-o", old, *owner(name), flag(name), text)
        refused(outcome, 2, flag(name), repr(text), allowed)


@pytest.mark.fault(19)
@pytest.mark.parametrize("name", NUMBERS)
def test_accepts_both_ends_of_range(name):
    option = DECLARED[name]
    chosen = next(({method.kind: method.name} for method in readers(name)), {})
    low = math.nextafter(option.low, math.inf) if option.low_open else option.low
    chosen |= COMPANIONS.get(name, {})
    for value in (low, option.high):
        if name in ORDERED and value == next(iter(COMPANIONS[name].values())):
            continue
        assert configure(**{**chosen, name: value})[option] == value


@pytest.mark.slow
@pytest.mark.fault(19)
@compiled_only
@pytest.mark.parametrize("name", [n for n in NUMBERS if DECLARED[n].kind is float])
def test_trains_with_extreme_numbers(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").write_text("the cat sat on the mat and the dog lay on the rug\n" * 50)
    (tmp_path / "words.txt").write_text("cat dog\nmat rug\n")
    (tmp_path / "categories.txt").write_text("cat\tanimal\ndog\tanimal\nmat\tthing\n")
    epochs = [] if owner(name)[:1] == ["--method"] else ["--epochs", 2]
    option = DECLARED[name]
    first = 0.0 if option.low < 0 else option.low
    values = (option.low, math.nextafter(first, math.inf), 1e-300, option.high)
    for value in values[bool(option.low_open) :]:
        if not option.low <= value <= option.high:
            continue
        if name in ORDERED and value == next(iter(COMPANIONS[name].values())):
            continue
        options = [
            "--min-count",
            1,
            "--dim",
            4,
            *epochs,
            *owner(name),
            *companions(name),
            flag(name),
            repr(value),
        ]
        outcome = call("train", "c.txt", "-o", "o.vec", *options)
        answered(outcome)
        assert outcome.code == 0 or "diverged" in outcome.err or "not finite" in outcome.err, (
            outcome
        )
        if outcome.code == 0:
            assert np.isfinite(load_vectors("o.vec").matrix).all()


@pytest.mark.fault(19)
@pytest.mark.parametrize("name", [*CHOICES, *FLAGS])
def test_names_option_if_value_is_no_choice(corpus, old, name):
    texts = ("unigrm", "", "nan", "-1", "UNIGRAM", "all ", "smoothed\n")
    for text in texts if name in CHOICES else ("7", "", "maybe"):
        given = [flag(name), text] if name in CHOICES else [f"{flag(name)}={text}"]
        refused(call("train", corpus, "-o", old, *owner(name), *given), 2, flag(name))


HUGE = "1" + 22 * "0"
NAMES = ["nan", "-1", "0", "text", "", HUGE]
RANGE = ("at least", "more than", "such as", "from ", "option=value")
VECTORS = b"3 2\na 1 0\nb 0 1\nc 1 1\n"
#: Command to arguments with which it would run.
BASES = {
    "train": ["corpus.txt"], "eval": ["v.vec"], "neighbors": ["v.vec", "a"],
    "analogy": ["v.vec", "a", "b", "c"], "align": ["v.vec", "v.vec"], "view": ["v.vec"], "convert": ["v.vec", "w.bin"],
    "vocab": ["corpus.txt"], "graph": ["corpus.txt"], "phrases": ["corpus.txt"],
    "walks": ["corpus.txt", "-o", "w.txt"], "compare": ["corpus.txt", "-o", "report"],
    "tune": ["corpus.txt", "-o", "tuning"], "samplers": [], "corpus list": [], "corpus sample": [],
    "corpus clean": ["corpus.txt"], "corpus fetch": ["--url", "http://localhost/x"],
}  # fmt: skip
_SETTINGS = [*NAMES, "dim=", "x=1"]
_TIMES = [*NO_NUMBER, "nan", "inf", "1e400", "-1", "0", "0s", "5x", "-5m"]
#: Options whose values are texts with a meaning, and values that they cannot have.
TEXTS = {
    "--checkpoint-every": [*_TIMES, HUGE], "--time": _TIMES, "--eval-every": [*EXTREME, *NO_NUMBER],
    "--encoding-errors": NAMES, "--method": NAMES, "--family": NAMES, "--score": NAMES, "--to": NAMES,
    "--dtype": NAMES, "--map": NAMES, "--format": [name for name in NAMES if name != "text"], "--bad-rows": NAMES, "--tokenizer": NAMES, "--walks": NAMES,
    "--samplers": NAMES, "--grid": _SETTINGS, "--set": _SETTINGS, "--against": [n for n in NAMES if n],
    "--sync-every": [*NO_NUMBER, "0", "-1", "1.5", HUGE], "--sync-rule": NAMES, "--sync-timeout": [*_TIMES, HUGE],
    "--ranks": [*NAMES, "2,", "1,,2", "1,x", "1.5", "257", "2,2"],
    "--sha256": NAMES, "--phrases": [*NO_NUMBER, *NO_WHOLE],
}  # fmt: skip
#: Options that take any text: what it must be is known once the inputs are read.
FREE = {"--hosts", "--column", "--group", "--order", "--node", "--join-spaces", "--url"}


def options_of_every_command():
    """Yield command, its arguments, an option, and values that the option cannot have."""
    for name, command in every_command():
        for parameter in command.params:
            if not isinstance(parameter, click.Option) or parameter.is_flag:
                continue
            option = parameter.opts[0]
            if name == "train" and option in map(flag, DECLARED):
                continue  # the tests above
            yield name, BASES[name], option, impossible(option, parameter.type)


def impossible(option, kind):
    """Return values that an option of a type cannot have; None if nothing is known of it."""
    if option in TEXTS:
        return TEXTS[option]
    if isinstance(kind, Place):
        return ["", "--json"]
    if not isinstance(kind, Number):
        return None
    whole = kind.kind is int
    texts = [*NO_NUMBER, *(NO_WHOLE if whole else ("nan", "inf", "1e400"))]
    for text in ("-1", "0", HUGE):
        number = float(text)
        if number < kind.low or number > kind.high or (kind.low_open and number == kind.low):
            texts.append(text)
    return texts


CASES = [
    pytest.param(*case, id=f"{case[0]} {case[2]}")
    for case in options_of_every_command()
    if case[2] not in FREE
]


@pytest.mark.fault(19)
@pytest.mark.parametrize(("command", "arguments", "option", "values"), CASES)
def test_names_bad_values_of_every_command(
    corpus, old, monkeypatch, command, arguments, option, values
):
    assert values, "add what the option cannot be to TEXTS, or the option to FREE"
    monkeypatch.chdir(corpus.parent)
    (corpus.parent / "v.vec").write_bytes(VECTORS)
    before = sorted(corpus.parent.rglob("*"))
    for text in values:
        outcome = call(*command.split(), *arguments, option, text)
        refused(outcome, 2, option)
        if values is not NAMES and option not in TEXTS and text in ("-1", "0", HUGE):
            assert any(words in outcome.err for words in RANGE), outcome.err
    assert sorted(corpus.parent.rglob("*")) == before


@pytest.mark.fault(19)
@pytest.mark.parametrize(
    "setting", ["lr=nan", "dim=-1", f"dim={HUGE}", "ns-exponent=inf", "epochs=two"]
)
@pytest.mark.parametrize("option", ["--set", "--grid"])
def test_checks_options_of_comparison_arms(corpus, tmp_path, option, setting):
    outcome = call("compare", corpus, "-o", tmp_path / "report", option, setting)
    refused(outcome, 2, f"--{setting.partition('=')[0]} ")
    assert not (tmp_path / "report").exists()


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("option", "known"),
    [
        ("--sampler", named_samplers()),
        *((f"--{kind}", known) for kind, known in methods().items()),
    ],
)
def test_suggests_samplers_for_unknown_name(corpus, old, option, known):
    outcome = call("train", corpus, "-o", old, option, "zzz")
    refused(outcome, 2, f"{option} 'zzz'", *known)
    first = min(known)
    refused(call("train", corpus, "-o", old, option, first[:-1]), 2, f"did you mean '{first}'")
    refused(call("samplers", "zzz"), 2, "'zzz'", *known)


OWNED = list(method_options())


@pytest.mark.fault(20)
@pytest.mark.parametrize("name", OWNED)
def test_refuses_option_of_another_sampler(corpus, old, name):
    option, owners = method_options()[name]
    value = [] if option.kind is bool else [option.default or option.low or 0.5]
    if option.kind is str:
        value = [option.default or "graph.npz"]
    strangers = 0
    for sampler, parts in named_samplers().items():
        if any(getattr(parts, method.kind, None) == method.name for method in owners):
            continue
        strangers += 1
        # Asked for by name, an option is refused even with its default.
        outcome = call("train", corpus, "-o", old, "--sampler", sampler, flag(name), *value)
        refused(
            outcome,
            2,
            f"{flag(name)} has no effect with --sampler {sampler}",
            f"--{owners[0].kind} {owners[0].name}",
        )
    assert strangers


@pytest.mark.fault(20)
def test_refuses_options_of_replaced_part(corpus, old):
    given = ("--sampler", "gneg", "--proposal", "uniform", "--gneg-power", 1)
    refused(call("train", corpus, "-o", old, *given), 2, "--gneg-power", "no effect")
    configure(sampler="uniform", proposal="gneg", gneg_power=1.0)
    with pytest.raises(UsageError, match="no effect"):
        configure(sampler="gneg", proposal="uniform", gneg_power=1.0)


@pytest.mark.fault(20)
def test_suggests_similar_option_or_command(corpus, old):
    refused(call("train", corpus, "-o", old, "--gneg-powr", 1), 2, "--gneg-power")
    refused(call("train", corpus, "-o", old, "--ns-exponnet", 1), 2, "--ns-exponent")
    refused(call("trian", corpus), 2, "'train'")
