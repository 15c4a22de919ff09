"""Prices that a contract keeps: tier prices and rates made from the census of the quote (CQ-14, GR-27, GR-28).

Each table prices a plan of its own: one quote offers them all, so that it is rated and made a contract once.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest

from services.asked import Censuses
from services.book import Book, Transaction
from services.pricing import price
from services.records.own import can_be_rated
from tests.made_once import made_once
from tests.open_book import OpenBook
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
)
from tests.services.member_rating.desk import together
from tests.services.quotes import desk as quotes
from tests.services.quotes.desk import line, product_table
from tests.services.test_gather import Rows

CENSUS = item("InsuranceContract", "EnrollmentCensusId", "C")
MONTHLY = {"rate_period": "MONTHLY"}
RATIOS: list[tuple[list[str], float]] = [(["EE"], 1.0), (["ES"], 2.05), (["EC"], 1.85), (["FAM"], 2.95)]
BY_AGE: list[tuple[list[str], float]] = [(["0"], 100), (["30"], 150)]
TIERS: dict[str, list[tuple[list[str], float]]] = {
    "four": FOUR_TIERS,
    "two": [(["EE"], 100), (["FAM"], 250)],
    "three": [(["EE"], 100), (["EE+1"], 180), (["FAM"], 250)],
    "five": [(["EE"], 100), (["ES"], 180), (["E1C"], 160), (["ECN"], 220), (["FAM"], 250)],
}
AREAS = [
    ([area, *keys], round(rate + extra, 3)) for keys, rate in FOUR_TIERS for area, extra in (("1", 0), ("2", 0.005))
]
TEXTS = {"four": "cheap", "two": "{}", "three": '{"tiers": 5}', "five": '{"tiers": []}'}
"""What is no list of prices, each for a plan of its own."""


def table(name: str, cells: list[tuple[list[str], float]], axes: list[str], **more: Any) -> Rows:
    """A table for the coverage of a plan."""
    return product_table(f"T-{name}", f"P-{name}", cells, axes, **more)


def tiers(name: str, cells: list[tuple[list[str], float]], axes: list[str] | None = None, **more: Any) -> Rows:
    """A monthly table of tier prices."""
    return table(name, cells, axes or ["tier"], **({"method": "composite_tier"} | MONTHLY | more))


def plan(name: str, product: str = "PM", covered: str | None = None) -> Rows:
    """The lines of a plan with one coverage, of the product that `table` prices."""
    root = f"R-{name}"
    return {
        "book.quote_line": [
            line(root, "ROOT", None, root=root, product_id=product, name=f"Medical {name}"),
            line(f"S-{name}", "GROUP_SUMMARY", root, root=root),
            line(f"M-{name}", "MEMBER", f"S-{name}", root=root),
            line(f"L-{name}", "COVERAGE", f"M-{name}", root=root, product_id=f"P-{covered or name}", name=name),
        ]
    }


def product(key: str, code: str) -> Rows:
    """A product of plans."""
    return {"book.product": [{"product_id": key, "product_code": code, "name": code, "product_type": "Medical"}]}


def coverage(name: str, parent: str = "PM") -> Rows:
    """The product of a coverage."""
    return {"book.product": [product(f"P-{name}", name)["book.product"][0] | {"parent_product_id": parent}]}


def offered(*parts: Rows) -> Rows:
    """The quote of these plans for the families of the census."""
    base = family_quote()
    return together({name: found for name, found in base.items() if name != "book.quote_line"}, *parts)


def everything() -> Rows:
    """Every kind of table, each for a plan of its own, and one that is quoted twice."""
    aged = {"method": "average_age"} | MONTHLY
    tables = {
        **{name: tiers(name, cells) for name, cells in TIERS.items()},
        "settings": tiers("settings", AREAS, ["area", "tier"], factor_tables=["TF"], money_rounding="TRUNCATE"),
        "by_age": table("by_age", BY_AGE, ["age"]),
        "composite_solved": tiers("composite_solved", RATIOS, method="composite_solved", base_table="TB"),
        "aca_composite": table("aca_composite", BY_AGE, ["age"], method="aca_composite", **MONTHLY),
        "average_age": table("average_age", [(["0"], 100), (["40"], 150), (["50"], 200)], ["age"], **aged),
    }
    made = offered(
        *(together(plan(name), coverage(name), found) for name, found in tables.items()),
        product_table("TF", "PF", [([], 1.0335)], [], method="factor"),
        product_table("TB", "PX", BY_AGE, ["age"], **MONTHLY),
        product("PD", "DUO"),
        coverage("twice", "PD"),
        plan("twice", "PD"),
        plan("again", "PD", "twice"),
        table("twice", [(["DUO"], 100), (["GOLD"], 900)], ["plan"]),
    )
    made["book.quote"][0]["rating_area"] = "2"
    return made


def contracted(book: Book) -> Book:
    """The contract of an approved quote made, and everybody enrolled."""
    status = made(book, items=[CENSUS])
    assert status["status"] == "Completed", status["result"]
    everybody_enrolls(book)
    return book


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A contract of every kind of table, to be looked at."""
    folder = made_once("tier prices", lambda new: contracted(approved(new, everything())))
    opened = OpenBook(folder / "quote.duckdb", stays_open=True)
    yield opened
    opened.close()


