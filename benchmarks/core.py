"""The core beside SQL on the common workload: a ratio is given only when both agree to the cent."""

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks import duck, ours
from benchmarks.workload import Workload, make
from rating import Result

COVERAGE = ("unit_rate_e6", "volume_cents", "age", "covered_days", "term_days", "rule", "issue", "zero_reason")
AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
TOTALS = (*AMOUNTS, "n_coverages", "n_unrated", "issue")


def measure(n_members: int, repeats: int) -> dict[str, Any]:
    """Median seconds of both engines, one after the other in turn, and their ratio."""
    load = make(n_members)
    batch, connection = ours.prepare(load), duck.prepare(load)
    result = ours.run(batch)
    duck.run(connection)
    disagreements = compare(load, result, connection)
    if disagreements:
        raise SystemExit("The engines do not agree:\n" + "\n".join(disagreements))
    engines: dict[str, Callable[[], object]] = {
        "rating.rate": lambda: ours.run(batch),
        "DuckDB SQL": lambda: duck.run(connection),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    for _ in range(repeats):
        for name, work in engines.items():
            times[name].append(timed(work))
    connection.close()
    seconds = {name: median(wall for wall, _ in found) for name, found in times.items()}
    return {
        "members": n_members,
        "coverages": load.n_coverages,
        "repeats": repeats,
        "unrated": int(result.member_n_unrated.sum()),
        "prorated_cents": int(result.prorated_cents.sum()),
        "seconds": {name: round(s, 4) for name, s in seconds.items()},
        "cpu_seconds": {name: round(median(cpu for _, cpu in found), 4) for name, found in times.items()},
        "million_coverages_per_second": {name: round(load.n_coverages / s / 1e6, 2) for name, s in seconds.items()},
        "vs_duckdb": round(seconds["DuckDB SQL"] / seconds["rating.rate"], 2),
    }


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call, by the clock and of all processors; garbage of earlier calls is collected before."""
    gc.collect()
    cpu, began = time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def compare(load: Workload, result: Result, connection: Any) -> list[str]:
    """Every column of every level in which the engines differ."""
    wrong = []
    theirs = duck.results(connection, "coverage")
    wrong += _differences("coverage", result, "", theirs, (*COVERAGE, *AMOUNTS))
    for level in ("plan", "member"):
        wrong += _differences(level, result, f"{level}_", duck.results(connection, level), TOTALS)
    if not result.prorated_cents.any() or load.n_coverages != result.period_cents.size:
        wrong.append("nothing was rated")
    return wrong


def _differences(
    level: str, result: Result, prefix: str, theirs: dict[str, np.ndarray], names: tuple[str, ...]
) -> list[str]:
    found = []
    for name in names:
        mine = getattr(result, prefix + name)
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
