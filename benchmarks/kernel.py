"""The arithmetic alone beside a compiled loop and a rules engine, on its own workload: agreement first, then ratios."""

from typing import Any

import numpy as np

from benchmarks import THREADS, kernel_ours, kernel_workload
from benchmarks.kernel_workload import AMOUNTS, Amounts, Kernel, exact, make
from benchmarks.timing import engine, in_turn

OURS, OURS_THREADED = "NumPy, one thread", f"NumPy, {THREADS} threads"
NUMBA, OPENFISCA = "numba loop, one thread", "OpenFisca-core"
N_PLAIN = 2_000
"""Members that are also worked out in plain integers."""


def measure(n_members: int, repeats: int) -> dict[str, Any]:
    """Median seconds of every engine in turn, and their ratios."""
    load = make(n_members)
    prepared = kernel_ours.prepare(load)
    # All write into one piece of memory, as OpenFisca's allocator keeps its own: no page faults are timed.
    room = kernel_workload.room(load)
    engines = {
        OURS: lambda: kernel_ours.run(prepared, 1, room),
        OURS_THREADED: lambda: kernel_ours.run(prepared, THREADS, room),
    }
    missing = []
    if compiled := engine("kernel_numba", "numba"):
        engines[NUMBA] = lambda: compiled.run(load, room)
    else:
        missing.append("numba")
    if calculator := engine("kernel_openfisca", "openfisca_core"):
        simulation = calculator.prepare(load)
        engines[OPENFISCA] = lambda: calculator.run(simulation)
    else:
        missing.append(OPENFISCA)

    reference = kernel_ours.run(prepared)
    wrong = plainly_wrong(load, reference)
    for name, work in engines.items():
        wrong += [f"{name}: {each}" for each in differences(reference, work())]
    if wrong:
        raise SystemExit("The engines do not agree:\n" + "\n".join(wrong))
    del reference

    times = in_turn(engines, repeats)
    seconds = {name: wall for name, (wall, _) in times.items()}
    found: dict[str, Any] = {
        "members": n_members,
        "coverages": load.product.size,
        "repeats": repeats,
        "missing": missing,
        "seconds": {name: round(wall, 4) for name, wall in seconds.items()},
        "million_coverages_per_second": {n: round(load.product.size / s / 1e6, 2) for n, s in seconds.items()},
    }
    if OPENFISCA in seconds:
        found["vs_openfisca"] = round(seconds[OPENFISCA] / seconds[OURS_THREADED], 2)
        found["vs_openfisca_per_thread"] = round(seconds[OPENFISCA] / seconds[OURS], 2)
    if NUMBA in seconds:
        found["vs_numba_per_thread"] = round(seconds[NUMBA] / seconds[OURS], 2)
    return found


def plainly_wrong(load: Kernel, found: Amounts) -> list[str]:
    """Amounts of the first members that differ from plain integers."""
    first = range(min(N_PLAIN, load.n_members))
    columns = zip(*exact(load, first), strict=True)
    wrong = []
    for amount, column in zip(AMOUNTS, columns, strict=True):
        there = np.array(column)
        n = np.count_nonzero(found[f"coverage.{amount}"][: there.size] != there)
        if n:
            wrong.append(f"{amount}: {n:,} differ from plain integers")
    return wrong


def differences(mine: Amounts, theirs: Amounts) -> list[str]:
    """Columns in which two engines differ."""
    return [name for name, column in mine.items() if not np.array_equal(column, theirs[name])]
