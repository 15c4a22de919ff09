"""Prices that a contract keeps: tier prices and rates made from the census of the quote (CQ-14, GR-27, GR-28)."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from tests.services.contracts.desk import (
    FOUR_TIERS,
    approved,
    day,
    everybody_enrolls,
    family_quote,
    item,
    made,
    rows,
    run,
    standard_cents,
)
from tests.services.quotes import desk as quotes
from tests.services.quotes.desk import line, product_table
from tests.services.test_gather import Rows

CENSUS = item("InsuranceContract", "EnrollmentCensusId", "C")


def tiers(cells: list[tuple[list[str], float]], axes: list[str] | None = None, **more: Any) -> Rows:
    """A monthly table of tier prices for the one coverage."""
    said = {"method": "composite_tier", "rate_period": "MONTHLY"} | more
    return product_table("TH", "PH", cells, axes or ["tier"], **said)


def contracted(path: Path, *tables: Rows) -> Book:
    """The quote rated and approved, its contract made, and everybody enrolled."""
    book = approved(path, family_quote(*tables))
    status = made(book, items=[CENSUS])
    assert status["status"] == "Completed", status["result"]
    everybody_enrolls(book)
    return book


def structure(book: Book) -> tuple[str | None, Any]:
    """Rating type and pricing structure of the coverage."""
    ((kind, text),) = rows(
        book, "SELECT enrollment_rating_type, pricing_structure FROM book.contract_plan WHERE quote_line_id = 'L1'"
    )
    return kind, None if text is None else json.loads(text)


def total(book: Book) -> int:
    """What the quote came to."""
    return rows(book, "SELECT total_cents FROM book.quote")[0][0]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Prices of four tiers."""
    return contracted(tmp_path_factory.mktemp("four"), tiers(FOUR_TIERS))


@pytest.mark.rule("GR-27", "CQ-14")
def test_tier_prices_stand_on_the_coverage_in_the_published_form(four: Book) -> None:
    prices = {
        "Employee Only": 573.56,
        "Employee & Spouse": 1175.8,
        "Employee & Children": 1061.09,
        "Employee & Family": 1692.0,
    }
    told = [{"tier": tier, "rate": rate} for tier, rate in prices.items()]
    assert structure(four) == ("CompositeRate", {"tiers": told, "ratePeriod": "MONTHLY"})


@pytest.mark.rule("GR-28", "CQ-8")
def test_families_pay_the_tier_prices_of_twelve_months(four: Book) -> None:
    monthly = {"M1": 573_56, "M2": 1_175_80, "M3": 1_061_09, "M4": 1_061_09, "M5": 1_692_00}
    dependents = dict.fromkeys(("M2s", "M3c", "M4c", "M4d", "M5s", "M5c"), 0)
    assert standard_cents(four) == {name: cents * 12 for name, cents in monthly.items()} | dependents
    assert total(four) == sum(monthly.values()) * 12 == 66_762_48


@pytest.mark.rule("CQ-14", "GR-28")
def test_a_later_edit_of_the_rate_table_does_not_reach_the_contract(four: Book) -> None:
    before = standard_cents(four)
    run(four, "UPDATE ref.rate_cell SET rate = rate * 2")
    run(four, "UPDATE ref.rate_table SET rate_period = 'ANNUAL'")
    assert standard_cents(four) == before


@pytest.mark.rule("CQ-14")
@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([(["EE"], 100), (["FAM"], 250)], ["Only", "Spouse", "Children", "Family"]),
        ([(["EE"], 100), (["EE+1"], 180), (["FAM"], 250)], ["Only", "Spouse", "One Child", "Children", "Family"]),
        (
            [(["EE"], 100), (["ES"], 180), (["E1C"], 160), (["ECN"], 220), (["FAM"], 250)],
            ["Only", "Spouse", "One Child", "Children", "Family"],
        ),
    ],
    ids=["two", "three", "five"],
)
def test_tables_of_two_three_and_five_tiers_cost_the_same_under_the_contract(
    cells: list[tuple[list[str], float]], names: list[str], tmp_path: Path
) -> None:
    book = contracted(tmp_path, tiers(cells))
    _, told = structure(book)
    assert [each["tier"].removeprefix("Employee ").removeprefix("& ") for each in told["tiers"]] == names
    run(book, "DELETE FROM ref.rate_cell")
    assert sum(standard_cents(book).values()) == total(book)


