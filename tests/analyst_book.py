"""A small finished book with figures worked out by hand, for the tests of what analysts touch.

What lives here: two groups, five people, one current run and one renewal run, put straight into the tables. What does
not: the road that makes such rows.

Acme Ltd, term 2026 (365 days), class Staff. Medical is priced by age and month; the class pays 80 % for the employee
and 50 % for dependents. Life is priced by the year and paid by the employer. LTD has no rate.

    coverage      month    full term                covered      employer           employee
    Ann medical   450.00   450.00 x 12 = 5,400.00   5,400.00     80 % = 4,320.00    1,080.00
    Bob medical   433.33   433.33 x 12 = 5,199.96   5,199.96     50 % = 2,599.98    2,599.98
    Cid medical   200.00   200.00 x 12 = 2,400.00   x 184/365 = 1,209.86   50 % = 604.93   604.93
    Ann life       10.00   120.00 a year            120.00       120.00             0.00
    Ann LTD        no rate

Bolt, Inc., term March 2026 to February 2027, one person, dental by tier, no rule: 30.00 x 12 = 360.00, all hers.

The renewal of Acme: Ann medical 480.00 at 46; Bob as before; Cid no longer covered; life as before; LTD still without.
"""

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from schemas import TABLES
from services.book import Book, Transaction
from tests.made_once import empty_book, made_once

START = datetime(2026, 11, 1, 9, 0)
CURRENT, RENEWAL = "0rr000000000000001", "0rr000000000000002"
ACME, BOLT = "0rf000000000000001", "0rf000000000000002"
ANN, BOB, CID, DAN, EVE = (f"0r6{n:015d}" for n in range(1, 6))

_EMPTY = {
    pa.string(): "",
    pa.int32(): 0,
    pa.int64(): 0,
    pa.bool_(): False,
    pa.date32(): date(2026, 1, 1),
    pa.timestamp("us"): START,
    pa.list_(pa.string()): [],
}


def put(book: Book | Transaction, table_name: str, *rows: dict[str, Any]) -> None:
    """Insert rows; required columns that a row leaves out are empty."""
    table = TABLES[table_name]
    defaults = {c.name: _EMPTY.get(c.type, 0) for c in table.columns if c.required}
    arrow = pa.Table.from_pylist([defaults | row for row in rows], schema=table.arrow_schema())
    if isinstance(book, Transaction):
        _insert(book, table_name, arrow)
        return
    with book.write() as tx:
        _insert(tx, table_name, arrow)


def _insert(tx: Transaction, table_name: str, rows: pa.Table) -> None:
    with tx.lend(new_rows=rows):
        tx.connection.execute(f"INSERT INTO {table_name} BY NAME SELECT * FROM new_rows").fetchall()


def filled_book(folder: Path) -> Book:
    """A book below that folder with all of it; a copy, to be changed at will."""
    made = made_once("analyst", lambda place: fill(empty_book(place / "benefits.duckdb")))
    (folder / "data").mkdir()
    return Book(shutil.copy(made / "benefits.duckdb", folder / "data"))


def fill(book: Book) -> None:
    """Make the two groups, their runs and some issues."""
    with book.write() as tx:
        for step in (_shelf, _censuses, _runs, _issues):
            step(tx)


