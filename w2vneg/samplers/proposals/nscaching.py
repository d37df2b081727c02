"""Negatives from a cache of hard words for each center word (NSCaching).

NSCaching (Zhang et al., ICDE 2019; the authors' code): each key has a cache of N1 negatives, from
which draws are uniform. A refresh scores the cache and N2 random words and keeps N1 of them, drawn
without replacement in proportion to e^score. Here the key is the center word, and the score is that
with one of its contexts; the N1 largest of score / temperature plus Gumbel noise are such a draw.

Differences from the authors' code: the key is the word that is predicted, as all contexts of a
window share their negatives, so that the noise of a context is a mixture of its centers' caches.
The N2 words come from the unigram noise, because uniform ones would fill the caches with rare words.
A share lambda of the draws is unigram noise: without it a word near the center would stay in its
cache for good. A key is refreshed once in `every` windows, between chunks of the corpus. Until its
first refresh its draws are unigram noise, and counted as fallbacks. By default caches are smaller:
N1 = N2 is 30 in the code and, by notes on the paper, 50 in its experiments.

With lambda 1 there is no cache: the draws are those of the unigram proposal, bit for bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.config import Option
from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.hooks import expect, implement, learn, propose
from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.products import prefetch_row, score
from w2vneg.kernel.ranks import mark_highest
from w2vneg.kernel.rng import below, chance, high_half, low_half, next_word
from w2vneg.kernel.tiles import LANES, prefetch
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells
from w2vneg.system.limits import check_memory
from w2vneg.system.option_names import named

LAMBDA = Option(
    "cache_lambda", 0.5, "Share of draws from the unigram noise; 1 is plain unigram.", 0, 1
)
SIZE = Option("cache_size", 16, "Words in the cache of a center word.", 1, 1000)
FRESH = Option(
    "cache_fresh", 8, "Words from the unigram noise that a refresh tries out.", 0, 10_000
)
EVERY = Option("cache_every", 10, "Refresh a cache once in this many windows.", 1, 1_000_000)
TEMPERATURE = Option(
    "cache_temperature",
    1.0,
    "Temperature of the scores when a cache is refreshed: low values keep the hardest words.",
    0,
    1e6,
    low_open=True,
)
#: Refreshes for which a thread has room between two chunks; a chunk has about 10,000 windows.
_ROOM = 16_384
_EMPTY = np.int32(-1)
_UNSEEN = np.float32(-1)
#: Quantiles of the Gumbel distribution, of which noise is drawn.
_QUANTILES = 4096
_LINE = 16  # floats of a cache line
_32, _LOW_BITS = np.uint64(32), np.uint64(_QUANTILES - 1)


class NsCaching(NamedTuple):
    """State of the proposal; the caches and the counts are shared by all threads."""

    cache: np.ndarray  # (V * N1,) int32 words; the first of a row is -1 before its first refresh
    visits: np.ndarray  # (V,) uint32, windows of each center word
    watched: np.ndarray  # (V * N1 * 2,) float32, for the weighting `variance`; else empty
    cells: np.ndarray  # (V, 2) uint32 alias table of the unigram noise
    mix: np.uint64  # lambda times 2^32
    size: int  # N1
    fresh: int  # N2
    every: int
    inverse_temperature: float
    gumbel: np.ndarray  # (_QUANTILES,) float32
    # Working memory of one thread.
    due: np.ndarray  # (2 * _ROOM,) int64: keys to refresh, each with one of its contexts
    pending: np.ndarray  # (1,) int64, number of these
    words: np.ndarray  # (2 * (N1 + N2),) int64, candidates of a refresh, and of the next
    words_at: np.ndarray  # (2 * (N1 + N2),) int64, offsets of their w_out rows
    context_at: np.ndarray  # (1,) int64
    scores: np.ndarray  # (padded,) float32
    marks: np.ndarray  # (padded,) float32


def build(context: SamplerContext) -> NsCaching:
    """Return the state of the proposal, with empty caches.

    Raises
    ------
    ResourceError
        If the caches do not fit into memory.
    UsageError
        If the unigram noise leaves only one word to draw.
    """
    words = len(context.counts)
    cells = unigram_cells(context.counts, context[NS_EXPONENT])
    used = words if context[LAMBDA] < 1 else 0
    size = max(1, min(context[SIZE], words - 1))  # all words but the center
    watching = chosen_methods(context.config)["weighting"].name == "variance"
    watched = np.full(2 * used * size * watching, _UNSEEN)
    check_memory(
        4 * used * (size + 1) + watched.nbytes,
        f"{used:,} caches of {size} words",
        f"lower {named('cache_size')}",
    )
    nothing = np.empty(0, np.int64)
    return NsCaching(
        cache=np.full(used * size, _EMPTY),
        visits=np.zeros(used, np.uint32),
        watched=watched,
        cells=cells,
        mix=chance(context[LAMBDA]),
        size=size,
        fresh=context[FRESH],
        every=context[EVERY],
        inverse_temperature=1 / context[TEMPERATURE],
        gumbel=gumbel_quantiles(),
        due=nothing,
        pending=nothing,
        words=nothing,
        words_at=nothing,
        context_at=nothing,
        scores=np.empty(0, np.float32),
        marks=np.empty(0, np.float32),
    )


def gumbel_quantiles() -> np.ndarray:
    """Return equally likely values of the standard Gumbel distribution, as (n,) float32."""
    middle = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    return (-np.log(-np.log(middle))).astype(np.float32)


def per_thread(state: NsCaching, candidates: int) -> NsCaching:
    """Return the state with its own working memory for one thread."""
    tried = state.size + state.fresh
    return state._replace(
        due=np.zeros(2 * _ROOM, np.int64),
        pending=np.zeros(1, np.int64),
        words=np.zeros(2 * tried, np.int64),
        words_at=np.zeros(2 * tried, np.int64),
        context_at=np.zeros(1, np.int64),
        scores=np.zeros((tried + LANES - 1) // LANES * LANES, np.float32),
        marks=np.zeros((tried + LANES - 1) // LANES * LANES, np.float32),
    )


@implement(expect, NsCaching)
def _expect(state, rng, center, count):
    if state.mix >> np.uint64(32):
        return
    row = center * state.size
    for at in range(row, row + state.size, _LINE):
        prefetch(state.cache, at)
    if state.watched.size > 0:
        for at in range(2 * row, 2 * (row + state.size), _LINE):
            prefetch(state.watched, at)


@implement(propose, NsCaching)
def _propose(state, rng, center, out, count):
    if state.mix >> np.uint64(32):
        for n in range(count):
            out[n] = draw_alias(state.cells, rng)
        return 0
    fallbacks = 0
    row = center * state.size
    filled = state.cache[row] >= 0
    for n in range(count):
        bits = next_word(rng)
        if high_half(bits) >= state.mix:
            if filled:
                place = (low_half(bits) * np.uint64(state.size)) >> _32
                word = state.cache[row + np.int64(place)]
                # Another thread may be filling the cache for the first time.
                if word >= 0:
                    out[n] = word
                    continue
            fallbacks += 1
        out[n] = draw_alias(state.cells, rng)
    return fallbacks


@implement(learn, NsCaching)
def _learn(state, rng, scratch, contexts, candidates, lr, progress):
    if state.mix >> np.uint64(32) or contexts == 0:
        return
    center = scratch.candidates[0]
    seen = np.int64(state.visits[center]) + 1
    state.visits[center] = np.uint32(seen)
    if seen % state.every == 0 and state.pending[0] < _ROOM:
        at = 2 * state.pending[0]
        state.due[at] = center
        state.due[at + 1] = scratch.contexts[below(next_word(rng), contexts)]
        state.pending[0] += 1


@device
def _gather(state, rng, center, words):
    """Put the cache of `center` and fresh words into `words`, all distinct; return how many."""
    row = center * state.size
    known = 0
    for i in range(state.size):
        # Another thread may be writing: a word may be missing, or there twice.
        word = state.cache[row + i]
        words[known] = word
        known += np.int64(word >= 0) & _is_new(words, center, word, known)
    wanted = state.size + state.fresh
    # Few words, or a noise that hardly gives others: a bound on the draws, not on the words.
    for _ in range(4 * (wanted - known) + 16):
        if known == wanted:
            break
        word = draw_alias(state.cells, rng)
        words[known] = word
        known += _is_new(words, center, word, known)
    return known


@device
def _is_new(words, center, word, known):
    """Return 1 if `word` is neither the center nor among the first `known` words, else 0."""
    same = np.int64(word == center)
    for i in range(known):
        same += np.int64(words[i] == word)
    return np.int64(same == 0)


@device
def _fill(state, center, words, known):
    """Complete `words` to N1 distinct words with those next to the center; return N1."""
    size = state.cells.shape[0]
    for step in range(1, size):
        if known >= state.size:
            break
        word = (center + step) % size
        words[known] = word
        known += _is_new(words, center, word, known)
    return known


@device
def _replace(state, center, words, known):
    """Put the words that are marked into the cache; those that it has keep their places.

    Of a word that another thread has written twice one place is kept.
    """
    row, vacant = center * state.size, state.scores
    for place in range(state.size):
        word = np.int64(state.cache[row + place])
        vacant[place] = 1
        for i in range(known):
            if words[i] == word and state.marks[i] > 0:
                state.marks[i] = 0
                vacant[place] = 0
    place = np.int64(0)
    for i in range(known):
        if state.marks[i] > 0:
            while place < state.size and vacant[place] == 0:
                place += 1
            if place < state.size:
                state.cache[row + place] = np.int32(words[i])
                if state.watched.size > 0:
                    state.watched[2 * (row + place)] = _UNSEEN
                place += 1


@kernel
def refresh(state, rng, w_in, w_out, length):
    """Refresh the caches that are due; their list is empty afterwards.

    Parameters
    ----------
    state : NsCaching
        A thread's; modified in place.
    rng : (32,) uint64 array
        Advanced in place.
    w_in, w_out : (V * length,) float32 arrays
    length : int
    """
    tried = state.size + state.fresh
    pending = state.pending[0]
    known = 0
    # The rows of an entry are on their way to the cache of the processor while that before it is
    # worked on.
    for entry in range(pending + 1):
        ready = known
        if entry < pending:
            center = state.due[2 * entry]
            words, words_at = _half(state, entry, tried)
            known = _gather(state, rng, center, words)
            if known < state.size:
                known = _fill(state, center, words, known)
            for i in range(known):
                words_at[i] = words[i] * length
                prefetch_row(w_out, words_at[i], length)
            prefetch_row(w_in, state.due[2 * entry + 1] * length, length)
        if entry > 0:
            center = state.due[2 * entry - 2]
            state.context_at[0] = state.due[2 * entry - 1] * length
            words, words_at = _half(state, entry - 1, tried)
            score(w_in, state.context_at, 1, w_out, words_at, ready, length, state.scores)
            scale = np.float32(state.inverse_temperature)
            for i in range(ready):
                noise = state.gumbel[np.int64(next_word(rng) & _LOW_BITS)]
                state.scores[i] = state.scores[i] * scale + noise
            limit, size = np.float32(float("inf")), np.float32(state.size)
            mark_highest(state.scores, 0, 0, ready, limit, size, 1, state.marks, 0)
            _replace(state, center, words, ready)
    state.pending[0] = 0


@device
def _half(state, entry, tried):
    """Return the room for the words of an entry, and for their offsets; neighbors have their own."""
    first = (entry & 1) * tried
    return state.words[first:], state.words_at[first:]


def maintain(
    state: NsCaching,
    rng: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    length: int,
    progress: float,
) -> None:
    """Refresh the caches of the center words of a chunk."""
    refresh(state, rng, w_in, w_out, length)


PROPOSAL = Proposal(
    name="nscaching",
    summary="from a cache of hard words for each center word",
    paper="NSCaching: Zhang et al., ICDE 2019",
    options=(NS_EXPONENT, LAMBDA, SIZE, FRESH, EVERY, TEMPERATURE),
    samplers=(
        NamedSampler(
            "nscaching",
            "from a cache of words that lately scored high for the center word",
            proposal="nscaching",
        ),
    ),
    learned=("cache", "visits", "watched"),
    of_rank=("watched",),
    build=build,
    per_thread=per_thread,
    maintain=maintain,
)
