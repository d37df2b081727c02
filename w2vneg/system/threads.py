"""Thread pools: run tasks side by side, or map over items with results in order."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from w2vneg.errors import ResourceError
from w2vneg.system.option_names import named
from w2vneg.system.processors import processors

_T = TypeVar("_T")
_R = TypeVar("_R")

_REPORT_S = 0.1
_GRACE_S = 0.5  # for threads to end after an interruption
_MAX_DEFAULT_THREADS = 8


@contextlib.contextmanager
def thread_limit_explained(threads: int) -> Iterator[None]:
    """Raise a `ResourceError` with a remedy if the system refuses to start a thread."""
    try:
        yield
    except RuntimeError as error:
        if "thread" not in str(error):
            raise
        raise ResourceError(
            f"cannot start {threads} threads: {error}; lower {named('threads')}"
        ) from None


def run_threads(
    tasks: Sequence[Callable[[], None]],
    report: Callable[[], None],
    cancel: Callable[[], None],
    meanwhile: Callable[[], None] | None = None,
) -> None:
    """Run each task in a thread of its own and wait for all.

    Parameters
    ----------
    tasks : sequence of callables
        If one fails, the others must end by themselves.
    report : callable
        Called in the calling thread ten times a second and at the end.
    cancel : callable
        Called when the work fails or is interrupted: makes the tasks end soon.
    meanwhile : callable, optional
        Called in the calling thread while the tasks run.

    Raises
    ------
    ResourceError
        If the system refuses to start that many threads.
    BaseException
        What `meanwhile` or `report` raises, else the first failure of a task; or
        KeyboardInterrupt, for which a task that does not end is not waited for.
    """
    alone = len(tasks) == 1 and meanwhile is None
    if alone and threading.current_thread() is not threading.main_thread():
        tasks[0]()
        return
    pool = ThreadPoolExecutor(len(tasks), "w2vneg")
    waiting: set[Future[None]] = set()
    try:
        with thread_limit_explained(len(tasks)):
            for task in tasks:
                waiting.add(pool.submit(task))
        if meanwhile is not None:
            meanwhile()
        while waiting:
            done, waiting = wait(waiting, _REPORT_S, FIRST_EXCEPTION)
            for future in done:
                future.result()
            report()
    except Exception:
        cancel()
        pool.shutdown()
        raise
    except BaseException:
        cancel()
        # A thread may be compiling a kernel, which takes seconds and cannot be ended.
        late = wait(waiting, _GRACE_S).not_done
        pool.shutdown(wait=not late, cancel_futures=True)
        raise
    pool.shutdown()


def in_order(
    work: Callable[[_T], _R], items: Iterable[_T], threads: int | None = None
) -> Generator[_R, None, None]:
    """Yield ``work(item)`` in the order of `items`, computed a few items ahead in threads.

    At most ``threads + 1`` results exist at a time, the one that is being used included. Close the
    generator (`contextlib.closing`) where the threads must have ended when its loop fails.

    Parameters
    ----------
    work : callable
        Takes one item; should release the GIL for most of its time.
    items : iterable
        Consumed only as fast as the results are.
    threads : int, optional
        Default: all processors, at most 8. If the system refuses to start a thread, the rest is
        computed in the calling thread.
    """
    threads = threads or min(_MAX_DEFAULT_THREADS, processors())
    waiting: deque[Future[_R]] = deque()
    alone = False
    with ThreadPoolExecutor(threads, "w2vneg") as pool:
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
