"""Words of high rank in a factor that matters to the center word (AOBPR).

AOBPR (Rendle and Freudenthaler, WSDM 2014) draws items by their rank in the order that the model
predicts for a user, p ~ exp(-rank / lambda), without scoring all items: a factor f is drawn in
proportion to |u_f| s_f, u being the user's vector and s_f the standard deviation of the items' f-th
coordinates; then a rank; and the item of this rank in the order of the f-th coordinates, descending
where u_f is positive, ascending where it is not. The orders are computed again from time to time.
With ``--rank-by popularity`` the rank is that in the order of the words' frequencies, the paper's
static sampler.

The rule follows the implementation of LibRec, not the paper, whose text was not at hand. Here the
user is the center word with its `w_in` row, and items are `w_out` rows. A rank is at most eight
times the mean. A share of the draws is unigram noise: words that are at neither end of any order
would never be negatives. After the first chunk of the corpus all orders are computed, then one after
each chunk, in turn; until then draws are unigram noise, and counted as fallbacks. The loss of the
paper is ``--loss bpr``.

With a share of 1 the draws are those of the unigram proposal, bit for bit.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from w2vneg.config import Option
from w2vneg.kernel.alias import build_alias, draw_alias
from w2vneg.kernel.hooks import implement, propose, read_center
from w2vneg.kernel.rng import chance, high_half, low_half, next_word
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal
from w2vneg.samplers.proposals.unigram import NS_EXPONENT, unigram_cells
from w2vneg.system.limits import check_memory
from w2vneg.system.option_names import named

LAMBDA = Option(
    "rank_lambda", 0.5, "Share of draws from the unigram noise; 1 is plain unigram.", 0, 1
)
MEAN = Option(
    "rank_mean",
    500.0,
    "Mean rank of the other draws, whose ranks are distributed exponentially.",
    0,
    1e9,
    low_open=True,
)
BY = Option(
    "rank_by",
    "factor",
    "What ranks the words: the dimensions of the vectors that matter to the center word (factor), or "
    "how frequent they are (popularity).",
    choices=("factor", "popularity"),
)
#: Ranks are cut at this many times their mean: e^-8 of the distribution lies beyond.
_CUT = 8
_TO_UNIT = np.float32(2.0**-32)
#: Orders are computed by one thread at a time.
_ONE_AT_A_TIME = threading.Lock()


class Aobpr(NamedTuple):
    """State of the proposal; orders and deviations are shared by all threads."""

    #: (2 * dim * depth,) int32 words: for each factor those with the largest values, the largest
    #: first, then those with the smallest, the smallest first.
    orders: np.ndarray
    spread: np.ndarray  # (dim,) float32, standard deviation of each factor; 0: not computed yet
    turn: np.ndarray  # (1,) int64, orders computed so far
    ranks: np.ndarray  # (depth, 2) uint32 alias table of the ranks
    cells: np.ndarray  # (V, 2) uint32 alias table of the unigram noise
    mix: np.uint64  # share of the unigram noise times 2^32
    by_factor: int  # 1: words are ranked by factors, 0: by frequency
    # Working memory of one thread.
    shares: np.ndarray  # (dim,) float32, running sums of |u_f| s_f of the center word
    query: np.ndarray  # (dim,) float32, u


def build(context: SamplerContext) -> Aobpr:
    """Return the state of the proposal, without orders.

    Raises
    ------
    ResourceError
        If the orders do not fit into memory.
    UsageError
        If the unigram noise leaves only one word to draw.
    """
    words = len(context.counts)
    chances = rank_probabilities(words, context[MEAN])
    ordering = context[BY] == "factor" and context[LAMBDA] < 1
    dim = context.config.dim if ordering else 0
    check_memory(
        8 * dim * len(chances),
        f"{dim:,} orders of 2 x {len(chances):,} words",
        f"lower {named('rank_mean')} or {named('dim')}",
    )
    return Aobpr(
        orders=np.zeros(2 * dim * len(chances), np.int32),
        spread=np.zeros(dim, np.float32),
        turn=np.zeros(1, np.int64),
        ranks=build_alias(chances),
        cells=unigram_cells(context.counts, context[NS_EXPONENT]),
        mix=chance(context[LAMBDA]),
        by_factor=int(context[BY] == "factor"),
        shares=np.empty(0, np.float32),
        query=np.empty(0, np.float32),
    )


def rank_probabilities(words: int, mean: float) -> np.ndarray:
    """Return the (depth,) float64 distribution of ranks, exp(-rank / mean) over the first `depth`.

    Parameters
    ----------
    words : int
        Number of words, the largest `depth`.
    mean : float
    """
    depth = max(1, min(words, int(np.ceil(_CUT * mean))))
    chances: np.ndarray = np.exp(-np.arange(depth) / mean)
    return chances / chances.sum()


def per_thread(state: Aobpr, candidates: int) -> Aobpr:
    """Return the state with its own working memory for one thread."""
    dim = len(state.spread)
    return state._replace(shares=np.zeros(dim, np.float32), query=np.zeros(dim, np.float32))


@implement(read_center, Aobpr)
def _read_center(state, w_in, length, center):
    total, at = np.float32(0), center * length
    used = min(state.spread.size, length)
    for f in range(used):
        value = np.float32(w_in[at + f])
        state.query[f] = value
        total += abs(value) * state.spread[f]
        state.shares[f] = total
    for f in range(used, state.spread.size):
        state.shares[f] = total


@implement(propose, Aobpr)
def _propose(state, rng, center, out, count):
    if state.mix >> np.uint64(32):
        for n in range(count):
            out[n] = draw_alias(state.cells, rng)
        return 0
    fallbacks, depth, last = 0, state.ranks.shape[0], state.spread.size - 1
    total = state.shares[last] if state.by_factor else np.float32(0)
    for n in range(count):
        bits = next_word(rng)
        if high_half(bits) >= state.mix:
            if state.by_factor == 0:
                out[n] = draw_alias(state.ranks, rng)
                continue
            if total > 0:
                point, factor = np.float32(low_half(bits)) * _TO_UNIT * total, np.int64(0)
                for f in range(last):  # a sum, which vector registers take
                    factor += np.int64(state.shares[f] <= point)
                end = 2 * factor + np.int64(state.query[factor] < 0)
                out[n] = state.orders[end * depth + draw_alias(state.ranks, rng)]
                continue
            fallbacks += 1
        out[n] = draw_alias(state.cells, rng)
    return fallbacks


def maintain(
    state: Aobpr,
    rng: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    length: int,
    progress: float,
) -> None:
    """Compute the order of the next factor; of all, the first time."""
    dim = min(len(state.spread), length)
    if dim == 0:
        return
    with _ONE_AT_A_TIME:
        rows = w_out.reshape(-1, length)
        for _ in range(1 if state.turn[0] else dim):
            order(state, rows, int(state.turn[0]) % dim)
            state.turn[0] += 1


def order(state: Aobpr, rows: np.ndarray, factor: int) -> None:
    """Compute the order of a factor, and its deviation; modifies the state in place.

    Parameters
    ----------
    state : Aobpr
    rows : (V, length) float array
        The output vectors.
    factor : int
    """
    values = rows[:, factor].copy()
    depth = len(state.ranks)
    ends = state.orders.reshape(-1, 2, depth)[factor]
    for end, signed in zip(ends, (-values, values), strict=True):
        # The least values, in their order.
        least = np.argpartition(signed, depth - 1)[:depth]
        end[:] = least[np.argsort(signed[least], kind="stable")]
    state.spread[factor] = values.std(dtype=np.float64)


PROPOSAL = Proposal(
    name="aobpr",
    summary="words of high rank in the dimensions that matter to the center word",
    paper="AOBPR: Rendle and Freudenthaler, WSDM 2014",
    options=(NS_EXPONENT, LAMBDA, MEAN, BY),
    samplers=(
        NamedSampler(
            "aobpr",
            "by rank in a dimension of the vectors that matters to the center word",
            proposal="aobpr",
        ),
    ),
    learned=("orders", "spread", "turn"),
    build=build,
    per_thread=per_thread,
    maintain=maintain,
)
