"""From the book to a batch: books with little or nothing in them, spans outside the term, roots that must not vanish.

What lives here: cases of the gathering statements that no tidy sample has, each a handful of rows. What does not:
prices (`tests.test_golden`) and the comparison with the oracle (`tests.test_random_books`).
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.rating_run import rate_cohort
from services.refusals import Malformed
from tests.filled_book import filled_book
from tests.random_book import NOW

Rows = dict[str, list[dict[str, Any]]]

CONTRACT: Rows = {
    "book.account": [{"account_id": "A", "account_number": "1"}],
    "book.contract": [
        {
            "contract_id": "K",
            "account_id": "A",
            "contract_number": "1",
            "start_date": date(2026, 1, 1),
            "end_date": date(2026, 12, 31),
        }
    ],
    "book.group_census": [
        {"group_census_id": "C", "contract_id": "K", "account_id": "A", "name": "1", "type": "Enrollment"}
    ],
}
MEMBER = {
    "group_census_member_id": "M",
    "group_census_id": "C",
    "name": "One",
    "association": "Self",
    "relationship": "Self",
    "family_id": "M",
}
TABLE = {
    "rate_table_id": "T",
    "name": "T",
    "method": "flat",
    "rate_period": "MONTHLY",
    "age_basis": "LAST_BIRTHDAY",
    "age_date": "PLAN_ANNIVERSARY",
    "axes": [],
    "factor_tables": [],
}
CELL = {"rate_table_id": "T", "effective_from": date(2020, 1, 1), "keys": [], "rate": 10}


def plan(key: str, root: str | None = None, **more: Any) -> dict[str, Any]:
    """A plan, or a mandatory coverage of a root plan."""
    return {
        "contract_plan_id": key,
        "contract_id": "K",
        "plan_code": key,
        "name": key,
        "parent_plan_id": root,
        "root_plan_id": root or key,
        "product_id": f"product of {key}",
        "plan_type": "Life",
        "status": "Active",
        "proration_method": "DAILY_TERM",
        "rate_basis_date": "EFFECTIVE_DATE",
    } | more


def chosen(key: str) -> dict[str, Any]:
    """A selection of the one member."""
    return {
        "member_plan_id": f"selection of {key}",
        "group_census_member_id": "M",
        "group_census_id": "C",
        "contract_plan_id": key,
        "name": key,
    }


def priced(*plans: str) -> Rows:
    """One table that prices these plans at ten dollars a month."""
    return {
        "ref.rate_table": [TABLE],
        "ref.rate_cell": [CELL],
        "ref.rate_table_plan": [{"rate_table_id": "T", "contract_plan_id": key} for key in plans],
    }


def rate(path: Path, rows: Rows, rating_date: date | None = None) -> list[tuple[Any, ...]]:
    """The coverages of a book with these rows and the contract: plan, issue, first and last covered day, amount."""
    book = filled_book(path / "benefits.duckdb", CONTRACT | rows)
    rate_cohort(book, census_ids=["C"], rating_date=rating_date, now=NOW)
    with book.read() as tx:
        return tx.connection.execute(
            """SELECT contract_plan_id, issue, covered_from, covered_to, prorated_cents
            FROM out.coverage_premium ORDER BY ALL"""
        ).fetchall()


ONE_PLAN: Rows = {"book.census_member": [MEMBER], "book.contract_plan": [plan("P")], "book.member_plan": [chosen("P")]}


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"book.census_member": [MEMBER]},
        {"book.contract_plan": [plan("P")]},
        {"book.census_member": [MEMBER], "book.contract_plan": [plan("P")]} | priced("P"),
    ],
    ids=["nobody", "no plan", "no member", "no selection"],
)
@pytest.mark.parametrize("rating_date", [None, date(2027, 3, 1)], ids=["current", "renewal"])
def test_a_cohort_with_nothing_to_price_is_an_empty_run(rows: Rows, rating_date: date | None, tmp_path: Path) -> None:
    assert rate(tmp_path, rows, rating_date) == []


def test_a_plan_without_any_rate_table_is_explained(tmp_path: Path) -> None:
    assert [row[:2] for row in rate(tmp_path, ONE_PLAN)] == [("P", "NO_RATE_TABLE")]


def test_a_rate_of_millions_is_read_exactly(tmp_path: Path) -> None:
    dear = {"ref.rate_cell": [CELL | {"rate": 1_000_000_000}]}
    assert [row[:2] for row in rate(tmp_path, ONE_PLAN | priced("P") | dear)] == [("P", "AMOUNT_OUT_OF_RANGE")]


def test_a_plan_that_stands_twice_in_a_book_is_priced_once_with_the_greatest_amount(tmp_path: Path) -> None:
    twice = [
        chosen("P") | {"member_plan_id": f"selection {n}", "elected_amount_cents": cents}
        for n, cents in enumerate((5_000_000, 8_000_000, None))
    ]
    by_volume = {"ref.rate_table": [TABLE | {"method": "volume"}], "ref.rate_cell": [CELL | {"rate": Decimal("0.25")}]}
    rows = ONE_PLAN | {"book.member_plan": twice} | priced("P") | by_volume
    # 80,000.00 at 0.25 per 1,000 and month: 20.00 x 12.
    assert rate(tmp_path, rows) == [("P", None, date(2026, 1, 1), date(2026, 12, 31), 24_000)]


@pytest.mark.parametrize(
    ("dates", "span"),
    [
        ({}, (date(2026, 1, 1), date(2026, 12, 31), 12_000)),
        ({"policy_start_date": date(2026, 12, 31)}, (date(2026, 12, 31), date(2026, 12, 31), 33)),
        ({"policy_start_date": date(2199, 1, 1)}, (date(2027, 1, 1), date(2026, 12, 31), 0)),
        ({"termination_date": date(1990, 1, 1)}, (date(2026, 1, 1), date(2025, 12, 31), 0)),
        (
            {"policy_start_date": date(2026, 7, 1), "policy_end_date": date(2026, 3, 1)},
            (date(2026, 7, 1), date(2026, 6, 30), 0),
        ),
    ],
)
def test_a_span_without_a_covered_day_is_empty_and_within_the_term(
    dates: dict[str, date], span: tuple[Any, ...], tmp_path: Path
) -> None:
    (row,) = rate(tmp_path, ONE_PLAN | {"book.census_member": [MEMBER | dates]} | priced("P"))
    assert row[2:] == span
    assert row[1] == (None if span[-1] else "OUTSIDE_TERM")


@pytest.mark.parametrize(
    ("continuation", "ends", "to", "cents"),
    [
        (None, None, date(2025, 12, 31), 0),
        ("ACTIVE", None, date(2025, 12, 31), 0),
        ("COBRA", None, date(2026, 12, 31), 12_240),  # 10.00 x 1.02 x 12
        ("COBRA_DISABILITY", None, date(2026, 12, 31), 18_000),  # 10.00 x 1.50 x 12
        ("COBRA", date(2026, 6, 30), date(2026, 6, 30), 6_070),  # 122.40 x 181 / 365 = 60.6969...
    ],
)
def test_cover_that_is_continued_outlives_the_employment(
    continuation: str | None, ends: date | None, to: date, cents: int, tmp_path: Path
) -> None:
    """Whoever is on COBRA has left; the file says when, and cover ends when its own end says."""
    left = {"termination_date": date(2025, 11, 30), "continuation": continuation, "policy_end_date": ends}
    (row,) = rate(tmp_path, ONE_PLAN | {"book.census_member": [MEMBER | left]} | priced("P"))
    assert row[1:] == (None if cents else "OUTSIDE_TERM", date(2026, 1, 1), to, cents)


@pytest.mark.parametrize(
    ("last_day", "to", "cents"),
    [
        (date(2025, 11, 30), date(2026, 12, 31), 12_240),  # the primary's: 10.00 x 1.02 x 12
        (date(2026, 6, 30), date(2026, 6, 30), 6_070),  # its own: 122.40 x 181 / 365 = 60.6969...
    ],
)
def test_cover_of_a_dependent_is_continued_with_its_primarys(
    last_day: date, to: date, cents: int, tmp_path: Path
) -> None:
    """Rows of dependents repeat the end of the employment, and leave COBRA to the employee's row."""
    head = MEMBER | {"termination_date": date(2025, 11, 30), "continuation": "COBRA"}
    spouse = {
        "group_census_member_id": "S",
        "association": "Spouse",
        "relationship": "Spouse",
        "primary_member_id": "M",
    }
    rows: Rows = {
        "book.census_member": [head, MEMBER | spouse | {"termination_date": last_day}],
        "book.member_plan": [chosen("P") | {"member_plan_id": "S", "group_census_member_id": "S"}],
    }
    assert rate(tmp_path, ONE_PLAN | rows | priced("P")) == [("P", None, date(2026, 1, 1), to, cents)]


