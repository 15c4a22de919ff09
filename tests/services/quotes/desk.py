"""The quote of the worked example of group rating, and short ways to ask.

What lives here: a book with a census of three executives and two managers, and a quote of Medical Platinum for both
classes: Hospital at 112.50, 98.10 and 147.35 by age and Preventive at 20.00 for the executives, Hospital at 600.00
for the managers. What does not: any expectation.
"""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from services import jobs
from services.book import Book
from services.job_runs import run_pending
from services.quotes.request import ask
from services.scope import EVERYTHING
from tests.filled_book import filled_book, prepared_book
from tests.random_book import NOW
from tests.services.member_rating.desk import person, together
from tests.services.test_gather import TABLE, Rows

QUOTE, ROOT, EXECUTIVES, MANAGERS = "Q1", "R1", "S1", "S2"
HOSPITAL, PREVENTIVE, MANAGERS_HOSPITAL = "L1", "L2", "L3"


def line(key: str, level: str, parent: str | None, root: str = ROOT, **more: Any) -> dict[str, Any]:
    """A line of the quote."""
    return {
        "quote_line_id": key,
        "quote_id": QUOTE,
        "parent_line_id": parent,
        "root_line_id": root,
        "level": level,
        "name": key,
        "modified_at": NOW,
    } | more


def product_table(key: str, product: str, cells: list[tuple[list[str], float]], axes: list[str], **more: Any) -> Rows:
    """A table of prices of the term for one product."""
    return {
        "ref.rate_table": [
            TABLE
            | {"rate_table_id": key, "name": key, "rate_period": "TERM", "axes": axes, "method": "age_banded"}
            | more
        ],
        "ref.rate_cell": [
            {"rate_table_id": key, "effective_from": date(2020, 1, 1), "keys": keys, "rate": Decimal(str(rate))}
            for keys, rate in cells
        ],
        "ref.rate_table_plan": [{"rate_table_id": key, "product_id": product}],
    }


def quote(**change: Any) -> Rows:
    """The rows of the worked example."""
    return together(
        {
            "book.account": [{"account_id": "A", "account_number": "1", "name": "A"}],
            "book.group_census": [
                {
                    "group_census_id": "C",
                    "account_id": "A",
                    "name": "1",
                    "type": "Quote",
                    "effective_date": date(2026, 1, 1),
                }
            ],
            "book.group_class": [
                {"group_class_id": "E", "account_id": "A", "name": "Executives"},
                {"group_class_id": "F", "account_id": "A", "name": "Managers"},
            ],
            "book.census_member": [
                person("M1", group_class_id="E", birth_date=date(1990, 5, 5)),
                person("M2", group_class_id="E", birth_date=date(2000, 5, 5)),
                person("M3", group_class_id="E", birth_date=date(1970, 5, 5)),
                person("M4", group_class_id="F"),
                person("M5", group_class_id="F"),
            ],
            "book.product": [
                {"product_id": "PM", "product_code": "PLAT", "name": "Medical Platinum", "product_type": "Medical"},
                {
                    "product_id": "PH",
                    "product_code": "HOSP",
                    "name": "Hospital",
                    "product_type": "Medical",
                    "parent_product_id": "PM",
                },
                {
                    "product_id": "PP",
                    "product_code": "PREV",
                    "name": "Preventive",
                    "product_type": "Medical",
                    "parent_product_id": "PM",
                },
            ],
            "book.quote": [
                {
                    "quote_id": QUOTE,
                    "quote_number": "Q-1",
                    "name": "Quote",
                    "account_id": "A",
                    "group_census_id": "C",
                    "insurance_quote_type": "New Group Business",
                    "census_rating_type": "Member Based",
                    "start_date": date(2026, 1, 1),
                    "end_date": date(2026, 12, 31),
                    "status": "Draft",
                    "modified_at": NOW,
                }
                | change
            ],
            "book.quote_line": [
                line(ROOT, "ROOT", None, product_id="PM", name="Medical Platinum"),
                line(EXECUTIVES, "GROUP_SUMMARY", ROOT, group_class_id="E", name="Executives"),
                line("P1", "MEMBER", EXECUTIVES),
                line(HOSPITAL, "COVERAGE", "P1", product_id="PH"),
                line(PREVENTIVE, "COVERAGE", "P1", product_id="PP"),
                line(MANAGERS, "GROUP_SUMMARY", ROOT, group_class_id="F", name="Managers"),
                line("P2", "MEMBER", MANAGERS),
                line(MANAGERS_HOSPITAL, "COVERAGE", "P2", product_id="PH"),
            ],
        },
        # Ages on 2026-01-01: 35, 25 and 55 of the executives; the managers, born 1984, are 41.
        product_table("TH", "PH", [(["0"], 98.10), (["30"], 112.50), (["40"], 600), (["50"], 147.35)], ["age"]),
        product_table("TP", "PP", [([], 20)], [], method="flat"),
    )


def a_book(path: Path, rows: Rows | None = None) -> Book:
    """A book with the quote, or with other rows."""
    return filled_book(path / "quote.duckdb", quote() if rows is None else rows)


def rated(path: Path, rows: Rows | None = None) -> Book:
    """As `a_book`, with every line rated."""

    def rate_in(folder: Path) -> Book:
        book = a_book(folder, rows)
        assert rate(book)["status"] == "Completed"
        return book

    return prepared_book(path, f"rated-{hashlib.sha256(repr(rows).encode()).hexdigest()}", rate_in)


def rate(book: Book, quote_id: str = QUOTE, **asked: Any) -> dict[str, Any]:
    """Ask for the rating of a quote, work on it, and return the status of the request."""
    with book.write() as tx:
        request_id = ask(tx, quote_id, scope=EVERYTHING, now=NOW, **asked)
    run_pending(book, lambda: NOW)
    with book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING)


def premiums(book: Book) -> dict[str, int | None]:
    """The premium of every line in cents."""
    with book.read() as tx:
        return dict(
            tx.connection.execute("SELECT quote_line_id, net_total_price_cents FROM book.quote_line").fetchall()
        )
