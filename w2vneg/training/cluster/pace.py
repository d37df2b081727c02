"""How often ranks exchange which rows, how fast each learns, and what an exchange costs."""

from __future__ import annotations

import math

from w2vneg.training.cluster.rules import Rule

#: Words of a rank between exchanges: at least a chunk, at most what is left over.
_FEWEST = 10_000
#: A training has at least so many exchanges, unless a rank has fewer chunks.
_EXCHANGES = 200
#: Share of the time that exchanges may take.
SHARE = 0.05
#: What the default interval is made for: a network of 10 Gbit/s, and a machine that trains so many
#: numbers of vectors a second (10 million words at 100 dimensions).
_BANDWIDTH, _SPEED = 10e9, 1e9
#: Share of the bandwidth that is reached, seconds a hop takes, and bytes packed a second.
_REACHED, _HOP_S, _PACKED = 0.8, 2e-4, 2e9


def rows_of(number: int, rows: int, size: int) -> int:
    """Return how many rows an exchange holds: the most frequent words often, rare ones seldom.

    As in pWord2Vec (Ji et al., 2016): ``rows`` in each exchange, twice as many in every second, four
    times in every fourth, and so on.

    Parameters
    ----------
    number : int
        Of the exchange, from 1.
    rows : int
    size : int
        V, the rows that there are.
    """
    return int(min(size, rows << ((number & -number).bit_length() - 1)))


def exchange_bytes(size: int, dim: int, rows: int = 1024, bits: int = 32) -> float:
    """Return the bytes of rows of both matrices in an exchange, on average."""
    mean = min(size, rows * (1 + max(0.0, math.log2(size / rows)) / 2)) if size else 0.0
    return 2 * mean * (dim * (bits / 8 + 4) / 2 + 4)


def exchange_seconds(ranks: int, held: float, bandwidth: float = _BANDWIDTH) -> float:
    """Return the seconds of an exchange.

    Parameters
    ----------
    ranks : int
    held : float
        Its bytes (see `exchange_bytes`).
    bandwidth : float
        Of the network, bits per second and machine.
    """
    if ranks < 2:
        return 0.0
    wire = 2 * (ranks - 1) / ranks * held / (_REACHED * bandwidth / 8)
    return wire + math.log2(ranks) * _HOP_S + held / _PACKED


def interval(ranks: int, size: int, dim: int, words: int, rows: int = 1024) -> int:
    """Return the default number of words that a rank trains between exchanges.

    Parameters
    ----------
    ranks : int
    size : int
        Of the vocabulary.
    dim : int
    words : int
        Of the whole training, of all ranks.
    rows : int
        See `rows_of`.
    """
    seconds = exchange_seconds(ranks, exchange_bytes(size, dim, rows)) / SHARE
    return bounded(seconds * _SPEED / dim, ranks, words)


def bounded(wanted: float, ranks: int, words: int) -> int:
    """Return an interval within its bounds, in two digits so that it is easy to name."""
    most = max(_FEWEST, words // (ranks * _EXCHANGES))
    return max(_FEWEST, int(float(f"{min(wanted, most):.1e}")))


def local_rate(lr: float, ranks: int, rule: Rule, *bounds: float) -> float:
    """Return the learning rate of each rank.

    Parameters
    ----------
    lr : float
        Of one machine.
    ranks : int
    rule : Rule
        How changes are combined: the more it shortens them, the faster ranks learn.
    *bounds : float
        Other rates that must not be exceeded, unless `lr` does.
    """
    return max(lr, min(ranks**rule.power * lr, rule.most, *bounds))
