"""A small group, loaded and rated once, for the tests of kept inputs; copied for each test.

What lives here: the making of it and short ways to look. What does not: what is expected.
"""

import io
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from services.book import Book
from services.cohort import run_cohort
from services.sample_book import write_book
from tests.made_once import empty_book, made_once
from tests.open_book import OpenBook

NOW = datetime(2026, 1, 2)
RUN = "0rr000000000000001"


def _make(folder: Path) -> None:
    write_book(folder / "one", groups=1, seed=5, people_per_group=15)
    run_cohort(empty_book(folder / "benefits.duckdb"), folder / "one", cohort="one", now=NOW)


def a_book(folder: Path) -> Book:
    """A copy of the book: one census, one run."""
    return OpenBook(shutil.copy(made_once("one-group", _make) / "benefits.duckdb", folder))


def rows(book: Book, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with book.read() as tx:
        return tx.connection.execute(query).fetchall()


def change(book: Book, *statements: str) -> None:
    """Change the book behind the services' back."""
    with book.write() as tx:
        for sql in statements:
            tx.connection.execute(sql).fetchall()


def kept_frames(book: Book) -> dict[str, list[pl.DataFrame]]:
    """Every kept slice under the name of its part."""
    found: dict[str, list[pl.DataFrame]] = {}
    for part, payload in rows(
        book, "SELECT DISTINCT part, payload FROM out.run_input JOIN out.run_part USING (content_hash)"
    ):
        found.setdefault(part, []).append(pl.read_parquet(io.BytesIO(payload)))
    return found
