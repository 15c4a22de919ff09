"""What the shelf's tests share: rows to sheets, a load that is rolled back, and what a book holds."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from services.book import Book, Transaction
from services.shelf.load import ShelfOutcome, load_shelf
from services.shelf.sheets import Sheets, read_shelf

NOW = datetime.fromisoformat("2026-11-20T12:00:00")
LATER = datetime.fromisoformat("2026-11-21T09:30:00")
Rows = Mapping[str, Sequence[Mapping[str, str]]]

TABLES = (
    *(
        "book.account",
        "book.group_class",
        "book.product",
        "book.contract",
        "book.contract_plan",
        "book.contract_plan_class",
    ),
    *("book.contract_plan_attribute", "book.group_census", "ref.rate_table", "ref.rate_table_plan", "ref.rate_cell"),
    *("ref.contribution_rule", "ref.rating_area", "ref.configuration_rule"),
)


class UndoError(Exception):
    """Makes a transaction roll back."""


def written(folder: Path, rows: Rows) -> Path:
    """A folder of CSV sheets with the rows given; headings are the keys of all rows of a sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, listed in rows.items():
        heads = list(dict.fromkeys(key for row in listed for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, heads)
            out.writeheader()
            out.writerows(listed)
    return folder


def sheets(folder: Path, rows: Rows) -> Sheets:
    return read_shelf(written(folder, rows))


def load(book: Book, stated: Sheets, *, now: datetime = NOW, **options: Any) -> ShelfOutcome:
    with book.write() as tx:
        return load_shelf(tx, stated, now=now, **options)


def tried(book: Book, stated: Sheets, **options: Any) -> ShelfOutcome:
    """The outcome of a load that leaves no trace."""
    outcome: list[ShelfOutcome] = []
    try:
        with book.write() as tx:
            outcome.append(load_shelf(tx, stated, now=NOW, **options))
            raise UndoError
    except UndoError:
        return outcome[0]


def held(tx: Transaction) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the shelf."""
    return {name: tx.connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}


def contents(book: Book) -> dict[str, list[tuple[Any, ...]]]:
    with book.read() as tx:
        return held(tx)


def asked(book: Book, sql: str) -> list[tuple[Any, ...]]:
    with book.read() as tx:
        return tx.connection.execute(sql).fetchall()


def codes(outcome: ShelfOutcome) -> list[tuple[str, int | None, str, str | None]]:
    """Sheet, row, code and column of each issue."""
    return outcome.issues.select("sheet", "row_number", "code", "column_name").rows()


def errors(outcome: ShelfOutcome) -> pl.DataFrame:
    return outcome.issues.filter(pl.col("severity") == "error")