Prices = dict[str, dict[str, int]]
"""Standard premiums in cents by plan and member."""


def prices_of(tx: Transaction) -> Prices:
    """Of what the census holds; every coverage must have a price."""
    priced = price(tx, Censuses(["C"])).coverages
    assert priced["issue"].null_count() == priced.height, priced["issue"]
    names = dict(tx.connection.execute("SELECT contract_plan_id, quote_line_id FROM book.contract_plan").fetchall())
    found: Prices = {}
    by_member = priced.group_by("contract_plan_id", "group_census_member_id").agg(pl.col("standard_cents").sum())
    for key, member, cents in by_member.iter_rows():
        found.setdefault(names[key].removeprefix("L-"), {})[member] = cents
    return found


def prices(book: Book) -> Prices:
    """Of a book as it is."""
    with book.read() as tx:
        return prices_of(tx)


class Undo(Exception):
    """Nothing is kept."""


def after(book: Book, *statements: str, **params: Any) -> Prices:
    """Of a book that was changed so; it is as it was afterwards."""
    found: Prices = {}
    try:
        with book.write() as tx:
            for each in statements:
                tx.connection.execute(each, params).fetchall()
            found = prices_of(tx)
            raise Undo
    except Undo:
        return found


@pytest.fixture(scope="module")
def before(book: Book) -> Prices:
    """What was agreed."""
    return prices(book)


@pytest.fixture(scope="module")
def dearer(book: Book) -> Prices:
    """After an edit of the rate tables."""
    return after(
        book,
        "UPDATE ref.rate_cell SET rate = rate * 2",
        "UPDATE ref.rate_table SET rate_period = 'ANNUAL' WHERE rate_table_id = 'T-four'",
    )


@pytest.fixture(scope="module")
def gone(book: Book) -> Prices:
    """After the cells of tables by tier are gone."""
    names = ["T-two", "T-three", "T-five", "T-settings"]
    return after(book, "DELETE FROM ref.rate_cell WHERE list_contains($names, rate_table_id)", names=names)


@pytest.fixture(scope="module")
def joined(book: Book) -> Prices:
    """After an old hand joined: alone he would move every average."""
    return after(book, "UPDATE book.census_member SET birth_date = '1930-01-01' WHERE group_census_member_id = 'M1'")


@pytest.fixture(scope="module")
def garbled(book: Book) -> Prices:
    """After plans were given texts that are no list of prices."""
    put = "UPDATE book.contract_plan SET pricing_structure = '{}' WHERE quote_line_id = 'L-{}'"
    return after(book, *(put.format(text, name) for name, text in TEXTS.items()))


def structure(book: Book, name: str) -> tuple[str | None, Any]:
    """Rating type and pricing structure of the coverage of a plan."""
    ((kind, text),) = rows(
        book,
        "SELECT enrollment_rating_type, pricing_structure FROM book.contract_plan WHERE quote_line_id = $key",
        key=f"L-{name}",
    )
    return kind, None if text is None else json.loads(text)


