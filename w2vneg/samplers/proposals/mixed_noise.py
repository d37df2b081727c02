"""Half of the draws for rare words: count^0.75 and count^0.25, weighted as if all were count^0.75.

The draws of a window or pool come alternately from q, the unigram noise with ``--ns-exponent``, and
from a flatter one with ``--mix-exponent``. A draw n weighs q(n) / g(n), g being the mixture, at most
2 (`w2vneg.samplers.weightings.importance`). What is learned is what draws from q alone teach; rare
words are seen more often, with less weight. Weights for draws from a mixture with a known density:
Owen and Zhou, "Safe and Effective Importance Sampling" (JASA 2000).

With two equal exponents this is unigram, bit for bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities, draw_alias, draw_many
from w2vneg.kernel.block_hooks import fill_pools
from w2vneg.kernel.hooks import implement, propose
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.forms import candidates_of
from w2vneg.samplers.method import NamedSampler, Proposal, Weighting
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells, unigram_weights
from w2vneg.system.option_names import choice

MIX_EXPONENT = Option(
    "mix_exponent",
    0.25,
    "Exponent of the noise from which half of the draws come; their weights correct for it.",
    -100,
    100,
)


class MixedNoise(NamedTuple):
    """State of the proposal."""

    cells: np.ndarray  # (V, 2) uint32 alias table of q
    other: np.ndarray  # (V, 2) uint32 alias table of the other noise
    factors: np.ndarray  # (V,) float32, q / g


def check(config: TrainConfig) -> None:
    """Refuse weightings that mix candidates: mixtures have no density."""
    weighting = chosen_methods(config)["weighting"]
    assert isinstance(weighting, Weighting)
    if weighting.mixes or weighting.learned or weighting.per_thread is not None:
        raise UsageError(
            f"{choice('proposal', 'mixed-noise')} weighs its draws, which "
            f"{choice('weighting', weighting.name)} mixes; choose {choice('proposal', 'unigram')}"
        )


def build(context: SamplerContext) -> MixedNoise:
    """Return the state of the proposal.

    Raises
    ------
    UsageError
        If an exponent leaves only one word that can be drawn.
    """
    exponents = context[NS_EXPONENT], context[MIX_EXPONENT]
    cells, other = (unigram_cells(context.counts, exponent) for exponent in exponents)
    count = candidates_of(context.config)
    return MixedNoise(cells, other, ratios_of(context.counts, *exponents, count))


def ratios_of(counts: np.ndarray, exponent: float, other: float, count: int) -> np.ndarray:
    """Return q / g as (V,) float32, where half of `count` draws, rounded up, come from q.

    Parameters
    ----------
    counts : (V,) array
    exponent, other : float
        The exponents of q and of the other noise.
    count : int
    """
    shares = [unigram_weights(counts, e) for e in (exponent, other)]
    q, flat = (share / share.sum() for share in shares)
    drawn = q > 0
    own = (count + 1) // 2
    relative = np.divide(flat, q, out=np.zeros_like(q), where=drawn)
    return np.where(drawn, count / (own + (count - own) * relative), 0).astype(np.float32)


def probabilities(state: MixedNoise) -> np.ndarray:
    """Return q as (V,) float64: the draws, with their weights, stand for it."""
    return alias_probabilities(state.cells)


def largest_share(state: MixedNoise) -> float:
    """Return the probability of the most likely word."""
    return float(probabilities(state).max())


@implement(propose, MixedNoise)
def _propose(state, rng, center, out, count):
    for n in range(count):
        out[n] = draw_alias(state.other if n % 2 else state.cells, rng)
    return 0


@implement(fill_pools, MixedNoise)
def _fill_pools(state, rng, out, first, pools, candidates):
    own = (candidates + 1) // 2
    for pool in range(pools):
        at = first + pool * candidates
        draw_many(state.cells, rng, out, at, own)
        draw_many(state.other, rng, out, at + own, candidates - own)
    return 0


PROPOSAL = Proposal(
    name="mixed-noise",
    summary="half of the draws by count^0.75, half by count^0.25, weighted as if all were the former",
    paper="importance weights: Owen and Zhou, JASA 2000",
    options=(NS_EXPONENT, MIX_EXPONENT),
    samplers=(
        NamedSampler(
            "mixed-noise",
            "self-adversarial weights on a pool in which rare words are common",
            proposal="mixed-noise",
            weighting="self-adversarial",
        ),
    ),
    build=build,
    check=check,
    block=True,
    largest_share=largest_share,
    ratios=lambda state: state.factors,
    probabilities=probabilities,
)
