"""Seconds of one call and of several engines in turn, and memory of a process. What does not live here: any engine."""

import gc
import importlib
import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

Times = dict[str, tuple[float, float]]
"""Median seconds of each engine, by the clock and of all processors."""


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call, by the clock and of all processors; garbage of earlier calls is collected before."""
    gc.collect()
    cpu, began = time.process_time(), time.perf_counter()
    answer = work()
    seconds = time.perf_counter() - began, time.process_time() - cpu
    del answer
    return seconds


def in_turn(engines: Mapping[str, Callable[[], object]], repeats: int) -> Times:
    """Every engine once, then every engine again: what the machine does meanwhile falls on all of them."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    for _ in range(repeats):
        for name, work in engines.items():
            found[name].append(timed(work))
    return medians(found)


def medians(found: Mapping[str, list[tuple[float, float]]]) -> Times:
    """The median of some calls of each engine."""
    return {name: (median(wall for wall, _ in each), median(cpu for _, cpu in each)) for name, each in found.items()}


def engine(module: str, package: str) -> ModuleType | None:
    """A rival, or None where its package is not installed."""
    if importlib.util.find_spec(package) is None:
        return None
    return importlib.import_module(f"benchmarks.{module}")


def peak_gib() -> float:
    """Greatest resident memory of this process.

    `ru_maxrss` starts at that of the process that started this one, so Linux's own mark is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        marks = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(next(marks).split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def in_process(module: str, *words: str) -> dict[str, Any]:
    """Run one step of a module in a fresh interpreter; its last line is what it found, as JSON."""
    made = subprocess.run([sys.executable, "-m", module, *words], check=False, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"{module} {words[0]} failed:\n{made.stderr}")
    return json.loads(made.stdout.splitlines()[-1])
