"""`python -m benchmarks`: measure, print a table, write `build/bench.json`.

What lives here: sizes, the targets and the report. What does not: any measuring (`road`, `core`).
"""

import argparse
import json
import os
import platform
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from benchmarks import core, road

TARGETS = {"road.vs_floor": (4.0, "at most"), "road.peak_gib": (2.0, "at most"), "core.vs_duckdb": (2.0, "at least")}
FULL = {"road": (1000, 100, 3), "core": (1_000_000, 5)}
QUICK = {"road": (12, 20, 1), "core": (5_000, 1)}


def main() -> None:
    """Measure what was asked for and report it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: proves that the code runs, not how fast")
    parser.add_argument("--only", choices=("road", "core"), help="measure one of the two")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), help="where the figures go")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else FULL
    figures: dict[str, Any] = json.loads(asked.out.read_text()) if asked.only and asked.out.exists() else {}
    figures["machine"] = {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "numpy": np.__version__,
        "quick": asked.quick,
    }
    if asked.only != "core":
        figures["road"] = road.measure(*sizes["road"])
    if asked.only != "road":
        figures["core"] = core.measure(*sizes["core"])
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(report(figures))


def report(figures: dict[str, Any]) -> str:
    """The figures as a table, each beside its floor or rival."""
    lines: list[str] = []
    if "core" in figures:
        lines += _core_lines(figures["core"])
    if "road" in figures:
        lines += _road_lines(figures["road"])
    lines += [""] + [_verdict(figures, name) for name in TARGETS if name.split(".")[0] in figures]
    return "\n".join(lines)


def _core_lines(core: dict[str, Any]) -> list[str]:
    head = f"core: {core['coverages']:,} coverages of {core['members']:,} members, median of {core['repeats']}, "
    speeds = core["million_coverages_per_second"]
    return [head + "all cents agree"] + [
        f"  {name:<28}{seconds:>7.2f} s   {speeds[name]:.2f} million coverages/s, "
        f"processor {core['cpu_seconds'][name]:.2f} s"
        for name, seconds in core["seconds"].items()
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


def _verdict(figures: dict[str, Any], name: str) -> str:
    part, figure = name.split(".")
    target, direction = TARGETS[name]
    value = figures[part][figure]
    is_met = value <= target if direction == "at most" else value >= target
    verdict = "not judged on small sizes" if figures["machine"]["quick"] else "met" if is_met else "NOT met"
    return f"  {name:<16}{value:>8}   {direction} {target:g}: {verdict}"


if __name__ == "__main__":
    main()
