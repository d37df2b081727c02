"""The number of negatives changes during the training, their total weight does not.

Wu, Wu and Huang ("Rethinking InfoNCE", IJCAI 2022) find that the best number of negatives depends on
how reliable the positives are, and let it vary during the training; their formula could not be
looked up. Here the draws of a window go linearly from ``--first-candidates`` to ``--candidates``, up
or down, and each weighs T divided by their number: what is learned is the same throughout, how
precisely it is estimated changes. The draws that are left out cost nothing.

With as many first as last, K, this is plain sampling, bit for bit. The window form only: a pool of
the block form has a fixed size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.hooks import count, implement, weigh
from w2vneg.kernel.jit import device
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.method import NamedSampler, Weighting
from w2vneg.system.option_names import choice

FIRST: Option[int | None] = Option(
    "first_candidates",
    None,
    "Draws of a window at the start of the training; default: --negatives. At its end they are "
    "--candidates.",
    1,
    10_000,
    kind=int,
)


class Growing(NamedTuple):
    """State of the weighting."""

    total: float  # T, the sum of the weights of a context
    first: int  # draws at the start
    last: int  # draws at the end


def check(config: TrainConfig) -> None:
    """Refuse the generator of ace, which expects as many draws in every window."""
    if chosen_methods(config)["proposal"].name == "ace":
        raise UsageError(
            f"{choice('weighting', 'growing')} changes the number of draws, which "
            f"{choice('proposal', 'ace')} needs to be constant; choose {choice('proposal', 'unigram')}"
        )


def build(config: TrainConfig) -> Growing:
    """Return the state of the weighting."""
    first = config[FIRST] or config.negatives
    return Growing(config.total_weight, first, config.candidates or config.negatives)


def _largest(config: TrainConfig) -> int:
    last = config.candidates or config.negatives
    return max(config[FIRST] or config.negatives, last)


@device
def _draws(state, progress, most):
    now = state.first + (state.last - state.first) * min(max(progress, 0.0), 1.0)
    return max(1, min(most, int(now + 0.5)))


@implement(count, Growing)
def _count(state, progress, most):
    return _draws(state, progress, most)


@implement(weigh, Growing)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    share = scratch.weights.dtype.type(
        state.total / _draws(state, progress, max(state.first, state.last))
    )
    for context in range(contexts):
        at = context * candidates
        scratch.weights[at] = 1
        for n in range(1, candidates):
            scratch.weights[at + n] = share


def _adaptive(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"candidates": min(10_000, 3 * given["negatives"])}


WEIGHTING = Weighting(
    name="growing",
    summary="more draws, or fewer, as training goes on, of the same weight in total",
    paper="after Wu et al., IJCAI 2022",
    options=(FIRST,),
    samplers=(
        NamedSampler(
            "adaptive-k",
            "words by count^exponent, from K at the start to 3 K at the end",
            weighting="growing",
            options=_adaptive,
        ),
    ),
    build=build,
    check=check,
    candidates=_largest,
    stable={"window": 3.4},
)
