"""Every training option with its default and its declared range.

Ranges are data: messages are made from them, and tests make bad values from them.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from w2vneg.errors import UsageError, suggest


def option(
    default: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    low_open: bool = False,
    choices: tuple[str, ...] = (),
    optional: bool = False,
    help: str = "",
) -> Any:
    """Declare an option: its default, the interval it must lie in, and its help text."""
    declared = {
        "low": low,
        "high": high,
        "low_open": low_open,
        "choices": choices,
        "optional": optional,
        "help": help,
    }
    return field(default=default, metadata=declared)


@dataclass(frozen=True)
class TrainConfig:
    """What a training run is asked to do. Checked when it is made.

    Raises
    ------
    UsageError
        Naming the option, its value and its range.
    """

    dim: int = option(100, 1, 100_000, help="Numbers in a vector. 100 to 300 suit most corpora.")
    window: int = option(
        5, 1, 1000, help="Largest distance between two words that predict each other. Small "
        "windows favour syntax, large ones topics.",
    )  # fmt: skip
    negatives: int = option(
        5, 1, 10_000, help="Negative words for each window. 5 to 20 for small corpora; more is "
        "slower and often better.",
    )  # fmt: skip
    sampler: str = option(
        "unigram", choices=("unigram", "uniform"), help="Where negatives come from: unigram draws "
        "words by count^alpha as word2vec does, uniform all alike.",
    )  # fmt: skip
    alpha: float = option(
        0.75, -100, 100, help="Exponent of the unigram sampler: 0 is uniform, negative favours "
        "rare words.",
    )  # fmt: skip
    epochs: int = option(5, 1, 1_000_000, help="How often the corpus is read.")
    lr: float = option(
        0.025, 0, 1e9, low_open=True, help="Learning rate at the start; falls to a ten-thousandth "
        "of it. 0.05 is often better on small corpora.",
    )  # fmt: skip
    min_count: int = option(5, 1, 2**62, help="Words that occur less often are left out.")
    max_vocab: int | None = option(
        None, 2, 2**31 - 1, optional=True, help="Keep only so many words, the most frequent."
    )
    sample: float = option(
        1e-3, 0, 1e9, help="Words more frequent than this share of the corpus are thinned out; "
        "0 keeps all. 1e-5 for very large corpora.",
    )  # fmt: skip
    threads: int | None = option(
        None, 1, 4096, optional=True, help="Threads; default: all processors. 1 makes the result "
        "reproducible to the byte.",
    )  # fmt: skip
    seed: int = option(1, 0, 2**63 - 1, help="Start of all random numbers.")

    def __post_init__(self) -> None:
        for declared in fields(self):
            value = check(declared.name, getattr(self, declared.name), declared)
            object.__setattr__(self, declared.name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as a dict for JSON."""
        return asdict(self)


def flag(name: str) -> str:
    """Return the command line's spelling of an option."""
    return "--" + name.replace("_", "-")


def check(name: str, value: Any, declared: Any) -> Any:
    """Return `value` in the option's type if it lies in the declared range.

    Raises
    ------
    UsageError
        If not; NaN lies in no range.
    """
    rules = declared.metadata
    if value is None and rules["optional"]:
        return None
    kind = str(declared.type)
    if kind.startswith("str"):
        if value not in rules["choices"]:
            raise UsageError(
                f"{flag(name)} {value!r}: {suggest(str(value), list(rules['choices']))}"
            )
        return value
    whole = kind.startswith("int")
    wanted = numbers.Integral if whole else numbers.Real
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise UsageError(
            f"{flag(name)} must be {'a whole number' if whole else 'a number'}, not {value!r}"
        )
    low, high = rules["low"], rules["high"]
    inside = value > low if rules["low_open"] else value >= low
    if not (inside and value <= high):
        bound = f"more than {low:g}" if rules["low_open"] else f"at least {low:g}"
        raise UsageError(f"{flag(name)} {value} is out of range: {bound}, at most {high:g}")
    return int(value) if whole else float(value)  # type: ignore[call-overload]
