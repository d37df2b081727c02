"""Work on the blocks of a file in threads, results in the order of the blocks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

_MOST_THREADS = 8


def in_order(
    work: Callable[[_T], _R], items: Iterable[_T], threads: int | None = None
) -> Iterator[_R]:
    """Yield ``work(item)`` in the order of `items`, a few ahead in threads.

    Parameters
    ----------
    work : callable
        Of one item; should leave the GIL for most of its time.
    items : iterable
        Taken only as fast as the results are.
    threads : int, optional
        Default: all processors, at most 8. Where the system gives no thread the work is done
        here.
    """
    threads = threads or min(_MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[_R]] = deque()
    alone = False
    with ThreadPoolExecutor(threads, "w2vneg-blocks") as pool:
        try:
            for item in items:
                if not alone:
                    try:
                        waiting.append(pool.submit(work, item))
                    except RuntimeError:  # can't start new thread
                        alone = True
                if alone:
                    while waiting:
                        yield waiting.popleft().result()
                    yield work(item)
                elif len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
