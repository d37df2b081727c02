"""The hooks by which a sampler plugs into the training loop.

A hook is a function that the loop calls with a sampler's state, a NamedTuple of arrays and
numbers. The *type* of the state selects the implementation when the loop is compiled, so a call
costs nothing at run time and a hook that does nothing disappears. States without a `weigh` or a
`learn` of their own get one that does nothing. `implement` registers a hook::

    class Uniform(NamedTuple):
        size: int

    @implement(propose, Uniform)
    def _propose(state, rng, center, out, count): ...

All hooks run inside a kernel: no allocation, no unbounded loop, no exception, no printing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba.core import types
from numba.extending import overload

from w2vneg.kernel.jit import HOOK_OPTIONS, INTERPRETED


class Scratch(NamedTuple):
    """The working memory of one thread, refilled for each window.

    With C contexts and N candidates, element ``c * N + n`` of the three score arrays belongs to
    context c and candidate n; candidate 0 is the center word, the positive.
    """

    sentence: np.ndarray  # (MAX_SENTENCE,) int32, the words that subsampling kept
    contexts: np.ndarray  # (2 * window,) int64, word ids
    context_at: np.ndarray  # (2 * window,) int64, offsets of their w_in rows
    candidates: np.ndarray  # (1 + M,) int64, word ids, the center first
    candidate_at: np.ndarray  # (1 + M,) int64, offsets of their w_out rows
    drawn: np.ndarray  # (M,) int64, proposals for the next window
    scores: np.ndarray  # (>= C * N,) float, dot products
    weights: np.ndarray  # (>= C * N,) float, ones unless a weighting sets them
    coefficients: np.ndarray  # (>= C * N,) float, minus the gradient by score
    delta: np.ndarray  # ((1 + M) * length,) float
    delta_at: np.ndarray  # (1 + M,) int64


def propose(state, rng, center, out, count):
    """Draw candidate negatives for a center word.

    Parameters
    ----------
    state : NamedTuple
        The proposal.
    rng : (32,) uint64 array
        Generator of this thread.
    center : int
        Word id of the center word; a draw equal to it is dropped by the loop.
    out : int64 array
        The first `count` elements are set.
    count : int
        M, how many to draw.

    Returns
    -------
    int
        How many of the draws are fallbacks, made in another way than the method's own.
    """
    return _dispatch(propose, state)(state, rng, center, out, count)


def weigh(state, rng, scratch, contexts, candidates, progress):
    """Set the weight of each candidate in ``scratch.weights``.

    The weights of column 0 (the positive) stay 1. A weighting that sets any must set all.

    Parameters
    ----------
    state : NamedTuple
        The weighting.
    rng : (32,) uint64 array
        Generator of this thread.
    scratch : Scratch
        Ids and scores are filled in.
    contexts, candidates : int
        C and N of this window.
    progress : float
        Share of the training that is done, 0 to 1: for schedules.
    """
    return _dispatch(weigh, state)(state, rng, scratch, contexts, candidates, progress)


def coefficients(loss, scores, weights, contexts, candidates, out):
    """Turn scores and weights into coefficients: minus the derivative of the loss by the score.

    Parameters
    ----------
    loss : NamedTuple
        The loss.
    scores, weights : float arrays
        See `Scratch`. All elements up to the next multiple of 16 may be read.
    contexts, candidates : int
        C and N.
    out : float array
        Modified in place: ``C * N`` coefficients, without the learning rate. Elements up to the
        next multiple of 16 may be overwritten.
    """
    return _dispatch(coefficients, loss)(loss, scores, weights, contexts, candidates, out)


def objective(loss, scores, weights, contexts, candidates):
    """Return the loss summed over the contexts of a window, as float64: what training lowers."""
    return _dispatch(objective, loss)(loss, scores, weights, contexts, candidates)


def learn(state, rng, scratch, contexts, candidates, lr, progress):
    """Let a proposal learn from the window just scored; it must not touch `w_in` and `w_out`.

    Parameters
    ----------
    state : NamedTuple
        The proposal; its arrays may be changed.
    rng, scratch, contexts, candidates, progress
        As for `weigh`.
    lr : float
        Current learning rate of the embeddings.
    """
    return _dispatch(learn, state)(state, rng, scratch, contexts, candidates, lr, progress)


def implement(hook: Callable[..., Any], state_type: type) -> Callable[..., Any]:
    """Register the decorated function as `hook` for states of `state_type`."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _IMPLEMENTATIONS[hook][state_type] = function
        return function

    return register


def implements(hook: Callable[..., Any], state_type: type) -> bool:
    """Return whether states of `state_type` have the hook, a default included."""
    return state_type in _IMPLEMENTATIONS[hook] or hook in _DEFAULTS


def _weigh_nothing(state, rng, scratch, contexts, candidates, progress):
    pass


def _learn_nothing(state, rng, scratch, contexts, candidates, lr, progress):
    pass


_IMPLEMENTATIONS: dict[Callable[..., Any], dict[type, Callable[..., Any]]] = {
    hook: {} for hook in (propose, weigh, coefficients, objective, learn)
}
#: What a state without a hook of its own gets.
_DEFAULTS: dict[Callable[..., Any], Callable[..., Any]] = {
    weigh: _weigh_nothing,
    learn: _learn_nothing,
}


def _implementation(hook, state_type):
    return _IMPLEMENTATIONS[hook].get(state_type, _DEFAULTS.get(hook))


def _dispatch(hook, state):
    function = _implementation(hook, type(state))
    if function is None:
        raise TypeError(f"{type(state).__name__} implements no {hook.__name__}")
    return function


def _compile(hook):
    """Let compiled code that calls `hook` call the implementation for the type of its state."""

    # Numba would compare the argument names with the hook's; `strict` lifts that.
    @overload(hook, jit_options=HOOK_OPTIONS, strict=False)
    def select(*arguments):
        if isinstance(arguments[0], types.BaseNamedTuple):
            return _implementation(hook, arguments[0].instance_class)
        return None


if not INTERPRETED:
    for _hook in _IMPLEMENTATIONS:
        _compile(_hook)
