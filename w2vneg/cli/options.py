"""What commands' options share: numbers in a declared range, paths, outputs that are no inputs."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from typing import Any

import click

from w2vneg.config import COMMON, Option, bounds
from w2vneg.errors import UsageError


class Number(click.ParamType):
    """A number that must lie in a range; whatever does not is refused naming option and range.

    Parameters
    ----------
    kind : type
        ``int`` or ``float``.
    low, high : number
        The range, both ends included.
    low_open : bool
        Leave the lower end out.
    """

    def __init__(
        self, kind: type, low: float, high: float = math.inf, *, low_open: bool = False
    ) -> None:
        self.kind, self.low, self.high, self.low_open = kind, low, high, low_open
        self.name = "integer" if kind is int else "float"

    @classmethod
    def of(cls, name: str) -> Number:
        """Return the type of a common option of a training, with its declared range."""
        return cls.for_option(COMMON[name])

    @classmethod
    def for_option(cls, option: Option[Any]) -> Number:
        """Return the type of an option, with its declared range."""
        return cls(option.kind, option.low, option.high, low_open=option.low_open)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | float:
        """Return the number that a text stands for; a number passes."""
        option = max(param.opts, key=len) if param is not None else "the value"
        allowed = bounds(self.low, self.high, self.low_open)
        try:
            number = self.kind(value)
        except ValueError:
            what = "a whole number" if self.kind is int else "a number"
            raise UsageError(f"{option} must be {what}, not {value!r}: {allowed}") from None
        inside = number > self.low if self.low_open else number >= self.low
        # NaN lies in no range, and infinity is no number to compute with.
        if not (inside and number <= self.high) or number in (math.inf, -math.inf):
            raise UsageError(f"{option} {value} is out of range: {allowed}")
        return number  # type: ignore[no-any-return]


class Place(click.Path):
    """A path, given on purpose.

    An empty one, which an unset variable of a shell leaves, is never taken for none, and the option
    that follows a forgotten path is never taken for it.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        option = max(param.opts, key=len) if param is not None else "the path"
        if not value:
            raise UsageError(f"{option} is empty; give a path")
        if str(value).startswith("--"):
            raise UsageError(
                f"{option} needs a path, but {value} is an option; ./{value} is a file of that name"
            )
        return super().convert(value, param, ctx)


def check_outputs(
    outputs: Mapping[str, str | None], inputs: Iterable[str | os.PathLike[str] | None]
) -> None:
    """Refuse, before any work, outputs that cannot be written or would destroy something.

    Parameters
    ----------
    outputs : mapping
        Option to the file that it names; None: not asked for.
    inputs : iterable of str or path
        What is read, folders of text included; None: not given.

    Raises
    ------
    UsageError
        If an output is one of the inputs, under whatever name, or two outputs are one file.
    OutputError
        If one cannot be written.
    """
    from w2vneg.corpus.sources import holds_file
    from w2vneg.system.atomic_files import check_writable, is_stream, remove_orphans

    given = [path for path in inputs if path is not None]
    names: dict[str, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        if holds_file(given, path):
            raise UsageError(f"{path} is an input itself; choose another output with {option}")
        real = os.path.realpath(path)
        if real in names and not is_stream(path):
            raise UsageError(f"{path} is the output of {names[real]} and of {option}; choose two")
        names[real] = option
        check_writable(path)
        remove_orphans(os.path.dirname(real))
