"""What a rank does when its threads pause: it meets the others and combines rows with theirs.

At a meeting every rank says how far it is, whether chunks are left, and whether it should stop or
save. All ranks see the notes of all, so that all decide the same.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from time import monotonic
from typing import Any

import numpy as np

from w2vneg.errors import DivergedError
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress
from w2vneg.training.alone import Pauses
from w2vneg.training.checkpoint import Checkpointer
from w2vneg.training.cluster.exchange import Exchange, Rows, Unsound
from w2vneg.training.cluster.options import AUTO
from w2vneg.training.cluster.pace import SHARE, bounded, rows_of
from w2vneg.training.cluster.positions import position_of
from w2vneg.training.cluster.queue import ShardQueue
from w2vneg.training.loss_curve import LossCurve
from w2vneg.training.state import COUNTS, TrainingState

#: Meetings after which the interval is measured, where that is asked for.
_MEASURED = 5


class Meetings(Pauses):
    """The meetings of one rank with the others.

    Parameters
    ----------
    state : TrainingState
        Its queue is a `ShardQueue`.
    progress : Progress
    checkpointer : Checkpointer or None
    team : Cluster
        Ranks and options.
    every : int
        Words of a rank between two meetings.
    before : mapping
        What a snapshot holds of the meetings before it, if the training is resumed.

    Attributes
    ----------
    number : int
        Meetings so far.
    """

    def __init__(
        self,
        state: TrainingState,
        progress: Progress,
        checkpointer: Checkpointer | None,
        team: Any,
        every: int,
        before: Mapping[str, Any],
    ) -> None:
        super().__init__(state, progress, (), None, checkpointer)
        assert isinstance(state.queue, ShardQueue)
        self._team, self._ranks, self.every = team, team.ranks, every
        self._shards: ShardQueue = state.queue
        options = team.options
        self._exchange = Exchange(
            team.ranks, _rows(state), team.rule, options.sync_bits, team.piece_bytes
        )
        self._exchange.compile()
        self.number = int(before.get("number", 0))
        if "every" in before and team.options.sync_every in (None, AUTO):
            self.every = int(before["every"])
        # Tokens of each rank at the last meeting.
        notes = team.ranks.meet({"tokens": self._shards.tokens})
        self._trained = [int(note["tokens"]) for note in notes]
        self._shards.met(sum(self._trained))
        state.more_meta = self._meta
        self._told = self._over = False
        self._waited = self._spent_before = 0.0
        self._sent = team.ranks.sent
        self._began = monotonic()

    def _meta(self) -> dict[str, Any]:
        state = self._state
        exchanged = {"w_in", "w_out"} if state.w_out is not state.w_in else {"w_in"}
        learned = state.sampler.state_arrays(state.samplers)
        size = len(state.corpus.vocabulary)
        rows = dict.fromkeys(exchanged, size)
        for name, array in learned.items():
            combined = any(
                array is each for each in state.sampler.combined_arrays(state.samplers).values()
            )
            if combined and array.ndim == 1 and len(array) % size == 0 and len(array):
                rows[f"sampler.{name}"] = size
        return {
            "meetings": {"number": self.number, "every": self.every},
            "position": position_of(self._shards, int(getattr(state.corpus, "begin", 0))),
            "rows": rows,
        }

    def next(self) -> None:
        """Let the threads go on until the next meeting."""
        self._saving = False
        # Counted from where all ranks last met, not from where this one stopped.
        self._shards.hold_at(self._shards.tokens + self.every)
        self._shards.pause_at(None)

    def request(self) -> None:
        """Pass a signal on to the other ranks, or heed one that has arrived at another."""
        stop = self._state.stop
        if stop.is_set:
            if not self._told:
                self._told = True
                self._ranks.alert(stop.signal_number or signal.SIGINT)
            return
        number = self._ranks.alerted()
        if number is not None:
            self._told = True
            stop.set(number)

    def serve(self) -> None:
        """Meet."""
        self.request()
        self._meet()

    def end(self) -> None:
        """Meet until no rank has chunks left, or all stop."""
        while not self._over:
            self.request()
            self._meet()

    def complete(self) -> None:
        """Let the result hold the counts of all ranks, and how they kept in step."""
        result, ranks = self._state.result, self._ranks
        note = {name: getattr(result, name) for name in COUNTS}
        note["sums"] = result.curve.sums.tolist()
        note["loss"] = None if np.isnan(result.loss) else result.loss
        note["sent"] = ranks.sent - self._sent
        notes = ranks.meet(note, patience=self._team.options.patience)
        for name in COUNTS:
            setattr(result, name, sum(each[name] for each in notes))
        sums = LossCurve()
        for each in notes:
            sums.sums += np.array(each["sums"])
        result.curve.sums[:] = sums.sums
        losses = [each["loss"] for each in notes if each["loss"] is not None]
        result.loss = float(np.mean(losses)) if losses else float("nan")
        result.ranks = {
            "ranks": ranks.size,
            "rule": self._team.rule,
            "local_lr": self._state.initial_lr,
            "sync_every": self.every,
            "sync_rows": self._team.options.sync_rows,
            "sync_bits": self._team.options.sync_bits,
            "syncs": self.number,
            "bytes_sent": sum(each["sent"] for each in notes),
            "sync_seconds": self._exchange.seconds,
            "wait_seconds": self._waited,
        }

    def tokens(self) -> int:
        """Return the tokens that all ranks have trained, about."""
        return self._shards.all_tokens()

    def figures(self) -> dict[str, float]:
        """Return the seconds in exchanges and the megabytes that this rank has sent."""
        return {"sync_s": self._exchange.seconds, "MB": (self._ranks.sent - self._sent) / 1e6}

    def _meet(self) -> None:
        state, queue = self._state, self._shards
        due = self._checkpointer is not None and self._checkpointer.is_due
        note: dict[str, Any] = {
            "tokens": queue.tokens,
            "more": queue.has_more,
            "stop": (state.stop.signal_number or signal.SIGINT) if state.stop.is_set else None,
            "save": due and self._ranks.rank == 0,
            "every": self._measured(),
        }
        arrived = monotonic()
        notes = self._ranks.meet(note, patience=self._team.options.patience)
        self._waited += monotonic() - arrived
        self.number += 1
        stopping = next((each["stop"] for each in notes if each["stop"] is not None), None)
        self._over = stopping is not None or not any(each["more"] for each in notes)
        saving = bool(notes[0]["save"]) and not self._over
        tokens = [int(each["tokens"]) for each in notes]
        trained = sum(now > then for now, then in zip(tokens, self._trained, strict=True))
        size = len(state.corpus.vocabulary)
        rows = rows_of(self.number, self._team.options.sync_rows, size)
        if self._over or saving:
            rows = size
        if stopping is not None and self._checkpointer is None:
            rows = 0  # nothing is kept
        unsound = self._exchange.rows(rows, max(1, trained))
        if unsound is not None:
            raise self._diverged(unsound)
        self._trained = tokens
        queue.met(sum(tokens))
        if notes[0]["every"] is not None:
            self.every = int(notes[0]["every"])
        if stopping is not None:
            self._told = True
            state.stop.set(int(stopping))
        elif saving:
            self.save()

    def _measured(self) -> int | None:
        """Return the interval that takes the right share of the time, once it is known."""
        if not self._team.measures or self.number != _MEASURED or self._ranks.rank:
            return None
        passed = max(1e-6, monotonic() - self._began - self._exchange.seconds - self._waited)
        speed = self._shards.tokens / passed
        wanted = speed * self._exchange.seconds / self.number / SHARE
        return bounded(wanted, self._ranks.size, self._shards.total_of_all)

    def _diverged(self, unsound: Unsound) -> DivergedError:
        state = self._state
        word = state.corpus.vocabulary.words[min(unsound.row, len(state.corpus.vocabulary) - 1)]
        error = DivergedError(
            f"training diverged on rank {unsound.rank} ({self._shards.progress():.0%} done): what it "
            f"learned of {word!r} is not finite or implausibly much; lower {named('lr')} "
            f"({state.config.lr:g}) or {named('local_lr')} ({state.initial_lr:g}). Nothing was saved"
        )
        error.rank = unsound.rank
        return error


def _rows(state: TrainingState) -> list[Rows]:
    """Return all arrays that ranks keep in step: both matrices, and what the sampler has learned."""
    length, dim = state.setting.length, state.config.dim
    found = [Rows("w_in", state.w_in, length, dim, state.w_in.copy())]
    if state.w_out is not state.w_in:
        found.append(Rows("w_out", state.w_out, length, dim, state.w_out.copy()))
    size = len(state.corpus.vocabulary)
    for name, array in state.sampler.combined_arrays(state.samplers).items():
        flat = array.reshape(-1)
        each = len(flat) // size if len(flat) and len(flat) % size == 0 else 1
        found.append(Rows(name, flat, each, each, flat.copy()))
    return found
