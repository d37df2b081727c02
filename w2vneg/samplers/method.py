"""Declarations: what a module says about the method that it holds.

A method is a *proposal* (which candidates?), a *weighting* (how much does each count?) or a *loss*
(what is the gradient?). Its module declares it under the name ``PROPOSAL``, ``WEIGHTING`` or
``LOSS``; everything else that is known about it, from the command line's help to what a checkpoint
must hold, is derived from the declaration. The code that runs in the training loop is attached to
the type of the method's state with `w2vneg.kernel.hooks.implement`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.samplers.context import SamplerContext


class NamedSampler(NamedTuple):
    """A value of ``--sampler``: a combination of methods under one name."""

    name: str
    summary: str
    proposal: str = "unigram"
    weighting: str = "all"
    loss: str = "sgns"


def _use_negatives(config: TrainConfig) -> int:
    return config.negatives


@dataclass(frozen=True, kw_only=True)
class Method:
    """What all three kinds of method declare.

    Attributes
    ----------
    name : str
        The value on the command line.
    summary : str
        One line, without a period.
    paper : str
        Where the method comes from.
    options : tuple of Option
        The options that the method reads. One that several methods share is declared once and
        named by each of them.
    samplers : tuple of NamedSampler
        Combinations with a name of their own.
    learned : tuple of str
        Fields of the state that change in training and are shared by all threads: arrays that a
        checkpoint must hold.
    thread_state : tuple of str
        The same for arrays that each thread has for itself.
    per_thread : callable, optional
        ``per_thread(state, candidates)`` returns the state with working memory of its own, for
        one thread and M candidates a window.
    report : callable, optional
        ``report(states)`` returns a dict of figures after the training, from the states of all
        threads; a key ``warning`` holds a sentence for the user.
    """

    name: str
    summary: str
    paper: str
    options: tuple[Option[Any], ...] = ()
    samplers: tuple[NamedSampler, ...] = ()
    learned: tuple[str, ...] = ()
    thread_state: tuple[str, ...] = ()
    per_thread: Callable[[Any, int], Any] | None = None
    report: Callable[[Sequence[Any]], dict[str, Any]] | None = None

    kind: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Proposal(Method):
    """Draws candidates. Hooks: `propose`, and optionally `learn`.

    ``build(context)`` makes the state, a NamedTuple of arrays and numbers.
    """

    build: Callable[[SamplerContext], Any]

    kind: ClassVar[str] = "proposal"


@dataclass(frozen=True, kw_only=True)
class Weighting(Method):
    """Selects or weights candidates. Hook: `weigh`, optionally.

    ``build(config)`` makes the state; ``candidates(config)`` is M, how many candidates a window
    draws, by default K.
    """

    build: Callable[[TrainConfig], Any]
    candidates: Callable[[TrainConfig], int] = _use_negatives

    kind: ClassVar[str] = "weighting"


@dataclass(frozen=True, kw_only=True)
class Loss(Method):
    """Turns scores and weights into a gradient. Hooks: `coefficients` and `objective`.

    ``build(config)`` makes the state.
    """

    build: Callable[[TrainConfig], Any]

    kind: ClassVar[str] = "loss"
