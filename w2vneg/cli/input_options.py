"""Options of the commands that read a corpus: tables, graphs, and how text is split into words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from w2vneg.cli.options import Number
from w2vneg.corpus.input_options import BAD_ROWS, FORMATS, TOKENIZERS, InputOptions
from w2vneg.corpus.walk_options import OPTIONS, WalkOptions


def _shown(default: Any) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)


_OPTIONS = (
    click.option(
        "--column",
        metavar="NAME",
        help="Read this column of a table (CSV, TSV, JSON lines, Parquet, Arrow): text, lists of "
        "words, or with --group one word a row.",
    ),
    click.option(
        "--group",
        metavar="NAME",
        help="Make a sentence of all rows with the same value in this column, such as a session. "
        "By default no word is then left out or subsampled.",
    ),
    click.option(
        "--order",
        metavar="NAME",
        help="Order the rows of a group by this column of numbers or dates.  [default: as in the "
        "table]",
    ),
    click.option(
        "--format",
        "input_format",
        help=f"What the corpus is: {', '.join(FORMATS)}.  [default: what the suffix says]",
    ),
    click.option(
        "--bad-rows",
        default=BAD_ROWS[0],
        help="Rows with missing values and rows that cannot be read: fail at the first (fail), or "
        "leave them out and count them (drop).  [default: fail]",
    ),
    click.option(
        "--no-header",
        is_flag=True,
        help="The first row of CSV or TSV is no header; the columns are called 1, 2, ...",
    ),
    click.option(
        "--no-quotes",
        is_flag=True,
        help="Quotes in CSV or TSV are characters like any other.",
    ),
)
_PREPARING = (
    click.option(
        "--tokenizer",
        default="whitespace",
        help="How text is split into words: "
        + "; ".join(f"{name}: {what}" for name, what in TOKENIZERS.items())
        + ".  [default: whitespace]",
    ),
    click.option("--lower", is_flag=True, help="Convert text to lower case."),
    click.option("--nfc", is_flag=True, help="Write composed characters in one way (Unicode NFC)."),
)

_WALKS = (
    *(
        click.option(
            option.flag,
            option.name,
            type=Number.for_option(option) if option.kind in (int, float) else str,
            default=option.default,
            help=f"{option.help}  [default: {_shown(option.default)}]",
        )
        for option in OPTIONS
    ),
    click.option(
        "--directed",
        is_flag=True,
        help="Follow edges from their first node to their second only. With --walks line2: the first node "
        "predicts the second, not the other way around.",
    ),
    click.option("--unweighted", is_flag=True, help="Read the two nodes of an edge only."),
)

#: Names of the options, for a section of the help.
INPUT_NAMES = ("column", "group", "order", "input_format", "bad_rows", "no_header", "no_quotes")
PREPARING_NAMES = ("tokenizer", "lower", "nfc")
WALK_NAMES = WalkOptions.names()


def input_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command that reads a corpus with the options of reading it."""
    for option in reversed(_OPTIONS + _PREPARING):
        function = option(function)
    return function


def walk_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command that reads the edges of graphs with the options of walks on them."""
    for option in reversed(_WALKS):
        function = option(function)
    return function


def take_input(options: dict[str, Any], corpus: Sequence[str] = ()) -> InputOptions:
    """Take the options of `input_options` out of those of a command.

    Parameters
    ----------
    options : dict
        Modified in place.
    corpus : sequence of str
        The files that are read: whether they are edges, their names may tell.

    Raises
    ------
    UsageError
        A value is not allowed, or two do not go together.
    """
    values: Mapping[str, Any] = {
        name: options.pop(name) for name in (*INPUT_NAMES, *PREPARING_NAMES)
    }
    return InputOptions(
        walks=take_walks(options),
        format=values["input_format"],
        column=values["column"],
        group=values["group"],
        order=values["order"],
        bad_rows=values["bad_rows"],
        header=not values["no_header"],
        quotes=not values["no_quotes"],
        tokenizer=values["tokenizer"],
        lower=values["lower"],
        nfc=values["nfc"],
    ).for_files(corpus)


def take_walks(options: dict[str, Any]) -> WalkOptions | None:
    """Take the options of walks out of those of a command; None if none was typed.

    Raises
    ------
    UsageError
        A value is not allowed, or has no effect.
    """
    context = click.get_current_context()
    typed = {}
    for name in WALK_NAMES:
        value = options.pop(name, None)
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            typed[name] = value
    return WalkOptions(**typed) if typed else None


def session_defaults(
    chosen: InputOptions, names: Sequence[str], note: Callable[[str], None]
) -> dict[str, Any]:
    """Return the options whose defaults are others where sentences are sessions or walks.

    Options that were given by hand win.

    Parameters
    ----------
    chosen : InputOptions
    names : sequence of str
        Of ``"sample"``, ``"min_count"`` and ``"window"``, those that the current command has.
    note : callable
        Told what was set.
    """
    values = chosen.training_defaults()
    context = click.get_current_context()
    applied = {
        name: values[name]
        for name in names
        if name in values
        and context.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE
    }
    if applied:
        listed = " ".join(f"--{n.replace('_', '-')} {value:g}" for n, value in applied.items())
        note(f"{'with --group' if chosen.walks is None else 'for graphs'} the default is {listed}")
    return applied
