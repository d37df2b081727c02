"""As many draws as an effective sample size asks for (adaptive importance sampling).

Bengio and Senecal (IEEE Transactions on Neural Networks, 2008) estimate the gradient of a softmax
from draws of a noise q, weighted by r_n = e^(s_n) / q(n), and draw until the effective sample size
``(sum_n r_n)^2 / sum_n r_n^2`` reaches a target. Their noise, an n-gram model, follows the network;
here it is the unigram noise, and the sample grows or shrinks by chunks of the corpus: after each, the
number of draws of a window is multiplied by target / (mean of the size that was measured), within
K and ``--candidates``. The size is measured in one of 16 windows.

The loss is meant to be infonce with ``--log-q``, the sampled softmax: ``--sampler ais``. The paper's own estimator leaves the positive out of
the sum over the draws; as draws equal to the center word are dropped here, that sum must hold it.
With a target that is reached by K draws this is `all`, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.hooks import count, implement, weigh
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal, Weighting
from w2vneg.system.option_names import choice

TARGET = Option(
    "effective_size",
    10.0,
    "Effective sample size of the draws of a window that is aimed at.",
    1,
    1e6,
)
#: One window in so many is measured.
_EVERY = 16
_MOST = 50  # draws of a window, by default


class Effective(NamedTuple):
    """State of the weighting."""

    log_q: np.ndarray  # (V,) float32, log of the noise
    target: float
    least: int  # K
    most: int  # M
    draws: np.ndarray  # (1,) float64, shared: draws of a window, now
    sums: np.ndarray  # (4,) float64: windows, contexts measured, their sizes; all sizes so far
    measured: np.ndarray  # (1,) float64, contexts measured so far


def check(config: TrainConfig) -> None:
    """Refuse noise that depends on the center word, whose density is not known."""
    proposal = chosen_methods(config)["proposal"]
    assert isinstance(proposal, Proposal)
    if proposal.probabilities is None:
        raise UsageError(
            f"{choice('weighting', 'effective')}: {choice('proposal', proposal.name)} has no "
            f"distribution that is the same for all words; choose {choice('proposal', 'unigram')}"
        )


def build(config: TrainConfig) -> Effective:
    """Return the state of the weighting; `bind` completes it."""
    most = max(config.negatives, config.candidates or _MOST)
    return Effective(
        np.empty(0, np.float32),
        config[TARGET],
        config.negatives,
        most,
        np.full(1, float(config.negatives)),
        np.zeros(4),
        np.zeros(1),
    )


def bind(context: SamplerContext, state: Effective, proposal: Proposal, drawn: Any) -> Effective:
    """Return the state of the weighting for a noise."""
    assert proposal.probabilities is not None
    noise = np.maximum(proposal.probabilities(drawn), np.finfo(np.float32).tiny)
    return state._replace(log_q=np.log(noise).astype(np.float32))


def per_thread(state: Effective, candidates: int) -> Effective:
    """Return the state with the sums of one thread."""
    return state._replace(sums=np.zeros(4), measured=np.zeros(1))


def maintain(
    state: Effective,
    rng: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    length: int,
    progress: float,
) -> None:
    """Set the number of draws by the sizes of a chunk."""
    contexts, sizes = state.sums[1], state.sums[2]
    if contexts > 0:
        wanted = state.draws[0] * state.target / (sizes / contexts)
        state.draws[0] = min(max(wanted, state.least), state.most)
        state.sums[3] += sizes
        state.measured[0] += contexts
    state.sums[1:3] = 0


def report(states: Sequence[Effective]) -> dict[str, Any]:
    """Return the mean effective sample size, and the draws of a window at the end."""
    sizes = sum(float(state.sums[3]) for state in states)
    measured = sum(float(state.measured[0]) for state in states)
    return {
        "effective_sample_size": sizes / max(measured, 1.0),
        "draws_at_the_end": float(states[0].draws[0]),
    }


@implement(count, Effective)
def _count(state, progress, most):
    return max(1, min(most, int(state.draws[0] + 0.5)))


@implement(weigh, Effective)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    # All weights are 1 from the start.
    state.sums[0] += 1
    if int(state.sums[0]) % _EVERY == 0 and candidates > 1:
        for context in range(contexts):
            at = context * candidates
            largest = -math.inf
            for n in range(1, candidates):
                ratio = float(scratch.scores[at + n]) - state.log_q[scratch.candidates[n]]
                largest = max(largest, ratio)
            total, squares = 0.0, 0.0
            for n in range(1, candidates):
                ratio = float(scratch.scores[at + n]) - state.log_q[scratch.candidates[n]]
                weight = math.exp(min(ratio - largest, 0.0))
                total += weight
                squares += weight * weight
            if squares > 0:
                state.sums[1] += 1
                state.sums[2] += total * total / squares


def _ais(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"log_q": True}


WEIGHTING = Weighting(
    name="effective",
    summary="as many draws as an effective sample size asks for, all of the same weight",
    paper="Bengio and Senecal, IEEE TNN 2008",
    options=(TARGET,),
    samplers=(
        NamedSampler(
            "ais",
            "words by count^exponent, as many as a softmax needs, corrected for them",
            weighting="effective",
            loss="infonce",
            options=_ais,
        ),
    ),
    learned=("draws",),
    thread_state=("sums", "measured"),
    build=build,
    bind=bind,
    per_thread=per_thread,
    maintain=maintain,
    check=check,
    report=report,
    candidates=lambda config: max(config.negatives, config.candidates or _MOST),
)
