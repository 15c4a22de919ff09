"""The committed frozen run: families of the sample book that hold every kind of coverage, their run and its inputs.

What lives here: making the files of this folder, and putting them into a book. What does not: the test that rates them
again (`tests.test_frozen_run`).

The files are made once and then stay: they are what a later version must reproduce to the cent. Make them anew only
when a change of figures is meant, and say so in CHANGELOG.md under "Rates and rules":

    .venv/bin/python -m tests.frozen.make_frozen
"""

import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from schemas import TABLES
from services.book import Book
from services.cohort import run_cohort
from services.rating_run import rate_cohort
from services.rerate import LEVELS

FOLDER = Path(__file__).parent / "run"
SAMPLE = Path(__file__).parent.parent.parent / "samples" / "book"
NOW = datetime(2026, 11, 20, 12, 0)
RATED = ("out.rating_run", "out.run_census", "out.run_input", "out.run_part", *LEVELS.values())
"""The tables that a frozen run consists of."""

KINDS = """
SELECT m.family_id, list(DISTINCT concat_ws(' ', t.method, c.tier, c.issue, c.zero_reason, r.type, r.member_type,
    c.covered_days = c.term_days, k.contract_number)) AS kinds
FROM out.coverage_premium AS c
JOIN book.census_member AS m USING (group_census_member_id)
JOIN book.group_census AS g ON g.group_census_id = c.group_census_id
JOIN book.contract AS k USING (contract_id)
LEFT JOIN ref.rate_table AS t ON t.rate_table_id = c.rate_table_id
LEFT JOIN ref.contribution_rule AS r USING (contribution_rule_id)
GROUP BY m.family_id ORDER BY m.family_id
"""
"""What kinds of coverage each family holds: method, tier, outcome, rule, whole or part of the term, group."""

OTHERS = ("book.member_plan", "book.census_member")


def chosen_families(book: Book) -> list[str]:
    """Few families that together hold every kind of coverage: the one with most new kinds, again and again."""
    with book.read() as tx:
        open_kinds = {family: set(kinds) for family, kinds in tx.connection.execute(KINDS).fetchall()}
    chosen: list[str] = []
    missing = set().union(*open_kinds.values())
    while missing:
        best = max(sorted(open_kinds), key=lambda family: len(open_kinds[family] & missing))
        chosen.append(best)
        missing -= open_kinds[best]
    return chosen


def keep_families(book: Book, families: list[str]) -> None:
    """Leave only some families in the book."""
    with book.write() as tx, tx.lend(kept=pl.DataFrame({"family_id": families})):
        members = "SELECT group_census_member_id FROM book.census_member SEMI JOIN kept USING (family_id)"
        for table in OTHERS:
            tx.connection.execute(f"DELETE FROM {table} WHERE group_census_member_id NOT IN ({members})").fetchall()


def write_run(book: Book, run_id: str, folder: Path) -> None:
    """Write a run and what it was rated from as one Parquet file per table."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with book.read() as tx:
        for table in RATED:
            own = (
                "content_hash IN (SELECT content_hash FROM out.run_input WHERE rating_run_id = $run_id)"
                if table == "out.run_part"
                else "rating_run_id = $run_id"
            )
            found = tx.connection.sql(f"SELECT * FROM {table} WHERE {own} ORDER BY ALL", params={"run_id": run_id}).pl()
            found.write_parquet(folder / f"{table.split('.')[1]}.parquet", compression="zstd", statistics=False)


def put_run(book: Book, folder: Path = FOLDER) -> tuple[str, set[tuple[str, str]]]:
    """Put a written run into a book: its id, and every level and column that it states."""
    frames = {table: pl.read_parquet(folder / f"{table.split('.')[1]}.parquet") for table in RATED}
    with book.write() as tx:
        for table, frame in frames.items():
            with tx.lend(
                rows_of_run=frame.select(name for name in frame.columns if name in TABLES[table].column_names)
            ):
                tx.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows_of_run").fetchall()
    stated = {(level, name) for level, table in LEVELS.items() for name in (*frames[table].columns, "row")}
    return str(frames["out.rating_run"]["rating_run_id"].item()), stated


def main() -> None:
    """Make the files of the folder from the sample book."""
    with TemporaryDirectory() as folder:
        book = Book(Path(folder) / "benefits.duckdb")
        run_cohort(book, SAMPLE, cohort="sample", now=NOW)
        keep_families(book, chosen_families(book))
        outcome = rate_cohort(book, cohort="sample", now=NOW)
        write_run(book, outcome.run_id, FOLDER)
    n_bytes = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(
        f"{FOLDER}: {outcome.totals['n_members']} members, {outcome.totals['n_coverages']} coverages, {n_bytes:,} bytes"
    )


if __name__ == "__main__":
    main()
