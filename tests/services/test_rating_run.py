"""A rating run and the book it is made from: what moves meanwhile, and what is stored.

What lives here: the guard against results of a census that has changed. What does not: prices (`tests.test_golden`).
"""

from datetime import datetime
from pathlib import Path

import pytest

from services.book import Book
from services.cohort import run_cohort
from services.rating_run import rate_cohort
from services.sample_book import write_book
from tests.test_golden import GOLDEN, walked

NOW = datetime(2026, 1, 2)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """One group, loaded and rated once."""
    write_book(tmp_path / "one", groups=1, seed=5, people_per_group=15)
    made = Book(tmp_path / "benefits.duckdb")
    run_cohort(made, tmp_path / "one", cohort="one", now=NOW)
    return made


def test_a_census_that_moves_while_it_is_rated_is_rated_as_it_stands(book: Book) -> None:
    with book.read() as tx:
        before = tx.connection.execute("SELECT n_members FROM out.rating_run").fetchall()[0][0]

    def move(step: str, done: int, of: int) -> None:
        """One family leaves between the rating and the storing."""
        if (step, done) == ("store", 2):
            with book.write() as tx:
                tx.connection.execute(
                    "DELETE FROM book.member_plan WHERE group_census_member_id IN (SELECT group_census_member_id "
                    "FROM book.census_member WHERE family_id = (SELECT min(family_id) FROM book.census_member))"
                ).fetchall()
                tx.connection.execute("UPDATE book.group_census SET census_version = census_version + 1").fetchall()

    outcome = rate_cohort(book, cohort="one", now=NOW, on_progress=move)

    assert 0 < outcome.totals["n_members"] < before
    with book.read() as tx:
        rated, stands = tx.connection.execute(
            "SELECT c.census_version, g.census_version FROM out.run_census AS c "
            "JOIN book.group_census AS g USING (group_census_id) WHERE c.rating_run_id = ?",
            [outcome.run_id],
        ).fetchall()[0]
    assert rated == stands


def test_a_later_run_leaves_the_earlier_one_as_it_was(book: Book) -> None:
    def stored(run_id: str) -> list[tuple]:
        with book.read() as tx:
            return tx.connection.execute(
                "SELECT * FROM out.coverage_premium WHERE rating_run_id = ? ORDER BY ALL", [run_id]
            ).fetchall()

    first = stored("0rr000000000000001")
    assert first
    outcome = rate_cohort(book, cohort="one", now=NOW)
    assert outcome.run_id == "0rr000000000000002"
    assert stored("0rr000000000000001") == first
    with book.read() as tx:
        assert tx.connection.execute("SELECT DISTINCT rating_run_id FROM out.current_run").fetchall() == [
            (outcome.run_id,)
        ]


def test_amounts_that_wait_for_evidence_are_kept_beside_what_is_priced() -> None:
    # 300,000 chosen, 200,000 guaranteed: 100,000 wait; of a late entrant everything does, and of nobody approved or
    # declined. Jul's wait until July, and the term begins in January.
    with walked(GOLDEN / "evidence_of_insurability").read() as tx:
        found = tx.connection.execute(
            "SELECT m.first_name, p.volume_pending FROM analytics.premium_by_coverage AS p "
            "JOIN book.census_member AS m USING (group_census_member_id) "
            "WHERE p.volume_pending IS NOT NULL ORDER BY ALL"
        ).fetchall()
    assert found == [("Jul", 100_000), ("Lat", 300_000), ("Pen", 100_000)]
