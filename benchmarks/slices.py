"""A book too large to lie in memory, rated slice by slice: whole accounts with all that is theirs.

A slice is a folder of Parquet files, one per bundle of the workload. It is read, rated by the public engine and its
three levels are written back as Parquet; then it is forgotten. Families lie inside one account and offers and rules
belong to one, so that slices share nothing but the rates, and memory is that of the largest slice.
"""

import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import ours
from benchmarks.timing import peak_gib
from benchmarks.workload import Columns, Workload, make
from rating import Result

BUNDLES = tuple(field.name for field in fields(Workload))
PLAIN = {"compression": "none", "use_dictionary": False, "write_statistics": False}
"""Columns as they are: the disk is not what is measured."""


def write_book(folder: Path, n_members: int, n_slices: int) -> dict[str, Any]:
    """`n_members` people in `n_slices` slices of equal size."""
    for i in range(n_slices):
        load = make(n_members // n_slices, seed=i)
        here = folder / f"slice-{i:04}"
        here.mkdir(parents=True)
        for bundle in BUNDLES:
            pq.write_table(pa.table(getattr(load, bundle)), here / f"{bundle}.parquet", **PLAIN)
    return {"members": n_members // n_slices * n_slices}


def read_slices(folder: Path) -> Iterator[tuple[Path, Workload]]:
    """One slice after the other."""
    for here in sorted(folder.iterdir()):
        yield here, Workload(**{bundle: _read(here / f"{bundle}.parquet") for bundle in BUNDLES})


def _read(path: Path) -> Columns:
    table = pq.read_table(path, memory_map=False)
    return {name: _column(table[name]) for name in table.column_names}


def _column(column: pa.ChunkedArray) -> np.ndarray:
    found = column.to_numpy()
    return found.astype("M8[D]") if found.dtype.kind == "M" else found


def rate_book(folder: Path) -> dict[str, Any]:
    """Rate every slice of the folder and write its results beside its inputs; seconds of each part, and memory."""
    seconds = {"read": 0.0, "rate": 0.0, "write": 0.0}
    n_coverages, prorated_cents, n_members = 0, 0, 0
    began = time.perf_counter()
    for here, load in read_slices(folder):
        batch = ours.prepare(load)
        read = time.perf_counter()
        result = ours.run(batch)
        rated = time.perf_counter()
        _write(here, result)
        ended = time.perf_counter()
        n_coverages += load.n_coverages
        n_members += load.members["account"].size
        prorated_cents += int(result.prorated_cents.sum())
        for part, length in (("read", read - began), ("rate", rated - read), ("write", ended - rated)):
            seconds[part] += length
        began = time.perf_counter()
    pa.default_memory_pool().release_unused()
    return {
        "members": n_members,
        "coverages": n_coverages,
        "prorated_cents": prorated_cents,
        "seconds": {part: round(length, 2) for part, length in seconds.items()},
        "peak_gib": peak_gib(),
    }


def _write(here: Path, result: Result) -> None:
    levels: dict[str, Columns] = {"coverage": {}, "plan": {}, "member": {}}
    for field in fields(result):
        level, _, rest = field.name.partition("_")
        column = getattr(result, field.name)
        if level in ("plan", "member"):
            levels[level][rest] = column
        elif isinstance(column, np.ndarray):  # a book without split terms has no pieces
            levels["coverage"][field.name] = column
    for level, columns in levels.items():
        pq.write_table(pa.table(columns), here / f"{level}-premium.parquet", **PLAIN)
