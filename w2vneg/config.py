"""Every training option with its default and its declared range.

Ranges are data: messages are made from them, and tests make bad values from them.
"""

from __future__ import annotations

import math
import numbers
import pkgutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from w2vneg.errors import UsageError, suggest


class Preset(NamedTuple):
    """What a sampler's name stands for."""

    proposal: str
    weighting: str
    loss: str
    summary: str


PRESETS = {
    "unigram": Preset("unigram", "all", "sgns", "words by count^alpha, as word2vec draws them"),
    "uniform": Preset("uniform", "all", "sgns", "all words alike"),
    "gneg": Preset("gneg", "all", "sgns", "from the co-occurrence graph of the corpus"),
    "ace": Preset("ace", "all", "sgns", "from a generator trained against the vectors"),
    "dynamic": Preset("unigram", "hardest", "sgns", "the K of M draws that score highest now"),
}


LOSS_NAMES = ("sgns", "bpr", "infonce")


def methods(kind: str) -> tuple[str, ...]:
    """Return the names of all proposals or weightings: those of the files in the folder `kind`."""
    folder = str(Path(__file__).parent / "samplers" / kind)
    names = (module.name for module in pkgutil.iter_modules([folder]))
    return tuple(name.replace("_", "-") for name in names if name not in _HELPERS)


#: Modules beside the methods that are none themselves.
_HELPERS = {"hardness"}


def option(
    default: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    low_open: bool = False,
    choices: tuple[str, ...] = (),
    optional: bool = False,
    belongs: tuple[str, ...] = (),
    help: str = "",
) -> Any:
    """Declare an option: its default, the interval it must lie in, and its help text.

    `belongs` names the methods that read the option, such as ``"proposal gneg"``; with any other
    method it is an error. An option without is for all.
    """
    declared = {
        "low": low,
        "high": high,
        "low_open": low_open,
        "choices": choices,
        "optional": optional,
        "belongs": belongs,
        "help": help,
    }
    return field(default=default, metadata=declared)


