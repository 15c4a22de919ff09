"""The road beside its floor: a thousand census files loaded, validated, rated and stored as one cohort in one run.

The road runs in a process of its own, in a new book that holds the shelf only; measured are `load_cohort` and
`rate_cohort` with their commits, and the greatest memory of the process. The floor is DuckDB reading the same files
into a table on disk and writing as many rows of the same columns as the road stored, from memory, commit and close
included. Both are timed in turn, without the start of the interpreter.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.duck import statements
from benchmarks.timing import in_process, peak_gib
from schemas import SCHEMAS, TABLES
from services.book import Book
from services.cohort import load_cohort
from services.cohort_files import read_cohort_folder
from services.rating_run import rate_cohort
from services.sample_book import write_book
from services.shelf.load import load_shelf
from services.shelf.sheets import read_shelf

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).replace(tzinfo=None)
COHORT = "bench"
SQL = statements(Path(__file__).with_name("floor.sql"))

IS_READ = "raw.census_row"
"""The lines as they landed: the floor writes them when it reads the files."""


def measure(groups: int, people_per_group: int, repeats: int) -> dict[str, Any]:
    """Median seconds of road and floor, their ratio, and the road's peak memory."""
    with tempfile.TemporaryDirectory(prefix="benefits-bench-") as name:
        folder = Path(name)
        write_book(folder / "book", groups=groups, seed=1, people_per_group=people_per_group)
        in_process("benchmarks.road", "prepare", name)
        roads, floors = [], []
        for _ in range(repeats):
            roads.append(in_process("benchmarks.road", "road", name))
            floors.append(in_process("benchmarks.road", "floor", name))
    _refuse_unequal(roads, floors)
    road, floor = median(r["seconds"] for r in roads), median(f["seconds"] for f in floors)
    return {
        "files": groups,
        "people": roads[0]["people"],
        "coverages": roads[0]["coverages"],
        "repeats": repeats,
        "rows_stored": sum(roads[0]["rows"].values()),
        "seconds": {"road": round(road, 3), "floor": round(floor, 3)},
        "cpu_seconds": {
            "road": round(median(r["cpu_seconds"] for r in roads), 3),
            "floor": round(median(f["cpu_seconds"] for f in floors), 3),
        },
        "parts": {part: round(median(r[part] for r in roads), 3) for part in ("load_seconds", "rate_seconds")}
        | {part: round(median(f[part] for f in floors), 3) for part in ("read_seconds", "write_seconds")},
        "vs_floor": round(road / floor, 2),
        "peak_gib": round(max(r["peak_gib"] for r in roads), 2),
    }


def _refuse_unequal(roads: list[dict[str, Any]], floors: list[dict[str, Any]]) -> None:
    """Every repetition must have stored the same rows, and the floor as many as the road."""
    rows = [r["rows"] for r in roads]
    written = {name: n for name, n in rows[0].items() if n and name != IS_READ}
    if any(r != rows[0] for r in rows) or any(f["rows"] != written or f["landed"] != rows[0][IS_READ] for f in floors):
        raise SystemExit("The road and its floor did not handle the same rows.")
    if not rows[0]["out.coverage_premium"]:
        raise SystemExit("The road rated nothing.")


def prepare(folder: Path) -> dict[str, Any]:
    """A new book with the shelf in it."""
    book = Book(folder / "shelf.duckdb")
    book.create(NOW)
    with book.write() as tx:
        outcome = load_shelf(tx, read_shelf(folder / "book" / "shelf"), now=NOW)
    return {"refused": outcome.n_refused}


def road(folder: Path) -> dict[str, Any]:
    """Files to stored premiums, timed, and the rows of every table written on the way."""
    path = folder / "road.duckdb"
    path.unlink(missing_ok=True)
    shutil.copyfile(folder / "shelf.duckdb", path)
    book = Book(path)
    before = _row_counts(path)
    cpu, began = time.process_time(), time.perf_counter()
    requests = read_cohort_folder(folder / "book")
    load_cohort(book, cohort=COHORT, requests=requests, now=NOW)
    loaded = time.perf_counter()
    outcome = rate_cohort(book, cohort=COHORT, now=NOW)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    after = _row_counts(path)
    return {
        "seconds": ended - began,
        "cpu_seconds": cpu_ended - cpu,
        "load_seconds": loaded - began,
        "rate_seconds": ended - loaded,
        "peak_gib": peak_gib(),
        "people": after["book.census_member"],
        "coverages": outcome.totals["n_coverages"],
        "rows": {name: after[name] - before[name] for name in after},
    }


def floor(folder: Path) -> dict[str, Any]:
    """Read the same files into a table on disk and write the road's rows from memory, timed."""
    path = folder / "floor.duckdb"
    path.unlink(missing_ok=True)
    rows = _rows_of_road(folder)
    files = sorted(str(path) for path in (folder / "book" / "censuses").iterdir())
    cpu, began = time.process_time(), time.perf_counter()
    with duckdb.connect(str(path)) as connection:
        connection.execute("BEGIN")
        connection.execute(SQL["read_files"], {"files": files}).fetchall()
        connection.execute("COMMIT")
    read = time.perf_counter()
    with duckdb.connect(str(path)) as connection:
        connection.execute("BEGIN")
        for name in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {name}")
        for name, table in rows.items():
            connection.execute(TABLES[name].create_sql())
            connection.register("lent", table)
            connection.execute(f"INSERT INTO {name} SELECT * FROM lent").fetchall()
            connection.unregister("lent")
        connection.execute("COMMIT")
    ended, cpu_ended = time.perf_counter(), time.process_time()
    with duckdb.connect(str(path), read_only=True) as connection:
        landed = connection.execute(SQL["n_landed"]).fetchall()[0][0]
    return {
        "seconds": ended - began,
        "cpu_seconds": cpu_ended - cpu,
        "read_seconds": read - began,
        "write_seconds": ended - read,
        "landed": landed,
        "rows": {name: table.num_rows for name, table in rows.items()},
    }


def _row_counts(path: Path) -> dict[str, int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in TABLES}


def _rows_of_road(folder: Path) -> dict[str, Any]:
    """The rows the road added, as Arrow tables in memory, but for the landed lines."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{folder / 'road.duckdb'}' AS road (READ_ONLY)")
        connection.execute(f"ATTACH '{folder / 'shelf.duckdb'}' AS shelf (READ_ONLY)")
        for name in TABLES:
            if name != IS_READ:
                skip = connection.execute(f"SELECT count(*) FROM shelf.{name}").fetchall()[0][0]
                table = connection.sql(f"SELECT * FROM road.{name}").to_arrow_table().slice(skip)
                if table.num_rows:
                    found[name] = table
    return found


STEPS: dict[str, Callable[[Path], dict[str, Any]]] = {"prepare": prepare, "road": road, "floor": floor}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]))))
