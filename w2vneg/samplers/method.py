"""Declarations: how a module describes the method it implements.

A method is a *proposal* (which candidates?), a *weighting* (how much does each count?), a *loss*
(what is the gradient?) or a way to train. Its module declares it under the name ``PROPOSAL``,
``WEIGHTING``, ``LOSS`` or ``METHOD``; everything else, from the command-line help to the contents of a checkpoint, is derived
from the declaration. The code that runs in the training loop is attached to the type of the
method's state with `w2vneg.kernel.hooks.implement`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.samplers.context import SamplerContext


def _nothing(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


class NamedSampler(NamedTuple):
    """A value of ``--sampler``: a combination of methods under one name.

    `paper` is its source, by default that of the method that declares it. ``options(given)``
    returns the options that the sampler sets: they replace defaults and those of a preset, and are
    replaced by options given by hand. `given` holds the values of all common options so far.
    """

    name: str
    summary: str
    proposal: str = "unigram"
    weighting: str = "all"
    loss: str = "sgns"
    paper: str = ""
    options: Callable[[Mapping[str, Any]], Mapping[str, Any]] = _nothing


def _candidates_of_window(config: TrainConfig) -> int:
    return config.candidates or config.negatives


@dataclass(frozen=True, kw_only=True)
class Method:
    """The declaration that all kinds of method share.

    Attributes
    ----------
    name : str
        The value on the command line.
    summary : str
        One line, without a period.
    paper : str
        The paper that introduced the method, as authors, venue and year.
    options : tuple of Option
        The options that the method reads. An option shared by several methods is declared once
        and listed by each of them.
    samplers : tuple of NamedSampler
        Named combinations to which the method belongs.
    learned : tuple of str
        Fields of the state that hold arrays which change in training and are shared by all
        threads; they are saved in checkpoints.
    of_rank : tuple of str
        Those of `learned` that each rank keeps for itself where several train together. Arrays of
        float32 are combined by default, all others are not.
    thread_state : tuple of str
        The same for arrays that each thread has for itself.
    per_thread : callable, optional
        ``per_thread(state, candidates)`` returns a state with its own working memory for one
        thread, given M candidates per window.
    maintain : callable, optional
        ``maintain(state, rng, w_in, w_out, length, progress)`` is called by each thread after every
        chunk it has trained, with its own state and generator. It may read the matrices, flat with
        `length` floats a row, and change the arrays of the state. What it computes must follow from
        its arguments and the arrays in `learned` and `thread_state`, so that a training resumes.
    block : bool
        Whether the method implements the hooks of the block form (`w2vneg.kernel.block_hooks`); a
        proposal that depends on the center word cannot.
    check : callable, optional
        ``check(config)`` raises `UsageError` if a configuration makes no sense with the method.
    report : callable, optional
        ``report(states)`` returns a dict of figures after the training, from the states of all
        threads. The key ``warning``, if present, holds a message for the user.
    """

    name: str
    summary: str
    paper: str
    options: tuple[Option[Any], ...] = ()
    samplers: tuple[NamedSampler, ...] = ()
    learned: tuple[str, ...] = ()
    of_rank: tuple[str, ...] = ()
    thread_state: tuple[str, ...] = ()
    per_thread: Callable[[Any, int], Any] | None = None
    maintain: Callable[..., None] | None = None
    block: bool = False
    check: Callable[[TrainConfig], None] | None = None
    report: Callable[[Sequence[Any]], dict[str, Any]] | None = None

    kind: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Proposal(Method):
    """Draws candidates. Hooks: `propose`, and optionally `read_center` and `learn`.

    ``build(context)`` returns the state, a NamedTuple of arrays and numbers.
    ``largest_share(state)``, for the block form, returns the probability of the most likely
    candidate; where one word is drawn very often, blocks are made smaller.

    ``ratios(state)``, for a proposal whose draws stand for another noise, returns (V,) float32
    factors for the weights of its draws: how much more likely a word is under that noise.
    ``probabilities(state)`` returns the (V,) float64 distribution of the draws, so weighted, if it
    does not depend on the center word.
    """

    build: Callable[[SamplerContext], Any]
    largest_share: Callable[[Any], float] | None = None
    ratios: Callable[[Any], np.ndarray] | None = None
    probabilities: Callable[[Any], np.ndarray] | None = None

    kind: ClassVar[str] = "proposal"


@dataclass(frozen=True, kw_only=True)
class Weighting(Method):
    """Selects or weights candidates. Hook: `weigh`, optionally.

    ``build(config)`` returns the state; ``candidates(config)`` returns M, the number of candidates
    drawn per window in the window form, by default K. `pool` is the default number of candidates
    in a pool of the block form. `mixes` says that candidates are mixed into others.
    ``bind(context, state, proposal, drawn)`` returns the state of a weighting that depends on the
    corpus or on the proposal, whose state is `drawn`. `stable` is the largest T x lr, by form of the
    loop, at which training with sgns was seen not to diverge; a run beyond it is warned.
    """

    build: Callable[[TrainConfig], Any]
    candidates: Callable[[TrainConfig], int] = _candidates_of_window
    pool: int = 32
    mixes: bool = False
    bind: Callable[[SamplerContext, Any, Proposal, Any], Any] | None = None
    stable: Mapping[str, float] = field(default_factory=dict)

    kind: ClassVar[str] = "weighting"


@dataclass(frozen=True, kw_only=True)
class Loss(Method):
    """Turns scores and weights into a gradient. Hooks: `coefficients` and `objective`.

    ``build(config)`` returns the state. `weighs_positive` says whether the loss reads the weight of
    the positive, without which a weighting cannot remove a bias from its negative part; `absolute`,
    that it depends on more than the differences between the scores of a context.
    ``bind(config, state, probabilities)`` returns the state of a loss that depends on the noise,
    where the proposal knows its distribution (see `Proposal`).
    """

    build: Callable[[TrainConfig], Any]
    weighs_positive: bool = False
    absolute: bool = False
    bind: Callable[[TrainConfig, Any, np.ndarray], Any] | None = None

    kind: ClassVar[str] = "loss"


@dataclass(frozen=True, kw_only=True)
class TrainingMethod(Method):
    """A way to train, a value of ``--method``; `w2vneg.training.methods` says who does it.

    `samples` says whether it draws negatives and therefore has a sampler. `unused` names common
    options that it does not read, beside those of a sampler; `replaced` those for which it has an
    option of its own, with the name of that. A resumed training may change the options in `free`.
    `sets` holds defaults that differ from those of other methods and of presets.
    """

    samples: bool = True
    unused: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    free: tuple[str, ...] = ()
    sets: Mapping[str, Any] = field(default_factory=dict)

    kind: ClassVar[str] = "method"

    def reads(self, name: str) -> bool:
        """Return whether the method reads a common option."""
        of_sampler = name in ("sampler", "proposal", "weighting", "loss")
        return not (
            name in self.unused or name in self.replaced or (of_sampler and not self.samples)
        )