def total(book: Book, *names: str) -> int:
    """What plans came to in the quote."""
    query = "SELECT net_total_price_cents FROM book.quote_line WHERE quote_line_id = $key"
    return sum(rows(book, query, key=f"R-{name}")[0][0] for name in names)


@pytest.mark.rule("GR-27", "CQ-14")
def test_tier_prices_stand_on_the_coverage_in_the_published_form(book: Book) -> None:
    rates = {
        "Employee Only": 573.56,
        "Employee & Spouse": 1175.8,
        "Employee & Children": 1061.09,
        "Employee & Family": 1692.0,
    }
    told = [{"tier": tier, "rate": rate} for tier, rate in rates.items()]
    assert structure(book, "four") == ("CompositeRate", {"tiers": told, "ratePeriod": "MONTHLY"})


@pytest.mark.rule("GR-28", "CQ-8")
def test_families_pay_the_tier_prices_of_twelve_months(book: Book, before: Prices) -> None:
    monthly = {"M1": 573_56, "M2": 1_175_80, "M3": 1_061_09, "M4": 1_061_09, "M5": 1_692_00}
    dependents = dict.fromkeys(("M2s", "M3c", "M4c", "M4d", "M5s", "M5c"), 0)
    assert before["four"] == {name: cents * 12 for name, cents in monthly.items()} | dependents
    assert total(book, "four") == sum(monthly.values()) * 12 == 66_762_48


@pytest.mark.rule("CQ-14", "GR-28")
def test_a_later_edit_of_the_rate_table_does_not_reach_the_contract(before: Prices, dearer: Prices) -> None:
    assert dearer["four"] == before["four"]


@pytest.mark.rule("CQ-14")
@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("two", ["Only", "Spouse", "Children", "Family"]),
        ("three", ["Only", "Spouse", "One Child", "Children", "Family"]),
        ("five", ["Only", "Spouse", "One Child", "Children", "Family"]),
    ],
)
def test_tables_of_two_three_and_five_tiers_cost_the_same_under_the_contract(
    table: str, names: list[str], book: Book, gone: Prices
) -> None:
    _, told = structure(book, table)
    assert [each["tier"].removeprefix("Employee ").removeprefix("& ") for each in told["tiers"]] == names
    assert sum(gone[table].values()) == total(book, table)


@pytest.mark.rule("CQ-14")
def test_other_keys_and_settings_of_the_table_are_kept_beside_the_prices(book: Book, gone: Prices) -> None:
    _, told = structure(book, "settings")
    assert told["axes"] == ["area"]
    assert told["settings"] == {"factorTables": ["TF"], "moneyRounding": "TRUNCATE"}
    assert {"tier": "Employee Only", "rate": 573.565, "keys": ["2"]} in told["tiers"]
    kept = "SELECT pricing_structure FROM book.contract_plan WHERE pricing_structure IS NOT NULL"
    with book.read() as tx:  # whatever a contract keeps of a quote, a caller can state again
        assert all(can_be_rated(tx, text) for (text,) in rows(book, kept))
    assert sum(gone["settings"].values()) == total(book, "settings")


@pytest.mark.rule("GR-28")
def test_a_table_by_age_keeps_no_prices_and_is_rated_again(book: Book, before: Prices, dearer: Prices) -> None:
    assert structure(book, "by_age") == (None, None)
    assert sum(before["by_age"].values()) == total(book, "by_age")
    assert sum(dearer["by_age"].values()) == 2 * total(book, "by_age")


@pytest.mark.rule("CQ-14")
@pytest.mark.parametrize("method", ["composite_solved", "aca_composite", "average_age"])
def test_a_rate_made_from_the_census_stays_when_somebody_joins(
    method: str, book: Book, before: Prices, joined: Prices
) -> None:
    assert sum(before[method].values()) == total(book, method)
    kind, told = structure(book, method)
    assert (kind == "CompositeRate") == (method == "composite_solved")
    assert told is None or len(told["tiers"]) == 4
    assert {name: cents for name, cents in joined[method].items() if name != "M1"} == {
        name: cents for name, cents in before[method].items() if name != "M1"
    }
    fixed = "SELECT term_start FROM ref.final_rate JOIN book.contract_plan USING (contract_plan_id)"
    assert rows(book, f"{fixed} WHERE quote_line_id = $key", key=f"L-{method}") == [(date(2026, 1, 1),)]