def _shelf(book: Transaction) -> None:
    put(
        book,
        "book.account",
        {
            "account_id": "001000000000000001",
            "account_number": "A-1",
            "name": "Acme Ltd",
        },
        {
            "account_id": "001000000000000002",
            "account_number": "B-1",
            "name": "Bolt, Inc.",
        },
    )
    put(
        book,
        "book.group_class",
        {
            "group_class_id": "0rE000000000000001",
            "account_id": "001000000000000001",
            "name": "Staff",
        },
    )
    products = {
        1: ("MED", "Medical"),
        2: ("LIFE", "Life"),
        3: ("LTD", "LTD"),
        4: ("DEN", "Dental"),
    }
    put(
        book,
        "book.product",
        *(
            {
                "product_id": _id("01t", n),
                "product_code": c,
                "name": c.title(),
                "product_type": t,
            }
            for n, (c, t) in products.items()
        ),
    )
    put(
        book,
        "book.contract",
        _contract(1, "C-1", date(2026, 1, 1), date(2026, 12, 31)),
        _contract(2, "C-2", date(2026, 3, 1), date(2027, 2, 28)),
    )
    put(
        book,
        "book.contract_plan",
        _plan(1, 1, 1, "MED", "Medical Gold", None, "Medical"),
        _plan(2, 1, 1, "MED-BASE", "Medical Base", 1, "Medical"),
        _plan(3, 1, 2, "LIFE", "Basic Life", None, "Life"),
        _plan(4, 1, 3, "LTD", "Long-Term", None, "LTD"),
        _plan(5, 2, 4, "DEN", "Dental", None, "Dental"),
    )
    put(
        book,
        "ref.rate_table",
        {
            "rate_table_id": _id("0rt", 1),
            "name": "Medical 2026",
            "method": "age_banded",
            "rate_period": "MONTHLY",
            "axes": ["age"],
        },
        {
            "rate_table_id": _id("0rt", 2),
            "name": "Life 2026",
            "method": "volume",
            "rate_period": "ANNUAL",
        },
        {
            "rate_table_id": _id("0rt", 3),
            "name": "Dental 2026",
            "method": "composite_tier",
            "rate_period": "MONTHLY",
            "axes": ["tier"],
        },
    )
    put(
        book,
        "ref.contribution_rule",
        {
            "contribution_rule_id": _id("0rF", 1),
            "group_class_id": _id("0rE", 1),
            "name": "Employee 80",
            "amount_period": "TERM",
        },
        {
            "contribution_rule_id": _id("0rF", 2),
            "group_class_id": _id("0rE", 1),
            "name": "Dependent 50",
            "amount_period": "TERM",
        },
    )


def _censuses(book: Transaction) -> None:
    put(
        book,
        "book.group_census",
        _census(ACME, 1, "Acme 2026"),
        _census(BOLT, 2, "Bolt 2026"),
    )
    put(book, "book.cohort", {"cohort": "acme", "source": "samples"})
    put(book, "book.cohort_census", {"cohort": "acme", "group_census_id": ACME})
    put(
        book,
        "raw.census_file",
        {
            "census_file_id": _id("0cf", 1),
            "group_census_id": ACME,
            "file_name": "acme.csv",
            "landed_at": START,
        },
    )
    people = (
        (ANN, ACME, ANN, "Ann", "=Smith", "Self", date(1980, 6, 15), "Primary", 2),
        (BOB, ACME, ANN, "Bob", "Smith", "Spouse", date(1982, 2, 1), "Dependent", 3),
        (CID, ACME, ANN, "Cid", "Smith", "Child", date(2010, 3, 3), "Dependent", 4),
        (DAN, BOLT, DAN, "Dana", "O'Neil", "Self", date(1996, 2, 29), "Primary", None),
        (EVE, BOLT, EVE, "Eve", "Park", "Self", None, "Primary", None),
    )
    put(book, "book.census_member", *(_member(*person) for person in people))
    put(
        book,
        "book.member_plan",
        {
            "member_plan_id": _id("0r8", 1),
            "group_census_member_id": ANN,
            "group_census_id": ACME,
            "contract_plan_id": _id("0rg", 1),
        },
        {
            "member_plan_id": _id("0r8", 2),
            "group_census_member_id": ANN,
            "group_census_id": ACME,
            "contract_plan_id": _id("0rg", 3),
        },
    )
    put(
        book,
        "book.census_load",
        {
            "census_load_id": _id("0cl", 1),
            "group_census_id": ACME,
            "census_file_id": _id("0cf", 1),
            "cohort": "acme",
            "mode": "merge",
        }
        | {
            "n_rows": 4,
            "n_persons": 4,
            "n_accepted": 3,
            "n_refused": 1,
            "loaded_at": START,
        },
    )


