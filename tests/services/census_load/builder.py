"""A small book with a shelf, and landings built by hand, for tests of the census load.

The account ACME has the classes Salaried and Hourly (and Seasonal, valid for half the year) and one
contract for 2026 with medical, dental, life and vision plans; see `PLANS`.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from services.book import Book, Transaction
from services.census_load.load import LoadOutcome, load_censuses
from services.census_load.people import person_schema
from services.intake.landing import Landing
from tests.made_once import empty_book

NOW = datetime(2026, 11, 20, 12, 0, 0)
LATER = datetime(2026, 11, 21, 12, 0, 0)
CENSUS = "0rfGB000000C001AAA"
OTHER = "0rfGB000000C002AAA"
SALARIED, HOURLY, SEASONAL = "0rEGB000000K001AAA", "0rEGB000000K002AAA", "0rEGB000000K003AAA"

PLANS: dict[str, dict[str, Any]] = {
    "P001": {"name": "Harbor PPO", "type": "Medical"},
    "P011": {"name": "Preventive", "type": "Medical", "root": "P001"},
    "P012": {"name": "Maternity", "type": "Medical", "root": "P001", "optional": True},
    "P002": {"name": "Harbor HMO", "type": "Medical"},
    "P021": {"name": "Preventive", "type": "Medical", "root": "P002"},
    "P003": {"name": "ClearSight", "type": "Vision"},
    "P004": {"name": "Smile Basic", "type": "Dental"},
    "P005": {"name": "Smile Executive", "type": "Dental", "classes": [SALARIED]},
    "P006": {"name": "Smile Old", "type": "Dental", "status": "Inactive"},
    "P007": {"name": "Life Plus", "type": "Life"},
    "P071": {"name": "Executive Rider", "type": "Life", "root": "P007", "optional": True, "classes": [SALARIED]},
    "P008": {"name": "Extra Life", "type": "Supplemental Life"},
}


def plan_id(short: str) -> str:
    """The id of a plan of `PLANS`."""
    return f"0rgGB000000{short}AAA"


@dataclass
class World:
    """A book in a temporary folder, and short ways to load and look."""

    book: Book

    def load(
        self,
        landing: Landing,
        *,
        mode: str = "merge",
        strict: bool = False,
        now: datetime = NOW,
        dry_run: bool = False,
        **more: Any,
    ) -> LoadOutcome:
        with self.book.write() as tx:
            return load_censuses(tx, landing, cohort="test", mode=mode, strict=strict, now=now, dry_run=dry_run, **more)  # type: ignore[arg-type]

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with self.book.read() as tx:
            return tx.connection.execute(query).fetchall()

    def run(self, query: str) -> None:
        with self.book.write() as tx:
            tx.connection.execute(query).fetchall()

    def members(self, *columns: str) -> list[tuple[Any, ...]]:
        wanted = ", ".join(columns or ("first_name",))
        return self.sql(f"SELECT {wanted} FROM book.census_member ORDER BY group_census_member_id")

    def plans_of(self, first_name: str) -> list[str]:
        found = self.sql(
            "SELECT p.plan_code FROM book.member_plan AS s JOIN book.contract_plan AS p USING (contract_plan_id) "
            "JOIN book.census_member AS m USING (group_census_member_id) "
            f"WHERE m.first_name = '{first_name}' ORDER BY 1"
        )
        return [row[0] for row in found]

    def state(self, *tables: str) -> str:
        """A hash over whole tables, rows in any order; the times of reading a file are left out."""
        chosen = tables or (
            "book.census_member",
            "book.member_plan",
            "book.census_summary",
            "book.group_census",
            "book.census_issue",
            "raw.census_row",
            "raw.census_person",
        )
        with self.book.read() as tx:
            parts = [
                tx.connection.execute(
                    "SELECT md5(coalesce(string_agg(t, chr(10) ORDER BY t), '')) "
                    f"FROM (SELECT CAST(x AS VARCHAR) AS t FROM {name} AS x)"
                ).fetchall()[0][0]
                for name in chosen
            ]
        return " ".join(parts)


def a_world(folder: Path) -> World:
    """A fresh book with the shelf of this module and two empty censuses of one account."""
    book = empty_book(folder / "groups.duckdb")
    with book.write() as tx:
        _insert(
            tx,
            "book.account",
            [{"account_id": "001A", "account_number": "ACME", "name": "Acme Ltd.", "modified_at": NOW}],
        )
        _insert(
            tx,
            "book.group_class",
            [
                {"group_class_id": SALARIED, "account_id": "001A", "name": "Salaried", "modified_at": NOW},
                {"group_class_id": HOURLY, "account_id": "001A", "name": "Hourly", "modified_at": NOW},
                {
                    "group_class_id": SEASONAL,
                    "account_id": "001A",
                    "name": "Seasonal",
                    "modified_at": NOW,
                    "effective_start_date": date(2026, 5, 1),
                    "effective_end_date": date(2026, 9, 30),
                },
            ],
        )
        _insert(
            tx,
            "book.contract",
            [
                {
                    "contract_id": "800A",
                    "account_id": "001A",
                    "contract_number": "C-1",
                    "start_date": date(2026, 1, 1),
                    "end_date": date(2026, 12, 31),
                    "status": "Activated",
                    "modified_at": NOW,
                }
            ],
        )
        types = sorted({plan["type"] for plan in PLANS.values()})
        _insert(
            tx,
            "book.product",
            [
                {"product_id": f"01t{n}", "product_code": t, "name": t, "product_type": t, "modified_at": NOW}
                for n, t in enumerate(types)
            ],
        )
        _insert(tx, "book.contract_plan", [_plan(short, plan, types) for short, plan in PLANS.items()])
        _insert(
            tx,
            "book.contract_plan_class",
            [
                {"contract_plan_id": plan_id(short), "group_class_id": c}
                for short, plan in PLANS.items()
                for c in plan.get("classes", [])
            ],
        )
        _insert(tx, "book.group_census", [a_census(CENSUS, "First"), a_census(OTHER, "Second")])
    return World(book)


def a_census(census_id: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of book.group_census."""
    return {
        "group_census_id": census_id,
        "name": name,
        "status": "Active",
        "type": "Enrollment",
        "account_id": "001A",
        "contract_id": "800A",
        "effective_date": date(2026, 1, 1),
        "expiration_date": date(2026, 12, 31),
        "census_version": 0,
        "created_at": NOW,
        "modified_at": NOW,
        **more,
    }