@pytest.mark.rule("CQ-14")
def test_other_keys_and_settings_of_the_table_are_kept_beside_the_prices(tmp_path: Path) -> None:
    cells = [
        ([area, *keys], round(rate + extra, 3)) for keys, rate in FOUR_TIERS for area, extra in (("1", 0), ("2", 0.005))
    ]
    factors = product_table("TF", "PX", [([], 1.0335)], [], method="factor")
    book_rows = family_quote(tiers(cells, ["area", "tier"], factor_tables=["TF"], money_rounding="TRUNCATE"), factors)
    book_rows["book.quote"][0]["rating_area"] = "2"
    book = approved(tmp_path, book_rows)
    assert made(book, items=[CENSUS])["status"] == "Completed"
    everybody_enrolls(book)
    _, told = structure(book)
    assert told["axes"] == ["area"]
    assert told["settings"] == {"factorTables": ["TF"], "moneyRounding": "TRUNCATE"}
    assert {"tier": "Employee Only", "rate": 573.565, "keys": ["2"]} in told["tiers"]
    run(book, "DELETE FROM ref.rate_cell WHERE rate_table_id = 'TH'")
    assert sum(standard_cents(book).values()) == total(book)


@pytest.mark.rule("GR-28")
def test_a_table_by_age_keeps_no_prices_and_is_rated_again(tmp_path: Path) -> None:
    book = contracted(tmp_path, product_table("TH", "PH", [(["0"], 100), (["30"], 150)], ["age"]))
    assert structure(book) == (None, None)
    assert sum(standard_cents(book).values()) == total(book)
    run(book, "UPDATE ref.rate_cell SET rate = rate * 2")
    assert sum(standard_cents(book).values()) == 2 * total(book)


@pytest.mark.rule("CQ-14")
@pytest.mark.parametrize("method", ["composite_solved", "aca_composite", "average_age"])
def test_a_rate_made_from_the_census_stays_when_somebody_joins(method: str, tmp_path: Path) -> None:
    listed = product_table("TB", "PX", [(["0"], 100), (["30"], 150)], ["age"], rate_period="MONTHLY")
    ratios = [(["EE"], 1.0), (["ES"], 2.05), (["EC"], 1.85), (["FAM"], 2.95)]
    monthly = {"method": method, "rate_period": "MONTHLY"}
    table = {
        "composite_solved": tiers(ratios, method=method, base_table="TB"),
        "aca_composite": product_table("TH", "PH", [(["0"], 100), (["30"], 150)], ["age"], **monthly),
        "average_age": product_table("TH", "PH", [(["0"], 100), (["40"], 150), (["50"], 200)], ["age"], **monthly),
    }[method]  # fmt: skip
    book = contracted(tmp_path, table, listed)
    before = standard_cents(book)
    assert sum(before.values()) == total(book)
    kind, told = structure(book)
    assert (kind == "CompositeRate") == (method == "composite_solved")
    assert told is None or len(told["tiers"]) == 4
    # An old hand joins: alone he would move every average.
    run(book, "UPDATE book.census_member SET birth_date = '1930-01-01' WHERE group_census_member_id = 'M1'")
    after = standard_cents(book)
    assert {name: cents for name, cents in after.items() if name != "M1"} == {
        name: cents for name, cents in before.items() if name != "M1"
    }
    assert rows(book, "SELECT term_start FROM ref.final_rate") == [(date(2026, 1, 1),)]


@pytest.mark.rule("GR-28")
@pytest.mark.parametrize("text", ["cheap", "{}", '{"tiers": 5}', '{"tiers": []}'])
def test_a_text_that_is_no_list_of_prices_is_as_none(four: Book, text: str, tmp_path: Path) -> None:
    book = contracted(tmp_path, tiers(FOUR_TIERS))
    before = standard_cents(book)
    run(book, "UPDATE book.contract_plan SET pricing_structure = $text WHERE quote_line_id = 'L1'", text=text)
    assert standard_cents(book) == before  # by the filed table
    assert four is not book


