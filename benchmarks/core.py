"""The whole core beside its rivals on the common workload: a ratio is given only when all agree to the cent."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import ours
from benchmarks.apart import Apart, Work, started
from benchmarks.timing import medians
from benchmarks.workload import Columns, Workload, make
from rating import Result

OURS = "rating.rate"
RIVALS = (
    ("vs_duckdb", "DuckDB SQL", "duck", "duckdb", "run"),
    ("vs_polars", "Polars, joins", "polar", "polars", "run"),
    ("vs_polars_on_one_key", "Polars, joins on one key", "polar", "polars", "run_on_one_key"),
    ("vs_polars_by_position", "Polars, by position", "polar", "polars", "run_by_position"),
    ("vs_pandas", "pandas, merges", "panda", "pandas", "run"),
    ("vs_pandas_by_position", "pandas, by position", "panda", "pandas", "run_by_position"),
    ("vs_loop", "per-member Python loop", "loop", "numpy", "run"),
)
"""Key in the report, name, module, the package it needs, and its function. Judged are SQL and lazy frames with
joins on the columns that name a thing, and pandas by merges on one integer each. Told beside them: Polars by joins on
one integer, into which keys were packed by hand, and both by position, which leans on a workload numbered so."""
CALLS = 3
"""Calls in a row each time an engine's turn comes: the first finds the processor's caches full of another's."""
Levels = Callable[[str], Columns]
"""What an engine answers at coverage, plan or member."""


def measure(n_members: int, rounds: int, n_members_of_loop: int) -> dict[str, Any]:
    """Median seconds of every engine, each in a process of its own and one after the other in turn, and their ratios.

    The per-member loop rates a smaller book of the same kind; what is compared is coverages per second.
    """
    works = {OURS: Work("ours", "run", n_members)} | {
        name: Work(module, function, n_members_of_loop if module == "loop" else n_members)
        for _, name, module, package, function in RIVALS
        if find_spec(package)
    }
    with started(works) as engines:
        facts = _agreed(works, engines)
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
        for _ in range(rounds):
            for name, each in engines.items():
                found[name] += each.times(CALLS)
    times = medians(found)
    n_coverages = {n: make(n).n_coverages for n in (n_members, n_members_of_loop)}
    speed = {name: n_coverages[works[name].n_members] / wall for name, (wall, _) in times.items()}
    return {
        "members": n_members,
        "coverages": n_coverages[n_members],
        "repeats": rounds * CALLS,
        "missing": [name for _, name, *_ in RIVALS if name not in works],
        **facts,
        "seconds": {name: round(wall, 4) for name, (wall, _) in times.items()},
        "cpu_seconds": {name: round(cpu, 4) for name, (_, cpu) in times.items()},
        "million_coverages_per_second": {name: round(each / 1e6, 3) for name, each in speed.items()},
        **{key: round(speed[OURS] / speed[name], 2) for key, name, *_ in RIVALS if name in works},
    }


def _agreed(works: Mapping[str, Work], engines: Mapping[str, Apart]) -> dict[str, int]:
    """What was rated, once every engine has answered as `rating.rate` does here."""
    facts: dict[str, int] = {}
    for n in sorted({work.n_members for work in works.values()}):
        load = make(n)
        result = ours.run(ours.prepare(load))
        for name, each in engines.items():
            if works[name].n_members == n:
                refuse(name, compare(load, result, each.results))
        if n == works[OURS].n_members:
            facts["unrated"] = int(result.member_n_unrated.sum())
            facts["prorated_cents"] = int(result.prorated_cents.sum())
    return facts


def refuse(name: str, disagreements: list[str]) -> None:
    """No ratio for an engine that answers something else."""
    if disagreements:
        raise SystemExit(f"The engines do not agree, rating.rate here and {name} there:\n" + "\n".join(disagreements))


def compare(load: Workload, result: Result, theirs: Levels) -> list[str]:
    """Every column of every level in which the engines differ."""
    wrong: list[str] = []
    for level in ("coverage", "plan", "member"):
        wrong += _differences(level, ours.results(result, level), theirs(level))
    if not result.prorated_cents.any() or load.n_coverages != result.period_cents.size:
        wrong.append("nothing was rated")
    return wrong


def _differences(level: str, here: Columns, theirs: Columns) -> list[str]:
    found = []
    for name, mine in here.items():
        other = theirs[name].astype(np.int64)
        if mine.shape != other.shape:
            found.append(f"{level}.{name}: {mine.shape} rows here, {other.shape} there")
            continue
        at = np.flatnonzero(mine != other)
        if at.size:
            found.append(
                f"{level}.{name}: {at.size:,} differ, first at row {at[0]}: {mine[at[0]]} here, {other[at[0]]} there"
            )
    return found