@pytest.mark.rule("MR-5", "MR-14", "CV-31")
def test_a_mandatory_coverage_for_another_class_is_left_out_and_a_refused_one_is_said(tmp_path: Path) -> None:
    classes = [{"group_class_id": key, "account_id": "A", "name": key} for key in ("G1", "G2")]
    rows = ONE_PLAN | {
        "book.group_class": classes,
        "book.census_member": [MEMBER | {"group_class_id": "G1"}],
        "book.contract_plan": [plan("P"), plan("PA", "P"), plan("PB", "P"), plan("Q"), plan("QA", "Q"), plan("R")],
        "book.contract_plan_class": [
            {"contract_plan_id": key, "group_class_id": c} for key, c in (("PB", "G2"), ("Q", "G2"), ("R", "G1"))
        ],
        "book.member_plan": [chosen("P"), chosen("Q"), chosen("R")],
    }
    expected = [("PA", None), ("QA", "NOT_ELIGIBLE"), ("R", None)]
    assert [row[:2] for row in rate(tmp_path, rows | priced("PA", "PB", "QA", "R"))] == expected


@pytest.mark.rule("CV-32")
def test_a_class_that_ends_within_the_contract_opens_no_plan(tmp_path: Path) -> None:
    ending = {"group_class_id": "G", "account_id": "A", "name": "G", "effective_end_date": date(2026, 6, 30)}
    rows = ONE_PLAN | {
        "book.group_class": [ending],
        "book.census_member": [MEMBER | {"group_class_id": "G"}],
        "book.contract_plan_class": [{"contract_plan_id": "P", "group_class_id": "G"}],
    }
    assert [row[:2] for row in rate(tmp_path, rows | priced("P"))] == [("P", "NOT_ELIGIBLE")]