def _runs(book: Transaction) -> None:
    put(
        book,
        "out.rating_run",
        {
            "rating_run_id": CURRENT,
            "cohort": "all",
            "kind": "current",
            "n_coverages": 6,
            "prorated_cents": 1_228_982,
        },
        {
            "rating_run_id": RENEWAL,
            "cohort": "acme",
            "kind": "renewal",
            "rating_date": date(2027, 1, 1),
            "n_coverages": 4,
        },
    )
    terms = {
        (CURRENT, ACME): (date(2026, 1, 1), date(2026, 12, 31)),
        (CURRENT, BOLT): (date(2026, 3, 1), date(2027, 2, 28)),
        (RENEWAL, ACME): (date(2027, 1, 1), date(2027, 12, 31)),
    }
    put(
        book,
        "out.run_census",
        *(
            {
                "rating_run_id": r,
                "group_census_id": c,
                "census_version": 1,
                "term_start": a,
                "term_end": b,
            }
            for (r, c), (a, b) in terms.items()
        ),
    )
    put(
        book,
        "out.current_run",
        {"group_census_id": ACME, "kind": "current", "rating_run_id": CURRENT},
        {"group_census_id": BOLT, "kind": "current", "rating_run_id": CURRENT},
        {"group_census_id": ACME, "kind": "renewal", "rating_run_id": RENEWAL},
    )
    put(
        book,
        "out.coverage_premium",
        _coverage(CURRENT, ANN, (1, 2), 1, (45_000, 540_000, 540_000, 432_000), rule=1, age=45),
        _coverage(CURRENT, BOB, (1, 2), 1, (43_333, 519_996, 519_996, 259_998), rule=2, age=43),
        _coverage(
            CURRENT,
            CID,
            (1, 2),
            1,
            (20_000, 240_000, 120_986, 60_493),
            rule=2,
            age=15,
            covered_days=184,
        ),
        _coverage(
            CURRENT,
            ANN,
            (3, 3),
            2,
            (12_000, 12_000, 12_000, 12_000),
            rule=1,
            volume_cents=10_000_000,
        ),
        _coverage(CURRENT, ANN, (4, 4), None, (0, 0, 0, 0), issue="NO_RATE"),
        _coverage(
            CURRENT,
            DAN,
            (5, 5),
            3,
            (3_000, 36_000, 36_000, 0),
            tier="EE",
            group_census_id=BOLT,
        ),
        _coverage(RENEWAL, ANN, (1, 2), 1, (48_000, 576_000, 576_000, 460_800), rule=1, age=46),
        _coverage(RENEWAL, BOB, (1, 2), 1, (43_333, 519_996, 519_996, 259_998), rule=2, age=43),
        _coverage(
            RENEWAL,
            ANN,
            (3, 3),
            2,
            (12_000, 12_000, 12_000, 12_000),
            rule=1,
            volume_cents=10_000_000,
        ),
        _coverage(RENEWAL, ANN, (4, 4), None, (0, 0, 0, 0), issue="NO_RATE"),
    )


