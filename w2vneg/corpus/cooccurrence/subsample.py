"""Subsampling before pairs are counted, as the training loop does it before it cuts windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.corpus import Piece
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.rng import high_half, next_word, seed_states


@kernel
def thin_sentences(tokens, starts, first, last, keep, rng, out, ends):
    """Copy the tokens of some sentences that subsampling keeps.

    Parameters
    ----------
    tokens, starts : int32, int64 arrays
        The corpus.
    first, last : int
        Range of sentences, `last` excluded.
    keep : (V,) uint32 array
        A token is kept if 32 random bits are at most the threshold of its word.
    rng : (32,) uint64 array
        Advanced in place, once per token.
    out : int32 array
        The tokens kept, set; as long as the sentences.
    ends : (last - first,) int64 array
        Where each sentence ends in `out`, set.
    """
    count = 0
    for sentence in range(first, last):
        for i in range(starts[sentence], starts[sentence + 1]):
            # Always written, counted only if kept: a branch would be unpredictable.
            out[count] = tokens[i]
            count += high_half(next_word(rng)) <= np.uint64(keep[tokens[i]])
        ends[sentence - first] = count


class Subsample:
    """Which tokens subsampling keeps.

    The choice for a range of sentences depends on the seed and the range alone, so that each pass
    over the corpus sees the same tokens, whichever thread makes it.

    Parameters
    ----------
    keep : (V,) uint32 array
        Thresholds; see `thin_sentences`.
    seed : int
        At least 0.
    """

    def __init__(self, keep: NDArray[np.uint32], seed: int) -> None:
        self._keep, self._seed = keep, seed

    def thin(self, piece: Piece, number: int) -> Piece:
        """Return the tokens that are kept of a piece of the corpus.

        Parameters
        ----------
        piece : Piece
        number : int
            Of its first sentence in the corpus.
        """
        tokens, starts, first, last = piece
        kept = np.empty(piece.size, np.int32)
        begins = np.zeros(last - first + 1, np.int64)
        rng = seed_states(np.random.SeedSequence([self._seed, number]).generate_state(1)[0], 1)[0]
        thin_sentences(tokens, starts, first, last, self._keep, rng, kept, begins[1:])
        return Piece(kept, begins, 0, last - first)
