"""The cutting of a batch into chunks, and the threads that rate them.

What lives here: `cut`, the pool, and what keeps the memory of a chunk warm. What does not: rating.

A chunk is a run of whole families of at most about 409,600 coverages, so that nothing it needs lies in another.
Chunks share no state and run on threads that stay from call to call (NumPy releases the interpreter lock); the size of
a chunk never changes a result.
"""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from functools import cache
from typing import Any, TypeVar

import numpy as np

from rating.arrays import Ints, Rows
from rating.batch import Batch
from rating.facts import Span

CHUNK = 409_600
"""Coverages. Of fewer, the threads wait for the interpreter more often; of a fifth more, the columns of a chunk outgrow
the 64 MB that the C library keeps for a thread, and are asked of the system anew (measured)."""

ANSWERED_AT_ONCE = 32_768
"""Coverages below which a second thread costs more than it saves."""

SMALLEST = ANSWERED_AT_ONCE // 2
"""Coverages below which a chunk is not made smaller for the sake of another thread."""

LARGEST_KEPT = (1 << 25) - (1 << 16)
"""Bytes: just below the largest block that the C library can be taught to keep."""

T = TypeVar("T")


class Here(Executor):
    """An executor that does the work where it is asked for."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Done when it returns; an exception waits in the future, as with threads."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  handed on by `result()`
            future.set_exception(error)
        return future


class Lent(Executor):
    """Threads that outlive a call: what the call has given them is done when it ends, and they wait for the next."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._given: list[Future[Any]] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Handed on, and remembered."""
        future = self._threads.submit(fn, *args, **kwargs)
        self._given.append(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing of the call runs on, so that no chunk writes into memory its caller has back."""
        if cancel_futures:
            for future in self._given:
                future.cancel()
        if wait:
            wait_for(self._given)


def pool_for(n_coverages: int, chunk: int, threads: int) -> Executor:
    """Threads where there is work for them."""
    if n_coverages > ANSWERED_AT_ONCE:
        _keep_freed_memory()
    if threads == 1 or n_coverages <= min(chunk, ANSWERED_AT_ONCE):
        return Here()
    return Lent(_kept_threads(threads))


@cache
def _kept_threads(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: the C library keeps freed memory by thread, and a new thread may begin with none of it."""
    return ThreadPoolExecutor(threads, thread_name_prefix="rating")


os.register_at_fork(after_in_child=_kept_threads.cache_clear)  # a forked process has none of these threads


def _keep_freed_memory() -> None:
    """Let the allocator keep what a step frees for the next one.

    The C library hands large blocks back to the system at once, and asking for them again costs more
    than the arithmetic done in them. It stops doing so for blocks up to the size of the largest one
    it has seen freed; freeing one of 32 MB teaches it. Where it needs no teaching this does nothing.
    """
    block = np.empty(LARGEST_KEPT, np.uint8)
    del block


def even(n_coverages: int, chunk: int, threads: int) -> int:
    """Coverages a chunk, at most `chunk`, so that all chunks are alike and every thread has as many of them.

    >>> even(400_000, 196_608, 2), even(400_000, 196_608, 1), even(20_000, 196_608, 2)
    (100000, 133334, 20000)
    """
    if n_coverages < 1 or chunk < 1:
        return chunk
    n_chunks = -(-n_coverages // chunk)
    shared = min(-(-n_chunks // threads) * threads, n_coverages // SMALLEST)
    n_chunks = max(n_chunks, shared)
    return -(-n_coverages // n_chunks)


def cut(batch: Batch, chunk: int) -> list[Span]:
    """Ranges of whole families with about `chunk` coverages each, covering every row once."""
    if chunk < 1:
        raise ValueError("A chunk holds at least one coverage.")
    members, plans, coverages = batch.members, batch.plans, batch.coverages
    n = len(coverages)
    wanted = np.arange(chunk, n, chunk)
    starts = np.unique(members.primary.take(plans.member.take(coverages.plan.take(wanted))))
    member_edges = np.concatenate([[0], starts[starts > 0], [len(members)]])
    plan_edges = _first_at(plans.member, member_edges)
    coverage_edges = _first_at(coverages.plan, plan_edges)
    return [
        Span(slice(c0, c1), slice(p0, p1), slice(m0, m1))
        for c0, c1, p0, p1, m0, m1 in zip(
            *(
                pair
                for edge in (coverage_edges, plan_edges, member_edges)
                for pair in (edge[:-1].tolist(), edge[1:].tolist())
            ),
            strict=True,
        )
    ]


def _first_at(parent: Ints, edges: Rows) -> Rows:
    """The first row of each of these parents; searched in the dtype of the column, which is else converted whole."""
    return np.searchsorted(parent, np.minimum(edges, np.iinfo(parent.dtype).max).astype(parent.dtype))
