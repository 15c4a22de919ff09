"""Threads of the core: they stay from call to call, and nothing of a call runs on when it has ended."""

import os
import threading
from concurrent.futures import Executor

import pytest

from rating.chunks import ANSWERED_AT_ONCE, pool_for


def _many(threads: int) -> Executor:
    return pool_for(ANSWERED_AT_ONCE + 1, ANSWERED_AT_ONCE + 1, threads)


def test_a_later_call_meets_the_threads_of_the_one_before() -> None:
    seen = []
    for _ in range(2):
        with _many(2) as pool:
            both = threading.Barrier(2)

            def who(_: int, both: threading.Barrier = both) -> int:
                both.wait(timeout=30)
                return threading.get_ident()

            seen.append(set(pool.map(who, range(2))))
    assert len(seen[0]) == 2
    assert seen[0] == seen[1]


def test_a_call_that_fails_ends_only_when_its_other_work_is_done() -> None:
    go, done = threading.Event(), threading.Event()

    def slowly() -> None:
        assert go.wait(timeout=30)
        done.set()

    def fail() -> None:
        go.set()
        raise ZeroDivisionError

    def call() -> None:
        with _many(2) as pool:
            pool.submit(slowly)
            pool.submit(fail).result()

    with pytest.raises(ZeroDivisionError):
        call()
    assert done.is_set()


def test_work_not_begun_is_dropped_when_asked_for() -> None:
    begun, go = threading.Barrier(3), threading.Event()

    def run() -> bool:
        begun.wait(timeout=30)
        return go.wait(timeout=30)

    pool = _many(2)
    running = [pool.submit(run) for _ in range(2)]
    begun.wait(timeout=30)
    waiting = pool.submit(run)
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    assert waiting.cancelled()
    assert all(each.result() for each in running)


def test_a_forked_process_has_threads_of_its_own() -> None:
    with _many(2) as pool:
        pool.submit(int).result(timeout=30)
    child = os.fork()
    if not child:
        with _many(2) as pool:
            os._exit(pool.submit(int, 3).result(timeout=30))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
