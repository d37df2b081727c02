"""Blocks that the calling thread reads and other threads take.

Sentences come from code of the caller: it runs in the caller's thread, as it does everywhere else
in Python. There Ctrl-C interrupts it even where it waits, what it raises reaches the caller, and
objects that are bound to a thread, such as cursors of a database, can be read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from w2vneg.corpus.blocks import Block, BlockReader

_REPORT_S = 0.1

Batch = tuple[int, list[Block]]


class BlockFeed:
    """Hands batches of blocks from the thread that reads them to others.

    Parameters
    ----------
    reader : BlockReader
        What the calling thread reads.
    ahead : int
        How many batches may wait to be taken, which bounds memory.
    """

    def __init__(self, reader: BlockReader, ahead: int) -> None:
        self._reader = reader
        self._ahead = ahead
        self._batches: deque[Batch] = deque()
        self._ended = False
        self._changed = threading.Condition()

    def read_all(self, report: Callable[[], None]) -> None:
        """Read all blocks, as fast as other threads take them, or until `end` is called.

        Parameters
        ----------
        report : callable
            Called after each batch.
        """
        while (batch := self._reader.take()) is not None:
            with self._changed:
                while len(self._batches) >= self._ahead and not self._ended:
                    self._changed.wait(_REPORT_S)
                if self._ended:
                    return
                self._batches.append(batch)
                self._changed.notify_all()
            report()
        with self._changed:
            self._ahead = 0  # nothing follows
            self._changed.notify_all()

    def take(self) -> Batch | None:
        """Return the next batch of blocks and its number; None at the end."""
        with self._changed:
            while not self._batches and self._ahead and not self._ended:
                self._changed.wait()
            if self._ended or not self._batches:
                return None
            self._changed.notify_all()  # there is room for another one
            return self._batches.popleft()

    def end(self) -> None:
        """Hand out no more blocks."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Hand out no more blocks."""
        self._reader.cancel()
        self.end()
