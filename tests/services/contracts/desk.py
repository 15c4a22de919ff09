"""The rated, approved quote of the worked example of group rating, and the contract made of it.

What lives here: short ways to approve, ask and look. What does not: any expectation.
"""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from services import jobs
from services.asked import Censuses
from services.book import Book
from services.contracts.request import Wanted, ask
from services.insurance_errors import InsuranceError, Refused
from services.job_runs import run_pending
from services.pricing import price
from services.scope import EVERYTHING, Scope
from tests.made_once import made_once
from tests.open_book import OpenBook
from tests.random_book import NOW
from tests.services.member_rating.desk import person, together
from tests.services.quotes import desk as quotes
from tests.services.test_gather import Rows

START, END = "2026-01-01", "2026-12-31"


def wanted(**change: Any) -> Wanted:
    """What a caller asks for: the term of the quote."""
    asked: dict[str, Any] = {"quote_id": quotes.QUOTE, "start": START, "end": END}
    return Wanted(**(asked | change))


def approved(path: Path, rows: Rows | None = None, quote_id: str = quotes.QUOTE) -> Book:
    """A book with a quote that is rated and approved; the worked example unless other rows are given."""
    if rows is None:
        folder = made_once("approved quote", lambda new: approved(new, quotes.quote()))
        path.mkdir(parents=True, exist_ok=True)
        return OpenBook(shutil.copy(folder / "quote.duckdb", path))
    book = quotes.a_book(path, rows)
    status = quotes.rate(book, quote_id)
    assert status["status"] == "Completed", status
    run(book, "UPDATE book.quote SET status = 'Approved'")
    return book


def run(book: Book, statement: str, **params: Any) -> None:
    """Change the book behind everybody's back."""
    with book.write() as tx:
        tx.connection.execute(statement, params)


def rows(book: Book, query: str, **params: Any) -> list[tuple[Any, ...]]:
    """What the book holds."""
    with book.read() as tx:
        return tx.connection.execute(query, params).fetchall()


def made(book: Book, **change: Any) -> dict[str, Any]:
    """Ask for a contract, let the job work, and return the status of its request."""
    with book.write() as tx:
        request_id = ask(tx, wanted(**change), scope=EVERYTHING, now=NOW, requested_by="0at000000000000001")
    run_pending(book, lambda: NOW)
    with book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING, with_information=True)


def refused(book: Book, scope: Scope = EVERYTHING, *, after: str | None = None, **change: Any) -> list[InsuranceError]:
    """The errors that a request is refused for; `after` changes the book for this one request."""
    try:
        with book.write() as tx:
            if after:
                tx.connection.execute(after)
            ask(tx, wanted(**change), scope=scope, now=NOW)
    except Refused as fault:
        return list(fault.errors)
    raise AssertionError("The request was accepted.")


def codes(errors: list[InsuranceError]) -> list[str]:
    """Each error by its own code, or the reason it is sent with."""
    return [error.info.get("reason", error.code) for error in errors]


def item(entity: str, key: str, value: Any, **more: Any) -> dict[str, Any]:
    """One additional field."""
    return {"entity": entity, "fields": [{"key": key, "value": value}], **more}


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)


FOUR_TIERS = [(["EE"], 573.56), (["ES"], 1175.80), (["EC"], 1061.09), (["FAM"], 1692.00)]
"""The tiers of the worked example of composite rates."""


def family_quote(*tables: Rows, **root: Any) -> Rows:
    """A quote of one coverage for the whole census: an employee alone, one with a spouse, one with one child, one with
    two, one with a spouse and a child.
    """
    families = [
        person("M1"), person("M2"), person("M2s", "M2", "Spouse"), person("M3"), person("M3c", "M3", "Child"),
        person("M4"), person("M4c", "M4", "Child"), person("M4d", "M4", "Child"), person("M5"),
        person("M5s", "M5", "Spouse"), person("M5c", "M5", "Child"),
    ]  # fmt: skip
    base = quotes.quote()
    return together(
        {name: base[name] for name in ("book.account", "book.group_census", "book.product", "book.quote")},
        {
            "book.census_member": [each | {"group_class_id": "E"} for each in families],
            "book.group_class": base["book.group_class"][:1],
            "book.quote_line": [
                quotes.line("R1", "ROOT", None, product_id="PM", name="Medical") | root,
                quotes.line("S1", "GROUP_SUMMARY", "R1"),
                quotes.line("P1", "MEMBER", "S1"),
                quotes.line("L1", "COVERAGE", "P1", product_id="PH", name="Hospital"),
            ],
        },
        *tables,
    )


def everybody_enrolls(book: Book) -> None:
    """Every member of the census holds the root plan of the one contract."""
    run(
        book,
        "INSERT INTO book.member_plan BY NAME SELECT 'S' || group_census_member_id AS member_plan_id,"
        " group_census_member_id, group_census_id, p.contract_plan_id, 'Plan' AS name,"
        " 'To Be Started' AS enrollment_status, m.created_at, m.modified_at"
        " FROM book.census_member AS m CROSS JOIN book.contract_plan AS p WHERE p.parent_plan_id IS NULL",
    )


def standard_cents(book: Book) -> dict[str, int]:
    """Standard premiums by member of what the census holds; every coverage must have a price."""
    with book.read() as tx:
        priced = price(tx, Censuses(["C"])).coverages
    assert priced["issue"].null_count() == priced.height, priced["issue"]
    sums = priced.group_by("group_census_member_id").agg(pl.col("standard_cents").sum())
    return dict(sums.sort("group_census_member_id").iter_rows())
