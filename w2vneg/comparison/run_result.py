"""The result of one run: figures of the training, scores, and the outcome of every test item.

A run is a separate process, so its result is passed as JSON. `RunResult.from_json` validates what
it reads: a file that was truncated or edited is refused, not misread.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Training:
    """Figures of one training.

    Attributes
    ----------
    tokens : int
        Tokens read, over all epochs.
    seconds, prepare_seconds, encode_seconds : float
        Time of the training loop, of the preparation of the sampler (gensim: of counting the
        words), and of encoding the corpus.
    loss : float, optional
        Running mean at the end; gensim has none.
    fallbacks : int, optional
        Draws that did not come from the proposal's own distribution; gensim has none.
    sampler : dict
        What the sampler reports about its draws.
    peak_memory : int or None
        Of the process, in bytes; None where the system does not tell (Windows).
    ranks : dict, optional
        How simulated ranks kept in step; None without ranks. Times and memory are then those of all
        ranks in one process.
    """

    tokens: int
    seconds: float
    prepare_seconds: float
    loss: float | None
    fallbacks: int | None
    sampler: dict[str, Any]
    peak_memory: int | None
    encode_seconds: float
    ranks: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the figures by name, without `fallbacks` and `ranks` if these are None."""
        optional = ("fallbacks", "ranks")
        return {k: v for k, v in asdict(self).items() if k not in optional or v is not None}

    @classmethod
    def from_json(cls, data: Any) -> Training:
        """Return the figures; ValueError if one is missing or of another type."""
        return cls(
            _integer(data, "tokens"),
            _number(data, "seconds"),
            _number(data, "prepare_seconds"),
            _number_or_none(data, "loss"),
            None if "fallbacks" not in data else _integer(data, "fallbacks"),
            _dict(data, "sampler"),
            _integer_or_none(data, "peak_memory"),
            _number(data, "encode_seconds"),
            None if "ranks" not in data else _dict(data, "ranks"),
        )


@dataclass(frozen=True)
class SectionItems:
    """The questions of one section of an analogy file.

    Attributes
    ----------
    kind : {"semantic", "syntactic", "other"}
    outcomes : str
        One character per question: ``1`` correct, ``0`` wrong, ``-`` skipped.
    """

    kind: str
    outcomes: str

    @property
    def correct(self) -> int:
        """Number of correct answers."""
        return self.outcomes.count("1")

    @property
    def total(self) -> int:
        """Number of questions that were not skipped."""
        return len(self.outcomes) - self.outcomes.count("-")


@dataclass(frozen=True)
class PairItems:
    """The word pairs of a similarity file.

    Attributes
    ----------
    ratings : list of float
        Human ratings.
    cosines : list of float or None
        None where a word is unknown.
    """

    ratings: list[float]
    cosines: list[float | None]


@dataclass(frozen=True)
class Items:
    """The outcome of every question and pair, for paired tests.

    Attributes
    ----------
    analogies : dict
        File to section to questions.
    similarity : dict
        File to word pairs.
    """

    analogies: dict[str, dict[str, SectionItems]]
    similarity: dict[str, PairItems]

    @classmethod
    def from_json(cls, data: Any) -> Items:
        """Return the items; ValueError if a part is missing or of another type."""
        analogies = {
            name: {
                section: SectionItems(_text(item, "kind"), _text(item, "outcomes"))
                for section, item in _checked(sections, dict, name).items()
            }
            for name, sections in _dict(data, "analogies").items()
        }
        similarity = {
            name: PairItems(_numbers(item, "ratings"), _numbers_or_none(item, "cosines"))
            for name, item in _dict(data, "similarity").items()
        }
        return cls(analogies, similarity)


@dataclass(frozen=True)
class CurvePoint:
    """Scores at one point of a training.

    Attributes
    ----------
    share : float
        Of the training, 0 to 1.
    seconds, tokens : float
        Spent and read so far; scoring is not counted.
    analogies, similarity : dict
        File to accuracy or Spearman's correlation; None where no item has only known words.
    """

    share: float
    seconds: float
    tokens: float
    analogies: dict[str, float | None]
    similarity: dict[str, float | None]

    @classmethod
    def from_json(cls, data: Any) -> CurvePoint:
        """Return the point; ValueError if a part is missing or of another type."""
        analogies, similarity = _dict(data, "analogies"), _dict(data, "similarity")
        return cls(
            _number(data, "share"),
            _number(data, "seconds"),
            _number(data, "tokens"),
            {name: _number_or_none(analogies, name) for name in analogies},
            {name: _number_or_none(similarity, name) for name in similarity},
        )


@dataclass(frozen=True)
class RunResult:
    """Everything that one run contributes to a report.

    Attributes
    ----------
    key : str
        Hash of everything that the result depends on; a result with another key is not reused.
    training : Training
    evaluation : dict
        `w2vneg.evaluation.score.Evaluation.to_dict` of the final vectors.
    items : Items
    curve : list of CurvePoint
        Empty unless the training was scored at milestones.
    """

    key: str
    training: Training
    evaluation: dict[str, Any]
    items: Items
    curve: list[CurvePoint]

    def to_json(self) -> dict[str, Any]:
        """Return the result as dicts, lists, strings and numbers, which may be NaN."""
        return {**asdict(self), "training": self.training.to_json()}

    @classmethod
    def from_json(cls, data: Any) -> RunResult:
        """Return the result that `to_json` wrote.

        Raises
        ------
        ValueError
            If a part is missing or of another type; the message names it.
        """
        return cls(
            _text(data, "key"),
            Training.from_json(_dict(data, "training")),
            _dict(data, "evaluation"),
            Items.from_json(_dict(data, "items")),
            [CurvePoint.from_json(point) for point in _field(data, "curve", list)],
        )


def _checked(value: Any, kind: type | tuple[type, ...], name: str) -> Any:
    # bool is a subclass of int, but never a number here.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name!r} has the wrong type: {type(value).__name__}")
    return value


def _field(data: Any, name: str, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(data, dict) or name not in data:
        raise ValueError(f"{name!r} is missing")
    return _checked(data[name], kind, name)


def _text(data: Any, name: str) -> str:
    return str(_field(data, name, str))


def _integer(data: Any, name: str) -> int:
    return int(_field(data, name, int))


def _number(data: Any, name: str) -> float:
    number: float = _field(data, name, (int, float))
    return number


def _integer_or_none(data: Any, name: str) -> int | None:
    number: int | None = _field(data, name, (int, type(None)))
    return number


def _number_or_none(data: Any, name: str) -> float | None:
    number: float | None = _field(data, name, (int, float, type(None)))
    return number


def _dict(data: Any, name: str) -> dict[str, Any]:
    return dict(_field(data, name, dict))


def _numbers(data: Any, name: str) -> list[float]:
    return [_checked(number, (int, float), name) for number in _field(data, name, list)]


def _numbers_or_none(data: Any, name: str) -> list[float | None]:
    kinds = (int, float, type(None))
    return [_checked(number, kinds, name) for number in _field(data, name, list)]
