"""The rival: the common workload as SQL in DuckDB, its inputs in memory as DuckDB's own tables."""

import re
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks import THREADS
from benchmarks.workload import Columns, Workload
from rating.codes import Issue, ZeroReason

CODES = {
    "outside_term": Issue.OUTSIDE_TERM,
    "no_birth_date": Issue.BIRTH_DATE_REQUIRED,
    "no_rate": Issue.NO_RATE,
    "part_unrated": Issue.PART_UNRATED,
    "below_half_cent": ZeroReason.BELOW_HALF_CENT,
}
STEPS = ("offer_version", "ladder", "coverages", "plans", "members")


def statements(path: Path) -> dict[str, str]:
    """Named statements of a file."""
    parts = re.split(r"^-- name:\s*(\w+)\s*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


SQL = statements(Path(__file__).with_name("core.sql"))


def prepare(load: Workload) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds the workload; every row carries its position."""
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute("SET enable_progress_bar = false")
    for name, code in CODES.items():
        connection.execute(f"SET VARIABLE {name} = CAST({int(code)} AS TINYINT)")
    n = load.members["account"].size
    is_dependent = load.members["primary_row"] != np.arange(n)
    tables: dict[str, Columns] = {
        "members": load.members | {"member_row": np.arange(n, dtype=np.int32), "is_dependent": is_dependent},
        "coverages": load.coverages | {"coverage_row": np.arange(load.n_coverages, dtype=np.int32)},
        "offers": load.offers | {"offer_row": np.arange(load.offers["root"].size, dtype=np.int32)},
        "rates": load.rates,
        "area_factors": load.area_factors,
        "rules": load.rules | {"rule_row": np.arange(load.rules["account"].size, dtype=np.int32)},
    }
    for name, columns in tables.items():
        connection.register("lent", pa.table(columns))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM lent").fetchall()
        connection.unregister("lent")
    return connection


def run(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The work that is measured."""
    for step in STEPS:
        connection.execute(SQL[step]).fetchall()
    return connection


def results(connection: duckdb.DuckDBPyConnection, level: str) -> Columns:
    """Columns of one level in the order of the workload; minus one where there is none."""
    key = f"{level}_row" if level == "coverage" else level
    relation = connection.sql(f"SELECT * FROM {level}_result ORDER BY {key}")
    return {name: np.ma.filled(column, -1) for name, column in relation.fetchnumpy().items()}
