"""Where a training goes on that was divided among other ranks, or not at all.

What is done is known as ranges of tokens of the whole corpus, in each epoch. The ranks of the resumed
training pass over the chunks of their shards that lie in them, so that every token is trained once in
an epoch, whoever does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from w2vneg.training.chunks import ChunkQueue
from w2vneg.training.state import COUNTS, TrainingState

#: An epoch, and the first and the last token in it, the latter excluded.
Range = tuple[int, int, int]


def done_ranges(meta: Mapping[str, Any]) -> list[Range]:
    """Return the ranges of tokens that are done, of the whole corpus.

    Parameters
    ----------
    meta : mapping
        Of a `Snapshot`, of ranks or of one machine.
    """
    if "slices" not in meta:
        whole = {"begin": 0, "done": []}
        return _ranges(meta["tokens"], meta["vocabulary_tokens"], whole)
    found: list[Range] = []
    for state in meta["slices"]["states"]:
        found += _ranges(state["tokens"], state["vocabulary_tokens"], state["position"])
    return found


def _ranges(tokens: int, of_epoch: int, position: Mapping[str, Any]) -> list[Range]:
    """Return what a rank has done, and what others had done of its shard before."""
    begin = int(position["begin"])
    found: list[Range] = [(int(e), int(low), int(high)) for e, low, high in position["done"]]
    if "reached" in position:
        epoch, inside = (int(n) for n in position["reached"])
    else:
        epoch, inside = divmod(int(tokens), max(1, of_epoch))
    found += [(each, begin, begin + of_epoch) for each in range(epoch)]
    if inside:
        found.append((epoch, begin, begin + inside))
    return found


def position_of(queue: ChunkQueue, begin: int) -> dict[str, Any]:
    """Return where a queue is, as JSON values.

    Parameters
    ----------
    queue : ChunkQueue
    begin : int
        Tokens of the whole corpus before those of the queue.
    """
    chunks = max(1, len(queue.borders) - 1)
    epoch, chunk = divmod(queue.chunk, chunks)
    inside = int(queue.starts[queue.borders[chunk]]) if len(queue.borders) > 1 else 0
    ahead = []
    for number in sorted(each for each in queue.skipped if each >= queue.chunk):
        low, high = _tokens_of(queue, number % chunks)
        ahead.append([number // chunks, begin + low, begin + high])
    return {
        "begin": begin,
        "reached": [epoch, inside],
        "done": ahead,
        "skipped": sorted(each for each in queue.skipped if each >= queue.chunk),
    }


def _tokens_of(queue: ChunkQueue, chunk: int) -> tuple[int, int]:
    low, high = queue.borders[chunk], queue.borders[chunk + 1]
    return int(queue.starts[low]), int(queue.starts[high])


def pass_over_done(queue: ChunkQueue, begin: int, done: list[Range]) -> None:
    """Let a queue pass over what is done, and count its tokens as dispensed.

    Parameters
    ----------
    queue : ChunkQueue
        New; modified in place.
    begin : int
        Tokens of the whole corpus before those of the queue.
    done : list of Range
    """
    chunks = len(queue.borders) - 1
    if chunks < 1:
        return
    edges = np.asarray(queue.starts[queue.borders])
    middles = begin + (edges[:-1] + edges[1:]) // 2
    skipped: set[int] = set()
    tokens = 0
    for epoch, low, high in sorted(set(done)):
        for chunk in np.flatnonzero((middles >= low) & (middles < high)):
            number = epoch * chunks + int(chunk)
            if number not in skipped:
                skipped.add(number)
                tokens += int(edges[chunk + 1] - edges[chunk])
    first = 0
    while first in skipped:
        first += 1
    queue.skipped = frozenset(each for each in skipped if each >= first)
    queue.restore(first, tokens, queue.elapsed())


def take_up(state: TrainingState, meta: Mapping[str, Any], rank: int, ranks: int) -> None:
    """Let a restored state go on as one of so many ranks.

    Parameters
    ----------
    state : TrainingState
        As `TrainingState.restore` left it; modified in place.
    meta : mapping
        Of the snapshot.
    rank, ranks : int
    """
    states = meta["slices"]["states"] if "slices" in meta else []
    begin = int(getattr(state.corpus, "begin", 0))
    if len(states) == ranks and states[rank]["position"]["begin"] == begin:
        own = states[rank]
        state.queue.restore(own["chunk"], own["tokens"], meta["seconds"])
        state.queue.skipped = frozenset(own["position"]["skipped"])
        _set_results(state, own)
        return
    if not states and ranks == 1:
        return
    pass_over_done(state.queue, begin, done_ranges(meta))
    if rank >= max(1, len(states)):
        state.reseed()
    if rank:
        for name in COUNTS:
            setattr(state.result, name, 0)
        state.result.curve.sums[:] = 0
    elif states:
        for name in COUNTS:
            setattr(state.result, name, sum(each["counts"][name] for each in states))
        state.result.curve.sums[:] = sum(np.array(each["curve"]) for each in states)


def _set_results(state: TrainingState, own: Mapping[str, Any]) -> None:
    for name in COUNTS:
        setattr(state.result, name, own["counts"][name])
    state.result.loss = float("nan") if own["loss"] is None else own["loss"]
    state.result.curve.restore(own["curve"])


__all__ = ["done_ranges", "pass_over_done", "position_of", "take_up"]
