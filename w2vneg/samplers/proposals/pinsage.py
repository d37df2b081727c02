"""Hard negatives from a band of PageRank ranks, more of them as training goes on (PinSage).

PinSage (Ying et al., KDD 2018, section 3.3) ranks all items by their personalized PageRank with
respect to the query and draws hard negatives from a band of ranks, 2,000 to 5,000: related to the
query, but not as much as its positives. In epoch n each query has n - 1 of them beside 500 random
items, which all pairs of a minibatch share.

Here, before the training, walks with restart over the co-occurrence graph visit words from each
center word; words are ranked by visits, those of equal visits in random order. The ranks from
`low` to `high`, shares of the words of the graph, are the band. A draw comes from it, uniformly,
with a probability that rises linearly from 0 to `share`, otherwise from the unigram noise. Words
that no walk visited have no rank; where fewer are left than the band begins with, the last visited
words are taken.

The defaults are not the paper's numbers, which belong to two billion items: its band begins at a
millionth of them, and with the 6 hard negatives of a query in section 4.1 about 1 % of its
negatives are hard. Its loss is a margin loss.

With a share of 0 this is unigram, bit for bit. Center words outside the graph draw unigram noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel.alias import draw_alias
from w2vneg.kernel.hooks import implement, propose
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.rng import chance, high_half, low_half, next_word, seed_states
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.gneg.gneg import GRAPH, MIN_WEIGHT, SELF_LOOPS, VOCAB, WINDOW
from w2vneg.samplers.proposals.rws import neighbor_rows, step
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells
from w2vneg.system.limits import check_memory
from w2vneg.system.option_names import named
from w2vneg.system.processors import processors
from w2vneg.system.threads import run_threads

LOW = Option("band_low", 0.01, "Rank at which the band begins, as a share of the graph.", 0, 1)
HIGH = Option("band_high", 0.05, "Rank at which the band ends, as a share of the graph.", 0, 1)
SHARE = Option("band_share", 0.5, "Share of draws from the band at the end of the training.", 0, 1)
VISITS = Option(
    "band_visits", 5000, "Steps of the walks from each word that count visits.", 1, 10**7
)
#: A walk starts again with this probability after a step, as PageRank usually has it.
_RESTART = chance(0.15)
_ROWS = 64  # words whose bands are computed at a time


class PinSage(NamedTuple):
    """State of the proposal."""

    band: np.ndarray  # (n * width,) int32, words of the bands; the first of a row is -1: none
    sizes: np.ndarray  # (n,) int32, words in each band
    width: int
    mix: np.ndarray  # (1,) uint64, share of the band times 2^32, now
    share: float  # the same at the end, 0 to 1
    cells: np.ndarray  # (V, 2) uint32 alias table of the unigram noise


def check(config: TrainConfig) -> None:
    """Refuse a band without ranks."""
    if config[HIGH] <= config[LOW]:
        raise UsageError(
            f"{named('band_high', config[HIGH])} must be more than "
            f"{named('band_low', config[LOW])}, where the band begins; raise it"
        )


def build(context: SamplerContext) -> PinSage:
    """Return the state of the proposal; walks over the graph unless its share is 0.

    Raises
    ------
    ResourceError
        If the bands do not fit into memory.
    UsageError, DataError, Interrupted
        As for `w2vneg.samplers.proposals.gneg.gneg.graph_for`.
    """
    cells = unigram_cells(context.counts, context[NS_EXPONENT])
    mix = np.zeros(1, np.uint64)
    if context[SHARE] == 0:
        return PinSage(np.empty(0, np.int32), np.empty(0, np.int32), 0, mix, 0.0, cells)
    rows = neighbor_rows(context)
    words = len(rows.share)
    low = round(context[LOW] * words)
    width = max(1, round(context[HIGH] * words) - low)
    threads = context.config.threads or processors()
    check_memory(
        4 * words * width + threads * 8 * words,
        f"{words:,} bands of {width:,} words",
        f"lower {named('gneg_vocab')} or {named('band_high')}",
    )
    band = np.full((words, width), -1, np.int32)
    sizes = np.zeros(words, np.int32)
    pending = list(range(0, words, _ROWS))[::-1]
    done = [0]

    def work() -> None:
        visits, order = np.zeros(words, np.int32), np.empty(words, np.int32)
        while not context.stop.is_set:
            try:
                first = pending.pop()
            except IndexError:
                return
            # A generator for each block, so that the bands do not depend on the threads.
            rng = seed_states(context.config.seed + (first + 1) * 2**32, 1)[0]
            last = min(first + _ROWS, words)
            with np.errstate(over="ignore"):  # where kernels run as plain Python
                fill_bands(rows, first, last, context[VISITS], low, rng, visits, order, band, sizes)
            done[0] += last - first

    context.progress.start("ranking words by walks", words, "words")
    try:
        run_threads([work] * threads, lambda: context.progress.update(done[0]), pending.clear)
    finally:
        context.progress.finish()
    context.stop.check("ranking words by walks")
    return PinSage(band.ravel(), sizes, width, mix, context[SHARE], cells)


@kernel
def fill_bands(rows, first, last, steps, low, rng, visits, order, band, sizes):
    """Fill the bands of the words `first` to `last`, excluded.

    Parameters
    ----------
    rows : Rows
        The distributions of a step.
    first, last : int
    steps : int
        Steps of the walks from each word.
    low : int
        Rank at which a band begins, 0 being the most visited word.
    rng : (32,) uint64 array
        Advanced in place.
    visits, order : (n,) int32 arrays
        Scratch; `visits` is 0 before and after.
    band : (n, width) int32 array
        Modified in place.
    sizes : (n,) int32 array
        Modified in place.
    """
    for start in range(first, last):
        found = 0
        most = np.int32(0)
        word = np.int64(start)
        for _ in range(steps):
            word = step(rows, word, rng)
            if word < 0:
                break
            if word != start:
                if visits[word] == 0:
                    order[found] = np.int32(word)
                    found += 1
                visits[word] += np.int32(1)
                most = max(most, visits[word])
            if high_half(next_word(rng)) < _RESTART:
                word = np.int64(start)
        # Ties in random order: a shuffle, then a stable sort by counting down.
        for i in range(found - 1, 0, -1):
            j = np.int64((high_half(next_word(rng)) * np.uint64(i + 1)) >> np.uint64(32))
            order[i], order[j] = order[j], order[i]
        begin = max(0, min(low, found - band.shape[1]))
        rank = 0
        kept = 0
        level = most
        # Each level is the number of visits of some word, so that there are at most `found`.
        while level > 0 and kept < band.shape[1]:
            following = np.int32(0)
            for i in range(found):
                word = np.int64(order[i])
                if visits[word] == level:
                    if rank >= begin and kept < band.shape[1]:
                        band[start, kept] = order[i]
                        kept += 1
                    rank += 1
                elif visits[word] < level:
                    following = max(following, visits[word])
            level = following
        sizes[start] = kept
        for i in range(found):
            visits[order[i]] = 0


def maintain(
    state: PinSage,
    rng: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    length: int,
    progress: float,
) -> None:
    """Set the share of the band."""
    state.mix[0] = chance(state.share * min(1.0, progress))


@implement(propose, PinSage)
def _propose(state, rng, center, out, count):
    fallbacks = 0
    known = center < state.sizes.size and state.sizes[center] > 0
    for n in range(count):
        if state.mix[0] > np.uint64(0):
            bits = next_word(rng)
            if high_half(bits) < state.mix[0]:
                if known:
                    place = (low_half(bits) * np.uint64(state.sizes[center])) >> np.uint64(32)
                    out[n] = state.band[center * state.width + np.int64(place)]
                    continue
                fallbacks += 1
        out[n] = draw_alias(state.cells, rng)
    return fallbacks


def report(states: Sequence[PinSage]) -> dict[str, Any]:
    """Return the number of words that have a band, and its mean size."""
    sizes = states[0].sizes
    return {
        "band_words": int((sizes > 0).sum()),
        "band_size": float(sizes.mean()) if sizes.size else 0.0,
    }


PROPOSAL = Proposal(
    name="pinsage",
    summary="a band of PageRank ranks for each center word, and unigram noise",
    paper="PinSage: Ying et al., KDD 2018",
    options=(
        NS_EXPONENT,
        LOW,
        HIGH,
        SHARE,
        VISITS,
        WINDOW,
        SELF_LOOPS,
        VOCAB,
        MIN_WEIGHT,
        GRAPH,
    ),
    samplers=(
        NamedSampler(
            "pinsage",
            "words of middling PageRank from the center word, more of them as training goes on",
            proposal="pinsage",
        ),
    ),
    learned=("mix",),
    build=build,
    check=check,
    maintain=maintain,
)
