"""Types of command-line options, and checks of output paths, that commands share."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from w2vneg.config import COMMON, Option, bounds
from w2vneg.errors import UsageError, suggest

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:  # not generic in older versions of click
    _ParamType = click.ParamType


def _flag(param: click.Parameter | None) -> str:
    """Return the long spelling of the option that is being converted."""
    return max(param.opts, key=len) if param is not None else "the value"


class Number(_ParamType):
    """A number in a range; any other value is refused with the option's name and the range.

    Parameters
    ----------
    kind : type
        ``int`` or ``float``.
    low, high : number
        The range, both ends included.
    low_open : bool
        Exclude the lower end.
    aliases : mapping of str to number
        Words that stand for numbers.
    """

    def __init__(
        self,
        kind: type,
        low: float,
        high: float = math.inf,
        *,
        low_open: bool = False,
        aliases: Mapping[str, float] | None = None,
    ) -> None:
        self.kind, self.low, self.high, self.low_open = kind, low, high, low_open
        self.aliases = aliases or {}
        self.name = "integer" if kind is int else "float"

    @classmethod
    def of(cls, name: str) -> Number:
        """Return the type of a common option of a training, with its declared range."""
        return cls.for_option(COMMON[name])

    @classmethod
    def for_option(cls, option: Option[Any]) -> Number:
        """Return the type of an option, with its declared range."""
        return cls(
            option.kind,
            option.low,
            option.high,
            low_open=option.low_open,
            aliases=option.aliases,
        )

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number that a text spells; NaN and infinity are refused in every range."""
        allowed = bounds(self.low, self.high, self.low_open)
        value = self.aliases.get(value, value)
        try:
            number: float = self.kind(value)
        except ValueError:
            what = "a whole number" if self.kind is int else "a number"
            raise UsageError(f"{_flag(param)} must be {what}, not {value!r}: {allowed}") from None
        above = number > self.low if self.low_open else number >= self.low
        if not (above and number <= self.high) or number in (math.inf, -math.inf):
            raise UsageError(f"{_flag(param)} {value} is out of range: {allowed}")
        return number


class OneOf(_ParamType):
    """One of several names; any other value is refused with the closest of them.

    Parameters
    ----------
    values : callable
        Returns the names; called only to check a value, so that ``--help`` imports nothing heavy.
    """

    name = "name"

    def __init__(self, values: Callable[[], Sequence[str]]) -> None:
        self.values = values

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name if it is one of the values."""
        known = list(self.values())
        if value not in known:
            raise UsageError(f"{_flag(param)} {value!r}: {suggest(str(value), known)}")
        return str(value)


class Place(click.Path):
    """A path, as a guard against two mistakes.

    An empty path, from an unset shell variable, does not count as no path, and if the path was
    forgotten, the option after it is not taken for it.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path if it is neither empty nor an option."""
        if not value:
            raise UsageError(f"{_flag(param)} is empty; give a path")
        if str(value).startswith("--"):
            raise UsageError(
                f"{_flag(param)} needs a path, but {value} is an option; for a file of that name "
                f"write ./{value}"
            )
        return super().convert(value, param, ctx)


def _analogy_methods() -> Sequence[str]:
    from w2vneg.vectors.vectors import ANALOGY_METHODS

    return ANALOGY_METHODS


#: Decorator that adds ``--method`` to a command on analogies.
analogy_method = click.option(
    "--method",
    type=OneOf(_analogy_methods),
    default="3cosadd",
    show_default=True,
    help="3cosadd: sum of cosines; 3cosmul: product of cosines.",
)


_DECORATORS = (
    click.option(
        "--analogies",
        multiple=True,
        type=Place(),
        help="File of analogy questions (questions-words, MSR or BATS format), or a folder of such "
        "files; may be repeated.",
    ),
    click.option(
        "--similarity",
        multiple=True,
        type=Place(),
        help="File of word pairs with human ratings, or a folder of such files; may be repeated.",
    ),
    click.option(
        "--restrict-vocab",
        type=Number(int, 1),
        default=30_000,
        show_default=True,
        help="Limit analogies to the N most frequent words, and word pairs to N or 300,000, whichever "
        "is larger.",
    ),
    click.option(
        "--case-sensitive",
        is_flag=True,
        help="Treat words that differ only in case as different words.",
    ),
)


def scoring_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with the options that say what vectors are scored on."""
    for option in reversed(_DECORATORS):
        function = option(function)
    return function


def refuse_idle(names: Iterable[str], why: str) -> None:
    """Refuse options of the running command that were typed but have no effect.

    Parameters
    ----------
    names : iterable of str
        Names of the parameters.
    why : str
        What follows the option, as in ``has no effect without --node``.

    Raises
    ------
    UsageError
        Naming the first of them.
    """
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) is typed:
            raise UsageError(f"{_flag(parameter)} {why}")


def check_outputs(
    outputs: Mapping[str, str | None], inputs: Iterable[str | os.PathLike[str] | None]
) -> None:
    """Refuse, before any work, outputs that cannot be written or would overwrite an input.

    Temporary files of killed processes in the folders of the outputs are deleted.

    Parameters
    ----------
    outputs : mapping
        Option to path; None if it was not given.
    inputs : iterable of str or path
        Files and folders that are read; None if not given.

    Raises
    ------
    UsageError
        If an output is an input, under any name, or two outputs are the same file.
    OutputError
        If an output cannot be written.
    """
    from w2vneg.corpus.sources import holds_file
    from w2vneg.system.atomic_files import check_writable, is_stream, remove_orphans

    given = [path for path in inputs if path is not None]
    names: dict[str, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        if holds_file(given, path):
            raise UsageError(f"{path} is also an input; choose another output with {option}")
        real = os.path.realpath(path)
        if real in names and not is_stream(path):
            raise UsageError(
                f"{path} is the output of both {names[real]} and {option}; choose two files"
            )
        names[real] = option
        check_writable(path)
        remove_orphans(os.path.dirname(real))


def note_outputs_in_corpus(
    outputs: Iterable[str | None], corpus: Iterable[str], note: Callable[[str], None]
) -> None:
    """Say which outputs go into a folder of the corpus, where a later run meets them.

    Parameters
    ----------
    outputs : iterable of str
        Files and folders; None if not given.
    corpus : iterable of str
        Files and folders that are read.
    note : callable
        Called with a message for each folder.
    """
    for folder in corpus:
        if not os.path.isdir(folder):
            continue
        root = os.path.realpath(folder)
        inside = [
            path
            for path in outputs
            if path is not None and os.path.commonpath([root, os.path.realpath(path)]) == root
        ]
        if inside:
            note(
                f"{', '.join(inside)}: inside the corpus folder {folder}; when it is read again, "
                "output of w2vneg in it is left out"
            )
