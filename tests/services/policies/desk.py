"""Policies as enrollment leaves them, written straight into the tables, and short ways to ask.

What lives here: a book with the family of the member rating (contract of 2026), a medical policy of the employee and
the spouse over the whole of 2026: Hospital 600.00 and 300.00, of which the employer pays 450.00 and 100.00, and Rx
100.00 of the employee alone, 1,000.00 in all. What does not: any expectation.
"""

from datetime import date
from pathlib import Path
from typing import Any

from services.book import Book
from tests.filled_book import filled_book
from tests.random_book import NOW
from tests.services.member_rating.desk import EMPLOYEE, HOSPITAL, MEDICAL, RX, SPOUSE, family, together
from tests.services.test_gather import Rows

POLICY, HOLDER, PARTNER = "0YT000000000000001", "T1", "T2"
OF_HOSPITAL, OF_RX = "V1", "V2"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
LATER = "2026-10-01T12:00"
"""A moment in the autumn of the contract's year."""

LINES = [(HOLDER, OF_HOSPITAL, 60_000, 45_000), (PARTNER, OF_HOSPITAL, 30_000, 10_000), (HOLDER, OF_RX, 10_000, 0)]


def policy(key: str = POLICY, **more: Any) -> dict[str, Any]:
    """A policy."""
    return {
        "policy_id": key, "policy_number": f"G-{key[-6:]}", "policy_name": "Medical Platinum", "plan_type": "Medical",
        "name_insured_id": "A", "account_id": "A", "product_id": f"product of {MEDICAL}", "contract_plan_id": MEDICAL,
        "contract_id": "K", "group_census_id": "C", "group_census_member_id": EMPLOYEE, "effective_date": YEAR[0],
        "expiration_date": YEAR[1], "original_effective_date": YEAR[0], "original_expiration_date": YEAR[1],
        "status": "In Force", "policy_code": f"G-{key[-6:]}", "policy_term": "Annual",
    } | more  # fmt: skip


def records(
    key: str = POLICY, lines: list[tuple[str, str, int, int]] | None = None, tail: str = "", **more: Any
) -> Rows:
    """A policy with its participants, coverages and lines; each line has a participant, a coverage, the premium of the
    term and the employer's part. `tail` tells the records of one policy from those of another."""
    found = LINES if lines is None else lines
    made = policy(key, **more)
    span = {name: made[name] for name in ("effective_date", "expiration_date")}
    own = {"policy_id": key} | span
    people = {HOLDER: (EMPLOYEE, "PolicyHolder", "Self"), PARTNER: (SPOUSE, "Member", "Spouse")}
    covers = {OF_HOSPITAL: (HOSPITAL, False), OF_RX: (RX, True)}
    return {
        "book.insurance_policy": [made | _sums(found)],
        "book.policy_participant": [
            own
            | {
                "participant_id": who + tail, "group_census_member_id": people[who][0],
                "participant_name": people[who][0],
                "role": people[who][1], "relationship": people[who][2], "is_active": True,
                "is_policyholder": who == HOLDER,
            }
            | _sums([line for line in found if line[0] == who])
            for who in dict.fromkeys(line[0] for line in found)
        ],
        "book.policy_coverage": [
            own
            | {
                "policy_coverage_id": cover + tail, "participant_id": HOLDER + tail,
                "contract_plan_id": covers[cover][0],
                "product_id": f"product of {covers[cover][0]}", "coverage_name": covers[cover][0],
                "is_optional": covers[cover][1],
            }
            | _sums([line for line in found if line[1] == cover])
            for cover in dict.fromkeys(line[1] for line in found)
        ],
        "book.policy_line": [
            {"policy_id": key, "participant_id": line[0] + tail, "policy_coverage_id": line[1] + tail} | _sums([line])
            for line in found
        ],
    }  # fmt: skip


def _sums(lines: list[tuple[str, str, int, int]]) -> dict[str, int]:
    cents, employer = sum(line[2] for line in lines), sum(line[3] for line in lines)
    shares = {"employer_cents": employer, "employee_cents": cents - employer}
    return {"standard_cents": cents, "term_cents": cents} | shares


def payment(key: str, cents: int, due: date, **more: Any) -> dict[str, Any]:
    """What is due for the policy."""
    return {
        "payment_id": key, "policy_id": POLICY, "due_date": due, "amount_cents": cents, "is_paid": False,
        "status": "Valid",
    } | more  # fmt: skip


def a_book(path: Path, *parts: Rows) -> Book:
    """A book with the family and these records."""
    return filled_book(path / "policies.duckdb", together(family(), *parts))


def rows(book: Book, sql: str) -> list[tuple[Any, ...]]:
    """What the book holds."""
    with book.read() as tx:
        return tx.connection.execute(sql).fetchall()


__all__ = ["EMPLOYEE", "NOW", "SPOUSE"]
