"""The gathering, the core and the storing against the oracle, on random books of odd terms and odd tables.

What lives here: the comparison, seed by seed, for a current run, a run at a later date and a renewal. What does not:
the books (`tests.random_book`), the oracle (`tests.oracle`), tidy cases worked by hand (`tests.test_golden`).
"""

import os
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from services.book import Book
from services.rating_run import rate_cohort
from tests.made_once import empty_book
from tests.open_book import OpenBook
from tests.random_book import NOW, fill
from tests.test_golden import disagreements

SEEDS = range(int(os.environ.get("RANDOM_BOOKS", "12")))
"""A dozen books in every run of the tests; `make soak` asks for more."""
DATES = {"start": None, "later": date(2026, 2, 20), "renewal": date(2028, 6, 17)}


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, list[str]]]:
    """A random book, rated at three dates in turn, and its censuses."""
    book = OpenBook(empty_book(tmp_path_factory.mktemp("random") / "benefits.duckdb").path, stays_open=True)
    with book.write() as tx:
        censuses = fill(tx.connection, request.param)
    yield book, censuses
    book.drop()


@pytest.mark.parametrize("rating_date", DATES.values(), ids=list(DATES))
def test_the_book_agrees_with_the_oracle_to_the_cent(made: tuple[Book, list[str]], rating_date: date | None) -> None:
    book, censuses = made
    run = rate_cohort(book, census_ids=censuses, rating_date=rating_date, now=NOW)
    assert run.kind == ("renewal" if rating_date == DATES["renewal"] else "current")
    with book.read() as tx:
        apart = disagreements(tx.connection, run.kind)
        odd = odd_spans(tx.connection, run.run_id)
    assert odd == []
    assert not apart, "\n".join(f"{key}: {what}" for key, what in list(apart.items())[:10])


def odd_spans(con: duckdb.DuckDBPyConnection, run_id: str) -> list[tuple[object, ...]]:
    """Coverages of a run whose span leaves the term, or is not as long as their covered days, none included."""
    return con.execute(
        """
        SELECT p.covered_from, p.covered_to, p.covered_days, c.term_start, c.term_end
        FROM out.coverage_premium AS p JOIN out.run_census AS c USING (rating_run_id, group_census_id)
        WHERE p.rating_run_id = $run_id
            AND (p.covered_days <> p.covered_to - p.covered_from + 1
                OR p.covered_from NOT BETWEEN c.term_start AND c.term_end + 1
                OR p.covered_to NOT BETWEEN c.term_start - 1 AND c.term_end)
        """,
        {"run_id": run_id},
    ).fetchall()
