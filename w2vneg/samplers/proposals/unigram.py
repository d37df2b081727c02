"""The unigram noise of word2vec, count^e, drawn from an alias table.

P(w) ~ count(w)^e, e = 0.75 in word2vec (Mikolov et al., NIPS 2013), 0.5 in fastText, 0 the
uniform distribution; negative exponents favor rare words and were best for some item sequences
(Caselles-Dupre et al., RecSys 2018).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities, build_alias, draw_alias, draw_many
from w2vneg.kernel.block_hooks import fill_pools
from w2vneg.kernel.hooks import implement, propose
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.system.option_names import named

#: Read by every proposal that draws from the unigram noise, at least in part.
NS_EXPONENT = Option(
    "ns_exponent",
    0.75,
    "Exponent of the unigram noise: 0 is uniform, negative values favor rare words.",
    -100,
    100,
)


class Unigram(NamedTuple):
    """State of the proposal."""

    cells: np.ndarray  # (V, 2) uint32 alias table


def unigram_weights(counts: np.ndarray, exponent: float) -> np.ndarray:
    """Return count^exponent scaled to a largest value of 1, as (V,) float64.

    Words that never occur get weight 0, whatever the exponent. Computed in logarithms, so that no
    finite exponent overflows.

    Parameters
    ----------
    counts : (V,) array
    exponent : float
    """
    counts = np.asarray(counts, dtype=np.float64)
    weights = np.zeros(len(counts))
    seen = counts > 0
    powers = exponent * np.log(counts[seen])
    weights[seen] = np.exp(powers - powers.max())
    return weights


def unigram_cells(counts: np.ndarray, exponent: float) -> np.ndarray:
    """Return the alias table of count^exponent.

    Parameters
    ----------
    counts : (V,) array
    exponent : float

    Returns
    -------
    (V, 2) uint32 array

    Raises
    ------
    UsageError
        If the exponent leaves only one word that can be drawn.
    """
    weights = unigram_weights(counts, exponent)
    if np.count_nonzero(weights) < 2:
        raise UsageError(
            f"{named('ns_exponent', exponent)} leaves only one word to draw; choose a value closer to 0.75"
        )
    return build_alias(weights)


def build(context: SamplerContext) -> Unigram:
    """Return the state of the proposal."""
    return Unigram(unigram_cells(context.counts, context[NS_EXPONENT]))


def probabilities(state: Unigram) -> np.ndarray:
    """Return the (V,) float64 distribution of the draws."""
    return alias_probabilities(state.cells)


def largest_share(state: Unigram) -> float:
    """Return the probability of the most likely word."""
    return float(probabilities(state).max())


@implement(propose, Unigram)
def _propose(state, rng, center, out, count):
    for n in range(count):
        out[n] = draw_alias(state.cells, rng)
    return 0


@implement(fill_pools, Unigram)
def _fill_pools(state, rng, out, first, pools, candidates):
    draw_many(state.cells, rng, out, first, pools * candidates)
    return 0


PROPOSAL = Proposal(
    name="unigram",
    summary="words by count^exponent, as word2vec draws them",
    paper="Mikolov et al., NIPS 2013",
    options=(NS_EXPONENT,),
    samplers=(
        NamedSampler("unigram", "words by count^exponent, as word2vec draws them"),
        NamedSampler(
            "popularity", "words by count: exponent 1", options=lambda given: {"ns_exponent": 1.0}
        ),
    ),
    build=build,
    block=True,
    largest_share=largest_share,
    probabilities=probabilities,
)