_SELECTING = ("weighting hardest", "weighting self-adversarial")
_GNEG = ("proposal gneg",)
_ACE = ("proposal ace",)


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
        "unigram", choices=tuple(PRESETS), help="Where negatives come from: "
        + "; ".join(f"{name}: {preset.summary}" for name, preset in PRESETS.items())
        + ". See w2vneg samplers.",
    )  # fmt: skip
    proposal: str | None = option(
        None, choices=methods("proposals"), optional=True, help="Draw candidates another way than "
        "the sampler's own: " + ", ".join(methods("proposals")) + ".",
    )  # fmt: skip
    weighting: str | None = option(
        None, choices=methods("weightings"), optional=True, help="Choose or weigh candidates "
        "another way: " + ", ".join(methods("weightings")) + ".",
    )  # fmt: skip
    loss: str | None = option(
        None, choices=LOSS_NAMES, optional=True, help="sgns: binary "
        "cross-entropy; bpr: ranking; infonce: softmax over the candidates.",
    )  # fmt: skip
    alpha: float = option(
        0.75, -100, 100, belongs=("proposal unigram", "proposal gneg", "proposal ace"),
        help="Exponent of the unigram noise: 0 is uniform, negative favours rare words.",
    )  # fmt: skip
    candidates: int | None = option(
        None, 1, 10_000, optional=True, belongs=_SELECTING, help="M, how many negatives are drawn "
        "for a window to choose among; default: twice --negatives. More is harder and slower.",
    )  # fmt: skip
    hardness_schedule: str = option(
        "constant", choices=("constant", "linear", "half", "warmup"), belongs=_SELECTING,
        help="When hardness reaches its full value: at once, or linearly over all (linear), half "
        "(half) or the first tenth (warmup) of the training.",
    )  # fmt: skip
    cap: bool = option(
        False, belongs=_SELECTING, help="Leave out candidates that score above the positive: "
        "they are likely to be false negatives.",
    )  # fmt: skip
    cap_margin: float = option(
        0.0, -1e6, 1e6, belongs=_SELECTING, help="Set the cap so far below the positive's score."
    )
    temperature: float = option(
        1.0, 0, 1e6, belongs=("weighting self-adversarial",), help="Sharpness of the weights: "
        "exp(temperature * score); 0 weighs all alike.",
    )  # fmt: skip
    loss_temperature: float = option(
        1.0, 0, 1e6, low_open=True, belongs=("loss infonce",), help="Divides the scores."
    )
    gneg_family: str = option(
        "smoothed", choices=("adjacency", "smoothed", "difference", "walk"), belongs=_GNEG,
        help="adjacency: neighbours by edge weight; smoothed: the same, all others like the "
        "weakest neighbour; difference: frequent words that are no company of the word; walk: "
        "ends of random walks.",
    )  # fmt: skip
    gneg_window: int = option(
        5, 2, 100, belongs=_GNEG, help="Words less than so far apart are linked, as in the paper "
        "(2: adjacent words).",
    )  # fmt: skip
    gneg_power: float = option(
        0.25, 0, 100, belongs=_GNEG, help="Exponent on every entry before the row is normalised."
    )
    gneg_steps: int = option(2, 1, 100, belongs=_GNEG, help="Steps of the walk.")
    gneg_self_loops: bool = option(
        False, belongs=_GNEG, help="Let the walk stay where it is, as often as the word is in its "
        "own company.",
    )  # fmt: skip
    gneg_keep: int = option(
        1000, 1, 1_000_000, belongs=_GNEG, help="Exact entries a word keeps of a walk with a power "
        "other than 1; the rest of its mass is spread by degree^power.",
    )  # fmt: skip
    gneg_lambda: float = option(
        0.0, 0, 1, belongs=_GNEG, help="Share of the draws that come from the unigram noise."
    )
    gneg_vocab: int = option(
        10_000, 2, 2**31 - 1, belongs=_GNEG, help="Words in the graph, the most frequent; others "
        "draw from the unigram noise.",
    )  # fmt: skip
    gneg_min_weight: int = option(
        1, 1, 2**31 - 1, belongs=_GNEG, help="Leave out edges of fewer co-occurrences."
    )
    gneg_graph: str | None = option(
        None, optional=True, belongs=_GNEG, help="Take the graph from this file (w2vneg graph -o) "
        "instead of building it.",
    )  # fmt: skip
    ace_lambda: float = option(
        0.5, 0, 1, belongs=_ACE, help="Share of the draws from the unigram noise; 1 is unigram."
    )
    ace_candidates: int = option(
        16, 2, 10_000, belongs=_ACE, help="Words among which the generator chooses, drawn for "
        "each window.",
    )  # fmt: skip
    ace_dim: int = option(32, 1, 1000, belongs=_ACE, help="Numbers in a generator vector.")
    ace_lr: float = option(
        1.0, 0, 1e6, belongs=_ACE, help="Generator's learning rate, as a multiple of --lr."
    )
    ace_temperature: float = option(
        1.0, 0, 1e6, low_open=True, belongs=_ACE, help="Divides the generator's scores."
    )
    ace_entropy_floor: float = option(
        0.5, 0, 1, belongs=_ACE, help="Entropy is raised while it is under the logarithm of this "
        "share of the candidates.",
    )  # fmt: skip
    ace_entropy_weight: float = option(
        1.0, 0, 1e6, belongs=_ACE, help="How strongly it is raised; 0 leaves it alone."
    )
    ace_warmup: float = option(
        0.1, 0, 1, belongs=_ACE, help="Share of the training in which the generator only learns "
        "and all draws are unigram.",
    )  # fmt: skip
    ace_clip: float = option(
        1.0, 0, 1e6, low_open=True, belongs=_ACE, help="Largest gradient on a generator score."
    )
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
        self.check_belongs(
            declared.name
            for declared in fields(self)
            if getattr(self, declared.name) != declared.default
        )

    @property
    def parts(self) -> dict[str, str]:
        """Names of the proposal, the weighting and the loss, the preset's where none is given."""
        preset = PRESETS[self.sampler]
        return {
            "proposal": self.proposal or preset.proposal,
            "weighting": self.weighting or preset.weighting,
            "loss": self.loss or preset.loss,
        }

    def check_belongs(self, given: Iterable[str]) -> None:
        """Refuse options that none of the chosen methods reads.

        Parameters
        ----------
        given : iterable of str
            Names of the options that were asked for.

        Raises
        ------
        UsageError
            Naming the option and what it belongs to.
        """
        chosen = {f"{kind} {name}" for kind, name in self.parts.items()}
        declared = {d.name: d.metadata["belongs"] for d in fields(self)}
        for name in given:
            owners = declared.get(name, ())
            if owners and not chosen & set(owners):
                ways = " or ".join("--" + owner for owner in owners)
                raise UsageError(
                    f"{flag(name)} has no effect with --sampler {self.sampler}: it belongs to {ways}"
                )

    def to_dict(self) -> dict[str, Any]:
        """Return the options as a dict for JSON."""
        return asdict(self)


def flag(name: str) -> str:
    """Return the command line's spelling of an option."""
    return "--" + name.replace("_", "-")


def bounds(low: float, high: float, low_open: bool = False) -> str:
    """Return a range in words."""
    shown = [str(end) if isinstance(end, int) else f"{end:g}" for end in (low, high)]
    words = f"{'more than' if low_open else 'at least'} {shown[0]}"
    return words if high == math.inf else f"{words}, at most {shown[1]}"


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
    if kind == "bool":
        if not isinstance(value, bool):
            raise UsageError(f"{flag(name)} must be true or false, not {value!r}")
        return value
    if kind.startswith("str"):
        if not isinstance(value, str):
            raise UsageError(f"{flag(name)} must be text, not {value!r}")
        if rules["choices"] and value not in rules["choices"]:
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
        allowed = bounds(low, high, rules["low_open"])
        raise UsageError(f"{flag(name)} {value} is out of range: {allowed}")
    return int(value) if whole else float(value)  # type: ignore[call-overload]
