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
    seconds: dict[str, list[float]] = {"rating.rate": [], "DuckDB SQL": []}
    for _ in range(repeats):
        seconds["rating.rate"].append(timed(lambda: ours.run(batch)))
        seconds["DuckDB SQL"].append(timed(lambda: duck.run(connection)))
    mine, rival = (median(s) for s in seconds.values())
    connection.close()
    return {
        "members": n_members,
        "coverages": load.n_coverages,
        "repeats": repeats,
        "unrated": int(result.member_n_unrated.sum()),
        "prorated_cents": int(result.prorated_cents.sum()),
        "seconds": {name: round(median(s), 4) for name, s in seconds.items()},
        "million_coverages_per_second": {
            name: round(load.n_coverages / median(s) / 1e6, 2) for name, s in seconds.items()
        },
        "vs_duckdb": round(rival / mine, 2),
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call; garbage of earlier ones is collected before."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


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
