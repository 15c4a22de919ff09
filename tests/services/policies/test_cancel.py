"""Cancelling a policy: what is kept, what goes back, and every record that changes (PR-13 to PR-23)."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.insurance_errors import Refused
from services.policies.cancel import Cancellation, cancel, end_member, prepare
from services.policies.ending import Manner, end_for_version
from services.scope import EVERYTHING, Scope
from tests.services.member_rating.desk import CHILD, EMPLOYEE, SPOUSE, person
from tests.services.policies.desk import HOLDER, LATER, OF_HOSPITAL, PARTNER, POLICY, a_book, payment, records, rows
from tests.services.test_gather import Rows

AUTUMN = datetime.fromisoformat(LATER)
WHOLE = [(HOLDER, OF_HOSPITAL, 90_000, 60_000)]
"""A policy of one person at 900.00, as in the cases of the general factor."""


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Book]:
    return lambda *parts: a_book(tmp_path, *parts)


def cancelled(book: Book, day: str | None = "2026-09-21", key: str | None = POLICY, **asked: Any) -> dict[str, Any]:
    fees = asked.pop("fees", None)
    with book.write() as tx:
        return cancel(tx, key, Cancellation(day, Manner(**asked), fees), scope=EVERYTHING, now=AUTUMN)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [error.code for error in refused.value.errors]


@pytest.mark.rule("PR-15", "PR-16", "PR-17", "PR-19")
def test_a_policy_paid_in_full_and_cancelled_in_september_gives_back_251_51(made: Callable[..., Book]) -> None:
    book = made(records(lines=WHOLE))
    answer = cancelled(book, reason="Left")
    # 900.00 x 263 / 365 = 648.493...; 648.49 - 900.00 = -251.51
    assert {name: answer[name] for name in ("termPremium", "refundAmount", "standardPremium", "expirationDate")} == {
        "termPremium": 648.49,
        "refundAmount": -251.51,
        "standardPremium": 900.0,
        "expirationDate": "2026-09-20",
    }
    assert rows(
        book,
        "SELECT status, expiration_date, original_expiration_date, cancellation_date, cancellation_reason,"
        " standard_cents, term_cents FROM book.insurance_policy",
    ) == [("Canceled", date(2026, 9, 20), date(2026, 12, 31), date(2026, 9, 21), "Left", 90_000, 64_849)]
    assert rows(book, "SELECT is_active, expiration_date, term_cents FROM book.policy_participant") == [
        (False, date(2026, 9, 20), 64_849)
    ]
    assert rows(book, "SELECT expiration_date, term_cents FROM book.policy_coverage") == [(date(2026, 9, 20), 64_849)]


@pytest.mark.rule("PR-16")
def test_a_policy_that_began_late_and_ends_early_is_prorated_for_both(made: Callable[..., Book]) -> None:
    # 16 April to 20 September: 158 days; 900.00 x 158 / 365 = 389.589...
    book = made(records(lines=WHOLE, effective_date=date(2026, 4, 16)))
    assert cancelled(book)["termPremium"] == 389.59


def test_amounts_are_prorated_line_by_line_and_every_record_is_the_sum_of_its_lines(made: Callable[..., Book]) -> None:
    book = made(records())
    answer = cancelled(book)
    # x 263 / 365: 600.00 is 432.328..., 300.00 is 216.164..., 100.00 is 72.054...
    assert answer["termPremium"] == pytest.approx(432.33 + 216.16 + 72.05)
    assert rows(book, "SELECT participant_id, term_cents FROM book.policy_participant ORDER BY 1") == [
        (HOLDER, 43_233 + 7_205),
        (PARTNER, 21_616),
    ]
    assert rows(book, "SELECT contract_plan_id, term_cents FROM book.policy_coverage ORDER BY 1") == [
        ("C11", 43_233 + 21_616),
        ("C12", 7_205),
    ]
    # The employer keeps its share: 450 / 600 of 432.33 is 324.2475, 100 / 300 of 216.16 is 72.053...
    assert rows(book, "SELECT employer_cents, employee_cents FROM book.insurance_policy") == [
        (32_425 + 7_205, 72_054 - 32_425 - 7_205)
    ]


@pytest.mark.rule("PR-16", "PR-17", "PR-28")
@pytest.mark.parametrize(
    ("day", "paid_to", "term", "refund"),
    [
        # 496.44 x 75 / 365 + 997.32 x 7 / 365 = 102.0082... + 19.1266... = 121.1349...; of it all was paid, 894.38
        ("2026-03-24", None, 121.13, 121.13 - 894.38),
        ("2026-03-17", None, 102.01, 102.01 - 894.38),
        ("2026-02-01", None, 42.16, 42.16 - 894.38),  # 496.44 x 31 / 365
        ("2026-09-21", date(2026, 3, 23), 615.70, 615.70 - 121.13),  # 102.0082... + 997.32 x 188 / 365
    ],
)
def test_a_policy_whose_price_changed_in_march_keeps_its_stretches_rounded_once(
    made: Callable[..., Book], day: str, paid_to: date | None, term: float, refund: float
) -> None:
    keys = {"policy_id": POLICY, "participant_id": HOLDER, "policy_coverage_id": OF_HOSPITAL}
    pieces = [
        (date(2026, 1, 1), date(2026, 3, 16), 49_644, 10_201),
        (date(2026, 3, 17), date(2026, 12, 31), 99_732, 79_237),  # 102.0082... + 792.3693... = 894.3775...
    ]
    names = ("piece_from", "piece_to", "standard_cents", "term_cents")
    book = made(
        records(lines=[(HOLDER, OF_HOSPITAL, 89_438, 0)], paid_to_date=paid_to),
        {"book.policy_piece": [keys | dict(zip(names, piece, strict=True)) for piece in pieces]},
    )
    answer = cancelled(book, day)
    assert (answer["termPremium"], answer["refundAmount"]) == (term, pytest.approx(refund))


@pytest.mark.rule("PR-17")
@pytest.mark.parametrize(
    ("paid_to", "refund"),
    [
        # paid for 212 days, 900.00 x 212 / 365 = 522.739...: 648.49 - 522.74 is still owed
        (date(2026, 7, 31), 125.75),
        (date(2026, 9, 20), 0.0),
        # 304 days, 749.589...: 648.49 - 749.59
        (date(2026, 10, 31), -101.10),
        (date(2026, 12, 31), -251.51),
        (None, -251.51),
    ],
)
def test_the_refund_counts_from_the_day_paid_to(made: Callable[..., Book], paid_to: date | None, refund: float) -> None:
    book = made(records(lines=WHOLE, paid_to_date=paid_to))
    assert cancelled(book)["refundAmount"] == refund


SCHEDULES: Rows = {
    "book.policy_payment": [
        payment("S1", 22_500, date(2026, 1, 1), is_paid=True),
        payment("S2", 22_500, date(2026, 4, 1), is_paid=True),
        payment("S3", 22_500, date(2026, 7, 1)),
        payment("S4", 22_500, date(2026, 10, 1)),
        payment("S5", 1_000, date(2026, 9, 30)),
    ]
}


@pytest.mark.rule("PR-18", "PR-19")
def test_with_the_paid_flag_one_valid_schedule_holds_the_balance(made: Callable[..., Book]) -> None:
    book = made(records(lines=WHOLE), SCHEDULES)
    # 648.49 less two payments of 225.00
    assert cancelled(book, uses_paid_flag=True)["refundAmount"] == 198.49
    assert rows(
        book, "SELECT due_date, amount_cents, is_paid, status FROM book.policy_payment ORDER BY due_date, 2"
    ) == [
        (date(2026, 1, 1), 22_500, True, "Valid"),
        (date(2026, 4, 1), 22_500, True, "Valid"),
        (date(2026, 7, 1), 22_500, False, "Invalid"),
        (date(2026, 9, 30), 1_000, False, "Invalid"),  # due before today, which is later than the cancellation
        (date(2026, 10, 1), 19_849, False, "Valid"),
    ]


@pytest.mark.rule("PR-18")
def test_without_the_paid_flag_schedules_stay_as_they_are(made: Callable[..., Book]) -> None:
    book = made(records(lines=WHOLE), SCHEDULES)
    cancelled(book)
    assert rows(book, "SELECT count(*) FILTER (status = 'Valid'), count(*) FROM book.policy_payment") == [(5, 5)]


@pytest.mark.rule("PR-20")
def test_fees_lessen_the_refund_by_their_sum(made: Callable[..., Book]) -> None:
    # 438.00 for the year is 1.20 a day; 100 days are left from 23 September on: 120.00, less 20 and 10
    book = made(records(lines=[(HOLDER, OF_HOSPITAL, 43_800, 0)]))
    answer = cancelled(book, "2026-09-23", fees={"Administration": 20, "Letter": "10.00"})
    assert (answer["refundAmount"], answer["additionalFees"], answer["termPremium"]) == (-90.0, 30.0, 318.0)


@pytest.mark.rule("PR-13")
@pytest.mark.parametrize("fee", [-1, "much", 10.005, True, None, [], "NaN", 1e30, "1e999999", "1e-999999"])
def test_a_fee_is_an_amount_that_is_not_negative(made: Callable[..., Book], fee: Any) -> None:
    book = made(records(lines=WHOLE))
    with pytest.raises(Refused, match="additionalFees"):
        cancelled(book, fees={"Letter": fee})
    assert cancelled(book, fees={"Letter": 0})["additionalFees"] == 0


@pytest.mark.rule("PR-21")
def test_later_versions_are_cancelled_too_at_nothing(made: Callable[..., Book]) -> None:
    first = {"policy_code": "G", "expiration_date": date(2026, 6, 30), "original_expiration_date": date(2026, 6, 30)}
    second = {"policy_code": "G", "effective_date": date(2026, 7, 1), "prior_policy_id": POLICY}
    later = "0YT000000000000002"
    book = made(records(lines=WHOLE, **first), records(later, WHOLE, tail="b", **second))
    answer = cancelled(book, "2026-06-01")
    assert [(one["policyId"], one["termPremium"], one["refundAmount"]) for one in answer["laterPolicies"]] == [
        (later, 0.0, -900.0)
    ]
    assert rows(book, "SELECT policy_id, status, term_cents FROM book.insurance_policy ORDER BY 1") == [
        # 151 days of 365 up to the end of May: 372.328...
        (POLICY, "Canceled", 37_233),
        (later, "Canceled", 0),
    ]


@pytest.mark.rule("PR-21")
@pytest.mark.parametrize("is_renewed", [True, False])
def test_the_renewals_of_a_policy_are_cancelled_with_it_and_other_policies_are_not(
    made: Callable[..., Book], *, is_renewed: bool
) -> None:
    """Two years that renew the policy, each the one before; without the mark of a renewal they only name it."""
    book = made(
        records(lines=WHOLE),
        *(
            records(
                f"0YT00000000000000{n}",
                WHOLE,
                tail=str(n),
                prior_policy_id=f"0YT00000000000000{n - 1}",
                is_renewed=is_renewed,
                effective_date=date(2025 + n, 1, 1),
                expiration_date=date(2025 + n, 12, 31),
                original_expiration_date=date(2025 + n, 12, 31),
                status="Pending",
            )
            for n in (2, 3)
        ),
    )
    later = [("0YT000000000000002", 0.0, -900.0), ("0YT000000000000003", 0.0, -900.0)]
    answer = cancelled(book)
    assert [(one["policyId"], one["termPremium"], one["refundAmount"]) for one in answer["laterPolicies"]] == (
        later if is_renewed else []
    )
    found = [("Canceled", 0)] * 2 if is_renewed else [("Pending", 90_000)] * 2
    assert rows(book, "SELECT status, term_cents FROM book.insurance_policy ORDER BY policy_id") == [
        ("Canceled", 64_849),  # 263 days of 365 up to 20 September (PR-25)
        *found,
    ]


def test_an_endorsed_contract_ends_its_policies_and_cancels_none_that_has_days(made: Callable[..., Book]) -> None:
    """From 21 September another version of the contract goes on: 900.00 x 263/365 = 648.49 is left, 251.51 falls away.
    Who was to begin in October is covered by nothing of it; the renewal of 2027 stands.
    """
    second, third, fourth = (f"0YT00000000000000{n}" for n in (2, 3, 4))
    renewal = {"prior_policy_id": POLICY, "is_renewed": True, "status": "Pending", "contract_id": "K3"}
    book = made(
        records(lines=WHOLE),
        records(second, WHOLE, tail="2", effective_date=date(2026, 10, 1), status="Pending"),
        records(third, WHOLE, tail="3", effective_date=date(2027, 1, 1), expiration_date=date(2027, 12, 31), **renewal),
        records(fourth, WHOLE, tail="4", status="Canceled", expiration_date=date(2026, 9, 30)),
        {
            "book.policy_payment": [
                payment("D1", 60_000, date(2026, 1, 1), is_paid=True),
                payment("D2", 10_000, date(2026, 9, 1)),
                payment("D3", 20_000, date(2026, 10, 1)),
            ]
        },
    )
    with book.write() as tx:
        assert end_for_version(tx, "K", date(2026, 9, 21), "K2", now=AUTUMN) == 2
    told = "SELECT policy_id, status, expiration_date, original_expiration_date, cancellation_date, term_cents"
    assert rows(book, f"{told} FROM book.insurance_policy ORDER BY 1") == [
        (POLICY, "In Force", date(2026, 9, 20), date(2026, 12, 31), None, 64_849),
        (second, "Canceled", date(2026, 9, 20), date(2026, 12, 31), date(2026, 9, 21), 0),
        (third, "Pending", date(2027, 12, 31), date(2026, 12, 31), None, 90_000),
        (fourth, "Canceled", date(2026, 9, 30), date(2026, 12, 31), None, 90_000),
    ]
    people = "SELECT policy_id, is_active, expiration_date FROM book.policy_participant ORDER BY 1"
    assert rows(book, people)[:2] == [(POLICY, True, date(2026, 9, 20)), (second, False, date(2026, 9, 20))]
    assert rows(book, "SELECT expiration_date FROM book.policy_coverage WHERE policy_id = '" + POLICY + "'") == [
        (date(2026, 9, 20),)
    ]
    assert rows(
        book, "SELECT policy_id, type, amount_cents, reason, source_change_id FROM book.policy_transaction ORDER BY 1"
    ) == [
        (POLICY, "Adjustment", -25_151, "The contract was endorsed.", "K2"),
        (second, "Canceled", -90_000, "The contract was endorsed.", "K2"),
    ]
    # 600.00 paid and 100.00 due in September, where the policy costs 648.49 now: 51.51 go back; October is not due.
    assert rows(book, "SELECT due_date, amount_cents, is_paid, status FROM book.policy_payment ORDER BY 1, 2") == [
        (date(2026, 1, 1), 60_000, True, "Valid"),
        (date(2026, 9, 1), 10_000, False, "Valid"),
        (AUTUMN.date(), -5_151, False, "Valid"),
    ]
    # Cancelled from June on, it is still a part of the year that its premium is of: 900.00 x 151/365.
    assert cancelled(book, "2026-06-01")["termPremium"] == 372.33
    assert rows(book, f"{told} FROM book.insurance_policy ORDER BY 1")[0] == (
        (POLICY, "Canceled", date(2026, 5, 31), date(2026, 12, 31), date(2026, 6, 1), 37_233)
    )


def test_a_member_can_leave_after_the_contract_was_endorsed_for_a_later_day(made: Callable[..., Book]) -> None:
    book = made(records())
    with book.write() as tx:
        end_for_version(tx, "K", date(2026, 12, 1), "K2", now=AUTUMN)
        done = end_member(tx, SPOUSE, Cancellation("2026-09-21"), scope=EVERYTHING, now=AUTUMN)
    # The spouse 300.00 x 263/365 = 216.16; the employee, to the end of November, 600.00 and 100.00 x 334/365.
    assert [one["termPremium"] for one in done["policies"]] == [856.71]  # 216.16 + 549.04 + 91.51


def test_an_earlier_version_stays_when_a_later_one_is_cancelled(made: Callable[..., Book]) -> None:
    later = "0YT000000000000002"
    book = made(
        records(lines=WHOLE, policy_code="G", expiration_date=date(2026, 6, 30)),
        records(later, WHOLE, tail="b", policy_code="G", effective_date=date(2026, 7, 1)),
    )
    assert cancelled(book, key=later)["laterPolicies"] == []
    assert rows(book, "SELECT status FROM book.insurance_policy ORDER BY policy_id") == [("In Force",), ("Canceled",)]


@pytest.mark.rule("PR-22")
def test_a_transaction_tells_what_changed_of_each_participant_and_coverage(made: Callable[..., Book]) -> None:
    nothing = ("T1", "V2", 0, 0)
    book = made(records(lines=[(HOLDER, OF_HOSPITAL, 60_000, 45_000), (PARTNER, OF_HOSPITAL, 30_000, 10_000), nothing]))
    answer = cancelled(book, creates_transaction=True, reason="Left", fees={"Letter": 1})
    assert rows(
        book,
        "SELECT transaction_id, type, effective_date, amount_cents, fees_cents, reason FROM book.policy_transaction",
    ) == [(answer["transactionId"], "Canceled", date(2026, 9, 21), round(answer["refundAmount"] * 100), 100, "Left")]
    found = rows(
        book,
        "SELECT participant_id, policy_coverage_id, period_start, period_end, old_cents, new_cents, amount_cents,"
        " employer_cents, employee_cents FROM book.policy_transaction_line ORDER BY 1",
    )
    days = (date(2026, 9, 21), date(2026, 12, 31))
    assert found == [
        (HOLDER, OF_HOSPITAL, *days, 60_000, 43_233, -16_767, 32_425 - 45_000, 43_233 - 32_425 - 15_000),
        (PARTNER, OF_HOSPITAL, *days, 30_000, 21_616, -8_384, 7_205 - 10_000, 21_616 - 7_205 - 20_000),
    ]
    # What was charged is what is kept and what goes back, the fee of 1.00 aside.
    assert round(answer["termPremium"] * 100) - (round(answer["refundAmount"] * 100) - 100) == 90_000


@pytest.mark.rule("PR-8", "PR-16", "PR-22")
def test_tax_and_fee_are_prorated_beside_the_premium_and_part_of_every_sum(made: Callable[..., Book]) -> None:
    parts = records(lines=WHOLE)
    charged = {"standard_tax_cents": 1_000, "term_tax_cents": 1_000, "standard_fee_cents": 365, "term_fee_cents": 365}
    for name in ("insurance_policy", "policy_participant", "policy_coverage", "policy_line"):
        parts[f"book.{name}"] = [row | charged for row in parts[f"book.{name}"]]
    book = made(parts)
    answer = cancelled(book, creates_transaction=True)
    # x 263 / 365: 900.00 is 648.493..., 10.00 is 7.205..., 3.65 is 2.63; together 658.33 of 913.65.
    assert (answer["previousTermPremium"], answer["termPremium"], answer["refundAmount"]) == (913.65, 658.33, -255.32)
    for name in ("insurance_policy", "policy_participant", "policy_coverage", "policy_line"):
        assert rows(book, f"SELECT term_cents, term_tax_cents, term_fee_cents FROM book.{name}") == [(64_849, 721, 263)]
    assert rows(book, "SELECT old_cents, new_cents, amount_cents FROM book.policy_transaction_line") == [
        (91_365, 65_833, -25_532)
    ]


@pytest.mark.rule("PR-13", "PR-22")
def test_without_the_wish_no_transaction_is_stored(made: Callable[..., Book]) -> None:
    book = made(records())
    assert cancelled(book)["transactionId"] is None
    assert rows(book, "SELECT count(*) FROM book.policy_transaction") == [(0,)]


@pytest.mark.rule("PR-13")
def test_policy_and_date_are_required(made: Callable[..., Book]) -> None:
    book = made(records())
    for key, day, code in (
        (None, "2026-09-21", "SF-0001-0004"),
        (POLICY, None, "SF-0001-0004"),
        (POLICY, "21.09.2026", "SF-0001-0003"),
        (POLICY, "0001-01-01", "SF-0001-0005"),
        (POLICY, "1899-12-31", "SF-0001-0005"),
        ("0YT000000000000009", "2026-09-21", "SF-0001-0005"),
    ):
        with pytest.raises(Refused) as refused:
            cancelled(book, day, key)
        assert codes(refused) == [code]


@pytest.mark.rule("PR-14")
def test_the_day_cannot_be_after_today(made: Callable[..., Book]) -> None:
    book = made(records())
    with pytest.raises(Refused) as refused:
        cancelled(book, "2026-10-02")
    assert codes(refused) == ["GB-POL-001"]
    assert cancelled(book, "2026-10-01")["expirationDate"] == "2026-09-30"


def test_a_policy_is_cancelled_once(made: Callable[..., Book]) -> None:
    book = made(records())
    cancelled(book)
    with pytest.raises(Refused) as refused:
        cancelled(book)
    assert codes(refused) == ["GB-POL-002"]


def test_a_policy_cannot_end_after_its_last_day(made: Callable[..., Book]) -> None:
    book = made(records(lines=WHOLE, expiration_date=date(2026, 8, 31)))
    with pytest.raises(Refused) as refused:
        cancelled(book, "2026-09-01")
    assert codes(refused) == ["GB-POL-003"]
    assert cancelled(book, "2026-08-31")["expirationDate"] == "2026-08-30"


@pytest.mark.rule("EN-8")
@pytest.mark.parametrize("stored", ["Pending", "In Force", "Expired"])
def test_only_being_cancelled_already_stands_in_the_way_whatever_the_calendar_made_of_a_policy(
    made: Callable[..., Book], stored: str
) -> None:
    book = made(records(lines=WHOLE, status=stored, expiration_date=date(2026, 9, 30)))
    assert cancelled(book)["status"] == "Canceled"
    assert rows(book, "SELECT status FROM book.insurance_policy") == [("Canceled",)]


def test_a_policy_cancelled_from_its_first_day_costs_nothing(made: Callable[..., Book]) -> None:
    book = made(records(lines=WHOLE))
    answer = cancelled(book, "2026-01-01")
    assert (answer["termPremium"], answer["refundAmount"]) == (0.0, -900.0)


def test_the_standard_premium_goes_by_the_term_it_was_made_for(made: Callable[..., Book]) -> None:
    """A contract that was shortened since does not make the days of a policy dearer."""
    book = made(records(lines=WHOLE))
    with book.write() as tx:
        tx.connection.execute("UPDATE book.contract SET end_date = DATE '2026-10-31'").fetchall()
    assert cancelled(book)["termPremium"] == 648.49


def test_the_method_of_the_plan_says_what_a_part_of_the_term_costs(made: Callable[..., Book]) -> None:
    book = made(records(lines=WHOLE))
    with book.write() as tx:
        tx.connection.execute("UPDATE book.contract_plan SET proration_method = 'FULL_MONTH'").fetchall()
    # nine of twelve months have begun
    assert cancelled(book)["termPremium"] == 675.0


def test_weighing_tells_the_same_and_writes_nothing(made: Callable[..., Book]) -> None:
    book = made(records(), SCHEDULES)
    with book.write() as tx:
        asked = Cancellation("2026-09-21", Manner(uses_paid_flag=True), {"Letter": 5})
        told = prepare(tx, POLICY, asked, scope=EVERYTHING, now=AUTUMN)
    assert rows(book, "SELECT status, term_cents FROM book.insurance_policy") == [("In Force", 100_000)]
    assert rows(book, "SELECT count(*) FROM book.policy_payment") == [(5,)]
    assert cancelled(book, uses_paid_flag=True, fees={"Letter": 5}) == told


def ended(book: Book, member: str | None, day: str = "2026-09-21", scope: Scope = EVERYTHING, **how: Any) -> Any:
    with book.write() as tx:
        return end_member(tx, member, Cancellation(day, Manner(**how)), scope=scope, now=AUTUMN)


@pytest.mark.rule("PR-23")
def test_ending_a_primary_cancels_all_active_policies_with_the_dependents(made: Callable[..., Book]) -> None:
    other, gone = "0YT000000000000002", "0YT000000000000003"
    book = made(records(), records(other, WHOLE, "b"), records(gone, WHOLE, "c", status="Canceled"))
    answer = ended(book, EMPLOYEE)
    assert [one["policyId"] for one in answer["policies"]] == [POLICY, other]
    assert answer["message"] is None
    assert rows(book, "SELECT DISTINCT status FROM book.insurance_policy") == [("Canceled",)]
    assert rows(book, "SELECT count(*) FROM book.policy_participant WHERE is_active") == [(1,)]  # of the third


@pytest.mark.rule("PR-21", "PR-23")
def test_ending_a_primary_tells_of_the_renewal_that_stands_on_another_census(made: Callable[..., Book]) -> None:
    """The census of 2027 is a file of its own, with a record of its own for the employee."""
    second = "0YT000000000000002"
    days = {"effective_date": date(2027, 1, 1), "expiration_date": date(2027, 12, 31), "status": "Pending"}
    renewal = records(second, WHOLE, "2", prior_policy_id=POLICY, is_renewed=True, group_census_member_id="N", **days)
    for one in renewal["book.policy_participant"]:
        one["group_census_member_id"] = "N"
    book = made(records(lines=WHOLE), renewal)
    told = [(one["policyId"], one["status"], one["termPremium"]) for one in ended(book, EMPLOYEE)["policies"]]
    assert told == [(POLICY, "Canceled", 648.49), (second, "Canceled", 0.0)]  # 900.00 x 263/365, and no day of 2027
    assert rows(book, "SELECT DISTINCT status FROM book.insurance_policy") == [("Canceled",)]


@pytest.mark.rule("PR-21")
@pytest.mark.parametrize(
    ("other", "ends"),
    [
        ({}, True),
        ({"first_name": "sam"}, True),
        ({"first_name": "Sue"}, False),
        ({"first_name": "Sue", "person_account_id": "P"}, True),
        ({"birth_date": date(1984, 2, 12)}, False),
    ],
)
def test_ending_a_dependent_ends_its_part_in_a_renewal_that_stands_on_another_census(
    made: Callable[..., Book], other: dict[str, Any], *, ends: bool
) -> None:
    """The same person has the same account, or first name and birth date in the family, and a record of its own."""
    second, born = "0YT000000000000002", date(1984, 2, 11)
    days = {"effective_date": date(2027, 1, 1), "expiration_date": date(2027, 12, 31), "status": "Pending"}
    renewal = records(second, tail="2", prior_policy_id=POLICY, is_renewed=True, **days)
    for one in renewal["book.policy_participant"]:
        one["group_census_member_id"] = f"N{one['participant_id']}"
    now = records()
    for one in (now["book.policy_participant"][1], renewal["book.policy_participant"][1]):
        one["primary_account_id"] = other.get("person_account_id")
    own = [
        person(f"N{HOLDER}2", first_name="Sam", birth_date=born),
        person(f"N{PARTNER}2", f"N{HOLDER}2", "Spouse", **({"first_name": "Sam", "birth_date": born} | other)),
    ]
    book = made(now, renewal, {"book.census_member": own})
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE book.census_member SET first_name = 'Sam' WHERE group_census_member_id = ?", [SPOUSE]
        )
    told = [(one["policyId"], one["termPremium"]) for one in ended(book, SPOUSE)["policies"]]
    assert told == [(POLICY, 916.16), *[(second, 700.0)][: int(ends)]]  # 1,000.00 less the spouse's 300.00
    active = "SELECT participant_id FROM book.policy_participant WHERE is_active ORDER BY 1"
    assert rows(book, active) == [(HOLDER,), (f"{HOLDER}2",), *[(f"{PARTNER}2",)][int(ends) :]]


@pytest.mark.rule("PR-23")
def test_a_member_without_active_policy_is_told_so(made: Callable[..., Book]) -> None:
    book = made(records(status="Canceled"))
    for member in (EMPLOYEE, SPOUSE, CHILD):
        assert ended(book, member) == {"policies": [], "message": "No active policies exist for this member."}
    with pytest.raises(Refused, match="memberId"):
        ended(book, "nobody")
    with pytest.raises(Refused, match="memberId"):
        ended(book, None)


def test_ending_a_dependent_keeps_the_policy_at_the_sum_of_what_remains(made: Callable[..., Book]) -> None:
    book = made(records())
    answer = ended(book, SPOUSE, creates_transaction=True)
    # The spouse's 300.00 become 216.16 of 263 days.
    (policy,) = answer["policies"]
    assert (policy["status"], policy["termPremium"], policy["refundAmount"]) == ("In Force", 916.16, -83.84)
    assert policy["expirationDate"] == "2026-12-31"
    assert rows(book, "SELECT status, expiration_date, term_cents, employer_cents FROM book.insurance_policy") == [
        ("In Force", date(2026, 12, 31), 91_616, 45_000 + 7_205)
    ]
    assert rows(
        book, "SELECT is_active, expiration_date, term_cents FROM book.policy_participant ORDER BY participant_id"
    ) == [
        (True, date(2026, 12, 31), 70_000),
        (False, date(2026, 9, 20), 21_616),
    ]
    assert rows(book, "SELECT expiration_date, term_cents FROM book.policy_coverage ORDER BY contract_plan_id") == [
        (date(2026, 12, 31), 81_616),
        (date(2026, 12, 31), 10_000),
    ]
    assert rows(book, "SELECT type, amount_cents FROM book.policy_transaction") == [("Adjustment", -8_384)]
    # The holder's later cancellation leaves what the spouse paid for as it is.
    assert cancelled(book, "2026-10-01")["termPremium"] == pytest.approx(216.16 + 448.77 + 74.79)  # 273 days


@pytest.mark.rule("PR-15", "PR-16")
@pytest.mark.parametrize(
    ("day", "spouse", "last_day"),
    [
        # The spouse has left on 21 September at 216.16; whoever is on a policy stays no longer than the policy does.
        ("2026-06-01", 124.11, date(2026, 5, 31)),  # 151 days of 365 of 300.00
        ("2026-09-20", 215.34, date(2026, 9, 19)),  # 262 days
        ("2026-09-21", 216.16, date(2026, 9, 20)),
    ],
)
def test_who_had_left_before_stays_no_longer_than_the_policy(
    day: str, spouse: float, last_day: date, made: Callable[..., Book]
) -> None:
    book = made(records())
    before = ended(book, SPOUSE)["policies"][0]
    answer = cancelled(book, day, creates_transaction=True)
    assert rows(
        book, f"SELECT expiration_date, term_cents FROM book.policy_participant WHERE participant_id = '{PARTNER}'"
    ) == [(last_day, round(spouse * 100))]
    sums = [rows(book, f"SELECT sum(term_cents), sum(employer_cents + employee_cents) FROM book.{table}")
            for table in ("insurance_policy", "policy_participant", "policy_coverage", "policy_line")]  # fmt: skip
    kept = round(answer["termPremium"] * 100)
    assert sums == [[(kept, kept)]] * 4
    # Nothing is lost: what was charged is what is kept and what went back, 1,000.00 in all.
    assert kept - round((before["refundAmount"] + answer["refundAmount"]) * 100) == 100_000


def test_a_policy_out_of_scope_is_unknown(made: Callable[..., Book]) -> None:
    book = made(records())
    with pytest.raises(Refused, match="memberId"):
        ended(book, EMPLOYEE, scope=Scope(account_ids=("B",)))
