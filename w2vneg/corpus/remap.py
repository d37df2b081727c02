"""Compiled passes that turn the tokenizer's word numbers into the tokens of a corpus."""

from __future__ import annotations

import numpy as np

from w2vneg.corpus.fingerprint import POLYNOMIALS
from w2vneg.corpus.tokenizer import LINE_END
from w2vneg.kernel.jit import kernel

_POLYNOMIAL_0 = np.uint64(POLYNOMIALS[0])
_POLYNOMIAL_1 = np.uint64(POLYNOMIALS[1])


@kernel
def remap(numbers, ids, tokens, lines, hashes):
    """Replace word numbers by ids of the vocabulary and drop all other tokens.

    Parameters
    ----------
    numbers : (n,) int32
        Word numbers and `LINE_END`.
    ids : (W,) int32
        Id of each word number; negative: not in the vocabulary.
    tokens : (>= n,) int32
        Receives the ids.
    lines : (>= n,) int64
        Receives, for each line end, the number of tokens before it, without repetitions.
    hashes : (2,) uint64
        Two polynomials of the tokens modulo 2**64, continued from their present values.

    Returns
    -------
    kept, line_ends : int
        Elements set in `tokens` and `lines`.
    """
    kept = 0
    line_ends = 0
    hash_0 = hashes[0]
    hash_1 = hashes[1]
    for i in range(numbers.size):
        number = numbers[i]
        if number == LINE_END:
            if line_ends == 0 or lines[line_ends - 1] != kept:
                lines[line_ends] = kept
                line_ends += 1
            continue
        token = ids[number]
        if token >= 0:
            tokens[kept] = token
            kept += 1
            hash_0 = hash_0 * _POLYNOMIAL_0 + np.uint64(token + 1)
            hash_1 = hash_1 * _POLYNOMIAL_1 + np.uint64(token + 1)
    hashes[0] = hash_0
    hashes[1] = hash_1
    return kept, line_ends


@kernel
def hash_tokens(tokens, hashes):
    """Continue the two polynomials of `remap` over ``tokens`` ((n,) int32)."""
    hash_0 = hashes[0]
    hash_1 = hashes[1]
    for i in range(tokens.size):
        hash_0 = hash_0 * _POLYNOMIAL_0 + np.uint64(tokens[i] + 1)
        hash_1 = hash_1 * _POLYNOMIAL_1 + np.uint64(tokens[i] + 1)
    hashes[0] = hash_0
    hashes[1] = hash_1


@kernel
def cut_sentences(lines, position, reached, last, longest, starts):
    """Turn line ends into sentence starts and cut sentences that are too long.

    Parameters
    ----------
    lines : (n,) int64
        Line ends of this block, in tokens from the start of the block, ascending.
    position : int
        Tokens before this block.
    reached : int
        Tokens up to and with this block.
    last : int
        Start of the sentence that the block continues.
    longest : int
        Length of the longest sentence.
    starts : int64 array
        Receives the starts of the sentences that begin after `last`; ``len(lines) +
        (reached - last) // longest + 1`` elements are enough.

    Returns
    -------
    written : int
        Elements set in `starts`.
    last : int
        Start of the sentence that the next block continues.
    """
    written = 0
    for i in range(lines.size):
        end = position + lines[i]
        while end - last > longest:
            last += longest
            starts[written] = last
            written += 1
        if end > last:
            last = end
            starts[written] = last
            written += 1
    # More tokens than `longest` follow `last`, so this cut does not depend on the next block.
    while reached - last > longest:
        last += longest
        starts[written] = last
        written += 1
    return written, last
