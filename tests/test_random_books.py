"""The gathering, the core and the storing against the oracle, on random books of odd terms and odd tables.

What lives here: the comparison, seed by seed, for a current run, a run at a later date and a renewal. What does not:
the books (`tests.random_book`), the oracle (`tests.oracle`), tidy cases worked by hand (`tests.test_golden`).
"""

from datetime import date
from pathlib import Path

import pytest

from services.book import Book
from services.rating_run import rate_cohort
from tests.random_book import NOW, fill
from tests.test_golden import disagreements

SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rating_date", [None, date(2026, 2, 20), date(2028, 6, 17)], ids=["start", "later", "renewal"])
def test_the_book_agrees_with_the_oracle_to_the_cent(seed: int, rating_date: date | None, tmp_path: Path) -> None:
    book = Book(tmp_path / "benefits.duckdb")
    book.create(NOW)
    with book.write() as tx:
        censuses = fill(tx.connection, seed)
    made = rate_cohort(book, census_ids=censuses, rating_date=rating_date, now=NOW)
    assert made.kind == ("renewal" if rating_date and rating_date.year == 2028 else "current")
    with book.read() as tx:
        apart = disagreements(tx.connection, made.kind)
    assert not apart, "\n".join(f"{key}: {what}" for key, what in list(apart.items())[:10])
