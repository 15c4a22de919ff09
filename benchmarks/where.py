"""`python -m benchmarks.where`: where the time of the core goes, step by step, beside what moving its columns costs.

What lives here: the steps of the road, each timed on one thread on the common workload, and the bytes of the columns of
a book, at the speed at which this machine copies memory. What does not: rivals (`core`), the report of `make bench`.

The bytes are those of the columns that come in and go out, each moved once: the least that any engine moves. What the
steps read and write in between stays in the cache, a chunk at a time; that is the rest of their time.
"""

import time
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from statistics import median
from typing import Any

import numpy as np

from benchmarks import ours
from benchmarks.workload import make
from rating import engine, rate, rollup
from rating.batch import Batch
from rating.result import Result

N_MEMBERS = 500_000
REPEATS = 5
STEPS = ("prepare", "price_coverages", "over_term", "charged_fraction", "prorate", "choose", "split", "find_cuts")
"""Functions of `rating.engine` that are a step each; `rollup.roll_up` adds up, and what is left stores the columns."""


def main() -> None:
    """Print a table: nanoseconds a coverage and share of each step, and the floor of memory traffic."""
    load = make(N_MEMBERS)
    batch, rates = ours.prepare(load)
    result = rate(batch, rates, threads=1)
    runs: list[dict[str, float]] = []
    for _ in range(REPEATS):
        spent: dict[str, float] = {}
        undo = [_timed(engine, name, spent) for name in STEPS] + [_timed(rollup, "roll_up", spent)]
        began = time.perf_counter()
        result = rate(batch, rates, threads=1, out=result)
        whole = time.perf_counter() - began
        for back in undo:
            back()
        runs.append(spent | {"store the columns": whole - sum(spent.values()), "whole": whole})
    n = load.n_coverages
    whole = median(run["whole"] for run in runs)
    print(f"{n:,} coverages of {N_MEMBERS:,} members, one thread, median of {REPEATS}")
    for name in (*STEPS, "roll_up", "store the columns", "whole"):
        seconds = median(run.get(name, 0.0) for run in runs)
        print(f"  {name:<20} {seconds / n * 1e9:7.1f} ns a coverage  {seconds / whole:6.1%}")
    moved, speed = _bytes_of(batch, result), _copy_speed()
    floor = moved / speed
    print(f"  columns in and out   {moved / n:7.1f} bytes a coverage, copied at {speed / 1e9:.1f} GB/s")
    print(f"  memory traffic       {floor / n * 1e9:7.1f} ns a coverage  {floor / whole:6.1%} of the whole")


def _timed(module: Any, name: str, spent: dict[str, float]) -> Callable[[], None]:
    """Time every call of a function; the answer puts the function back."""
    plain = getattr(module, name)

    @wraps(plain)
    def timed(*args: Any, **more: Any) -> Any:
        began = time.perf_counter()
        try:
            return plain(*args, **more)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

    setattr(module, name, timed)
    return lambda: setattr(module, name, plain)


def _bytes_of(batch: Batch, result: Result) -> int:
    """Columns that hold a value for each row; one value seen many times holds none."""
    bundles = (batch.members, batch.plans, batch.coverages, batch.offers, result)
    columns = [getattr(bundle, field.name) for bundle in bundles for field in fields(bundle)]
    return sum(each.nbytes for each in columns if isinstance(each, np.ndarray) and each.strides != (0,))


def _copy_speed() -> float:
    """Bytes read and written a second by a copy too large for any cache."""
    source = np.ones(32 * 2**20)
    target = np.empty_like(source)
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - began)
    return 2 * source.nbytes / median(seconds)


if __name__ == "__main__":
    main()
