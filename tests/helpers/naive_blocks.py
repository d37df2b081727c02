"""The slow, obvious version of the block form: the specification of the compiled one.

Works in float64, one pair at a time, and shares nothing with the kernel but its random numbers.
"""

from __future__ import annotations

import numpy as np

from helpers.naive_training import Rng, draw_alias

INPUTS = 16


def stream(sentences, keep, window, rng, ahead=False):
    """Words and the range of positions that each one predicts; and the number of tokens kept.

    With `ahead` a word predicts the words after it only.
    """
    words, ranges, kept = [], [], 0
    for sentence in sentences:
        drawn = [rng.word() for _ in sentence]
        survivors = [
            (w, 1 + (((r & 0xFFFFFFFF) * window) >> 32))
            for w, r in zip(sentence, drawn, strict=True)
            if r >> 32 <= int(keep[w])
        ]
        kept += len(survivors)
        if len(survivors) < 2:
            continue
        begin, end = len(words), len(words) + len(survivors)
        for p, (word, radius) in enumerate(survivors, begin):
            words.append(int(word))
            ranges.append((p if ahead else max(begin, p - radius), min(end, p + radius + 1)))
    return words, ranges, kept


def blocks(sentences, keep, window, piece, pieces, pools, candidates, cells, rng, ahead=False):
    """Yield (inputs, pairs, pool) of each piece: word ids, (input, positive) places, draws.

    ``inputs[q]`` is the word of input q; a pair is (q, word of the positive).
    """
    words, ranges, _ = stream(sentences, keep, window, rng, ahead)
    if not words:
        return
    pool = lambda: [draw_alias(cells, rng) for _ in range(candidates)]  # noqa: E731
    waiting = [pool() for _ in range(pools + 1)]
    for start in range(0, len(words), INPUTS):
        stop = min(len(words), start + INPUTS)
        for number in range(pieces):
            offset = number * piece - window
            pairs = [
                (p - start, words[other])
                for p in range(start, stop)
                for other in range(p + offset, p + offset + piece)
                if other != p and ranges[p][0] <= other < ranges[p][1]
            ]
            if not pairs:
                continue
            if len(waiting) == 1:
                waiting += [pool() for _ in range(pools)]
            yield words[start:stop], pairs, waiting.pop(0)


def sgns_gradient(w_in, w_out, inputs, pairs, pool, negatives):
    """The gradient of the loss of a piece with respect to both matrices."""
    sigma = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    d_in, d_out = np.zeros_like(w_in), np.zeros_like(w_out)
    for q, positive in pairs:
        terms = [(positive, sigma(w_in[inputs[q]] @ w_out[positive]) - 1)]
        for draw in pool:
            if draw != positive:
                weight = negatives / len(pool)
                terms.append((draw, weight * sigma(w_in[inputs[q]] @ w_out[draw])))
        for word, slope in terms:
            d_in[inputs[q]] += slope * w_out[word]
            d_out[word] += slope * w_in[inputs[q]]
    return d_in, d_out


def pair_losses(scores_positive, scores_pool, weights, same, loss, temperature=1.0):
    """The loss of one pair: `same` marks the draws that equal the positive, which do not count."""
    weights = np.where(same, 0.0, weights)
    if loss == "sgns":
        return np.log1p(np.exp(-scores_positive)) + weights @ np.log1p(np.exp(scores_pool))
    if loss == "bpr":
        return weights @ np.log1p(np.exp(scores_pool - scores_positive))
    gaps = (scores_pool - scores_positive) / temperature
    return np.log1p(weights @ np.exp(gaps))


def seeded(states):
    """Return the generator whose state is the first row of `states`."""
    return Rng(states[0])
