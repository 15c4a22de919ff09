"""From quote to policies: a quote of many members and plans rated, and a large census enrolled as one job.

Each runs in a process of its own on a book of its own, from the call to the end of its request; a small request of the
same kind has ended before, as in a server that has worked already. Rows are made here, since no file is part of it.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
import pyarrow as pa

from benchmarks.timing import in_process, timed
from schemas import TABLES
from services import jobs
from services.book import Book, Transaction
from services.enrollment import request as enrollment
from services.job_runs import run_pending
from services.quotes import request as quotes
from services.scope import EVERYTHING

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).replace(tzinfo=None)
START, END = date(2026, 1, 1), date(2026, 12, 31)
ENROLLED_PLANS = 3
WARM = 40
"""Members of the request before."""

Rows = dict[str, list[dict[str, Any]]]


def measure(quoted: int, plans: int, enrolled: int, repeats: int) -> dict[str, Any]:
    """Median seconds of both, and what they made."""
    with tempfile.TemporaryDirectory(prefix="benefits-bench-") as name:
        asked = {"quote": ("quote", str(quoted), str(plans)), "enroll": ("enroll", str(enrolled))}
        runs = {
            part: [in_process("benchmarks.policies", words[0], f"{name}/{n}", *words[1:]) for n in range(repeats)]
            for part, words in asked.items()
        }
    seconds = {part: median(run["seconds"] for run in each) for part, each in runs.items()}
    return {
        "quoted_members": quoted,
        "quoted_plans": plans,
        "enrolled_members": enrolled,
        "enrolled_plans": ENROLLED_PLANS,
        "policies": runs["enroll"][0]["made"],
        "repeats": repeats,
        "seconds": {part: round(each, 3) for part, each in seconds.items()},
        "cpu_seconds": {part: round(median(run["cpu_seconds"] for run in each), 3) for part, each in runs.items()},
        "quote_s": round(seconds["quote"], 3),
        "enroll_s": round(seconds["enroll"], 3),
    }


# ------------------------------------------------------------------------------------------------- what is measured


def quote(folder: Path, members: str, plans: str) -> dict[str, Any]:
    """A member-based quote rated: everybody in every plan."""
    book = _book(folder)
    products = _products(int(plans))
    for tag, n in (("W", WARM), ("Q", int(members))):
        _write(book, {**_people(tag, n), **_quoted(tag, int(plans)), **(products if tag == "W" else {})})
    _ended(book, lambda tx: quotes.ask(tx, "W", scope=EVERYTHING, now=NOW))
    seconds, cpu = timed(lambda: _ended(book, lambda tx: quotes.ask(tx, "Q", scope=EVERYTHING, now=NOW)))
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "made": _count(book, "quote_line", "net_total_price_cents > 0 AND quote_id = 'Q'"),
    }


def enroll(folder: Path, members: str) -> dict[str, Any]:
    """A census enrolled in all plans of its contract, each family of four in each."""
    book = _book(folder)
    products = _products(ENROLLED_PLANS)
    for tag, n in (("W", WARM), ("K", int(members))):
        _write(book, {**_people(tag, n), **_contracted(tag, n), **(products if tag == "W" else {})})
    _ended(book, lambda tx: enrollment.ask(tx, enrollment.GroupAsk("W"), scope=EVERYTHING, now=NOW))
    before = _count(book, "insurance_policy")
    seconds, cpu = timed(
        lambda: _ended(book, lambda tx: enrollment.ask(tx, enrollment.GroupAsk("K"), scope=EVERYTHING, now=NOW))
    )
    made = _count(book, "insurance_policy") - before
    if made != ENROLLED_PLANS * -(-int(members) // FAMILY):
        raise SystemExit(f"Only {made} policies were made.")
    return {"seconds": seconds, "cpu_seconds": cpu, "made": made}


def _ended(book: Book, ask: Callable[[Transaction], str]) -> None:
    """Ask for something, and work on it to its end."""
    with book.write() as tx:
        request_id = ask(tx)
    run_pending(book, lambda: NOW, request_id=request_id)
    with book.read() as tx:
        told = jobs.status(tx, request_id, scope=EVERYTHING)
    if told["status"] != "Completed":
        raise SystemExit(f"The request ended {told['status']}: {told['result']}")


def _count(book: Book, table: str, where: str = "true") -> int:
    with book.read() as tx:
        return int(tx.connection.execute(f"SELECT count(*) FROM book.{table} WHERE {where}").fetchall()[0][0])


# ------------------------------------------------------------------------------------------------- what there is

FAMILY = 4
_RELATIONS = ("Self", "Spouse", "Child", "Child")


def _book(folder: Path) -> Book:
    folder.mkdir(parents=True, exist_ok=True)
    book = Book(folder / "policies.duckdb")
    book.path.unlink(missing_ok=True)
    book.create(NOW)
    return book


def _people(tag: str, n: int) -> Rows:
    """An account of one class, with a census of so many members in families of four."""
    members = [
        {
            "group_census_member_id": f"{tag}{number:06d}",
            "group_census_id": tag,
            "family_id": f"{tag}{number - number % FAMILY:06d}",
            "primary_member_id": f"{tag}{number - number % FAMILY:06d}" if number % FAMILY else None,
            "relationship": _RELATIONS[number % FAMILY],
            "association": _RELATIONS[number % FAMILY],
            "name": f"Person {number}",
            "first_name": "Person",
            "last_name": f"Number {number}",
            "birth_date": date((2010 if number % FAMILY > 1 else 1962) + number % 15, 1 + number % 12, 1 + number % 28),
            "group_class_id": tag,
        }
        for number in range(n)
    ]
    return {
        "book.account": [{"account_id": tag, "account_number": tag, "name": f"Employer {tag}"}],
        "book.group_class": [{"group_class_id": tag, "account_id": tag, "name": "Staff"}],
        "book.group_census": [
            {
                "group_census_id": tag,
                "account_id": tag,
                "name": tag,
                "type": "Enrollment",
                "contract_id": tag if tag != "Q" else None,
                "effective_date": START,
            }
        ],
        "book.census_member": members,
        "ref.contribution_rule": [
            {
                "contribution_rule_id": tag,
                "group_class_id": tag,
                "name": "Half",
                "type": "Percentage",
                "percentage": Decimal(50),
                "amount_period": "TERM",
                "category": "Medical",
                "modified_at": NOW,
            }
        ],
    }


def _products(plans: int) -> Rows:
    """Products of plans and their one coverage, each priced by age."""
    made: Rows = {name: [] for name in ("book.product", "ref.rate_table", "ref.rate_cell", "ref.rate_table_plan")}
    for number in range(plans):
        root = {"product_id": f"P{number}", "product_code": f"P{number}", "name": f"Plan {number}"}
        cover = {"product_id": f"C{number}", "product_code": f"C{number}", "name": f"Cover {number}"}
        kind = ("Medical", "Dental", "Vision")[number % 3]
        made["book.product"] += [
            root | {"product_type": kind},
            cover | {"product_type": kind, "parent_product_id": f"P{number}"},
        ]
        made["ref.rate_table"].append(
            {
                "rate_table_id": f"T{number}",
                "name": f"T{number}",
                "method": "age_banded",
                "rate_unit": "USD per person per month",
                "rate_period": "MONTHLY",
                "age_basis": "LAST_BIRTHDAY",
                "age_date": "PLAN_ANNIVERSARY",
                "axes": ["age"],
                "factor_tables": [],
                "citation": "Invented for this measurement",
            }
        )
        made["ref.rate_cell"] += [
            {
                "rate_table_id": f"T{number}",
                "effective_from": START,
                "keys": [str(age)],
                "rate": Decimal(100 + 7 * age + number),
            }
            for age in range(0, 65, 5)
        ]
        made["ref.rate_table_plan"].append({"rate_table_id": f"T{number}", "product_id": f"C{number}"})
    return made


def _quoted(tag: str, plans: int) -> Rows:
    """A quote of all plans for the whole class."""
    lines: list[dict[str, Any]] = []
    for number in range(plans):
        root, own = f"{tag}R{number}", {"quote_id": tag, "root_line_id": f"{tag}R{number}", "modified_at": NOW}
        for level, key, parent, product, group_class in (
            ("ROOT", root, None, f"P{number}", None),
            ("GROUP_SUMMARY", f"{tag}S{number}", root, None, tag),
            ("MEMBER", f"{tag}M{number}", f"{tag}S{number}", None, None),
            ("COVERAGE", f"{tag}C{number}", f"{tag}M{number}", f"C{number}", None),
        ):
            lines.append(
                own
                | {"quote_line_id": key, "level": level, "name": key, "parent_line_id": parent, "product_id": product}
                | {"group_class_id": group_class}
            )
    head = {"quote_id": tag, "quote_number": tag, "name": tag, "account_id": tag, "group_census_id": tag}
    dated = {"start_date": START, "end_date": END, "status": "Draft", "modified_at": NOW}
    kinds = {"insurance_quote_type": "New Group Business", "census_rating_type": "Member Based"}
    return {"book.quote": [head | dated | kinds], "book.quote_line": lines}


def _contracted(tag: str, n: int) -> Rows:
    """A contract of three plans, all of which everybody chose."""
    plans: list[dict[str, Any]] = []
    for number in range(ENROLLED_PLANS):
        root = f"{tag}R{number}"
        shared = {
            "contract_id": tag,
            "root_plan_id": root,
            "plan_type": ("Medical", "Dental", "Vision")[number % 3],
            "status": "Active",
            "is_optional": False,
            "proration_method": "DAILY_TERM",
            "rate_basis_date": "EFFECTIVE_DATE",
            "group_number": tag,
        }
        for key, parent, product in ((root, None, f"P{number}"), (f"{tag}C{number}", root, f"C{number}")):
            plans.append(
                shared
                | {
                    "contract_plan_id": key,
                    "plan_code": key,
                    "name": key,
                    "parent_plan_id": parent,
                    "product_id": product,
                }
            )
    choices = [
        {
            "member_plan_id": f"{tag}{number:06d}-{plan}",
            "group_census_member_id": f"{tag}{number:06d}",
            "group_census_id": tag,
            "contract_plan_id": f"{tag}R{plan}",
            "name": "Plan",
            "enrollment_status": "To Be Started",
        }
        for number in range(n)
        for plan in range(ENROLLED_PLANS)
    ]
    contract = {"contract_id": tag, "account_id": tag, "contract_number": tag, "start_date": START, "end_date": END}
    return {"book.contract": [contract], "book.contract_plan": plans, "book.member_plan": choices}


def _write(book: Book, rows: Rows) -> None:
    """Insert the rows; a required column of which nothing is said is blank."""
    blanks: dict[str, Any] = {"VARCHAR": "", "BOOLEAN": False, "TIMESTAMP": NOW, "DATE": START, "VARCHAR[]": []}
    with book.write() as tx:
        for name, made in rows.items():
            table = TABLES[name]
            blank = {each.name: blanks.get(each.sql_type, 0) if each.required else None for each in table.columns}
            whole = [blank | {key: value for key, value in row.items() if value is not None} for row in made]
            frame = pl.from_arrow(pa.Table.from_pylist(whole, schema=table.arrow_schema()))
            assert isinstance(frame, pl.DataFrame)
            with tx.lend(bench_rows=frame):
                tx.connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM bench_rows").fetchall()


if __name__ == "__main__":
    steps: dict[str, Callable[..., dict[str, Any]]] = {"quote": quote, "enroll": enroll}
    print(json.dumps(steps[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
