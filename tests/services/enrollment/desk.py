"""A census about to be enrolled, and short ways to enroll it and to look at what came of it.

What lives here: the family of the worked example of member rating, with names, products and group numbers, beside a
second primary (`OWEN`) with the same plans. What does not: any expectation.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from services import job_runs, jobs
from services.book import Book
from services.enrollment.enroll import enroll
from services.enrollment.individual import Enrolled, enroll_member
from services.enrollment.manner import Manner, plan_of
from services.enrollment.request import GroupAsk, ask
from services.scope import EVERYTHING, Scope
from tests.filled_book import filled_book, prepared_book
from tests.services.member_rating.desk import (
    DENTAL,
    EMPLOYEE,
    HOSPITAL,
    MEDICAL,
    OLD,
    RX,
    SPOUSE,
    STRANGER,
    choice,
    family,
    person,
    plan,
)  # fmt: skip
from tests.services.test_gather import Rows

OWEN = STRANGER
"""A primary alone."""
CENSUS, CONTRACT, ACCOUNT = "C", "K", "A"
TODAY = datetime(2026, 1, 15, 12, 0)
HIRED = date(2026, 4, 16)

__all__ = [
    "DENTAL", "EMPLOYEE", "HOSPITAL", "MEDICAL", "OLD", "RX", "SPOUSE", "choice", "person", "plan",
]  # fmt: skip


def rows(**employee: Any) -> Rows:
    """The rows: everybody named, every plan with a product and a group number."""
    made = family(**employee)
    for number, one in enumerate(made["book.census_member"]):
        one |= {"first_name": f"First{number}", "last_name": f"Last{number}", "name": f"First{number} Last{number}"}
        one |= {"source_system_identifier": f"HR-{number}"}
    for one in made["book.contract_plan"]:
        one |= {"group_number": "G-20417", "is_optional": one.get("is_optional", False)}
    made["book.member_plan"] = [one | {"enrollment_status": "To Be Started"} for one in made["book.member_plan"]]
    made["book.product"] = [
        {
            "product_id": one["product_id"], "product_code": one["contract_plan_id"], "name": one["name"],
            "product_type": one["plan_type"],
        }
        for one in made["book.contract_plan"]
    ]  # fmt: skip
    return made


def chosen(member: str, key: str, status: str = "To Be Started") -> dict[str, Any]:
    """A selection not begun with."""
    return choice(member, key, enrollment_status=status)


def a_book(path: Path, made: Rows | None = None) -> Book:
    """A book with these rows, else with the family hired in April."""
    return filled_book(path / "enrollment.duckdb", rows(policy_start_date=HIRED) if made is None else made)


def enrolled(path: Path, made: Rows | None = None, key: str = MEDICAL) -> Book:
    """As `a_book`, with the employee enrolled."""

    def enroll_in(folder: Path) -> Book:
        book = a_book(folder, made)
        assert one(book, key=key).is_success
        return book

    return prepared_book(path, f"enrolled-{hashlib.sha256(repr((made, key)).encode()).hexdigest()}", enroll_in)


def change(book: Book, statement: str) -> None:
    """Something about the book is otherwise."""
    with book.write() as tx:
        tx.connection.execute(statement).fetchall()


def found(book: Book, query: str) -> list[tuple[Any, ...]]:
    """What the book holds."""
    with book.read() as tx:
        return tx.connection.execute(query).fetchall()


def one(
    book: Book,
    member: str = EMPLOYEE,
    key: str | None = MEDICAL,
    *,
    scope: Scope = EVERYTHING,
    now: datetime = TODAY,
    **more: Any,
) -> Enrolled:
    """Individual enrollment."""
    with book.write() as tx:
        return enroll_member(tx, member, key, scope=scope, now=now, **more)


def codes(done: Enrolled) -> list[str]:
    """What was wrong."""
    return [error.code for error in done.errors]


def many(book: Book, members: Sequence[str], key: str = MEDICAL, manner: Manner | None = None) -> pl.DataFrame:
    """The core itself."""
    with book.write() as tx:
        the_plan = plan_of(tx, key)
        assert the_plan is not None
        return enroll(tx, the_plan, pl.Series(list(members)), manner or Manner(), scope=EVERYTHING, now=TODAY)


def asked(book: Book, **more: Any) -> str:
    """A group enrollment asked for."""
    with book.write() as tx:
        return ask(tx, GroupAsk(CENSUS, **more), scope=EVERYTHING, now=TODAY)


def worked(book: Book, request_id: str) -> dict[str, Any]:
    """The request worked on to its end."""
    job_runs.run_pending(book, lambda: TODAY, request_id=request_id)
    with book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING, with_information=True)


def statuses(book: Book) -> dict[tuple[str, str], str]:
    """The status of every choice, by member and plan."""
    query = "SELECT group_census_member_id, contract_plan_id, enrollment_status FROM book.member_plan"
    return {(member, key): status for member, key, status in found(book, query)}


def counts(book: Book) -> tuple[int, ...]:
    """Policies, participants and coverages in the book."""
    tables = ("insurance_policy", "policy_participant", "policy_coverage")
    return tuple(found(book, f"SELECT count(*) FROM book.{name}")[0][0] for name in tables)
