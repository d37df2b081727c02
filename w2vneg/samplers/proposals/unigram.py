"""Words by count^alpha: word2vec's noise table, as an alias table.

P(w) ~ count(w)^alpha, alpha 0.75 in word2vec (Mikolov et al., NIPS 2013), 0.5 in fastText, 0 the
uniform distribution; negative exponents favour rare words and were best for some item sequences
(Caselles-Dupre et al., RecSys 2018).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.errors import UsageError
from w2vneg.kernel.alias import build_alias, draw_alias
from w2vneg.kernel.hooks import implement, learn, propose
from w2vneg.samplers.context import Material

SOURCE = "Mikolov et al., NIPS 2013"


class Unigram(NamedTuple):
    """State of the proposal."""

    cells: np.ndarray  # (V, 2) uint32 alias table


def unigram_weights(counts: np.ndarray, alpha: float) -> np.ndarray:
    """Return count^alpha scaled to a largest value of 1, as (V,) float64.

    Words that never occur get no weight, whatever the exponent. Logarithms keep every finite
    exponent from overflowing.
    """
    counts = np.asarray(counts, dtype=np.float64)
    weights = np.zeros(len(counts))
    seen = counts > 0
    powers = alpha * np.log(counts[seen])
    weights[seen] = np.exp(powers - powers.max())
    return weights


def unigram_cells(counts: np.ndarray, alpha: float) -> np.ndarray:
    """Return the (V, 2) alias table of count^alpha.

    Raises
    ------
    UsageError
        If the exponent leaves only one word that can be drawn.
    """
    weights = unigram_weights(counts, alpha)
    if np.count_nonzero(weights) < 2:
        raise UsageError(f"--alpha {alpha:g} leaves no noise but one word; take one nearer to 0.75")
    return build_alias(weights)


def build(material: Material) -> Unigram:
    """Make the proposal."""
    return Unigram(unigram_cells(material.counts, material.config.alpha))


@implement(propose, Unigram)
def _propose(state, rng, center, out, count):
    for n in range(count):
        out[n] = draw_alias(state.cells, rng)
    return 0


@implement(learn, Unigram)
def _learn(state, rng, scratch, contexts, candidates, lr, progress):
    pass