@pytest.mark.rule("CQ-8")
def test_a_product_quoted_twice_is_two_plans_that_rates_by_plan_know_as_one(tmp_path: Path) -> None:
    table = product_table("TH", "PH", [(["PLAT"], 100), (["GOLD"], 900)], ["plan"])
    twice = {"book.quote_line": [
        line("R2", "ROOT", None, root="R2", product_id="PM", name="Medical again"),
        line("S2", "GROUP_SUMMARY", "R2", root="R2"),
        line("P2", "MEMBER", "S2", root="R2"),
        line("L2", "COVERAGE", "P2", root="R2", product_id="PH", name="Hospital again"),
    ]}  # fmt: skip
    book = contracted(tmp_path, table, twice)
    found = rows(
        book, "SELECT plan_code FROM book.contract_plan WHERE parent_plan_id IS NULL ORDER BY contract_plan_id"
    )
    assert found == [("PLAT",), ("PLAT-2",)]
    # Eleven people at 100.00 in each of the two plans.
    assert sum(standard_cents(book).values()) == total(book) == 2 * 11 * 100_00


def two_versions(cells: list[tuple[list[str], float]], since: str, axes: list[str], **more: Any) -> Rows:
    """A monthly table of the coverage, twice as dear from a day on."""
    table = product_table("TH", "PH", cells, axes, rate_period="MONTHLY", **more)
    dear = [cell | {"effective_from": day(since), "rate": cell["rate"] * 2} for cell in table["ref.rate_cell"]]
    return table | {"ref.rate_cell": [*table["ref.rate_cell"], *dear]}


@pytest.mark.rule("CQ-8", "CQ-14", "GR-27")
@pytest.mark.parametrize("method", ["composite_tier", "aca_composite"])
def test_a_quote_rated_on_another_day_than_its_start_keeps_the_prices_it_showed(method: str, tmp_path: Path) -> None:
    cells = FOUR_TIERS if method == "composite_tier" else [(["0"], 100), (["30"], 150)]
    axes = ["tier"] if method == "composite_tier" else ["age"]
    table = two_versions(cells, "2025-12-15", axes, method=method)
    book = approved(tmp_path, family_quote(table))
    quotes.rate(book, rating_date="2025-12-14")  # by the old prices; the start would take the new ones
    run(book, "UPDATE book.quote SET status = 'Approved'")
    assert made(book, items=[CENSUS])["status"] == "Completed"
    everybody_enrolls(book)
    prices = rows(book, "SELECT DISTINCT unit_price_cents FROM book.contract_plan")
    assert prices == [(total(book),)]
    assert sum(standard_cents(book).values()) == total(book)


@pytest.mark.rule("CQ-14")
@pytest.mark.parametrize("method", ["composite_tier", "aca_composite"])
def test_plans_rated_on_different_days_keep_each_its_own_prices(method: str, tmp_path: Path) -> None:
    cells = FOUR_TIERS if method == "composite_tier" else [(["0"], 100), (["30"], 150)]
    table = two_versions(cells, "2025-12-15", ["tier"] if method == "composite_tier" else ["age"], method=method)
    twice = {"book.quote_line": [
        line("R2", "ROOT", None, root="R2", product_id="PM", name="Medical again"),
        line("S2", "GROUP_SUMMARY", "R2", root="R2"),
        line("P2", "MEMBER", "S2", root="R2"),
        line("L2", "COVERAGE", "P2", root="R2", product_id="PH", name="Hospital again"),
    ]}  # fmt: skip
    book = approved(tmp_path, family_quote(table, twice))
    quotes.rate(book, line_ids=["R1"], rating_date="2025-12-14")  # R2 stays at the dear prices of the start
    run(book, "UPDATE book.quote SET status = 'Approved'")
    first, second = (cents for (cents,) in rows(book, "SELECT net_total_price_cents FROM book.quote_line"
        " WHERE level = 'ROOT' ORDER BY quote_line_id"))  # fmt: skip
    assert second == 2 * first > 0
    assert made(book, items=[CENSUS])["status"] == "Completed"
    everybody_enrolls(book)
    assert sum(standard_cents(book).values()) == total(book) == first + second
