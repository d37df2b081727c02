"""The slow, obvious version of the training loop: the specification of the compiled one.

Works in float64 with one pair at a time and shares nothing with the kernel but its random
numbers, which are drawn in the same order.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.window import CONTEXTS

MASK = (1 << 64) - 1


class Rng:
    """xoshiro256++ in Python integers."""

    def __init__(self, words):
        self.s = [int(w) for w in words[:4]]

    def word(self):
        def rotl(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (rotl((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)
        return result

    def below(self, bound):
        return ((self.word() >> 32) * bound) >> 32


def draw_alias(cells, rng):
    """One draw of an alias table."""
    word = rng.word()
    cell = ((word >> 32) * len(cells)) >> 32
    return cell if (word & 0xFFFFFFFF) < int(cells[cell, 0]) else int(cells[cell, 1])


def sigma(x):
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def step_from_old_rows(w_in, w_out, contexts, candidates, lr):
    """Train each context against the candidates, of which the first is the positive."""
    labels = np.array([1.0] + [0.0] * (len(candidates) - 1))
    old_in, old_out = w_in.copy(), w_out.copy()
    for context in contexts:
        for candidate, label in zip(candidates, labels, strict=True):
            score = old_in[context] @ old_out[candidate]
            step = lr * (label - sigma(score))
            w_in[context] += step * old_out[candidate]
            w_out[candidate] += step * old_in[context]


def train(
    w_in, w_out, sentences, keep, cells, window, negatives, lr, rng, most=CONTEXTS, ahead=False
):
    """Train (V, d) float64 matrices in place; return (kept, pairs, collisions).

    With `ahead` a word predicts the words after it only.
    """
    kept_total = pairs = collisions = 0
    for sentence in sentences:
        kept = [w for w in sentence if (rng.word() >> 32) <= int(keep[w])]
        kept_total += len(kept)
        if len(kept) < 2:
            continue
        drawn = [draw_alias(cells, rng) for _ in range(negatives)]
        for position in range(1 if ahead else 0, len(kept)):
            center = kept[position]
            wide = 2 * window + 1 > most
            radius = 1 + rng.below(window) if wide else window
            after = 0 if ahead else radius
            around = range(max(0, position - radius), min(len(kept), position + after + 1))
            pieces = -(-len(around) // most)
            for piece in range(pieces):
                noise = [n for n in drawn if n != center]
                collisions += len(drawn) - len(noise)
                if piece + 1 < pieces or position + 1 < len(kept):
                    drawn = [draw_alias(cells, rng) for _ in range(negatives)]
                if not wide:
                    radius = 1 + rng.below(window)
                part = around[len(around) * piece // pieces : len(around) * (piece + 1) // pieces]
                contexts = [kept[i] for i in part if i != position and abs(i - position) <= radius]
                step_from_old_rows(w_in, w_out, contexts, [center, *noise], lr)
                pairs += len(contexts)
    return kept_total, pairs, collisions
