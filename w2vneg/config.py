"""Options: how they are declared, and those that all trainings have in common.

An `Option` is data, from which range checks, help texts, messages and tests derive. Options of a
sampler are declared in the sampler's own module (see `w2vneg.samplers.method`);
`w2vneg.samplers.configure` puts both together.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import NoneType
from typing import Any, Generic, TypeVar

from w2vneg.errors import UsageError, suggest
from w2vneg.system.option_names import flag, named

T = TypeVar("T")


def bounds(low: float, high: float, low_open: bool = False) -> str:
    """Return a range in words."""
    low_text, high_text = (str(end) if isinstance(end, int) else f"{end:g}" for end in (low, high))
    words = f"{'more than' if low_open else 'at least'} {low_text}"
    return words if high == math.inf else f"{words}, at most {high_text}"


@dataclass(frozen=True, eq=False)
class Option(Generic[T]):
    """Declaration of an option.

    Attributes
    ----------
    name : str
        The Python name; `flag` is its spelling on the command line.
    default : bool, int, float, str or None
        None: the option may be left unset.
    help : str
        One or two sentences for ``--help``.
    low, high : number
        The range of a number; `low_open` excludes `low` itself.
    choices : tuple of str
        The allowed strings; empty: any.
    kind : type, optional
        ``bool``, ``int``, ``float`` or ``str``; needed only where the default is None.
    is_path : bool
        Whether the string is the path of a file.
    aliases : mapping of str to number
        Words that stand for values.
    """

    name: str
    default: T
    help: str
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    choices: tuple[str, ...] = ()
    kind: type = NoneType
    is_path: bool = False
    aliases: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind is NoneType:
            object.__setattr__(self, "kind", type(self.default))

    @property
    def flag(self) -> str:
        """The option's spelling on the command line."""
        return flag(self.name)

    @property
    def bounds(self) -> str:
        """The range in words."""
        return bounds(self.low, self.high, self.low_open)

    def check(self, value: Any) -> T:
        """Return `value`, validated and converted to the option's type.

        Raises
        ------
        UsageError
            If it has another type or is out of range; NaN is out of every range.
        """
        if value is None and self.default is None:
            return self.default
        if isinstance(value, str):
            value = self.aliases.get(value, value)
        if self.kind is bool:
            if not isinstance(value, bool):
                raise UsageError(f"{named(self.name)} must be true or false, not {value!r}")
            return value  # type: ignore[return-value]
        if self.kind is str:
            return self._check_text(value)
        return self._check_number(value)

    def _check_text(self, value: Any) -> T:
        if not isinstance(value, str):
            raise UsageError(f"{named(self.name)} must be text, not {value!r}")
        if self.choices and value not in self.choices:
            raise UsageError(f"{named(self.name, value)}: {suggest(value, list(self.choices))}")
        return value  # type: ignore[return-value]

    def _check_number(self, value: Any) -> T:
        whole = self.kind is int
        wanted = numbers.Integral if whole else numbers.Real
        if isinstance(value, bool) or not isinstance(value, wanted):
            what = "a whole number" if whole else "a number"
            raise UsageError(f"{named(self.name)} must be {what}, not {value!r}")
        above = value > self.low if self.low_open else value >= self.low  # type: ignore[operator]
        if not (above and value <= self.high):
            raise UsageError(f"{named(self.name, value)} is out of range: {self.bounds}")
        return self.kind(value)  # type: ignore[no-any-return]

    def parse(self, text: str) -> T:
        """Return the value that a string represents; its range is not checked.

        Raises
        ------
        UsageError
            If the string cannot be converted to the option's type.
        """
        if self.kind is bool:
            if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
                raise UsageError(f"{named(self.name)} must be true or false, not {text!r}")
            return text.lower() in ("true", "yes", "1")  # type: ignore[return-value]
        if text in self.aliases:
            return self.kind(self.aliases[text])  # type: ignore[no-any-return]
        try:
            return self.kind(text)  # type: ignore[no-any-return]
        except ValueError:
            raise UsageError(f"{named(self.name)} must be a number, not {text!r}") from None


def _common(
    default: Any, help: str, low: float = -math.inf, high: float = math.inf, **more: Any
) -> Any:
    return field(default=default, metadata={"help": help, "low": low, "high": high, **more})


