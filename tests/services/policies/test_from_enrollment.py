"""Policies as enrollment makes them: lines, records and payments agree, and no cancellation loses a cent."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.forget import forget
from services.policies.cancel import Cancellation, cancel, end_member
from services.policies.ending import Manner
from services.scope import EVERYTHING
from tests.services.enrollment.desk import EMPLOYEE, HIRED, SPOUSE, a_book, one
from tests.services.policies.desk import rows

SUMS = ", ".join(f"sum({kind}_cents)" for kind in ("standard", "term", "employer", "employee"))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """The family of the worked example, enrolled from 16 April on."""
    made = a_book(tmp_path)
    assert one(made).is_success
    return made


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