def _plan(short: str, plan: dict[str, Any], types: list[str]) -> dict[str, Any]:
    root = plan.get("root")
    return {
        "contract_plan_id": plan_id(short),
        "contract_id": "800A",
        "plan_code": short,
        "name": plan["name"],
        "parent_plan_id": plan_id(root) if root else None,
        "root_plan_id": plan_id(root or short),
        "product_id": f"01t{types.index(plan['type'])}",
        "plan_type": plan["type"],
        "is_optional": plan.get("optional", False),
        "status": plan.get("status", "Active"),
        "proration_method": "DAILY_TERM",
        "rate_basis_date": "EFFECTIVE_DATE",
        "auto_assign": False,
        "modified_at": NOW,
    }


def _insert(tx: Transaction, table: str, rows: list[dict[str, Any]]) -> None:
    tx.connection.register("new_rows", pl.DataFrame(rows, infer_schema_length=None).to_arrow())
    tx.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new_rows").fetchall()
    tx.connection.unregister("new_rows")


def insert(world: World, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table of the book."""
    with world.book.write() as tx:
        _insert(tx, table, rows)


def person(first: str, last: str = "Haddad", role: str | None = "Self", **more: Any) -> dict[str, Any]:
    """One person of a file. `plans` and `amounts` are dicts by product type; `no_link` leaves a dependent unlinked."""
    return {"first_name": first, "last_name": last, "association": role, **more}


def a_file(
    *people: dict[str, Any], census_id: str = CENSUS, name: str = "census.csv", sha: str | None = None, **about: Any
) -> dict[str, Any]:
    """One file for `landed`."""
    return {
        "people": people,
        "census_id": census_id,
        "file_name": name,
        "sha256": sha or f"sha-{hash(repr(people))}",
        **about,
    }


def landed(*files: dict[str, Any], faults: list[dict[str, Any]] | None = None) -> Landing:
    """A landing by hand: dependents hang from the Self row above them unless they say otherwise.

    Lines count from 2, the heading being line 1; `line` and `person_no` place a person elsewhere.
    """
    file_rows: list[dict[str, Any]] = []
    persons: list[dict[str, Any]] = []
    rows: dict[tuple[int, int], list[str]] = {}
    choices: list[dict[str, Any]] = []
    amounts: list[dict[str, Any]] = []
    for file_no, about in enumerate(files):
        file_rows.append(_file_row(file_no, about))
        head: int | None = None
        line = 1
        for said in about["people"]:
            said = dict(said)
            line = said.pop("line", line + 1)
            number = len(persons)
            plans, stated = said.pop("plans", {}), said.pop("amounts", {})
            no_link, skip = said.pop("no_link", False), said.pop("skip", None)
            is_self = said.get("association") == "Self"
            head = number if is_self and not skip else head
            link = (
                {"primary_person": number, "link_kind": "self"}
                if is_self
                else {"primary_person": head, "link_kind": "row_order"}
            )
            if no_link or skip:
                link = {"primary_person": None, "link_kind": None}
            persons.append(
                {
                    "person": number,
                    "file_no": file_no,
                    "line_number": line,
                    "person_no": 0,
                    "skip_reason": skip,
                    **link,
                    **said,
                }
            )
            rows.setdefault(
                (file_no, line),
                [str(value) for value in (said.get("first_name"), said.get("last_name"), said.get("association"))],
            )
            choices += [
                {
                    "person": number,
                    "line_number": line,
                    "product_type": t if t in _TYPES else None,
                    "column_name": t,
                    "cell": cell,
                }
                for t, cell in plans.items()
            ]
            amounts += [
                {
                    "person": number,
                    "line_number": line,
                    "product_type": t,
                    "column_name": f"{t} Amount",
                    "elected_cents": cents,
                }
                for t, cents in stated.items()
            ]
    return Landing(
        files=pl.DataFrame(file_rows, schema=_FILES),
        rows=pl.DataFrame(
            [{"file_no": f, "line_number": n, "cells": cells} for (f, n), cells in rows.items()], schema=_ROWS
        ),
        persons=pl.DataFrame(persons, schema=dict(person_schema())),
        choices=pl.DataFrame(choices, schema=_CHOICES),
        amounts=pl.DataFrame(amounts, schema=_AMOUNTS),
        faults=pl.DataFrame(faults or [], schema=_FAULTS),
        headings=_headings(len(files)),
    )


def _headings(n_files: int) -> pl.DataFrame:
    """The headings of `_file_row`, of every file."""
    made = pl.DataFrame(list(_MAPPING.items()), schema=["header", "field"], orient="row").with_columns(
        person_no=pl.lit(0, pl.Int16)
    )
    return made.join(pl.DataFrame({"file_no": range(n_files)}, schema={"file_no": pl.Int32}), how="cross")


_TYPES = {plan["type"] for plan in PLANS.values()}
_FILES: dict[str, Any] = {
    "file_no": pl.Int32,
    "census_id": pl.String,
    "file_name": pl.String,
    "sha256": pl.String,
    "n_bytes": pl.Int64,
    "file_format": pl.String,
    "encoding": pl.String,
    "separator": pl.String,
    "sheet_name": pl.String,
    "layout": pl.String,
    "heading_line": pl.Int32,
    "header": pl.List(pl.String),
    "mapping": pl.String,
    "fault_code": pl.String,
    "fault_says": pl.String,
    "fault_remedy": pl.String,
}
_ROWS: dict[str, Any] = {"file_no": pl.Int32, "line_number": pl.Int32, "cells": pl.List(pl.String)}
_CHOICES: dict[str, Any] = {
    "person": pl.UInt32,
    "line_number": pl.Int32,
    "product_type": pl.String,
    "column_name": pl.String,
    "cell": pl.String,
}
_AMOUNTS: dict[str, Any] = {
    "person": pl.UInt32,
    "line_number": pl.Int32,
    "product_type": pl.String,
    "column_name": pl.String,
    "elected_cents": pl.Int64,
}
_FAULTS: dict[str, Any] = {
    "person": pl.UInt32,
    "file_no": pl.Int32,
    "line_number": pl.Int32,
    "person_no": pl.Int16,
    "column_name": pl.String,
    "raw_value": pl.String,
    "code": pl.String,
    "severity": pl.String,
    "message": pl.String,
    "hint": pl.String,
}


_MAPPING = {"First": "first_name", "Last": "last_name", "Role": "association", "Born": "birth_date"}


def _file_row(file_no: int, about: dict[str, Any]) -> dict[str, Any]:
    return {
        "file_no": file_no,
        "census_id": about["census_id"],
        "file_name": about["file_name"],
        "sha256": about["sha256"],
        "n_bytes": 1,
        "file_format": "csv",
        "encoding": "utf-8",
        "separator": ",",
        "heading_line": 1,
        "header": ["First", "Last", "Role"],
        "mapping": json.dumps(_MAPPING),
        "fault_code": about.get("fault_code"),
        "fault_says": about.get("fault_says"),
        "fault_remedy": about.get("fault_remedy"),
    }
