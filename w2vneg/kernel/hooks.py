"""The hooks through which a sampler plugs into the training loop.

A hook is a function that the loop calls with a sampler's state, a NamedTuple of arrays and
numbers. The *type* of the state selects the implementation when the loop is compiled, so dispatch
costs nothing at run time and an empty hook is optimized away. `expect`, `read_center`, `count`, `look`,
`weigh`, `shift`, `adjust` and `learn` are optional: by default they do nothing. `implement` registers
a hook::

    class Uniform(NamedTuple):
        size: int

    @implement(propose, Uniform)
    def _propose(state, rng, center, out, count): ...

Hooks run inside a kernel: they must not allocate, loop without bound, raise or print.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.dispatch import declare_hook, dispatch, implement, implements
from w2vneg.kernel.frozen import Frozen, NoneFrozen

__all__ = [
    "Scratch",
    "adjust",
    "coefficients",
    "count",
    "expect",
    "implement",
    "implements",
    "learn",
    "look",
    "objective",
    "propose",
    "read_center",
    "shift",
    "weigh",
]


class Scratch(NamedTuple):
    """The working memory of one thread, refilled for each window.

    With C contexts and N candidates, element ``c * N + n`` of the three score arrays belongs to
    context c and candidate n; candidate 0 is the center word, the positive.
    """

    sentence: np.ndarray  # (MAX_SENTENCE,) int32, ids of the words kept by subsampling
    contexts: np.ndarray  # (at most 16,) int64, word ids
    context_at: np.ndarray  # (at most 16,) int64, offsets of their w_in rows
    context_to: np.ndarray  # (at most 16,) int64, the same, but for frozen rows
    candidates: np.ndarray  # (1 + M,) int64, word ids, the center first
    candidate_at: np.ndarray  # (1 + M,) int64, offsets of their w_out rows
    drawn: np.ndarray  # (M,) int64, proposals for the next window
    scores: np.ndarray  # (>= C * N,) float, dot products
    weights: np.ndarray  # (>= C * N,) float, ones unless a weighting sets them
    coefficients: np.ndarray  # (>= C * N,) float, negative gradient by score
    delta: np.ndarray  # ((1 + M) * length,) float, pending updates of the w_out rows
    delta_at: np.ndarray  # (1 + M,) int64, offsets of these rows in delta
    frozen: NoneFrozen | Frozen  # which rows of w_in are not updated


def read_center(state, w_in, length, center):
    """Let a proposal read the center word's row before it draws for it.

    Parameters
    ----------
    state : NamedTuple
        The proposal; arrays of its own for each thread may be modified in place.
    w_in : (V * length,) float array
        The matrix, which must not be modified.
    length : int
        Floats in a row.
    center : int
        Id of the center word for which `propose` is called next.
    """
    return dispatch(read_center, state)(state, w_in, length, center)


def expect(state, rng, center, count):
    """Let a proposal begin the draws for a center word that `propose` is called for two windows later.

    It is called once for each center word of a sentence, in order. A window of several pieces proposes
    several times for a word that was announced once.

    Parameters
    ----------
    state : NamedTuple
        The proposal; arrays of its own for each thread may be modified in place.
    rng : (32,) uint64 array
        This thread's random generator, advanced in place.
    center : int
        Id of the center word.
    count : int
        M, the number of candidates to draw.
    """
    return dispatch(expect, state)(state, rng, center, count)


def propose(state, rng, center, out, count):
    """Draw candidate negatives for a center word.

    Parameters
    ----------
    state : NamedTuple
        The proposal.
    rng : (32,) uint64 array
        This thread's random generator, advanced in place.
    center : int
        Id of the center word; the loop drops draws equal to it.
    out : int64 array
        Modified in place: the first `count` elements receive word ids.
    count : int
        M, the number of candidates to draw.

    Returns
    -------
    int
        Number of fallback draws: those that did not come from the method's own distribution.
    """
    return dispatch(propose, state)(state, rng, center, out, count)


def count(state, progress, most):
    """Return how many candidates the windows of a chunk have, by default all that there may be.

    Parameters
    ----------
    state : NamedTuple
        The weighting.
    progress : float
        Share of the training completed, 0 to 1.
    most : int
        M, the number that there is room for.

    Returns
    -------
    int
        1 to `most`.
    """
    return dispatch(count, state)(state, progress, most)


def look(state, w_out, length, scratch, candidates):
    """Let a weighting read the candidates' rows before it weighs them.

    Parameters
    ----------
    state : NamedTuple
        The weighting; its arrays may be modified in place.
    w_out : (V * length,) float array
        The matrix, which must not be modified.
    length : int
        Floats in a row.
    scratch : Scratch
        Ids, offsets and scores are filled in.
    candidates : int
        N of this window.
    """
    return dispatch(look, state)(state, w_out, length, scratch, candidates)


def weigh(state, rng, scratch, contexts, candidates, progress):
    """Set the weight of each candidate in ``scratch.weights``.

    The positive, candidate 0, has weight 1. With a loss that declares `weighs_positive` it may have
    another, w_0: the positive is then also a negative, of weight w_0 - 1. A weighting that sets any
    weight must set all of them: the array still holds those of the previous window.

    Parameters
    ----------
    state : NamedTuple
        The weighting.
    rng : (32,) uint64 array
        This thread's random generator, advanced in place.
    scratch : Scratch
        Ids and scores are filled in; ``scratch.weights`` is modified in place. ``scratch.scores``
        may be too: the loss, and a proposal that learns, then see what is written there.
        ``scratch.coefficients`` is free until the loss fills it.
    contexts, candidates : int
        C and N of this window.
    progress : float
        Share of the training completed, 0 to 1; for schedules.
    """
    return dispatch(weigh, state)(state, rng, scratch, contexts, candidates, progress)


def shift(loss, scratch, contexts, candidates):
    """Let a loss change the scores by what it knows of the candidates, after they are weighted.

    Parameters
    ----------
    loss : NamedTuple
        The loss.
    scratch : Scratch
        ``scratch.scores`` is modified in place.
    contexts, candidates : int
        C and N of this window.
    """
    return dispatch(shift, loss)(loss, scratch, contexts, candidates)


def coefficients(loss, scores, weights, contexts, candidates, out):
    """Compute the coefficients: the negative derivative of the loss with respect to each score.

    Parameters
    ----------
    loss : NamedTuple
        The loss.
    scores, weights : float arrays
        See `Scratch`. The 16 elements behind the last may be read.
    contexts, candidates : int
        C and N.
    out : float array
        Modified in place: ``C * N`` coefficients, not multiplied by the learning rate. The 16
        elements behind the last may be overwritten.
    """
    return dispatch(coefficients, loss)(loss, scores, weights, contexts, candidates, out)


def objective(loss, scores, weights, contexts, candidates):
    """Return the loss that training minimizes, summed over the contexts of a window.

    Parameters
    ----------
    loss, scores, weights, contexts, candidates
        As for `coefficients`; nothing is modified.

    Returns
    -------
    float64
    """
    return dispatch(objective, loss)(loss, scores, weights, contexts, candidates)


def adjust(state, scratch, contexts, candidates):
    """Let a weighting change the coefficients, for candidates that are mixtures of rows.

    A score is linear in the rows: the candidate ``a v_i + (1 - a) v_j`` has the score
    ``a s_i + (1 - a) s_j``, which `weigh` writes to its place, and the coefficient g that the loss
    computes for it is a g for row i and (1 - a) g for row j.

    Parameters
    ----------
    state : NamedTuple
        The weighting.
    scratch : Scratch
        ``scratch.coefficients`` is modified in place.
    contexts, candidates : int
        C and N of this window.
    """
    return dispatch(adjust, state)(state, scratch, contexts, candidates)


def learn(state, rng, scratch, contexts, candidates, lr, progress):
    """Let a proposal learn from the window just trained; it must not modify `w_in` or `w_out`.

    Parameters
    ----------
    state : NamedTuple
        The proposal; its arrays may be modified in place.
    rng, scratch, contexts, candidates, progress
        As for `weigh`; the scores are those from before the update.
    lr : float
        Current learning rate of the embeddings.
    """
    return dispatch(learn, state)(state, rng, scratch, contexts, candidates, lr, progress)


def _count_all(state, progress, most):
    return most


def _expect_nothing(state, rng, center, count):
    pass


def _read_nothing(state, w_in, length, center):
    pass


def _look_at_nothing(state, w_out, length, scratch, candidates):
    pass


def _weigh_nothing(state, rng, scratch, contexts, candidates, progress):
    pass


def _shift_nothing(loss, scratch, contexts, candidates):
    pass


def _adjust_nothing(state, scratch, contexts, candidates):
    pass


def _learn_nothing(state, rng, scratch, contexts, candidates, lr, progress):
    pass


declare_hook(read_center, _read_nothing)
declare_hook(expect, _expect_nothing)
declare_hook(propose)
declare_hook(count, _count_all)
declare_hook(look, _look_at_nothing)
declare_hook(weigh, _weigh_nothing)
declare_hook(shift, _shift_nothing)
declare_hook(coefficients)
declare_hook(objective)
declare_hook(adjust, _adjust_nothing)
declare_hook(learn, _learn_nothing)
