"""Policies as enrollment makes them: lines, records and payments agree, and no cancellation loses a cent."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.forget import forget
from services.policies.cancel import Cancellation, cancel, end_member
from services.policies.ending import Manner
from services.scope import EVERYTHING
from services.selections import plans
from tests.filled_book import prepared_book
from tests.services.enrollment.desk import EMPLOYEE, HIRED, MEDICAL, RX, SPOUSE, a_book, one
from tests.services.enrollment.desk import enrolled as enrolled_family
from tests.services.enrollment.desk import rows as rows_of_family
from tests.services.policies.desk import NOW, rows

SUMS = ", ".join(f"sum({kind}_cents)" for kind in ("standard", "term", "employer", "employee"))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """The family of the worked example, enrolled from 16 April on."""
    return enrolled_family(tmp_path)


def enrolled(path: Path, name: str, make: Callable[[Path], Book]) -> Book:
    """A book of that name with the employee enrolled."""

    def enroll(folder: Path) -> Book:
        book = make(folder)
        assert one(book).is_success
        return book

    return prepared_book(path, name, enroll)


def dollars(amount: float) -> int:
    return round(amount * 100)


def of(book: Book, table: str) -> list[tuple[Any, ...]]:
    return rows(book, f"SELECT {SUMS} FROM book.{table}")


def test_lines_participants_coverages_and_the_policy_are_the_same_money(book: Book) -> None:
    # The worked example of enrollment: standard 12,480.00, term 8,889.87, employer 5,256.99, employee 3,632.88
    worked = [(1_248_000, 888_987, 525_699, 363_288)]
    tables = ("policy_line", "policy_participant", "policy_coverage", "insurance_policy")
    assert [of(book, table) for table in tables] == [worked] * 4
    assert rows(book, "SELECT participant_id, sum(term_cents) FROM book.policy_line GROUP BY 1 ORDER BY 1") == rows(
        book, "SELECT participant_id, term_cents FROM book.policy_participant ORDER BY 1"
    )
    assert rows(book, "SELECT policy_coverage_id, sum(term_cents) FROM book.policy_line GROUP BY 1 ORDER BY 1") == rows(
        book, "SELECT policy_coverage_id, term_cents FROM book.policy_coverage ORDER BY 1"
    )
    assert rows(book, "SELECT count(*), sum(amount_cents), min(due_date) FROM book.policy_payment") == [
        (9, 888_987, HIRED)
    ]


@pytest.mark.rule("PR-11", "PR-16")
@pytest.mark.parametrize("days", [0, 1, 100, 157, 259])
def test_what_is_kept_and_what_goes_back_are_what_was_charged(book: Book, days: int) -> None:
    ((policy_id,),) = rows(book, "SELECT policy_id FROM book.insurance_policy")
    day = HIRED + timedelta(days=days)
    with book.write() as tx:
        # A dependent leaves halfway, then the policy ends.
        early = Cancellation(str(HIRED + timedelta(days=days // 2)), Manner(creates_transaction=True))
        first = end_member(tx, SPOUSE, early, scope=EVERYTHING, now=datetime(2026, 12, 31))
        asked = Cancellation(str(day), Manner(creates_transaction=True))
        done = cancel(tx, policy_id, asked, scope=EVERYTHING, now=datetime(2026, 12, 31))
    back = dollars(first["policies"][0]["refundAmount"]) + dollars(done["refundAmount"])
    assert dollars(done["termPremium"]) - back == 888_987
    kept = of(book, "insurance_policy")
    assert kept == of(book, "policy_line") == of(book, "policy_participant") == of(book, "policy_coverage")
    assert kept[0][1] == kept[0][2] + kept[0][3]
    moved = rows(
        book, "SELECT sum(amount_cents), sum(employer_cents) + sum(employee_cents) FROM book.policy_transaction_line"
    )
    assert moved == [(back, back)] or (back == 0 and moved in ([(0, 0)], [(None, None)]))


def test_the_end_of_a_hired_employee_is_prorated_for_both_days(book: Book) -> None:
    ((policy_id,),) = rows(book, "SELECT policy_id FROM book.insurance_policy")
    with book.write() as tx:
        done = cancel(tx, policy_id, Cancellation("2026-09-21"), scope=EVERYTHING, now=datetime(2026, 12, 31))
    # 158 of 365 days of 5,400.00, 6,120.00 and 960.00: 2,337.53, 2,649.21 and 415.56
    assert dollars(done["termPremium"]) == 233_753 + 264_921 + 41_556
    assert done["expirationDate"] == str(date(2026, 9, 20))


def choose_again(book: Book) -> tuple[list[str], Any]:
    """The plan with Rx taken from the employee and chosen anew, in one change; and what was refused."""
    with book.write() as tx:
        try:
            chosen = [{"contractGroupPlanId": key} for key in (MEDICAL, RX)]
            return plans.patch(tx, EMPLOYEE, chosen, [MEDICAL], scope=EVERYTHING, now=NOW).added, []
        except plans.NotChanged as refused:
            return [], [error.code for error in refused.errors]


@pytest.mark.rule("MP-20", "EN-10", "EN-12")
def test_a_choice_whose_policy_was_cancelled_is_made_anew_and_enrolled_from_the_day_after(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.group_census SET type = 'Enrollment'").fetchall()
    ((first,),) = rows(book, "SELECT policy_id FROM book.insurance_policy")
    assert choose_again(book) == ([], ["GB-MPL-007"])
    with book.write() as tx:
        cancel(tx, first, Cancellation("2026-07-01"), scope=EVERYTHING, now=datetime(2026, 7, 1))
    assert [each.code for each in one(book).errors] == ["GB-ENR-011"]  # nothing is enrolled by itself
    made, refused = choose_again(book)
    assert (len(made) >= 2, refused) == (True, [])
    assert [each.code for each in one(book).errors] == ["GB-ENR-009"]  # the days before July are covered
    with book.write() as tx:
        tx.connection.execute("UPDATE book.census_member SET policy_start_date = DATE '2026-07-01'").fetchall()
    assert one(book).is_success
    told = (
        "SELECT effective_date, expiration_date, status, standard_cents FROM book.insurance_policy ORDER BY policy_id"
    )
    # the spouse has to choose again (MP-15): Hospital 5,400.00 and Rx 960.00 of the employee
    assert rows(book, told) == [
        (HIRED, date(2026, 6, 30), "Canceled", 12_480_00),
        (date(2026, 7, 1), date(2026, 12, 31), "Pending", 6_360_00),
    ]
    # an active policy backs the choice once more
    assert choose_again(book) == ([], ["GB-MPL-007"])


@pytest.mark.rule("MP-20")
def test_the_choice_of_a_dependent_who_left_the_policy_may_be_removed(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.group_census SET type = 'Enrollment'").fetchall()
        end_member(tx, SPOUSE, Cancellation("2026-07-01"), scope=EVERYTHING, now=datetime(2026, 7, 1))
    with book.write() as tx:
        assert len(plans.delete(tx, SPOUSE, [MEDICAL], scope=EVERYTHING, now=NOW).removed) == 1
    assert choose_again(book) == ([], ["GB-MPL-007"])  # the employee is covered on


def priced_by_attained_age(path: Path) -> Book:
    """Rx at 960.00, from 42 on at 1,440.00; the employee is 42 on 11 June, which counts from the first of July."""
    made = rows_of_family(birth_date=date(1984, 6, 11))
    for one_table in made["ref.rate_table"]:
        if one_table["rate_table_id"] == "T12":
            one_table |= {"age_date": "ATTAINED", "axes": ["age"]}
    cells = [cell for cell in made["ref.rate_cell"] if cell["rate_table_id"] != "T12"]
    by_age = {41: 960, 42: 1_440}
    made["ref.rate_cell"] = cells + [
        {"rate_table_id": "T12", "effective_from": date(2020, 1, 1), "keys": [str(age)], "rate": rate}
        for age, rate in by_age.items()
    ]
    return a_book(path, made)


def of_rx(book: Book) -> int:
    ((cents,),) = rows(book, f"SELECT term_cents FROM book.policy_coverage WHERE contract_plan_id = '{RX}'")
    return cents


@pytest.mark.rule("PR-11", "PR-16", "PR-19")
@pytest.mark.parametrize(
    ("day", "kept"),
    [
        ("2026-06-01", 39_715),  # 960.00 x 151 / 365
        ("2026-07-01", 47_605),  # 960.00 x 181 / 365
        ("2026-07-02", 47_605 + 395),  # and 1,440.00 x 1 / 365
        ("2026-10-01", 47_605 + 36_296),  # and x 92 / 365
        ("2026-12-31", 119_803),  # and x 183 / 365: 476.0547... + 721.9726..., rounded once as a run does (PR-11)
    ],
)
def test_of_a_price_that_changed_within_the_term_each_stretch_is_kept_at_its_own(
    day: str, kept: int, tmp_path: Path
) -> None:
    book = enrolled(tmp_path, "enrolled by attained age", priced_by_attained_age)
    assert of_rx(book) == 47_605 + 72_592  # the whole year: the second half is 1,440.00 x 184 / 365
    before = of(book, "insurance_policy")[0][1]
    with book.write() as tx:
        asked = Cancellation(day, Manner(creates_transaction=True))
        done = cancel(tx, "0YT000000000000001", asked, scope=EVERYTHING, now=datetime(2026, 12, 31))
    assert of_rx(book) == kept
    assert dollars(done["termPremium"]) - dollars(done["refundAmount"]) == before
    assert of(book, "insurance_policy") == of(book, "policy_line") == of(book, "policy_participant")


@pytest.mark.rule("PR-17")
def test_what_was_paid_of_a_price_that_changed_is_by_its_stretches_too(tmp_path: Path) -> None:
    book = enrolled(tmp_path, "enrolled by attained age", priced_by_attained_age)
    with book.write() as tx:
        tx.connection.execute("UPDATE book.insurance_policy SET paid_to_date = DATE '2026-07-31'").fetchall()
        asked = Cancellation("2026-10-01")
        done = cancel(tx, "0YT000000000000001", asked, scope=EVERYTHING, now=datetime(2026, 12, 31))
    # 273 less 212 days: of 5,400.00 4,038.90 less 3,136.44, of 6,120.00 4,577.42 less 3,554.63. Rx is 476.0547... and
    # 1,440.00 x 92 / 365 = 362.9589..., so 839.01, less 476.0547... and 122.3013... for 31 days, so 598.36.
    assert dollars(done["refundAmount"]) == 90_246 + 102_279 + 24_065


def covered_for_days_of_its_own(path: Path) -> Book:
    """Rx is covered from 1 March to 31 October."""
    book = a_book(path, rows_of_family())
    with book.write() as tx:
        days = "effective_start_date = DATE '2026-03-01', effective_end_date = DATE '2026-10-31'"
        tx.connection.execute(f"UPDATE book.contract_plan SET {days} WHERE contract_plan_id = '{RX}'").fetchall()
    return book


@pytest.mark.rule("PR-16", "PR-19")
@pytest.mark.parametrize(
    ("day", "kept", "period"),
    [
        # Rx is covered from 1 March to 31 October: 960.00 x 245 / 365, whatever the policy lost after that
        ("2026-12-31", 64_438, None),
        ("2026-11-01", 64_438, None),
        ("2026-10-31", 64_175, (date(2026, 10, 31), date(2026, 10, 31))),  # 244 days
        ("2026-03-02", 263, (date(2026, 3, 2), date(2026, 10, 31))),  # 1 day
        ("2026-03-01", 0, (date(2026, 3, 1), date(2026, 10, 31))),
        ("2026-02-01", 0, (date(2026, 3, 1), date(2026, 10, 31))),
    ],
)
def test_a_coverage_is_kept_for_the_days_that_it_covers_itself(
    day: str, kept: int, period: tuple[date, date] | None, tmp_path: Path
) -> None:
    book = enrolled(tmp_path, "enrolled for days of its own", covered_for_days_of_its_own)
    assert of_rx(book) == 64_438
    with book.write() as tx:
        asked = Cancellation(day, Manner(creates_transaction=True))
        cancel(tx, "0YT000000000000001", asked, scope=EVERYTHING, now=datetime(2026, 12, 31))
    assert of_rx(book) == kept
    moved = rows(
        book,
        "SELECT period_start, period_end FROM book.policy_transaction_line JOIN book.policy_coverage AS c"
        f" USING (policy_coverage_id) WHERE c.contract_plan_id = '{RX}' AND amount_cents <> 0",
    )
    assert moved == ([] if period is None else [period])


@pytest.mark.parametrize("member", [EMPLOYEE, SPOUSE])
def test_a_forgotten_person_leaves_amounts_and_no_name(book: Book, member: str) -> None:
    ((policy_id,),) = rows(book, "SELECT policy_id FROM book.insurance_policy")
    with book.write() as tx:
        forget(tx, member, datetime(2026, 6, 1))
    assert rows(
        book,
        "SELECT DISTINCT participant_name IS NULL FROM book.policy_participant"
        f" WHERE group_census_member_id = '{member}'",
    ) == [(True,)]
    assert of(book, "insurance_policy") == of(book, "policy_line") == of(book, "policy_participant")
    with book.write() as tx:
        done = cancel(tx, policy_id, Cancellation(str(HIRED)), scope=EVERYTHING, now=datetime(2026, 12, 31))
    assert (dollars(done["termPremium"]), dollars(done["refundAmount"])) == (0, -888_987)
