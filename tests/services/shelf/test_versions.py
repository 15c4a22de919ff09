"""Rate table versions: whole or not at all, one per date, and never changed silently."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.book import Book
from tests.services.shelf.desk import LATER, asked, codes, contents, load, sheets, tried

TIERS = (("EE", "35"), ("ES", "71"), ("EC", "64"), ("FAM", "103"))


def dental(start: str, tiers: tuple[tuple[str, str], ...] = TIERS, table: str = "Dental tiers") -> list[dict[str, str]]:
    return [{"rate_table": table, "effective_from": start, "tier": tier, "rate": rate} for tier, rate in tiers]


@pytest.mark.rule("GR-22")
def test_a_version_with_a_bad_cell_is_refused_whole_and_the_next_version_is_not(own: Book, tmp_path: Path) -> None:
    rows = [*dental("2027-01-01"), *dental("2028-01-01")]
    rows[2]["rate"] = "dear"
    outcome = load(own, sheets(tmp_path, {"rate_cells": rows}))
    assert codes(outcome) == [
        ("rate_cells", 2, "rate_version_refused", "rate_table"),
        ("rate_cells", 4, "number_unreadable", "rate"),
    ]
    assert outcome.issues["raw_value"].to_list() == ["Dental tiers from 2027-01-01", "dear"]
    assert (outcome.n_accepted, outcome.n_refused, outcome.n_changed) == (4, 4, 4)
    found = asked(
        own,
        "SELECT DISTINCT effective_from FROM ref.rate_cell c JOIN ref.rate_table USING "
        "(rate_table_id) WHERE name = 'Dental tiers'",
    )
    assert sorted(found) == [(date(2026, 1, 1),), (date(2028, 1, 1),)]


def test_a_cell_whose_date_cannot_be_read_refuses_every_version_of_its_table(bakery: Book, tmp_path: Path) -> None:
    rows = [*dental("2027-01-01"), *dental("2028-01-01")]
    rows[0]["effective_from"] = "next year"
    other = {"rate_table": "Life", "effective_from": "2027-01-01", "rate": "0.2"}
    outcome = tried(bakery, sheets(tmp_path, {"rate_cells": [*rows, other]}))
    assert outcome.issues["code"].to_list() == ["date_unreadable", "rate_version_refused", "rate_version_refused"]
    assert (outcome.n_accepted, outcome.n_refused) == (1, 8)


@pytest.mark.rule("GR-22")
def test_two_versions_of_one_table_on_one_date_are_refused(bakery: Book, tmp_path: Path) -> None:
    twice = [*dental("2027-01-01"), *dental("2027-01-01", (("EE", "36"),))]
    outcome = tried(bakery, sheets(tmp_path, {"rate_cells": twice}))
    assert codes(outcome) == [
        ("rate_cells", 2, "rate_version_refused", "rate_table"),
        ("rate_cells", 6, "rate_cell_repeated", "rate_table"),
    ]
    assert (outcome.n_accepted, outcome.n_changed) == (0, 0)


def test_keys_that_differ_only_in_spelling_are_the_same_cell(bakery: Book, tmp_path: Path) -> None:
    ages = [
        {"rate_table": "PPO drugs", "effective_from": "2027-01-01", "age": age, "rate": "1"} for age in ("30", "030")
    ]
    outcome = tried(bakery, sheets(tmp_path, {"rate_cells": ages}))
    assert "rate_cell_repeated" in outcome.issues["code"]


def test_a_stored_version_stated_again_changes_nothing(own: Book, tmp_path: Path) -> None:
    load(own, sheets(tmp_path / "a", {"rate_cells": dental("2027-01-01")}))
    before = contents(own)
    again = [{**row, "rate": f"${row['rate']}.00"} for row in reversed(dental("2027-01-01"))]
    outcome = load(own, sheets(tmp_path / "b", {"rate_cells": again}), now=LATER)
    assert (codes(outcome), outcome.n_accepted, outcome.n_changed) == ([], 4, 0)
    assert contents(own) == before


@pytest.mark.rule("GR-22")
@pytest.mark.parametrize(
    "tiers",
    [
        (("EE", "35.01"), *TIERS[1:]),
        TIERS[1:],
        (*TIERS, ("*", "1")),
        (*TIERS[:3], ("FAM", "")),
    ],
    ids=["another figure", "a cell less", "a cell more", "a cell closed"],
)
def test_a_stored_version_stated_otherwise_is_refused_and_replaced_only_on_demand(
    own: Book, tmp_path: Path, tiers: tuple[tuple[str, str], ...]
) -> None:
    load(own, sheets(tmp_path / "a", {"rate_cells": dental("2027-01-01")}))
    stated = sheets(tmp_path / "b", {"rate_cells": dental("2027-01-01", tiers)})
    before = contents(own)
    refused = load(own, stated)
    assert codes(refused) == [("rate_cells", 2, "rate_version_exists", "effective_from")]
    assert (refused.n_accepted, refused.n_refused, refused.n_changed) == (0, len(tiers), 0)
    assert "--replace-rates" in str(refused.issues["hint"][0])
    assert contents(own) == before
    replaced = load(own, stated, now=LATER, replace_rates=True)
    assert (codes(replaced), replaced.n_changed) == ([], len(tiers))
    cells = asked(
        own,
        "SELECT keys[1], rate FROM ref.rate_cell c JOIN ref.rate_table USING (rate_table_id) WHERE "
        "name = 'Dental tiers' AND effective_from = '2027-01-01'",
    )
    assert sorted(cells) == sorted((tier, Decimal(rate) if rate else None) for tier, rate in tiers)
    assert asked(own, "SELECT modified_at FROM ref.rate_table WHERE name = 'Dental tiers'") == [(LATER,)]
    again = load(own, stated, replace_rates=True)
    assert again.n_changed == 0


@pytest.mark.rule("GR-22")
def test_one_blank_row_closes_a_table_from_its_date(own: Book, tmp_path: Path) -> None:
    closing = [
        {"rate_table": name, "effective_from": "2027-01-01", "tier": "", "rate": ""}
        for name in ("Dental tiers", "Life")
    ]
    outcome = load(own, sheets(tmp_path, {"rate_cells": closing}))
    assert (codes(outcome), outcome.n_changed) == ([], 2)
    stored = asked(
        own,
        "SELECT name, keys, rate FROM ref.rate_cell c JOIN ref.rate_table USING (rate_table_id) "
        "WHERE effective_from = '2027-01-01'",
    )
    assert sorted(stored) == [("Dental tiers", [""], None), ("Life", [], None)]


@pytest.mark.rule("GR-22")
def test_a_version_is_not_closed_and_filled_at_once(bakery: Book, tmp_path: Path) -> None:
    rows = [
        *dental("2027-01-01"),
        {"rate_table": "Dental tiers", "effective_from": "2027-01-01", "tier": "", "rate": ""},
    ]
    outcome = tried(bakery, sheets(tmp_path, {"rate_cells": rows}))
    assert outcome.issues["code"].to_list() == ["rate_version_refused", "rate_version_closed_and_filled"]
    assert outcome.n_accepted == 0


def test_a_gap_between_bands_and_a_closed_cell_are_fine(bakery: Book, tmp_path: Path) -> None:
    rows = [
        {"rate_table": "PPO drugs", "effective_from": "2027-01-01", "age": age, "rate": rate}
        for age, rate in (("18", "40"), ("65", ""))
    ]
    assert codes(tried(bakery, sheets(tmp_path, {"rate_cells": rows}))) == []


SETS = {
    "five": ("EE", "ES", "E1C", "ECN", "FAM"),
    "four": ("EE", "ES", "EC", "FAM"),
    "three": ("EE", "EE+1", "FAM"),
    "two": ("EE", "FAM"),
    "any": ("*",),
}
NEW = {"rate_table": "New", "method": "composite_tier", "rate_unit": "USD", "citation": "A letter", "axes": "tier"}


def priced(tiers: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((tier, "1") for tier in tiers)


@pytest.mark.rule("GR-26")
@pytest.mark.parametrize("tiers", SETS.values(), ids=SETS)
def test_each_set_of_tiers_is_accepted(bakery: Book, tmp_path: Path, tiers: tuple[str, ...]) -> None:
    stated = sheets(tmp_path, {"rate_tables": [NEW], "rate_cells": dental("2027-01-01", priced(tiers), "New")})
    assert codes(tried(bakery, stated)) == []


@pytest.mark.rule("GR-26")
@pytest.mark.parametrize("tiers", [("EE", "EC", "ECN"), ("EE", "EE+1", "ES"), ("EE+1", "EC"), ("EE+1", "E1C")])
def test_tiers_of_two_sets_in_one_version_are_refused(bakery: Book, tmp_path: Path, tiers: tuple[str, ...]) -> None:
    stated = sheets(tmp_path, {"rate_tables": [NEW], "rate_cells": dental("2027-01-01", priced(tiers), "New")})
    assert codes(tried(bakery, stated)) == [("rate_cells", 2, "tier_sets_mixed", "tier")]


@pytest.mark.rule("GR-26")
@pytest.mark.parametrize(
    ("tiers", "refused"), [(SETS["five"], True), (SETS["two"], True), (SETS["four"], False), (("FAM",), False)]
)
def test_every_version_of_a_table_uses_the_set_of_the_stored_ones(
    bakery: Book, tmp_path: Path, tiers: tuple[str, ...], refused: bool
) -> None:
    outcome = tried(bakery, sheets(tmp_path, {"rate_cells": dental("2027-01-01", priced(tiers))}))
    assert [code for _, _, code, _ in codes(outcome)] == (["tier_sets_mixed"] if refused else [])
    assert outcome.n_accepted == (0 if refused else len(tiers))


def test_a_table_may_change_its_set_of_tiers_when_all_its_versions_are_replaced(own: Book, tmp_path: Path) -> None:
    stated = sheets(tmp_path, {"rate_cells": dental("2026-01-01", priced(SETS["five"]))})
    assert codes(load(own, stated, replace_rates=True)) == []


def test_keys_are_stored_plain_and_in_the_order_of_the_axes(own: Book, tmp_path: Path) -> None:
    table = {**NEW, "method": "volume", "axes": "salary;tobacco;age;class;area;gender;relationship"}
    cell = {
        "rate_table": "new",
        "effective_from": "2027-01-01",
        "age": "007",
        "gender": "male",
        "tobacco": "NON-SMOKER",
        "area": "Area 1",
        "class": "Hourly",
        "relationship": "domestic partner",
        "salary": "$50,000.50",
        "rate": "1.5",
    }
    wild = {**dict.fromkeys(cell, "*"), "rate_table": "New", "effective_from": "2027-01-01", "rate": "2"}
    assert codes(load(own, sheets(tmp_path, {"rate_tables": [table], "rate_cells": [cell, wild]}))) == []
    assert asked(own, "SELECT keys, rate FROM ref.rate_cell WHERE len(keys) = 7 ORDER BY rate") == [
        (["50000.5", "Non-Smoker", "7", "Hourly", "Area 1", "Male", "Domestic Partner"], Decimal("1.5")),
        (["*"] * 7, Decimal("2")),
    ]


@pytest.mark.rule("GR-22")
def test_two_tables_for_one_plan_or_product_are_refused(bakery: Book, tmp_path: Path) -> None:
    plan = {"product_code": "", "contract_number": "HLB-2026", "plan_code": "MED-RX"}
    rows = [
        {"rate_table": "PPO drugs", **plan},
        {"rate_table": "Life", **plan},
        {"rate_table": "PPO drugs", "product_code": "DEN"},
        {"rate_table": "Life", "product_code": "den"},
    ]
    outcome = tried(bakery, sheets(tmp_path, {"rate_table_plans": rows}))
    assert codes(outcome) == [
        ("rate_table_plans", 3, "two_tables_for_one", "rate_table"),
        ("rate_table_plans", 5, "two_tables_for_one", "rate_table"),
    ]
    assert outcome.n_changed == 2


def test_a_new_table_takes_the_place_of_the_stored_one(own: Book, tmp_path: Path) -> None:
    stated = sheets(
        tmp_path,
        {
            "rate_tables": [{**NEW, "method": "flat", "axes": ""}],
            "rate_table_plans": [{"rate_table": "New", "product_code": "PPO-RX"}],
        },
    )
    load(own, stated)
    found = asked(
        own,
        "SELECT t.name FROM ref.rate_table_plan l JOIN ref.rate_table t USING (rate_table_id) JOIN "
        "book.product p USING (product_id) "
        "WHERE p.product_code = 'PPO-RX'",
    )
    assert found == [("New",)]
    assert load(own, stated).n_changed == 0
