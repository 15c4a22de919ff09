"""The family of the worked example of member rating, and short ways to ask.

What lives here: a book with that family (contract of 2026; Hospital costs the employee 5,400.00 a term with an
employer rule of 80 %, Rx 960.00 with none, the spouse's Hospital 6,120.00 with a rule of 50 % for dependents), and of
the dental plan of the action's example. What does not: any expectation.
"""

from datetime import date
from pathlib import Path
from typing import Any

from services.book import Book
from tests.filled_book import filled_book
from tests.random_book import NOW
from tests.services.test_gather import CONTRACT, MEMBER, TABLE, Rows, plan

EMPLOYEE, SPOUSE, CHILD, STRANGER = "M1", "M2", "M3", "M9"
MEDICAL, HOSPITAL, RX, VISION = "P01", "C11", "C12", "P03"
DENTAL, PREVENTIVE, ORTHODONTIA = "P02", "C21", "C22"
OLD = "P09"


def person(key: str, primary: str | None = None, relationship: str = "Self", **more: Any) -> dict[str, Any]:
    """A member of the census."""
    return (
        MEMBER
        | {
            "group_census_member_id": key,
            "family_id": primary or key,
            "primary_member_id": primary,
            "relationship": relationship,
            "association": relationship,
            "birth_date": date(1984, 2, 11) if relationship != "Child" else date(2014, 9, 30),
            "group_class_id": "G",
            "name": key,
        }
        | more
    )


def choice(member: str, key: str, **more: Any) -> dict[str, Any]:
    """A selection."""
    return {
        "member_plan_id": f"{member} {key}",
        "group_census_member_id": member,
        "group_census_id": "C",
        "contract_plan_id": key,
        "name": key,
    } | more


def rule(key: str, **more: Any) -> dict[str, Any]:
    """A contribution rule of the one class."""
    return {
        "contribution_rule_id": key,
        "group_class_id": "G",
        "name": key,
        "type": "Percentage",
        "amount_period": "TERM",
        "modified_at": NOW,
    } | more


def table(key: str, plan_id: str, cells: list[tuple[list[str], float]], axes: list[str] | None = None) -> Rows:
    """A table of prices of the term for one coverage."""
    return {
        "ref.rate_table": [TABLE | {"rate_table_id": key, "name": key, "rate_period": "TERM", "axes": axes or []}],
        "ref.rate_cell": [
            {"rate_table_id": key, "effective_from": date(2020, 1, 1), "keys": keys, "rate": rate}
            for keys, rate in cells
        ],
        "ref.rate_table_plan": [{"rate_table_id": key, "contract_plan_id": plan_id}],
    }


def together(*parts: Rows) -> Rows:
    """Rows of several parts, table by table, each its caller's own to change."""
    made: Rows = {}
    for part in parts:
        for name, rows in part.items():
            made[name] = [*made.get(name, []), *map(dict, rows)]
    return made


def family(**employee: Any) -> Rows:
    """The rows of the worked examples."""
    return together(
        CONTRACT,
        {
            "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "Everybody"}],
            "book.census_member": [
                person(EMPLOYEE, **employee),
                person(SPOUSE, EMPLOYEE, "Spouse"),
                person(CHILD, EMPLOYEE, "Child"),
                person(STRANGER),
            ],
            "book.contract_plan": [
                plan(MEDICAL, plan_type="Medical", name="Medical Platinum"),
                plan(HOSPITAL, MEDICAL, plan_type="Medical"),
                plan(RX, MEDICAL, plan_type="Medical", is_optional=True),
                plan(DENTAL, plan_type="Dental"),
                plan(PREVENTIVE, DENTAL, plan_type="Dental"),
                plan(ORTHODONTIA, DENTAL, plan_type="Dental"),
                plan(VISION, plan_type="Vision"),
                plan(OLD, plan_type="Medical", status="Inactive"),
            ],
            "book.member_plan": [
                choice(EMPLOYEE, MEDICAL), choice(EMPLOYEE, RX), choice(SPOUSE, MEDICAL), choice(EMPLOYEE, DENTAL),
            ],
            "ref.contribution_rule": [
                rule("K01", percentage=80, member_type="Subscriber", contract_plan_id=HOSPITAL),
                rule("K02", percentage=50, member_type="Dependent", contract_plan_id=HOSPITAL),
                rule("K07", type="Amount", amount_cents=6_000, member_type="Subscriber", contract_plan_id=PREVENTIVE),
            ],
        },
        table("T11", HOSPITAL, [(["Self"], 5_400), (["Spouse"], 6_120)], ["relationship"]),
        table("T12", RX, [([], 960)]),
        table("T21", PREVENTIVE, [([], 240)]),
        table("T22", ORTHODONTIA, [([], 150)]),
        table("T03", VISION, [([], 120)]),
    )  # fmt: skip


def a_book(path: Path, rows: Rows | None = None) -> Book:
    """A book with the family, or with other rows."""
    return filled_book(path / "family.duckdb", family() if rows is None else rows)
