"""An engine in a process of its own, which runs when it is told to and is idle otherwise.

What lives here: `Apart` and what its process does. What does not: any engine, and what is asked of it
(`benchmarks.core`).

Engines in one process pay for each other: one trims the memory that another's threads keep, their pools wait for work
on the same processors, and the garbage collector walks the inputs of all of them before every call.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from benchmarks.timing import timed
from benchmarks.workload import Columns, make


class Work(NamedTuple):
    """Module of an engine, which function of it runs, and on how many members of the common workload."""

    module: str
    function: str
    n_members: int


class Apart:
    """One engine, prepared in its process."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._pipe, theirs = get_context("spawn").Pipe()
        self._process = get_context("spawn").Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    def times(self, calls: int) -> list[tuple[float, float]]:
        """Seconds of some calls in a row, each by the clock and of all processors."""
        return self._asked(calls)

    def results(self, level: str) -> Columns:
        """What a call found at coverage, plan or member."""
        return self._asked(level)

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join()

    def _asked(self, what: int | str) -> Any:
        try:
            self._pipe.send(what)
            return self._pipe.recv()
        except (EOFError, ConnectionError):
            raise SystemExit(f"The engine of benchmarks.{self._work.module} ended early; see above.") from None


@contextmanager
def started(works: dict[str, Work]) -> Iterator[dict[str, Apart]]:
    """Engines by name, all of them starting at once and ended with the block."""
    with ExitStack() as held:
        engines = {name: Apart(work) for name, work in works.items()}
        for each in engines.values():
            held.callback(each.close)
        yield engines


def _serve(pipe: Connection, work: Work) -> None:
    """Answer a number with the seconds of so many calls, the name of a level with its columns, until nobody asks."""
    module = import_module(f"benchmarks.{work.module}")
    run = partial(getattr(module, work.function), module.prepare(make(work.n_members)))
    found: Any = None
    while True:
        try:
            asked: int | str = pipe.recv()
        except EOFError:
            return
        if isinstance(asked, int):
            found = None  # no call pays for memory that an answer holds
            pipe.send([timed(run) for _ in range(asked)])
        else:
            found = run() if found is None else found
            pipe.send(module.results(found, asked))
