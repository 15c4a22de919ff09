"""The ledger: what was billed, what a later run makes of it, and how far back that may reach.

The book holds one census whose term is 2026. A run is a list of coverages put straight into the tables, so the
amounts are those of the documents or of arithmetic: 100.00 a month is 3.2258... a day of March.
"""

from dataclasses import astuple
from datetime import date, datetime
from typing import Any

import pytest

from services import settings
from services.adjustments import LookBack, adjust, bill, limits_of
from services.book import Book
from services.refusals import Malformed, NotFound
from tests.analyst_book import put

NOW = datetime(2026, 6, 1, 9, 0)
CENSUS, ANN, BOB = "0rf000000000000001", "0r6000000000000001", "0r6000000000000002"
PLAN, PLAN_OF_VERSION = "0rg000000000000001", "0rg000000000000002"
UNLIMITED = LookBack(10_000, 10_000)


@pytest.fixture
def book(book: Book) -> Book:
    """A census with a plan prorated by days of the month, and no run."""
    put(book, "book.contract_plan", {"contract_plan_id": PLAN, "root_plan_id": PLAN, "proration_method": "DAILY_MONTH"})
    return book


def run(book: Book, number: int, *covers: dict[str, Any], term: tuple[str, str] = ("2026-01-01", "2026-12-31")) -> str:
    """A rating run of the census, pointed at; covers state what differs from a whole year at 100.00 a month."""
    run_id = f"0rr{number:015d}"
    start, end = map(date.fromisoformat, term)
    put(
        book,
        "out.run_census",
        {"rating_run_id": run_id, "group_census_id": CENSUS, "term_start": start, "term_end": end},
    )
    whole = {
        "rating_run_id": run_id,
        "group_census_id": CENSUS,
        "group_census_member_id": ANN,
        "root_plan_id": PLAN,
        "contract_plan_id": PLAN,
        "covered_from": start,
        "covered_to": end,
        "covered_days": 365,
        "prorated_cents": 120_000,
        "age": 40,
    }
    if covers:
        put(book, "out.coverage_premium", *(whole | cover for cover in covers))
    with book.write() as tx:
        tx.connection.execute(
            "INSERT OR REPLACE INTO out.current_run VALUES (?, 'current', ?)", [CENSUS, run_id]
        ).fetchall()
    return run_id


def billed(book: Book, through: str) -> tuple[str | None, int, int]:
    """Bill, and say the booking, its charges and cents."""
    with book.write() as tx:
        made = bill(tx, date.fromisoformat(through), NOW)
    return made.billing_id, made.n_charges, made.cents


def adjusted(book: Book, as_of: str = "2026-06-01", look_back: LookBack = UNLIMITED) -> tuple[int, int, int, int, int]:
    """Adjust, and say entries, cents added and credited, changes limited and amounts held."""
    with book.write() as tx:
        made = adjust(tx, date.fromisoformat(as_of), NOW, look_back)
    entries, added, credited = astuple(made)[1:4]
    return entries, added, credited, made.n_limited, made.n_held


def ledger(book: Book) -> list[tuple]:
    """Member, period, old, new, difference and reason of every row, in the order of booking."""
    with book.read() as tx:
        return tx.connection.execute(
            """SELECT group_census_member_id, CAST(period_from AS VARCHAR), old_cents, new_cents, difference_cents,
                reason
            FROM out.billed_charge ORDER BY billing_id, line"""
        ).fetchall()


def sums(book: Book, member: str = ANN) -> dict[str, int]:
    """What the rows of each period come to."""
    with book.read() as tx:
        return dict(
            tx.connection.execute(
                """SELECT CAST(period_from AS VARCHAR), CAST(sum(difference_cents) AS BIGINT) FROM out.billed_charge
                WHERE group_census_member_id = ? GROUP BY ALL ORDER BY ALL""",
                [member],
            ).fetchall()
        )


ENDED_31_MARCH = {"covered_to": date(2026, 3, 31), "covered_days": 90, "prorated_cents": 30_000}
ENDED_9_MARCH = {"covered_to": date(2026, 3, 9), "covered_days": 68, "prorated_cents": 22_903}  # 2 9/31 months
STARTED_16_MARCH = {"covered_from": date(2026, 3, 16), "covered_days": 291, "prorated_cents": 95_161}  # 9 16/31


