"""What commands' options share: numbers in a declared range, outputs that are no inputs."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import click

from w2vneg.config import TrainConfig, bounds
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
        """Return the type of an option of `TrainConfig`, with its declared range."""
        declared = TrainConfig.__dataclass_fields__[name]
        rules = declared.metadata
        kind = int if str(declared.type).startswith("int") else float
        return cls(kind, rules["low"], rules["high"], low_open=rules["low_open"])

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


def refuse_input(
    output: str | None, corpus: Sequence[str | os.PathLike[str]], option: str = "-o"
) -> None:
    """Refuse an output that would overwrite a file of the corpus.

    Raises
    ------
    UsageError
        Naming the file and the option.
    """
    from w2vneg.text import holds_file

    if output is not None and holds_file(corpus, output):
        raise UsageError(f"{output} is part of the corpus; choose another output with {option}")
