"""`benefits bill` and `benefits adjust`: booked, booked once, and limits said in a sentence."""

from services.book import Book
from tests.pipelines.conftest import Typed


def one(book: Book, sql: str) -> int:
    """The number that a statement answers."""
    with book.read() as tx:
        return int(tx.connection.execute(sql).fetchall()[0][0] or 0)


def test_billing_the_whole_term_books_every_premium_to_the_cent(typed: Typed, finished_book: Book) -> None:
    code, said, complained = typed("bill", "--through", "2099-01-01")
    assert code == 0, complained
    assert "Booked as 0rb000000000000001" in said
    owed = one(
        finished_book,
        """SELECT sum(prorated_cents) FROM out.coverage_premium AS c
        JOIN out.current_run AS r USING (rating_run_id, group_census_id) WHERE r.kind = 'current'""",
    )
    assert one(finished_book, "SELECT sum(difference_cents) FROM out.billed_charge") == owed > 0
    assert typed("bill", "--through", "2099-01-01")[1].startswith("Nothing to bill")


def test_rating_again_without_a_change_leaves_nothing_to_adjust(typed: Typed, finished_book: Book) -> None:
    assert typed("bill", "--through", "2099-01-01")[0] == 0
    assert typed("rate", "--no-publish")[0] == 0
    code, said, complained = typed("adjust")
    assert code == 0, complained
    assert said.strip() == "Nothing to adjust within the limits."


def test_a_change_is_booked_once_and_its_limit_is_said(typed: Typed, finished_book: Book) -> None:
    assert typed("bill", "--through", "2099-01-01")[0] == 0
    with finished_book.write() as tx:  # one priced coverage ends with its first day
        tx.connection.execute(
            """UPDATE out.coverage_premium SET covered_to = covered_from, covered_days = 1, prorated_cents = 0
            WHERE (group_census_member_id, contract_plan_id) = (
                SELECT (group_census_member_id, contract_plan_id) FROM out.billed_charge ORDER BY line LIMIT 1)"""
        ).fetchall()
    code, said, complained = typed("adjust", "--as-of", "2199-01-01")
    assert code == 0, complained
    assert "Nothing to adjust within the limits." in said
    assert "Reaching further back than the limits, to take effect there: 12 changes; " in said
    code, said, complained = typed("adjust", "--credit-days", 100_000)
    assert code == 0, complained
    assert "Booked as 0rb" in said
    assert "0.00 dollars added" in said
    assert one(finished_book, "SELECT sum(difference_cents) FROM out.billed_charge WHERE reason <> 'BILLED'") < 0
    assert typed("adjust", "--credit-days", 100_000)[1].strip() == "Nothing to adjust within the limits."


def test_a_limit_beyond_the_calendar_is_refused_and_books_nothing(typed: Typed, finished_book: Book) -> None:
    """The calendar begins with the year 1: no day lies ten digits of days back, nor sixty days before its first."""
    assert typed("bill", "--through", "2026-01-01")[0] == 0
    for options in (("--credit-days", 9_999_999_999), ("--added-days", 10**20), ("--as-of", "0001-01-01")):
        code, _, complained = typed("adjust", *options)
        assert code == 1, complained
        assert "reaches back beyond the first day of the calendar. State fewer days." in " ".join(complained.split())
    assert one(finished_book, "SELECT count(*) FROM out.billed_charge WHERE reason <> 'BILLED'") == 0


def test_a_day_that_is_none_is_refused(typed: Typed, finished_book: Book) -> None:
    code, _, complained = typed("bill", "--through", "soon")
    assert code == 2
    assert "soon is no date" in complained
