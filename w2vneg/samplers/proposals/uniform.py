"""Every word of the vocabulary is equally likely: unigram noise with exponent 0.

A control for methods whose noise is close to uniform.
"""

from __future__ import annotations

from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.unigram import (
    Unigram,
    largest_share,
    probabilities,
    unigram_cells,
)


def build(context: SamplerContext) -> Unigram:
    """Return the state of the proposal."""
    return Unigram(unigram_cells(context.counts, 0.0))


PROPOSAL = Proposal(
    name="uniform",
    summary="every word is equally likely",
    paper="Mikolov et al., NIPS 2013",
    samplers=(NamedSampler("uniform", "every word is equally likely", proposal="uniform"),),
    build=build,
    block=True,
    largest_share=largest_share,
    probabilities=probabilities,
)
