"""Count what core and oracle compare: `python -m tests.soak [COVERAGES]`, ten million unless said otherwise.

What lives here: the worlds shared out over two processes, the comparison of every amount, jobs that die at thirty
points each, and the figures printed at the end. What does not: the drawing, the formula and the dying
(`tests.crashes`). Ends with 1 if a single cent differs, or a crash leaves a trace.
"""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import rating
from tests import crashes
from tests.made_once import shared_folder
from tests.soak.drawing import World
from tests.soak.formula import Nearness, shares

AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
PER_WORLD, BLOCKS, PROCESSES = 100_000, 40, 2
SHOWN = 5
SEEDS = 30
"""Points at which each kind of job dies."""


def compare(number: int, size: int) -> tuple[Nearness, int, list[str]]:
    """One world: how near its coverages lay to half cents, how many differ, and the first few of those."""
    world = World(np.random.default_rng([20_261_125, number]), size)
    world.draw(BLOCKS)
    result = rating.rate(world.batch(), world.rates(), threads=1)
    nearness = Nearness()
    oracle = np.array(shares(world.whole_numbers(), nearness), np.int64)
    core = np.stack([getattr(result, name) for name in AMOUNTS], axis=1)
    differ = np.flatnonzero((core != oracle).any(axis=1) | (result.issue != 0))
    said = [
        f"world {number}, coverage {row}: issue {result.issue[row]}, core {core[row].tolist()}, "
        f"oracle {oracle[row].tolist()}"
        for row in differ[:SHOWN].tolist()
    ]
    return nearness, differ.size, said


def soak(n: int) -> int:
    """Compare n coverages; the number that differ."""
    began = time.monotonic()
    sizes = [PER_WORLD] * (n // PER_WORLD) + ([n % PER_WORLD] if n % PER_WORLD else [])
    total, differ = Nearness(), 0
    with ProcessPoolExecutor(PROCESSES) as pool:
        for nearness, wrong, said in pool.map(compare, range(len(sizes)), sizes):
            total.on += nearness.on
            total.beside += nearness.beside
            total.compared += nearness.compared
            differ += wrong
            if differ <= SHOWN * PROCESSES:
                print(*said, sep="\n", end="\n" if said else "")
    print(
        f"{total.compared:,} coverages compared with the oracle, five amounts each, in {time.monotonic() - began:.0f} s"
    )
    print(f"{total.on:,} lay exactly on a half cent, {total.beside:,} within a hundredth of a cent of one")
    print(f"{differ:,} coverages differ")
    return differ


def crash_jobs(seeds: Sequence[int]) -> int:
    """Let every kind of job die at the points that these seeds draw; how many left a trace."""
    began, n_deaths, n_traces = time.monotonic(), 0, 0
    with shared_folder(), TemporaryDirectory() as folder:
        for name in crashes.KINDS:
            for seed in seeds:
                try:
                    n_deaths += len(crashes.crash(name, seed, Path(folder)))
                except AssertionError as fault:
                    n_traces += 1
                    print(fault)
    n_jobs, seconds = len(crashes.KINDS) * len(seeds), time.monotonic() - began
    print(f"{n_jobs} jobs died {n_deaths} times and were ended, in {seconds:.0f} s; {n_traces} left a trace")
    return n_traces


if __name__ == "__main__":
    n_differ = soak(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
    sys.exit(1 if n_differ + crash_jobs(range(1, SEEDS + 1)) else 0)