def _issues(book: Transaction) -> None:
    put(
        book,
        "out.rating_issue",
        {
            "rating_run_id": CURRENT,
            "group_census_id": ACME,
            "group_census_member_id": ANN,
            "root_plan_id": _id("0rg", 4),
        }
        | {
            "contract_plan_id": _id("0rg", 4),
            "severity": "error",
            "code": "NO_RATE",
            "message": "No rate is filed.",
        },
    )
    put(
        book,
        "book.census_issue",
        {
            "census_file_id": _id("0cf", 1),
            "group_census_id": ACME,
            "line_number": 5,
            "person_no": 0,
            "scope": "row",
        }
        | {
            "severity": "error",
            "code": "CV-9",
            "column_name": "DOB",
            "raw_value": "1850-01-01",
            "message": "Born too long ago.",
        },
    )
    put(
        book,
        "raw.census_person",
        {
            "census_file_id": _id("0cf", 1),
            "line_number": 5,
            "person_no": 0,
            "outcome": "refused",
        },
        {
            "census_file_id": _id("0cf", 1),
            "line_number": 2,
            "person_no": 0,
            "outcome": "accepted",
            "group_census_member_id": ANN,
        },
    )
    put(
        book,
        "raw.census_row",
        {
            "census_file_id": _id("0cf", 1),
            "line_number": 5,
            "cells": ["=cmd|' /C calc'!A0", "1850-01-01"],
        },
    )
    put(
        book,
        "ref.shelf_load",
        {"shelf_load_id": _id("0sl", 1), "source_name": "shelf", "loaded_at": START},
    )
    put(
        book,
        "ref.shelf_issue",
        {
            "shelf_load_id": _id("0sl", 1),
            "sheet": "rate_cells",
            "row_number": 7,
            "severity": "error",
            "code": "RC-1",
            "message": "Rate is no number.",
        },
    )


def _id(prefix: str, number: int) -> str:
    return f"{prefix}{number:015d}"


def _contract(number: int, name: str, start: date, end: date) -> dict[str, Any]:
    made = {
        "contract_id": _id("800", number),
        "account_id": _id("001", number),
        "contract_number": name,
    }
    return made | {"start_date": start, "end_date": end, "status": "Activated"}


def _plan(
    n: int,
    contract: int,
    product: int,
    code: str,
    name: str,
    parent: int | None,
    kind: str,
) -> dict[str, Any]:
    made = {
        "contract_plan_id": _id("0rg", n),
        "contract_id": _id("800", contract),
        "plan_code": code,
        "name": name,
    }
    root = {
        "root_plan_id": _id("0rg", parent or n),
        "parent_plan_id": _id("0rg", parent) if parent else None,
    }
    return made | root | {"product_id": _id("01t", product), "plan_type": kind, "status": "Active"}


def _census(census_id: str, n: int, name: str) -> dict[str, Any]:
    made = {
        "group_census_id": census_id,
        "account_id": _id("001", n),
        "contract_id": _id("800", n),
        "name": name,
    }
    return made | {"status": "Active", "census_version": 1}


def _member(
    member_id: str,
    census_id: str,
    family_id: str,
    first: str,
    last: str,
    relationship: str,
    born: date | None,
    kind: str,
    line: int | None,
) -> dict[str, Any]:
    made = {
        "group_census_member_id": member_id,
        "group_census_id": census_id,
        "family_id": family_id,
    }
    names = {
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}",
        "source_system_identifier": first.lower(),
    }
    facts = {
        "relationship": relationship,
        "association": relationship,
        "birth_date": born,
        "member_type": kind,
        "line_number": line,
    }
    if census_id == ACME:
        facts |= {"group_class_id": _id("0rE", 1), "census_file_id": _id("0cf", 1)}
    return made | names | facts | {"annual_salary_cents": 5_000_000}


def _coverage(
    run: str,
    member: str,
    plan: tuple[int, int],
    table: int | None,
    money: tuple[int, int, int, int],
    rule: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    period, standard, prorated, employer = money
    made = {
        "rating_run_id": run,
        "group_census_id": ACME,
        "group_census_member_id": member,
    }
    made |= {
        "root_plan_id": _id("0rg", plan[0]),
        "contract_plan_id": _id("0rg", plan[1]),
    }
    made |= {
        "rate_table_id": _id("0rt", table) if table else None,
        "contribution_rule_id": _id("0rF", rule) if rule else None,
    }
    made |= {
        "period_cents": period,
        "standard_cents": standard,
        "prorated_cents": prorated,
    }
    made |= {
        "employer_cents": employer,
        "employee_cents": prorated - employer,
        "covered_days": 365,
        "term_days": 365,
    }
    return made | more
