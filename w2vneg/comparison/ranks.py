"""Arms that train on several ranks, which are simulated by threads of the process of a run.

The vectors are those that machines would give. Times are not, so that reports leave them out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

from w2vneg.config import Option, TrainConfig, bounds
from w2vneg.corpus.corpus import Corpus
from w2vneg.errors import UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import check_memory
from w2vneg.system.option_names import choice, named
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import Ranks
from w2vneg.training.cluster.cluster import Cluster, bytes_of_ranks
from w2vneg.training.cluster.options import (
    AUTO,
    LOCAL_LR,
    SYNC_BITS,
    SYNC_EVERY,
    SYNC_ROWS,
    SYNC_RULE,
    ClusterOptions,
)
from w2vneg.training.cluster.simulated import simulate
from w2vneg.training.state import TrainResult
from w2vneg.training.train import train

#: Each is at least one thread, which a single machine has to start.
MOST = 256
#: What an arm on ranks may set.
OPTIONS: dict[str, Option[Any]] = {
    option.name: option for option in (SYNC_EVERY, SYNC_ROWS, SYNC_RULE, SYNC_BITS, LOCAL_LR)
}
#: Simulated ranks cannot hang, and on a busy machine any of them may be late.
_TIMEOUT = "24h"
#: Figures of a training on ranks that say nothing where they are simulated.
_OF_MACHINES = ("sync_seconds", "wait_seconds")


def checked_numbers(ranks: Sequence[int]) -> list[int]:
    """Return numbers of ranks.

    Raises
    ------
    UsageError
        If one is no whole number, out of range, or given twice.
    """
    for number in ranks:
        if isinstance(number, bool) or not isinstance(number, Integral) or not 1 <= number <= MOST:
            raise UsageError(
                f"{named('ranks', number)} is out of range: whole numbers, {bounds(1, MOST)}"
            )
        if ranks.count(number) > 1:
            raise UsageError(f"{named('ranks', number)} is given twice; leave one out")
    return [int(number) for number in ranks]


def name_on_ranks(name: str, ranks: int) -> str:
    """Return the name of an arm on so many ranks: ``unigram, 4 ranks``."""
    return f"{name}, {ranks} rank{'' if ranks == 1 else 's'}"


def series_of(name: str) -> tuple[str, int] | None:
    """Return what an arm on ranks is called without their number, and the number."""
    found = re.fullmatch(r"(.+), (\d+) ranks?( .*)?", name)
    return None if found is None else (found[1] + (found[3] or ""), int(found[2]))


def cluster_options(values: Mapping[str, Any]) -> ClusterOptions:
    """Return the checked options of an arm on several ranks.

    Raises
    ------
    UsageError
        If a value is not valid, or cannot be had where ranks are simulated.
    """
    options = ClusterOptions(**values, sync_timeout=_TIMEOUT)
    if options.sync_every == AUTO:
        raise UsageError(
            f"{choice('sync_every', AUTO)} measures the network, which simulated ranks do not have; "
            "give a number of words, or leave it out"
        )
    return options


def check_method(name: str, config: TrainConfig) -> None:
    """Refuse an arm whose method trains on one machine only."""
    if config.method != "sgd":
        raise UsageError(
            f"{name}: {choice('method', config.method)} trains on one machine only; leave out this arm, "
            f"or {named('ranks')}"
        )


def check_room(name: str, ranks: int, size: int, dim: int) -> None:
    """Refuse an arm whose ranks do not fit into memory together, before anything is trained.

    Parameters
    ----------
    name : str
        Of the arm.
    ranks : int
    size, dim : int
        Words of the vocabulary, and dimensions.

    Raises
    ------
    ResourceError
        With both sizes and the remedy.
    """
    check_memory(
        bytes_of_ranks(ranks, size, dim),
        f"{name}: {ranks} simulated ranks, each with 4 x {size:,} vectors of {dim} numbers,",
        f"lower {named('ranks')}, {named('dim')} or {named('max_vocab')}, or raise {named('min_count')}",
    )


def train_on_ranks(
    corpus: Corpus,
    config: TrainConfig,
    ranks: int,
    options: ClusterOptions,
    progress: Progress,
    stop: StopFlag,
) -> TrainResult:
    """Train on simulated ranks; return the result, in which all of them agree.

    Each rank has the threads that the configuration sets, else its share of the processors.

    Parameters
    ----------
    corpus : Corpus
        Divided among the ranks.
    config : TrainConfig
    ranks : int
    options : ClusterOptions
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    W2vnegError
        As `w2vneg.training.train.train`.
    """

    def work(own: Ranks) -> TrainResult | None:
        team = Cluster(own, options)
        result = train(
            team.share(corpus),
            team.check(config),
            progress=progress if own.rank == 0 else None,
            stop=stop,
            team=team,
        )
        return result if own.rank == 0 else None

    result = simulate(ranks, work)[0]
    assert result is not None
    result.ranks = {"simulated": True} | {
        k: v for k, v in result.ranks.items() if k not in _OF_MACHINES
    }
    return result
