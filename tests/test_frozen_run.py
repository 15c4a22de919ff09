"""One committed frozen run, rated again by every release: the figures of the past stand to the cent.

What lives here: the promise about the past. What does not: making the run (`tests.frozen.make_frozen`).
"""

from pathlib import Path

import polars as pl

from services.book import Book
from services.frozen import load
from services.rerate import rerate
from tests.frozen.make_frozen import FOLDER, put_run


def test_the_frozen_run_comes_out_again_to_the_cent(book: Book) -> None:
    run_id, stated = put_run(book)
    made = rerate(book, run_id)
    moved = [row for row in made.counts.rows() if row[:2] in stated]  # a column of later versions is no difference
    assert moved == [], made.differences
    assert made.n_rows["coverage"] > 100 and made.n_rows["member"] >= 24


def test_a_frozen_cent_that_moved_would_be_found(book: Book) -> None:
    run_id, _ = put_run(book)
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE out.coverage_premium SET prorated_cents = prorated_cents + 1 "
            "WHERE rowid = (SELECT min(rowid) FROM out.coverage_premium)"
        ).fetchall()
    assert ("coverage", "prorated_cents", 1) in rerate(book, run_id).counts.rows()


def test_the_frozen_run_is_worth_keeping(book: Book) -> None:
    run_id, _ = put_run(book)
    with book.read() as tx:
        inputs = load(tx, run_id)
        outcomes = tx.connection.execute("SELECT DISTINCT issue, zero_reason FROM out.coverage_premium").fetchall()
    methods = set(inputs.tables["method"]) - {"factor"}
    assert len(methods) >= 16, methods
    assert len(outcomes) >= 4
    assert inputs.rules.select(pl.col("type").n_unique()).item() >= 2


def test_the_frozen_run_is_small() -> None:
    assert 0 < sum(path.stat().st_size for path in Path(FOLDER).iterdir()) < 300_000
