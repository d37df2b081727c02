"""All words alike.

Every word of the vocabulary is as likely as any other: unigram noise with exponent 0. A control
for methods whose noise comes close to it.
"""

from __future__ import annotations

from w2vneg.samplers.context import Material
from w2vneg.samplers.proposals.unigram import Unigram, unigram_cells

SOURCE = "Mikolov et al., NIPS 2013"


def build(material: Material) -> Unigram:
    """Make the proposal."""
    return Unigram(unigram_cells(material.counts, 0.0))
