"""Noise proportional to count^alpha: word2vec's table, as an alias table.

P(w) ~ count(w)^alpha, alpha 0.75 in word2vec (Mikolov et al., NIPS 2013), 0.5 in fastText, 0 the
uniform distribution; negative exponents favour rare words and were best for some item sequences
(Caselles-Dupre et al., RecSys 2018).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.alias import build_alias, draw_alias
from w2vneg.kernel.hooks import implement, learn, propose


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


def build(counts: np.ndarray, alpha: float) -> Unigram:
    """Make the proposal for words with the given (V,) counts."""
    return Unigram(build_alias(unigram_weights(counts, alpha)))


@implement(propose, Unigram)
def _propose(state, rng, center, out, count):
    for n in range(count):
        out[n] = draw_alias(state.cells, rng)
    return 0


@implement(learn, Unigram)
def _learn(state, rng, scratch, contexts, candidates, lr, progress):
    pass