@pytest.mark.rule("PR-29", "PR-33", "PR-34")
def test_a_term_that_was_shortened_gives_back_what_was_billed_beyond_its_end(book: Book) -> None:
    """An endorsement, or a group that leaves, ends the contract in mid-May: half of May, June and July go back."""
    run(book, 1, {})
    billed(book, "2026-07-31")
    short = ("2026-01-01", "2026-05-15")
    run(book, 2, {"covered_days": 135, "prorated_cents": 44_839}, term=short)  # 4 15/31 months of 100.00
    assert adjusted(book, "2026-08-10") == (3, 0, -25_161, 0, 0)
    assert ledger(book)[-3:] == [
        (ANN, "2026-05-01", 10_000, 4_839, -5_161, "TERMINATION"),
        (ANN, "2026-06-01", 10_000, 0, -10_000, "TERMINATION"),
        (ANN, "2026-07-01", 10_000, 0, -10_000, "TERMINATION"),
    ]
    assert adjusted(book, "2026-08-10") == (0, 0, 0, 0, 0)
    assert billed(book, "2026-08-31")[0] is None  # the term is over: nothing begins in August
    run(book, 3, {})  # the end was a mistake
    assert adjusted(book, "2026-08-10") == (3, 25_161, 0, 0, 0)
    assert billed(book, "2026-08-31")[1:] == (1, 10_000)


@pytest.mark.rule("PR-29", "PR-30", "PR-33")
@pytest.mark.parametrize(
    ("days", "told"),
    [
        (41, (6, 0, -13_973, 0, 0)),  # the limit is 21 May, the first day without cover
        (40, (2, 0, -13_281, 5, 0)),  # 22 May: of May 10 of 11 days, 36.09 x 10/11 = 32.81, of June 100.00
    ],
)
def test_a_change_within_the_limit_is_owed_in_full_in_the_months_before_it_too(
    book: Book, days: int, told: tuple[int, ...]
) -> None:
    """1,200.00 by the days of the year: to 20 May 460.27 (140/365), of which each month of the 4 20/31 is 99.09."""
    with book.write() as tx:
        tx.connection.execute("UPDATE book.contract_plan SET proration_method = 'DAILY_TERM'").fetchall()
    run(book, 1, {"standard_cents": 120_000})
    billed(book, "2026-06-30")
    ended = {"covered_to": date(2026, 5, 20), "covered_days": 140, "prorated_cents": 46_027, "standard_cents": 120_000}
    run(book, 2, ended)
    assert adjusted(book, "2026-07-01", LookBack(days, days)) == told
    whole = {f"2026-0{month}-01": 10_000 for month in (1, 2, 3, 4)}
    if days == 41:
        assert sums(book) == dict.fromkeys(whole, 9_909) | {"2026-05-01": 6_391, "2026-06-01": 0}
    else:
        assert sums(book) == whole | {"2026-05-01": 10_000 - 3_281, "2026-06-01": 0}
    assert adjusted(book, "2026-07-01", LookBack(days, days))[:3] == (0, 0, 0)


@pytest.mark.rule("PR-30")
def test_a_price_that_changes_within_the_term_counts_from_its_day(book: Book) -> None:
    """From 11 May a dearer tier, 155.00 a month for 100.00: a limit of that day cuts nothing. Where the whole year is
    dearer, what lies before the limit stays as it was.
    """
    run(book, 1, {"standard_cents": 120_000})
    billed(book, "2026-06-30")
    # 4 10/31 months at 100.00, then 7 21/31 at 155.00.
    second = run(book, 2, {"standard_cents": 120_000, "prorated_cents": 162_226})
    own = {"rating_run_id": second, "group_census_id": CENSUS, "group_census_member_id": ANN}
    own |= {"root_plan_id": PLAN, "contract_plan_id": PLAN}
    put(
        book,
        "out.coverage_piece",
        *(
            own | {"piece_from": first, "piece_to": last, "standard_cents": term, "prorated_cents": part}
            for first, last, term, part in (
                (date(2026, 1, 1), date(2026, 5, 10), 120_000, 43_226),
                (date(2026, 5, 11), date(2026, 12, 31), 186_000, 119_000),
            )
        ),
    )  # fmt: skip
    limit = LookBack(51, 51)  # of 1 July: 11 May
    assert adjusted(book, "2026-07-01", limit) == (2, 3_726 + 5_500, 0, 0, 0)  # May 55.00 x 21/31 = 37.26
    run(book, 3, {"standard_cents": 186_000, "prorated_cents": 186_000})
    # What May lacks still is 17.74; of its 31 days 21 lie after the limit: 12.02. January to April are cut whole.
    assert adjusted(book, "2026-07-01", limit) == (1, 1_202, 0, 5, 0)


