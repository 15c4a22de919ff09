"""`python -m benchmarks`: measure, print a table, write `build/bench.json`.

What lives here: sizes, the targets and the report. What does not: any measuring (`road`, `core`, `kernel`, `growth`,
`http`, `policies`).
"""

import argparse
import json
import os
import platform
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

AT_MOST, AT_LEAST = "at most", "at least"
TARGETS = {
    "road.vs_floor": (4.0, AT_MOST),
    "road.peak_gib": (2.0, AT_MOST),
    "core.vs_duckdb": (5.0, AT_LEAST),
    "core.vs_polars": (10.0, AT_LEAST),
    "core.vs_pandas": (6.0, AT_LEAST),
    "core.vs_loop": (100.0, AT_LEAST),
    "core.vs_openfisca": (2.5, AT_LEAST),
    "core.vs_numba_per_thread": (0.8, AT_LEAST),
    "core.growth_100k_to_10m": (1.2, AT_MOST),
    "core.peak_gib_10m_people": (4.0, AT_MOST),
    "http.post_2000_s": (0.6, AT_MOST),
    "http.post_vs_bulk": (6.0, AT_MOST),
    "http.patch_s": (0.060, AT_MOST),
    "http.eligible_plans_s": (0.040, AT_MOST),
    "http.member_rating_ms": (40.0, AT_MOST),
    "http.action_2000_ms": (400.0, AT_MOST),
    "http.bulk_vs_road": (1.3, AT_MOST),
    "policies.quote_s": (3.0, AT_MOST),
    "policies.enroll_s": (30.0, AT_MOST),
}
TOLD = ("vs_polars_on_one_key", "vs_polars_by_position", "vs_pandas_by_position")
"""Ratios of the core to rivals written by hand for this very workload: printed with the others, without a target."""
PROMOTED = ("vs_openfisca", "vs_numba_per_thread", "growth_100k_to_10m", "peak_gib_10m_people")
"""Figures of `kernel` and `growth` that are judged: they stand among those of the core."""

FULL = {
    "road": (1000, 100, 3),
    "core": (1_000_000, 5, 20_000),
    "kernel": (1_000_000, 9),
    "growth": (100_000, 10_000_000, 10_000_000, 40, 3),
    "http": (100_000, 2_000, 40, 3),
    "policies": (3_000, 30, 40_000, 3),
}
QUICK = {
    "road": (12, 20, 1),
    "core": (5_000, 1, 1_000),
    "kernel": (5_000, 1),
    "growth": (4_000, 40_000, 4_000, 2, 1),
    "http": (60, 20, 2, 1),
    "policies": (40, 3, 40, 1),
}
NEEDS = {"core": ("pandas",), "kernel": ("numba", "openfisca_core")}
"""Packages of rivals that the product itself does without."""
PARTS_OF_CORE = ("core", "kernel", "growth")
ALONE = ("road", "http", "policies")
"""Parts with figures of their own, under their own name."""


