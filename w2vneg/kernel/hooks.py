"""The places where a sampler plugs into the training loop.

A hook is a function that the loop calls with a sampler's state, a NamedTuple of arrays and
numbers. The *type* of the state selects the implementation when the loop is compiled, so a call
costs nothing at run time and a hook that does nothing disappears. `implement` registers one::

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

_IMPLEMENTATIONS: dict[Callable[..., Any], dict[type, Callable[..., Any]]] = {}


class Scratch(NamedTuple):
    """The working memory of one thread, filled anew for each window.

    With C contexts and N candidates, element ``c * N + n`` of the three score arrays belongs to
    context c and candidate n; candidate 0 is the center word, the positive.
    """

    sentence: np.ndarray  # (MAX_SENTENCE,) int32, what subsampling left
    contexts: np.ndarray  # (2 * window,) int64, word ids
    context_at: np.ndarray  # (2 * window,) int64, offsets of their w_in rows
    candidates: np.ndarray  # (1 + M,) int64, word ids, the center first
    candidate_at: np.ndarray  # (1 + M,) int64, offsets of their w_out rows
    drawn: np.ndarray  # (M,) int64, proposals for the window that follows
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
        How many of the draws are a fallback of the method (0 where there is none).
    """
    return _dispatch(propose, state)(state, rng, center, out, count)


def weigh(state, rng, scratch, contexts, candidates, progress):
    """Say how much each candidate counts, by setting ``scratch.weights``.

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
        How much of the training is done, 0 to 1: for schedules.
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
    """Let a proposal learn from the window just scored. `w_in` and `w_out` are not its business.

    Parameters
    ----------
    state : NamedTuple
        The proposal; its arrays may be changed.
    rng, scratch, contexts, candidates, progress
        As for `weigh`.
    lr : float
        Learning rate of the embeddings at this moment.
    """
    return _dispatch(learn, state)(state, rng, scratch, contexts, candidates, lr, progress)


def implement(hook: Callable[..., Any], state_type: type) -> Callable[..., Any]:
    """Register the decorated function as `hook` for states of `state_type`."""
    select = _SELECTORS[hook]

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _IMPLEMENTATIONS.setdefault(hook, {})[state_type] = function
        if not INTERPRETED:
            overload(hook, jit_options=HOOK_OPTIONS)(select(state_type, function))
        return function

    return register


def _dispatch(hook, state):
    try:
        return _IMPLEMENTATIONS[hook][type(state)]
    except KeyError:
        raise TypeError(f"{type(state).__name__} implements no {hook.__name__}") from None


def _is(numba_type, state_type):
    return isinstance(numba_type, types.BaseNamedTuple) and (
        numba_type.instance_class is state_type
    )


# Numba compares the argument names of a selector with those of the hook, hence one for each.


def _select_propose(state_type, function):
    def select(state, rng, center, out, count):
        return function if _is(state, state_type) else None

    return select


def _select_weigh(state_type, function):
    def select(state, rng, scratch, contexts, candidates, progress):
        return function if _is(state, state_type) else None

    return select


def _select_coefficients(state_type, function):
    def select(loss, scores, weights, contexts, candidates, out):
        return function if _is(loss, state_type) else None

    return select


def _select_objective(state_type, function):
    def select(loss, scores, weights, contexts, candidates):
        return function if _is(loss, state_type) else None

    return select


def _select_learn(state_type, function):
    def select(state, rng, scratch, contexts, candidates, lr, progress):
        return function if _is(state, state_type) else None

    return select


_SELECTORS = {
    propose: _select_propose,
    weigh: _select_weigh,
    coefficients: _select_coefficients,
    objective: _select_objective,
    learn: _select_learn,
}