def test_what_was_billed_of_the_next_term_is_no_part_of_the_one_before(book: Book) -> None:
    """The census is billed into 2027, and its run of 2026 is made once more."""
    run(book, 1, {})
    billed(book, "2026-12-31")
    run(book, 2, {}, term=("2027-01-01", "2027-12-31"))
    billed(book, "2027-02-28")
    run(book, 3, {})
    assert adjusted(book, "2027-03-01") == (0, 0, 0, 0, 0)


def test_a_bill_books_each_period_once(book: Book) -> None:
    run(book, 1, {})
    assert billed(book, "2026-03-31") == ("0rb000000000000001", 3, 30_000)
    assert billed(book, "2026-03-31")[0] is None
    assert billed(book, "2026-04-01")[1:] == (1, 10_000)
    assert ledger(book) == [(ANN, f"2026-0{month}-01", 0, 10_000, 10_000, "BILLED") for month in (1, 2, 3, 4)]


def test_a_bill_before_the_term_books_nothing(book: Book) -> None:
    run(book, 1, {})
    assert billed(book, "2025-12-31") == (None, 0, 0)


def test_the_whole_term_comes_to_the_premium_of_the_term(book: Book) -> None:
    run(book, 1, STARTED_16_MARCH)
    assert billed(book, "2026-12-31")[1:] == (10, 95_161)
    assert sums(book)["2026-03-01"] == 5_161  # 16/31


def test_a_piece_is_billed_in_the_months_it_lies_in(book: Book) -> None:
    made = run(book, 1, {"prorated_cents": 100_000})
    keys = {"rating_run_id": made, "group_census_id": CENSUS, "group_census_member_id": ANN}
    keys |= {"root_plan_id": PLAN, "contract_plan_id": PLAN}
    put(
        book,
        "out.coverage_piece",
        keys | {"piece_from": date(2026, 1, 1), "piece_to": date(2026, 2, 28), "prorated_cents": 10_000},
        keys | {"piece_from": date(2026, 3, 1), "piece_to": date(2026, 12, 31), "prorated_cents": 90_000},
    )
    billed(book, "2026-04-01")
    assert sums(book) == {"2026-01-01": 5_000, "2026-02-01": 5_000, "2026-03-01": 9_000, "2026-04-01": 9_000}