@pytest.mark.rule("GR-28")
@pytest.mark.parametrize("table", TEXTS)
def test_a_text_that_is_no_list_of_prices_is_as_none(table: str, before: Prices, garbled: Prices) -> None:
    assert garbled[table] == before[table]  # by the filed table


@pytest.mark.rule("CQ-8")
def test_a_product_quoted_twice_is_two_plans_that_rates_by_plan_know_as_one(book: Book, before: Prices) -> None:
    found = rows(
        book,
        "SELECT plan_code FROM book.contract_plan WHERE parent_plan_id IS NULL AND product_id = 'PD'"
        " ORDER BY contract_plan_id",
    )
    assert found == [("DUO",), ("DUO-2",)]
    # Eleven people at 100.00 in each of the two plans.
    both = [sum(before[name].values()) for name in ("twice", "again")]
    assert sum(both) == total(book, "twice", "again") == 2 * 11 * 100_00


def two_versions(name: str) -> Rows:
    """A monthly table of a plan, twice as dear from a day on; of the method of that name."""
    table_of = (
        tiers(name, FOUR_TIERS) if name == "composite_tier" else table(name, BY_AGE, ["age"], method=name, **MONTHLY)
    )
    dear = [
        cell | {"effective_from": day("2025-12-15"), "rate": cell["rate"] * 2} for cell in table_of["ref.rate_cell"]
    ]
    return table_of | {"ref.rate_cell": [*table_of["ref.rate_cell"], *dear]}


METHODS = ("composite_tier", "aca_composite")


@pytest.fixture(scope="module")
def on_another_day(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A quote that was rated on another day than its start."""
    parts = [together(plan(name), coverage(name), two_versions(name)) for name in METHODS]
    book = approved(tmp_path_factory.mktemp("day"), offered(*parts))
    quotes.rate(book, rating_date="2025-12-14")  # by the old prices; the start would take the new ones
    run(book, "UPDATE book.quote SET status = 'Approved'")
    return contracted(book)


@pytest.mark.rule("CQ-8", "CQ-14", "GR-27")
@pytest.mark.parametrize("method", METHODS)
def test_a_quote_rated_on_another_day_than_its_start_keeps_the_prices_it_showed(
    method: str, on_another_day: Book, prices_of_another_day: Prices
) -> None:
    shown = rows(
        on_another_day,
        "SELECT DISTINCT unit_price_cents FROM book.contract_plan WHERE quote_line_id IN ($root, $coverage)",
        root=f"R-{method}",
        coverage=f"L-{method}",
    )
    assert shown == [(total(on_another_day, method),)]
    assert sum(prices_of_another_day[method].values()) == total(on_another_day, method)


@pytest.fixture(scope="module")
def prices_of_another_day(on_another_day: Book) -> Prices:
    return prices(on_another_day)


@pytest.fixture(scope="module")
def on_two_days(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A quote of every plan twice, of which one is rated on another day than the other."""
    parts = [
        together(plan(name), plan(f"{name}-again", covered=name), coverage(name), two_versions(name))
        for name in METHODS
    ]
    book = approved(tmp_path_factory.mktemp("days"), offered(*parts))
    # Those quoted again stay at the dear prices of the start.
    quotes.rate(book, line_ids=[f"R-{name}" for name in METHODS], rating_date="2025-12-14")
    run(book, "UPDATE book.quote SET status = 'Approved'")
    return contracted(book)


@pytest.fixture(scope="module")
def prices_of_two_days(on_two_days: Book) -> Prices:
    return prices(on_two_days)


@pytest.mark.rule("CQ-14")
@pytest.mark.parametrize("method", METHODS)
def test_plans_rated_on_different_days_keep_each_its_own_prices(
    method: str, on_two_days: Book, prices_of_two_days: Prices
) -> None:
    first, second = (total(on_two_days, name) for name in (method, f"{method}-again"))
    assert second == 2 * first > 0
    assert sum(prices_of_two_days[method].values()) == first
    assert sum(prices_of_two_days[f"{method}-again"].values()) == second
