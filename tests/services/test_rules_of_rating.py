"""Rules of the contract on cover, rates and shares that no other test shows by itself, from stored rows to cents.

What lives here: whose start of cover counts, what is prorated and from when, which version of the rates a new hire
gets, prices fixed on the contract, a rule without a value. What does not: spans and classes
(`tests.services.test_gather`), the arithmetic of each method (`tests/rating`).
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.explain import explain_member
from services.rating_run import rate_cohort
from tests.filled_book import filled_book
from tests.random_book import NOW
from tests.services.shelf.desk import asked
from tests.services.test_gather import CELL, CONTRACT, MEMBER, ONE_PLAN, TABLE, Rows, chosen, plan, priced

START, HIRED, END = date(2026, 1, 1), date(2026, 4, 16), date(2026, 12, 31)
"""A contract of 365 days; from the day of hire 260 of them are covered, both ends counted."""

CHILD = MEMBER | {
    "group_census_member_id": "N",
    "association": "Child",
    "relationship": "Child",
    "primary_member_id": "M",
}
DEARER_FROM_APRIL: Rows = {"ref.rate_cell": [CELL, CELL | {"effective_from": date(2026, 4, 1), "rate": 20}]}


def rated(path: Path, rows: Rows, columns: str, level: str = "coverage", **options: Any) -> list[tuple[Any, ...]]:
    """These columns of the premiums of one level, from a book with these rows."""
    book = filled_book(path / "benefits.duckdb", CONTRACT | rows)
    rate_cohort(book, census_ids=["C"], now=NOW, **options)
    return asked(book, f"SELECT {columns} FROM out.{level}_premium ORDER BY ALL")


def hired(**more: Any) -> Rows:
    """One plan of 10.00 a month, held by a member whose cover starts on the day of hire."""
    return ONE_PLAN | {"book.census_member": [MEMBER | {"policy_start_date": HIRED} | more]} | priced("P")


# ---------------------------------------------------------------------------------------------------------- cover


@pytest.mark.rule("PR-6")
@pytest.mark.parametrize("stated", [None, date(2026, 2, 1)])
def test_dependents_are_covered_from_the_primary_s_start_and_not_before(stated: date | None, tmp_path: Path) -> None:
    both = [MEMBER | {"policy_start_date": HIRED}, CHILD | {"policy_start_date": stated}]
    selections = [chosen("P"), chosen("P") | {"member_plan_id": "of N", "group_census_member_id": "N"}]
    rows = ONE_PLAN | {"book.census_member": both, "book.member_plan": selections} | priced("P")
    found = rated(tmp_path, rows, "group_census_member_id, covered_from, covered_to, prorated_cents")
    # 12 x 10.00 = 120.00; 120.00 x 260 / 365 = 85.479...
    assert found == [("M", HIRED, END, 8_548), ("N", HIRED, END, 8_548)]


@pytest.mark.rule("PR-7", "PR-2")
def test_without_a_date_the_whole_term_is_covered_and_with_one_it_is_prorated_unasked(tmp_path: Path) -> None:
    rows = ONE_PLAN | priced("P")
    columns = "covered_from, covered_to, prorated_cents"
    (tmp_path / "whole").mkdir()
    assert rated(tmp_path / "whole", rows, columns) == [(START, END, 12_000)]
    (tmp_path / "part").mkdir()
    july = date(2026, 7, 1)  # 31 + 31 + 30 + 31 + 30 + 31 = 184 days; 120.00 x 184 / 365 = 60.493...
    assert rated(tmp_path / "part", rows, columns, rating_date=july) == [(july, END, 6_049)]


@pytest.mark.rule("PR-8", "PR-9")
def test_the_standard_amount_stays_full_and_the_employer_pays_of_the_prorated_one(tmp_path: Path) -> None:
    rows = hired(group_class_id="G") | {
        "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "G"}],
        "ref.contribution_rule": [
            {
                "contribution_rule_id": "R",
                "group_class_id": "G",
                "name": "Half",
                "type": "Percentage",
                "percentage": 50,
                "amount_period": "TERM",
                "category": "Life",
                "modified_at": NOW,
            }
        ],
    }
    columns = "standard_cents, prorated_cents, employer_cents, employee_cents"
    expected = [(12_000, 8_548, 4_274, 4_274)]  # 85.48 / 2, where 120.00 / 2 would be 60.00
    assert rated(tmp_path, rows, columns) == expected
    with Book(tmp_path / "benefits.duckdb").read() as tx:
        for level in ("plan", "member"):
            assert tx.connection.execute(f"SELECT {columns} FROM out.{level}_premium").fetchall() == expected


@pytest.mark.rule("PR-11")
def test_coverages_are_prorated_and_rounded_before_they_are_added_up(tmp_path: Path) -> None:
    rows = ONE_PLAN | {
        "book.contract_plan": [plan("P"), plan("PA", "P"), plan("PB", "P"), plan("PC", "P")],
        "book.census_member": [MEMBER | {"policy_start_date": HIRED}],
    }
    cent = {"ref.rate_cell": [CELL | {"rate": Decimal("0.01")}]}
    found = rated(tmp_path, rows | priced("PA", "PB", "PC") | cent, "standard_cents, prorated_cents", "plan")
    # Each 0.12 x 260 / 365 = 0.0854... = 0.09, together 0.27; the plan at once would be 0.36 x 260 / 365 = 0.2564...
    assert found == [(36, 27)]


@pytest.mark.rule("PR-10")
@pytest.mark.parametrize(
    ("basis", "standard", "prorated"),
    [
        ("EFFECTIVE_DATE", 24_000, 17_096),  # 12 x 20.00; 240.00 x 260 / 365 = 170.958...
        ("CONTRACT_START", 12_000, 8_548),  # 12 x 10.00; 120.00 x 260 / 365 = 85.479...
    ],
)
def test_a_new_hire_is_rated_by_the_day_of_cover_or_by_the_start_of_the_contract(
    basis: str, standard: int, prorated: int, tmp_path: Path
) -> None:
    rows = hired() | {"book.contract_plan": [plan("P", rate_basis_date=basis)]} | DEARER_FROM_APRIL
    assert rated(tmp_path, rows, "standard_cents, prorated_cents") == [(standard, prorated)]


# ---------------------------------------------------------------------------------------------------------- rates


@pytest.mark.rule("GR-28")
def test_a_composite_rate_fixed_on_the_contract_is_used_and_an_age_rated_plan_is_rated_again(tmp_path: Path) -> None:
    tables = [
        TABLE,
        TABLE | {"rate_table_id": "S", "name": "S", "method": "composite_solved", "base_table": "T", "axes": ["tier"]},
        TABLE | {"rate_table_id": "B", "name": "B", "method": "age_banded", "axes": ["age"]},
    ]
    ratios = [CELL | {"rate_table_id": "S", "keys": [tier], "rate": rate} for tier, rate in (("EE", 1), ("FAM", 2))]
    bands = [CELL | {"rate_table_id": "B", "keys": [age], "rate": rate} for age, rate in (("0", 15), ("50", 40))]
    rows = ONE_PLAN | {
        "book.census_member": [MEMBER | {"birth_date": date(1970, 5, 5)}],
        "book.contract_plan": [plan("P"), plan("Q")],
        "book.member_plan": [chosen("P"), chosen("Q")],
        "ref.rate_table": tables,
        "ref.rate_cell": [CELL, *ratios, *bands],
        "ref.rate_table_plan": [
            {"rate_table_id": "S", "contract_plan_id": "P"},
            {"rate_table_id": "B", "contract_plan_id": "Q"},
        ],
    }
    tiers = {f"{tier}_cents": 12_345 if tier == "ee" else 20_000 for tier in ("ee", "es", "e1c", "ecn", "fam")}
    fixed = {"contract_plan_id": "P", "term_start": START, "rating_run_id": "earlier", "method": "composite_solved"}
    stored: Rows = {"ref.final_rate": [fixed | tiers | {"base_cents": 12_345, "required_cents": 12_345}]}
    columns = "contract_plan_id, period_cents, standard_cents"
    (tmp_path / "fixed").mkdir()
    # The employee of 55 pays what was fixed, 123.45, for the family; age-rated cover is of the band from 50.
    assert rated(tmp_path / "fixed", rows | stored, columns) == [("P", 12_345, 148_140), ("Q", 4_000, 48_000)]
    (tmp_path / "open").mkdir()
    # Without a fixed rate it is made from the census: one employee, 10.00 a month of the base table.
    assert rated(tmp_path / "open", rows, columns) == [("P", 1_000, 12_000), ("Q", 4_000, 48_000)]


@pytest.mark.rule("GB-CTB-001")
def test_a_chosen_rule_without_a_value_is_told_and_pays_nothing(tmp_path: Path) -> None:
    rows = ONE_PLAN | {
        "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "G"}],
        "book.census_member": [MEMBER | {"group_class_id": "G"}],
        "ref.contribution_rule": [
            {
                "contribution_rule_id": "R",
                "group_class_id": "G",
                "name": "Nothing stated",
                "type": "Percentage",
                "amount_period": "TERM",
                "category": "Life",
                "modified_at": NOW,
            }
        ],
    }
    columns = "contribution_rule_id, prorated_cents, employer_cents, employee_cents"
    assert rated(tmp_path, rows | priced("P"), columns) == [("R", 12_000, 0, 12_000)]
    told = asked(Book(tmp_path / "benefits.duckdb"), "SELECT severity, published_code, message FROM out.rating_issue")
    text = "The contribution record has no value for its type. Employer share is treated as 0."
    assert told == [("warning", "GB-CTB-001", text)]


@pytest.mark.rule("CB-9")
def test_a_rule_for_the_category_of_the_product_pays_for_its_plans_and_is_told_by_it(tmp_path: Path) -> None:
    def rule(key: str, percentage: int, day: int, **names: Any) -> dict[str, Any]:
        changed = datetime(2026, 1, day)
        of_class = {"group_class_id": "G", "amount_period": "TERM", "type": "Percentage", "percentage": percentage}
        return of_class | {"contribution_rule_id": key, "name": key, "modified_at": changed} | names

    plans = [plan("P"), plan("Q"), plan("S", product_category_id="Y1")]
    rows = {
        "book.group_class": [{"group_class_id": "G", "account_id": "A", "name": "G"}],
        "book.census_member": [MEMBER | {"group_class_id": "G"}],
        "book.contract_plan": plans,
        "book.member_plan": [chosen(one["contract_plan_id"]) for one in plans],
        "book.product": [
            {"product_id": f"product of {key}", "product_code": key, "name": key, "product_type": "Life"} | more
            for key, more in (("P", {"product_category_id": "Y1"}), ("Q", {"product_category_id": "Y2"}), ("S", {}))
        ],
        "ref.contribution_rule": [
            rule("Life", 10, 1, category="Life"),
            rule("Group", 50, 2, product_category_id="Y1"),
            rule("Dental group", 90, 3, category="Dental", product_category_id="Y2"),
        ],
    }
    columns = "contract_plan_id, contribution_rule_id, employer_cents"
    # 120.00 each: half by the category, of the product or else of the plan; a tenth where the type alone fits
    expected = [("P", "Group", 6_000), ("Q", "Life", 1_200), ("S", "Group", 6_000)]
    assert rated(tmp_path, rows | priced("P", "Q", "S"), columns) == expected
    with Book(tmp_path / "benefits.duckdb").read() as tx:
        steps = explain_member(tx, "M", plan="P").steps["says"].to_list()
    (told,) = [says for says in steps if "contribution rule" in says]
    assert '"Group" (Percentage, names the product category); beats "Life" (names the product type)' in told
