"""The training loop: skip-gram with negative sampling, one window at a time.

For each center word the loop proposes M candidate negatives that all contexts of the window share,
scores contexts against candidates, weights them, computes coefficients, updates both sides, and
lets the proposal learn. As in word2vec.c, the context word's `w_in` row predicts the center word's
`w_out` row. Sharing the negatives inside a window (Ji et al., "Parallelizing Word2Vec in Shared and
Distributed Memory", 2016) turns the work into small matrix products.

Threads run this loop on different chunks and write to the same matrices without locks (Hogwild,
Niu et al., NIPS 2011): an update is occasionally lost, but no value is ever torn. With more than
one thread, runs differ slightly; with one, results are reproducible bit for bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.arena import Arena
from w2vneg.kernel.frozen import NONE_FROZEN, Frozen, NoneFrozen, written_at
from w2vneg.kernel.hooks import (
    Scratch,
    adjust,
    coefficients,
    count,
    expect,
    learn,
    look,
    objective,
    propose,
    read_center,
    shift,
    weigh,
)
from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.products import prefetch_row, score, update
from w2vneg.kernel.rng import below, high_half, next_word
from w2vneg.kernel.sides import AROUND, Ahead, Around, back
from w2vneg.kernel.tiles import LANES, row_length

#: Longer sentences are split, as in word2vec.c.
MAX_SENTENCE = 1000

#: Contexts that are trained at once, from the same rows, at most; wider windows are trained in
#: pieces, so that the size of a step does not grow with the window.
CONTEXTS = 16

# Windows ahead for which a proposal may begin its draws; one ahead it proposes them.
_EXPECTED = 3

#: One window in 64 contributes to the reported loss.
LOSS_EVERY = 64


class Setting(NamedTuple):
    """Sizes that the loop needs."""

    window: int  # largest distance between center and context
    candidates: int  # M, the number of negatives proposed per window
    length: int  # floats in a row of the matrices, a multiple of LANES
    piece: int = CONTEXTS  # contexts that are trained at once, 4 or more
    narrowest: int = 1  # the smallest radius: 1, or the window where its width is fixed
    sides: Around | Ahead = AROUND  # where the words lie that a context word predicts


class Tally(NamedTuple):
    """Counts and loss of one chunk."""

    kept: int  # words that survived subsampling
    pairs: int  # (context, center) pairs trained
    collisions: int  # draws dropped because they were the center word
    fallbacks: int  # draws that did not come from the proposal's own distribution
    loss: float  # sum of the objective over the sampled pairs
    loss_pairs: int  # number of pairs in that sum


def scratch_bytes(setting: Setting, item: int = 4) -> int:
    """Return the bytes of working memory of one thread, for floats of `item` bytes."""
    contexts, candidates = _contexts(setting), 1 + setting.candidates
    counts = 4 * MAX_SENTENCE + 8 * (3 * contexts + 4 * candidates)
    return counts + item * (3 * _cells(setting) + candidates * setting.length) + 17 * 128


def _cells(setting):
    # One extra vector, for hooks that process whole vectors from the start of any context.
    return row_length(_contexts(setting) * (1 + setting.candidates)) + LANES


def _contexts(setting):
    return min(setting.piece, 2 * setting.window)


def make_scratch(
    setting: Setting, dtype: np.dtype, frozen: NoneFrozen | Frozen = NONE_FROZEN
) -> Scratch:
    """Allocate the working memory of one thread."""
    contexts, candidates, cells = _contexts(setting), 1 + setting.candidates, _cells(setting)
    arena = Arena(scratch_bytes(setting, np.dtype(dtype).itemsize))
    scratch = Scratch(
        sentence=arena.take(MAX_SENTENCE, np.int32),
        contexts=arena.take(contexts, np.int64),
        context_at=arena.take(contexts, np.int64),
        context_to=arena.take(contexts, np.int64),
        candidates=arena.take(candidates, np.int64),
        candidate_at=arena.take(candidates, np.int64),
        drawn=arena.take(setting.candidates, np.int64),
        scores=arena.take(cells, dtype),
        weights=arena.take(cells, dtype),
        coefficients=arena.take(cells, dtype),
        delta=arena.take(candidates * setting.length, dtype),
        delta_at=arena.take(candidates, np.int64),
        frozen=frozen,
    )
    scratch.weights[:] = 1
    scratch.delta_at[:] = np.arange(candidates) * setting.length
    return scratch


@device
def subsample(tokens, start, stop, keep, rng, sentence):
    """Copy the tokens that subsampling keeps; return their number.

    Parameters
    ----------
    tokens : (N,) int32 array
        The corpus.
    start, stop : int
        Range of the sentence, at most `MAX_SENTENCE` tokens.
    keep : (V,) uint32 array
        A token is kept if 32 random bits are at most the threshold of its word.
    rng : (32,) uint64 array
        Advanced in place, once per token.
    sentence : (MAX_SENTENCE,) int32 array
        Modified in place: the tokens kept, at the front.
    """
    kept = 0
    for position in range(start, stop):
        token = tokens[position]
        # Always written, counted only if kept: a branch would be unpredictable.
        sentence[kept] = token
        kept += high_half(next_word(rng)) <= np.uint64(keep[token])
    return kept


@device
def gather_contexts(scratch, position, first, last, length):
    """Put the words in [first, last) except `position` into `scratch`; return their number."""
    count = 0
    for other in range(first, last):
        if other != position:
            word = np.int64(scratch.sentence[other])
            scratch.contexts[count] = word
            scratch.context_at[count] = word * length
            count += 1
    return count


@device
def gather_candidates(scratch, center, drawn, length):
    """Put the center word and the draws that differ from it into `scratch`; return their number."""
    scratch.candidates[0] = center
    scratch.candidate_at[0] = center * length
    count = 1
    for n in range(drawn):
        word = scratch.drawn[n]
        scratch.candidates[count] = word
        scratch.candidate_at[count] = word * length
        count += word != center
    return count


@device
def draw_ahead(setting, draws, w_in, w_out, proposal, scratch, rng, position, kept):
    """Propose `draws` candidates for the window at `position` and prefetch the rows that it will need.

    Returns the number of fallback draws (see `w2vneg.kernel.hooks.propose`).
    """
    length = setting.length
    center = np.int64(scratch.sentence[position])
    read_center(proposal, w_in, length, center)
    fallbacks = propose(proposal, rng, center, scratch.drawn, draws)
    prefetch_row(w_out, center * length, length)
    for n in range(draws):
        prefetch_row(w_out, scratch.drawn[n] * length, length)
    entering = position + setting.window
    if entering < kept:
        prefetch_row(w_in, np.int64(scratch.sentence[entering]) * length, length)
    return fallbacks


@kernel
def train_chunk(
    setting,
    w_in,
    w_out,
    tokens,
    starts,
    first,
    last,
    keep,
    proposal,
    weighting,
    loss,
    scratch,
    rng,
    lr,
    progress,
):
    """Train on a range of sentences.

    Parameters
    ----------
    setting : Setting
        Window, candidates, row length.
    w_in, w_out : (V * length,) float arrays
        The matrices, flat; shared by all threads, modified in place.
    tokens : (N,) int32 array
        The corpus; ids in [0, V), checked beforehand.
    starts : (S + 1,) int64 array
        Sentence s is ``tokens[starts[s] : starts[s + 1]]``, at most `MAX_SENTENCE` long.
    first, last : int
        Range of sentences, `last` excluded.
    keep : (V,) uint32 array
        Subsampling thresholds.
    proposal, weighting, loss : NamedTuple
        States of the sampler's parts; their types select the hooks. A proposal that learns is
        modified in place.
    scratch : Scratch
        This thread's, modified in place.
    rng : (32,) uint64 array
        This thread's, advanced in place.
    lr : float
        Learning rate.
    progress : float
        Share of the training completed, 0 to 1; for schedules.

    Returns
    -------
    Tally
    """
    length = setting.length
    kept_total = 0
    pairs = 0
    collisions = 0
    fallbacks = 0
    loss_sum = 0.0
    loss_pairs = 0
    countdown = LOSS_EVERY // 2
    rate = w_in.dtype.type(lr)
    draws = count(weighting, progress, setting.candidates)
    # Windows of several pieces: the radius is drawn first, because the pieces follow from it, and
    # each piece has candidates of its own. One piece of a short window follows the other order.
    wide = 2 * setting.window + 1 > setting.piece
    # Where words predict only the words after them, none predicts the first.
    first_center = 1 - back(setting.sides, 1)
    for sentence in range(first, last):
        kept = subsample(
            tokens, starts[sentence], starts[sentence + 1], keep, rng, scratch.sentence
        )
        kept_total += kept
        if kept < 2:
            continue
        for position in range(first_center, min(first_center + _EXPECTED, kept)):
            expect(proposal, rng, np.int64(scratch.sentence[position]), draws)
        fallbacks += draw_ahead(
            setting, draws, w_in, w_out, proposal, scratch, rng, first_center, kept
        )
        for position in range(first_center, kept):
            if position + _EXPECTED < kept:
                later = np.int64(scratch.sentence[position + _EXPECTED])
                expect(proposal, rng, later, draws)
            center = np.int64(scratch.sentence[position])
            radius = setting.window
            if wide:
                radius = max(1 + below(next_word(rng), setting.window), setting.narrowest)
            begin = max(0, position - radius)
            span = min(kept, position + back(setting.sides, radius) + 1) - begin
            pieces = (span + setting.piece - 1) // setting.piece
            for piece in range(pieces):
                candidates = gather_candidates(scratch, center, draws, length)
                collisions += 1 + draws - candidates
                following = position + (piece + 1 == pieces)
                if following < kept:
                    fallbacks += draw_ahead(
                        setting, draws, w_in, w_out, proposal, scratch, rng, following, kept
                    )
                if not wide:
                    radius = max(1 + below(next_word(rng), setting.window), setting.narrowest)
                contexts = gather_contexts(
                    scratch,
                    position,
                    max(begin + span * piece // pieces, position - radius),
                    min(begin + span * (piece + 1) // pieces, position + radius + 1),
                    length,
                )
                score(
                    w_in,
                    scratch.context_at,
                    contexts,
                    w_out,
                    scratch.candidate_at,
                    candidates,
                    length,
                    scratch.scores,
                )
                look(weighting, w_out, length, scratch, candidates)
                weigh(weighting, rng, scratch, contexts, candidates, progress)
                shift(loss, scratch, contexts, candidates)
                coefficients(
                    loss,
                    scratch.scores,
                    scratch.weights,
                    contexts,
                    candidates,
                    scratch.coefficients,
                )
                countdown -= 1
                if countdown == 0:
                    countdown = LOSS_EVERY
                    loss_sum += objective(
                        loss, scratch.scores, scratch.weights, contexts, candidates
                    )
                    loss_pairs += contexts
                adjust(weighting, scratch, contexts, candidates)
                for cell in range(contexts * candidates):
                    scratch.coefficients[cell] *= rate
                update(
                    scratch.coefficients,
                    w_in,
                    scratch.context_at,
                    written_at(
                        scratch.frozen,
                        scratch.context_at,
                        scratch.context_to,
                        contexts,
                        length,
                    ),
                    contexts,
                    w_out,
                    scratch.candidate_at,
                    candidates,
                    length,
                    scratch.delta,
                    scratch.delta_at,
                )
                learn(proposal, rng, scratch, contexts, candidates, lr, progress)
                pairs += contexts
    return Tally(kept_total, pairs, collisions, fallbacks, loss_sum, loss_pairs)