def main() -> None:
    """Measure what was asked for and report it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: proves that the code runs, not how fast")
    parser.add_argument(
        "--only", choices=(*ALONE, *PARTS_OF_CORE), help="measure one part; `core` includes the last two"
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), help="where the figures go")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else FULL
    if not asked.quick:
        _refuse_missing(_parts(asked.only))
    figures: dict[str, Any] = json.loads(asked.out.read_text()) if asked.only and asked.out.exists() else {}
    figures["machine"] = {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "numpy": np.__version__,
        "quick": asked.quick,
    }
    for part in _parts(asked.only):
        # A part is imported when it is measured: those alone need the whole product, the core NumPy and its rivals.
        found = import_module(f"benchmarks.{part}").measure(*sizes[part])
        if part in (*ALONE, "core"):
            kept = figures.get(part, {}) if part == "core" else {}
            figures[part] = {k: v for k, v in kept.items() if k in (*PARTS_OF_CORE, *PROMOTED)} | found
        else:
            core = figures.setdefault("core", {})
            core.update({name: found.pop(name) for name in PROMOTED if name in found})
            core[part] = found
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(report(figures))


def _parts(only: str | None) -> tuple[str, ...]:
    if only is None:
        return (*ALONE, *PARTS_OF_CORE)
    return PARTS_OF_CORE if only == "core" else (only,)


def _refuse_missing(parts: tuple[str, ...]) -> None:
    """Small sizes may go without rivals that are not installed; a judgement may not."""
    missing = [package for part in parts for package in NEEDS.get(part, ()) if find_spec(package) is None]
    if missing:
        raise SystemExit(
            f"Not installed here: {', '.join(missing)}. `make bench` measures in an environment that has them."
        )


def report(figures: dict[str, Any]) -> str:
    """The figures as a table, each beside its floor or rival."""
    lines: list[str] = []
    core = figures.get("core", {})
    if "seconds" in core:
        lines += _core_lines("core", core)
    if "kernel" in core:
        lines += _core_lines("arithmetic alone", core["kernel"])
    if "growth" in core:
        lines += _growth_lines(core["growth"])
    if "road" in figures:
        lines += _road_lines(figures["road"])
    if "http" in figures:
        lines += _http_lines(figures["http"])
    if "policies" in figures:
        lines += _policy_lines(figures["policies"])
    lines += ["", *(_verdict(figures, name) for name in TARGETS if name.split(".")[0] in figures)]
    told = [f"  {f'core.{name}':<26}{core[name]:>8}   told, not judged" for name in TOLD if name in core]
    return "\n".join([*lines, *told])


def _core_lines(title: str, core: dict[str, Any]) -> list[str]:
    head = f"{title}: {core['coverages']:,} coverages of {core['members']:,} members, median of {core['repeats']}, "
    speeds, processor = core["million_coverages_per_second"], core.get("cpu_seconds", {})
    lines = [head + "all cents agree"]
    for name, seconds in core["seconds"].items():
        line = f"  {name:<28}{seconds:>7.2f} s   {speeds[name]:>6.2f} million coverages/s"
        lines.append(line + (f", processor {processor[name]:.2f} s" if name in processor else ""))
    return lines + [f"  {name:<28}   skipped: not installed here" for name in core["missing"]]


def _growth_lines(growth: dict[str, Any]) -> list[str]:
    each, sliced = growth["ns_per_coverage"], growth["sliced"]
    parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in sliced["seconds"].items())
    peaks = growth["peak_gib_in_memory"]
    book = f"{sliced['members']:,} people, {sliced['coverages']:,} coverages in {sliced['slices']} slices"
    return [
        "growth: " + ", ".join(f"{ns:.1f} ns a coverage at {size} ({peaks[size]} GiB)" for size, ns in each.items()),
        f"  {book}: {parts}, {sliced['peak_gib']} GiB",
    ]


def _road_lines(road: dict[str, Any]) -> list[str]:
    head = f"road: {road['people']:,} people in {road['files']:,} files, {road['coverages']:,} coverages, "
    rows = (
        ("load, validate, rate, store", "road", ("load", "rate")),
        ("floor: read and write alone", "floor", ("read", "write")),
    )
    lines = [head + f"median of {road['repeats']}"]
    for words, name, parts in rows:
        detail = ", ".join(f"{part} {road['parts'][f'{part}_seconds']:.2f}" for part in parts)
        lines.append(
            f"  {words:<28}{road['seconds'][name]:>7.2f} s   {detail}, processor {road['cpu_seconds'][name]:.2f} s"
        )
    return lines


def _http_lines(http: dict[str, Any]) -> list[str]:
    head = (
        f"http: {http['members']:,} members in the book, medians of {http['calls']} calls and {http['repeats']} uploads"
    )
    rows = (
        (f"upload of {http['members']:,} rows, done", "bulk"),
        ("the same rows on the road", "bulk_road"),
        (f"POST of {http['posted']:,} members", "post"),
        ("the same rows on the road", "post_road"),
        ("PATCH of one member", "patch"),
        ("GET eligible plans of a family", "eligible_plans"),
        ("POST rate of a family", "member_rating"),
        ("action on 2,000 members", "action_2000"),
    )
    return [head] + [
        f"  {words:<32}{http['seconds'][part]:>8.3f} s   processor {http['cpu_seconds'][part]:.3f} s"
        for words, part in rows
    ]


def _policy_lines(found: dict[str, Any]) -> list[str]:
    families = found["policies"] // found["enrolled_plans"]
    rows = (
        (f"quote of {found['quoted_members']:,} x {found['quoted_plans']} plans", "quote"),
        (f"{families:,} families in {found['enrolled_plans']} plans", "enroll"),
    )
    head = f"policies: {found['policies']:,} made in one job, median of {found['repeats']}"
    return [head] + [
        f"  {words:<32}{found['seconds'][part]:>8.3f} s   processor {found['cpu_seconds'][part]:.3f} s"
        for words, part in rows
    ]


def _verdict(figures: dict[str, Any], name: str) -> str:
    part, figure = name.split(".")
    target, direction = TARGETS[name]
    value = figures[part].get(figure)
    if value is None:
        return f"  {name:<26}{'-':>8}   {direction} {target:g}: not measured"
    is_met = value <= target if direction == AT_MOST else value >= target
    verdict = "not judged on small sizes" if figures["machine"]["quick"] else "met" if is_met else "NOT met"
    return f"  {name:<26}{value:>8}   {direction} {target:g}: {verdict}"


if __name__ == "__main__":
    main()
