"""Thread pools: results in order, bounded look-ahead, failures, threads that cannot be started."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from w2vneg.errors import ResourceError
from w2vneg.system.threads import in_order, run_threads


@pytest.fixture
def starts_fail_after(monkeypatch):
    """Let the system refuse to start more than some number of threads."""

    def limit(allowed):
        start = threading.Thread.start
        started = []

        def refuse(thread):
            if len(started) >= allowed:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", refuse)

    return limit


def test_results_come_in_order_of_the_items():
    def work(number):
        time.sleep(0.002 * (number % 3))
        return number * number

    assert list(in_order(work, range(40), 4)) == [n * n for n in range(40)]


def test_no_items_give_no_results():
    assert list(in_order(abs, [])) == []


def test_items_are_consumed_a_few_ahead():
    taken = []

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    results = in_order(abs, items(), 3)
    assert next(results) == 0
    assert len(taken) <= 4
    results.close()
    assert len(taken) <= 4


def test_failure_of_an_item_is_raised_at_its_turn():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number

    results = in_order(work, range(10), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_closing_waits_for_the_threads():
    running = []

    def work(number):
        running.append(number)
        time.sleep(0.02)
        running.remove(number)

    with contextlib.closing(in_order(work, range(100), 2)) as results:
        next(results)
    assert running == []


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_refused_threads_leave_the_work_to_the_caller(starts_fail_after, allowed):
    starts_fail_after(allowed)
    assert list(in_order(lambda n: -n, range(30), 4)) == [-n for n in range(30)]


def test_all_tasks_run_side_by_side():
    barrier = threading.Barrier(3, timeout=10)
    reports = []
    run_threads([barrier.wait] * 3, lambda: reports.append(barrier.broken), lambda: None)
    assert reports
    assert not any(reports)


def test_failure_of_a_task_is_raised_after_all_ended():
    ended = []

    def good():
        time.sleep(0.05)
        ended.append(True)

    def bad():
        raise KeyError("bad")

    with pytest.raises(KeyError):
        run_threads([good, bad], lambda: None, lambda: None)
    assert ended == [True]


def test_refused_threads_name_the_option(starts_fail_after):
    starts_fail_after(1)
    with pytest.raises(ResourceError, match="cannot start 3 threads.*lower threads="):
        run_threads([lambda: None] * 3, lambda: None, lambda: None)


def test_single_task_of_a_thread_starts_no_other():
    names = []
    with ThreadPoolExecutor(1, "outer") as pool:
        pool.submit(
            run_threads,
            [lambda: names.append(threading.current_thread().name)],
            lambda: None,
            lambda: None,
        ).result()
    assert names == ["outer_0"]


def test_interrupted_work_is_canceled_and_over():
    canceled = threading.Event()

    def interrupt():
        raise KeyboardInterrupt

    for how in ({"report": interrupt}, {"report": lambda: None, "meanwhile": interrupt}):
        canceled.clear()
        with pytest.raises(KeyboardInterrupt):
            run_threads([canceled.wait] * 2, cancel=canceled.set, **how)
        assert canceled.is_set()
        assert not [t for t in threading.enumerate() if t.name.startswith("w2vneg")]


def test_interruption_does_not_wait_for_a_task_that_does_not_end():
    released = threading.Event()

    def interrupt():
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_threads([released.wait], interrupt, lambda: None)
    assert time.monotonic() - began < 5
    released.set()


def test_failure_meanwhile_waits_for_the_tasks():
    canceled, ended = threading.Event(), []

    def task():
        canceled.wait()
        time.sleep(0.05)
        ended.append(True)

    def fail():
        raise ValueError("meanwhile")

    with pytest.raises(ValueError, match="meanwhile"):
        run_threads([task], lambda: None, canceled.set, fail)
    assert ended == [True]