@dataclass(frozen=True)
class TrainConfig:
    """The configuration of a training; its common options are checked on construction.

    `w2vneg.samplers.configure` creates one that holds the options of the sampler as well.
    ``config[OPTION]`` is the value of any declared option.

    Attributes
    ----------
    method_options : dict
        Name to value of the options of the sampler's methods.
    unsettled : frozenset of str
        Common options that the preset chooses once the size of the corpus is known; their values
        are typical ones.

    Raises
    ------
    UsageError
        If a value is not valid; the message names the option, the value and the range.
    """

    dim: int = _common(100, "Dimensions of the vectors; 100 to 300 suit most corpora.", 1, 100_000)
    window: int = _common(
        5,
        "Maximum distance between a word and its context. Small windows favor syntax, large ones "
        "topics. 0 or session: all other words of the sentence.",
        0,
        1000,
        aliases={"session": 0},
    )
    fixed_window: bool = _common(
        False,
        "Use the whole window of every word. Otherwise each has a random part of it, so that near "
        "words count more.",
    )
    negatives: int = _common(
        5,
        "Negatives per positive (K). 5 to 20 for small corpora; more is slower and often better.",
        1,
        10_000,
    )
    negative_weight: float | None = _common(
        None,
        "Weight of the negatives of one positive, in total (T); default: --negatives. It shifts the "
        "scores that training leads to, not the number of draws.",
        0,
        1e6,
        low_open=True,
        kind=float,
    )
    candidates: int | None = _common(
        None,
        "Draws that estimate the negatives. In the block form a pool of so many is shared by 16 "
        "words (default: 32 or 48, at least 3 times --negatives); in the window form each window has its own "
        "(default: --negatives, or twice that where candidates are selected or weighted). More is "
        "more precise and slower.",
        1,
        10_000,
        kind=int,
    )
    form: str = _common(
        "auto",
        "The form of the training loop: block, where 16 words share their draws, is faster; window, "
        "where each has its own, is needed where draws depend on the center word (gneg, ace) or are "
        "mixed (mixgcf, mochi). auto: block where it is possible.",
        choices=("auto", "block", "window"),
    )
    epochs: int = _common(5, "Passes over the corpus.", 1, 1_000_000)
    lr: float = _common(
        0.025,
        "Initial learning rate; it decays linearly to 1/10,000 of this.",
        0,
        1e9,
        low_open=True,
    )
    min_count: int = _common(5, "Ignore words that occur less often than this.", 1, 2**62)
    max_vocab: int | None = _common(
        None, "Keep only the N most frequent words.", 2, 2**31 - 1, kind=int
    )
    sample: float = _common(
        1e-3,
        "Subsample words that make up a larger share of the corpus than this; 0 keeps all. Try "
        "1e-5 for very large corpora.",
        0,
        1e9,
    )
    mix_out: float = _common(
        0.0,
        "Write w_in + B w_out for this B, where w_out are the output vectors: words are then also "
        "near what they occur with. 0.3 often helps semantic analogies. It changes what is written, "
        "not the training.",
        -100,
        100,
    )
    init: str | None = _common(
        None,
        "Start from the vectors in this file, of any format: words in common start there, others at "
        "random. Its w_out is used where it has one (.w2v).",
        kind=str,
        is_path=True,
    )
    freeze: bool = _common(
        False, "Leave the vectors that --init or --continue provides as they are."
    )
    freeze_first: int | None = _common(
        None, "The same for those among the N most frequent words.", 1, 2**62, kind=int
    )
    rounds: int | None = _common(
        None,
        "With --continue: train so many times from the model and average the results; default: 4. 1 "
        "takes a quarter of the time.",
        1,
        100,
        kind=int,
    )
    threads: int | None = _common(
        None,
        "Number of threads; default: all available processors. Use 1 for bit-for-bit reproducible "
        "results.",
        1,
        4096,
        kind=int,
    )
    seed: int = _common(1, "Seed of all random numbers.", 0, 2**63 - 1)
    preset: str = _common(
        "balanced",
        "A named set of training options, which options given by hand override. balanced is for the "
        "sampler unigram and windows of at most 15: the default elsewhere is word2vec.",
    )
    method: str = _common("sgd", "How vectors are trained.")
    sampler: str = _common("unigram", "Where negatives come from.")
    proposal: str | None = _common(
        None, "How candidates are drawn; replaces the sampler's own proposal.", kind=str
    )
    weighting: str | None = _common(
        None,
        "How candidates are selected or weighted; replaces the sampler's own weighting.",
        kind=str,
    )
    loss: str | None = _common(None, "The loss; replaces the sampler's own.", kind=str)
    method_options: Mapping[str, Any] = field(default_factory=dict)
    unsettled: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name, option in COMMON.items():
            object.__setattr__(self, name, option.check(getattr(self, name)))

    def __getitem__(self, option: Option[T]) -> T:
        """Return the value of a declared option, its default if it was not given."""
        if option.name in COMMON:
            return getattr(self, option.name)  # type: ignore[no-any-return]
        return self.method_options.get(option.name, option.default)  # type: ignore[no-any-return]

    @property
    def total_weight(self) -> float:
        """The weight of the negatives of one positive, T: `negatives` where it was not given."""
        return float(self.negatives if self.negative_weight is None else self.negative_weight)

    def to_dict(self) -> dict[str, Any]:
        """Return all options, those of the methods included, as a flat dict for JSON.

        Without those that are not settled.
        """
        known = {name: getattr(self, name) for name in COMMON if name not in self.unsettled}
        return {**known, **self.method_options}


#: The options that every training has, by name, in the order of ``train --help``.
COMMON: dict[str, Option[Any]] = {
    declared.name: Option(declared.name, declared.default, **declared.metadata)
    for declared in fields(TrainConfig)
    if declared.metadata
}