def test_a_held_root_whose_coverages_are_all_for_other_classes_does_not_vanish(tmp_path: Path) -> None:
    rows = ONE_PLAN | {
        "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "G"}],
        "book.contract_plan": [plan("P"), plan("PA", "P"), plan("PB", "P", is_optional=True)],
        "book.contract_plan_class": [{"contract_plan_id": "PA", "group_class_id": "G"}],
    }
    assert [row[:2] for row in rate(tmp_path, rows | priced("PA"))] == [("P", "NO_RATE_TABLE")]


def test_a_term_beyond_the_calendar_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="lies outside the years 1800 to 2200 for 1 of the censuses"):
        rate(tmp_path, ONE_PLAN | priced("P"), date(9999, 5, 5))


def test_two_rates_for_the_same_keys_are_refused_in_one_sentence(tmp_path: Path) -> None:
    twins = {"ref.rate_cell": [CELL, CELL | {"rate": 11}]}
    with pytest.raises(Malformed, match="two rates for the same keys"):
        rate(tmp_path, ONE_PLAN | priced("P") | twins)


def paid(path: Path, **of_class: Any) -> list[tuple[Any, ...]]:
    """Employer's cents of a primary in class G and of a child said to be in class H, of 120.00 each; G is paid 50 %."""
    child = {"group_census_member_id": "N", "association": "Dependent", "relationship": "Child", "group_class_id": "H"}
    rows = ONE_PLAN | {
        "book.group_class": [
            {"group_class_id": "G", "account_id": "A", "name": "G"} | of_class,
            {"group_class_id": "H", "account_id": "A", "name": "H"},
        ],
        "book.census_member": [MEMBER | {"group_class_id": "G"}, MEMBER | child | {"primary_member_id": "M"}],
        "book.member_plan": [
            chosen("P"),
            chosen("P") | {"member_plan_id": "selection of N", "group_census_member_id": "N"},
        ],
        "ref.contribution_rule": [
            {
                "contribution_rule_id": key,
                "group_class_id": key,
                "name": key,
                "type": "Percentage",
                "percentage": percent,
                "amount_period": "TERM",
                "category": "Life",
                "modified_at": NOW,
            }
            for key, percent in (("G", 50), ("H", 10))
        ],
    }
    rate(path, rows | priced("P"))
    with Book(path / "benefits.duckdb").read() as tx:
        return tx.connection.execute(
            "SELECT group_census_member_id, contribution_rule_id, employer_cents FROM out.coverage_premium ORDER BY ALL"
        ).fetchall()


@pytest.mark.rule("CB-6")
def test_a_dependent_is_paid_by_the_rule_of_the_primary_s_class(tmp_path: Path) -> None:
    assert paid(tmp_path) == [("M", "G", 6_000), ("N", "G", 6_000)]


@pytest.mark.rule("CB-8")
def test_a_class_that_ends_within_the_contract_is_still_paid_by_its_rules(tmp_path: Path) -> None:
    assert paid(tmp_path, effective_end_date=date(2026, 6, 30)) == [("M", "G", 6_000), ("N", "G", 6_000)]
