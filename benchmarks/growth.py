"""How the core grows: time per coverage of a book a hundred times as large, and memory of a very large one.

Time is that of the public engine on a book in memory, each size in a process of its own. Memory is the greatest
resident memory of a process that rates ten million people slice by slice (`benchmarks.slices`), everything counted:
interpreter, libraries, inputs and results.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import ours, slices
from benchmarks.timing import in_process, peak_gib, timed
from benchmarks.workload import make

COVERAGES_PER_MEMBER = 4


def measure(small: int, large: int, people: int, n_slices: int, repeats: int) -> dict[str, Any]:
    """Nanoseconds per coverage at `small` and `large` coverages in turn, and the memory of `people`."""
    sizes: dict[int, list[dict[str, Any]]] = {small: [], large: []}
    for _ in range(repeats):
        for size, found in sizes.items():
            # The small book is rated as often as fits into the time of the large one, and no less than three times.
            times = 3 if size == large else max(3, min(30, large // size))
            found.append(in_process("benchmarks.growth", "memory", str(size), str(times)))
    ns = {size: median(each["ns_per_coverage"] for each in found) for size, found in sizes.items()}
    with tempfile.TemporaryDirectory(prefix="benefits-bench-") as folder:
        in_process("benchmarks.growth", "write", str(people), str(n_slices), folder)
        book = in_process("benchmarks.growth", "slices", folder)
    return {
        "ns_per_coverage": {f"{size:,}": round(each, 2) for size, each in ns.items()},
        "peak_gib_in_memory": {
            f"{size:,}": round(max(e["peak_gib"] for e in found), 2) for size, found in sizes.items()
        },
        "sliced": book | {"slices": n_slices, "peak_gib": round(book["peak_gib"], 2)},
        "growth_100k_to_10m": round(ns[large] / ns[small], 3),
        "peak_gib_10m_people": round(book["peak_gib"], 2),
    }


def in_memory(n_coverages: str, repeats: str) -> dict[str, Any]:
    """Median time per coverage of a book that lies in memory."""
    load = make(int(n_coverages) // COVERAGES_PER_MEMBER)
    batch, n = ours.prepare(load), load.n_coverages
    del load
    ours.run(batch)
    seconds = median(timed(lambda: ours.run(batch))[0] for _ in range(int(repeats)))
    return {"ns_per_coverage": seconds / n * 1e9, "peak_gib": peak_gib()}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "memory": in_memory,
    "write": lambda people, n_slices, folder: slices.write_book(Path(folder), int(people), int(n_slices)),
    "slices": lambda folder: slices.rate_book(Path(folder)),
}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
