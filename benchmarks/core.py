"""The whole core beside its rivals on the common workload: a ratio is given only when all agree to the cent."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from benchmarks import loop, ours
from benchmarks.timing import engine, in_turn
from benchmarks.workload import Columns, Workload, make
from rating import Result

COVERAGE = ("unit_rate_e6", "volume_cents", "age", "covered_days", "term_days", "rule", "issue", "zero_reason")
AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
TOTALS = (*AMOUNTS, "n_coverages", "n_unrated", "issue")

OURS = "rating.rate"
RIVALS = (
    ("vs_duckdb", "DuckDB SQL", "duck", "duckdb", "run"),
    ("vs_polars", "Polars, joins", "polar", "polars", "run"),
    ("vs_polars_by_name", "Polars, joins by name", "polar", "polars", "run_by_name"),
    ("vs_polars_by_position", "Polars, by position", "polar", "polars", "run_by_position"),
    ("vs_pandas", "pandas, merges", "panda", "pandas", "run"),
    ("vs_pandas_by_position", "pandas, by position", "panda", "pandas", "run_by_position"),
)
"""Key in the report, name, module, the package it needs, and its function. Told and not judged: those by name,
as the SQL is written, and those by position, which lean on a workload that is numbered so."""
LOOP = "per-member Python loop"
Levels = Callable[[str], Columns]
"""What an engine answers at coverage, plan or member."""


class Rival(NamedTuple):
    """A rival that is installed."""

    key: str
    module: ModuleType
    run: Callable[[Any], Any]


def measure(n_members: int, repeats: int, n_members_of_loop: int) -> dict[str, Any]:
    """Median seconds of every engine, one after the other in turn, and their ratios.

    The per-member loop rates a smaller book of the same kind; what is compared is coverages per second.
    """
    load, small = make(n_members), make(n_members_of_loop)
    batch = ours.prepare(load)
    result = ours.run(batch)
    rivals, missing = _rivals()
    prepared = {module: module.prepare(load) for module in {rival.module for rival in rivals.values()}}
    for name, rival in rivals.items():
        found = rival.run(prepared[rival.module])
        refuse(name, compare(load, result, partial(rival.module.results, found)))
        del found
    people = loop.prepare(small)
    walked = loop.run(people)
    refuse(LOOP, compare(small, ours.run(ours.prepare(small)), lambda level: loop.results(walked, level)))

    engines: dict[str, Callable[[], object]] = {OURS: lambda: ours.run(batch)}
    for name, rival in rivals.items():
        engines[name] = partial(rival.run, prepared[rival.module])
    engines[LOOP] = lambda: loop.run(people)
    times = in_turn(engines, repeats)

    n_rated = dict.fromkeys(times, load.n_coverages) | {LOOP: small.n_coverages}
    speed = {name: n_rated[name] / wall for name, (wall, _) in times.items()}
    keys = {rival.key: name for name, rival in rivals.items()} | {"vs_loop": LOOP}
    return {
        "members": n_members,
        "coverages": load.n_coverages,
        "repeats": repeats,
        "missing": missing,
        "unrated": int(result.member_n_unrated.sum()),
        "prorated_cents": int(result.prorated_cents.sum()),
        "seconds": {name: round(wall, 4) for name, (wall, _) in times.items()},
        "cpu_seconds": {name: round(cpu, 4) for name, (_, cpu) in times.items()},
        "million_coverages_per_second": {name: round(each / 1e6, 3) for name, each in speed.items()},
        **{key: round(speed[OURS] / speed[name], 2) for key, name in keys.items()},
    }


def _rivals() -> tuple[dict[str, Rival], list[str]]:
    """Rivals by name, and those whose package is not installed."""
    found, missing = {}, []
    for key, name, module_name, package, function in RIVALS:
        module = engine(module_name, package)
        if module is None:
            missing.append(name)
        else:
            found[name] = Rival(key, module, getattr(module, function))
    return found, missing


def refuse(name: str, disagreements: list[str]) -> None:
    """No ratio for an engine that answers something else."""
    if disagreements:
        raise SystemExit(f"The engines do not agree, rating.rate here and {name} there:\n" + "\n".join(disagreements))


def compare(load: Workload, result: Result, theirs: Levels) -> list[str]:
    """Every column of every level in which the engines differ."""
    wrong = _differences("coverage", result, "", theirs("coverage"), (*COVERAGE, *AMOUNTS))
    for level in ("plan", "member"):
        wrong += _differences(level, result, f"{level}_", theirs(level), TOTALS)
    if not result.prorated_cents.any() or load.n_coverages != result.period_cents.size:
        wrong.append("nothing was rated")
    return wrong


def _differences(level: str, result: Result, prefix: str, theirs: Columns, names: tuple[str, ...]) -> list[str]:
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