@pytest.mark.rule("PR-26")
def test_only_where_a_price_changes_within_the_cover_does_the_rule_for_changes_charge_the_month(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.contract_plan SET proration_change = 'FIRST_OF_MONTH'").fetchall()
    cover = {"covered_from": date(2026, 1, 16), "covered_to": date(2026, 6, 15), "covered_days": 151}
    made = run(book, 1, cover | {"prorated_cents": 75_161})
    keys = {"rating_run_id": made, "group_census_id": CENSUS, "group_census_member_id": ANN}
    keys |= {"root_plan_id": PLAN, "contract_plan_id": PLAN}
    # 100.00 a month until 15 March, 200.00 after it. The months of the first and the last day are charged by their
    # days, 16 of 31 and 15 of 30; March whole at the price of its first day.
    put(
        book,
        "out.coverage_piece",
        keys | {"piece_from": date(2026, 1, 16), "piece_to": date(2026, 3, 15), "prorated_cents": 5_161 + 20_000},
        keys | {"piece_from": date(2026, 3, 16), "piece_to": date(2026, 6, 15), "prorated_cents": 50_000},
    )
    billed(book, "2026-06-01")
    assert sums(book) == {
        "2026-01-01": 5_161,
        "2026-02-01": 10_000,
        "2026-03-01": 10_000,
        "2026-04-01": 20_000,
        "2026-05-01": 20_000,
        "2026-06-01": 10_000,
    }


@pytest.mark.rule("PR-27")
def test_a_newborn_is_billed_nothing_for_the_month_of_birth(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.contract_plan SET proration_newborn = 'BIRTH_MONTH_FREE'").fetchall()
    born = {"relationship": "Child", "group_census_id": CENSUS}
    put(
        book,
        "book.census_member",
        born | {"group_census_member_id": ANN, "birth_date": date(2026, 3, 10)},
        born | {"group_census_member_id": BOB, "birth_date": date(2026, 2, 28)},
    )
    cover = {"covered_from": date(2026, 3, 10), "covered_days": 297}
    # Both are covered from 10 March. Ann, born that day, costs nine months; Bob nine and 22 of the 31 days of March.
    run(book, 1, cover | {"prorated_cents": 90_000}, cover | {"group_census_member_id": BOB, "prorated_cents": 97_097})
    billed(book, "2026-05-01")
    assert sums(book) == {"2026-04-01": 10_000, "2026-05-01": 10_000}
    assert sums(book, BOB) == {"2026-03-01": 7_097, "2026-04-01": 10_000, "2026-05-01": 10_000}


@pytest.mark.rule("PR-29")
@pytest.mark.rule("PR-33")
def test_an_end_of_cover_credits_what_was_billed_after_it_and_edits_nothing(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-05-01")
    before = ledger(book)
    run(book, 2, ENDED_31_MARCH)
    assert adjusted(book) == (2, 0, -20_000, 0, 0)
    assert ledger(book)[: len(before)] == before
    assert ledger(book)[len(before) :] == [
        (ANN, "2026-04-01", 10_000, 0, -10_000, "TERMINATION"),
        (ANN, "2026-05-01", 10_000, 0, -10_000, "TERMINATION"),
    ]
    assert sums(book) == {
        "2026-01-01": 10_000,
        "2026-02-01": 10_000,
        "2026-03-01": 10_000,
        "2026-04-01": 0,
        "2026-05-01": 0,
    }


@pytest.mark.rule("PR-34")
def test_the_same_change_a_second_time_books_nothing(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-05-01")
    run(book, 2, ENDED_9_MARCH)
    assert adjusted(book)[0] == 3
    after = ledger(book)
    assert adjusted(book) == (0, 0, 0, 0, 0)
    run(book, 3, ENDED_9_MARCH)  # the same again, rated anew
    assert adjusted(book) == (0, 0, 0, 0, 0)
    assert ledger(book) == after
    assert billed(book, "2026-07-01")[1] == 0  # the next periods have no charge, but are billed


@pytest.mark.rule("PR-34")
def test_a_change_cut_by_the_limit_books_nothing_a_second_time_either(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-05-01")
    run(book, 2, ENDED_9_MARCH)
    limit = LookBack(60, 60)
    assert adjusted(book, "2026-05-20", limit)[0] == 3
    after = ledger(book)
    for as_of in ("2026-05-20", "2026-05-25", "2026-08-01"):
        assert adjusted(book, as_of, limit)[:3] == (0, 0, 0)
    assert ledger(book) == after


@pytest.mark.rule("PR-30")
def test_an_older_credit_takes_effect_at_the_limit(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-05-01")
    run(book, 2, ENDED_9_MARCH)
    # 60 days before 20 May is 21 March. The credit of March was 100.00 - 29.03 = 70.97 for the 22 days from
    # 10 March; 11 of them lie on or after the 21st: 35.485, so 35.49.
    with book.write() as tx:
        made = adjust(tx, date(2026, 5, 20), NOW)
    assert (made.credited_from, made.n_limited) == (date(2026, 3, 21), 1)
    assert sums(book) == {
        "2026-01-01": 10_000,
        "2026-02-01": 10_000,
        "2026-03-01": 10_000 - 3_549,
        "2026-04-01": 0,
        "2026-05-01": 0,
    }


@pytest.mark.rule("PR-30")
@pytest.mark.parametrize(("as_of", "booked"), [("2026-05-30", 10_000), ("2026-05-31", 9_677), ("2026-06-30", 0)])
def test_a_limit_on_the_first_day_of_a_period_leaves_it_whole(book: Book, as_of: str, booked: int) -> None:
    run(book, 1)
    billed(book, "2026-03-01")  # nobody is covered yet
    run(book, 2, {"covered_from": date(2026, 3, 1), "covered_days": 306, "prorated_cents": 100_000})
    # 90 days before 30 May is 1 March; before 31 May 2 March, which leaves 30 of 31 days: 96.774; then all is too old.
    entries, added, _, limited, _ = adjusted(book, as_of, LookBack(90, 0))
    assert (entries, added, limited) == (int(booked > 0), booked, int(booked < 10_000))


@pytest.mark.rule("PR-30")
def test_charges_and_credits_have_limits_of_their_own(book: Book) -> None:
    run(book, 1, {}, {"group_census_member_id": BOB} | STARTED_16_MARCH)
    billed(book, "2026-04-01")
    run(book, 2, ENDED_31_MARCH, {"group_census_member_id": BOB})
    # Ann's April is credited; Bob is covered from January, but nothing may be added.
    assert adjusted(book, "2026-06-01", LookBack(added_days=0, credit_days=100)) == (1, 0, -10_000, 3, 0)


@pytest.mark.rule("PR-29")
def test_a_person_joined_earlier_is_charged_for_billed_periods(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-04-01")
    run(book, 2, {}, {"group_census_member_id": BOB} | STARTED_16_MARCH)
    assert adjusted(book) == (2, 15_161, 0, 0, 0)
    assert ledger(book)[-2:] == [
        (BOB, "2026-03-01", 0, 5_161, 5_161, "ENROLLMENT"),
        (BOB, "2026-04-01", 0, 10_000, 10_000, "ENROLLMENT"),
    ]


def test_a_person_who_vanished_from_the_census_is_credited(book: Book) -> None:
    run(book, 1, {}, {"group_census_member_id": BOB})
    billed(book, "2026-02-01")
    run(book, 2, {})
    assert adjusted(book) == (2, 0, -20_000, 0, 0)
    assert sums(book, BOB) == {"2026-01-01": 0, "2026-02-01": 0}


@pytest.mark.rule("PR-32")
def test_joins_and_ends_are_booked_before_changes_of_members_and_those_before_rates(book: Book) -> None:
    third = "0r6000000000000003"
    run(book, 1, {}, {"group_census_member_id": BOB}, {"group_census_member_id": third})
    billed(book, "2026-01-01")
    run(
        book,
        2,
        {"unit_rate": 110, "prorated_cents": 132_000},
        {"group_census_member_id": BOB, "age": 41, "unit_rate": 120, "prorated_cents": 144_000},
        {
            "group_census_member_id": third,
            "covered_from": date(2026, 2, 1),
            "covered_days": 334,
            "prorated_cents": 110_000,
        },
    )
    assert adjusted(book)[0] == 3
    assert [(row[0], row[4], row[5]) for row in ledger(book)[-3:]] == [
        (third, -10_000, "TERMINATION"),
        (BOB, 2_000, "MEMBER_CHANGE"),
        (ANN, 1_000, "RATE_CORRECTION"),
    ]


@pytest.mark.rule("PR-31")
def test_a_later_term_leaves_the_periods_of_the_earlier_one_alone(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-12-01")
    run(book, 2, {"prorated_cents": 240_000}, term=("2027-01-01", "2027-12-31"))
    assert adjusted(book) == (0, 0, 0, 0, 0)
    assert billed(book, "2027-02-01")[1:] == (2, 40_000)
    assert sums(book)["2026-12-01"] == 10_000


def test_a_coverage_that_cannot_be_priced_keeps_what_was_billed(book: Book) -> None:
    run(book, 1, {}, {"group_census_member_id": BOB})
    billed(book, "2026-02-01")
    gone = {"prorated_cents": 0}
    run(
        book,
        2,
        gone | {"issue": "BIRTH_DATE_REQUIRED"},
        gone | {"group_census_member_id": BOB, "issue": "OPTED_OUT"},
    )
    assert adjusted(book) == (2, 0, -20_000, 0, 2)
    assert sums(book) == {"2026-01-01": 10_000, "2026-02-01": 10_000}
    assert sums(book, BOB) == {"2026-01-01": 0, "2026-02-01": 0}


def test_a_second_change_starts_from_what_the_first_came_to(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-04-01")
    run(book, 2, ENDED_9_MARCH)
    adjusted(book)
    run(book, 3, {})  # reinstated
    assert adjusted(book) == (2, 17_097, 0, 0, 0)
    assert set(sums(book).values()) == {10_000}


def test_nothing_rated_and_a_negative_limit_are_refused(book: Book) -> None:
    with pytest.raises(NotFound, match="nothing to bill"):
        billed(book, "2026-01-01")
    run(book, 1, {})
    with pytest.raises(Malformed, match="negative"):
        adjusted(book, look_back=LookBack(-1, 60))


@pytest.mark.rule("PR-30")
def test_the_limits_are_settings_of_the_book(book: Book) -> None:
    run(book, 1, {})
    with book.write() as tx:
        assert limits_of(tx) == LookBack(60, 60)
        settings.set_to(tx, "look_back_credit_days", "30", NOW)
        assert limits_of(tx) == LookBack(60, 30)
        with pytest.raises(Malformed):
            settings.set_to(tx, "look_back_credit_days", "forever", NOW)


def test_only_the_census_asked_for_is_billed(book: Book) -> None:
    run(book, 1, {})
    with book.write() as tx, pytest.raises(NotFound):
        bill(tx, date(2026, 1, 1), NOW, ["0rf000000000000009"])
    with book.write() as tx:
        assert bill(tx, date(2026, 1, 1), NOW, [CENSUS]).cents == 10_000


@pytest.mark.rule("PR-30", "PR-33")
def test_cover_restored_brings_back_what_was_credited_and_no_more(book: Book) -> None:
    run(book, 1, {})
    billed(book, "2026-06-01")
    run(book, 2, ENDED_31_MARCH)
    # Credits reach back 61 days from 16 June, to 16 April: 15 of 30 days of April, and May and June.
    assert adjusted(book, "2026-06-16", LookBack(10_000, 61))[:3] == (3, 0, -25_000)
    assert sums(book)["2026-04-01"] == 5_000
    run(book, 3, {})
    # Charges reach back to January, but half of April was never given back: 50.00 bring it to 100.00.
    assert adjusted(book, "2026-06-16", LookBack(10_000, 61))[:3] == (3, 25_000, 0)
    assert sums(book) == {f"2026-0{month}-01": 10_000 for month in range(1, 7)}
    assert adjusted(book)[:3] == (0, 0, 0)


@pytest.mark.rule("PR-30", "PR-33")
def test_cover_taken_back_gives_back_what_was_charged_and_no_more(book: Book) -> None:
    run(book, 1, {}, STARTED_16_MARCH | {"group_census_member_id": BOB})
    billed(book, "2026-04-01")
    run(book, 2, {}, {"group_census_member_id": BOB})
    # Bob was there from January on: charges reach back to 8 March, 8 of the 15 days that 48.39 are for, so 25.81.
    assert adjusted(book, "2026-05-07", LookBack(60, 10_000))[:3] == (1, 2_581, 0)
    run(book, 3, {})
    # He never was: 51.61 and 25.81 go back for March and 100.00 for April; of the months before nothing was charged.
    assert adjusted(book, "2026-05-07", LookBack(60, 10_000))[:3] == (2, 0, -17_742)
    assert sums(book, BOB) == {"2026-03-01": 0, "2026-04-01": 0}


@pytest.mark.rule("PR-30", "PR-33")
def test_what_was_booked_for_others_meanwhile_changes_neither_the_reason_nor_the_days_of_a_change(book: Book) -> None:
    """Ann's cover ends before the limit for credits, and only Bob's change is booked; then the limit is wider.

    Of March 22 days move, of which 17 lie after the 14th: 17/22 of 100.00 - 29.03 are 54.84.
    """
    run(book, 1, {}, {"group_census_member_id": BOB})
    billed(book, "2026-04-01")
    run(book, 2, ENDED_9_MARCH, {"group_census_member_id": BOB, "age": 41, "prorated_cents": 132_000})
    assert adjusted(book, "2026-05-01", LookBack(10_000, 0)) == (4, 4_000, 0, 2, 0)
    assert adjusted(book, "2026-05-01", LookBack(10_000, 47)) == (2, 0, -15_484, 1, 0)
    assert ledger(book)[-2:] == [
        (ANN, "2026-03-01", 10_000, 4_516, -5_484, "TERMINATION"),
        (ANN, "2026-04-01", 10_000, 0, -10_000, "TERMINATION"),
    ]


@pytest.mark.rule("PR-29", "PR-33", "PR-34")
def test_a_version_that_begins_within_a_month_gives_back_the_rest_of_what_was_billed_under_the_one_before(
    book: Book,
) -> None:
    """From July 15th on a plan of the endorsed contract: 14/31 of July stay, August and September go back.

    Its own months begin on the 15th: 100.00 each to December 14th, and 17/31 of the last. Bob left on July 5th.
    """
    of_version = {"root_plan_id": PLAN_OF_VERSION, "contract_plan_id": PLAN_OF_VERSION}
    put(book, "book.contract_plan", {"proration_method": "DAILY_MONTH", "root_plan_id": PLAN_OF_VERSION,
                                     "contract_plan_id": PLAN_OF_VERSION})  # fmt: skip
    left = {"covered_to": date(2026, 7, 5), "covered_days": 186, "prorated_cents": 61_613}  # 6 5/31 months
    run(book, 1, {}, {"group_census_member_id": BOB, **left})
    assert billed(book, "2026-09-01")[2] == 90_000 + 61_613
    version = ("2026-07-15", "2026-12-31")
    run(book, 2, {**of_version, "covered_days": 170, "prorated_cents": 55_484}, term=version)  # 5 17/31 months
    assert adjusted(book, "2026-09-10") == (5, 20_000, -25_484, 0, 0)
    assert adjusted(book, "2026-09-11") == (0, 0, 0, 0, 0)
    assert sums(book, BOB)["2026-07-01"] == 1_613
    billed(book, "2026-12-31")
    assert sums(book) == {f"2026-{month:02}-01": 10_000 for month in range(1, 7)} | {
        "2026-07-01": 4_516,
        "2026-07-15": 10_000,
        "2026-08-01": 0,
        "2026-08-15": 10_000,
        "2026-09-01": 0,
        "2026-09-15": 10_000,
        "2026-10-15": 10_000,
        "2026-11-15": 10_000,
        "2026-12-15": 5_484,
    }
    run(book, 3, {}, {"group_census_member_id": BOB, **left})  # the endorsement is taken back
    adjusted(book, "2026-12-31")
    months = {day: cents for day, cents in sums(book).items() if cents}
    assert months == {f"2026-{month:02}-01": 10_000 for month in range(1, 13)}


@pytest.mark.rule("PR-30")
def test_the_rest_of_a_month_billed_under_the_version_before_goes_back_from_the_limit_on(book: Book) -> None:
    """A credit may reach back to July 25th: 7 of the 17 days, 54.84 x 7/17 = 22.58; August in full."""
    put(book, "book.contract_plan", {"proration_method": "DAILY_MONTH", "root_plan_id": PLAN_OF_VERSION,
                                     "contract_plan_id": PLAN_OF_VERSION})  # fmt: skip
    run(book, 1, {})
    billed(book, "2026-08-31")
    run(book, 2, term=("2026-07-15", "2026-12-31"))  # and nobody is covered
    assert adjusted(book, "2026-08-31", LookBack(0, 37)) == (2, 0, -2_258 - 10_000, 1, 0)
