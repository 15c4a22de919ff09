"""Payment schedules: what is due for a policy and when, to the cent of its term."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.policies.payments import schedule
from services.records import reading
from services.scope import EVERYTHING
from tests.services.policies.desk import HOLDER, OF_HOSPITAL, PARTNER, POLICY, YEAR, a_book, records, rows


def scheduled(path: Path, cents: int = 100_000, plan: str | None = None, **more: Any) -> list[tuple[date, date, int]]:
    """First and last day of what each payment pays for, and the amount."""
    book = a_book(path, records(lines=[(HOLDER, OF_HOSPITAL, cents, 0)], **more))
    with book.write() as tx:
        if plan is not None:
            tx.connection.execute("UPDATE book.contract_plan SET proration_method = ?", [plan]).fetchall()
        schedule(tx, [POLICY], YEAR[0])
    found = rows(
        book,
        "SELECT period_start, period_end, amount_cents, due_date, is_paid, status FROM book.policy_payment ORDER BY 1",
    )
    assert all((due, paid, status) == (start, False, "Valid") for start, _, _, due, paid, status in found)
    return [(start, last, cents) for start, last, cents, _, _, _ in found]


def test_a_year_is_due_month_by_month_and_adds_up(tmp_path: Path) -> None:
    found = scheduled(tmp_path)
    # 1,000.00 / 12 is 83.333...: eleven times 83.33, and the rest
    assert [cents for _, _, cents in found] == [8_333] * 11 + [8_337]
    assert found[0][:2] == (date(2026, 1, 1), date(2026, 1, 31))
    assert found[11][:2] == (date(2026, 12, 1), date(2026, 12, 31))


def test_a_policy_that_begins_in_the_middle_of_a_month_is_due_from_its_first_day(tmp_path: Path) -> None:
    found = scheduled(tmp_path, 71_233, effective_date=date(2026, 4, 16))
    assert found[0][:2] == (date(2026, 4, 16), date(2026, 4, 30))
    assert sum(cents for _, _, cents in found) == 71_233
    # 15 of 30 days, and eight months: 712.33 / 8.5 is 83.80 a month
    assert [cents for _, _, cents in found] == [4_190, *[8_380] * 7, 8_383]


@pytest.mark.parametrize(
    ("frequency", "starts", "first"),
    [
        ("Quarterly", [1, 4, 7, 10], 24_999),
        ("semi-annually", [1, 7], 49_998),
        ("annually", [1], 100_000),
        (None, list(range(1, 13)), 8_333),
    ],
)
def test_payments_come_as_often_as_the_policy_says(
    tmp_path: Path, frequency: str | None, starts: list[int], first: int
) -> None:
    found = scheduled(tmp_path, premium_frequency=frequency)
    assert [start.month for start, _, _ in found] == starts
    assert found[0][2] == first
    assert sum(cents for _, _, cents in found) == 100_000


def test_twice_a_month_is_the_first_and_the_sixteenth(tmp_path: Path) -> None:
    found = scheduled(tmp_path, premium_frequency="semi-monthly")
    assert [(start, last, cents) for start, last, cents in found[:2]] == [
        (date(2026, 1, 1), date(2026, 1, 15), 4_167),
        (date(2026, 1, 16), date(2026, 1, 31), 4_166),
    ]
    assert len(found) == 24
    assert sum(cents for _, _, cents in found) == 100_000


def due(book: Book) -> list[int]:
    """What the policy owes, payment by payment. [cents]"""
    with book.write() as tx:
        schedule(tx, [POLICY], YEAR[0])
    return [cents for (cents,) in rows(book, "SELECT amount_cents FROM book.policy_payment ORDER BY period_start")]


@pytest.mark.rule("PR-28")
@pytest.mark.parametrize("frequency", ["Monthly", "Quarterly"])
def test_each_period_is_due_at_the_price_of_its_own_days(tmp_path: Path, frequency: str) -> None:
    keys = {"policy_id": POLICY, "participant_id": HOLDER, "policy_coverage_id": OF_HOSPITAL}
    first = {"piece_from": date(2026, 1, 1), "piece_to": date(2026, 6, 30), "standard_cents": 120_000}
    second = {"piece_from": date(2026, 7, 1), "piece_to": date(2026, 12, 31), "standard_cents": 240_000}
    # 1,200.00 x 181 / 365 = 595.07 and 2,400.00 x 184 / 365 = 1,209.86, beside 300.00 that stays as it is all year
    lines = [(HOLDER, OF_HOSPITAL, 180_493, 0), (PARTNER, OF_HOSPITAL, 30_000, 0)]
    made = records(lines=lines, premium_frequency=frequency)
    pieces = [keys | first | {"term_cents": 59_507}, keys | second | {"term_cents": 120_986}]
    found = due(a_book(tmp_path, made, {"book.policy_piece": pieces}))
    # six months of 99.18 and the rest, 99.17; six of 201.64 and the rest, 201.66; and 25.00 in each of the twelve
    months = [12_418] * 5 + [12_417] + [22_664] * 5 + [22_666]
    assert found == (months if frequency == "Monthly" else [sum(months[at : at + 3]) for at in (0, 3, 6, 9)])
    assert sum(found) == 180_493 + 30_000


@pytest.mark.rule("PR-28")
def test_who_joins_within_the_term_is_due_from_then_on(tmp_path: Path) -> None:
    made = records(lines=[(HOLDER, OF_HOSPITAL, 120_000, 0), (PARTNER, OF_HOSPITAL, 30_247, 0)])
    for participant in made["book.policy_participant"]:
        if participant["participant_id"] == PARTNER:  # 600.00 x 184 / 365 = 302.47
            participant["effective_date"] = date(2026, 7, 1)
    # 100.00 a month, and from July on 302.47 / 6 = 50.41 beside it, in the last month the rest of 50.42
    assert due(a_book(tmp_path, made)) == [10_000] * 6 + [15_041] * 5 + [15_042]


def test_stretches_that_do_not_make_up_the_line_leave_it_whole(tmp_path: Path) -> None:
    """What is due adds up to what the policy says, whatever is kept of its stretches."""
    piece = {"piece_from": date(2026, 1, 1), "piece_to": date(2026, 6, 30), "standard_cents": 1, "term_cents": 1}
    keys = {"policy_id": POLICY, "participant_id": HOLDER, "policy_coverage_id": OF_HOSPITAL}
    book = a_book(tmp_path, records(lines=[(HOLDER, OF_HOSPITAL, 120_000, 0)]), {"book.policy_piece": [keys | piece]})
    assert due(book) == [10_000] * 12


def test_a_policy_that_costs_nothing_has_no_payment(tmp_path: Path) -> None:
    assert scheduled(tmp_path, 0) == []


def test_months_that_a_method_does_not_charge_are_not_due(tmp_path: Path) -> None:
    """Begun on 16 April, FIRST_OF_MONTH charges from May on."""
    found = scheduled(tmp_path, 80_000, "FIRST_OF_MONTH", effective_date=date(2026, 4, 16))
    assert [start.month for start, _, _ in found] == list(range(5, 13))
    assert sum(cents for _, _, cents in found) == 80_000


def test_what_is_scheduled_is_not_scheduled_again(tmp_path: Path) -> None:
    book = a_book(tmp_path, records(), records("0YT000000000000002", tail="b"))
    with book.write() as tx:
        assert schedule(tx, [POLICY], YEAR[0]) == 12
        assert schedule(tx, [POLICY, "0YT000000000000002", "0YT000000000000009"], YEAR[0]) == 12
        assert schedule(tx, [], YEAR[0]) == 0
    assert _payments(book) == 24


@pytest.mark.parametrize(
    ("today", "amount"),
    [
        # 712.33 over eight and a half months of 83.80: half a month in April, and the rest in December
        (date(2026, 1, 15), 41.90),
        (date(2026, 4, 30), 41.90),
        (date(2026, 5, 1), 83.80),
        (date(2026, 12, 1), 83.83),
        (date(2026, 12, 31), 83.83),
        (date(2027, 1, 1), None),
    ],
)
def test_the_premium_amount_is_that_of_the_billing_period_that_runs(
    today: date, amount: float | None, tmp_path: Path
) -> None:
    book = a_book(tmp_path, records(lines=[(HOLDER, OF_HOSPITAL, 71_233, 0)], effective_date=date(2026, 4, 16)))
    with book.write() as tx:
        schedule(tx, [POLICY], date(2026, 4, 16))
        stored = tx.connection.execute("SELECT premium_cents FROM book.insurance_policy").fetchall()
        moment = datetime.combine(today, time(12))
        told = reading.read(tx, "InsurancePolicy", POLICY, scope=EVERYTHING, now=moment)
    assert (stored, told["PremiumAmount"]) == ([(4_190,)], amount)


@pytest.mark.parametrize(("today", "cents"), [(date(2026, 6, 30), 8_333), (date(2026, 12, 2), 8_337)])
def test_a_policy_scheduled_late_is_stored_with_the_premium_of_the_period_of_that_day(
    today: date, cents: int, tmp_path: Path
) -> None:
    book = a_book(tmp_path, records())
    with book.write() as tx:
        schedule(tx, [POLICY], today)
    assert rows(book, "SELECT premium_cents FROM book.insurance_policy") == [(cents,)]


def _payments(book: Book) -> int:
    return int(rows(book, "SELECT count(*) FROM book.policy_payment")[0][0])
